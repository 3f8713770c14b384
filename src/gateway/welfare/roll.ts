// Roll calls: what one would cost, opening, planning and closing it. How it goes on is roll-waves.ts, how it stands roll-status.ts.
//
// A roll call says nothing before it has told its cost to whoever opened it, and waits LEAVES_AFTER for second thoughts. Only one
// thing of it is in memory at any time: nothing. Its stage, whom it is for and what was done about each are rows, and so is the
// one timer (kind "roll", subject its number) that carries it on.

import { isoTime } from "#base/calendar.ts";
import { utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { rollCallAir, rollCallPlan, zoneSize, type RollCallAir } from "#delivery/roll-call.ts";
import type { RollScope } from "#domain/welfare/roll-call.ts";
import type { House } from "#domain/wire-words.ts";
import { listHouseholds, listZones, membersOfHouse, radiosOfMember } from "#store/people.ts";
import { addRoll, beginRoll, endRoll, rollRow, rollSendsUnderWay, type RollRow } from "#store/rolls.ts";
import { closeQuestions } from "#store/welfare.ts";
import { clearTimer, setTimer } from "#store/world.ts";
import { fill, repliesOf } from "#wire/grammar/reply.ts";
import { languageOf } from "#wire/grammar/languages.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";
import { refName } from "#wire/references.ts";
import { cleanForMesh } from "#wire/text.ts";
import { costOf, costWords } from "#gateway/air.ts";
import { currentEvent, EXERCISE, marked } from "#gateway/events.ts";
import { dropSend } from "#gateway/mesh/outcomes.ts";
import { showRoll, tellRoll } from "./roll-board.ts";
import { pageCost } from "./roll-page.ts";
import { rollStatus, rollSummary } from "./roll-status.ts";
import { ROLL_WORDS, type RollForecast } from "./roll-words.ts";
import { tellOperators } from "#gateway/say.ts";
import { calendarTime, radioFacts, type Turn } from "#gateway/turn.ts";

/** Between telling the cost and the first call. */
export const LEAVES_AFTER: Millis = 10_000;
/** People who are asked themselves, and captains who have to walk, take so long. */
const DIRECT_TAKES: Millis = 6 * 60_000;
const CAPTAINS_TAKE: Millis = 15 * 60_000;
const LEAST_MINUTES = 30;
const MOST_MINUTES = 24 * 60;
const MINUTE: Millis = 60_000;

export interface RollWish {
  readonly scope: RollScope;
  /** In place of the usual question. */
  readonly question?: string;
  /** How long it stays open; by what the air and people take, if not given. */
  readonly minutes?: number;
  /** The gateway's own, if not given. */
  readonly language?: string;
  /** In the end a page goes to the captains of those who are silent, in place of lists. */
  readonly pageSilent?: boolean;
  /** Who opens it, for people. */
  readonly by: string;
}

export type RollAnswer =
  | {
      readonly ok: true;
      /** "r7"; none: only a forecast. */
      readonly reference?: string;
      /** "EXERCISE" in a drill. */
      readonly mark?: string;
      readonly forecast: RollForecast;
      readonly words: string;
    }
  | { readonly ok: false; readonly reason: string };

// ───────────────────────────── whom, and in which parts ─────────────────────────────

export interface RollTarget {
  readonly house: House;
  readonly zone?: number;
}

/** The households of a scope, or why there are none. */
function targetsOf(turn: Turn, scope: RollScope): readonly RollTarget[] | string {
  const all = listHouseholds(turn.store).map(({ house, zone }) => ({ house, ...(zone === undefined ? {} : { zone }) }));
  if ("zones" in scope) {
    const known = new Set([...listZones(turn.store).map(({ number }) => number), ...all.map(({ zone }) => zone)]);
    const unknown = scope.zones.find((zone) => !known.has(zone));
    if (unknown !== undefined) return ROLL_WORDS.noZone(unknown);
  }
  if ("houses" in scope) {
    const unknown = scope.houses.find((house) => !all.some((each) => each.house === house));
    if (unknown !== undefined) return ROLL_WORDS.noHouse(unknown);
  }
  const meant = all.filter(
    ({ house, zone }) =>
      "all" in scope || ("zones" in scope ? scope.zones.includes(zone ?? -1) : scope.houses.includes(house)),
  );
  return meant.length === 0 ? ROLL_WORDS.nobody : meant;
}

/**
 * Whole zones together, as long as their answers are no more than the channel takes at a time; those without a zone last and by
 * themselves, because a call names zones. `everybody`: these are all there are, and one call that names none may do.
 */
export function partsOf<T extends RollTarget>(targets: readonly T[], size: number, everybody: boolean): T[][] {
  if (everybody && targets.length > 0 && targets.length <= size) return [[...targets]];
  const zones = [...new Set(targets.map(({ zone }) => zone))].toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity));
  const parts: T[][] = [];
  for (const zone of zones) {
    const houses = targets.filter((each) => each.zone === zone);
    const last = parts.at(-1);
    if (last && zone !== undefined && last.length + houses.length <= size) last.push(...houses);
    else parts.push(houses);
  }
  return parts;
}

