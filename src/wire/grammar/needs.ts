// Which things of the taxonomy a text names, in any language of the table.

import { foldWord, TAXONOMY } from "#wire/taxonomy.ts";
import { near, phrase, tokensOf, type Token } from "./words.ts";

interface Named {
  readonly words: readonly string[];
  readonly code: number;
}

const NAMES: readonly Named[] = TAXONOMY.terms
  .flatMap(({ code, words }) =>
    Object.values(words).flatMap((list) => list.map((word) => ({ words: phrase(foldWord(word)), code }))),
  )
  .sort((a, b) => b.words.length - a.words.length);

/** Codes of the things named in tokens `from` on, ascending; where names overlap the longer one stands. */
export function needsIn(tokens: readonly Token[], from: number, used: ReadonlySet<number>): number[] {
  const found = new Set<number>();
  /** Where the last thing ended that was only a purpose: "for insulin pump". */
  let purpose = -1;
  for (let at = from; at < tokens.length;) {
    const named = used.has(at) ? undefined : (namedAt(tokens, at, true) ?? namedAt(tokens, at, false));
    const length = named?.words.length ?? 1;
    if (named && found.size > 0 && (purpose === at || isPurpose(tokens, at))) purpose = at + length;
    else if (named) found.add(named.code);
    at += length;
  }
  return [...found].sort((a, b) => a - b);
}

const PURPOSE: ReadonlySet<string> = new Set(["for", "to", "from", "para", "a", "al"]);
const ARTICLES: ReadonlySet<string> = new Set([
  "the",
  "my",
  "our",
  "a",
  "his",
  "her",
  "their",
  "el",
  "la",
  "los",
  "las",
  "mi",
  "su",
]);

/** "gas for the generator", "ride to dialysis": what it is for is not needed. */
function isPurpose(tokens: readonly Token[], at: number): boolean {
  const word = (index: number): string => tokens[index]?.word ?? "";
  return PURPOSE.has(word(at - 1)) || (ARTICLES.has(word(at - 1)) && PURPOSE.has(word(at - 2)));
}

/** The same for a text that names a thing and little else: a spreadsheet's cell. */
export function needsInText(text: string): number[] {
  return needsIn(tokensOf(text), 0, new Set());
}

/** Words this short have too many neighbours for typos to be forgiven. */
const SURE = 5;
/** From this length on a plural is the same word: "tarps". */
const PLURAL = 4;

/** Words of their own that resemble a thing: a spare is no spade. */
const NO_TYPOS: ReadonlySet<string> = new Set(["spare", "leaking", "looking", "needs"]);

/** Names by the typed word they were tried for. */
const tried = new Map<string, readonly Named[]>();
const MOST_TRIED = 4_000;

function namedAt(tokens: readonly Token[], at: number, exact: boolean): Named | undefined {
  const first = tokens[at]!.word;
  if (!exact && NO_TYPOS.has(first)) return undefined;
  const key = `${exact ? "=" : "~"}${first}`;
  let found = tried.get(key);
  if (!found) {
    if (tried.size > MOST_TRIED) tried.clear();
    tried.set(key, (found = NAMES.filter(({ words }) => words[0] !== undefined && isNamed(first, words[0], exact))));
  }
  return found.find(
    ({ words }) =>
      at + words.length <= tokens.length &&
      words.every((word, index) => isNamed(tokens[at + index]!.word, word, exact)),
  );
}

function isNamed(typed: string, word: string, exact: boolean): boolean {
  return (
    near(typed, word, exact || word.length < SURE ? "exact" : "loose") ||
    (word.length >= PLURAL && typed === `${word}s`)
  );
}
