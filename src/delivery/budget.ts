// How much of the air the gateway may use, and when there is room again. Pure: what was sent, what the radio last said of
// itself and the settings in; a moment out.
//
// Three limits, from hard to soft. DUTY CYCLE: the law's, over any rolling hour, for everything that our radio sends; it
// holds for every class. BUDGET: a share of the hour for what the gateway says, so that residents are heard as well; on top
// of it a reserve that only distress and pages may touch (field.md §3c). CEILINGS: while the radio finds the channel in use
// for more than 25 % of the time information waits, above 40 % everything but distress, pages and roll calls
// (meshtastic-facts §4.4: the firmware holds its own traffic at these marks, but never its user's).
//
// What is not known: what the radio will relay until its next report, and whether it will have to repeat. Repeats are
// reckoned at their worst until the radio's own count covers them; for relays a margin is kept.

import type { Millis } from "#base/clock.ts";
import type { Micros } from "./airtime.ts";
import { dutyCycleOf } from "./regions.ts";

export const HOUR: Millis = 3_600_000;

/** Percent, names after field.md §3c. */
export interface AirSettings {
  readonly budgetPercent: number;
  readonly emergencyReservePercent: number;
  readonly utilisationCeiling: number;
  readonly urgentCeiling: number;
}

/** What our own radio last said of the air (Telemetry, about every minute). Percent. */
export interface AirReport {
  readonly at: Millis;
  /** Since when the radio counts: a restart forgets the hour. */
  readonly countsFrom: Millis;
  readonly channelUtilisation: number;
  readonly airUtilTx: number;
}

/** One packet handed to the radio. */
export interface Spent {
  readonly at: Millis;
  /** One transmission. */
  readonly micros: Micros;
  /** Transmissions that the radio may make of it: three with want_ack. */
  readonly transmissions: number;
}

export interface AirView {
  readonly region: string;
  readonly settings: AirSettings;
  /** Oldest first; at least the last hour. */
  readonly spent: readonly Spent[];
  readonly report?: AirReport;
  /** The radio refused for its duty cycle and said until when. */
  readonly refusedUntil?: Millis;
}

export interface Wish {
  /** Order of right of way: 0 distress, 1 page, 2 roll call, … 6 information. */
  readonly rank: number;
  readonly micros: Micros;
  readonly transmissions: number;
}

/** NUM_RELIABLE_RETX (meshtastic-facts §2.4): transmissions that the radio makes of a packet with want_ack at most. */
export const RELIABLE_TRANSMISSIONS = 3;

/** Of the duty cycle this share is left to what the radio sends by itself between two of its reports. */
const DUTY_MARGIN = 0.05;
/** Where the law allows little, a third of it is the reserve. */
const MOST_RESERVE = 1 / 3;
/** A report older than this says nothing about the channel now. */
const REPORT_HOLDS: Millis = 5 * 60_000;
/** A packet handed over just before a report may still have repeats to come after it. */
const REPEATS_TAKE: Millis = 60_000;
/** While the radio refuses, distress is tried this often: the radio may have counted wrong or rebooted. */
const TRY_REFUSED: Millis = 60_000;

/** Microseconds of an hour that `percent` of it are. */
const ofHour = (percent: number): Micros => Math.floor(percent * 36_000_000);

export interface Limits {
  /** For everything the radio sends in an hour. */
  readonly duty: Micros;
  /** For what the gateway says, distress excepted. */
  readonly withReserve: Micros;
  /** For all but distress and pages. */
  readonly ordinary: Micros;
}

export function limitsOf(region: string, settings: AirSettings): Limits {
  const duty = ofHour(dutyCycleOf(region) * (1 - DUTY_MARGIN));
  const reserve = Math.min(ofHour(settings.emergencyReservePercent), Math.floor(duty * MOST_RESERVE));
  const ordinary = Math.min(ofHour(settings.budgetPercent), duty - reserve);
  return { duty, withReserve: ordinary + reserve, ordinary };
}

/** Who is under which ceiling and limit, by rank. */
interface Rule {
  readonly limit: keyof Limits;
  readonly ceiling: "utilisationCeiling" | "urgentCeiling" | undefined;
}

const RULES: readonly Rule[] = [
  { limit: "duty", ceiling: undefined }, // distress
  { limit: "withReserve", ceiling: undefined }, // page
  { limit: "ordinary", ceiling: undefined }, // roll call
  { limit: "ordinary", ceiling: "urgentCeiling" }, // receipt
  { limit: "ordinary", ceiling: "urgentCeiling" }, // answer
  { limit: "ordinary", ceiling: "urgentCeiling" }, // chat
  { limit: "ordinary", ceiling: "utilisationCeiling" }, // information
];

