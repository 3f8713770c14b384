// What is known of the world around the gateway: links, rooms, nodes, deadlines, and what operators were told already.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

// ───────────────────────────── links ─────────────────────────────

export interface LinkRow {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly since: Millis;
  readonly detail: string;
  readonly pausedUntil: Millis;
}

export function linkRow(store: Store, name: string): LinkRow | undefined {
  return store.get<LinkRow>(
    "SELECT name, state, reason, since, detail, paused_until AS pausedUntil FROM links WHERE name = ?",
    name,
  );
}

export function setLink(store: Store, name: string, state: string, reason: string, now: Millis): void {
  store.run(
    "INSERT INTO links (name, state, reason, since) VALUES (?, ?, ?, ?) " +
      "ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, since = excluded.since",
    name,
    state,
    reason,
    now,
  );
}

export function setLinkDetail(store: Store, name: string, detail: string): void {
  store.run("UPDATE links SET detail = ? WHERE name = ?", detail, name);
}

export function pauseLink(store: Store, name: string, until: Millis): void {
  store.run("UPDATE links SET paused_until = ? WHERE name = ?", until, name);
}

/** At a start nothing is connected; what the radio said of itself is kept. */
export function resetLinks(store: Store, now: Millis): void {
  store.run("UPDATE links SET state = 'down', reason = 'starting', since = ?, paused_until = 0", now);
}

// ───────────────────────────── rooms ─────────────────────────────

export interface RoomRow {
  readonly uplink: string;
  readonly configured: string;
  readonly room: string | null;
  readonly joined: 0 | 1;
  readonly maySpeak: 0 | 1;
  readonly encrypted: 0 | 1;
  readonly held: 0 | 1;
  readonly reason: string;
}

const ROOM = "uplink, configured, room, joined, may_speak AS maySpeak, encrypted, held, reason";

export function roomRow(store: Store, uplink: string, configured: string): RoomRow | undefined {
  return store.get<RoomRow>(`SELECT ${ROOM} FROM rooms WHERE uplink = ? AND configured = ?`, uplink, configured);
}

export function roomById(store: Store, uplink: string, room: string): RoomRow[] {
  return store.all<RoomRow>(`SELECT ${ROOM} FROM rooms WHERE uplink = ? AND room = ?`, uplink, room);
}

export function setRoom(store: Store, row: Omit<RoomRow, "held">): void {
  store.run(
    "INSERT INTO rooms (uplink, configured, room, joined, may_speak, encrypted, reason) VALUES (?, ?, ?, ?, ?, ?, ?) " +
      "ON CONFLICT DO UPDATE SET room = coalesce(excluded.room, room), joined = excluded.joined, may_speak = excluded.may_speak, " +
      "encrypted = excluded.encrypted, reason = excluded.reason, held = 0",
    row.uplink,
    row.configured,
    row.room,
    row.joined,
    row.maySpeak,
    row.encrypted,
    row.reason,
  );
}

export function holdRoom(store: Store, uplink: string, configured: string, reason: string): void {
  store.run("UPDATE rooms SET held = 1, reason = ? WHERE uplink = ? AND configured = ?", reason, uplink, configured);
}

// ───────────────────────────── nodes ─────────────────────────────

export interface NodeRow {
  readonly num: number;
  readonly longName: string | null;
  readonly shortName: string | null;
  readonly publicKey: Uint8Array | null;
  readonly lastHeardAt: Millis | null;
  readonly snr: number | null;
  readonly hops: number | null;
  readonly battery: number | null;
  readonly latitudeI: number | null;
  readonly longitudeI: number | null;
  readonly positionAt: Millis | null;
  readonly voltage: number | null;
  readonly channelUtilization: number | null;
  readonly airUtilTx: number | null;
}

const NODE =
  "num, long_name AS longName, short_name AS shortName, public_key AS publicKey, last_heard_at AS lastHeardAt, snr, hops, battery, " +
  "latitude_i AS latitudeI, longitude_i AS longitudeI, position_at AS positionAt, voltage, " +
  "channel_utilization AS channelUtilization, air_util_tx AS airUtilTx";

const NODE_COLUMNS = {
  longName: "long_name",
  shortName: "short_name",
  publicKey: "public_key",
  lastHeardAt: "last_heard_at",
  snr: "snr",
  hops: "hops",
  battery: "battery",
  latitudeI: "latitude_i",
  longitudeI: "longitude_i",
  positionAt: "position_at",
  voltage: "voltage",
  channelUtilization: "channel_utilization",
  airUtilTx: "air_util_tx",
} as const;

export function nodeRow(store: Store, num: number): NodeRow | undefined {
  return store.get<NodeRow>(`SELECT ${NODE} FROM nodes WHERE num = ?`, num);
}

/** Most recently heard first. */
export function listNodes(store: Store): NodeRow[] {
  return store.all<NodeRow>(`SELECT ${NODE} FROM nodes ORDER BY last_heard_at DESC NULLS LAST, num`);
}

