// Messages ↔ bytes. `decodeMessage(encodeMessage(m))` is m, and `encodeMessage(decodeMessage(b))` is b for every b that
// is accepted: exactly one spelling. The second is a property test, not a re-encoding in the hot path (wire-facts §3).
//
// A bare message is the marker 0xFC and one CBOR array. What the array has beyond the fields that this version knows —
// further items, and at the very end a map for growth — is kept byte for byte in `more` and written again.

import type { KnownMessage, Message, UnknownMessage } from "#domain/wire-words.ts";
import { parsed, refused, type Parsed } from "#base/parsed.ts";
import { decodeItems, encodeItems, type CborItem } from "./cbor.ts";
import type { Reason, Refusal } from "./refusals.ts";
import { MAX_MESSAGE_BYTES, offsetOfItem, scanItem, scanOffset, scanReason } from "./scanner.ts";
import { TYPES, TYPES_BY_NAME, type TypeRow } from "./schema.ts";
import { reasonOf, type Wrong } from "./wrong.ts";

/** First byte of a message without proof of its own. It cannot begin UTF-8, protobuf or well-formed CBOR. */
export const BARE = 0xfc;

/** Items of one message, its type included: so that the array's head is one byte. */
export const MAX_MESSAGE_ITEMS = 23;

const NOTHING = new Uint8Array(0);
const MAX_TYPE = 255;

const at = (reason: Reason, at: number, field?: string): { ok: false; refusal: Refusal } =>
  refused(field === undefined ? { reason, at } : { reason, at, field });

// ───────────────────────────── decoding ─────────────────────────────

/** A bare message from its bytes, marker included. For messages that may carry proof see envelope.ts. */
export function decodeMessage(bytes: Uint8Array): Parsed<Message, Refusal> {
  if (bytes.length === 0) return at("empty", 0);
  if (bytes[0] !== BARE) return at("marker", 0);
  return decodeBody(bytes, 1, bytes.length);
}

/** A message from its array alone, which begins at `from` and must end at `to`. Offsets are into `bytes`. */
export function decodeBody(bytes: Uint8Array, from: number, to: number): Parsed<Message, Refusal> {
  if (to > MAX_MESSAGE_BYTES) return at("too-long", 0);
  const head = bytes[from];
  if (head === undefined || from >= to) return at("truncated", from);
  // Version 2 and later put their number, as an integer, where version 1 has its array.
  if (head >> 5 === 0) {
    const scanned = scanItem(bytes, from, to, 0);
    if (scanned < 0) return at(scanReason(scanned), scanOffset(scanned));
    return at(head < 2 ? "not-a-message" : "version", from);
  }
  const end = scanItem(bytes, from, to, 0);
  if (end < 0) return at(scanReason(end), scanOffset(end));
  if (end !== to) return at("trailing-bytes", end);
  const count = head - 0x80;
  if (count < 1 || count > MAX_MESSAGE_ITEMS) return at("not-a-message", from);
  return readItems(bytes, from, to, decodeItems(bytes, from, to));
}

function readItems(bytes: Uint8Array, from: number, to: number, items: readonly unknown[]): Parsed<Message, Refusal> {
  const type = items[0];
  if (typeof type !== "number" || type < 1 || type > MAX_TYPE) return at("not-a-message", from + 1);
  let length = items.length;
  const grown = items[length - 1] instanceof Map;
  if (grown && (items[length - 1] as Map<unknown, unknown>).size === 0) return spelling(bytes, from, length - 1);
  if (grown) length--;
  // A null at the end, or before the growth map, says nothing.
  if (items[length - 1] === null) return spelling(bytes, from, length - 1);

  const row = TYPES.get(type);
  const known = row === undefined ? 0 : Math.min(length - 1, row.fields.length);
  for (let i = known + 1; i < length; i++) {
    if (items[i] instanceof Map) return at("kind", offsetOfItem(bytes, from + 1, i), "more");
  }
  if (row === undefined) {
    const start = offsetOfItem(bytes, from + 1, 1);
    return parsed({ type: "unknown", number: type, items: bytes.slice(start, to) });
  }
  const message: Record<string, unknown> = { type: row.name };
  const refusal = readFields(bytes, from, items, known, row, message);
  if (refusal !== undefined) return refused(refusal);
  if (known < items.length - 1) message.more = bytes.slice(offsetOfItem(bytes, from + 1, known + 1), to);
  return parsed(message as unknown as KnownMessage);
}

function spelling(bytes: Uint8Array, from: number, index: number): { ok: false; refusal: Refusal } {
  return at("second-spelling", offsetOfItem(bytes, from + 1, index));
}

/** Reads the fields that are there into `message`; the refusal, if one is wrong. */
function readFields(
  bytes: Uint8Array,
  from: number,
  items: readonly unknown[],
  known: number,
  row: TypeRow,
  message: Record<string, unknown>,
): Refusal | undefined {
  const fields = row.fields;
  for (let i = 0; i < fields.length; i++) {
    const { name, field, required } = fields[i]!;
    const item = i < known ? items[i + 1] : null;
    if (item === null) {
      if (!required) continue;
      return { reason: "missing-field", at: offsetOfItem(bytes, from + 1, Math.min(i, known) + 1), field: name };
    }
    if (row.nested === name) {
      const nested = readNested(bytes, from, i + 1);
      if (!nested.ok) return nested.refusal;
      message[name] = nested.value;
      continue;
    }
    const value = field.fromItem(item);
    if (typeof value === "symbol") {
      return { reason: reasonOf(value as Wrong), at: offsetOfItem(bytes, from + 1, i + 1), field: name };
    }
    message[name] = value;
  }
  return undefined;
}

