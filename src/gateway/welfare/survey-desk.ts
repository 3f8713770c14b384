// What coordinators ask about households, and what they put right themselves: `!who 14`, `!silent`, `!set 14 ok seen at school`.
// The same behind the commands in Matrix and the verbs of the command line. What a coordinator says counts as proven and is kept
// with their name; a call for help it does not close.

import { nodeId } from "#base/ids.ts";
import { clipped } from "#base/text.ts";
import type { Household } from "#domain/people/people.ts";
import type { Fact } from "#domain/welfare/standing.ts";
import type { House, Status } from "#domain/wire-words.ts";
import { household, isKnownHouse, listZones, membersOfHouse, radiosOfMember } from "#store/people.ts";
import { addFact, factsOf, openCallOfHouse } from "#store/welfare.ts";
import { parse } from "#wire/grammar/parse.ts";
import { statusWord } from "#wire/grammar/reply.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { referenceName } from "./call-card.ts";
import { TRUST_WORDS } from "./call-words.ts";
import { exercise, recordNow, standingNow } from "#gateway/events.ts";
import { isCoordinates } from "./place-answer.ts";
import { boardsChanged } from "./roll-board.ts";
import { rollAnswered } from "./roll-waves.ts";
import type { Marked } from "#gateway/settings.ts";
import { moment } from "#gateway/spans.ts";
import { homesNow, surveyOf } from "./survey.ts";
import { clockSure, type Turn } from "#gateway/turn.ts";

export const SURVEY_WORDS = {
  whoUsage: "Write !who and the number of a household, like !who 14.",
  setUsage: "Write !set HOUSE ok|need|urgent|evacuated|silent and how you know, like !set 14 ok seen at school.",
  unknownHouse: (house: string) => `No household ${house} is known.`,
  nobodySilent: "Nobody is silent.",
  nobodyListed: "No household is on the list yet: !people import, or muster people import.",
  saidNothing: "Nothing was said about it yet.",
  callOpen: (reference: string) => `A call for help is open: ${reference}.`,
  staysOpen: (reference: string) => `The call for help ${reference} stays open: !close ${reference} REASON closes it.`,
} as const;

// ───────────────────────────── looking ─────────────────────────────

/** The newest are what matters. */
const MOST_SAID = 6;

/** One household with where each word about it came from; `may`: what the room may know. */
export function whoIs(turn: Turn, house: House, may: ReadonlySet<Marked>): string {
  const home = household(turn.store, house);
  if (!home) return SURVEY_WORDS.unknownHouse(clipped(defuse(house), 12));
  const { status, waiting } = standingNow(turn, house);
  const call = openCallOfHouse(turn.store, house);
  const said = factsOf(turn.store, house, recordNow(turn)).slice(-MOST_SAID);
  const lines = [
    `House ${house}${zoneWords(turn, home)}: ${statusWord(status, turn.settings.node.language)}`,
    ...membersOfHouse(turn.store, house).map(({ name, role, number }) => {
      const radios = radiosOfMember(turn.store, number).map(({ node }) => nodeId(node));
      return `${defuseName(name)}${role === "resident" ? "" : ` (${role})`}${radios.length === 0 ? "" : ` ${radios.join(" ")}`}`;
    }),
    ...homeFacts(home, may),
    ...(call === undefined ? [] : [SURVEY_WORDS.callOpen(referenceName(turn, call))]),
    ...(waiting === undefined ? [] : [`${waiting.source}: ${waiting.status} ${house}?`]),
    ...(said.length === 0 ? [SURVEY_WORDS.saidNothing] : said.map((fact) => factLine(turn, fact, may))),
  ];
  return exercise(turn, lines.join("\n"));
}

function zoneWords(turn: Turn, { zone }: Household): string {
  const name = listZones(turn.store).find(({ number }) => number === zone)?.name;
  return name === undefined ? "" : `, ${defuseName(name)}`;
}

function homeFacts(home: Household, may: ReadonlySet<Marked>): string[] {
  const facts = [
    home.people === undefined ? "" : `people: ${home.people}`,
    home.animals === undefined ? "" : `animals: ${home.animals}`,
    home.needsPower ? "depends on electricity" : "",
    ...(may.has("addresses") ? [home.address, home.contacts] : []),
    ...(may.has("medical") ? [home.mobility, home.medical] : []),
  ].filter((fact) => fact !== "");
  return facts.length === 0 ? [] : [facts.map(defuse).join(" · ")];
}

