// Typed text on its way from one side to the other: prefixes, byte limits, and what must not pass as more than text.
//
// Names and texts from the mesh are written by anyone with the channel's key. In Matrix they must stay inert: no control
// or bidirectional characters that make a line read differently from its bytes, no @room or user mention, no link that a
// client draws as a pill. Everything goes out as plain text (no formatted_body), so HTML is never markup.

import { utf8Length } from "#base/bytes.ts";
import { firstLetters } from "#base/text.ts";
import { MAX_TEXT_BROADCAST, MAX_TEXT_DIRECT, REPLY_ID_BYTES } from "./limits.ts";

/** Control characters but tab and newline; bidi marks, embeddings, isolates; invisible joiners, tags, and line separators. */
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** A text or name from the mesh, made inert for Matrix. Lone surrogates become U+FFFD; "@room" and user ids get a full-width "＠". */
export function defuse(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(HIDDEN, "")
    .replaceAll(/@(?=room\b)/gi, "＠")
    .replaceAll(/@(?=[^\s:]+:\S)/g, "＠")
    .replaceAll(/matrix\.to/gi, "matrix․to")
    .replaceAll(/matrix:(?=\S)/gi, "matrix\uA789");
}

/** A name from the mesh on one line, defused, at most `most` letters. */
export function defuseName(name: string, most = 40): string {
  const line = defuse(name)
    .replaceAll(/[\t\n]+/g, " ")
    .trim();
  // Cutting can lay bare what was harmless: "@roommate" ends as "@room".
  return defuse(firstLetters(line, most));
}

/**
 * Fills a prefix: `{long}`, `{display5}` (the first five characters) … An unknown variable is left as it is written.
 * Variables and their cut-off number are mmrelay's.
 */
export function formatPrefix(format: string, values: Readonly<Record<string, string>>): string {
  return format.replaceAll(/\{([a-z]+)(\d*)\}/g, (whole, name: string, count: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return count === "" ? value : firstLetters(value, Number(count));
  });
}

/** Text on its way to the mesh: valid UTF-8, no control character (a bell would ring every handheld), one trailing space less. */
export function cleanForMesh(text: string): string {
  return text.toWellFormed().replaceAll(HIDDEN, "").trim();
}

export interface TextLimit {
  /** Bytes of text that a writer has. */
  readonly limit: number;
  readonly bytes: number;
}

/** What a writer may say: 232 (channel) or 220 (direct) bytes − prefix − 5 when it is a reply (contract.md). */
export function textLimit(text: string, options: { direct: boolean; prefix: string; reply: boolean }): TextLimit {
  const whole = options.direct ? MAX_TEXT_DIRECT : MAX_TEXT_BROADCAST;
  return {
    limit: whole - utf8Length(options.prefix) - (options.reply ? REPLY_ID_BYTES : 0),
    bytes: utf8Length(text),
  };
}
