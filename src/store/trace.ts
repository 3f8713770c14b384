// Finding a message again by whatever people have in their hands: a ledger number, a reference like k7, a packet or an event.

import type { LedgerRow } from "./ledger.ts";
import { inboxRow } from "./inbox.ts";
import { ACCEPTED_AFTER, ledgerRow, rowsOfPacket } from "./ledger.ts";
import type { Row, Store } from "./store.ts";

/** For schema.ts: references outlive the receipts they were given in. */
export const REFERENCES_SQL = `
CREATE TABLE reference_of (reference TEXT PRIMARY KEY, ledger INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER receipts_reference AFTER INSERT ON receipts BEGIN
  INSERT OR REPLACE INTO reference_of (reference, ledger) VALUES (NEW.reference, NEW.ledger);
END;`;

/** The message that a resident was told is stored under `reference` ("k7"). */
export function ledgerOfReference(store: Store, reference: string): LedgerRow[] {
  const known = store.get<{ ledger: number }>("SELECT ledger FROM reference_of WHERE reference = ?", reference);
  // Receipts that are given at once name it in their words.
  const told = store.get<{ answers: number }>(
    "SELECT answers FROM ledger WHERE direction = 'gateway-to-mesh' AND answers IS NOT NULL AND " +
      "(text LIKE '%, ' || ? || '.%' OR text LIKE '% ' || ? || ',%') ORDER BY id DESC LIMIT 1",
    reference,
    reference,
  );
  const id = Math.max(known?.ledger ?? 0, told?.answers ?? 0);
  const row = ledgerRow(store, id);
  return row ? [row] : [];
}

/** The reference under which a resident was told that this message is stored. */
export function referenceOf(store: Store, ledger: number): string | undefined {
  return store.get<{ reference: string }>("SELECT reference FROM reference_of WHERE ledger = ?", ledger)?.reference;
}

/** For receipts that are given at once. */
export function keepReference(store: Store, reference: string, ledger: number): void {
  store.run("INSERT OR REPLACE INTO reference_of (reference, ledger) VALUES (?, ?)", reference, ledger);
}

/** Everything of one radio, the newest first. */
export function ledgerOfNode(store: Store, nodeId: string, limit: number): LedgerRow[] {
  return store
    .all<{ id: number }>(
      "SELECT id FROM ledger WHERE origin = ? OR destination = ? ORDER BY id DESC LIMIT ?",
      `mesh:${nodeId}`,
      `mesh:${nodeId}`,
      limit,
    )
    .map(({ id }) => ledgerRow(store, id)!);
}

/** By one of the ids under which it was ever handed to the radio. */
export function ledgerOfAttempt(store: Store, packetId: number): LedgerRow[] {
  const sent = store.all<{ ledger: number }>(
    "SELECT ledger FROM mesh_outbox WHERE id IN (SELECT send FROM mesh_attempts WHERE packet_id = ?)",
    packetId,
  );
  const rows = [...rowsOfPacket(store, packetId), ...sent.flatMap(({ ledger }) => ledgerRow(store, ledger) ?? [])];
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** Arrivals of an event, and what became of them; also of one that became no message. */
export function arrivalsOfEvent(store: Store, eventId: string): Row[] {
  const found = store.all<{ id: number }>("SELECT id FROM inbox WHERE body ->> '$.event.event_id' = ?", eventId);
  return found.map(({ id }) => arrivalRow(store, id)!);
}

/** Arrivals under a packet id; `node` narrows it to one radio. */
export function arrivalsOfPacket(store: Store, packetId: number, node?: number): Row[] {
  const found = store.all<{ id: number }>(
    "SELECT id FROM inbox WHERE source = 'radio' AND body ->> '$.packet.id' = ? AND (? IS NULL OR body ->> '$.packet.from' = ?)",
    packetId,
    node ?? null,
    node ?? null,
  );
  return found.map(({ id }) => arrivalRow(store, id)!);
}

export function arrivalRow(store: Store, id: number): Row | undefined {
  return store.get(
    "SELECT id, source, received_at AS receivedAt, state, reason, deaths, lower(hex(raw)) AS raw FROM inbox WHERE id = ?",
    id,
  );
}

export function rowsOfArrival(store: Store, inbox: number): LedgerRow[] {
  return store
    .all<{ id: number }>(
      `SELECT id FROM ledger WHERE ${ACCEPTED_AFTER} AND inbox = ? ORDER BY id`,
      (inboxRow(store, inbox)?.receivedAt ?? 0) - 1,
      inbox,
    )
    .map(({ id }) => ledgerRow(store, id)!);
}

/** Sends of a message and how far they have come. */
export function sendsOf(store: Store, ledger: number): Row[] {
  const mesh = store.all(
    "SELECT 'mesh' AS via, id, status, attempt AS attempts, not_before AS notBefore, first_written_at AS firstWrittenAt, written_at AS writtenAt, " +
      "(SELECT json_group_array(packet_id) FROM mesh_attempts WHERE send = mesh_outbox.id) AS packetIds FROM mesh_outbox WHERE ledger = ?",
    ledger,
  );
  const matrix = store.all(
    "SELECT 'matrix' AS via, id, status, attempt AS attempts, not_before AS notBefore, txn_id AS txnId, digest FROM matrix_outbox WHERE ledger = ?",
    ledger,
  );
  return [...mesh.map((row) => ({ ...row, packetIds: JSON.parse(String(row["packetIds"])) as number[] })), ...matrix];
}

/** Messages that answer this one: receipts, and what people replied. */
export function answersTo(store: Store, ledger: number): LedgerRow[] {
  return store
    .all<{ id: number }>("SELECT id FROM ledger WHERE answers = ? ORDER BY id", ledger)
    .map(({ id }) => ledgerRow(store, id)!);
}
