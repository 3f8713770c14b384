// Streams made to be slow or confusing, by structure. None is a known attack on anybody's parser.

import { create, toBinary } from "@bufbuild/protobuf";

import { concatBytes } from "#base/bytes.ts";
import { below, pick } from "#base/random.ts";
import type { Random } from "#base/random.ts";
import { framed, LONGEST_PAYLOAD } from "#radio/framing.ts";
import { FromRadioSchema } from "#radio/schemas.ts";
import type { FromRadio } from "#radio/schemas.ts";

/** The two bytes that begin a frame. */
export const [FIRST, SECOND] = framed(new Uint8Array(0)) as unknown as readonly [number, number];

/** A header that claims this many bytes, as far as 16 bits go. */
export function header(length: number): number[] {
  return [FIRST, SECOND, (length >> 8) & 0xff, length & 0xff];
}

/** `unit` again and again, `length` bytes in all. */
function repeated(unit: readonly number[], length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => unit[index % unit.length]!);
}

/** A header of the greatest length whose payload passes for a packet up to what `inner` says. */
const CLAIM = [...header(LONGEST_PAYLOAD), 0x12, 0xfd, 0x03];

/** Streams by name, of about `length` bytes. */
export const STREAMS: Readonly<Record<string, (length: number, random: Random) => Uint8Array>> = {
  zeros: (length) => new Uint8Array(length),
  "random bytes": (length, random) => Uint8Array.from({ length }, () => below(random, 256)),
  "starts only": (length) => repeated([FIRST], length),
  "header beginnings": (length) => repeated([FIRST, SECOND], length),
  "headers of the longest length": (length) => repeated(header(LONGEST_PAYLOAD), length),
  "headers around the longest length": (length) =>
    repeated([...header(LONGEST_PAYLOAD - 1), ...header(LONGEST_PAYLOAD + 1)], length),
  "empty frames": (length) => repeated(header(0), length),
  "claims of a packet": (length) => repeated(CLAIM, length),
  "claims that hide the next in a skipped field": (length) => repeated([...CLAIM, 0x2a, 0x07], length),
  "claims that hide many in a skipped field": (length) => repeated([...CLAIM, 0x2a, 0xf0, 0x03], length),
  "claims with the fields of a packet": (length) =>
    repeated([...CLAIM, 0x18, 0x01, 0x48, 0x01, 0x50, 0x01, 0x78, 0x01, 0x2a, 0x07], length),
  "claims with unknown fields": (length) =>
    repeated([...CLAIM, 0xf8, 0x07, 0x01, 0xf8, 0x07, 0x01, 0xfa, 0x07, 0x07], length),
  "claims within the wrong message": (length) =>
    repeated([...header(LONGEST_PAYLOAD), 0x22, 0xfd, 0x03, 0x12, 0x07], length),
};

/** Frames of messages that the schema allows, one after the other. */
export function frameFlood(length: number, message: FromRadio["payloadVariant"]): Uint8Array {
  const frame = framed(toBinary(FromRadioSchema, create(FromRadioSchema, { payloadVariant: message })));
  return concatBytes(Array.from({ length: Math.floor(length / frame.length) }, () => frame));
}

/** A copy with a few bytes changed, put in or taken out. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const list = [...bytes];
  for (let count = 1 + below(random, 4); count > 0; count--) {
    const at = below(random, list.length + 1);
    const act = below(random, 4);
    if (act === 0 && at < list.length) list[at] = below(random, 256);
    else if (act === 1 && at < list.length) list[at] = list[at]! ^ (1 << below(random, 8));
    else if (act === 2) list.splice(at, 0, pick(random, [0, 1, 0x7f, 0x80, 0xff, FIRST, SECOND, below(random, 256)]));
    else list.splice(at, 1 + below(random, 8));
  }
  return Uint8Array.from(list.slice(0, 512));
}
