// Rows whose bytes are not those that were stored: never believed, never sent, and never dropped in silence.
//
// What waits to be handled is set aside with its raw text for people to read. What waits to be sent is not sent: its writer
// is asked to write it again, and what a resident had said is shown from the ledger. History is marked as damaged.

import type { Millis } from "#base/clock.ts";
import { ledgerRow, moveLedger, setLedgerText, type LedgerRow } from "#store/ledger.ts";
import { dropMatrix, matrixOutboxRow } from "#store/matrix-outbox.ts";
import { meshOutboxRow } from "#store/mesh-outbox.ts";
import { isWaiting, markDamaged } from "#store/inbox.ts";
import { acceptRow, isSound, type SummedTable } from "#store/sums.ts";
import { tellSeldom } from "#store/world.ts";
import { defuse } from "#wire/text.ts";
import { CARE } from "./care-words.ts";
import { quarantine } from "./quarantine.ts";
import { finish } from "./mesh/outcomes.ts";
import { tellOperators, tellWriter } from "./say.ts";
import type { Turn } from "./turn.ts";

const REMEDIES: Readonly<Record<SummedTable, (turn: Turn, id: number, chosenNow: boolean) => void>> = {
  inbox: damagedArrival,
  ledger: damagedHistory,
  mesh_outbox: damagedMeshSend,
  matrix_outbox: damagedMatrixSend,
};

/** Deals with a row that was found damaged; nothing happens to one that is sound. `chosenNow`: an attempt was counted that nobody makes. */
export function rowDamaged(turn: Turn, table: SummedTable, id: number, chosenNow = false): void {
  if (isSound(turn.store, table, id)) return;
  REMEDIES[table](turn, id, chosenNow);
  acceptRow(turn.store, table, id);
}

function damagedArrival(turn: Turn, id: number): void {
  if (isWaiting(turn.store, id)) return quarantine(turn, id, CARE.damaged);
  markDamaged(turn.store, id, CARE.damaged);
  tellOfHistory(turn);
}

function damagedHistory(turn: Turn, id: number): void {
  const row = ledgerRow(turn.store, id)!;
  setLedgerText(turn.store, id, CARE.damagedText(defuse(row.text)));
  tellOfHistory(turn);
}

const DAY: Millis = 86_400_000;

/** Once a day: old messages may be damaged by the hundred. */
function tellOfHistory(turn: Turn): void {
  if (tellSeldom(turn.store, { what: "damage", about: "history", within: DAY }, turn.now))
    tellOperators(turn, CARE.historyDamaged);
}

function damagedMeshSend(turn: Turn, id: number, chosenNow: boolean): void {
  const row = meshOutboxRow(turn.store, id)!;
  const ledger = ledgerRow(turn.store, row.ledger);
  const said = row.status === "taken" || row.status === "done";
  if (said) return;
  finish(turn, row);
  if (ledger) unsent(turn, ledger, row.attempt > (chosenNow ? 1 : 0));
}

function damagedMatrixSend(turn: Turn, id: number, chosenNow: boolean): void {
  const row = matrixOutboxRow(turn.store, id)!;
  const ledger = row.ledger === null ? undefined : ledgerRow(turn.store, row.ledger);
  dropMatrix(turn.store, id);
  if (ledger) unsent(turn, ledger, row.attempt > (chosenNow ? 1 : 0));
}

/** `tried`: it may have arrived before it was damaged. */
function unsent(turn: Turn, ledger: LedgerRow, tried: boolean): void {
  moveLedger(turn.store, ledger.id, tried ? "unknown" : "failed", CARE.damaged, turn.now);
  if (ledger.direction === "matrix-to-mesh") tellWriter(turn, ledger, CARE.writeAgain(ledger.text));
  // What a resident said must reach people, and the ledger still has it.
  tellOperators(turn, CARE.unsentDamaged(ledger.origin, ledger.text), ledger.class);
}
