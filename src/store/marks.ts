// Marks: the one reaction on a Matrix user's message that shows what became of it. A mark knows what is shown; what ought
// to be shown is read from the ledger when its turn comes, so that many changes in between cost one request.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

export interface MarkRow {
  readonly eventId: string;
  readonly uplink: string;
  readonly room: string;
  readonly shown: string | null;
  readonly shownEvent: string | null;
  readonly revision: number;
}

const ROW = "event_id AS eventId, uplink, room, shown, shown_event AS shownEvent, revision";

/** From now on this message carries a mark; it is looked at when `dueAt` has come. */
export function openMark(store: Store, eventId: string, uplink: string, room: string, dueAt: Millis): void {
  store.run(
    "INSERT INTO marks (event_id, uplink, room, due_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET due_at = excluded.due_at",
    eventId,
    uplink,
    room,
    dueAt,
  );
}

/** The state of a marked message has changed. */
export function touchMark(store: Store, eventId: string, dueAt: Millis): void {
  store.run("UPDATE marks SET due_at = ? WHERE event_id = ?", dueAt, eventId);
}

export function markRow(store: Store, eventId: string): MarkRow | undefined {
  return store.get<MarkRow>(`SELECT ${ROW} FROM marks WHERE event_id = ?`, eventId);
}

/** The mark of a room that has waited longest, due or not. */
export function nextMark(store: Store, uplink: string, room: string): (MarkRow & { dueAt: Millis }) | undefined {
  return store.get(
    `SELECT ${ROW}, due_at AS dueAt FROM marks WHERE uplink = ? AND room = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1`,
    uplink,
    room,
  );
}

/** A new request for this mark; returns its number. */
export function reviseMark(store: Store, eventId: string): number {
  store.run("UPDATE marks SET revision = revision + 1 WHERE event_id = ?", eventId);
  return markRow(store, eventId)?.revision ?? 0;
}

/** What the room shows now. */
export function setShown(store: Store, eventId: string, shown: string | null, shownEvent: string | null): void {
  store.run("UPDATE marks SET shown = ?, shown_event = ? WHERE event_id = ?", shown, shownEvent, eventId);
}

/** Nothing more to show until something changes. */
export function settleMark(store: Store, eventId: string): void {
  store.run("UPDATE marks SET due_at = NULL WHERE event_id = ?", eventId);
}

export function dropMark(store: Store, eventId: string): void {
  store.run("DELETE FROM marks WHERE event_id = ?", eventId);
}
