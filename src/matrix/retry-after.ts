// The Retry-After header (RFC 9110 §10.2.3): seconds, or an HTTP date. A date is read against the server's own Date
// header where there is one, because the gateway's clock may be years off.

import type { IncomingHttpHeaders } from "node:http";
import type { Millis } from "#base/clock.ts";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** How long the server asks us to wait, never negative; undefined when it does not say, or not in a form we know. */
export function retryAfterMillis(headers: IncomingHttpHeaders, now: Millis): Millis | undefined {
  const value = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = httpDate(value);
  if (at === undefined) return undefined;
  return Math.max(0, at - (httpDate(headers.date ?? "") ?? now));
}

/** "Sun, 22 Nov 2026 14:02:07 GMT" as ms since 1970; undefined for anything else (the obsolete forms too). */
export function httpDate(text: string): Millis | undefined {
  const match = /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text.trim());
  if (!match) return undefined;
  const month = MONTHS.indexOf(match[2]!);
  if (month < 0) return undefined;
  const [day, year, hours, minutes, seconds] = [1, 3, 4, 5, 6].map((group) => Number(match[group]));
  return (((daysSince1970(year!, month + 1, day!) * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000;
}

/** Days from 1970-01-01 in the Gregorian calendar, years counted from March (H. Hinnant, "chrono-compatible low-level date algorithms"). */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
