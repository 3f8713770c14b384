// Asking for what the neighbourhood knows: procedures, shared services, what was missed, the calendar. Only what is said to the
// gateway itself is an inquiry.

import type { Inquiries, Inquiry } from "./language.ts";
import { INQUIRY_KINDS } from "./language.ts";
import { languageOf } from "./languages.ts";
import { plain, type Meaning, type Said } from "./said.ts";
import { longestAt, phrase } from "./words.ts";

/** These stand alone; the others may say what about. */
const ALONE: ReadonlySet<Inquiry> = new Set(["services", "messages", "inbox", "calendar"]);

/** More words than anybody looks something up by: that is a sentence to people. */
const MOST_WORDS = 8;

const phrasesOf = new Map<readonly string[], readonly (readonly string[])[]>();

function phrases(words: readonly string[]): readonly (readonly string[])[] {
  let known = phrasesOf.get(words);
  if (!known) phrasesOf.set(words, (known = words.map(phrase)));
  return known;
}

export function inquiry({ text, tokens, lexicon, addressed }: Said): Meaning | undefined {
  if (!addressed || tokens.length === 0 || tokens.length > MOST_WORDS) return undefined;
  for (const kind of INQUIRY_KINDS) {
    const length = longestAt(tokens, 0, phrases(lexicon.language.inquiries.words[kind]), "strict");
    if (length === 0) continue;
    const rest = tokens.slice(length);
    if (rest.length === 0) return plain(kind);
    if (ALONE.has(kind)) continue;
    const note = text.slice(rest[0]!.start).replace(/[?¿!.\s]+$/, "");
    if (kind === "info") return plain(kind, { note });
    if (rest.length === 1 && /^t\d{1,6}$/.test(rest[0]!.word)) return plain(kind, { reference: rest[0]!.word });
  }
  return undefined;
}

export function inquiriesOf(language: string): Inquiries {
  return languageOf(language).inquiries;
}
