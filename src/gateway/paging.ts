// Long answers of the gateway, one packet at a time: the first is said, and whoever wants the rest says "more". A second packet
// that nobody asked for is the one that gets lost (field.md §2 row 3), and costs everybody air.

import { utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { setPages, takePages } from "#store/air.ts";
import { sayToMesh } from "./say.ts";
import type { Turn } from "./turn.ts";
import { WORDS } from "./words.ts";

/** What apps show and let people answer to (field.md §2 row 15). */
const PAGE_BYTES = 200;
const KEPT: Millis = 60 * 60_000;

export function isMore(text: string): boolean {
  return /^[!/]?more[.!?]*$/i.test(text.trim());
}

/** Says the beginning of `text` to a node and keeps the rest for when it asks. */
export function answerInPages(turn: Turn, node: number, text: string, inbox: number): void {
  const { page, rest } = firstPage(text);
  if (rest !== "") setPages(turn.store, node, rest, turn.now);
  sayToMesh(turn, {
    class: "information",
    direction: "gateway-to-mesh",
    origin: "gateway",
    to: node,
    channel: 0,
    text: page,
    wantAck: true,
    inbox,
  });
}

/** The next page for a node that asked for it. */
export function nextPage(turn: Turn, node: number, inbox: number): void {
  answerInPages(turn, node, takePages(turn.store, node, turn.now - KEPT) ?? WORDS.noMore, inbox);
}

/** Whole lines if they fit, else whole words, else letters. */
export function firstPage(text: string): { page: string; rest: string } {
  if (utf8Length(text) <= PAGE_BYTES) return { page: text, rest: "" };
  const most = PAGE_BYTES - utf8Length(WORDS.more);
  let end = 0;
  let bytes = 0;
  for (const letter of text) {
    bytes += utf8Length(letter);
    if (bytes > most) break;
    end += letter.length;
  }
  const head = text.slice(0, end + 1);
  const cut = Math.max(head.lastIndexOf("\n"), 0) || Math.max(head.lastIndexOf(" "), 0) || end;
  return { page: text.slice(0, cut).trimEnd() + WORDS.more, rest: text.slice(cut).trimStart() };
}
