// What people do besides talking: who a radio is in Matrix, who reacted, who asked to be left out, who voted, who has used
// how much airtime, which places were marked on the map.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

// ───────────────────────────── ghosts ─────────────────────────────

export interface GhostRow {
  readonly id: string;
  readonly node: number;
  readonly publicKey: Uint8Array | null;
}

const GHOST = "id, node, public_key AS publicKey";

export function ghostsOfNode(store: Store, node: number): GhostRow[] {
  return store.all<GhostRow>(`SELECT ${GHOST} FROM ghosts WHERE node = ? ORDER BY id`, node);
}

export function ghostOfKey(store: Store, publicKey: Uint8Array): GhostRow | undefined {
  return store.get<GhostRow>(`SELECT ${GHOST} FROM ghosts WHERE public_key = ?`, publicKey);
}

export function ghostIdTaken(store: Store, id: string): boolean {
  return store.get("SELECT 1 FROM ghosts WHERE id = ?", id) !== undefined;
}

export function setGhost(store: Store, ghost: GhostRow): void {
  store.run(
    "INSERT INTO ghosts (id, node, public_key) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET node = excluded.node, public_key = excluded.public_key",
    ghost.id,
    ghost.node,
    ghost.publicKey,
  );
}

// ───────────────────────────── reactions of ours ─────────────────────────────

export interface ReactionRow {
  readonly eventId: string;
  readonly target: string;
  readonly ghost: string;
  readonly node: number;
  readonly key: string;
}

export function addReaction(store: Store, row: ReactionRow): void {
  store.run(
    "INSERT INTO reactions (event_id, target, ghost, node, key) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    row.eventId,
    row.target,
    row.ghost,
    row.node,
    row.key,
  );
}

export function reactionsTo(store: Store, target: string): ReactionRow[] {
  return store.all<ReactionRow>(
    "SELECT event_id AS eventId, target, ghost, node, key FROM reactions WHERE target = ?",
    target,
  );
}

export function dropReaction(store: Store, eventId: string): void {
  store.run("DELETE FROM reactions WHERE event_id = ?", eventId);
}

// ───────────────────────────── radios that are left out ─────────────────────────────

export interface BarredRow {
  readonly node: number;
  readonly kind: "opted-out" | "muted";
  readonly byWhom: string;
  readonly reason: string;
  readonly at: Millis;
}

const BARRED = "node, kind, by_whom AS byWhom, reason, at";

export function barredRow(store: Store, node: number): BarredRow | undefined {
  return store.get<BarredRow>(`SELECT ${BARRED} FROM barred WHERE node = ?`, node);
}

export function listBarred(store: Store): BarredRow[] {
  return store.all<BarredRow>(`SELECT ${BARRED} FROM barred ORDER BY at`);
}

export function bar(store: Store, row: BarredRow): void {
  store.run(
    "INSERT INTO barred (node, kind, by_whom, reason, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "kind = excluded.kind, by_whom = excluded.by_whom, reason = excluded.reason, at = excluded.at",
    row.node,
    row.kind,
    row.byWhom,
    row.reason,
    row.at,
  );
}

/** True if there was something to lift. */
export function unbar(store: Store, node: number, kind: BarredRow["kind"]): boolean {
  return store.run("DELETE FROM barred WHERE node = ? AND kind = ?", node, kind).changes > 0;
}

// ───────────────────────────── airtime of Matrix users ─────────────────────────────

export function addAirtime(store: Store, user: string, ms: Millis, now: Millis): void {
  store.run("INSERT INTO airtime (user, at, ms) VALUES (?, ?, ?)", user, now, Math.ceil(ms));
}

/** What a user has said since `since`, oldest first: when, and how many ms on the air. */
export function airtimeOf(store: Store, user: string, since: Millis): { at: Millis; ms: Millis }[] {
  return store.all("SELECT at, ms FROM airtime WHERE user = ? AND at > ? ORDER BY at", user, since);
}

/** The users who have spoken since `since`, with their ms on the air, most first. */
export function airtimeByUser(store: Store, since: Millis): { user: string; ms: Millis }[] {
  return store.all("SELECT user, sum(ms) AS ms FROM airtime WHERE at > ? GROUP BY user ORDER BY ms DESC", since);
}

// ───────────────────────────── polls ─────────────────────────────

export interface PollRow {
  readonly eventId: string;
  readonly question: string;
  /** JSON: [[answer id, words], …] */
  readonly options: string;
  readonly closed: 0 | 1;
}

export function addPoll(store: Store, eventId: string, question: string, options: string): void {
  store.run(
    "INSERT INTO polls (event_id, question, options) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    eventId,
    question,
    options,
  );
}

export function pollRow(store: Store, eventId: string): PollRow | undefined {
  return store.get<PollRow>(
    "SELECT event_id AS eventId, question, options, closed FROM polls WHERE event_id = ?",
    eventId,
  );
}

export function closePoll(store: Store, eventId: string): void {
  store.run("UPDATE polls SET closed = 1 WHERE event_id = ?", eventId);
}

/** A voter's choice, from 1; the last one counts. */
export function setVote(store: Store, poll: string, voter: string, choice: number): void {
  store.run(
    "INSERT INTO votes (poll, voter, choice) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET choice = excluded.choice",
    poll,
    voter,
    choice,
  );
}

export function countVotes(store: Store, poll: string): ReadonlyMap<number, number> {
  return new Map(
    store
      .all<{ choice: number; n: number }>(
        "SELECT choice, count(*) AS n FROM votes WHERE poll = ? GROUP BY choice",
        poll,
      )
      .map(({ choice, n }) => [choice, n] as const),
  );
}

// ───────────────────────────── waypoints ─────────────────────────────

/** The `channel` of what was sent to the gateway alone. */
export const FOR_US_ALONE = -1;

export interface WaypointRow {
  readonly id: number;
  readonly node: number;
  readonly channel: number;
  readonly name: string;
  readonly description: string;
  readonly latitudeI: number;
  readonly longitudeI: number;
  /** Seconds since 1970; 0 never. */
  readonly expire: number;
  readonly at: Millis;
}

export function setWaypoint(store: Store, row: WaypointRow): void {
  store.run(
    "INSERT OR REPLACE INTO waypoints (id, node, channel, name, description, latitude_i, longitude_i, expire, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    row.id,
    row.node,
    row.channel,
    row.name,
    row.description,
    row.latitudeI,
    row.longitudeI,
    row.expire,
    row.at,
  );
}

export function dropWaypoint(store: Store, id: number): boolean {
  return store.run("DELETE FROM waypoints WHERE id = ?", id).changes > 0;
}

const WAYPOINT =
  "id, node, channel, name, description, latitude_i AS latitudeI, longitude_i AS longitudeI, expire, at FROM waypoints";

export function waypointRow(store: Store, id: number): WaypointRow | undefined {
  return store.get<WaypointRow>(`SELECT ${WAYPOINT} WHERE id = ?`, id);
}

/** Those that have not expired by the calendar, newest first. */
export function listWaypoints(store: Store, wall: Millis): WaypointRow[] {
  return store.all<WaypointRow>(
    `SELECT ${WAYPOINT} WHERE expire = 0 OR expire > ? ORDER BY at DESC`,
    Math.floor(wall / 1000),
  );
}
