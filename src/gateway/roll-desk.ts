// What coordinators do with events and roll calls from the command line.

import type { Args, Desk } from "./desk.ts";
import { closeEvent, eventViews, openEvent } from "./events.ts";
import type { Turn } from "./turn.ts";

/** Who is told to have done it: whoever may use the command line of this machine. */
const BY = "the operator of the gateway";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export const ROLL_DESK: Desk = {
  "event open": {
    changes: true,
    answer: (turn, args) => openEvent(turn, { name: text(args["name"]), drill: args["drill"] === true, by: BY }),
  },
  "event close": { changes: true, answer: (turn: Turn, _args: Args) => closeEvent(turn, BY) },
  "event list": { changes: false, answer: (turn) => ({ events: eventViews(turn) }) },
};
