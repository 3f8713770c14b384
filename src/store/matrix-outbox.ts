// What still has to be asked of homeservers. Order is kept within a room, urgent rows first. The transaction id is stored with the row and is the same on every try; the content is frozen at the first.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

export interface MatrixOutboxRow {
  readonly id: number;
  /** None for a mark on a writer's message. */
  readonly ledger: number | null;
  /** Right of way, see `RIGHT_OF_WAY`. */
  readonly urgent: number;
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
  readonly ghost: string | null;
  readonly ghostName: string | null;
  readonly heardAt: Millis | null;
  readonly redacts: string | null;
  readonly lookFirst: 0 | 1;
}

const ROW =
  "id, ledger, urgent, uplink, room, status, not_before AS notBefore, attempt, type, txn_id AS txnId, content, frozen, person, " +
  "reply_packet AS replyPacket, reply_event AS replyEvent, ghost, ghost_name AS ghostName, heard_at AS heardAt, redacts, look_first AS lookFirst";

/** Within a room the highest goes first; among equals, what was accepted first. */
export const RIGHT_OF_WAY = { distress: 3, page: 2, summary: 1, rest: 0 } as const;

export interface NewMatrixOutboxRow {
  readonly ledger?: number;
  readonly rightOfWay: (typeof RIGHT_OF_WAY)[keyof typeof RIGHT_OF_WAY];
  readonly uplink: string;
  /** As the config spells it. */
  readonly room: string;
  readonly type: string;
  readonly txnId: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly person?: string;
  readonly replyPacket?: number;
  readonly replyEvent?: string;
  readonly ghost?: { readonly id: string; readonly name: string };
  readonly heardAt?: Millis;
  readonly redacts?: string;
}

export function addMatrixOutbox(store: Store, row: NewMatrixOutboxRow, now: Millis): void {
  store.run(
    "INSERT INTO matrix_outbox (ledger, urgent, uplink, room, not_before, type, txn_id, content, person, reply_packet, " +
      "reply_event, ghost, ghost_name, heard_at, redacts) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    row.ledger ?? null,
    row.rightOfWay,
    row.uplink,
    row.room,
    now,
    row.type,
    row.txnId,
    JSON.stringify(row.content),
    row.person ?? null,
    row.replyPacket ?? null,
    row.replyEvent ?? null,
    row.ghost?.id ?? null,
    row.ghost?.name ?? null,
    row.heardAt ?? null,
    row.redacts ?? null,
  );
}

export function matrixOutboxRow(store: Store, id: number): MatrixOutboxRow | undefined {
  return store.get<MatrixOutboxRow>(`SELECT ${ROW} FROM matrix_outbox WHERE id = ?`, id);
}

/** The row that was just written for this message. */
export function newestOutbox(store: Store, ledger: number): number {
  const sql = "SELECT id FROM matrix_outbox WHERE id = (SELECT max(id) FROM matrix_outbox) AND ledger = ?";
  return store.get<{ id: number }>(sql, ledger)!.id;
}

/** Other words for a row that nobody has asked for yet. */
export function replaceContent(store: Store, id: number, content: Readonly<Record<string, unknown>>): void {
  store.run("UPDATE matrix_outbox SET content = ? WHERE id = ? AND frozen = 0", JSON.stringify(content), id);
}

/** The rows of a room in the order in which they are to be said; those under way first. */
export function nextInRoom(store: Store, uplink: string, room: string, limit: number): MatrixOutboxRow[] {
  return store.all<MatrixOutboxRow>(
    `SELECT ${ROW} FROM matrix_outbox WHERE uplink = ? AND room = ? AND digest IS NULL ` +
      "ORDER BY status, urgent DESC, id LIMIT ?",
    uplink,
    room,
    limit,
  );
}

export function countInRoom(store: Store, uplink: string, room: string): number {
  return store.get<{ n: number }>(
    "SELECT count(*) AS n FROM matrix_outbox WHERE uplink = ? AND room = ? AND digest IS NULL",
    uplink,
    room,
  )!.n;
}

/** Ids, found by the one index of the table: a look at each room's first rows. */
export const UNDER_WAY =
  "SELECT o.id FROM rooms r CROSS JOIN matrix_outbox o ON o.uplink = r.uplink AND o.room = r.configured " +
  "AND o.status = 'requesting' AND o.digest IS NULL";

export function requestsUnderWay(store: Store): MatrixOutboxRow[] {
  return store.all<MatrixOutboxRow>(`SELECT ${ROW} FROM matrix_outbox WHERE id IN (${UNDER_WAY}) ORDER BY id`);
}

/** Puts rows into the digest `head`: they are said as a part of it, and share its fate. */
export function joinDigest(store: Store, head: number, members: readonly number[]): void {
  for (const id of members) store.run("UPDATE matrix_outbox SET digest = ? WHERE id = ?", head, id);
}