export function airOf(turn: Turn): RollCallAir {
  return rollCallAir(radioFacts(turn)?.modemPreset ?? "LONG_FAST");
}

/** The radios of a household, in the order of its members. */
export function radiosOfHouse(turn: Turn, house: House): number[] {
  return membersOfHouse(turn.store, house).flatMap(({ number }) =>
    radiosOfMember(turn.store, number).map(({ node }) => node),
  );
}

// ───────────────────────────── words on the air ─────────────────────────────

type Spoken = Pick<RollRow, "number" | "question" | "language" | "drill" | "scope">;

/** The call on the channel for these zones; none: for everybody. */
export function callText(roll: Spoken, zones: readonly (number | undefined)[]): string {
  const replies = repliesOf(roll.language);
  const numbers = zones.filter((zone) => zone !== undefined);
  const whom =
    zones.length === 0
      ? ""
      : numbers.length === 0
        ? replies.rollOthers
        : fill(replies.rollZones, { zones: numbers.join(" ") });
  const text = fill(replies.rollCall, {
    reference: refName("r", roll.number),
    whom,
    question: roll.question || replies.rollQuestion,
  });
  return roll.drill ? marked(text) : text;
}

/** To one household, in its own language unless the question is a coordinator's. */
export function directText(roll: Spoken, language: string): string {
  const replies = repliesOf(language);
  const text = fill(replies.rollDirect, {
    reference: refName("r", roll.number),
    question: roll.question || replies.rollAsk,
  });
  return roll.drill ? marked(text) : text;
}

// ───────────────────────────── what it would cost ─────────────────────────────

interface Checked {
  readonly targets: readonly RollTarget[];
  readonly question: string;
  readonly language: string;
  readonly minutes: number;
  readonly forecast: RollForecast;
  readonly words: string;
}

function checked(turn: Turn, wish: RollWish): Checked | string {
  const targets = targetsOf(turn, wish.scope);
  if (typeof targets === "string") return targets;
  const { language: wanted } = wish;
  if (wanted !== undefined && languageOf(wanted).code !== wanted) return ROLL_WORDS.noLanguage(wanted);
  const language = wanted ?? turn.settings.node.language;
  const question = cleanForMesh(wish.question ?? "");
  if (wish.minutes !== undefined && !(wish.minutes >= 1 && wish.minutes <= MOST_MINUTES)) return ROLL_WORDS.minutes;
  const drill = currentEvent(turn)?.drill ?? false;
  const spoken = { number: 999, question, language, drill, scope: wish.scope };
  const parts = "houses" in wish.scope ? [] : partsOf(targets, zoneSize(airOf(turn)), "all" in wish.scope);
  const texts = parts.map((part) => callText(spoken, whomOf(part, parts.length === 1 && "all" in wish.scope)));
  const over = Math.max(0, ...[...texts, directText(spoken, language)].map(utf8Length)) - MAX_SIGNED_TEXT;
  if (over > 0) return ROLL_WORDS.tooLong(over);
  return {
    targets,
    question,
    language,
    ...forecastOf(turn, wish, targets, parts, texts, directText(spoken, language)),
  };
}

/** The zones that a call names; none when it is for everybody. */
export function whomOf(part: readonly RollTarget[], everybody: boolean): (number | undefined)[] {
  return everybody ? [] : [...new Set(part.map(({ zone }) => zone))];
}