/** "14:02 OK “all home” at school, Ana, self, text, from their own radio" */
function factLine(turn: Turn, fact: Fact, may: ReadonlySet<Marked>): string {
  const where = fact.place === undefined || (isCoordinates(fact.place) && !may.has("addresses")) ? "" : fact.place;
  const place = where === "" ? "" : ` at ${clipped(defuse(where), 40)},`;
  const note = fact.note === undefined ? "" : ` “${clipped(defuse(fact.note), 80)}”`;
  const time = fact.clockSure ? moment(turn, fact.at) : "time unsure,";
  const status = statusWord(fact.status, turn.settings.node.language);
  return `${time} ${status}${note}${place} ${defuseName(fact.by)}, ${fact.source}, ${fact.means}, ${TRUST_WORDS[fact.trust]}`;
}

/** By zone; `zone`: only this one. */
export function silentHomes(turn: Turn, zone?: number): string {
  const homes = homesNow(turn);
  if (homes.length === 0) return SURVEY_WORDS.nobodyListed;
  const lines = surveyOf(turn, homes)
    .filter((each) => each.silent.length > 0 && (zone === undefined || each.zone === zone))
    .map((each) => {
      const names = each.silent.map(({ house, standing: { waiting } }) =>
        waiting === undefined ? house : `${house} (${waiting.source}: ${waiting.status} ${house}?)`,
      );
      return `${defuseName(each.name)}: ${each.silent.length} of ${each.homes}: ${names.join(" ")}`;
    });
  return exercise(turn, lines.length === 0 ? SURVEY_WORDS.nobodySilent : lines.join("\n"));
}

// ───────────────────────────── putting right ─────────────────────────────

const SET_TO: Readonly<Record<string, Status>> = {
  ok: "ok",
  safe: "ok",
  need: "need",
  urgent: "urgent",
  evacuated: "evacuated",
  silent: "unknown",
};

const LONGEST_NOTE = 200;

export type SetOutcome =
  | { readonly ok: true; readonly words: string }
  | { readonly ok: false; readonly reason: string };

/** `words`: "14 ok seen at school", as it was typed; `by`: who says so, for people. */
export function setHouse(turn: Turn, words: string, by: string): SetOutcome {
  const [, named = "", word = "", rest = ""] = /^(\S+)\s+(\S+)\s*([\s\S]*)$/.exec(words.trim()) ?? [];
  const house = named.toLowerCase();
  const status = Object.hasOwn(SET_TO, word.toLowerCase()) ? SET_TO[word.toLowerCase()] : undefined;
  if (status === undefined) return { ok: false, reason: SURVEY_WORDS.setUsage };
  if (!isKnownHouse(turn.store, house))
    return { ok: false, reason: SURVEY_WORDS.unknownHouse(clipped(defuse(named), 12)) };
  const { needs, people, animals, place } = meant(turn, house, `${word} ${rest}`);
  const record = recordNow(turn);
  addFact(turn.store, {
    at: turn.now,
    clockSure: clockSure(turn.wall),
    house,
    by,
    source: "coordinator",
    means: "matrix",
    trust: "operator",
    status,
    needs,
    ...(people === undefined ? {} : { people }),
    ...(animals === undefined ? {} : { animals }),
    ...(place === undefined ? {} : { place }),
    ...(rest.trim() === "" ? {} : { note: clipped(rest.trim(), LONGEST_NOTE) }),
    ...(record === undefined ? {} : { event: record }),
  });
  rollAnswered(turn, house);
  boardsChanged(turn);
  const call = openCallOfHouse(turn.store, house);
  const stands = statusWord(standingNow(turn, house).status, turn.settings.node.language);
  const answer = `House ${house} stands as ${stands} (${by}).`;
  const still = call === undefined ? "" : ` ${SURVEY_WORDS.staysOpen(referenceName(turn, call))}`;
  return { ok: true, words: exercise(turn, `${answer}${still}`) };
}

/** What the words say besides the status: a resident's grammar reads a coordinator's words too. */
function meant(turn: Turn, house: House, words: string) {
  return parse(`${house} ${words}`, {
    fallback: turn.settings.node.language,
    isHouse: (each) => isKnownHouse(turn.store, each),
    speaksFor: new Set([house]),
    direct: true,
    names: [],
    open: [],
  });
}
