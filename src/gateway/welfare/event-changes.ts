// Opening and closing events: one at a time. A real one that is opened during a drill ends the drill; one that is closed closes
// its roll calls.

import { isoTime } from "#base/calendar.ts";
import { addEvent, endEvent, listEventRows } from "#store/events.ts";
import { rollsInState } from "#store/rolls.ts";
import { repliesOf } from "#wire/grammar/reply.ts";
import { refName } from "#wire/references.ts";
import { defuseName } from "#wire/text.ts";
import { currentEvent, EXERCISE, marked } from "#gateway/events.ts";
import { closeRollCall } from "./roll.ts";
import { tellOperators, tellMesh } from "#gateway/say.ts";
import { calendarTime, EVERYONE, type Turn } from "#gateway/turn.ts";

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
  const [real] = rollsInState(turn.store, "open").filter((roll) => !roll.drill);
  if (wish.drill && real)
    return { ok: false, reason: `the real roll call ${refName("r", real.number)} is open; close it first` };
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
  for (const roll of rollsInState(turn.store, "open"))
    if (roll.event === event.number) closeRollCall(turn, roll.number, by);
  endEvent(turn.store, event.number, by, turn.now);
  if (event.drill && rollsInState(turn.store, "closed").some((roll) => roll.event === event.number)) sayOver(turn);
  const words = `Event "${event.name}" closed by ${by}.`;
  tellOperators(turn, event.drill ? marked(words) : words);
  return { ok: true, event: eventView(turn, event.number)! };
}

/** Whoever was asked in a drill is told that it is over. */
function sayOver(turn: Turn): void {
  tellMesh(turn, {
    class: "roll-call",
    to: EVERYONE,
    text: repliesOf(turn.settings.node.language).drillOver,
  });
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