/** The row itself and all that are said as a part of it. */
export function saidWith(store: Store, id: number): MatrixOutboxRow[] {
  return store.all<MatrixOutboxRow>(`SELECT ${ROW} FROM matrix_outbox WHERE id = ? OR digest = ? ORDER BY id`, id, id);
}

/** What waits in a room, and since when: the size of a backlog. Urgent rows are counted apart. */
export function backlogOf(
  store: Store,
  uplink: string,
  room: string,
): { count: number; urgent: number; radios: number; from: Millis | null; to: Millis | null } {
  return store.get(
    "SELECT count(*) AS count, coalesce(sum(urgent >= 2), 0) AS urgent, count(DISTINCT l.origin) AS radios, " +
      "min(o.heard_at) AS 'from', max(o.heard_at) AS 'to' FROM matrix_outbox o JOIN ledger l ON l.id = o.ledger " +
      "WHERE o.uplink = ? AND o.room = ? AND l.direction = 'mesh-to-matrix'",
    uplink,
    room,
  )!;
}

/** Rows that nobody has asked for yet move to another way into the same room; but only who wrote a board may edit it. */
export function moveUntried(
  store: Store,
  from: { uplink: string; room: string },
  to: { uplink: string; room: string },
): number {
  const untried =
    "uplink = ? AND room = ? AND attempt = 0 AND digest IS NULL AND " +
    "id NOT IN (SELECT sending FROM boards WHERE sending IS NOT NULL AND event_id IS NOT NULL)";
  store.run(
    `UPDATE ledger SET destination = ? WHERE id IN (SELECT ledger FROM matrix_outbox WHERE ${untried})`,
    `matrix:${to.uplink}/${to.room}`,
    from.uplink,
    from.room,
  );
  return store.run(
    `UPDATE matrix_outbox SET uplink = ?, room = ? WHERE ${untried}`,
    to.uplink,
    to.room,
    from.uplink,
    from.room,
  ).changes;
}

/** Untried rows of one way into a room whose message is said, or waits, by the other way as well. */
export function twinsOf(
  store: Store,
  way: { uplink: string; room: string },
  other: { uplink: string; room: string },
): MatrixOutboxRow[] {
  return store.all<MatrixOutboxRow>(
    `SELECT ${ROW} FROM matrix_outbox o WHERE uplink = ? AND room = ? AND attempt = 0 AND EXISTS (` +
      "SELECT 1 FROM ledger a JOIN ledger b ON b.inbox = a.inbox AND b.id <> a.id AND b.origin = a.origin " +
      "WHERE a.id = o.ledger AND a.direction = 'mesh-to-matrix' AND b.destination = ?)",
    way.uplink,
    way.room,
    `matrix:${other.uplink}/${other.room}`,
  );
}

export function countMatrixQueued(store: Store, uplink: string): number {
  return store.get<{ n: number }>("SELECT count(*) AS n FROM matrix_outbox WHERE uplink = ?", uplink)!.n;
}

/** How long a homeserver surely knows a transaction again: Synapse keeps them for 24 hours (matrix-facts §5). */
const REMEMBERED_FOR: Millis = 20 * 3_600_000;

/** Freezes what is asked: from the first try on, transaction id and content belong together. */
export function setRequesting(
  store: Store,
  id: number,
  frozen: { readonly type: string; readonly txnId: string; readonly content: string },
  now: Millis,
): void {
  store.run(
    "UPDATE matrix_outbox SET status = 'requesting', type = ?, txn_id = ?, content = ?, frozen = 1, attempt = attempt + 1, " +
      "look_first = coalesce(tried_at < ?, 0), tried_at = coalesce(tried_at, ?) WHERE id = ?",
    frozen.type,
    frozen.txnId,
    frozen.content,
    now - REMEMBERED_FOR,
    now,
    id,
  );
}

export function retryMatrix(store: Store, id: number, notBefore: Millis): void {
  store.run("UPDATE matrix_outbox SET status = 'waiting', not_before = ? WHERE id = ?", notBefore, id);
}

/** Other words for a row that was refused: to be asked for again as something new. */
export function sayAnew(store: Store, id: number, txnId: string, content: string, now: Millis): void {
  store.run(
    "UPDATE matrix_outbox SET status = 'waiting', not_before = ?, txn_id = ?, content = ? WHERE id = ?",
    now,
    txnId,
    content,
    id,
  );
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

/** Nobody can write below this event any more: the next message makes the thread anew. */
export function dropThreadRoot(store: Store, eventId: string): void {
  store.run("UPDATE threads SET event_id = NULL WHERE event_id = ?", eventId);
}

/** Whose thread an event heads, and the radio that person last wrote from; the answer may come by another way than the question. */
export function threadOfRoot(store: Store, eventId: string): { person: string; node: number } | undefined {
  return store.get("SELECT person, node FROM threads WHERE event_id = ?", eventId);
}
