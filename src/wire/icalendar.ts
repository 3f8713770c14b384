// Calendars of trainings and drills as iCalendar files (RFC 5545), read and written. Total: any text is a list of dates or a refusal
// in words. What is kept of an event: who wrote it last (SEQUENCE), when, what, where, whether it was called off, and what those who
// attended can do afterwards (X-MUSTER-SKILL, or a category "skill:NAME").
//
// Times. A zone by its IANA name is reckoned with our own tables, one that the file describes with that description, a time
// without a zone is the neighbourhood's. Repeated events become one date each, a year ahead and at most 60 of them.

import ICAL from "ical.js";
import { momentAt, wallTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { parsed, refused, type Parsed } from "#base/parsed.ts";

export interface CalendarDate {
  readonly uid: string;
  /** RECURRENCE-ID of a repeated event's date, "" of any other. */
  readonly occurrence: string;
  readonly sequence: number;
  readonly title: string;
  readonly place: string;
  readonly notes: string;
  readonly skill: string;
  /** By the calendar. */
  readonly starts: Millis;
  readonly ends: Millis;
  readonly cancelled: boolean;
}

const DAY: Millis = 86_400_000;
const AHEAD: Millis = 400 * DAY;
const MOST_DATES = 60;
const MOST_STEPS = 10_000;
const LARGEST = 4 * 1024 * 1024;

/** `now` by the calendar: repeated events are followed from the day before it. */
export function readCalendar(text: string, timezone: string, now: Millis): Parsed<CalendarDate[]> {
  if (text.length > LARGEST) return refused("it is larger than 4 MiB");
  try {
    const root = new ICAL.Component(ICAL.parse(text) as string);
    const calendars = root.name === "vcalendar" ? [root] : root.getAllSubcomponents("vcalendar");
    if (calendars.length === 0) return refused("there is no VCALENDAR in it");
    return parsed(calendars.flatMap((calendar) => datesIn(calendar, timezone, now)));
  } catch (error) {
    return refused(`it is no iCalendar file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function datesIn(calendar: ICAL.Component, timezone: string, now: Millis): CalendarDate[] {
  const byUid = new Map<string, ICAL.Component[]>();
  for (const event of calendar.getAllSubcomponents("vevent")) {
    const uid = textOf(event, "uid");
    if (uid === "" || !event.hasProperty("dtstart")) continue;
    byUid.set(uid, [...(byUid.get(uid) ?? []), event]);
  }
  return [...byUid.values()].flatMap((events) => datesOf(events, timezone, now));
}

/** One event with the dates of it that were changed by hand. */
function datesOf(events: readonly ICAL.Component[], timezone: string, now: Millis): CalendarDate[] {
  const changed = new Map(
    events.filter((event) => event.hasProperty("recurrence-id")).map((event) => [occurrenceOf(event), event]),
  );
  const master = events.filter((event) => !event.hasProperty("recurrence-id")).at(-1);
  if (!master) return [...changed].map(([occurrence, event]) => dateOf(event, occurrence, timezone));
  const event = new ICAL.Event(master);
  if (!event.isRecurring()) return [dateOf(master, "", timezone)];
  const dates: CalendarDate[] = [];
  const iterator = event.iterator();
  const plain = dateOf(master, "", timezone);
  for (let step = 0; step < MOST_STEPS && dates.length < MOST_DATES; step++) {
    const next = iterator.next() as ICAL.Time | null;
    if (!next) break;
    const occurrence = next.toString();
    const starts = momentOf(next, master, timezone);
    if (starts > now + AHEAD) break;
    if (starts < now - DAY) continue;
    const other = changed.get(occurrence);
    dates.push(
      other
        ? dateOf(other, occurrence, timezone)
        : { ...plain, occurrence, starts, ends: starts + (plain.ends - plain.starts) },
    );
  }
  return dates;
}

function occurrenceOf(event: ICAL.Component): string {
  return String(event.getFirstPropertyValue("recurrence-id"));
}

function dateOf(event: ICAL.Component, occurrence: string, timezone: string): CalendarDate {
  const start = event.getFirstPropertyValue("dtstart") as ICAL.Time;
  const starts = momentOf(start, event, timezone);
  return {
    uid: textOf(event, "uid"),
    occurrence,
    sequence: Number(event.getFirstPropertyValue("sequence") ?? 0) || 0,
    title: textOf(event, "summary") || "?",
    place: textOf(event, "location"),
    notes: textOf(event, "description"),
    skill: skillOf(event),
    starts,
    ends: Math.max(starts, endOf(event, start, starts, timezone)),
    cancelled: textOf(event, "status").toUpperCase() === "CANCELLED",
  };
}

function endOf(event: ICAL.Component, start: ICAL.Time, starts: Millis, timezone: string): Millis {
  const end = event.getFirstPropertyValue("dtend");
  if (end instanceof ICAL.Time) return momentOf(end, event, timezone, "dtend");
  const duration = event.getFirstPropertyValue("duration");
  if (duration instanceof ICAL.Duration) return starts + duration.toSeconds() * 1000;
  return start.isDate ? starts + DAY : starts;
}

function momentOf(time: ICAL.Time, event: ICAL.Component, timezone: string, property = "dtstart"): Millis {
  const { year, month, day, hour, minute, second } = time;
  if (time.zone === ICAL.Timezone.utcTimezone) return time.toUnixTime() * 1000;
  const wall = { year, month, day, hour, minute, second };
  const tzid = event.getFirstProperty(property)?.getParameter("tzid");
  const named = typeof tzid === "string" ? momentAt(wall, tzid) : undefined;
  if (named !== undefined) return named;
  const described = time.zone === ICAL.Timezone.localTimezone || !time.zone.component ? undefined : time.toUnixTime();
  return described === undefined ? (momentAt(wall, timezone) ?? time.toUnixTime() * 1000) : described * 1000;
}

function skillOf(event: ICAL.Component): string {
  const own = textOf(event, "x-muster-skill");
  if (own !== "") return own;
  const categories = event.getAllProperties("categories").flatMap((each) => each.getValues().map(String));
  return (
    categories
      .find((each) => /^skill:/i.test(each))
      ?.slice("skill:".length)
      .trim() ?? ""
  );
}

function textOf(event: ICAL.Component, name: string): string {
  const value = event.getFirstPropertyValue(name);
  return value === null || value === undefined ? "" : String(value).trim();
}

// ───────────────────────────── writing ─────────────────────────────

const PRODUCT = "-//Muster//neighbourhood gateway//EN";

/** `now` by the calendar: when the file was made. */
export function writeCalendar(dates: readonly CalendarDate[], now: Millis): string {
  const calendar = new ICAL.Component("vcalendar");
  calendar.addPropertyWithValue("version", "2.0");
  calendar.addPropertyWithValue("prodid", PRODUCT);
  for (const date of dates) calendar.addSubcomponent(eventOf(date, now));
  return `${calendar.toString()}\r\n`;
}

function eventOf(date: CalendarDate, now: Millis): ICAL.Component {
  const event = new ICAL.Component("vevent");
  const say = (name: string, value: unknown): void => void event.addPropertyWithValue(name, value);
  say("uid", date.uid);
  say("dtstamp", utc(now));
  // The date itself names it, so that a reader need not have the rule that it came from.
  if (date.occurrence !== "") say("recurrence-id", ICAL.Time.fromString(date.occurrence, undefined));
  say("dtstart", utc(date.starts));
  if (date.ends > date.starts) say("dtend", utc(date.ends));
  say("summary", date.title);
  if (date.place !== "") say("location", date.place);
  if (date.notes !== "") say("description", date.notes);
  if (date.skill !== "") say("categories", `skill:${date.skill}`);
  say("sequence", date.sequence);
  say("status", date.cancelled ? "CANCELLED" : "CONFIRMED");
  return event;
}

function utc(at: Millis): ICAL.Time {
  const { year, month, day, hour, minute, second } = wallTime(at, "UTC")!;
  return new ICAL.Time({ year, month, day, hour, minute, second, isDate: false }, ICAL.Timezone.utcTimezone);
}
