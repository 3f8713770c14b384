// The second carrier: a message inside an ordinary text, for meshes whose routers relay only core ports
// (meshtastic-facts §0.8). Every handheld shows and beeps at it, so it goes only into direct messages and on channels
// declared for machines; carriers.ts decides.
//
// Two characters name the form in place of the marker: "~m" bare, "~k" group MAC, "~s" signed. Behind them each block of
// 9 bytes is 11 of the 94 printable ASCII characters without space (94^11 > 2^72), both as big-endian numbers; a last
// block of 1…8 bytes takes 2, 3, 4, 5, 7, 8, 9, 10 characters. No space that an app could trim, no control character.
// 1.222 characters a byte, and from 80 bytes up at most 1.25 with the prefix.

import { parsed, refused, type Parsed } from "#base/parsed.ts";
import { KEYED, SIGNED } from "./envelope.ts";
import { BARE } from "./message.ts";
import type { Refusal } from "./refusals.ts";
import { MAX_MESSAGE_BYTES } from "./scanner.ts";

const PREFIX_OF_MARKER: ReadonlyMap<number, string> = new Map([
  [BARE, "~m"],
  [KEYED, "~k"],
  [SIGNED, "~s"],
]);
const MARKER_OF_PREFIX: ReadonlyMap<string, number> = new Map([...PREFIX_OF_MARKER].map(([m, p]) => [p, m]));

const PREFIX_LENGTH = 2;
const BASE = 94;
const FIRST = 0x21; // "!"
const BLOCK_BYTES = 9;
const BLOCK_CHARACTERS = 11;
/** Characters for a block of so many bytes. */
const CHARACTERS = [0, 2, 3, 4, 5, 7, 8, 9, 10, 11] as const;
const BYTES = new Map<number, number>(CHARACTERS.map((characters, bytes) => [characters, bytes]));

/** How many characters `armour` makes of a message of `bytes` bytes, marker included. */
export function armouredLength(bytes: number): number {
  const body = bytes - 1;
  return PREFIX_LENGTH + Math.floor(body / BLOCK_BYTES) * BLOCK_CHARACTERS + CHARACTERS[body % BLOCK_BYTES]!;
}

/** The largest message, marker included, whose armour fits `characters`. */
export function largestArmoured(characters: number): number {
  let bytes = 1;
  while (armouredLength(bytes + 1) <= characters) bytes++;
  return bytes;
}

/** Divides the big-endian number in `digits` (base `from`, from `at` on) by `to`; the remainder. */
function divide(digits: Uint8Array, at: number, from: number, to: number): number {
  let remainder = 0;
  for (let i = at; i < digits.length; i++) {
    const value = remainder * from + digits[i]!;
    digits[i] = Math.floor(value / to);
    remainder = value % to;
  }
  return remainder;
}

/** A message of ours, marker first, as text. */
export function armour(message: Uint8Array): string {
  const characters = new Uint8Array(armouredLength(message.length) - PREFIX_LENGTH);
  let out = 0;
  for (let at = 1; at < message.length; at += BLOCK_BYTES) {
    const block = message.slice(at, at + BLOCK_BYTES);
    const size = CHARACTERS[block.length]!;
    for (let i = size - 1; i >= 0; i--) characters[out + i] = FIRST + divide(block, 0, 256, BASE);
    out += size;
  }
  return PREFIX_OF_MARKER.get(message[0]!)! + Buffer.from(characters).toString("latin1");
}

/** True when a text claims to be a message of ours; only strict decoding decides whether it is. */
export function looksArmoured(text: string): boolean {
  return MARKER_OF_PREFIX.has(text.slice(0, PREFIX_LENGTH));
}

/** The message in a text, marker first. The refusal's `at` counts characters. */
export function dearmour(text: string): Parsed<Uint8Array, Refusal> {
  const marker = MARKER_OF_PREFIX.get(text.slice(0, PREFIX_LENGTH));
  if (marker === undefined) return refused({ reason: "marker", at: 0 });
  if (text.length > 2 * MAX_MESSAGE_BYTES) return refused({ reason: "too-long", at: 0 });
  const length = text.length - PREFIX_LENGTH;
  const lastBytes = BYTES.get(length % BLOCK_CHARACTERS);
  if (lastBytes === undefined) return refused({ reason: "armour", at: text.length });
  const message = new Uint8Array(1 + Math.floor(length / BLOCK_CHARACTERS) * BLOCK_BYTES + lastBytes);
  message[0] = marker;
  let out = 1;
  for (let at = PREFIX_LENGTH; at < text.length; at += BLOCK_CHARACTERS) {
    const block = Uint8Array.from(text.slice(at, at + BLOCK_CHARACTERS), (c) => c.charCodeAt(0) - FIRST);
    for (let i = 0; i < block.length; i++) {
      const code = text.charCodeAt(at + i) - FIRST;
      if (code < 0 || code >= BASE) return refused({ reason: "armour", at: at + i });
    }
    const size = BYTES.get(block.length)!;
    for (let i = size - 1; i >= 0; i--) message[out + i] = divide(block, 0, BASE, 256);
    // What is left over would not have fitted the bytes: a second spelling of other bytes.
    if (block.some((digit) => digit !== 0)) return refused({ reason: "armour", at });
    out += size;
  }
  return parsed(message);
}
