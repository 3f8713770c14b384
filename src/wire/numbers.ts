// How numbers are written.
//
// Folding: CBOR gives one byte to the 48 integers −24…23, and most numbers of a street (households, people, references,
// minutes, codes of things) are below 48. So numbers are folded onto the integers: 0, 1, 2, 3 … are written as
// 0, −1, 1, −2 …: even n as n/2, odd n as −(n+1)/2. Enumerations are not folded.
//
// Runs: an ascending list without repeats is written as one byte string of gaps: the first number, then each difference
// less one, in base 128, low group first, high bit set on all but the last byte. A list of one is written as the number.

import { KIND, RANGE, SPELLING, type Wrong } from "./wrong.ts";

/** 0 … 2^32 − 1 onto −2^31 … 2^31 − 1. */
export function fold(n: number): number {
  return (n & 1) === 0 ? n / 2 : -((n + 1) / 2);
}

/** The inverse of `fold`. */
export function unfold(i: number): number {
  return i >= 0 ? i * 2 : -2 * i - 1;
}

/** True for integers from 0 to `max`. */
export function isNatural(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max && !Object.is(value, -0);
}

/** Appends `n` (below 2^32) in base 128. */
export function pushVarint(out: number[], n: number): void {
  let rest = n;
  while (rest >= 128) {
    out.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}

/** A place in a byte string that is being read; `at` moves on. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** The next number in base 128, at most `max`. A last group of zero would be a second spelling. */
export function readVarint(cursor: Cursor, max: number): number | Wrong {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) return KIND;
    value += (byte & 127) * scale;
    if (byte >= 128) continue;
    if (byte === 0 && scale > 1) return SPELLING;
    return value <= max ? value : RANGE;
  }
  return RANGE;
}

/**
 * An ascending list without repeats as gaps. A Buffer, whose memory is outside the heap: cbor-x asks a byte string for its
 * `buffer`, and for a small array on the heap that alone takes longer than the rest of a message.
 */
export function packRun(numbers: readonly number[]): Uint8Array {
  const out: number[] = [];
  let previous = -1;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    pushVarint(out, number - previous - 1);
    previous = number;
  }
  return Buffer.from(out);
}

/** The inverse of `packRun`; no number above `max`. */
export function unpackRun(cursor: Cursor, max: number): number[] | Wrong {
  const numbers: number[] = [];
  let previous = -1;
  while (cursor.at < cursor.bytes.length) {
    const gap = readVarint(cursor, max);
    if (typeof gap === "symbol") return gap;
    previous += gap + 1;
    if (previous > max) return RANGE;
    numbers.push(previous);
  }
  return numbers;
}
