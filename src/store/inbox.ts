// The inbox: what was said to us, kept before it is understood, handled in the order of arrival.
//
// A row is `waiting` until a step has handled it; the step's consequences and the row's end are one transaction.
// `seen` remembers what was handled for 30 days, so that a repeat is a duplicate whenever and by whichever way it comes.

import { createHash } from "node:crypto";
import { concatBytes, utf8 } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

export interface InboxRow {
  readonly id: number;
  readonly source: string;
  readonly receivedAt: Millis;
  readonly raw: Uint8Array;
  /** JSON as `packBody` wrote it. */
  readonly body: string;
  readonly deaths: number;
}

export type InboxEnd = "handled" | "duplicate" | "quarantined";

/** JSON in which byte arrays survive, as {"$b": base64}. */
export function packBody(value: unknown): string {
  // What SQLite hands back are Buffers, whose own toJSON has run by the time the replacer is given the field.
  return JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key: string, field: unknown) {
    const given = this[key];
    return given instanceof Uint8Array ? { $b: Buffer.from(given).toString("base64") } : field;
  });
}

/** The inverse of `packBody`. */
export function unpackBody(text: string): unknown {
  return JSON.parse(text, (_key, field: unknown) => {
    const packed = (field as { $b?: unknown } | null)?.$b;
    return typeof packed === "string" ? Uint8Array.from(Buffer.from(packed, "base64")) : field;
  });
}

export function addArrival(store: Store, source: string, raw: Uint8Array, body: string, now: Millis): number {
  return store.run("INSERT INTO inbox (source, received_at, raw, body) VALUES (?, ?, ?, ?)", source, now, raw, body)
    .lastInsertRowid;
}

const ROW = "id, source, received_at AS receivedAt, raw, body, deaths";

export function nextWaiting(store: Store): InboxRow | undefined {
  return store.get<InboxRow>(`SELECT ${ROW} FROM inbox WHERE state = 'waiting' ORDER BY id LIMIT 1`);
}

export function inboxRow(store: Store, id: number): InboxRow | undefined {
  return store.get<InboxRow>(`SELECT ${ROW} FROM inbox WHERE id = ?`, id);
}

export function countWaiting(store: Store): number {
  return store.get<{ n: number }>("SELECT count(*) AS n FROM inbox WHERE state = 'waiting'")!.n;
}

/** When the radio last handed us anything. */
export function lastRadioArrival(store: Store): Millis | undefined {
  return store.get<{ at: number }>(
    "SELECT received_at AS at FROM inbox WHERE source = 'radio' ORDER BY id DESC LIMIT 1",
  )?.at;
}

export function isWaiting(store: Store, id: number): boolean {
  return store.get("SELECT 1 FROM inbox WHERE id = ? AND state = 'waiting'", id) !== undefined;
}

/** A row that was handled long ago turns out to be damaged. */
export function markDamaged(store: Store, id: number, reason: string): void {
  store.run("UPDATE inbox SET state = 'quarantined', reason = ? WHERE id = ?", reason, id);
}

export function endRow(store: Store, id: number, end: InboxEnd, reason: string): void {
  store.run("UPDATE inbox SET state = ?, reason = ? WHERE id = ?", end, reason, id);
}

/** One more death in this row; returns how many there are now. */
export function countDeath(store: Store, id: number): number {
  store.run("UPDATE inbox SET deaths = deaths + 1 WHERE id = ?", id);
  return store.get<{ deaths: number }>("SELECT deaths FROM inbox WHERE id = ?", id)?.deaths ?? 0;
}

/** A death that was not the row's own doing (a power cut) is taken back. */
export function forgiveDeath(store: Store, id: number): void {
  store.run("UPDATE inbox SET deaths = max(0, deaths - 1) WHERE id = ?", id);
}

// ───────────────────────────── seen ─────────────────────────────

export const SEEN_FOR: Millis = 30 * 24 * 3600_000;

/** The name of a mesh packet: node, packet id, hash of port and payload. */
export function packetKey(node: number, id: number, portnum: number, payload: Uint8Array): Uint8Array {
  const hash = createHash("sha256").update(String(portnum)).update("\0").update(payload).digest().subarray(0, 8);
  return concatBytes([packetPrefix(node, id), hash]);
}

function packetPrefix(node: number, id: number): Uint8Array {
  const prefix = Buffer.alloc(9);
  prefix[0] = 0x6d; // "m": packets and events share the table, never a key
  prefix.writeUInt32BE(node, 1);
  prefix.writeUInt32BE(id, 5);
  return prefix;
}

export function eventKey(eventId: string): Uint8Array {
  return utf8(eventId);
}

/** Remembers `key`; false when it was seen before. */
export function markSeen(store: Store, key: Uint8Array, now: Millis): boolean {
  return store.run("INSERT INTO seen (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING", key, now).changes > 0;
}

/** Whether another packet of the same node and id, with other bytes, was seen. */
export function seenOtherBytes(store: Store, node: number, id: number, key: Uint8Array): boolean {
  const prefix = packetPrefix(node, id);
  const last = concatBytes([prefix, new Uint8Array(8).fill(0xff)]);
  return (
    store.get("SELECT 1 FROM seen WHERE key >= ? AND key <= ? AND key <> ? LIMIT 1", prefix, last, key) !== undefined
  );
}

// ───────────────────────────── source positions ─────────────────────────────

export function positionOf(store: Store, name: string): string | undefined {
  return store.get<{ value: string }>("SELECT value FROM positions WHERE name = ?", name)?.value;
}

export function setPosition(store: Store, name: string, value: string): void {
  store.run(
    "INSERT INTO positions (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    name,
    value,
  );
}

/** When each Matrix user last wrote, reacted or voted in a room that is read, as far as arrivals are kept. */
export function lastWritten(store: Store): ReadonlyMap<string, Millis> {
  const event = "CAST(raw AS TEXT)";
  const rows = store.all<{ user: string | null; at: Millis }>(
    `SELECT iif(json_valid(${event}), ${event} ->> '$.sender', NULL) AS user, max(received_at) AS at FROM inbox WHERE source <> 'radio' GROUP BY user`,
  );
  return new Map(rows.flatMap(({ user, at }) => (user === null ? [] : [[user, at] as const])));
}
