// A language file made ready for comparing: its phrases folded and split once, and what all languages have in common.

import { STATUS_WORDS, VERBS, type Language, type StatusWord, type Verb } from "./language.ts";
import { LANGUAGES } from "./languages.ts";
import { fold, longestAt, near, phrase, type Measure, type Token } from "./words.ts";

export type Phrases = readonly (readonly string[])[];

export interface Lexicon {
  readonly language: Language;
  readonly statuses: Readonly<Record<StatusWord, Phrases>>;
  readonly checkin: Phrases;
  readonly leave: Phrases;
  readonly lacking: Phrases;
  readonly verbs: Readonly<Record<Verb, Phrases>>;
  readonly yes: Phrases;
  readonly no: Phrases;
  readonly fillers: Phrases;
  readonly people: Phrases;
  readonly weAre: Phrases;
  readonly animals: Phrases;
  readonly house: Phrases;
  readonly and: Phrases;
  readonly to: Phrases;
  readonly register: Phrases;
  readonly nothing: Phrases;
  readonly negations: Phrases;
  readonly doubts: Phrases;
  readonly asking: Phrases;
  readonly chat: Phrases;
  readonly numbers: ReadonlyMap<string, number>;
}

function record<K extends string>(
  keys: readonly K[],
  source: Readonly<Record<K, readonly string[]>>,
): Record<K, Phrases> {
  return Object.fromEntries(keys.map((key) => [key, source[key].map(phrase)])) as unknown as Record<K, Phrases>;
}

function lexiconOf(language: Language): Lexicon {
  const list = (words: readonly string[]): Phrases => words.map(phrase);
  return {
    language,
    statuses: record(STATUS_WORDS, language.statuses),
    checkin: list(language.checkin),
    leave: list(language.leave),
    lacking: list(language.lacking),
    verbs: record(VERBS, language.verbs),
    yes: list(language.yes),
    no: list(language.no),
    fillers: list(language.fillers),
    people: list(language.people),
    weAre: list(language.weAre),
    animals: list(language.animals),
    house: list(language.house),
    and: list(language.and),
    to: list(language.to),
    register: list(language.register),
    nothing: list(language.nothing),
    negations: list(language.negations),
    doubts: list(language.doubts),
    asking: list(language.asking),
    chat: list(language.chat),
    numbers: new Map(Object.entries(language.numbers)),
  };
}

export const LEXICONS: readonly Lexicon[] = LANGUAGES.map(lexiconOf);

/** Doubts and negations are believed in any language, whatever the rest is written in. */
export const DOUBTS: Phrases = LEXICONS.flatMap(({ doubts }) => doubts);
export const NEGATIONS: Phrases = LEXICONS.flatMap(({ negations }) => negations);
export const NOTHING: Phrases = LEXICONS.flatMap(({ nothing }) => nothing);
export const CHAT: Phrases = LEXICONS.flatMap(({ chat }) => chat);

/** Whether one of the phrases ends within the `reach` tokens before `at`. */
export function before(
  tokens: readonly Token[],
  at: number,
  phrases: Phrases,
  reach: number,
  free: (index: number) => boolean,
): boolean {
  for (let from = Math.max(0, at - reach); from < at; from++)
    if (free(from) && longestAt(tokens, from, phrases, "exact") > 0) return true;
  return false;
}

export interface StatusHit {
  readonly status: StatusWord;
  readonly at: number;
  readonly length: number;
  readonly checkin: boolean;
}

/** Calming words are compared strictly, the others loosely. */
const MEASURES: Readonly<Record<StatusWord, Measure>> = {
  ok: "strict",
  evacuated: "loose",
  need: "loose",
  urgent: "loose",
};

/** Every status word of a text, left to right; where phrases overlap the longer one stands, and an exact one before a typo. */
export function statusHits(tokens: readonly Token[], lexicon: Lexicon): StatusHit[] {
  const hits: StatusHit[] = [];
  for (let at = 0; at < tokens.length;) {
    const hit = hitAt(tokens, at, lexicon, true) ?? hitAt(tokens, at, lexicon, false);
    if (hit) hits.push(hit);
    at += hit?.length ?? 1;
  }
  return hits;
}

/** Words that are known to be others than those they resemble: "want to" is not "went to". */
const HARMLESS = new Set(LANGUAGES.flatMap(({ distress }) => distress.harmless).map(fold));

function hitAt(tokens: readonly Token[], at: number, lexicon: Lexicon, exact: boolean): StatusHit | undefined {
  if (!exact && HARMLESS.has(tokens[at]!.word)) return undefined;
  let best: StatusHit | undefined;
  const offer = (status: StatusWord, phrases: Phrases, checkin: boolean): void => {
    const length = longestAt(tokens, at, phrases, exact ? "exact" : MEASURES[status]);
    if (length > (best?.length ?? 0)) best = { status, at, length, checkin };
  };
  for (const status of STATUS_WORDS) offer(status, lexicon.statuses[status], false);
  offer("ok", lexicon.checkin, true);
  if (exact) offer("need", lexicon.leave, false);
  return best;
}

/** "ok" itself, as opposed to words that only mean it: half of chat begins with it. */
export function isPlainOk(token: Token): boolean {
  return ["ok", "okay", "okey", "oke", "okie", "k"].some((word) => near(token.word, word, "strict"));
}
