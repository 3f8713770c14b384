// The ledger: one row for each accepted message and destination. Whatever was accepted can be asked what became of it.
//
// A row's state only makes the moves of #domain/message.ts; a move that is not allowed is no error here (an ack may come
// after the end) and changes nothing.

import type { Millis } from "#base/clock.ts";
import { mayMove, settlesOnEntry, type Direction, type MessageClass, type MessageState } from "#domain/message.ts";
import { touchMark } from "./marks.ts";
import type { Store } from "./store.ts";

export interface LedgerRow {
  readonly id: number;
  readonly class: MessageClass;
  readonly direction: Direction;
  readonly origin: string;
  readonly destination: string;
  readonly text: string;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly acceptedAt: Millis;
  readonly settledAt: Millis | null;
  readonly packetId: number | null;
  readonly eventId: string | null;
  readonly inbox: number | null;
  readonly answers: number | null;
}

export interface NewLedgerRow {
  readonly class: MessageClass;
  readonly direction: Direction;
  readonly origin: string;
  readonly destination: string;
  readonly text: string;
  readonly packetId?: number;
  readonly eventId?: string;
  readonly inbox?: number;
  readonly answers?: number;
}

const ROW =
  "id, class, direction, origin, destination, text, state, reason, accepted_at AS acceptedAt, settled_at AS settledAt, " +
  "packet_id AS packetId, event_id AS eventId, inbox, answers";

/** SQL for the messages accepted after the moment that is bound to it, found from the newest back: no older one is read. */
export const ACCEPTED_AFTER =
  "id > coalesce((SELECT id FROM ledger WHERE accepted_at <= ? ORDER BY id DESC LIMIT 1), 0)";

export function addLedgerRow(store: Store, row: NewLedgerRow, now: Millis): number {
  return store.run(
    "INSERT INTO ledger (class, direction, origin, destination, text, state, accepted_at, packet_id, event_id, inbox, answers) " +
      "VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)",
    row.class,
    row.direction,
    row.origin,
    row.destination,
    row.text,
    now,
    row.packetId ?? null,
    row.eventId ?? null,
    row.inbox ?? null,
    row.answers ?? null,
  ).lastInsertRowid;
}

/** The id that the next row will get: it never repeats, and a rolled-back step gives it back. */
export function nextLedgerId(store: Store): number {
  return (store.get<{ n: number }>("SELECT seq AS n FROM sqlite_sequence WHERE name = 'ledger'")?.n ?? 0) + 1;
}

export function ledgerRow(store: Store, id: number): LedgerRow | undefined {
  return store.get<LedgerRow>(`SELECT ${ROW} FROM ledger WHERE id = ?`, id);
}

export function isBroadcastRow(row: LedgerRow): boolean {
  return row.destination.startsWith("mesh:^all");
}

/** A message that changes its state several times in a moment is marked once. */
const QUIET: Millis = 1_000;
/** Most messages wait for less than this; only those that wait longer are marked as waiting. */
export const QUIET_WHILE_QUEUED: Millis = 5_000;

/** Moves a row to `state`; true if it moved. `reason` replaces the row's reason. */
export function moveLedger(store: Store, id: number, state: MessageState, reason: string | null, now: Millis): boolean {
  const row = ledgerRow(store, id);
  if (!row) return false;
  if (row.state === state) {
    if (row.reason !== reason && row.settledAt === null)
      store.run("UPDATE ledger SET reason = ? WHERE id = ?", reason, id);
    return false;
  }
  if (!mayMove(row.state, state, row.settledAt !== null)) return false;
  const settledAt = row.settledAt ?? (settlesOnEntry(state, isBroadcastRow(row)) ? now : null);
  store.run("UPDATE ledger SET state = ?, reason = ?, settled_at = ? WHERE id = ?", state, reason, settledAt, id);
  if (row.direction === "matrix-to-mesh" && row.eventId !== null)
    touchMark(store, row.eventId, now + (state === "queued" ? QUIET_WHILE_QUEUED : QUIET));
  return true;
}

/** Ends the wait for something better without changing the state ("no relay overheard"). */
export function settleLedger(store: Store, id: number, reason: string, now: Millis): void {
  store.run("UPDATE ledger SET settled_at = ?, reason = ? WHERE id = ? AND settled_at IS NULL", now, reason, id);
}

/** The words of a message that has not left yet are replaced by others. */
export function setLedgerText(store: Store, id: number, text: string): void {
  store.run("UPDATE ledger SET text = ? WHERE id = ?", text, id);
}

export function setLedgerEvent(store: Store, id: number, eventId: string): void {
  store.run("UPDATE ledger SET event_id = ? WHERE id = ?", eventId, id);
}

export function setLedgerPacket(store: Store, id: number, packetId: number): void {
  store.run("UPDATE ledger SET packet_id = ? WHERE id = ?", packetId, id);
}

/** The event by which a mesh packet (`origin` "mesh:!hex") was shown in, or came from, the place `room` ("matrix:UPLINK/ROOM"). */
export function eventOfPacket(store: Store, packetId: number, room: string): string | undefined {
  return store.get<{ eventId: string }>(
    "SELECT event_id AS eventId FROM ledger WHERE packet_id = ? AND event_id IS NOT NULL " +
      "AND (destination = ? OR origin LIKE ? || '/%') ORDER BY id DESC LIMIT 1",
    packetId,
    room,
    room,
  )?.eventId;
}

/** Rows that an event names: the message it shows (mesh to Matrix) or the messages it became (Matrix to mesh). */
export function rowsOfEvent(store: Store, eventId: string): LedgerRow[] {
  return store.all<LedgerRow>(`SELECT ${ROW} FROM ledger WHERE event_id = ? ORDER BY id`, eventId);
}

export function rowsOfPacket(store: Store, packetId: number): LedgerRow[] {
  return store.all<LedgerRow>(`SELECT ${ROW} FROM ledger WHERE packet_id = ? ORDER BY id`, packetId);
}

/** What one sender's messages to one place are still without an answer. */
export function unansweredFrom(store: Store, origin: string, destination: string): LedgerRow[] {
  return store.all<LedgerRow>(
    `SELECT ${ROW} FROM ledger WHERE state = 'confirmed' AND origin = ? AND destination = ? ORDER BY id`,
    origin,
    destination,
  );
}

/** Newest last; `since` in ms, `state` one of the contract's. */
export function listLedger(store: Store, filter: { since?: Millis; state?: string }): LedgerRow[] {
  return store.all<LedgerRow>(
    `SELECT ${ROW} FROM ledger WHERE accepted_at >= ? AND (? IS NULL OR state = ?) ORDER BY id`,
    filter.since ?? -8.64e15,
    filter.state ?? null,
    filter.state ?? null,
  );
}
