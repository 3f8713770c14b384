// What still has to be asked of homeservers. Order is kept within a room, urgent rows first; one request at a time for a
// room. The transaction id is stored with the row and is the same on every try; the content is frozen at the first.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

export interface MatrixOutboxRow {
  readonly id: number;
  readonly ledger: number;
  readonly uplink: string;
  readonly room: string;
  readonly status: "waiting" | "requesting";
  readonly notBefore: Millis;
  readonly attempt: number;
  readonly type: string;
  readonly txnId: string;
  readonly content: string;
  readonly frozen: 0 | 1;
  readonly person: string | null;
  readonly replyPacket: number | null;
  readonly replyEvent: string | null;
}

const ROW =
  "id, ledger, uplink, room, status, not_before AS notBefore, attempt, type, txn_id AS txnId, content, frozen, person, " +
  "reply_packet AS replyPacket, reply_event AS replyEvent";

export interface NewMatrixOutboxRow {
  readonly ledger: number;
  readonly urgent: boolean;
  readonly uplink: string;
  /** As the config spells it. */
  readonly room: string;
  readonly type: string;
  readonly txnId: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly person?: string;
  readonly replyPacket?: number;
  readonly replyEvent?: string;
}

/** False when this transaction is in the outbox already. */
export function addMatrixOutbox(store: Store, row: NewMatrixOutboxRow, now: Millis): boolean {
  return (
    store.run(
      "INSERT INTO matrix_outbox (ledger, urgent, uplink, room, not_before, type, txn_id, content, person, reply_packet, reply_event) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (txn_id) DO NOTHING",
      row.ledger,
      row.urgent ? 1 : 0,
      row.uplink,
      row.room,
      now,
      row.type,
      row.txnId,
      JSON.stringify(row.content),
      row.person ?? null,
      row.replyPacket ?? null,
      row.replyEvent ?? null,
    ).changes > 0
  );
}

export function matrixOutboxRow(store: Store, id: number): MatrixOutboxRow | undefined {
  return store.get<MatrixOutboxRow>(`SELECT ${ROW} FROM matrix_outbox WHERE id = ?`, id);
}

/** The row whose turn it is in a room, whatever its status. A request under way keeps its turn. */
export function headOfRoom(store: Store, uplink: string, room: string): MatrixOutboxRow | undefined {
  return (
    store.get<MatrixOutboxRow>(
      `SELECT ${ROW} FROM matrix_outbox WHERE uplink = ? AND room = ? AND status = 'requesting' LIMIT 1`,
      uplink,
      room,
    ) ??
    store.get<MatrixOutboxRow>(
      `SELECT ${ROW} FROM matrix_outbox WHERE uplink = ? AND room = ? ORDER BY urgent DESC, id LIMIT 1`,
      uplink,
      room,
    )
  );
}

export function requestsUnderWay(store: Store): MatrixOutboxRow[] {
  return store.all<MatrixOutboxRow>(`SELECT ${ROW} FROM matrix_outbox WHERE status = 'requesting' ORDER BY id`);
}

export function countMatrixQueued(store: Store, uplink: string): number {
  return store.get<{ n: number }>("SELECT count(*) AS n FROM matrix_outbox WHERE uplink = ?", uplink)!.n;
}

export function setRequesting(store: Store, id: number, content: string): void {
  store.run(
    "UPDATE matrix_outbox SET status = 'requesting', content = ?, frozen = 1, attempt = attempt + 1 WHERE id = ?",
    content,
    id,
  );
}

export function retryMatrix(store: Store, id: number, notBefore: Millis): void {
  store.run("UPDATE matrix_outbox SET status = 'waiting', not_before = ? WHERE id = ?", notBefore, id);
}

export function dropMatrix(store: Store, id: number): void {
  store.run("DELETE FROM matrix_outbox WHERE id = ?", id);
}

/** After a start, nothing is under way: the same transaction ids will be used again. */
export function resetRequests(store: Store): void {
  store.run("UPDATE matrix_outbox SET status = 'waiting' WHERE status = 'requesting'");
}

/** Rows for rooms that the config no longer names. */
export function strandedRows(store: Store, configured: readonly { uplink: string; room: string }[]): MatrixOutboxRow[] {
  const known = new Set(configured.map(({ uplink, room }) => `${uplink}\n${room}`));
  return store
    .all<{ uplink: string; room: string }>("SELECT DISTINCT uplink, room FROM matrix_outbox")
    .filter(({ uplink, room }) => !known.has(`${uplink}\n${room}`))
    .flatMap(({ uplink, room }) =>
      store.all<MatrixOutboxRow>(`SELECT ${ROW} FROM matrix_outbox WHERE uplink = ? AND room = ?`, uplink, room),
    );
}

// ───────────────────────────── threads ─────────────────────────────

export function threadRoot(store: Store, uplink: string, room: string, person: string): string | undefined {
  return (
    store.get<{ eventId: string | null }>(
      "SELECT event_id AS eventId FROM threads WHERE uplink = ? AND room = ? AND person = ?",
      uplink,
      room,
      person,
    )?.eventId ?? undefined
  );
}

export function touchThread(store: Store, uplink: string, room: string, person: string, node: number): void {
  store.run(
    "INSERT INTO threads (uplink, room, person, node) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET node = excluded.node",
    uplink,
    room,
    person,
    node,
  );
}

export function setThreadRoot(store: Store, uplink: string, room: string, person: string, eventId: string): void {
  store.run(
    "UPDATE threads SET event_id = ? WHERE uplink = ? AND room = ? AND person = ? AND event_id IS NULL",
    eventId,
    uplink,
    room,
    person,
  );
}

/** Whose thread an event heads, and the radio that person last wrote from. */
export function threadOfRoot(
  store: Store,
  uplink: string,
  eventId: string,
): { person: string; node: number } | undefined {
  return store.get("SELECT person, node FROM threads WHERE uplink = ? AND event_id = ?", uplink, eventId);
}
