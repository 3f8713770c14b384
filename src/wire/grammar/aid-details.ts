// What a need or an offer says besides the thing: how much, until when, whether it runs out. Found in the typed words, in every
// language at once; what is not found is not said.
//
// A number with a unit is an amount ("20L", "2.5 kW", "3 personas"); so is a number right beside the thing when nothing else is
// said about it. "till fri", "hasta las 18:00" and "for 3 days" are ends.

import { foldWord, UNITS } from "#wire/taxonomy.ts";
import { parseRef } from "#wire/references.ts";
import { fold, tokensOf, type Token } from "./words.ts";

export interface AidDetails {
  /** Whole numbers of the unit. */
  readonly amount?: number;
  /** Of the units' table; none: pieces. */
  readonly unit?: number;
  readonly until?: Until;
  /** A day that is named without "till": what is offered for it ends with it. */
  readonly day?: Until;
  readonly endless: boolean;
}

/** An end, as said: the caller knows the clock. Weekdays from Sunday, 0. */
export type Until =
  | { readonly is: "hours"; readonly hours: number }
  | { readonly is: "day"; readonly weekday: number }
  | { readonly is: "days"; readonly days: number }
  | { readonly is: "time"; readonly time: string };

const UNIT_CODES: ReadonlyMap<string, number> = new Map(
  UNITS.flatMap(([code, , english, spanish]) =>
    [...english, ...spanish].map((word) => [fold(foldWord(word)), code] as const),
  ),
);

/** Units that people use and the table counts in a smaller or another one. */
const SCALED: Readonly<Record<string, readonly [code: number, factor: number]>> = {
  kw: [4, 1000],
  kilowatt: [4, 1000],
  kilowatts: [4, 1000],
  kva: [4, 1000],
  kwh: [5, 1000],
  seats: [2, 1],
  asientos: [2, 1],
  plaza: [2, 1],
};

const UNTIL: ReadonlySet<string> = new Set(["till", "til", "until", "by", "hasta"]);
const FOR: ReadonlySet<string> = new Set(["for", "por", "durante"]);
const HOURS: ReadonlySet<string> = new Set(["h", "hr", "hrs", "hour", "hours", "hora", "horas"]);
const DAYS: ReadonlySet<string> = new Set(["d", "day", "days", "dia", "dias"]);
const TODAY: ReadonlySet<string> = new Set(["today", "tonight", "hoy", "noche"]);
const TOMORROW: ReadonlySet<string> = new Set(["tomorrow", "tmrw", "manana"]);
const BETWEEN: ReadonlySet<string> = new Set(["the", "el", "la", "las", "los", "next", "proximo", "esta"]);
const WEEKDAYS: readonly (readonly string[])[] = [
  ["sun", "sunday", "dom", "domingo"],
  ["mon", "monday", "lun", "lunes"],
  ["tue", "tues", "tuesday", "mar", "martes"],
  ["wed", "weds", "wednesday", "mie", "miercoles"],
  ["thu", "thur", "thurs", "thursday", "jue", "jueves"],
  ["fri", "friday", "vie", "viernes"],
  ["sat", "saturday", "sab", "sabado"],
];
const ENDLESS =
  /\b(unlimited|no limit|without limit|any time|anytime|always|endless|sin limite|siempre|ilimitad[oa])\b/;

const MOST = 1_000_000;

/** A number after one of these counts nothing: "size 3", "at 14", "en la 12". */
const NUMBERED: ReadonlySet<string> = new Set([
  "size", "talla", "type", "tipo", "at", "house", "casa", "la", "number", "numero", "zone", "zona", "apt", "flat", "unit", "ok", "okay", "safe", "bien",
]); // prettier-ignore

/** `households`: numbers in it that are houses. */
export function aidDetails(text: string, households: readonly string[] = []): AidDetails {
  const tokens = tokensOf(text).filter(({ word }) => parseRef(word) === undefined && !households.includes(word));
  const end = untilIn(tokens);
  const rest = end === undefined ? tokens : [...tokens.slice(0, end.from), ...tokens.slice(end.to)];
  const amount = amountIn(rest);
  return {
    endless: ENDLESS.test(fold(text)),
    ...amount,
    ...(end === undefined ? dayIn(rest) : { until: end.until }),
  };
}

