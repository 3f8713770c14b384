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
  for (let at = from; at < tokens.length;) {
    const named = used.has(at) ? undefined : (namedAt(tokens, at, true) ?? namedAt(tokens, at, false));
    if (named) found.add(named.code);
    at += named?.words.length ?? 1;
  }
  return [...found].sort((a, b) => a - b);
}

/** The same for a text that names a thing and little else: a spreadsheet's cell. */
export function needsInText(text: string): number[] {
  return needsIn(tokensOf(text), 0, new Set());
}

/** Words this short have too many neighbours for typos to be forgiven. */
const SURE = 5;
/** From this length on a plural is the same word: "tarps". */
const PLURAL = 4;

/** Names by the typed word they were tried for. */
const tried = new Map<string, readonly Named[]>();
const MOST_TRIED = 4_000;

function namedAt(tokens: readonly Token[], at: number, exact: boolean): Named | undefined {
  const first = tokens[at]!.word;
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
