// A WOFF font (W3C, "WOFF File Format 1.0") as the plain font inside it. The PDF library reads WOFF, but inflates the whole table
// of shapes again for every letter: a page took seconds.

import { inflateSync } from "node:zlib";

const HEADER = 44;
const ENTRY = 20;

/** `woff` is a font that came with our own packages: it is whole. */
export function unpackWoff(woff: Buffer): Buffer {
  const count = woff.readUInt16BE(12);
  const entries = Array.from({ length: count }, (_, index) => HEADER + index * ENTRY);
  const tables = entries.map((at) => {
    const from = woff.readUInt32BE(at + 4);
    const packed = woff.subarray(from, from + woff.readUInt32BE(at + 8));
    const bytes = packed.length < woff.readUInt32BE(at + 12) ? inflateSync(packed) : packed;
    return { tag: woff.subarray(at, at + 4), checksum: woff.readUInt32BE(at + 16), bytes };
  });
  const head = Buffer.alloc(12 + 16 * count);
  woff.copy(head, 0, 4, 8);
  head.writeUInt16BE(count, 4);
  let offset = head.length;
  const body: Buffer[] = [];
  for (const [index, { tag, checksum, bytes }] of tables.entries()) {
    const at = 12 + 16 * index;
    tag.copy(head, at);
    head.writeUInt32BE(checksum, at + 4);
    head.writeUInt32BE(offset, at + 8);
    head.writeUInt32BE(bytes.length, at + 12);
    const padded = Buffer.alloc(Math.ceil(bytes.length / 4) * 4);
    bytes.copy(padded);
    body.push(padded);
    offset += padded.length;
  }
  return Buffer.concat([head, ...body]);
}