function forecastOf(
  turn: Turn,
  wish: RollWish,
  targets: readonly RollTarget[],
  parts: readonly (readonly RollTarget[])[],
  texts: readonly string[],
  direct: string,
): Pick<Checked, "minutes" | "forecast" | "words"> {
  const air = airOf(turn);
  const leaves = turn.now + LEAVES_AFTER;
  const answering = (part: readonly RollTarget[]): number =>
    part.filter(({ house }) => radiosOfHouse(turn, house).length > 0).length;
  const plan = rollCallPlan(
    parts.map((part) => ({ name: "", households: answering(part) })),
    air,
    leaves,
  );
  const cost = costOf(
    turn,
    texts.map((text) => ({ payloadBytes: utf8Length(text) })),
    "roll-call",
  );
  const withRadio = answering(targets);
  const asks = costOf(
    turn,
    Array.from({ length: withRadio }, () => ({ payloadBytes: utf8Length(direct), direct: true })),
    "roll-call",
  );
  const page = wish.pageSilent ? pageCost(turn, targets) : undefined;
  const answersBy = plan.at(-1)?.doneAt ?? leaves;
  const usual = Math.ceil((answersBy - turn.now + DIRECT_TAKES + CAPTAINS_TAKE) / MINUTE);
  const minutes = wish.minutes ?? Math.max(LEAST_MINUTES, usual);
  const iso = (at: Millis): string => isoTime(calendarTime(turn, at));
  const forecast: RollForecast = {
    households: targets.length,
    withRadio,
    calls: parts.map((part, index) => ({
      zones: whomOf(part, false).map((zone) => zone ?? null),
      households: part.length,
      at: iso(plan[index]!.callAt),
    })),
    packets: cost.packets,
    airSeconds: tenth(cost.airSeconds),
    shareOfHour: tenth(cost.shareOfHour * 100) / 100,
    meshSeconds: tenth((parts.length * air.callMicros + withRadio * air.answerMicros) / 1_000_000),
    answersBy: iso(answersBy),
    atMost: { packets: asks.packets, airSeconds: tenth(asks.airSeconds) },
    ...(page === undefined ? {} : { page: { packets: page.packets, airSeconds: tenth(page.airSeconds) } }),
    deadline: iso(turn.now + minutes * MINUTE),
  };
  const words = ROLL_WORDS.forecast(
    forecast,
    costWords(turn, { ...cost, finishAt: Math.max(cost.finishAt, plan.at(-1)?.callAt ?? leaves) }),
    Math.ceil(asks.shareOfHour * 100),
  );
  return { minutes, forecast, words };
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

// ───────────────────────────── opening, planning, closing ─────────────────────────────

/** What it would cost; changes nothing. */
export function forecastRollCall(turn: Turn, wish: RollWish): RollAnswer {
  const found = checked(turn, wish);
  if (typeof found === "string") return { ok: false, reason: found };
  return { ok: true, ...markOf(turn), forecast: found.forecast, words: found.words };
}

function markOf(turn: Turn): { mark?: string } {
  return currentEvent(turn)?.drill ? { mark: EXERCISE } : {};
}

/** Opens one: its first call leaves after LEAVES_AFTER. Operators are told; the answer says what it will cost. */
export function openRollCall(turn: Turn, wish: RollWish): RollAnswer {
  const found = checked(turn, wish);
  if (typeof found === "string") return { ok: false, reason: found };
  const { scope, by, pageSilent = false } = wish;
  const { question, language, minutes } = found;
  const roll = { scope, question, language, minutes, openedBy: by, pageSilent };
  return begin(turn, addRoll(turn.store, roll, turn.now), found);
}

function begin(turn: Turn, number: number, { targets, forecast, words }: Checked): RollAnswer {
  const row = rollRow(turn.store, number)!;
  const event = currentEvent(turn);
  const opening = {
    drill: event?.drill ?? false,
    deadline: turn.now + row.minutes * MINUTE,
    part: zoneSize(airOf(turn)),
    houses: targets,
    ...(event === undefined ? {} : { event: event.number }),
  };
  const leaves = turn.now + LEAVES_AFTER;
  beginRoll(turn.store, number, opening, leaves, turn.now);
  setTimer(turn.store, "roll", number, leaves);
  const begun = rollRow(turn.store, number)!;
  showRoll(turn, begun);
  tellRoll(turn, begun, ROLL_WORDS.opened(refName("r", number), row.openedBy, words));
  return { ok: true, reference: refName("r", number), ...markOf(turn), forecast, words };
}

/** Opens a planned one as things are now. False, with a word to the operators: there is nobody to call any more. */
export function openPlanned(turn: Turn, row: RollRow): boolean {
  const { scope, question, language, minutes, openedBy, pageSilent } = row;
  const found = checked(turn, { scope, question, language, minutes, by: openedBy, pageSilent });
  if (typeof found !== "string") return begin(turn, row.number, found).ok;
  endRoll(turn.store, row.number, ROLL_WORDS.notOpened, {}, turn.now);
  tellOperators(turn, ROLL_WORDS.plannedRefused(refName("r", row.number), found), "page");
  return false;
}

export type RollClosed =
  | { readonly ok: true; readonly reference: string }
  | { readonly ok: false; readonly reason: string };

/** Closes one (or forgets one that is planned): nothing more of it leaves, and how it stands now is its result. */
export function closeRollCall(turn: Turn, number: number, by: string): RollClosed {
  const reference = refName("r", number);
  const row = rollRow(turn.store, number);
  if (!row || row.state === "closed") return { ok: false, reason: ROLL_WORDS.notOpen(reference) };
  const planned = row.state === "planned";
  const result = planned ? {} : rollStatus(turn, number)!;
  endRoll(turn.store, number, by, result, turn.now);
  clearTimer(turn.store, "roll", number);
  closeQuestions(turn.store, "roll-call", reference);
  for (const send of rollSendsUnderWay(turn.store, number))
    dropSend(turn, send, "cancelled", ROLL_WORDS.closedMeanwhile);
  const ended = rollRow(turn.store, number)!;
  if (!planned) showRoll(turn, ended);
  if (planned) tellOperators(turn, ROLL_WORDS.unplanned(reference, by));
  else tellRoll(turn, ended, ROLL_WORDS.closed(reference, by, rollSummary(rollStatus(turn, number)!)));
  return { ok: true, reference };
}
