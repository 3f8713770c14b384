// How households stand, in words for the air: `status` for one's own, `who` for a captain's zone.

import { timeOfDay } from "#base/calendar.ts";
import type { House, Status } from "#domain/wire-words.ts";
import type { Household } from "#domain/people/people.ts";
import { listHouseholds, listZones } from "#store/people.ts";
import { fill, fits, moreWords, repliesOf, statusWord } from "#wire/grammar/reply.ts";
import { recordNow, standingNow } from "#gateway/events.ts";
import { housesFor, type Speaker } from "#gateway/people/speaker.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";

export function statusWords(turn: Turn, speaker: Speaker, language: string): string {
  const replies = repliesOf(language);
  if (speaker.house === undefined) return replies.statusNone;
  const { status, fact } = standingNow(turn, speaker.house);
  const words = (more: string, by: string): string =>
    fill(replies.statusOf, {
      house: speaker.house!,
      status: statusWord(status, language),
      more,
      time: fact?.clockSure ? timeOfDay(calendarTime(turn, fact.at), turn.settings.node.timezone) : "-",
      by,
    });
  const by = fact === undefined || fact.source === "self" ? "" : ` (${fact.by})`;
  const whole = words(fact ? moreWords(fact, replies, language) : "", by);
  return fits(whole) ? whole : words("", "");
}

/** In a drill, calls for help are named apart. */
const MOST_CALLS = 5;

/** Worst first. */
const LISTED: readonly Status[] = ["urgent", "need", "unknown", "evacuated"];

export function whoWords(turn: Turn, speaker: Speaker, language: string): string {
  const replies = repliesOf(language);
  const houses = housesFor(turn, speaker);
  if (houses === undefined) return replies.whoNotCaptain;
  const households = listHouseholds(turn.store).filter(({ house }) => houses.has(house));
  const by = new Map<Status, House[]>();
  const real: House[] = [];
  const drill = recordNow(turn) !== undefined;
  for (const { house } of households) {
    const { status, call } = standingNow(turn, house);
    if (drill && call) real.push(house);
    else by.set(status, [...(by.get(status) ?? []), house]);
  }
  const zone = zoneName(turn, households);
  const lists = (most: number): string =>
    LISTED.flatMap((status) => {
      const listed = by.get(status) ?? [];
      if (listed.length === 0) return [];
      const shown = listed.slice(0, most).join(" ");
      return [`${statusWord(status, language)} ${shown}${listed.length > most ? ` … (${listed.length})` : ""}`];
    }).join("; ");
  const calls = real.length === 0 ? "" : ` REAL CALL ${real.slice(0, MOST_CALLS).join(" ")}.`;
  const words = (most: number): string =>
    fill(replies.whoZone, { zone, ok: by.get("ok")?.length ?? 0, lists: lists(most) }) + calls;
  for (let most = households.length; most > 1; most--) if (fits(words(most))) return words(most);
  return words(1);
}

function zoneName(turn: Turn, households: readonly Household[]): string {
  const zones = new Set(households.map(({ zone }) => zone));
  const only = zones.size === 1 ? listZones(turn.store).find(({ number }) => zones.has(number)) : undefined;
  return only?.name.slice(0, 20) ?? `${households.length}`;
}
