// Moments as people read them. Needs no clock: the moment is an argument.

/** "2026-11-22T14:02:07.123Z". Moments outside the calendar's range are shown as their number. */
export function isoTime(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

/** The inverse of `isoTime`, also for dates without a time; undefined when it is no date. */
export function parseIsoTime(text: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

const MINUTE = 60_000;

/**
 * The first full minute after `after` at which the wall in `timezone` shows `time` ("19:00"), whatever the clocks there are set
 * to meanwhile; undefined if it shows that at no minute of the next three days.
 */
export function nextTimeOfDay(after: number, time: string, timezone: string): number | undefined {
  const first = (Math.floor(after / MINUTE) + 1) * MINUTE;
  for (let minute = 0; minute < 3 * 24 * 60; minute++) {
    const at = first + minute * MINUTE;
    if (timeOfDay(at, timezone) === time) return at;
  }
  return undefined;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** "14:02" on the wall of the IANA time zone `timezone`. */
export function timeOfDay(at: number, timezone: string): string {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: timezone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(timezone, format);
  }
  return format.format(new Date(at));
}

/** 0 for Sunday to 6, on the calendar of the IANA time zone. */
export function weekdayAt(at: number, timezone: string): number {
  return new Date(`${dayOf(at, timezone)}T00:00:00Z`).getUTCDay();
}

/** "2026-11-22" on the calendar of the IANA time zone. */
export function dayOf(at: number, timezone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" }).format(new Date(at));
}

/** A date and time as a wall in some time zone shows it; month and day count from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const walls = new Map<string, Intl.DateTimeFormat>();

/** What the wall in `timezone` shows at a moment; undefined when there is no such zone. */
export function wallTime(at: number, timezone: string): WallTime | undefined {
  let format = walls.get(timezone);
  if (!format) {
    try {
      format = new Intl.DateTimeFormat("en-GB", {
        timeZone: timezone,
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
        hourCycle: "h23",
      });
    } catch {
      return undefined;
    }
    walls.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(new Date(at)).map(({ type, value }) => [type, Number(value)]));
  const of = (type: "year" | "month" | "day" | "hour" | "minute" | "second"): number => parts.get(type)!;
  return {
    year: of("year"),
    month: of("month"),
    day: of("day"),
    hour: of("hour"),
    minute: of("minute"),
    second: of("second"),
  };
}

const asUtc = ({ year, month, day, hour, minute, second }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/**
 * The moment at which the wall in `timezone` shows this; undefined when there is no such zone. Of two such moments the first; where
 * clocks are set forward over it, as far after the change as was meant.
 */
export function momentAt(wall: WallTime, timezone: string): number | undefined {
  const wanted = asUtc(wall);
  const offsetAt = (at: number): number | undefined => {
    const shown = wallTime(at, timezone);
    return shown && asUtc(shown) - at;
  };
  const before = offsetAt(wanted - 86_400_000);
  const after = offsetAt(wanted + 86_400_000);
  if (before === undefined || after === undefined) return undefined;
  const early = wanted - before;
  return offsetAt(early) === before || offsetAt(wanted - after) !== after ? early : wanted - after;
}

/** 0 is Sunday. */
export function weekdayOf({ year, month, day }: WallTime): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}
