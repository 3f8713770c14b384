// The words of mutual aid by radio: filled in, and shortened until one packet holds them that firmware 2.8 still signs.

import { firstLetters } from "#base/text.ts";
import type { AidReplies } from "./language.ts";
import { fill, fits as fitsPlain, repliesOf } from "./reply.ts";

export type AidValues = Readonly<Record<string, string | number>>;

/** Values that may be shortened, the first first: nobody needs the whole of a name. */
const SHORTENED = ["name", "what", "address", "list"] as const;
const LENGTHS = [60, 32, 16, 8] as const;

/** A drill puts its word in front. */
const MARK = "EXERCISE: ";
const fits = (words: string): boolean => fitsPlain(`${MARK}${words}`);

export function aidWords(key: keyof AidReplies, language: string, values: AidValues): string {
  const template = repliesOf(language).aid[key];
  let words = fill(template, values);
  if (fits(words)) return words;
  const short: Record<string, string | number> = { ...values };
  for (const length of LENGTHS)
    for (const name of SHORTENED) {
      if (typeof short[name] === "string") short[name] = firstLetters(short[name], length);
      words = fill(template, short);
      if (fits(words)) return words;
    }
  return words;
}
