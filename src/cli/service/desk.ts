// The desk (gateway/desk.ts), reached through the running service or, without one, on its database.

import { existsSync } from "node:fs";
import { wallClock } from "#base/clock.ts";
import { systemRandom } from "#base/random.ts";
import { DESK } from "#gateway/desk.ts";
import type { Settings } from "#gateway/settings.ts";
import type { Pump } from "#pump";
import { leaveNoTrace } from "#store/forget.ts";
import type { Store } from "#store/store.ts";
import { wallOffset } from "#store/timeline.ts";
import type { Args } from "#gateway/desk-verb.ts";
import { openStore } from "#store/open.ts";
import { Failure } from "#cli/verb.ts";

const PURGE = "people purge";

/** Undefined when the verb is none of these. */
export function askDesk(pump: Pump, store: Store, verb: string, args: Args): unknown {
  const entry = Object.hasOwn(DESK, verb) ? DESK[verb] : undefined;
  if (!entry) return undefined;
  const answer = pump.ask((turn) => entry.answer(turn, args)) ?? { found: false };
  if (verb === PURGE) leaveNoTrace(store);
  return answer;
}

/** A change makes the database if there is none; a question to none is asked of an empty one. */
export function deskOffline(settings: Settings, verb: string, args: Args): unknown {
  const { changes, live, answer } = DESK[verb]!;
  if (live) throw new Failure("Muster is not running: only the running service can do that.");
  const { path } = settings.database;
  let store: Store | undefined;
  try {
    store = openStore(changes || existsSync(path) ? path : ":memory:", { readonly: !changes && existsSync(path) });
    const open = store;
    const wall = wallClock.wall();
    const turn = { store: open, settings, now: wall - wallOffset(open), wall, random: systemRandom };
    const value = changes ? open.transaction(() => answer(turn, args)) : answer(turn, args);
    if (verb === PURGE) leaveNoTrace(open);
    return value ?? { found: false };
  } catch (error) {
    throw new Failure(`The database ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    store?.close();
  }
}
