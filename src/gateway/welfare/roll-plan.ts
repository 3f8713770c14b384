// Roll calls that were planned: for one moment of the calendar, or for a time of every day. The calendar may be set at any time, so
// a planned one looks at it once more before it opens, and one that comes back daily is planned anew before this one opens:
// whatever the clock does, no day's roll call is opened twice.

import { isoTime, nextTimeOfDay } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { addRoll, endRoll, rollsInState, type RollRow } from "#store/rolls.ts";
import { setTimer } from "#store/world.ts";
import { refName } from "#wire/references.ts";
import { forecastRollCall, openPlanned, type RollAnswer, type RollWish } from "./roll.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import { tellOperators } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";

/** The gateway was off, or the clock was set: a roll call at another time than people expect does more harm than none. */
const TOO_LATE: Millis = 60 * 60_000;
const MINUTES_USUAL = 60;

/** A moment of the calendar, or "19:00" of every day in the gateway's time zone. */
export type RollMoment = { readonly wall: Millis } | { readonly daily: string };

export function planRollCall(turn: Turn, wish: RollWish, moment: RollMoment): RollAnswer {
  const forecast = forecastRollCall(turn, wish);
  if (!forecast.ok) return forecast;
  const wall = "wall" in moment ? moment.wall : nextTimeOfDay(turn.wall, moment.daily, turn.settings.node.timezone);
  if (wall === undefined || wall <= turn.wall) return { ok: false, reason: ROLL_WORDS.noMoment };
  const row = {
    scope: wish.scope,
    question: wish.question ?? "",
    language: wish.language ?? turn.settings.node.language,
    minutes: wish.minutes ?? MINUTES_USUAL,
    openedBy: wish.by,
    pageSilent: wish.pageSilent ?? false,
  };
  const reference = refName("r", plan(turn, row, wall, "daily" in moment ? moment.daily : null));
  const when = isoTime(wall) + ("daily" in moment ? ROLL_WORDS.everyDay : "");
  tellOperators(turn, ROLL_WORDS.planned(reference, wish.by, when));
  return { ...forecast, reference, words: `${ROLL_WORDS.planned(reference, wish.by, when)} ${forecast.words}` };
}

type Plan = Pick<RollRow, "scope" | "question" | "language" | "minutes" | "openedBy" | "pageSilent">;

function plan(turn: Turn, row: Plan, wall: Millis, daily: string | null): number {
  const number = addRoll(turn.store, { ...row, plannedWall: wall, daily }, turn.now);
  setTimer(turn.store, "roll", number, turn.now + (wall - turn.wall));
  return number;
}

/** Timer: by our own time its moment has come; the calendar decides. */
export function plannedDue(turn: Turn, row: RollRow): void {
  const wall = row.plannedWall ?? turn.wall;
  if (turn.wall < wall) return setTimer(turn.store, "roll", row.number, turn.now + (wall - turn.wall));
  if (row.daily !== null) {
    const next = nextTimeOfDay(turn.wall, row.daily, turn.settings.node.timezone);
    if (next !== undefined) plan(turn, row, next, row.daily);
  }
  if (turn.wall - wall <= TOO_LATE) return void openPlanned(turn, row);
  endRoll(turn.store, row.number, ROLL_WORDS.notOpened, {}, turn.now);
  tellOperators(turn, ROLL_WORDS.plannedRefused(refName("r", row.number), ROLL_WORDS.tooLate), "page");
}

/** The calendar was set: `offset` is what it is ahead of our own time now. Looked at in the next step, which knows it. */
export function calendarSet(turn: Turn, offset: Millis): void {
  for (const { number, plannedWall } of rollsInState(turn.store, "planned"))
    setTimer(turn.store, "roll", number, Math.max(turn.now + 1, (plannedWall ?? 0) - offset));
}

export interface PlannedView {
  readonly reference: string;
  readonly at: string;
  readonly daily: string | null;
  readonly plannedBy: string;
}

export function plannedViews(turn: Turn): PlannedView[] {
  return rollsInState(turn.store, "planned").map(({ number, plannedWall, daily, openedBy }) => ({
    reference: refName("r", number),
    at: isoTime(plannedWall ?? 0),
    daily,
    plannedBy: openedBy,
  }));
}
