// Words of trouble: "fell", "smoke", "the chest". Neighbours say them of harmless things too, so they are not looked for in talk on a
// channel. Said to the gateway itself they are asked about when nothing else of the text is understood, and undo an OK (parse.ts,
// check-in.ts). Nobody in a panic uses the words we thought of: that somebody dear "wont" or "no" is enough.

import { HARMLESS } from "./distress.ts";
import { LANGUAGES } from "./languages.ts";
import type { DistressWords } from "./language.ts";
import { NEGATIONS } from "./lexicon.ts";
import { longestAt, phrase, type Token } from "./words.ts";

const phrases = (list: Exclude<keyof DistressWords, "harmless">): (readonly string[])[] =>
  LANGUAGES.flatMap(({ distress }) => distress[list]).map(phrase);

const TROUBLE = phrases("trouble");
const CALM = phrases("calm");
const KIN = phrases("kin");
const CANNOT = phrases("cannot");

/** The tokens where trouble stands. "Fell asleep" is none, nor is what directly follows a "no": "no smoke", but not "no, fire". */
export function troubleAt(tokens: readonly Token[], text: string): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = 0; at < tokens.length; at++) {
    const calm = longestAt(tokens, at, CALM, "exact");
    if (calm > 0) at += calm - 1;
    else if (HARMLESS.has(tokens[at]!.word)) continue;
    else if (longestAt(tokens, at, TROUBLE, "alarm") > 0 && !isDenied(tokens, at, text)) found.add(at);
  }
  return found;
}

/** Between a "no" and what there is none of. */
const NONE_OF = new Set(["hay", "any", "one", "sign", "more", "mas"]);

function isDenied(tokens: readonly Token[], at: number, text: string): boolean {
  const last = NONE_OF.has(tokens[at - 1]?.word ?? "") ? at - 2 : at - 1;
  if (last < 0 || longestAt(tokens, last, NEGATIONS, "exact") !== 1) return false;
  return !/[^\p{L}\p{N}\s'’]/u.test(text.slice(tokens[last]!.end, tokens[at]!.start));
}

/** "nana wont get up", "mi hijo no ha regresado"; not "my mom does not have a radio". */
export function fearsForSomebody(tokens: readonly Token[]): boolean {
  let cannot = false;
  for (let at = 0; at < tokens.length && !cannot; at++) {
    const calm = longestAt(tokens, at, CALM, "exact");
    if (calm > 0) at += calm - 1;
    else cannot = longestAt(tokens, at, CANNOT, "exact") > 0;
  }
  return cannot && tokens.some((_, at) => longestAt(tokens, at, KIN, "exact") > 0);
}
