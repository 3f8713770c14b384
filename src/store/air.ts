// What the gateway has handed to the radio in the last hours, and the messages that travel in another's packet.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

export interface SpentRow {
  readonly at: Millis;
  readonly micros: number;
  readonly transmissions: number;
}

export function addSpent(store: Store, spent: SpentRow): void {
  store.run(
    "INSERT INTO spent_air (at, micros, transmissions) VALUES (?, ?, ?)",
    spent.at,
    spent.micros,
    spent.transmissions,
  );
}

/** Oldest first, after `since`. */
export function spentSince(store: Store, since: Millis): SpentRow[] {
  return store.all<SpentRow>("SELECT at, micros, transmissions FROM spent_air WHERE at > ? ORDER BY at, id", since);
}

/** The packet of `send` carries the words of this ledger row too. */
export function addCarried(store: Store, send: number, ledger: number): void {
  store.run("INSERT INTO carried (send, ledger) VALUES (?, ?) ON CONFLICT DO NOTHING", send, ledger);
}

/** Ledger rows that travel in the packet of `send` besides its own, oldest first. */
export function carriedBy(store: Store, send: number): number[] {
  return store
    .all<{ ledger: number }>("SELECT ledger FROM carried WHERE send = ? ORDER BY ledger", send)
    .map((row) => row.ledger);
}

// ───────────────────────────── many reporting in ─────────────────────────────

export function noteStoredFrom(store: Store, node: number, now: Millis): void {
  store.run("INSERT INTO stored_from (node, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at", node, now);
}

/** How many residents had something stored after `since`. */
export function sendersSince(store: Store, since: Millis): number {
  return store.get<{ n: number }>("SELECT count(*) AS n FROM stored_from WHERE at > ?", since)!.n;
}

/** A receipt that is to be told in a line for many. */
export function addDigestReceipt(store: Store, ledger: number, node: number, reference: string, now: Millis): void {
  store.run(
    "INSERT INTO receipts (ledger, node, reference, digest_since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    ledger,
    node,
    reference,
    now,
  );
}

/** Whose receipts wait for a line for many, who waits longest first. */
export function digestNodes(store: Store): { node: number; since: Millis }[] {
  return store.all<{ node: number; since: Millis }>(
    "SELECT node, min(digest_since) AS since FROM receipts WHERE digest_since IS NOT NULL GROUP BY node ORDER BY since, node",
  );
}

// ───────────────────────────── the rest of long answers ─────────────────────────────

export function setPages(store: Store, node: number, rest: string, now: Millis): void {
  store.run(
    "INSERT INTO pages (node, rest, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET rest = excluded.rest, at = excluded.at",
    node,
    rest,
    now,
  );
}

/** Takes the rest of what was being told to a node; undefined when there is none or it is older than `since`. */
export function takePages(store: Store, node: number, since: Millis): string | undefined {
  const row = store.get<{ rest: string; at: Millis }>("DELETE FROM pages WHERE node = ? RETURNING rest, at", node);
  return row === undefined || row.at <= since ? undefined : row.rest;
}
