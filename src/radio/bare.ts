// Protobuf messages as the fields that lie in their bytes.
//
// Settings are read from a radio, one field is changed, and the message goes back: every field that no schema of ours knows
// (firmware 2.8 has several that npm's schemas lack) has to survive that, in its place. So nothing is decoded but the one
// field that is wanted. Reading is total: bytes that are no message have no fields.

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** `data`: what follows the tag, as it came, of a length-delimited field with its length. */
interface BareField {
  readonly no: number;
  readonly wireType: WireType;
  readonly data: Uint8Array;
}

const NOTHING = new Uint8Array(0);

function fieldsOf(message: Uint8Array): BareField[] | undefined {
  const reader = new BinaryReader(message);
  const fields: BareField[] = [];
  try {
    while (reader.pos < reader.len) {
      const [no, wireType] = reader.tag();
      const start = reader.pos;
      reader.skip(wireType, no);
      if (reader.pos > reader.len) return undefined;
      fields.push({ no, wireType, data: message.subarray(start, reader.pos) });
    }
  } catch {
    return undefined;
  }
  return fields;
}

function messageOf(fields: readonly BareField[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { no, wireType, data } of fields) writer.tag(no, wireType).raw(data);
  return writer.finish();
}

/** The last field of this number and type, as protobuf wants it. */
function last(message: Uint8Array, no: number, wireType: WireType): BareField | undefined {
  return fieldsOf(message)?.findLast((field) => field.no === no && field.wireType === wireType);
}

/** Whether these bytes are a protobuf message at all. */
export function isMessage(bytes: Uint8Array): boolean {
  return fieldsOf(bytes) !== undefined;
}

/** The numbers of its fields, in order; none when these bytes are no message. */
export function fieldNumbers(message: Uint8Array): number[] {
  return fieldsOf(message)?.map(({ no }) => no) ?? [];
}

/** A varint (bool, enum, int32, uint32) as a signed number; undefined when absent, which in most messages means 0. */
export function numberIn(message: Uint8Array, no: number): number | undefined {
  const field = last(message, no, WireType.Varint);
  return field && Number(BigInt.asIntN(64, BigInt(new BinaryReader(field.data).uint64())));
}

/** Bytes, a string or an inner message; undefined when absent. */
export function bytesIn(message: Uint8Array, no: number): Uint8Array | undefined {
  const field = last(message, no, WireType.LengthDelimited);
  return field && new BinaryReader(field.data).bytes();
}

/** Every value of a repeated field of bytes or messages. */
export function everyIn(message: Uint8Array, no: number): Uint8Array[] {
  const found = fieldsOf(message)?.filter((field) => field.no === no && field.wireType === WireType.LengthDelimited);
  return found?.map((field) => new BinaryReader(field.data).bytes()) ?? [];
}

/** The same message with one field set; it keeps its place, and all others are as they were. */
function withField(message: Uint8Array, no: number, field: BareField | undefined): Uint8Array {
  const fields = fieldsOf(message) ?? [];
  const at = fields.findIndex((each) => each.no === no);
  const others = fields.filter((each) => each.no !== no);
  if (field) others.splice(at === -1 ? others.length : at, 0, field);
  return messageOf(others);
}

/** `kept`: also a 0 is written, as fields that can tell "absent" from "zero" need it (oneof, optional). */
export function withNumber(message: Uint8Array, no: number, value: number, kept = false): Uint8Array {
  if (value === 0 && !kept) return withField(message, no, undefined);
  return withField(message, no, {
    no,
    wireType: WireType.Varint,
    data: new BinaryWriter().int64(value).finish(),
  });
}

export function withBytes(message: Uint8Array, no: number, value: Uint8Array, kept = false): Uint8Array {
  if (value.length === 0 && !kept) return withField(message, no, undefined);
  return withField(message, no, {
    no,
    wireType: WireType.LengthDelimited,
    data: new BinaryWriter().bytes(value).finish(),
  });
}

/** A message of one number. */
export const aNumber = (no: number, value: number): Uint8Array => withNumber(NOTHING, no, value, true);

/** A message of one inner message or text. */
export const aPart = (no: number, value: Uint8Array): Uint8Array => withBytes(NOTHING, no, value, true);
