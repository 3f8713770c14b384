// The gate in front of cbor-x. It walks the structure without building anything and lets through exactly the
// deterministic subset of CBOR that we speak (RFC 8949 §4.2.1): integers of at most 32 bits, byte strings, text,
// arrays, maps with sorted unique keys, false, true, null. Everything else is refused with a reason and an offset.
//
// Invariant: bytes that pass can be given to cbor-x. By itself cbor-x accepts almost anything, and a packet of under
// 200 bytes can make it build 48.8 million elements through packed-CBOR tags (reliability-facts §0.2); here every tag
// is refused, and each announced item needs at least one byte that is really there.

import { isUtf8 } from "node:buffer";

import type { Reason } from "./refusals.ts";

/** The longest message, also when reassembled from fragments. Offsets below fit 16 bits because of it. */
export const MAX_MESSAGE_BYTES = 4096;
/** Arrays and maps inside one another; the message itself is the first. */
export const MAX_DEPTH = 8;
/** Items of one array, or pairs of one map. */
export const MAX_ITEMS = 256;

const PROTO = Buffer.from("__proto__");

const REASON_OF_CODE = [
  "too-long",
  "truncated",
  "reserved",
  "indefinite",
  "not-minimal",
  "integer-range",
  "tag",
  "float",
  "simple",
  "utf8",
  "byte-order-mark",
  "key-kind",
  "key-twice",
  "key-order",
  "proto-key",
  "depth",
  "too-many",
] as const satisfies readonly Reason[];
type ScanReason = (typeof REASON_OF_CODE)[number];
const CODE = Object.fromEntries(REASON_OF_CODE.map((reason, code) => [reason, code])) as Record<ScanReason, number>;

// A scan answers with one number, so that a million refusals a second allocate nothing:
// the offset after the item, or below zero the reason and the offset of what was wrong.
const refuse = (code: number, at: number): number => -1 - (code * 0x1_0000 + at);

/** The reason in a negative scan result. */
export function scanReason(result: number): Reason {
  return REASON_OF_CODE[(-1 - result) >>> 16]!;
}

/** The offset in a negative scan result. */
export function scanOffset(result: number): number {
  return (-1 - result) & 0xffff;
}

/**
 * Checks one CBOR item that begins at `at` and must end at or before `end`.
 * Returns the offset after it, or a negative number for `scanReason` and `scanOffset`. `end` is at most MAX_MESSAGE_BYTES.
 */
export function scanItem(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (end > MAX_MESSAGE_BYTES) return refuse(CODE["too-long"], 0);
  if (at >= end) return refuse(CODE.truncated, at);
  const head = bytes[at]!;
  if (head < 0x18) return at + 1;
  const major = head >> 5;
  if (major === 7) return scanSimple(head, at);
  if (major === 6) return refuse(CODE.tag, at);

  const info = head & 0x1f;
  let next = at + 1;
  let argument = info;
  if (info >= 24) {
    if (info > 27) return refuse(info === 31 && major >= 2 ? CODE.indefinite : CODE.reserved, at);
    if (info === 27) return refuse(CODE["integer-range"], at);
    const size = 1 << (info - 24);
    if (next + size > end) return refuse(CODE.truncated, at);
    argument = 0;
    for (let i = 0; i < size; i++) argument = argument * 256 + bytes[next + i]!;
    if (argument < (info === 24 ? 24 : info === 25 ? 0x100 : 0x1_0000)) return refuse(CODE["not-minimal"], at);
    next += size;
  }
  switch (major) {
    case 0:
      return next;
    case 1:
      // −1 − argument must be a 32-bit integer too.
      return argument > 0x7fff_ffff ? refuse(CODE["integer-range"], at) : next;
    case 2:
      return next + argument > end ? refuse(CODE.truncated, at) : next + argument;
    case 3:
      return scanText(bytes, at, next, next + argument, end);
    case 4:
      return scanArray(bytes, at, next, argument, end, depth);
    default:
      return scanMap(bytes, at, next, argument, end, depth);
  }
}

function scanSimple(head: number, at: number): number {
  if (head === 0xf4 || head === 0xf5 || head === 0xf6) return at + 1;
  if (head >= 0xf9 && head <= 0xfb) return refuse(CODE.float, at);
  if (head >= 0xfc && head <= 0xfe) return refuse(CODE.reserved, at);
  return refuse(head === 0xff ? CODE.indefinite : CODE.simple, at);
}

function scanText(bytes: Uint8Array, at: number, from: number, to: number, end: number): number {
  if (to > end) return refuse(CODE.truncated, at);
  // cbor-x drops a leading U+FEFF from text of more than a few bytes: two spellings of one value.
  if (bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf && from + 3 <= to) {
    return refuse(CODE["byte-order-mark"], at);
  }
  for (let i = from; i < to; i++) {
    if (bytes[i]! >= 0x80) return isUtf8(bytes.subarray(i, to)) ? to : refuse(CODE.utf8, at);
  }
  return to;
}

function scanArray(bytes: Uint8Array, at: number, from: number, count: number, end: number, depth: number): number {
  if (depth >= MAX_DEPTH) return refuse(CODE.depth, at);
  if (from + count > end) return refuse(CODE.truncated, at);
  if (count > MAX_ITEMS) return refuse(CODE["too-many"], at);
  let next = from;
  for (let i = 0; i < count; i++) {
    next = scanItem(bytes, next, end, depth + 1);
    if (next < 0) return next;
  }
  return next;
}

function scanMap(bytes: Uint8Array, at: number, from: number, count: number, end: number, depth: number): number {
  if (depth >= MAX_DEPTH) return refuse(CODE.depth, at);
  if (from + 2 * count > end) return refuse(CODE.truncated, at);
  if (count > MAX_ITEMS) return refuse(CODE["too-many"], at);
  let next = from;
  let previousAt = -1;
  let previousEnd = -1;
  for (let i = 0; i < count; i++) {
    const keyAt = next;
    const keyEnd = scanKey(bytes, keyAt, end, depth + 1);
    if (keyEnd < 0) return keyEnd;
    if (previousAt >= 0) {
      const order = compareKeys(bytes, previousAt, previousEnd, keyAt, keyEnd);
      if (order >= 0) return refuse(order === 0 ? CODE["key-twice"] : CODE["key-order"], keyAt);
    }
    next = scanItem(bytes, keyEnd, end, depth + 1);
    if (next < 0) return next;
    previousAt = keyAt;
    previousEnd = keyEnd;
  }
  return next;
}

function scanKey(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const next = scanItem(bytes, at, end, depth);
  if (next < 0) return next;
  const major = bytes[at]! >> 5;
  if (major > 1 && major !== 3) return refuse(CODE["key-kind"], at);
  if (major === 3 && next - at === PROTO.length + 1 && PROTO.equals(bytes.subarray(at + 1, next))) {
    return refuse(CODE["proto-key"], at);
  }
  return next;
}

/** RFC 8949 §4.2.1: bytewise lexicographic order of the encoded keys. */
function compareKeys(bytes: Uint8Array, aAt: number, aEnd: number, bAt: number, bEnd: number): number {
  const shared = Math.min(aEnd - aAt, bEnd - bAt);
  for (let i = 0; i < shared; i++) {
    const difference = bytes[aAt + i]! - bytes[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aAt - (bEnd - bAt);
}

/** The offset of item `index` in a run of items that have already been scanned, beginning at `at`. */
export function offsetOfItem(bytes: Uint8Array, at: number, index: number): number {
  let next = at;
  for (let i = 0; i < index; i++) next = scanItem(bytes, next, bytes.length, 1);
  return next;
}
