// A full disk: what is given up, and in which order. Calls for help and pages never are.
//
// First what has been dealt with, the lowest class first; then arrivals without words; then what nobody has begun to send.
// Whoever wrote such a message is told, and operators are told once when it begins and, with the counts, when it is over.

import { CLASSES, isUrgent, type MessageClass } from "#domain/message.ts";
import { ledgerRow, moveLedger, type LedgerRow } from "#store/ledger.ts";
import {
  dropSends,
  enoughBytes,
  forgetHandled,
  forgetJournal,
  forgetOldest,
  forgetWordless,
  freedBytes,
  oldestUntried,
} from "#store/room.ts";
import { metaValue, setMeta, tellOnce, untell } from "#store/world.ts";
import { CARE } from "./care-words.ts";
import { tellOperators, tellWriter } from "./say.ts";
import type { Turn } from "./turn.ts";

/** Ports that may carry words, or answers that a send waits for (text, routing, detection, alert, store and forward). */
const WORTH_KEEPING = [1, 5, 10, 11, 65];

/** From the lowest. */
const SHEDDABLE: readonly MessageClass[] = CLASSES.filter((each) => !isUrgent(each)).toReversed();

interface Rung {
  readonly what: string;
  readonly shed: (turn: Turn) => number;
}

const LADDER: readonly Rung[] = [
  ...SHEDDABLE.slice(0, 1).map(settled),
  { what: "handled arrivals", shed: (turn) => forgetHandled(turn.store) },
  { what: "journal entries", shed: (turn) => forgetJournal(turn.store) },
  ...SHEDDABLE.slice(1).map(settled),
  { what: "arrivals without words", shed: (turn) => forgetWordless(turn.store, WORTH_KEEPING) },
  ...SHEDDABLE.map(unsent),
];

function settled(each: MessageClass): Rung {
  return { what: `old messages (${each})`, shed: (turn) => forgetOldest(turn.store, each) };
}

function unsent(each: MessageClass): Rung {
  return { what: `unsent messages (${each})`, shed: (turn) => giveUpUntried(turn, each) };
}

/** Frees some room inside the database; false when there is nothing left that may be given up. */
export function shed(turn: Turn): boolean {
  const gone = JSON.parse(metaValue(turn.store, "shed") ?? "{}") as Record<string, number>;
  const before = freedBytes(turn.store);
  const enough = enoughBytes(turn.store);
  let any = false;
  for (const { what, shed: some } of LADDER) {
    while (freedBytes(turn.store) - before < enough) {
      const count = some(turn);
      if (count === 0) break;
      any = true;
      gone[what] = (gone[what] ?? 0) + count;
    }
  }
  // Words take room as well: only now is there some.
  setMeta(turn.store, "shed", JSON.stringify(gone));
  if (tellOnce(turn.store, "disk", turn.now)) tellOperators(turn, CARE.diskFull, "page");
  return any;
}

function giveUpUntried(turn: Turn, each: MessageClass): number {
  const ids = oldestUntried(turn.store, each);
  const writers = new Map<string, LedgerRow[]>();
  for (const id of ids) {
    const row = ledgerRow(turn.store, id)!;
    dropSends(turn.store, id);
    moveLedger(turn.store, id, "expired", CARE.noRoom, turn.now);
    if (row.direction === "matrix-to-mesh") writers.set(row.origin, [...(writers.get(row.origin) ?? []), row]);
  }
  // One word to each: words take room. It is worth more than what it is about, or it would be given up next.
  for (const [first, ...others] of writers.values())
    tellWriter(turn, first!, CARE.gaveUp(first!.text, others.length), "receipt");
  return ids.length;
}

/** There is room again. */
export function satisfied(turn: Turn): void {
  const gone = JSON.parse(metaValue(turn.store, "shed") ?? "{}") as Record<string, number>;
  setMeta(turn.store, "shed", "{}");
  const words = Object.entries(gone)
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
  if (untell(turn.store, "disk")) tellOperators(turn, CARE.diskBack(words));
}
