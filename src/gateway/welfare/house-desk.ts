// Calls for help and households from the command line: the words that the commands in Matrix answer with. Whoever may use the
// command line of this machine may see everything.

import { callNamed, closeCalled, listCalls } from "./call-desk.ts";
import { CALL_WORDS } from "./call-words.ts";
import { setHouse, silentHomes, whoIs } from "./survey-desk.ts";
import type { Args, Desk } from "#gateway/desk-verb.ts";

const BY = "the gateway's command line";
const EVERYTHING = new Set(["addresses", "medical"] as const);

const text = (args: Args, key: string): string => (typeof args[key] === "string" ? args[key] : "");

export const HOUSE_DESK: Desk = {
  "call list": { changes: false, answer: (turn) => ({ ok: true, words: listCalls(turn) }) },
  "call close": {
    changes: true,
    live: true,
    answer: (turn, args) => {
      const called = text(args, "call").toLowerCase();
      if (callNamed(turn, called) === undefined) return { ok: false, reason: CALL_WORDS.notKnown(called) };
      return {
        ok: true,
        words: closeCalled(turn, called, { id: BY, name: turn.settings.node.name }, text(args, "reason")),
      };
    },
  },
  "house who": {
    changes: false,
    answer: (turn, args) => ({ ok: true, words: whoIs(turn, text(args, "house").toLowerCase(), EVERYTHING) }),
  },
  "house silent": {
    changes: false,
    answer: (turn, args) => ({
      ok: true,
      words: silentHomes(turn, typeof args["zone"] === "number" ? args["zone"] : undefined),
    }),
  },
  "house set": { changes: true, answer: (turn, args) => setHouse(turn, text(args, "words"), BY) },
};
