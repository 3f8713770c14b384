// The kinds of field that messages are made of. Each turns a value into one CBOR item and back, and knows every second
// spelling of its own that the scanner cannot see.

import type { House, HouseholdEntry, HeardSet } from "#domain/wire-words.ts";
import type { CborItem } from "./cbor.ts";
import { heardFromItem, heardToItem } from "./heard.ts";
import { entriesFromItem, entriesToItem, houseFromItem, housesFromItem, housesToItem, houseToItem } from "./houses.ts";
import { fold, isNatural, packRun, unfold, unpackRun } from "./numbers.ts";
import { KIND, RANGE, SPELLING, type Wrong } from "./wrong.ts";

export interface Field<T> {
  /** What it holds, in words, with its bounds. */
  readonly holds: string;
  /** The item for a value; total over anything, because values also come from JSON that people typed. */
  readonly toItem: (value: unknown) => CborItem | Wrong;
  /** The value of an item that cbor-x built from scanned bytes; the result shares no memory with the item. */
  readonly fromItem: (item: unknown) => T | Wrong;
}

/** A number from 0 to `max`, folded. */
export function number(max: number): Field<number> {
  return {
    holds: `a number from 0 to ${max}`,
    toItem: (value) => (isNatural(value, max) ? fold(value) : typeof value === "number" ? RANGE : KIND),
    fromItem: (item) => {
      if (typeof item !== "number") return KIND;
      const value = unfold(item);
      return value <= max ? value : RANGE;
    },
  };
}

/** One of a closed list of words, written as its place in the list. */
export function word<W extends string>(words: readonly W[]): Field<W> {
  const codes = new Map<unknown, number>(words.map((word, code) => [word, code]));
  return {
    holds: `one of ${words.join(", ")}`,
    toItem: (value) => codes.get(value) ?? RANGE,
    fromItem: (item) => (typeof item === "number" ? (words[item] ?? RANGE) : KIND),
  };
}

/** Present or absent; written as true. False is the same as absent and is not written. */
export function flag(): Field<true> {
  return {
    holds: "true, or absent",
    toItem: (value) => (value === true ? true : RANGE),
    fromItem: (item) => (item === true ? true : item === false ? SPELLING : KIND),
  };
}

// cbor-x silently drops a leading one from longer text, so it would come back as other bytes; the scanner refuses it too.
const BYTE_ORDER_MARK = "\u{feff}";

/** Text of 1 to `max` bytes of UTF-8. Empty text is the same as absent and is not written. */
export function text(max: number): Field<string> {
  return {
    holds: `text of 1 to ${max} bytes`,
    toItem: (value) => {
      if (typeof value !== "string") return KIND;
      if (value.length === 0 || !value.isWellFormed() || value.startsWith(BYTE_ORDER_MARK)) return RANGE;
      return value.length * 3 <= max || Buffer.byteLength(value) <= max ? value : RANGE;
    },
    fromItem: (item) => {
      if (typeof item !== "string") return KIND;
      if (item.length === 0) return SPELLING;
      return item.length * 3 <= max || Buffer.byteLength(item) <= max ? item : RANGE;
    },
  };
}

/** Text that matches a pattern (anchored, ASCII only). */
export function token(pattern: RegExp, holds: string): Field<string> {
  return {
    holds,
    toItem: (value) => (typeof value === "string" ? (pattern.test(value) ? value : RANGE) : KIND),
    fromItem: (item) => (typeof item === "string" ? (pattern.test(item) ? item : RANGE) : KIND),
  };
}

/** An ascending list without repeats of 1 to `length` numbers up to `max`: one is written as a number, more as a run. */
export function numbers(max: number, length: number): Field<readonly number[]> {
  const one = number(max);
  return {
    holds: `1 to ${length} ascending numbers from 0 to ${max}`,
    toItem: (value) => {
      if (!Array.isArray(value)) return KIND;
      if (value.length === 0 || value.length > length) return RANGE;
      let previous = -1;
      for (let i = 0; i < value.length; i++) {
        const entry: unknown = value[i];
        if (!isNatural(entry, max)) return RANGE;
        if (entry <= previous) return SPELLING;
        previous = entry;
      }
      return value.length === 1 ? one.toItem(value[0]) : packRun(value);
    },
    fromItem: (item) => {
      if (!(item instanceof Uint8Array)) {
        const single = one.fromItem(item);
        return typeof single === "symbol" ? single : [single];
      }
      if (item.length > length * 5) return RANGE;
      const list = unpackRun({ bytes: item, at: 0 }, max);
      if (typeof list === "symbol") return list;
      return list.length < 2 ? SPELLING : list.length > length ? RANGE : list;
    },
  };
}

/** A byte string of `min` to `max` bytes. */
export function bytes(min: number, max: number): Field<Uint8Array> {
  const fits = (value: Uint8Array): boolean => value.length >= min && value.length <= max;
  return {
    holds: `${min} to ${max} bytes`,
    toItem: (value) => (value instanceof Uint8Array ? (fits(value) ? value : RANGE) : KIND),
    fromItem: (item) => (item instanceof Uint8Array ? (fits(item) ? new Uint8Array(item) : RANGE) : KIND),
  };
}

export const house: Field<House> = {
  holds: "a household: 1 to 9999, then at most one letter",
  toItem: houseToItem,
  fromItem: houseFromItem,
};

export const houses: Field<readonly House[]> = {
  holds: "1 to 128 ascending households",
  toItem: housesToItem,
  fromItem: housesFromItem,
};

export const entries: Field<readonly HouseholdEntry[]> = {
  holds: "1 to 128 ascending households, each with a status and perhaps people (0 to 30)",
  toItem: entriesToItem,
  fromItem: entriesFromItem,
};

export const heardSet: Field<HeardSet> = {
  holds: "the places heard from, of a roster of 1 to 1024 households",
  toItem: heardToItem,
  fromItem: heardFromItem,
};
