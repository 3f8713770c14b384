// Words for residents whose radios are off or away. A direct message that nobody acknowledged, of a class that is worth it, is
// `unknown`, as contract.md has it, and its packet is held: when anything is heard from that radio it is said again, what is
// held for it in as few packets as can be, oldest first. What is held for too long is dropped, and its writer told.

import { textOf, utf8, utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { attemptsOf } from "#delivery/ladder.ts";
import { policyOf } from "#delivery/policy.ts";
import { addCarried } from "#store/air.ts";
import { ledgerRow } from "#store/ledger.ts";
import {
  heldFor,
  heldTooLong,
  holdSend,
  nextHeldEnd,
  replacePayload,
  requeue,
  type MeshOutboxRow,
} from "#store/mesh-outbox.ts";
import { tellWriter } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

/** A radio that was heard is given a moment: it may have more to say, and to hear. */
const SETTLE: Millis = 5_000;
/** To a radio that is heard but does not acknowledge, what is held is not said more often than this. */
const AGAIN_AFTER: Millis = 10 * 60_000;
const JOINED_BYTES = 200;
const TEXT_PORT = 1;
const BETWEEN = "\n";

/** Holds a message whose attempts are used up, if its class is worth it; until when, if so. */
export function hold(turn: Turn, row: MeshOutboxRow): Millis | undefined {
  const { heldFor: span } = policyOf(row.rank);
  if (span === undefined) return undefined;
  const until = row.heldUntil ?? turn.now + span;
  holdSend(turn.store, row.id, until);
  return until;
}

/** Anything was heard from this radio: what is held for it is said again. */
export function heardAgain(turn: Turn, node: number): void {
  const rows = heldFor(turn.store, node).filter((row) => mayGoAgain(turn, row));
  for (const group of packetsOf(rows)) {
    const [first, ...others] = group;
    if (!first) continue;
    if (others.length > 0) {
      replacePayload(turn.store, first.id, utf8(group.map((row) => textOf(row.payload)).join(BETWEEN)));
      for (const row of others) {
        addCarried(turn.store, first.id, row.ledger);
        holdSend(turn.store, row.id, undefined);
      }
    }
    requeue(turn.store, first.id, turn.now + SETTLE);
  }
}

function mayGoAgain(turn: Turn, row: MeshOutboxRow): boolean {
  if (row.status !== "done" || row.heldUntil! <= turn.now) return false;
  // `attempt` counts on: beyond those of the ladder it was said again because its radio was heard.
  return row.attempt <= attemptsOf(row.rank) || turn.now - (row.writtenAt ?? 0) >= AGAIN_AFTER;
}

/** Neighbours in time that fit into one packet; replies and tapbacks go alone, because they point at something. */
function packetsOf(rows: readonly MeshOutboxRow[]): MeshOutboxRow[][] {
  const packets: { rows: MeshOutboxRow[]; bytes: number; open: boolean }[] = [];
  for (const row of rows) {
    const plain = row.portnum === TEXT_PORT && row.replyId === 0 && row.emoji === 0;
    const last = packets.at(-1);
    const bytes = row.payload.length;
    if (last?.open && plain && last.bytes + utf8Length(BETWEEN) + bytes <= JOINED_BYTES) {
      last.rows.push(row);
      last.bytes += utf8Length(BETWEEN) + bytes;
    } else packets.push({ rows: [row], bytes, open: plain });
  }
  return packets.map((packet) => packet.rows);
}

/** Drops what was held for too long; returns when to look again. */
export function dropHeld(turn: Turn): Millis | undefined {
  for (const row of heldTooLong(turn.store, turn.now)) {
    holdSend(turn.store, row.id, undefined);
    const ledger = ledgerRow(turn.store, row.ledger);
    if (ledger && row.status === "done") tellWriter(turn, ledger, WORDS.neverHeardAgain(ledger.text));
  }
  return nextHeldEnd(turn.store);
}
