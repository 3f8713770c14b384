// The digest must never mark the wrong house safe, and never cost more than it must.

import { assert, constantFrom, infiniteStream, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";

import { heardHouses, rosterRevision } from "#wire/heard.ts";
import { encodeMessage } from "#wire/message.ts";

const roster = Array.from({ length: 100 }, (_, i) => String(i + 1));

describe("the digest", () => {
  it("of any subset of 100 households takes at most 24 bytes", () => {
    const refs = constantFrom(0, 47, 511);
    let largest = 0;
    assert(
      property(
        integer({ min: 0, max: 100 }),
        infiniteStream(integer({ min: 0, max: 99 })),
        refs,
        (density, dice, rollCall) => {
          const heard = roster.flatMap((_, place) => (dice.next().value < density ? [place] : []));
          const households = { of: 100, heard };
          const encoded = encodeMessage({ type: "digest", rollCall, revision: rosterRevision(roster), households });
          largest = Math.max(largest, encoded.ok ? encoded.value.length : 999);
          expect(largest).toBeLessThanOrEqual(24);
        },
      ),
      { numRuns: 20_000 },
    );
    expect(largest).toBe(24);
  });

  it("is not applied to another roster: one more, one less, another order, another letter", () => {
    const digest = { revision: rosterRevision(roster), households: { of: 100, heard: [13] } };
    expect(heardHouses(digest, roster)).toEqual(["14"]);
    const others = [
      [...roster, "101"],
      roster.slice(1),
      ["2", "1", ...roster.slice(2)],
      roster.map((house) => (house === "14" ? "14a" : house)),
      // The same digits, cut otherwise.
      ["12", "3", ...roster.slice(2)],
    ];
    for (const other of others) expect(heardHouses(digest, other)).toBeUndefined();
    expect(heardHouses({ ...digest, households: { of: 99, heard: [13] } }, roster)).toBeUndefined();
  });
});
