// Events, and the word EXERCISE. While a drill is open, what residents report about their households is of the drill alone and
// whatever is said about it carries the mark; the real record stays as it was. What is never an exercise: a call for help. It is
// real, is passed on as real and stays open until a person closes it, drill or not.
//
// One event at a time. A real one that is opened during a drill ends the drill.

import type { Millis } from "#base/clock.ts";
import { isoTime } from "#base/calendar.ts";
import { addEvent, endEvent, listEventRows, openEventRow } from "#store/events.ts";
import { defuseName } from "#wire/text.ts";
import { standing } from "#store/welfare.ts";
import type { Standing } from "#domain/welfare/standing.ts";
import type { House } from "#domain/wire-words.ts";
import { tellOperators } from "./say.ts";
import { calendarTime, type Turn } from "./turn.ts";
import type { Understood } from "./understanding.ts";

export interface CurrentEvent {
  readonly number: number;
  readonly name: string;
  readonly drill: boolean;
  readonly openedAt: Millis;
}

/** The event that is open; none: everyday life. */
export function currentEvent({ store }: Pick<Turn, "store">): CurrentEvent | undefined {
  const row = openEventRow(store);
  return row && { number: row.number, name: row.name, drill: row.drill, openedAt: row.openedAt };
}

/** Which record facts belong to now: a drill's number, or none for the real one (`Fact.event`, `standing`). */
export function recordNow(turn: Pick<Turn, "store">): number | undefined {
  const event = currentEvent(turn);
  return event?.drill ? event.number : undefined;
}

/** What a drill plays with; everything else that is said meanwhile is as always. */
const PLAYED: ReadonlySet<Understood["intention"]["kind"]> = new Set([
  "ok",
  "no",
  "need",
  "evacuated",
  "silent",
  "status",
  "who",
]);

/**
 * Which record a text belongs to, like `recordNow`. Distress, and whatever is said by somebody whose call for help is open or who
 * answers "Emergency?", is real.
 */
export function recordOf(turn: Turn, { intention, call }: Understood): number | undefined {
  const real = intention.distress !== "none" || call !== undefined || intention.answers?.kind === "help";
  return real || !PLAYED.has(intention.kind) ? undefined : recordNow(turn);
}

/** How a household stands in the record of now; a call for help is real and shows through a drill. */
export function standingNow(turn: Turn, house: House): Standing {
  const real = standing(turn.store, house);
  const record = recordNow(turn);
  return real.call || record === undefined ? real : standing(turn.store, house, record);
}

export const EXERCISE = "EXERCISE";

/** The text with the mark in front: the same word in every language, so that nobody has to wonder. */
export function marked(text: string): string {
  return text.startsWith(EXERCISE) ? text : `${EXERCISE}: ${text}`;
}

/** Words about people, marked while a drill is open. Never for what answers or passes on a call for help. */
export function exercise(turn: Pick<Turn, "store">, text: string): string {
  return recordNow(turn) === undefined ? text : marked(text);
}

export type EventChange = { readonly ok: true; readonly event: EventView } | { readonly ok: false; reason: string };

export interface EventView {
  readonly number: number;
  readonly name: string;
  readonly drill: boolean;
  /** "EXERCISE" for a drill. */
  readonly mark?: string;
  readonly state: "open" | "closed";
  readonly openedAt: string;
  readonly openedBy: string;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
}

const LONGEST_NAME = 40;

/** `by`: who opens it, for people. */
export function openEvent(
  turn: Turn,
  wish: { readonly name: string; readonly drill: boolean; readonly by: string },
): EventChange {
  const name = defuseName(wish.name.trim(), LONGEST_NAME);
  if (name === "") return { ok: false, reason: "an event needs a name, like: storm" };
  const before = currentEvent(turn);
  if (before && (wish.drill || !before.drill))
    return { ok: false, reason: `"${before.name}" is open; close it first (event close)` };
  if (before) closeEvent(turn, wish.by);
  const number = addEvent(turn.store, { name, drill: wish.drill, openedBy: wish.by }, turn.now);
  const words = `Event "${name}" opened by ${wish.by}.`;
  tellOperators(turn, wish.drill ? marked(words) : words);
  return { ok: true, event: eventView(turn, number)! };
}

export function closeEvent(turn: Turn, by: string): EventChange {
  const event = currentEvent(turn);
  if (!event) return { ok: false, reason: "no event is open" };
  endEvent(turn.store, event.number, by, turn.now);
  const words = `Event "${event.name}" closed by ${by}.`;
  tellOperators(turn, event.drill ? marked(words) : words);
  return { ok: true, event: eventView(turn, event.number)! };
}

/** All that there were, oldest first. */
export function eventViews(turn: Turn): EventView[] {
  return listEventRows(turn.store).map((row) => ({
    number: row.number,
    name: row.name,
    drill: row.drill,
    ...(row.drill ? { mark: EXERCISE } : {}),
    state: row.closedAt === undefined ? "open" : "closed",
    openedAt: isoTime(calendarTime(turn, row.openedAt)),
    openedBy: row.openedBy,
    closedAt: row.closedAt === undefined ? null : isoTime(calendarTime(turn, row.closedAt)),
    closedBy: row.closedBy ?? null,
  }));
}

function eventView(turn: Turn, number: number): EventView | undefined {
  return eventViews(turn).find((each) => each.number === number);
}
