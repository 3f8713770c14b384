import { describe, expect, it } from "vitest";
import { bound, ours, theirs } from "#sim/surge.ts";
import type { SurgeOptions } from "#sim/surge-street.ts";

const options: SurgeOptions = { households: 30, preset: "MEDIUM_FAST", firmware: "2.7", seed: 2 };

describe("a roll call of thirty households", () => {
  const least = bound(options);
  const us = ours(options, least.reachable);
  const them = theirs(options, least.reachable);
  const each = ({ meshAirtimeS, accounted }: { meshAirtimeS: number; accounted: number }) => meshAirtimeS / accounted;

  it("accounts for 99 % of those who can be reached, and tells them so", () => {
    expect(us.reachable).toBe(30);
    expect(us.accounted).toBeGreaterThanOrEqual(0.99 * us.reachable);
    expect(us.receipts).toBeGreaterThanOrEqual(0.95 * us.accounted);
    expect(us.t50!).toBeLessThanOrEqual(us.t99!);
  });

  it("takes at most 0.4 of the others' air for each, and twice the least there is", () => {
    expect(each(us)).toBeLessThanOrEqual(0.4 * each(them));
    expect(each(us)).toBeLessThanOrEqual(2 * each({ meshAirtimeS: least.airtimeS, accounted: least.accounted }));
  });

  it("counts every transmission once, by what was said", () => {
    for (const run of [us, them]) {
      const { gateway, checkIns, acks, other } = run.airtimeByKindS;
      expect(gateway + checkIns + acks + other).toBeCloseTo(run.meshAirtimeS, 0);
      expect(other).toBe(0);
    }
  });

  it("is the same every time", () => {
    expect(ours(options, least.reachable)).toEqual(us);
  });
});