/** Letters of a weekday that is no abbreviation. */
const FULL = 5;

/** "tomorrow 9am", "monday": in full, because "sat" and "mar" are other words too. */
function dayIn(tokens: readonly Token[]): { day?: Until } {
  for (const [at, { word }] of tokens.entries()) {
    const isMorning = word === "manana" && tokens[at - 1]?.word === "la";
    const isDay = TODAY.has(word) || TOMORROW.has(word) || (word.length >= FULL && WEEKDAYS.flat().includes(word));
    const found = isDay && !isMorning ? endAt(tokens, at) : undefined;
    if (found) return { day: found.until };
  }
  return {};
}

function amountIn(tokens: readonly Token[]): { amount?: number; unit?: number } {
  const lone: number[] = [];
  for (const [at, { word }] of tokens.entries()) {
    const [, digits, glued = ""] = /^(\d+(?:[.:]\d+)?)([a-z]*\d?)$/.exec(word) ?? [];
    if (digits === undefined || digits.includes(":")) continue;
    const next = tokens[at + 1]?.word ?? "";
    const measured = measure(Number(digits), glued === "" ? next : glued);
    if (measured) return measured;
    const isName = NUMBERED.has(tokens[at - 1]?.word ?? "");
    if (glued === "" && !isName && Number.isInteger(Number(digits))) lone.push(Number(digits));
  }
  const [only] = lone;
  return lone.length === 1 && only! > 0 && only! <= MOST ? { amount: only! } : {};
}

function measure(count: number, word: string): { amount: number; unit: number } | undefined {
  const scaled = Object.hasOwn(SCALED, word) ? SCALED[word] : undefined;
  const unit = scaled?.[0] ?? UNIT_CODES.get(word);
  const amount = Math.round(count * (scaled?.[1] ?? 1));
  return unit === undefined || amount < 1 || amount > MOST ? undefined : { amount, unit };
}

interface End {
  readonly from: number;
  readonly to: number;
  readonly until: Until;
}

function untilIn(tokens: readonly Token[]): End | undefined {
  for (const [from, { word }] of tokens.entries()) {
    const lead = UNTIL.has(word) ? endAt : FOR.has(word) ? spanAt : undefined;
    let at = from + 1;
    while (BETWEEN.has(tokens[at]?.word ?? "")) at++;
    const found = lead?.(tokens, at);
    if (found) return { from, ...found };
  }
  return undefined;
}

type Found = Omit<End, "from"> | undefined;

function endAt(tokens: readonly Token[], at: number): Found {
  const word = tokens[at]?.word ?? "";
  const weekday = WEEKDAYS.findIndex((names) => names.includes(word));
  if (TODAY.has(word)) return { to: at + 1, until: { is: "days", days: 0 } };
  if (TOMORROW.has(word)) return { to: at + 1, until: { is: "days", days: 1 } };
  if (weekday >= 0) return { to: at + 1, until: { is: "day", weekday } };
  const [, hour, minute = "00", half] = /^(\d{1,2})(?::(\d{2}))?(am|pm|h)?$/.exec(word) ?? [];
  if (hour === undefined) return undefined;
  const next = half ?? tokens[at + 1]?.word;
  const afternoon = next === "pm" && Number(hour) < 12 ? 12 : 0;
  if (Number(hour) > 23 || Number(minute) > 59) return undefined;
  const time = `${String(Number(hour) + afternoon).padStart(2, "0")}:${minute}`;
  const suffix = half === undefined && (next === "am" || next === "pm" || next === "h") ? 1 : 0;
  return { to: at + 1 + suffix, until: { is: "time", time } };
}

/** "3 days", "2h". */
function spanAt(tokens: readonly Token[], at: number): Found {
  const [, digits, glued = ""] = /^(\d{1,3})([a-z]*)$/.exec(tokens[at]?.word ?? "") ?? [];
  if (digits === undefined) return undefined;
  const unit = glued === "" ? (tokens[at + 1]?.word ?? "") : glued;
  const to = at + (glued === "" ? 2 : 1);
  if (HOURS.has(unit)) return { to, until: { is: "hours", hours: Number(digits) } };
  if (DAYS.has(unit)) return { to, until: { is: "hours", hours: Number(digits) * 24 } };
  return undefined;
}
