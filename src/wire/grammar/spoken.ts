// In which language somebody writes of whom none was chosen and whose text means nothing to the grammar: the one that most of the
// words belong to alone. Whoever calls for help in Spanish is answered in Spanish.

import { LANGUAGES } from "./languages.ts";
import { phrase, type Token } from "./words.ts";

const WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  LANGUAGES.map(({ code, distress, fillers, negations, people, doubts, and, to, house }) => {
    const phrases = [...Object.values(distress).flat(), fillers, negations, people, doubts, and, to, house].flat();
    return [code, new Set(phrases.flatMap(phrase).filter((word) => /\p{L}/u.test(word)))];
  }),
);

/** Undefined where no language has more of the words than every other. */
export function spokenIn(tokens: readonly Token[]): string | undefined {
  const counts = [...WORDS].map(([code, words]) => ({
    code,
    own: tokens.filter(
      ({ word }) => words.has(word) && [...WORDS].every(([other, set]) => other === code || !set.has(word)),
    ).length,
  }));
  const [first, second] = counts.toSorted((a, b) => b.own - a.own);
  return first && first.own > (second?.own ?? 0) ? first.code : undefined;
}
