// The gateway's own time over restarts, and what the calendar calls it.
//
// All rows are of one steady time that nobody can set. Within one boot of the machine it is tied to the machine's uptime, so
// that a restart of the program takes no notice of the date. Over a boot the only hint of how long the machine was off is the
// wall clock, which is believed up to a limit and never backwards. The calendar's date is steady time plus one offset, a
// single row: when the date is corrected, everything that was ever written down is shown by the corrected one.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";
import { metaValue, setMeta } from "./world.ts";

/** What is known of time when the program starts. */
export interface StartOfTime {
  readonly bootId: string;
  /** Since the machine was switched on. */
  readonly uptime: Millis;
  /** What the system's clock says, right or wrong. */
  readonly wall: Millis;
  /** How much faster than life this process runs. */
  readonly rate: number;
}

/** A date that was set ten years ahead must not look like ten years that have passed: more than this is not believed. */
const LONGEST_ABSENCE: Millis = 30 * 24 * 3600_000;

interface Anchor {
  readonly bootId: string;
  readonly uptime: Millis;
  readonly now: Millis;
}

/** The steady time at which this process begins: never before anything that the database holds. */
export function resumeTime(store: Store, start: StartOfTime): Millis {
  const anchor = readAnchor(store);
  const last = Math.max(anchor?.now ?? Number.NEGATIVE_INFINITY, lastRowAt(store));
  if (last === Number.NEGATIVE_INFINITY) return start.wall;
  if (anchor?.bootId === start.bootId && start.uptime >= anchor.uptime)
    return Math.max(last, Math.round(anchor.now + (start.uptime - anchor.uptime) * start.rate));
  const away = start.wall - wallOffset(store) - last;
  return last + Math.min(Math.max(0, away), LONGEST_ABSENCE);
}

/** Ties steady time to this boot's uptime. */
export function saveAnchor(store: Store, anchor: Anchor): void {
  setMeta(store, "timeline", JSON.stringify(anchor));
}

function readAnchor(store: Store): Anchor | undefined {
  const text = metaValue(store, "timeline");
  return text === undefined ? undefined : (JSON.parse(text) as Anchor);
}

/** The latest moment that any row vouches for. */
function lastRowAt(store: Store): Millis {
  const latest = (sql: string): Millis => store.get<{ at: Millis | null }>(sql)?.at ?? Number.NEGATIVE_INFINITY;
  return Math.max(
    latest("SELECT received_at AS at FROM inbox ORDER BY id DESC LIMIT 1"),
    latest("SELECT accepted_at AS at FROM ledger ORDER BY id DESC LIMIT 1"),
  );
}

/** Calendar time minus steady time. */
export function wallOffset(store: Store): Millis {
  return Number(metaValue(store, "wall_offset") ?? "0");
}

export function setWallOffset(store: Store, offset: Millis): void {
  setMeta(store, "wall_offset", String(offset));
}
