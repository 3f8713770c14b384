// Events, and the word EXERCISE. While a drill is open, what residents report about their households is of the drill alone and
// whatever is said about it carries the mark; the real record stays as it was. What is never an exercise: a call for help. It is
// real, is passed on as real and stays open until a person closes it, drill or not.

import type { Millis } from "#base/clock.ts";
import { openEventRow } from "#store/events.ts";
import { standing } from "#store/welfare.ts";
import type { Standing } from "#domain/welfare/standing.ts";
import type { House } from "#domain/wire-words.ts";
import type { Turn } from "./turn.ts";
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
