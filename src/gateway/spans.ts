// Lengths of time and moments as people say them.

import { timeOfDay } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { calendarTime, type Turn } from "./turn.ts";

/** "40 s", "12 min", "3 h", "2 days". */
export function ago(span: Millis): string {
  const seconds = Math.max(0, Math.round(span / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** "14:02", or "14:02, 3 days ago" where the time alone could be today's. */
export function moment(turn: Turn, at: Millis): string {
  const time = timeOfDay(calendarTime(turn, at), turn.settings.node.timezone);
  const span = turn.now - at;
  return span < 20 * 3_600_000 ? time : `${time}, ${ago(span)} ago`;
}
