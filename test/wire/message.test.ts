import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { toHex } from "#base/bytes.ts";
import { decodeMessage, encodeMessage } from "#wire/message.ts";
import { anyMessage } from "#test/wire/arbitrary.ts";

describe("messages and bytes", () => {
  it("decode∘encode is identity, for every type", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const encoded = encodeMessage(message);
        if (!encoded.ok) throw new Error(JSON.stringify(encoded.refusal));
        const decoded = decodeMessage(encoded.value);
        expect(decoded).toEqual({ ok: true, value: message });
      }),
      { numRuns: 20_000 },
    );
  });

  it("encode∘decode is identity on every accepted input: there is exactly one spelling", () => {
    fc.assert(
      fc.property(anyMessage, fc.infiniteStream(fc.nat()), (message, dice) => {
        const encoded = encodeMessage(message);
        if (!encoded.ok) return;
        const bytes = encoded.value.slice();
        bytes[1 + (dice.next().value % (bytes.length - 1))] = dice.next().value & 0xff;
        const decoded = decodeMessage(bytes);
        if (!decoded.ok) return;
        const again = encodeMessage(decoded.value);
        expect(again.ok && toHex(again.value)).toBe(toHex(bytes));
      }),
      { numRuns: 20_000 },
    );
  });
});
