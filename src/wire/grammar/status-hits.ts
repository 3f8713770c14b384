// Which status words of a text hold: those that are not denied, the strongest first, and what an OK lacks after all.

import type { StatusWord } from "./language.ts";
import { range } from "./details.ts";
import { before, LEXICONS, NEGATIONS, NOTHING, statusHits, type Lexicon, type StatusHit } from "./lexicon.ts";
import { needsIn } from "./needs.ts";
import { longestAt, type Token } from "./words.ts";

/** Status words that are not denied: "dont need anything" says nothing about a need. */
export function hitsThatHold(tokens: readonly Token[], lexicon: Lexicon): StatusHit[] {
  const hits = statusHits(tokens, lexicon);
  return hits.filter((hit) => {
    if (hit.status === "ok") return true;
    const nothing = hit.status === "need" && longestAt(tokens, hit.at + hit.length, NOTHING, "exact") > 0;
    return !nothing && !before(tokens, hit.at, NEGATIONS, 2, freeOf(hits));
  });
}

/** "not ok", "ok, no, not ok", "safe not"; not the "no" of "no damage, all ok". */
export function isNegated(tokens: readonly Token[], hits: readonly StatusHit[]): boolean {
  const oks = hits.filter(({ status }) => status === "ok");
  const last = tokens.at(-1);
  if (oks.length > 0 && tokens.length > 1 && last !== undefined && DENIES_AT_THE_END.has(last.word)) return true;
  const said = new Set(tokens.flatMap((_, at) => range(at, at + longestAt(tokens, at, CALMING, "exact"))));
  return oks.some((hit) => before(tokens, hit.at, NEGATIONS, 3, (index) => !said.has(index)));
}

/** "No damage" is calming as a whole, in whatever language the rest is. */
const CALMING = LEXICONS.flatMap(({ statuses }) => statuses.ok).filter((words) => words.length > 1);

const DENIES_AT_THE_END = new Set(["no", "not", "isnt", "arent", "aint", "wasnt"]);

function freeOf(hits: readonly StatusHit[]): (index: number) => boolean {
  return (index) => !hits.some((hit) => index >= hit.at && index < hit.at + hit.length);
}

const WEIGHT: Readonly<Record<StatusWord, number>> = { urgent: 3, need: 2, evacuated: 1, ok: 0 };

export function strongest(hits: readonly StatusHit[]): StatusHit | undefined {
  return hits.toSorted((a, b) => WEIGHT[b.status] - WEIGHT[a.status])[0];
}

const LACK = new Set(["no", "without", "sin"]);

/** "ok, no power": what an OK lacks after all. */
export function lacks(tokens: readonly Token[], hit: StatusHit, used: ReadonlySet<number>): number[] {
  return tokens.flatMap((token, at) =>
    at >= hit.at + hit.length && LACK.has(token.word) ? needsIn(tokens.slice(0, at + 3), at + 1, used) : [],
  );
}
