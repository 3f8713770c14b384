// What still has to leave by radio. A row's status: `waiting` for its turn; `writing`: handed to the radio's edge, no
// queueStatus yet; `uncertain`: may or may not have reached the radio, to be said again with the same id and bytes;
// `repeated`: said again, and nothing was heard of it yet; `taken`: the radio has it; `done`: nothing more to send.

import type { Millis } from "#base/clock.ts";
import { packBody, unpackBody } from "./inbox.ts";
import type { Store } from "./store.ts";

export interface MeshOutboxRow {
  readonly id: number;
  readonly ledger: number;
  readonly rank: number;
  readonly status: "waiting" | "writing" | "uncertain" | "repeated" | "taken" | "done";
  readonly notBefore: Millis;
  readonly to: number;
  readonly channel: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
  readonly replyId: number;
  readonly emoji: number;
  readonly wantAck: 0 | 1;
  readonly packetId: number | null;
  readonly from: number | null;
  readonly attempt: number;
  readonly firstWrittenAt: Millis | null;
  readonly writtenAt: Millis | null;
  readonly slotUntil: Millis | null;
  readonly keysExchanged: 0 | 1;
  readonly expiresAt: Millis | null;
  readonly joinKey: string | null;
  readonly heldUntil: Millis | null;
}

const ROW =
  "id, ledger, rank, status, not_before AS notBefore, to_node AS 'to', channel, portnum, payload, reply_id AS replyId, emoji, " +
  "want_ack AS wantAck, packet_id AS packetId, from_node AS 'from', attempt, first_written_at AS firstWrittenAt, written_at AS writtenAt, " +
  "slot_until AS slotUntil, keys_exchanged AS keysExchanged, " +
  "expires_at AS expiresAt, join_key AS joinKey, held_until AS heldUntil";

export interface NewMeshOutboxRow {
  readonly ledger: number;
  readonly rank: number;
  readonly to: number;
  readonly channel: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
  readonly replyId: number;
  readonly emoji: number;
  readonly wantAck: boolean;
  /** Worth nothing if not handed over by then. */
  readonly expiresAt?: Millis;
  /** What waits under this key already is not queued again. */
  readonly onceKey?: string;
  /** Takes the place of what waits under the same key. */
  readonly latestKey?: string;
  /** May travel in one packet with others of this key and destination. */
  readonly joinKey?: string;
}

export function addMeshOutbox(store: Store, row: NewMeshOutboxRow, notBefore: Millis): number {
  return store.run(
    "INSERT INTO mesh_outbox (ledger, rank, not_before, to_node, channel, portnum, payload, reply_id, emoji, want_ack, " +
      "expires_at, once_key, latest_key, join_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    row.ledger,
    row.rank,
    notBefore,
    row.to,
    row.channel,
    row.portnum,
    row.payload,
    row.replyId,
    row.emoji,
    row.wantAck ? 1 : 0,
    row.expiresAt ?? null,
    row.onceKey ?? null,
    row.latestKey ?? null,
    row.joinKey ?? null,
  ).lastInsertRowid;
}

/** Nearly all rows are done, and stay for as long as messages do: without these words SQLite would read every one of them. */
const NOT_DONE = "status <> 'done'";
const UNFROZEN = `status = 'waiting' AND ${NOT_DONE} AND packet_id IS NULL AND attempt = 0`;

/** What waits under `key` and has not been begun, towards the same node. */
export function waitingUnder(
  store: Store,
  which: "once_key" | "latest_key" | "join_key",
  key: string,
  to: number,
): MeshOutboxRow[] {
  return store.all<MeshOutboxRow>(
    `SELECT ${ROW} FROM mesh_outbox WHERE ${UNFROZEN} AND ${which} = ? AND to_node = ? ORDER BY id`,
    key,
    to,
  );
}

/** What waits under `key` and has not been begun, whoever it is for. */
export function allWaitingUnder(store: Store, which: "join_key", key: string): MeshOutboxRow[] {
  return store.all<MeshOutboxRow>(`SELECT ${ROW} FROM mesh_outbox WHERE ${UNFROZEN} AND ${which} = ? ORDER BY id`, key);
}

