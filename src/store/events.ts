// Events: a storm, a quake, a drill. At most one is open; it groups the roll calls that are opened meanwhile.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

export interface EventRow {
  readonly number: number;
  readonly name: string;
  readonly drill: boolean;
  readonly openedAt: Millis;
  readonly openedBy: string;
  readonly closedAt?: Millis;
  readonly closedBy?: string;
}

interface Stored extends Omit<EventRow, "drill" | "closedAt" | "closedBy"> {
  readonly drill: 0 | 1;
  readonly closedAt: Millis | null;
  readonly closedBy: string | null;
}

const EVENT =
  "number, name, drill, opened_at AS openedAt, opened_by AS openedBy, closed_at AS closedAt, closed_by AS closedBy";

function eventOf({ drill, closedAt, closedBy, ...row }: Stored): EventRow {
  return {
    ...row,
    drill: drill === 1,
    ...(closedAt === null ? {} : { closedAt }),
    ...(closedBy === null ? {} : { closedBy }),
  };
}

/** The one that is open, if any. */
export function openEventRow(store: Store): EventRow | undefined {
  const row = store.get<Stored>(`SELECT ${EVENT} FROM events WHERE closed_at IS NULL`);
  return row && eventOf(row);
}

/** Oldest first. */
export function listEventRows(store: Store): EventRow[] {
  return store.all<Stored>(`SELECT ${EVENT} FROM events ORDER BY number`).map(eventOf);
}

/** Opens one and returns its number; none may be open. */
export function addEvent(store: Store, event: Pick<EventRow, "name" | "drill" | "openedBy">, now: Millis): number {
  const number = store.run(
    "INSERT INTO events (name, drill, opened_at, opened_by) VALUES (?, ?, ?, ?)",
    event.name,
    event.drill ? 1 : 0,
    now,
    event.openedBy,
  ).lastInsertRowid;
  journal(store, "event", { event: number, ...event, state: "open" }, now);
  return number;
}

export function endEvent(store: Store, number: number, by: string, now: Millis): void {
  store.run("UPDATE events SET closed_at = ?, closed_by = ? WHERE number = ? AND closed_at IS NULL", now, by, number);
  journal(store, "event", { event: number, by, state: "closed" }, now);
}
