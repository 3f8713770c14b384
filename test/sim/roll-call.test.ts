// A roll call of sixty homes in the simulator, beside what is true there.

import { describe, expect, it } from "vitest";
import { simulateRollCall } from "#sim/roll-call.ts";

const NEIGHBOURHOOD = { households: 60, withoutRadio: 8, outOfRange: 6 } as const;

describe.each([
  { preset: "LONG_FAST", firmware: "2.8", seed: 5 },
  { preset: "MEDIUM_FAST", firmware: "2.7", seed: 6 },
] as const)("sixty homes on $preset with firmware $firmware", (options) => {
  const { view, truth, minutes } = simulateRollCall({ ...NEIGHBOURHOOD, ...options });
  const sorted = (houses: readonly string[]): string[] => houses.toSorted((a, b) => Number(a) - Number(b));
  const listed = (kind: "silent" | "need" | "urgent"): string[] => sorted(view.byZone.flatMap((zone) => zone[kind]));

  it("accounts for every home that can be reached and lists exactly the silent ones", () => {
    expect(truth.silent.length).toBeGreaterThan(6);
    expect(listed("silent")).toEqual(truth.silent);
    expect(view).toMatchObject({ households: 60, accounted: truth.accounted.length, silent: truth.silent.length });
  });

  it("agrees with what is true in every other figure", () => {
    expect(listed("need")).toEqual(truth.need);
    expect(listed("urgent")).toEqual(truth.urgent);
    expect(view.byZone.map(({ zone, households }) => [zone, households])).toEqual(
      [1, 2, 3, 4, 5].map((zone) => [zone, 12]),
    );
    for (const { zone, accounted } of view.byZone)
      expect(accounted).toBe(
        truth.accounted.filter((house) => Math.floor((Number(house) - 1) / 12) + 1 === zone).length,
      );
    expect(view.airtimeSeconds).toBeCloseTo(truth.airtimeSeconds, 1);
    expect(view.waves.filter(({ kind }) => kind === "channel")).toHaveLength(truth.calls.length);
    console.log(`${options.preset}: ${minutes} minutes, ${view.airtimeSeconds} s of air, ${truth.calls.length} calls`);
  });

  it("asks nobody who has answered, and takes no stranger's word for anybody", () => {
    expect(sorted([...truth.questions.keys()])).toEqual(truth.asleep);
    // Three attempts are what an unacknowledged direct message gets.
    for (const times of truth.questions.values()) expect(times).toBeLessThanOrEqual(3);
    expect(view.unattached.map(({ status }) => status)).toEqual(["ok"]);
    expect(view.byZone.flatMap(({ waiting }) => waiting).length).toBeGreaterThanOrEqual(truth.silent.length);
  });
});