/** What has waited until it lost its meaning and has not been begun. */
export function expiredSends(store: Store, now: Millis): MeshOutboxRow[] {
  return store.all<MeshOutboxRow>(
    `SELECT ${ROW} FROM mesh_outbox WHERE ${UNFROZEN} AND expires_at IS NOT NULL AND expires_at <= ?`,
    now,
  );
}

export function nextExpiry(store: Store): Millis | undefined {
  return (
    store.get<{ at: number | null }>(
      `SELECT min(expires_at) AS at FROM mesh_outbox WHERE ${UNFROZEN} AND expires_at IS NOT NULL`,
    )!.at ?? undefined
  );
}

// ───────────────────────────── held for residents out of reach ─────────────────────────────

/** Undefined: held no longer. */
export function holdSend(store: Store, id: number, until: Millis | undefined): void {
  store.run("UPDATE mesh_outbox SET held_until = ? WHERE id = ?", until ?? null, id);
}

/** What is held for a node, oldest first. */
export function heldFor(store: Store, node: number): MeshOutboxRow[] {
  return store.all<MeshOutboxRow>(
    `SELECT ${ROW} FROM mesh_outbox WHERE to_node = ? AND held_until IS NOT NULL ORDER BY id`,
    node,
  );
}

/** What has been held for too long. */
export function heldTooLong(store: Store, now: Millis): MeshOutboxRow[] {
  return store.all<MeshOutboxRow>(
    `SELECT ${ROW} FROM mesh_outbox INDEXED BY mesh_outbox_held WHERE held_until IS NOT NULL AND held_until <= ? ORDER BY id`,
    now,
  );
}

export function nextHeldEnd(store: Store): Millis | undefined {
  return (
    store.get<{ at: number | null }>("SELECT min(held_until) AS at FROM mesh_outbox WHERE held_until IS NOT NULL")!
      .at ?? undefined
  );
}

export function meshOutboxRow(store: Store, id: number): MeshOutboxRow | undefined {
  return store.get<MeshOutboxRow>(`SELECT ${ROW} FROM mesh_outbox WHERE id = ?`, id);
}

/** Rows that may be handed over when their time has come, best first: the first few of each kind are enough to choose from. */
export function meshCandidates(store: Store): MeshOutboxRow[] {
  return [
    ...store.all<MeshOutboxRow>(
      `SELECT ${ROW} FROM mesh_outbox WHERE status = 'uncertain' AND ${NOT_DONE} ORDER BY rank, id LIMIT 4`,
    ),
    ...store.all<MeshOutboxRow>(`SELECT ${ROW} FROM mesh_outbox WHERE status = 'waiting' ORDER BY rank, id LIMIT 16`),
  ];
}

/** Due rows of the best rank that has any, where the first sixteen are all waiting for a later moment. */
export function firstDue(store: Store, now: Millis): MeshOutboxRow | undefined {
  return store.get<MeshOutboxRow>(
    `SELECT ${ROW} FROM mesh_outbox WHERE status = 'waiting' AND not_before <= ? ORDER BY rank, id LIMIT 1`,
    now,
  );
}

/** Rows in a status other than `done`. */
export function rowsInStatus(store: Store, status: MeshOutboxRow["status"]): MeshOutboxRow[] {
  return store.all<MeshOutboxRow>(
    `SELECT ${ROW} FROM mesh_outbox WHERE status = ? AND ${NOT_DONE} ORDER BY id`,
    status,
  );
}

export function countMeshQueued(store: Store): number {
  return store.get<{ n: number }>("SELECT count(*) AS n FROM mesh_outbox WHERE status = 'waiting'")!.n;
}

/** Ends of the 30 seconds in which unanswered acks hold a slot, soonest first. */
export function takenSlots(store: Store, now: Millis): Millis[] {
  return store
    .all<{ at: number }>("SELECT slot_until AS at FROM mesh_outbox WHERE slot_until > ? ORDER BY slot_until", now)
    .map((row) => row.at);
}

/** The send that carries this ledger row. */
export function sendOfLedger(store: Store, ledger: number): MeshOutboxRow | undefined {
  return store.get<MeshOutboxRow>(`SELECT ${ROW} FROM mesh_outbox WHERE ledger = ?`, ledger);
}

