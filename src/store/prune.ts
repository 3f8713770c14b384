// Forgetting what is older than the operator wants kept. Only what is settled and handled is ever forgotten.
//
// It is done every hour between two packets, on a card that reads slowly, so nothing is read that stays: rows are numbered in the
// order of time, and what is old lies before the first that is not.

import type { Millis } from "#base/clock.ts";
import { SEEN_FOR } from "./inbox.ts";
import type { Store } from "./store.ts";
import { wallOffset } from "./timeline.ts";
import { forgetTold } from "./world.ts";

const DAY: Millis = 24 * 3_600_000;

/** SQL for the rows of a table that are older than the moment which is bound to it. */
const older = (table: string, at: string, id = "id"): string =>
  `${id} < coalesce((SELECT ${id} FROM ${table} WHERE ${at} >= ? ORDER BY ${id} LIMIT 1), 9223372036854775807)`;

/** Removes messages settled before `before` and everything that hangs on them; returns how many. */
export function pruneMessages(store: Store, before: Millis, now: Millis): number {
  const old = store.all<{ id: number }>(
    `SELECT id FROM ledger WHERE settled_at < ? AND ${older("ledger", "accepted_at")}`,
    before,
    before,
  );
  forgetLedger(
    store,
    old.map((row) => row.id),
  );
  store.run(`DELETE FROM inbox WHERE state <> 'waiting' AND ${older("inbox", "received_at")}`, before);
  store.run(`DELETE FROM machine_messages WHERE ${older("machine_messages", "at")}`, before);
  store.run(`DELETE FROM journal WHERE ${older("journal", "at", "sequence")}`, before);
  store.run("DELETE FROM airtime WHERE at < ?", now - 3_600_000);
  store.run("DELETE FROM spent_air WHERE at < ?", now - 2 * 3_600_000);
  for (const table of ["pages", "stored_from", "receipt_times"])
    store.run(`DELETE FROM ${table} WHERE at < ?`, now - DAY);
  store.run("DELETE FROM seen WHERE at < ?", now - SEEN_FOR);
  forgetTold(store, now);
  pruneWorld(store, before, now);
  return old.length;
}

/** What strangers' radios once told of themselves, and what hung on them: anybody can make up as many as they like. */
function pruneWorld(store: Store, before: Millis, now: Millis): void {
  store.run("DELETE FROM nodes WHERE last_heard_at < ? AND num NOT IN (SELECT node FROM radios)", before);
  store.run("DELETE FROM reading WHERE at < ?", before);
  const today = Math.floor((now + wallOffset(store)) / 1000);
  store.run("DELETE FROM waypoints WHERE at < ? AND expire BETWEEN 1 AND ?", before, today);
}

/** Removes messages and everything that hangs on them. */
export function forgetLedger(store: Store, ids: readonly number[]): void {
  const list = JSON.stringify(ids);
  const these = "SELECT value FROM json_each(?)";
  const sends = `SELECT id FROM mesh_outbox WHERE ledger IN (${these})`;
  const events = `SELECT event_id FROM ledger WHERE id IN (${these}) AND event_id IS NOT NULL`;
  store.run(`DELETE FROM mesh_attempts WHERE send IN (${sends})`, list);
  store.run(`DELETE FROM carried WHERE ledger IN (${these}) OR send IN (${sends})`, list, list);
  for (const table of ["mesh_outbox", "matrix_outbox", "receipts", "subjects", "roll_sends"])
    store.run(`DELETE FROM ${table} WHERE ledger IN (${these})`, list);
  for (const [table, event] of OF_EVENT) store.run(`DELETE FROM ${table} WHERE ${event} IN (${events})`, list);
  store.run(`DELETE FROM ledger WHERE id IN (${these})`, list);
}

/** What hangs on the event of a message; votes before their poll. */
const OF_EVENT = [
  ["marks", "event_id"],
  ["reactions", "target"],
  ["votes", "poll"],
  ["polls", "event_id"],
] as const;
