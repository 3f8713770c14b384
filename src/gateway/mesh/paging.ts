// Long answers of the gateway, one packet at a time: the first is said, and whoever wants the rest says "more". A second packet
// that nobody asked for is the one that gets lost (field.md §2 row 3), and costs everybody air.

import { utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { setPages, takePages } from "#store/air.ts";
import { inquiriesOf } from "#wire/grammar/inquiry.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";
import { tellMesh } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";

const KEPT: Millis = 60 * 60_000;

/** By the word that asks for the rest: the language in which it goes on. */
const MORE: Readonly<Record<string, string>> = { more: "en", mas: "es", más: "es" };

function languageOfMore(text: string): string | undefined {
  const word = /^[!/]?(\p{L}+)[.!?]*$/u.exec(text.trim())?.[1]?.toLowerCase().normalize("NFC") ?? "";
  return Object.hasOwn(MORE, word) ? MORE[word] : undefined;
}

export function isMore(text: string): boolean {
  return languageOfMore(text) !== undefined;
}

/** Says the beginning of `text` to a node and keeps the rest for when it asks. */
export function answerInPages(turn: Turn, node: number, text: string, inbox: number, language = "en"): void {
  const { page, rest } = firstPage(text, language);
  if (rest !== "") setPages(turn.store, node, rest, turn.now);
  tellMesh(turn, {
    class: "information",
    to: node,
    text: page,
    inbox,
  });
}

/** The next page for a node that asked for it with this text. */
export function nextPage(turn: Turn, node: number, text: string, inbox: number): void {
  const language = languageOfMore(text) ?? "en";
  const rest = takePages(turn.store, node, turn.now - KEPT);
  answerInPages(turn, node, rest ?? inquiriesOf(language).noMore, inbox, language);
}

/** At most a packet that firmware 2.8 signs: whole lines if they fit, else whole words, else letters. */
export function firstPage(text: string, language = "en"): { page: string; rest: string } {
  if (utf8Length(text) <= MAX_SIGNED_TEXT) return { page: text, rest: "" };
  const { more } = inquiriesOf(language);
  const most = MAX_SIGNED_TEXT - utf8Length(more);
  let end = 0;
  let bytes = 0;
  for (const letter of text) {
    bytes += utf8Length(letter);
    if (bytes > most) break;
    end += letter.length;
  }
  const head = text.slice(0, end + 1);
  const cut = Math.max(head.lastIndexOf("\n"), 0) || Math.max(head.lastIndexOf(" "), 0) || end;
  return { page: text.slice(0, cut).trimEnd() + more, rest: text.slice(cut).trimStart() };
}
