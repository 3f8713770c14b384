// A Meshtastic Waypoint (mesh.proto) as bytes, for the places that people mark on a map in Matrix. Only the writing side:
// what arrives is read by the radio room.

import { concatBytes, utf8 } from "#base/bytes.ts";

export interface WaypointWords {
  readonly id: number;
  /** 1e-7 degrees. */
  readonly latitudeI: number;
  readonly longitudeI: number;
  /** Seconds since 1970; 0 never. */
  readonly expire: number;
  /** At most 29 bytes, the rest is left out (mesh.options: max_size 30). */
  readonly name: string;
  /** At most 99 bytes. */
  readonly description: string;
}

const MAX_NAME = 29;
const MAX_DESCRIPTION = 99;

/** Field numbers and types of Waypoint: 1 id, 2 and 3 sfixed32, 4 expire, 6 name, 7 description. */
export function encodeWaypoint(words: WaypointWords): Uint8Array {
  return concatBytes([
    tagged(1, 0, varint(words.id)),
    tagged(2, 5, fixed(words.latitudeI)),
    tagged(3, 5, fixed(words.longitudeI)),
    tagged(4, 0, varint(words.expire)),
    text(6, words.name, MAX_NAME),
    text(7, words.description, MAX_DESCRIPTION),
  ]);
}

function tagged(field: number, wireType: number, value: Uint8Array): Uint8Array {
  return concatBytes([varint(field * 8 + wireType), value]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function fixed(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function text(field: number, words: string, most: number): Uint8Array {
  if (words === "") return new Uint8Array();
  let end = words;
  while (utf8(end).length > most)
    end = end
      .slice(0, -1)
      .toWellFormed()
      .replace(/\uFFFD$/, "");
  const bytes = utf8(end);
  return tagged(field, 2, concatBytes([varint(bytes.length), bytes]));
}