/** Why something waits. */
export type Hold = "refused" | "duty" | "budget" | "busy";

export type Permission = { readonly at: Millis; readonly why?: Hold };

/** When this may be handed to the radio; `at` is `now` if at once, else the first moment worth looking again. */
export function permission(view: AirView, wish: Wish, now: Millis): Permission {
  const rule = RULES[wish.rank] ?? RULES.at(-1)!;
  const waits: Permission[] = [
    refusal(view, wish.rank, now),
    ceiling(view, rule, now),
    { at: budgetAt(view, rule, wish, now), why: "budget" },
    { at: dutyAt(view, wish, now), why: "duty" },
  ];
  return waits.reduce((latest, each) => (each.at > latest.at ? each : latest), { at: now });
}

function refusal(view: AirView, rank: number, now: Millis): Permission {
  const until = view.refusedUntil;
  if (until === undefined || until <= now || until > now + HOUR) return { at: now };
  const lastTry = view.spent.at(-1)?.at;
  const at = rank > 0 ? until : Math.min(until, lastTry === undefined ? now : Math.max(now, lastTry + TRY_REFUSED));
  return { at, why: "refused" };
}

function ceiling(view: AirView, rule: Rule, now: Millis): Permission {
  if (rule.ceiling === undefined || !isBusy(view, view.settings[rule.ceiling], now)) return { at: now };
  return { at: view.report!.at + REPORT_HOLDS, why: "busy" };
}

/** Whether the radio lately found the channel in use for this percentage of a minute, or more. */
export function isBusy(view: Pick<AirView, "report">, percent: number, now: Millis): boolean {
  const { report } = view;
  return report !== undefined && Math.abs(now - report.at) < REPORT_HOLDS && report.channelUtilisation >= percent;
}

/** What the gateway itself said in the last hour: each packet once. */
export function spentInHour(view: Pick<AirView, "spent">, now: Millis): Micros {
  return view.spent.reduce((sum, each) => (isRecent(each, now) ? sum + each.micros : sum), 0);
}

function isRecent(each: Spent, now: Millis): boolean {
  return each.at > now - HOUR;
}

function budgetAt(view: AirView, rule: Rule, wish: Wish, now: Millis): Millis {
  const limit = limitsOf(view.region, view.settings)[rule.limit];
  const recent = view.spent.filter((each) => isRecent(each, now));
  return roomAt(
    recent.map(({ at, micros }) => ({ at, micros })),
    limit - wish.micros,
    now,
  );
}

/**
 * The law's limit, from above: what the radio counted, which covers repeats and relays, and at its worst whatever we handed
 * over that the count cannot cover: before the radio's last start, and about when the count was made or later.
 */
function dutyAt(view: AirView, wish: Wish, now: Millis): Millis {
  const { duty } = limitsOf(view.region, view.settings);
  const room = duty - wish.micros * wish.transmissions;
  const recent = view.spent.filter((each) => isRecent(each, now));
  const { report } = view;
  const counted = report !== undefined && report.at > now - HOUR && report.at <= now ? report : undefined;
  const uncounted = recent.filter(
    ({ at }) => counted === undefined || at <= counted.countsFrom || at > counted.at - REPEATS_TAKE,
  );
  const told = counted === undefined ? 0 : Math.ceil(counted.airUtilTx * 36_000_000);
  const worst = uncounted.map(({ at, micros, transmissions }) => ({ at, micros: micros * transmissions }));
  if (counted === undefined || told === 0) return roomAt(worst, room, now);
  // When what the radio counted will have left the hour is not known: the next report says.
  return worst.reduce((sum, each) => sum + each.micros, told) <= room ? now : now + TRY_REFUSED;
}

/** The first moment at which no more than `room` of what was used lies within an hour. A packet larger than all room never goes. */
function roomAt(used: readonly { at: Millis; micros: Micros }[], room: Micros, now: Millis): Millis {
  let sum = used.reduce((total, each) => total + each.micros, 0);
  let at = now;
  for (const each of used) {
    if (sum <= room) break;
    sum -= each.micros;
    at = Math.max(at, each.at + HOUR);
  }
  return sum <= room ? at : now + HOUR;
}
