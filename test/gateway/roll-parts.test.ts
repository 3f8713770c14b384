// In which parts a neighbourhood is called.

import { expect, it } from "vitest";
import { partsOf, type RollTarget } from "#gateway/welfare/roll.ts";

const homes = (zone: number | undefined, count: number): RollTarget[] =>
  Array.from({ length: count }, (_, n) => ({ house: `${n}`, ...(zone === undefined ? {} : { zone }) }));
const sizes = (parts: readonly (readonly RollTarget[])[]): (number | undefined)[][] =>
  parts.map((part) => [part.length, ...new Set(part.map(({ zone }) => zone))]);

it("calls whole zones together while they fit, and homes without a zone by themselves", () => {
  const all = [...homes(3, 6), ...homes(1, 5), ...homes(2, 4), ...homes(undefined, 3)];
  expect(sizes(partsOf(all, 10, true))).toEqual([
    [9, 1, 2],
    [6, 3],
    [3, undefined],
  ]);
  expect(sizes(partsOf(all, 20, true))).toEqual([[18, 3, 1, 2, undefined]]);
  // What is left of a roll call is not everybody any more: the call has to name whom it means.
  expect(sizes(partsOf([...homes(3, 6), ...homes(undefined, 3)], 20, false))).toEqual([
    [6, 3],
    [3, undefined],
  ]);
  expect(sizes(partsOf(homes(1, 15), 4, true))).toEqual([[15, 1]]);
  expect(partsOf([], 4, true)).toEqual([]);
});
