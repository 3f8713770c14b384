import { describe, expect, it } from "vitest";
import { disaster } from "#sim/disaster.ts";
import { disasters } from "#sim/disasters.ts";

describe("a day of disasters", () => {
  it("is decided by its seed: the same seed leaves the same trace", () => {
    const [first, again, other] = [7, 7, 8].map((seed) => disaster({ seed, hours: 4 }).trace);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("finds a planted bug within 200 days: arrivals confirmed before they are stored", () => {
    const report = disasters({ seeds: 200, firstSeed: 1, confirmsFirst: true, untilBroken: true });
    expect(report.broken).toHaveLength(1);
    expect(report.broken[0]!.broken.join()).toMatch(/not shown|nowhere/);
  }, 1_200_000);
});