function readNested(bytes: Uint8Array, from: number, index: number): Parsed<Message, Refusal> {
  const start = offsetOfItem(bytes, from + 1, index);
  const end = offsetOfItem(bytes, start, 1);
  if (bytes[start]! >> 5 !== 4) return at("kind", start, "entry");
  const nested = decodeBody(bytes, start, end);
  if (nested.ok && !mayBeNested(nested.value)) return at("range", start, "entry");
  return nested;
}

/** A journal holds messages that state facts: not journals, and not the fragment layer's own. */
function mayBeNested(message: Message): boolean {
  return message.type !== "journal" && message.type !== "fragment" && message.type !== "missing";
}

// ───────────────────────────── encoding ─────────────────────────────

/**
 * The bytes of a bare message, marker included. Refused, with the field, when a value cannot be written: the parameter is
 * typed, but values also come from JSON. `at` is then 0.
 */
export function encodeMessage(message: Message): Parsed<Uint8Array, Refusal> {
  return encodeBody(message, BARE);
}

/** The array alone (`first` negative), or behind a first byte. */
export function encodeBody(message: Message, first: number): Parsed<Uint8Array, Refusal> {
  if (message.type === "unknown") return encodeUnknown(message, first);
  const row = TYPES_BY_NAME.get(message.type);
  if (row === undefined) return at("not-a-message", 0, "type");
  const values = message as unknown as Readonly<Record<string, unknown>>;
  const items: CborItem[] = [row.number];
  let tail: Uint8Array = NOTHING;
  const fields = row.fields;
  for (let i = 0; i < fields.length; i++) {
    const { name, field, required } = fields[i]!;
    const value = values[name];
    if (value === undefined || value === null) {
      if (required) return at("missing-field", 0, name);
      continue;
    }
    if (row.nested === name) {
      const nested = encodeNested(value as Message);
      if (!nested.ok) return nested;
      tail = nested.value;
      continue;
    }
    const item = field.toItem(value);
    if (typeof item === "symbol") return at(reasonOf(item), 0, name);
    // Nulls only before a field that is said, so that none stands at the end.
    while (items.length <= i) items.push(null);
    items.push(item);
  }
  if (values.more !== undefined) return encodeGrown(values.more, items, fields.length + 1, tail, first);
  return sized(encodeItems(first, items, tail.length === 0 ? 0 : 1, tail), first);
}

function sized(bytes: Uint8Array, first: number): Parsed<Uint8Array, Refusal> {
  // The limit is for the whole message, with its marker: what is encoded must also be accepted.
  return bytes.length + (first < 0 ? 1 : 0) > MAX_MESSAGE_BYTES ? at("too-long", 0) : parsed(bytes);
}

function encodeNested(value: Message): Parsed<Uint8Array, Refusal> {
  if (typeof value !== "object" || !mayBeNested(value)) return at("range", 0, "entry");
  const nested = encodeBody(value, -1);
  // One level deeper than it would be alone.
  if (nested.ok && scanItem(nested.value, 0, nested.value.length, 1) < 0) return at("depth", 0, "entry");
  return nested;
}

/** Known fields, then what a later version appended: items in the places after ours, or only a growth map. */
function encodeGrown(
  more: unknown,
  items: CborItem[],
  full: number,
  nested: Uint8Array,
  first: number,
): Parsed<Uint8Array, Refusal> {
  const run = more instanceof Uint8Array ? runOf(more) : undefined;
  if (run === undefined || run.count === 0) return at("kind", 0, "more");
  const nestedCount = nested.length > 0 ? 1 : 0;
  if (!run.firstIsMap) while (items.length + nestedCount < full) items.push(null);
  if (items.length + nestedCount + run.count > MAX_MESSAGE_ITEMS) return at("too-many", 0, "more");
  const tail = nested.length > 0 ? Buffer.concat([nested, more as Uint8Array]) : (more as Uint8Array);
  return sized(encodeItems(first, items, nestedCount + run.count, tail), first);
}

function encodeUnknown(message: UnknownMessage, first: number): Parsed<Uint8Array, Refusal> {
  const { number, items } = message;
  if (!Number.isInteger(number) || number < 1 || number > MAX_TYPE || TYPES.has(number))
    return at("range", 0, "number");
  const run = items instanceof Uint8Array ? runOf(items) : undefined;
  if (run === undefined) return at("kind", 0, "items");
  if (1 + run.count > MAX_MESSAGE_ITEMS) return at("too-many", 0, "items");
  return sized(encodeItems(first, [number], run.count, items), first);
}

/** A run of items that may stand at the end of a message: only the last a map, that not empty, no null at the end. */
function runOf(bytes: Uint8Array): { readonly count: number; readonly firstIsMap: boolean } | undefined {
  let next = 0;
  let count = 0;
  let last = 0;
  let beforeLast = 0;
  while (next < bytes.length) {
    if (count > 0 && isMap(bytes[last]!)) return undefined;
    beforeLast = last;
    last = next;
    next = scanItem(bytes, next, bytes.length, 1);
    if (next < 0) return undefined;
    count++;
  }
  if (count === 0) return { count, firstIsMap: false };
  const meaningful = isMap(bytes[last]!) && count > 1 ? beforeLast : last;
  if (bytes[meaningful] === 0xf6 || bytes[last] === 0xa0) return undefined;
  return { count, firstIsMap: isMap(bytes[0]!) };
}

function isMap(head: number): boolean {
  return head >> 5 === 5;
}
