// Items and claims that gateways told each other of (gateway/aid/sharing.ts). What is kept here is only what machines know them
// by and what was said; the items and matches themselves are the rows of aid.ts.

import type { Millis } from "#base/clock.ts";
import type { MatchState } from "#domain/aid/aid.ts";
import type { Store } from "./store.ts";

/** Our own items stand under this in place of a node. */
export const OURSELVES = 0;

export interface SharedRow {
  readonly machine: number;
  readonly ref: number;
  readonly item: number | null;
  readonly heard: number;
  readonly ended: 0 | 1;
  readonly said: string;
}

const SHARED = "SELECT machine, ref, item, heard, ended, said FROM aid_shared";

export function sharedRow(store: Store, machine: number, ref: number): SharedRow | undefined {
  return store.get<SharedRow>(`${SHARED} WHERE machine = ? AND ref = ?`, machine, ref);
}

export function sharedOfItem(store: Store, item: number): SharedRow | undefined {
  return store.get<SharedRow>(`${SHARED} WHERE item = ?`, item);
}

/** Takes the place of what was known under the same reference before. */
export function setShared(store: Store, row: SharedRow): void {
  store.run(
    "INSERT INTO aid_shared (machine, ref, item, heard, ended, said) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "item = excluded.item, heard = excluded.heard, ended = excluded.ended, said = excluded.said",
    row.machine,
    row.ref,
    row.item,
    row.heard,
    row.ended,
    row.said,
  );
}

/** Items that another gateway should hear of again: what is open, and what was closed after `since`. */
export function sharedItems(store: Store, since: Millis): number[] {
  return store
    .all<{ id: number }>(
      "SELECT id FROM aid_items WHERE kind IN ('need', 'offer') AND event IS NULL AND code IS NOT NULL AND " +
        "(state = 'open' OR (changed_at > ? AND id IN (SELECT item FROM aid_shared)))",
      since,
    )
    .map(({ id }) => id);
}

// ───────────────────────────── claims ─────────────────────────────

export interface ClaimRow {
  readonly claim: number;
  readonly item: number;
  readonly match: number | null;
  readonly answered: MatchState | null;
}

const CLAIM = "SELECT claim, item, match, answered FROM aid_claims";

export function claimRow(store: Store, claim: number): ClaimRow | undefined {
  return store.get<ClaimRow>(`${CLAIM} WHERE claim = ?`, claim);
}

export function claimsOf(store: Store, item: number): ClaimRow[] {
  return store.all<ClaimRow>(`${CLAIM} WHERE item = ? ORDER BY claim`, item);
}

/** A number that comes back belongs to the newer claim. */
export function setClaim(store: Store, row: ClaimRow): void {
  store.run(
    "INSERT INTO aid_claims (claim, item, match, answered) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "item = excluded.item, match = excluded.match, answered = excluded.answered",
    row.claim,
    row.item,
    row.match,
    row.answered,
  );
}

/** Numbers that must not be given out: claims of what is open, or was closed after `since`. */
export function takenClaims(store: Store, since: Millis): Set<number> {
  const rows = store.all<{ claim: number }>(
    "SELECT claim FROM aid_claims JOIN aid_items ON aid_items.id = item WHERE state = 'open' OR changed_at > ?",
    since,
  );
  return new Set(rows.map(({ claim }) => claim));
}
