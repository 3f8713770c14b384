// What coordinators do with events and roll calls from the command line.

import { parseIsoTime } from "#base/calendar.ts";
import type { RollScope } from "#domain/welfare/roll-call.ts";
import { parseRef } from "#wire/references.ts";
import { closeEvent, eventViews, openEvent } from "./event-changes.ts";
import { closeRollCall, forecastRollCall, openRollCall, type RollAnswer, type RollWish } from "./roll.ts";
import { plannedViews, planRollCall } from "./roll-plan.ts";
import { openReferences, rollStatus } from "./roll-status.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Args, Desk } from "#gateway/desk-verb.ts";

/** Who is told to have done it: whoever may use the command line of this machine. */
const BY = "the gateway's command line";

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

export const ROLL_DESK: Desk = {
  "event open": {
    changes: true,
    answer: (turn, args) => openEvent(turn, { name: text(args["name"]), drill: args["drill"] === true, by: BY }),
  },
  "event close": { changes: true, answer: (turn) => closeEvent(turn, BY) },
  "event list": { changes: false, answer: (turn) => ({ events: eventViews(turn) }) },
  "roll forecast": { changes: false, answer: (turn, args) => forecastRollCall(turn, wishOf(args)) },
  "roll open": { changes: true, live: true, answer: open },
  "roll status": { changes: false, answer: status },
  "roll planned": { changes: false, answer: (turn) => ({ planned: plannedViews(turn) }) },
  "roll close": { changes: true, live: true, answer: close },
};

function wishOf(args: Args): RollWish {
  return {
    scope: scopeOf(args),
    by: BY,
    ...(text(args["question"]) === "" ? {} : { question: text(args["question"]) }),
    ...(typeof args["minutes"] === "number" ? { minutes: args["minutes"] } : {}),
    ...(text(args["language"]) === "" ? {} : { language: text(args["language"]) }),
    ...(args["pageSilent"] === true ? { pageSilent: true } : {}),
  };
}

function scopeOf(args: Args): RollScope {
  const zones = list(args["zones"]).map(Number);
  const houses = list(args["houses"]).map(String);
  return houses.length > 0 ? { houses } : zones.length > 0 ? { zones } : { all: true };
}

function open(turn: Turn, args: Args): RollAnswer {
  const wish = wishOf(args);
  if (text(args["daily"]) !== "") return planRollCall(turn, wish, { daily: text(args["daily"]) });
  if (text(args["at"]) === "") return openRollCall(turn, wish);
  const wall = parseIsoTime(text(args["at"]));
  return wall === undefined ? { ok: false, reason: ROLL_WORDS.noMoment } : planRollCall(turn, wish, { wall });
}

/** A reference as somebody typed it, in any case; the only one that is open where none was given. */
export function rollNumberOf(turn: Turn, reference: string): number | string {
  const open = openReferences(turn);
  if (reference === "" && open.length !== 1)
    return open.length === 0 ? ROLL_WORDS.noneOpen : ROLL_WORDS.severalOpen(open);
  const parsed = parseRef(reference === "" ? open[0]! : reference);
  return parsed?.space === "r" ? parsed.ref : ROLL_WORDS.notOpen(reference);
}

function status(turn: Turn, args: Args): unknown {
  const reference = text(args["reference"]);
  const parsed = parseRef(reference);
  if (reference !== "" && parsed?.space !== "r") return { ok: false, reason: ROLL_WORDS.noSuch(reference) };
  const view = rollStatus(turn, parsed?.ref);
  return view ?? { ok: false, reason: reference === "" ? ROLL_WORDS.noneYet : ROLL_WORDS.noSuch(reference) };
}

function close(turn: Turn, args: Args): unknown {
  const number = rollNumberOf(turn, text(args["reference"]));
  if (typeof number === "string") return { ok: false, reason: number };
  const closed = closeRollCall(turn, number, BY);
  return closed.ok ? { ...closed, ...rollStatus(turn, number) } : closed;
}
