// A hundred days of disasters; the other half is in a file of its own, so that two processors share them.

import { expect, it } from "vitest";
import { disasters } from "#sim/disasters.ts";

it("100 days of disasters break no promise", () => {
  const report = disasters({ seeds: 100, firstSeed: 2_000 });
  expect(report.broken).toEqual([]);
  expect(report.accepted).toBeGreaterThan(3_000);
  expect(report.deaths).toBeGreaterThan(1_000);
}, 1_200_000);
