// The digest's set: which places of a roster have been heard from, as the smallest of three forms.
//
// One byte string. It begins with a base-128 number, (households of the roster) × 4 + form:
//   0 bitmap   one bit per place, place 0 is the highest bit of the first byte, padding bits are zero
//   1 heard    a run (numbers.ts) of the places heard
//   2 missing  a run of the places not heard
// Exactly one form is right for a set: the shortest, and of equally short ones the one with the smaller number.
//
// The danger is a digest read against another roster: it would mark the wrong house safe (wire-facts §6 trap 1).
// So the digest carries the roster's revision, a fingerprint and not a count of changes, because two gateways that each
// changed their roster once have equal counts; and the number of households, as a second check.

import { createHash } from "node:crypto";

import type { HeardSet, House } from "#domain/wire-words.ts";
import type { CborItem } from "./cbor.ts";
import { isNatural, packRun, pushVarint, readVarint, unpackRun } from "./numbers.ts";
import { KIND, RANGE, SPELLING, type Wrong } from "./wrong.ts";

/** Households of one roster. */
export const MAX_ROSTER = 1024;

const BITMAP = 0;
const HEARD = 1;
const MISSING = 2;

function bitmapOf(set: HeardSet): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(set.of / 8));
  for (const place of set.heard) bitmap[place >> 3]! |= 0x80 >> (place & 7);
  return bitmap;
}

function missingOf(of: number, heard: readonly number[]): number[] {
  const present = new Set(heard);
  return Array.from({ length: of }, (_, place) => place).filter((place) => !present.has(place));
}

/** The canonical bytes of a set whose places are known to be ascending and below `of`. */
function pack(set: HeardSet): Uint8Array {
  const forms = [bitmapOf(set), packRun(set.heard), packRun(missingOf(set.of, set.heard))];
  let form = BITMAP;
  if (forms[HEARD]!.length < forms[form]!.length) form = HEARD;
  if (forms[MISSING]!.length < forms[form]!.length) form = MISSING;
  const head: number[] = [];
  pushVarint(head, set.of * 4 + form);
  return Buffer.from([...head, ...forms[form]!]);
}

function isSet(value: unknown): value is HeardSet {
  if (typeof value !== "object" || value === null) return false;
  const { of, heard } = value as Partial<HeardSet>;
  if (!isNatural(of, MAX_ROSTER) || of === 0 || !Array.isArray(heard)) return false;
  return heard.every((place, index) => isNatural(place, of - 1) && (index === 0 || place > heard[index - 1]!));
}

export function heardToItem(value: unknown): CborItem | Wrong {
  return isSet(value) ? pack(value) : RANGE;
}

export function heardFromItem(item: unknown): HeardSet | Wrong {
  if (!(item instanceof Uint8Array)) return KIND;
  const cursor = { bytes: item, at: 0 };
  const head = readVarint(cursor, MAX_ROSTER * 4 + 3);
  if (typeof head === "symbol") return head;
  const of = Math.floor(head / 4);
  const form = head % 4;
  if (of === 0 || form > MISSING) return RANGE;
  let heard: number[] = [];
  if (form === BITMAP) {
    const bitmap = item.subarray(cursor.at);
    if (bitmap.length !== Math.ceil(of / 8)) return KIND;
    for (let place = 0; place < of; place++) if (bitmap[place >> 3]! & (0x80 >> (place & 7))) heard.push(place);
  } else {
    const run = unpackRun(cursor, of - 1);
    if (typeof run === "symbol") return run;
    heard = form === HEARD ? run : missingOf(of, run);
  }
  const set = { of, heard };
  // Set padding bits, a longer form, the wrong one of two equal forms: all are another spelling of this set.
  return Buffer.compare(pack(set), item) === 0 ? set : SPELLING;
}

/**
 * The 16-bit revision of a roster: the first two bytes of the SHA-256 of its households in the order of their places,
 * each followed by a line feed.
 */
export function rosterRevision(roster: readonly House[]): number {
  const hash = createHash("sha256");
  for (const house of roster) hash.update(`${house}\n`);
  return hash.digest().readUInt16BE(0);
}

/** The households that a digest names as heard; undefined when it was made for another roster, and nothing may be marked. */
export function heardHouses(
  digest: { readonly revision: number; readonly households: HeardSet },
  roster: readonly House[],
): readonly House[] | undefined {
  if (digest.households.of !== roster.length || digest.revision !== rosterRevision(roster)) return undefined;
  return digest.households.heard.map((place) => roster[place]!);
}
