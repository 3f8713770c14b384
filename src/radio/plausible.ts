// Whether bytes are a well-formed FromRadio, decided without building anything and without throwing: the framer asks this
// of every candidate, also of those that noise and malice made up. Field by field the wire type must be the one that the
// schema gives, and every length must fit exactly; fields that the schema does not know must merely fit (newer firmware).
// Strings are not looked at: broken UTF-8 in a name is no reason to lose a call for help.

import { ScalarType } from "@bufbuild/protobuf";
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";

import { FromRadioSchema } from "./schemas.ts";

const VARINT: number = WireType.Varint;
const FIXED64: number = WireType.Bit64;
const LENGTH_DELIMITED: number = WireType.LengthDelimited;
const FIXED32: number = WireType.Bit32;

/** FromRadio has 19 fields in firmware 2.8; a number far above that is noise. */
const HIGHEST_TOP_FIELD = 63;
/** The highest in the radio's protocol is 105; up to here a tag takes two bytes. */
const HIGHEST_FIELD = 2047;
const LONGEST_TAG = 2;

/** Fields that the schema does not know, and lists of numbers, in one message: firmware 2.8 adds four at most. */
const MOST_UNKNOWN = 12;

/** Indexed by field number. */
interface Shape {
  readonly wires: readonly (number | undefined)[];
  readonly nested: readonly (Shape | undefined)[];
}

const SCALAR_WIRES: Readonly<Record<ScalarType, number>> = {
  [ScalarType.DOUBLE]: FIXED64,
  [ScalarType.FLOAT]: FIXED32,
  [ScalarType.INT64]: VARINT,
  [ScalarType.UINT64]: VARINT,
  [ScalarType.INT32]: VARINT,
  [ScalarType.FIXED64]: FIXED64,
  [ScalarType.FIXED32]: FIXED32,
  [ScalarType.BOOL]: VARINT,
  [ScalarType.STRING]: LENGTH_DELIMITED,
  [ScalarType.BYTES]: LENGTH_DELIMITED,
  [ScalarType.UINT32]: VARINT,
  [ScalarType.SFIXED32]: FIXED32,
  [ScalarType.SFIXED64]: FIXED64,
  [ScalarType.SINT32]: VARINT,
  [ScalarType.SINT64]: VARINT,
};

const shapes = new Map<string, Shape>();

function shapeOf(schema: DescMessage): Shape {
  const known = shapes.get(schema.typeName);
  if (known) return known;
  const wires: (number | undefined)[] = [];
  const nested: (Shape | undefined)[] = [];
  const shape = { wires, nested };
  shapes.set(schema.typeName, shape);
  for (const field of schema.fields) {
    wires[field.number] = wireOf(field);
    nested[field.number] = field.fieldKind === "message" ? shapeOf(field.message) : undefined;
  }
  return shape;
}

/** undefined: several are legal (a list of numbers is packed or not). */
function wireOf(field: DescField): number | undefined {
  if (field.fieldKind === "message") return LENGTH_DELIMITED;
  if (field.fieldKind === "enum") return VARINT;
  return field.fieldKind === "scalar" ? SCALAR_WIRES[field.scalar] : undefined;
}

const fromRadio = shapeOf(FromRadioSchema);

/** True when `bytes` from `from` up to `to` are a well-formed FromRadio; none at all are. */
export function isPlausible(bytes: Uint8Array, from = 0, to = bytes.length): boolean {
  return fits(bytes, from, to, fromRadio, HIGHEST_TOP_FIELD);
}

// The cursor of the walk: one walk at a time, so that nothing is allocated per candidate.
let cursor = 0;

/** Reads a varint at the cursor: its lower 32 bits, or −1 when it does not end in time. */
function varint(bytes: Uint8Array, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (cursor >= end) return -1;
    const byte = bytes[cursor++]!;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
  return -1;
}

function fits(bytes: Uint8Array, start: number, end: number, shape: Shape, highest: number): boolean {
  cursor = start;
  let seen = 0;
  let unknown = 0;
  while (cursor < end) {
    const at = cursor;
    const tag = varint(bytes, end);
    const field = tag >>> 3;
    const wire = tag & 7;
    if (tag < 8 || field > highest || cursor - at > LONGEST_TAG) return false;
    const expected = shape.wires[field];
    if (expected === undefined) {
      if (++unknown > MOST_UNKNOWN) return false;
    } else {
      // The firmware's encoder writes a field that is no list once. Without this, a walk through noise could be long.
      const mark = field < 32 ? 1 << field : 0;
      if (expected !== wire || (seen & mark) !== 0) return false;
      seen |= mark;
    }
    if (!skip(bytes, end, wire, shape.nested[field])) return false;
  }
  return cursor === end;
}

function skip(bytes: Uint8Array, end: number, wire: number, inner: Shape | undefined): boolean {
  if (wire === VARINT) return varint(bytes, end) !== -1;
  if (wire === LENGTH_DELIMITED) {
    const length = varint(bytes, end);
    const until = cursor + length;
    if (length === -1 || until > end) return false;
    if (inner && !fits(bytes, cursor, until, inner, HIGHEST_FIELD)) return false;
    cursor = until;
    return true;
  }
  if (wire !== FIXED32 && wire !== FIXED64) return false;
  cursor += wire === FIXED32 ? 4 : 8;
  return cursor <= end;
}

/** The bytes of a FromRadio's `packet` field, exactly as they came; undefined when it has none. `payload` is plausible. */
export function packetBytes(payload: Uint8Array): Uint8Array | undefined {
  cursor = 0;
  while (cursor < payload.length) {
    const tag = varint(payload, payload.length);
    if (tag >>> 3 === FromRadioSchema.field.packet.number) {
      const length = varint(payload, payload.length);
      return payload.subarray(cursor, cursor + length);
    }
    if (!skip(payload, payload.length, tag & 7, undefined)) return undefined;
  }
  return undefined;
}
