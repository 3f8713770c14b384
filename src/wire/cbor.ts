// The only door to cbor-x. What goes in to be decoded has passed the scanner; what goes in to be encoded consists of
// nothing but `CborItem`s that the schema layer has checked, because by itself cbor-x writes integers above 2^32 as
// floats and lone surrogates as invalid UTF-8 (wire-facts §6 traps 4 and 5).

import { Encoder } from "cbor-x";

import { MAX_MESSAGE_BYTES } from "./scanner.ts";

/** Everything that a field may turn into: integers within 32 bits, well-formed text, bytes, true, null. */
export type CborItem = number | string | Uint8Array | boolean | null;

// From cbor-x's encode.js: hand out the internal buffer instead of a view on it, and begin there again next time.
const REUSE_BUFFER_MODE = 512;
const RESET_BUFFER_MODE = 1024;

interface RawCodec {
  encode(value: readonly CborItem[], mode: number): Uint8Array & { start: number; end: number };
  decode(source: Uint8Array, end: number): unknown;
}

// Maps are read as Maps, because keys 1 and "1" would collide in an object; we never write one (growth is kept raw).
// Without `tagUint8Array: false` byte strings would be written with a tag.
const codec = new Encoder({ mapsAsObjects: false, useRecords: false, tagUint8Array: false }) as unknown as RawCodec;

// cbor-x caches a DataView on the array it reads from; one array of our own means one DataView, and none on the caller's.
const scratch = new Uint8Array(MAX_MESSAGE_BYTES);

/**
 * The items of a scanned array. `from` and `to` bound exactly one array that the scanner accepted.
 * Byte strings among the items are views that are overwritten by the next call: copy what is kept.
 */
export function decodeItems(bytes: Uint8Array, from: number, to: number): readonly unknown[] {
  if (to - from < 64) for (let i = from; i < to; i++) scratch[i - from] = bytes[i]!;
  else scratch.set(bytes.subarray(from, to));
  return codec.decode(scratch, to - from) as readonly unknown[];
}

/**
 * `first` (a byte of ours, if not negative), then the items as an array whose head announces `extra` more items, then `tail`,
 * which holds those. There are at most 23 items in all, so that the head is one byte.
 */
export function encodeItems(first: number, items: readonly CborItem[], extra: number, tail: Uint8Array): Uint8Array {
  const buffer = codec.encode(items, REUSE_BUFFER_MODE | RESET_BUFFER_MODE);
  const { start, end } = buffer;
  const lead = first < 0 ? 0 : 1;
  const whole = new Uint8Array(lead + end - start + tail.length);
  if (lead === 1) whole[0] = first;
  if (end - start < 64) for (let i = start; i < end; i++) whole[lead + i - start] = buffer[i]!;
  else whole.set(buffer.subarray(start, end), lead);
  whole[lead]! += extra;
  if (tail.length > 0) whole.set(tail, lead + end - start);
  return whole;
}
