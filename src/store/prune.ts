// Forgetting what is older than the operator wants kept. Only what is settled and handled is ever forgotten.

import type { Millis } from "#base/clock.ts";
import { SEEN_FOR } from "./inbox.ts";
import type { Store } from "./store.ts";
import { forgetTold } from "./world.ts";

/** Removes messages settled before `before` and everything that hangs on them; returns how many. */
export function pruneMessages(store: Store, before: Millis, now: Millis): number {
  const old = store.all<{ id: number }>(
    "SELECT id FROM ledger WHERE settled_at IS NOT NULL AND settled_at < ?",
    before,
  );
  forgetLedger(
    store,
    old.map((row) => row.id),
  );
  store.run("DELETE FROM inbox WHERE state <> 'waiting' AND received_at < ?", before);
  store.run("DELETE FROM marks WHERE event_id NOT IN (SELECT event_id FROM ledger WHERE event_id IS NOT NULL)");
  store.run("DELETE FROM airtime WHERE at < ?", now - 3_600_000);
  store.run("DELETE FROM pages WHERE at < ?", now - 24 * 3_600_000);
  store.run("DELETE FROM stored_from WHERE at < ?", now - 24 * 3_600_000);
  store.run("DELETE FROM spent_air WHERE at < ?", now - 2 * 3_600_000);
  store.run("DELETE FROM machine_messages WHERE at < ?", before);
  store.run("DELETE FROM journal WHERE at < ?", before);
  store.run("DELETE FROM seen WHERE at < ?", now - SEEN_FOR);
  forgetTold(store, now);
  return old.length;
}

/** Removes messages and everything that hangs on them. */
export function forgetLedger(store: Store, ids: readonly number[]): void {
  const list = JSON.stringify(ids);
  const these = "SELECT value FROM json_each(?)";
  const sends = `SELECT id FROM mesh_outbox WHERE ledger IN (${these})`;
  store.run(`DELETE FROM mesh_attempts WHERE send IN (${sends})`, list);
  store.run(`DELETE FROM carried WHERE ledger IN (${these}) OR send IN (${sends})`, list, list);
  for (const table of ["mesh_outbox", "matrix_outbox", "receipts", "subjects", "roll_sends"])
    store.run(`DELETE FROM ${table} WHERE ledger IN (${these})`, list);
  store.run(`DELETE FROM ledger WHERE id IN (${these})`, list);
}
