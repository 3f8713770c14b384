// Households on the wire. "14" is the number 14; "16a" has a letter.
//
// Alone: a number without a letter is folded like any other (14 → 7); with a letter it is a text. Streets with letters
// pay one byte more, streets without pay nothing.
// In lists: per household one base-128 number, (gap of the numbers) × 2, plus 1 if a letter byte (1 = a … 26 = z) follows.
// The gap is from the number of the household before, so that "16", "16a", "16b" have gap 0. A list of one is written alone.

import { STATUSES, type House, type HouseholdEntry } from "#domain/wire-words.ts";
import type { CborItem } from "./cbor.ts";
import { fold, pushVarint, readVarint, unfold, type Cursor } from "./numbers.ts";
import { KIND, RANGE, SPELLING, type Wrong } from "./wrong.ts";

export const MAX_HOUSE = 9999;
/** Households that one list may name; a longer list goes as several messages. */
export const MAX_LISTED = 128;
/** People of one household in a captain's list; more are reported by a check-in of their own. */
export const MAX_LISTED_PEOPLE = 30;

const ZERO = "0".charCodeAt(0);
const A = "a".charCodeAt(0);
const PEOPLE_NOT_SAID = 31;

interface Parts {
  readonly number: number;
  /** 0: none, 1 = a … 26 = z. */
  readonly letter: number;
}

/** [1-9][0-9]{0,3}[a-z]? by hand: a regular expression takes longer than all else about a check-in. */
function partsOf(house: House): Parts | undefined {
  let number = 0;
  let digits = 0;
  while (digits < house.length && digits < 4) {
    const digit = house.charCodeAt(digits) - ZERO;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
    digits++;
  }
  if (digits === 0 || house.charCodeAt(0) === ZERO || house.length > digits + 1) return undefined;
  const letter = house.length === digits ? 0 : house.charCodeAt(digits) - A + 1;
  return house.length > digits && (letter < 1 || letter > 26) ? undefined : { number, letter };
}

function houseOf(number: number, letter: number): House {
  return letter === 0 ? String(number) : `${number}${String.fromCharCode(A + letter - 1)}`;
}

/** Below zero, zero or above, as `a` comes before, is, or comes after `b` in lists. Both must be households. */
export function compareHouses(a: House, b: House): number {
  const one = partsOf(a)!;
  const other = partsOf(b)!;
  return one.number - other.number || one.letter - other.letter;
}

export function isHouse(value: unknown): value is House {
  return typeof value === "string" && partsOf(value) !== undefined;
}

export function houseToItem(value: unknown): CborItem | Wrong {
  if (typeof value !== "string") return KIND;
  const parts = partsOf(value);
  if (!parts) return RANGE;
  return parts.letter === 0 ? fold(parts.number) : value;
}

export function houseFromItem(item: unknown): House | Wrong {
  if (typeof item === "number") {
    const number = unfold(item);
    return number >= 1 && number <= MAX_HOUSE ? String(number) : RANGE;
  }
  if (typeof item !== "string") return KIND;
  const parts = partsOf(item);
  if (!parts) return RANGE;
  return parts.letter === 0 ? SPELLING : item;
}

function pushHouse(out: number[], parts: Parts, before: number): void {
  pushVarint(out, (parts.number - before) * 2 + (parts.letter === 0 ? 0 : 1));
  if (parts.letter !== 0) out.push(parts.letter);
}

function readHouse(cursor: Cursor, before: Parts): Parts | Wrong {
  const head = readVarint(cursor, MAX_HOUSE * 2 + 1);
  if (typeof head === "symbol") return head;
  const number = before.number + Math.floor(head / 2);
  const letter = head % 2 === 0 ? 0 : cursor.bytes[cursor.at++];
  if (letter === undefined) return KIND;
  if (number > MAX_HOUSE || number === 0 || letter > 26 || (head % 2 === 1 && letter === 0)) return RANGE;
  const ascends = number > before.number || letter > before.letter;
  return ascends ? { number, letter } : SPELLING;
}

const NOBODY_YET: Parts = { number: 0, letter: 0 };

export function housesToItem(value: unknown): CborItem | Wrong {
  if (!Array.isArray(value)) return KIND;
  if (value.length === 0 || value.length > MAX_LISTED) return RANGE;
  if (value.length === 1) return houseToItem(value[0]);
  const out: number[] = [];
  let before = NOBODY_YET;
  for (const house of value) {
    const parts = isHouse(house) ? partsOf(house) : undefined;
    if (!parts) return RANGE;
    if (parts.number < before.number || (parts.number === before.number && parts.letter <= before.letter))
      return SPELLING;
    pushHouse(out, parts, before.number);
    before = parts;
  }
  return Buffer.from(out);
}

export function housesFromItem(item: unknown): readonly House[] | Wrong {
  if (!(item instanceof Uint8Array)) {
    const house = houseFromItem(item);
    return typeof house === "symbol" ? house : [house];
  }
  const houses: House[] = [];
  const cursor = { bytes: item, at: 0 };
  let before = NOBODY_YET;
  while (cursor.at < item.length) {
    if (houses.length === MAX_LISTED) return RANGE;
    const parts = readHouse(cursor, before);
    if (typeof parts === "symbol") return parts;
    houses.push(houseOf(parts.number, parts.letter));
    before = parts;
  }
  return houses.length >= 2 ? houses : SPELLING;
}

/** A captain's list: each household as above, then one byte, status × 32 + people (31: not said). */
export function entriesToItem(value: unknown): CborItem | Wrong {
  if (!Array.isArray(value)) return KIND;
  if (value.length === 0 || value.length > MAX_LISTED) return RANGE;
  const out: number[] = [];
  let before = NOBODY_YET;
  for (const entry of value as readonly Partial<HouseholdEntry>[]) {
    if (typeof entry !== "object" || entry === null) return KIND;
    const parts = isHouse(entry.household) ? partsOf(entry.household) : undefined;
    const status = STATUSES.indexOf(entry.status!);
    const people = entry.people ?? PEOPLE_NOT_SAID;
    if (!parts || status < 0 || !Number.isInteger(people) || people < 0) return RANGE;
    if (entry.people !== undefined && people > MAX_LISTED_PEOPLE) return RANGE;
    if (parts.number < before.number || (parts.number === before.number && parts.letter <= before.letter))
      return SPELLING;
    pushHouse(out, parts, before.number);
    out.push(status * 32 + people);
    before = parts;
  }
  return Buffer.from(out);
}

export function entriesFromItem(item: unknown): readonly HouseholdEntry[] | Wrong {
  if (!(item instanceof Uint8Array)) return KIND;
  const entries: HouseholdEntry[] = [];
  const cursor = { bytes: item, at: 0 };
  let before = NOBODY_YET;
  while (cursor.at < item.length) {
    if (entries.length === MAX_LISTED) return RANGE;
    const parts = readHouse(cursor, before);
    if (typeof parts === "symbol") return parts;
    const byte = item[cursor.at++];
    if (byte === undefined) return KIND;
    const status = STATUSES[byte >> 5];
    if (status === undefined) return RANGE;
    const people = byte & 31;
    const household = houseOf(parts.number, parts.letter);
    entries.push(people === PEOPLE_NOT_SAID ? { household, status } : { household, status, people });
    before = parts;
  }
  return entries.length > 0 ? entries : RANGE;
}
