// The commands of coordinators: households, calls for help, events, the list of people. A part of commands.ts.

import { isHouse } from "#wire/houses.ts";
import { closeCommand, listCalls } from "./call-desk.ts";
import { closeEvent, eventViews, openEvent, type EventChange } from "./event-changes.ts";
import { peopleCommand } from "#gateway/people/by-matrix.ts";
import { mayShow } from "#gateway/matrix/places.ts";
import { closeRollCall, openRollCall } from "./roll.ts";
import { rollNumberOf } from "./roll-desk.ts";
import { rollStatus, rollSummary } from "./roll-status.ts";
import { setHouse, silentHomes, SURVEY_WORDS, whoIs } from "./survey-desk.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Asked, Command } from "#gateway/matrix/command.ts";

const EVENT_WORDS = {
  usage: "Write !event open NAME, !event open drill NAME, or !event close.",
  none: "There has been no event.",
} as const;

const operators = true;
const changes = true;

export const WELFARE_COMMANDS: Readonly<Record<string, Command>> = {
  who: { usage: "!who 14", does: "a household: its people, and who said what about it", operators, answer: who },
  silent: { usage: "!silent [ZONE]", does: "households that nothing was heard of", operators, answer: silent },
  set: {
    usage: "!set 14 ok seen at school",
    does: "how a household stands (ok, need, urgent, evacuated, silent), with your name",
    operators,
    changes,
    answer: set,
  },
  roll: {
    usage: "!roll open [zone 2] [page silent] [QUESTION] | status [r7] | close [r7]",
    does: "ask everybody whether they are safe; the cost is told first, and it leaves 10 s later",
    operators,
    changes,
    answer: roll,
  },
  calls: { usage: "!calls", does: "open calls for help, the oldest first", operators, answer: listCalls },
  close: { usage: "!close k7 REASON", does: "close a call for help", operators, changes, answer: closeCommand },
  event: {
    usage: "!event [open [drill] NAME | close]",
    does: "what has happened: groups roll calls; everything in a drill is an EXERCISE",
    operators,
    changes,
    answer: event,
  },
  people: {
    usage: "!people import",
    does: "and below it a CSV, or in reply to a CSV file: the list of people, tried out first",
    operators,
    changes,
    answer: peopleCommand,
  },
};

function who(turn: Turn, { args, said }: Asked): string {
  const house = args.trim().toLowerCase();
  if (!isHouse(house)) return SURVEY_WORDS.whoUsage;
  return whoIs(turn, house, mayShow(turn, { uplink: said.uplink.name, room: said.room }));
}

function silent(turn: Turn, { args }: Asked): string {
  const zone = /^\d+$/.test(args) ? Number(args) : undefined;
  return silentHomes(turn, zone);
}

function set(turn: Turn, { args, said }: Asked): string {
  const outcome = setHouse(turn, args, said.sender);
  return outcome.ok ? outcome.words : outcome.reason;
}

/** The words behind `open`: zones, then the question. */
const ROLL_OPEN = /^(?:zones?\s+((?:\d+[\s,]*)+))?([\s\S]*)$/i;
/** Before the question, or at the very end. */
const PAGE_SILENT = /^((?:zones?\s+(?:\d+[\s,]*)+)?)page\s+silent\b\s*|\s*\bpage\s+silent$/i;

function roll(turn: Turn, { args, said }: Asked): string {
  const [, verb = "status", rest = ""] = /^(open|status|close)?\s*([\s\S]*)$/i.exec(args) ?? [];
  if (verb.toLowerCase() === "open") {
    const words = rest.replace(PAGE_SILENT, "$1");
    const [, zones = "", question = ""] = ROLL_OPEN.exec(words) ?? [];
    const numbers = zones.match(/\d+/g)?.map(Number);
    const opened = openRollCall(turn, {
      scope: numbers === undefined ? { all: true } : { zones: numbers },
      by: said.sender,
      pageSilent: words !== rest,
      ...(question.trim() === "" ? {} : { question: question.trim() }),
    });
    return opened.ok ? "" : notDone(opened.reason);
  }
  const number = rollNumberOf(turn, rest.trim());
  if (verb.toLowerCase() === "close") {
    const closed = typeof number === "string" ? undefined : closeRollCall(turn, number, said.sender);
    if (closed?.ok) return "";
    return notDone(closed === undefined ? String(number) : closed.reason);
  }
  const view = rollStatus(turn, typeof number === "string" ? undefined : number);
  return view === undefined ? String(number) : `${view.mark ?? ""} ${view.reference}: ${rollSummary(view)}`.trim();
}

function event(turn: Turn, { args, said }: Asked): string {
  const [, verb = "", drill, name = ""] = /^(open|close)?\s*(drill\b)?\s*([\s\S]*)$/i.exec(args) ?? [];
  if (args === "") {
    const lines = eventViews(turn).map(({ name: called, state, mark, openedBy }) =>
      [mark, `"${called}"`, state, `(${openedBy})`].filter((part) => part !== undefined).join(" "),
    );
    return lines.length === 0 ? EVENT_WORDS.none : lines.join("\n");
  }
  if (verb.toLowerCase() === "close") return changed(closeEvent(turn, said.sender));
  if (verb === "" || (name === "" && drill === undefined)) return EVENT_WORDS.usage;
  return changed(openEvent(turn, { name: name || "drill", drill: drill !== undefined, by: said.sender }));
}

/** What changed has been told to all operators already. */
function changed(outcome: EventChange): string {
  return outcome.ok ? "" : notDone(outcome.reason);
}

const notDone = (reason: string): string => `Not done: ${reason}.`;
