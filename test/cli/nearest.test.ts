import * as fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, nearest } from "#cli/config/nearest.ts";

test.each([
  ["prot", "port", 1],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["same", "same", 0],
])("%s and %s differ by %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test.each([
  ["homserver", ["name", "homeserver", "mode"], "homeserver"],
  ["serialPort", ["serial_port", "port"], "serial_port"],
  ["token", ["access_token_file", "user_id"], "access_token_file"],
  ["banana", ["name", "mode"], undefined],
  ["Mode", ["mode"], "mode"],
])("%s is meant as one of %j", (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant);
});

test("a distance is symmetric, and zero only between equals", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
