import { assert, constantFrom, integer, property, string, tuple, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import { armour, armouredLength, dearmour, largestArmoured, looksArmoured } from "#wire/armour.ts";
import { KEYED, SIGNED } from "#wire/envelope.ts";
import { BARE } from "#wire/message.ts";

const messages = tuple(constantFrom(BARE, KEYED, SIGNED), uint8Array({ minLength: 0, maxLength: 300 })).map(
  ([marker, body]) => Uint8Array.of(marker, ...body),
);

describe("armour", () => {
  it("brings every message back, in printable ASCII without space", () => {
    assert(
      property(messages, (message) => {
        const text = armour(message);
        expect(text).toMatch(/^[!-~]+$/);
        expect(text.length).toBe(armouredLength(message.length));
        expect(looksArmoured(text)).toBe(true);
        expect(dearmour(text)).toEqual({ ok: true, value: message });
      }),
      { numRuns: 5000 },
    );
  });

  it("has one spelling: text that is accepted comes out again", () => {
    const text = tuple(constantFrom("~m", "~k", "~s"), string({ minLength: 0, maxLength: 40 })).map(([a, b]) => a + b);
    let accepted = 0;
    assert(
      property(text, (given) => {
        const message = dearmour(given);
        if (!message.ok) return;
        accepted++;
        expect(armour(message.value)).toBe(given);
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it("costs at most a quarter, prefix included, from 80 bytes up, and little below", () => {
    for (let bytes = 1; bytes <= 512; bytes++) {
      const characters = armouredLength(bytes);
      expect(characters).toBeLessThanOrEqual(bytes >= 80 ? 1.25 * bytes : Math.ceil((11 * bytes) / 9) + 3);
    }
    expect([232, 220, 166].map(largestArmoured)).toEqual([189, 179, 135]);
  });

  it("refuses what is not ours, with the character", () => {
    expect(dearmour("hello")).toMatchObject({ refusal: { reason: "marker", at: 0 } });
    expect(dearmour("~m!")).toMatchObject({ refusal: { reason: "armour", at: 3 } });
    expect(dearmour("~m! ")).toMatchObject({ refusal: { reason: "armour", at: 3 } });
    expect(dearmour("~m!é")).toMatchObject({ refusal: { reason: "armour", at: 3 } });
    // Two characters hold one byte: 94 × 93 + 93 would be more.
    expect(dearmour("~m~~")).toMatchObject({ refusal: { reason: "armour", at: 2 } });
    expect(dearmour(`~m${"!".repeat(9000)}`)).toMatchObject({ refusal: { reason: "too-long" } });
    assert(property(integer({ min: 0, max: 50 }), string(), (n, words) => void dearmour(`~k${words.repeat(n)}`)));
  });
});