/** Nothing of it has left, and no packet id has frozen its bytes. */
export function isUnfrozen(row: MeshOutboxRow): boolean {
  return row.status === "waiting" && row.packetId === null && row.attempt === 0;
}

/** New bytes for a send that is not frozen. */
export function replacePayload(store: Store, id: number, payload: Uint8Array): void {
  store.run("UPDATE mesh_outbox SET payload = ? WHERE id = ?", payload, id);
}

export function setMeshStatus(store: Store, id: number, status: MeshOutboxRow["status"]): void {
  store.run("UPDATE mesh_outbox SET status = ? WHERE id = ?", status, id);
}

/** Freezes the attempt: from here on, id and bytes never change for each other. */
export function beginAttempt(store: Store, id: number, packetId: number, from: number): void {
  store.run(
    "UPDATE mesh_outbox SET packet_id = ?, from_node = ?, attempt = attempt + 1, first_written_at = NULL WHERE id = ?",
    packetId,
    from,
    id,
  );
  store.run("INSERT INTO mesh_attempts (packet_id, send) VALUES (?, ?)", packetId, id);
}

export function packetIdTaken(store: Store, packetId: number): boolean {
  return store.get("SELECT 1 FROM mesh_attempts WHERE packet_id = ?", packetId) !== undefined;
}

export function setWriting(store: Store, id: number, now: Millis, slotUntil: Millis | null): void {
  store.run(
    "UPDATE mesh_outbox SET status = 'writing', first_written_at = coalesce(first_written_at, ?), written_at = ?, slot_until = ? WHERE id = ?",
    now,
    now,
    slotUntil,
    id,
  );
}

/** Back to the queue. With `keepId`, the same id and bytes (nothing left us); otherwise the next try takes a fresh one. */
export function requeue(
  store: Store,
  id: number,
  notBefore: Millis,
  options: { keepId?: boolean; uncount?: boolean } = {},
): void {
  store.run(
    "UPDATE mesh_outbox SET status = 'waiting', not_before = ?, slot_until = NULL, packet_id = iif(?, packet_id, NULL), " +
      "first_written_at = iif(? AND first_written_at = written_at, NULL, first_written_at), attempt = attempt - ? WHERE id = ?",
    notBefore,
    options.keepId ? 1 : 0,
    options.keepId ? 1 : 0,
    options.uncount ? 1 : 0,
    id,
  );
}

export function freeSlot(store: Store, id: number): void {
  store.run("UPDATE mesh_outbox SET slot_until = NULL WHERE id = ?", id);
}

export function setKeysExchanged(store: Store, id: number): void {
  store.run("UPDATE mesh_outbox SET keys_exchanged = 1 WHERE id = ?", id);
}

export function sendOfPacket(store: Store, packetId: number): MeshOutboxRow | undefined {
  const attempt = store.get<{ send: number }>("SELECT send FROM mesh_attempts WHERE packet_id = ?", packetId);
  return attempt ? meshOutboxRow(store, attempt.send) : undefined;
}

// ───────────────────────────── pacing ─────────────────────────────

export function lastWritten(store: Store): ReadonlyMap<number, Millis> {
  return new Map(
    store
      .all<{ portnum: number; at: number }>("SELECT portnum, written_at AS at FROM pacing")
      .map((row) => [row.portnum, row.at] as const),
  );
}

export function setLastWritten(store: Store, portnum: number, now: Millis): void {
  store.run(
    "INSERT INTO pacing (portnum, written_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET written_at = excluded.written_at",
    portnum,
    now,
  );
}

// ───────────────────────────── requests to our own radio ─────────────────────────────

export function addRequest(store: Store, request: object): void {
  store.run("INSERT INTO requests (body) VALUES (?)", packBody(request));
}

/** Takes the waiting requests out of the store. */
export function takeRequests(store: Store): unknown[] {
  return store.all<{ body: string }>("DELETE FROM requests RETURNING body").map((row) => unpackBody(row.body));
}

export function requestsWait(store: Store): boolean {
  return store.get("SELECT 1 FROM requests LIMIT 1") !== undefined;
}
