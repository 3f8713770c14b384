// Forgetting an event, and what is older than the operator wants kept. People stay on the list; what was said about them goes.

import type { Millis } from "#base/clock.ts";
import { forgetAidOf } from "./aid.ts";
import { listEventRows, type EventRow } from "./events.ts";
import { blankBoards, forgetCalls, forgetLoose, forgetRolls, forgetPages } from "./forget-boards.ts";
import { pruneBoards } from "./boards.ts";
import { forgetLedger, pruneMessages } from "./prune.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

/** What stands against it, in words; the event if nothing does. */
export function eventToForget(store: Store, number: number): EventRow | string {
  const event = listEventRows(store).find((each) => each.number === number);
  if (!event) return `there is no event ${number}`;
  if (event.closedAt === undefined) return `event ${number} is still open; close it first (event close)`;
  const open = store.get(
    "SELECT 1 FROM calls WHERE state <> 'closed' AND at BETWEEN ? AND ?",
    event.openedAt,
    event.closedAt,
  );
  return open && !event.drill ? `a call for help of event ${number} is still open` : event;
}

/**
 * Removes the event, its roll calls, and all that was said while it was open. Of a drill only what belongs to it: a real call
 * for help, or a message, that came in the middle of it is not part of the exercise.
 */
export function forgetEvent(store: Store, event: EventRow, now: Millis): void {
  const { number, openedAt, drill } = event;
  const closedAt = event.closedAt ?? now;
  forgetRolls(store, numbers(store, "SELECT number AS id FROM rolls WHERE event = ?", number));
  const facts = drill ? "event = ?" : "event IS NULL AND at BETWEEN ? AND ?";
  const values = drill ? [number] : [openedAt, closedAt];
  forgetArrivals(
    store,
    numbers(store, `SELECT ledger AS id FROM welfare WHERE ledger IS NOT NULL AND ${facts}`, ...values),
  );
  store.run(`DELETE FROM welfare WHERE ${facts}`, ...values);
  if (drill) store.run("DELETE FROM journal WHERE kind = 'welfare' AND body ->> '$.event' = ?", number);
  else forgetSpan(store, openedAt, closedAt);
  forgetAidOf(store, drill ? { event: number } : { from: openedAt, to: closedAt });
  forgetPages(store, numbers(store, "SELECT number AS id FROM call_pages WHERE event = ?", number));
  store.run("DELETE FROM events WHERE number = ?", number);
  store.run("DELETE FROM journal WHERE kind = 'event' AND body ->> '$.event' = ?", number);
  forgetLedger(
    store,
    numbers(store, "SELECT id FROM ledger WHERE origin = 'gateway' AND instr(text, ?) > 0", `"${event.name}"`),
  );
  blankBoards(store);
  forgetLoose(store);
  journal(store, "event", { forgotten: number }, now);
}

/** Everything of a real event's time: its calls, its messages, what was asked. */
function forgetSpan(store: Store, from: Millis, to: Millis): void {
  forgetCalls(store, numbers(store, "SELECT id FROM calls WHERE at BETWEEN ? AND ?", from, to));
  forgetLedger(store, numbers(store, "SELECT id FROM ledger WHERE accepted_at BETWEEN ? AND ?", from, to));
  store.run("DELETE FROM inbox WHERE state <> 'waiting' AND received_at BETWEEN ? AND ?", from, to);
  store.run("DELETE FROM questions WHERE at BETWEEN ? AND ?", from, to);
  store.run("DELETE FROM journal WHERE at BETWEEN ? AND ? AND kind NOT IN ('people', 'key')", from, to);
}

/** Messages with the arrivals that they came from, in every room. */
function forgetArrivals(store: Store, ledgers: readonly number[]): void {
  const inbox = numbers(
    store,
    "SELECT DISTINCT inbox AS id FROM ledger WHERE inbox IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
    JSON.stringify(ledgers),
  );
  const list = JSON.stringify(inbox);
  forgetLedger(store, [
    ...ledgers,
    ...numbers(store, "SELECT id FROM ledger WHERE inbox IN (SELECT value FROM json_each(?))", list),
  ]);
  store.run("DELETE FROM inbox WHERE id IN (SELECT value FROM json_each(?))", list);
}

/** Everything older than `before` that was said by or about anybody and no longer counts; how many facts. */
export function forgetOlder(store: Store, before: Millis, now: Millis): number {
  pruneMessages(store, before, now);
  pruneBoards(store, before);
  forgetCalls(store, numbers(store, "SELECT id FROM calls WHERE state = 'closed' AND closed_at < ?", before));
  forgetRolls(store, numbers(store, "SELECT number AS id FROM rolls WHERE state = 'closed' AND closed_at < ?", before));
  forgetAidOf(store, { from: 0, to: before });
  forgetPages(
    store,
    numbers(store, "SELECT number AS id FROM call_pages WHERE phase <> 'running' AND opened_at < ?", before),
  );
  store.run("DELETE FROM events WHERE closed_at < ?", before);
  store.run("DELETE FROM questions WHERE at < ?", before);
  const { changes } = store.run("DELETE FROM welfare WHERE at < ?", before);
  blankBoards(store);
  forgetLoose(store);
  return changes;
}

function numbers(store: Store, sql: string, ...values: (string | number)[]): number[] {
  return store.all<{ id: number }>(sql, ...values).map(({ id }) => id);
}
