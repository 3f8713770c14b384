import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { concatBytes, fromHex } from "#base/bytes.ts";
import { MAX_DEPTH, MAX_ITEMS, MAX_MESSAGE_BYTES, scanItem, scanOffset, scanReason } from "#wire/scanner.ts";

/** "accepted", or the reason and offset; for one item that should fill the bytes. */
function verdict(bytes: Uint8Array): string {
  const end = scanItem(bytes, 0, bytes.length, 0);
  if (end < 0) return `${scanReason(end)} at ${scanOffset(end)}`;
  return end === bytes.length ? "accepted" : "trailing";
}

const hex = (text: string): Uint8Array => fromHex(text)!;
const repeated = (byte: string, times: number): string => byte.repeat(times);

describe("the scanner", () => {
  const vectors = JSON.parse(readFileSync(new URL("../vectors/rfc8949-appendix-a.json", import.meta.url), "utf8")) as {
    hex: string;
    diagnostic: string;
    expect: string;
  }[];

  it("has all of RFC 8949's Appendix A", () => expect(vectors.length).toBe(82));

  it.each(vectors)("RFC 8949 Appendix A: $diagnostic is $expect", (vector) => {
    expect(verdict(hex(vector.hex)).split(" ")[0]).toBe(vector.expect);
  });

  it.each([
    // Integers and lengths that would fit a shorter head.
    ["1817", "not-minimal at 0"],
    ["1900ff", "not-minimal at 0"],
    ["1a0000ffff", "not-minimal at 0"],
    ["3817", "not-minimal at 0"],
    ["580100", "not-minimal at 0"],
    ["7817" + repeated("61", 23), "not-minimal at 0"],
    ["980100", "not-minimal at 0"],
    ["8101", "accepted"],
    ["82011817", "not-minimal at 2"],
    // 32 bits.
    ["1affffffff", "accepted"],
    ["3a7fffffff", "accepted"],
    ["3a80000000", "integer-range at 0"],
    ["1b0000000000000001", "integer-range at 0"],
    ["5b0000000000000001", "integer-range at 0"],
    // Sizes that lie.
    ["", "truncated at 0"],
    ["18", "truncated at 0"],
    ["4261", "truncated at 0"],
    ["6261", "truncated at 0"],
    ["5affffffff00", "truncated at 0"],
    ["9affffffff00", "truncated at 0"],
    ["baffffffff00", "truncated at 0"],
    ["8301", "truncated at 0"],
    ["a1010101", "trailing"],
    ["a2010101", "truncated at 0"],
    // Heads that CBOR reserves.
    ["1c", "reserved at 0"],
    ["9e", "reserved at 0"],
    ["fc", "reserved at 0"],
    ["1f", "reserved at 0"],
    ["5f", "indefinite at 0"],
    ["ff", "indefinite at 0"],
    ["f800", "simple at 0"],
    // Text.
    ["62c328", "utf8 at 0"],
    ["63eda080", "utf8 at 0"],
    ["64f4908080", "utf8 at 0"],
    ["62c080", "utf8 at 0"],
    ["61c3", "utf8 at 0"],
    ["65efbbbf6f6b", "byte-order-mark at 0"],
    ["656f6befbbbf", "accepted"],
    // Maps.
    ["a201010102", "key-twice at 3"],
    ["a202010102", "key-order at 3"],
    ["a2616201616102", "key-order at 4"],
    ["a261610162616102", "accepted"],
    ["a22001186402", "key-order at 3"],
    ["a1f501", "key-kind at 1"],
    ["a1410101", "key-kind at 1"],
    ["a1800101", "key-kind at 1"],
    ["a1695f5f70726f746f5f5f01", "proto-key at 1"],
    ["81695f5f70726f746f5f5f", "accepted"],
    ["a1686f70726f746f5f5f01", "accepted"],
  ])("%s is %s", (text, expected) => {
    expect(verdict(hex(text))).toBe(expected);
  });

  it("limits depth, items and bytes", () => {
    const nested = (depth: number): Uint8Array => hex(`${repeated("81", depth)}00`);
    expect(verdict(nested(MAX_DEPTH))).toBe("accepted");
    expect(verdict(nested(MAX_DEPTH + 1))).toBe(`depth at ${MAX_DEPTH}`);
    expect(verdict(nested(4000))).toBe(`depth at ${MAX_DEPTH}`);
    const array = (count: number): Uint8Array =>
      concatBytes([Uint8Array.of(0x99, count >> 8, count & 0xff), new Uint8Array(count)]);
    expect(verdict(array(MAX_ITEMS))).toBe("accepted");
    expect(verdict(array(MAX_ITEMS + 1))).toBe("too-many at 0");
    const text = new Uint8Array(MAX_MESSAGE_BYTES + 1).fill(0x61);
    text.set([0x79, (text.length - 3) >> 8, (text.length - 3) & 0xff]);
    expect(verdict(text)).toBe("too-long at 0");
  });
});
