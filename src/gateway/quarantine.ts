// Setting an arrival aside with its bytes. Nobody knows what it says, so its raw text goes to people as a call for help would.

import { textOf } from "#base/bytes.ts";
import { firstLetters } from "#base/text.ts";
import { endRow, inboxRow, type InboxRow } from "#store/inbox.ts";
import { addLedgerRow, moveLedger } from "#store/ledger.ts";
import { defuse } from "#wire/text.ts";
import { tellOperators } from "./say.ts";
import type { Turn } from "./turn.ts";
import { WORDS } from "./words.ts";

export function quarantine(turn: Turn, id: number, why: string): void {
  const row = inboxRow(turn.store, id);
  if (!row) return;
  endRow(turn.store, id, "quarantined", why);
  const text = rawText(row);
  const ledger = addLedgerRow(
    turn.store,
    {
      class: "distress",
      direction: row.source === "radio" ? "mesh-to-matrix" : "matrix-to-mesh",
      origin: row.source === "radio" ? "mesh:-" : "matrix:-/-/-",
      destination: row.source === "radio" ? "matrix:-/-" : "mesh:-",
      text,
      inbox: id,
    },
    turn.now,
  );
  moveLedger(turn.store, ledger, "quarantined", why, turn.now);
  tellOperators(turn, WORDS.quarantined(id, row.source, text, why), "distress");
}

/** The words in bytes that no code of ours may touch again: what reads as text, and the bytes themselves for the rest. */
function rawText(row: InboxRow): string {
  const text = defuse(textOf(row.raw))
    .replaceAll(/\uFFFD+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return firstLetters(text, 1_000);
}
