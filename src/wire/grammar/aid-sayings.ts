// How people ask and offer without our verbs: "anyone got a chainsaw?", "can lend a pump till sunday", "dont need water any more". Only
// what names a thing of the taxonomy and little else is taken for one of these; the rest stays for people to read.

import type { Sayings } from "./language.ts";
import { LEXICONS, NEGATIONS, statusHits, type Lexicon, type Phrases } from "./lexicon.ts";
import { needsIn } from "./needs.ts";
import { parseRef } from "#wire/references.ts";
import { plain, type Meaning, type Said } from "./said.ts";
import { longestAt, phrase, type Token } from "./words.ts";

type Ready = Readonly<Record<keyof Sayings, Phrases>>;

const READY: ReadonlyMap<string, Ready> = new Map(
  LEXICONS.map(({ language }) => [
    language.code,
    Object.fromEntries(Object.entries(language.sayings).map(([key, list]) => [key, list.map(phrase)])) as Ready,
  ]),
);

/** Of the taxonomy: what a person is or can do. */
const PROFESSIONS: ReadonlySet<number> = new Set([
  11, 12, 44, 59, 75, 76, 77, 78, 80, 103, 104, 112, 123, 124, 134, 144, 146, 147, 148, 150,
]);

/** Words besides the thing; with more it is a story, which is for people. */
const MOST_BESIDES = 5;

export function aidSaying(said: Said): Meaning | undefined {
  const { lexicon } = said;
  const words = READY.get(lexicon.language.code)!;
  const deed = aboutItem(said, words);
  if (deed) return deed;
  const { tokens, isOffered } = withoutIfNeeded(said.tokens, words.ifNeeded);
  const enough = led(tokens, words.enough, lexicon);
  if (enough) return statusHits(enough, lexicon).length === 0 ? about("drop", said, enough) : undefined;
  if (tokens.some((_, at) => longestAt(tokens, at, NEGATIONS, "exact") > 0)) return undefined;
  const needy = led(tokens, words.needy, lexicon);
  if (needy) return about("needs", said, needy);
  const asks = led(tokens, words.asks, lexicon);
  if (asks) return about("who", said, asks);
  const wants = led(tokens, words.wants, lexicon) ?? politely(tokens, words.please);
  if (wants) return about("need", said, wants);
  if (statusHits(tokens, lexicon).some(({ status }) => status !== "ok")) return undefined;
  const skilled = led(tokens, words.skills, lexicon);
  if (skilled) return skill(said, skilled);
  const has = led(tokens, lexicon.verbs.have, lexicon);
  const isSpare = isOffered || tokens.some((_, at) => longestAt(tokens, at, words.spare, "exact") > 0);
  const offers =
    led(tokens, words.offers, lexicon) ?? (isSpare ? has : undefined) ?? available(tokens, words.available);
  return offers && !said.text.includes("?") ? about("offer", said, offers) : undefined;
}

const MOST_BESIDES_REF = 5;
const BEHIND = ["take", "give", "done", "drop"] as const;

/** "a31 done", "i can take a31", "delivered a31", "cant do a31": one reference and few words; our verbs in front are read elsewhere. */
function aboutItem({ tokens, lexicon, text }: Said, words: Ready): Meaning | undefined {
  const refs = tokens.filter(({ word }) => parseRef(word)?.space === "a");
  const [{ word: reference } = { word: "" }] = refs;
  if (refs.length !== 1 || tokens.length > 1 + MOST_BESIDES_REF || text.includes("?")) return undefined;
  const rest = tokens.filter(({ word }) => word !== reference);
  const leads = (phrases: Phrases): boolean => led(rest, phrases, lexicon) !== undefined;
  if (leads(lexicon.verbs.cannot)) return plain("no", { reference });
  if (rest.some((_, at) => longestAt(rest, at, NEGATIONS, "exact") > 0)) return undefined;
  if (leads(words.takes)) return plain("take", { reference });
  if (leads(words.gives)) return plain("give", { reference });
  const behind = tokens[0]!.word === reference ? BEHIND.find((verb) => leads(lexicon.verbs[verb])) : undefined;
  return behind === undefined ? undefined : plain(behind, { reference });
}

/** "if anyone needs": what stands before it is offered. */
function withoutIfNeeded(tokens: readonly Token[], phrases: Phrases): { tokens: readonly Token[]; isOffered: boolean } {
  const at = tokens.findIndex((_, index) => longestAt(tokens, index, phrases, "exact") > 0);
  if (at < 0) return { tokens, isOffered: false };
  return { tokens: tokens.toSpliced(at, longestAt(tokens, at, phrases, "exact")), isOffered: true };
}

/** What follows one of the phrases, with nothing but small words before it. */
function led(tokens: readonly Token[], phrases: Phrases, lexicon: Lexicon): readonly Token[] | undefined {
  for (let at = 0; at < tokens.length; at++) {
    const length = longestAt(tokens, at, phrases, "exact");
    if (length > 0) return tokens.slice(at + length);
    if (longestAt(tokens, at, lexicon.fillers, "exact") !== 1) return undefined;
  }
  return undefined;
}

/** "water please", and nothing else. */
function politely(tokens: readonly Token[], please: Phrases): readonly Token[] | undefined {
  const at = tokens.findIndex((_, index) => longestAt(tokens, index, please, "exact") > 0);
  if (at < 0) return undefined;
  const rest = tokens.toSpliced(at, longestAt(tokens, at, please, "exact"));
  return rest.length <= 4 && needsIn(rest.slice(-1), 0, new Set()).length > 0 ? rest : undefined;
}

/** "generator 2kw available until friday": begins with the thing. */
function available(tokens: readonly Token[], phrases: Phrases): readonly Token[] | undefined {
  const at = tokens.findIndex((_, index) => longestAt(tokens, index, phrases, "exact") > 0);
  return at > 0 && needsIn(tokens.slice(0, 3), 0, new Set()).length > 0 ? tokens : undefined;
}

function about(
  kind: "drop" | "who" | "needs" | "need" | "offer",
  { text }: Said,
  rest: readonly Token[],
): Meaning | undefined {
  const needs = needsIn(rest, 0, new Set());
  const besides = rest.filter(({ word }) => !/^\d/.test(word)).length - needs.length;
  if (needs.length === 0 || besides > MOST_BESIDES) return undefined;
  if (kind === "drop" && needs.length > 1) return undefined;
  if (kind === "who" || kind === "needs" || kind === "drop") return plain(kind, { needs });
  return plain(kind, { needs, note: text, ...(kind === "need" ? { status: "need" as const } : {}) });
}

/** "im a nurse": short, and a profession. */
function skill({ text }: Said, rest: readonly Token[]): Meaning | undefined {
  const needs = needsIn(rest.slice(0, 2), 0, new Set()).filter((code) => PROFESSIONS.has(code));
  return needs.length === 0 || rest.length > MOST_BESIDES ? undefined : plain("skill", { needs, note: text });
}