/** Learns the given facts of a node; what is undefined stays as it was. */
export function learnNode(
  store: Store,
  num: number,
  facts: { readonly [K in keyof typeof NODE_COLUMNS]?: NodeRow[K] | undefined },
): void {
  store.run("INSERT INTO nodes (num) VALUES (?) ON CONFLICT DO NOTHING", num);
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  if (known.length === 0) return;
  const columns = known.map(([name]) => `${NODE_COLUMNS[name as keyof typeof NODE_COLUMNS]} = ?`).join(", ");
  store.run(`UPDATE nodes SET ${columns} WHERE num = ?`, ...known.map(([, value]) => value), num);
}

// ───────────────────────────── timers ─────────────────────────────

export const TIMER_KINDS = [
  "pieces",
  "queue-status",
  "evidence",
  "receipt",
  "prune",
  "radio-away",
  "uplink-away",
  "stale",
  "silent-nodes",
  "help-silent",
  "file",
  "roll",
  "board",
  "boards",
  "page",
  "page-boards",
  "page-test",
  "calendar",
  "aid",
  "aid-boards",
  "aid-share",
  "hello",
] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

export interface TimerRow {
  readonly kind: TimerKind;
  readonly subject: number;
  readonly dueAt: Millis;
}

/** Sets (or moves) the one timer of this kind for this subject. */
export function setTimer(store: Store, kind: TimerKind, subject: number, dueAt: Millis): void {
  store.run(
    "INSERT INTO timers (kind, subject, due_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET due_at = excluded.due_at",
    kind,
    subject,
    dueAt,
  );
}

export function clearTimer(store: Store, kind: TimerKind, subject: number): void {
  store.run("DELETE FROM timers WHERE kind = ? AND subject = ?", kind, subject);
}

export function hasTimer(store: Store, kind: TimerKind, subject: number): boolean {
  return store.get("SELECT 1 FROM timers WHERE kind = ? AND subject = ?", kind, subject) !== undefined;
}

/** Takes the most overdue timer out of the store, if one is due. */
export function takeDueTimer(store: Store, now: Millis): TimerRow | undefined {
  const row = store.get<TimerRow>(
    "SELECT kind, subject, due_at AS dueAt FROM timers WHERE due_at <= ? ORDER BY due_at LIMIT 1",
    now,
  );
  if (row) clearTimer(store, row.kind, row.subject);
  return row;
}

export function nextTimerAt(store: Store): Millis | undefined {
  return store.get<{ at: number }>("SELECT due_at AS at FROM timers ORDER BY due_at LIMIT 1")?.at;
}

// ───────────────────────────── small facts ─────────────────────────────

export function metaValue(store: Store, key: string): string | undefined {
  return store.get<{ value: string }>("SELECT value FROM meta WHERE key = ?", key)?.value;
}

export function setMeta(store: Store, key: string, value: string): void {
  store.run("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value);
}

/** True the first time; false until `untell`. */
export function tellOnce(store: Store, key: string, now: Millis): boolean {
  return store.run("INSERT INTO told (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING", key, now).changes > 0;
}

const LATELY = "lately";

/**
 * True unless it was told within the last `within` ms, or `most` others of its kind were: for what comes again and again. Such rows are
 * forgotten once they count no more (`forgetTold`); `what` has no space in it.
 */
export function tellSeldom(
  store: Store,
  { what, about, within, most }: { what: string; about: string; within: Millis; most?: number },
  now: Millis,
): boolean {
  if (most !== undefined) {
    const sql = "SELECT count(*) AS n FROM told WHERE key > ? AND key < ? AND at > ?";
    const { n } = store.get<{ n: number }>(sql, `${LATELY} ${what} `, `${LATELY} ${what}!`, now)!;
    if (n >= most) return false;
  }
  const sql =
    "INSERT INTO told (key, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at WHERE told.at <= excluded.at - ?";
  return store.run(sql, `${LATELY} ${what} ${about}`, now + within, within).changes > 0;
}

export function forgetTold(store: Store, now: Millis): void {
  store.run("DELETE FROM told WHERE key > ? AND key < ? AND at <= ?", `${LATELY} `, `${LATELY}!`, now);
}

/** True if it had been told. */
export function untell(store: Store, key: string): boolean {
  return store.run("DELETE FROM told WHERE key = ?", key).changes > 0;
}

/** A change that another gateway would have to learn. */
export function journal(store: Store, kind: string, body: Readonly<Record<string, unknown>>, now: Millis): void {
  store.run("INSERT INTO journal (at, kind, body) VALUES (?, ?, ?)", now, kind, JSON.stringify(body));
}

// ───────────────────────────── receipts ─────────────────────────────

export function addReceipt(store: Store, ledger: number, node: number, reference: string): void {
  store.run(
    "INSERT INTO receipts (ledger, node, reference) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    ledger,
    node,
    reference,
  );
}

/** Takes the references that this node's owner has not been told of, oldest first. */
export function takeReceipts(store: Store, node: number): string[] {
  const rows = store.all<{ ledger: number; reference: string }>(
    "SELECT ledger, reference FROM receipts WHERE node = ? ORDER BY ledger",
    node,
  );
  store.run("DELETE FROM receipts WHERE node = ?", node);
  return rows.map((row) => row.reference);
}

export function lastReceiptAt(store: Store, node: number): Millis | undefined {
  return store.get<{ at: number }>("SELECT at FROM receipt_times WHERE node = ?", node)?.at;
}

export function setLastReceiptAt(store: Store, node: number, now: Millis): void {
  store.run("INSERT INTO receipt_times (node, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at", node, now);
}
