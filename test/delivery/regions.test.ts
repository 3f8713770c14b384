// What a radio may be set to by the law of its region.

import { describe, expect, it } from "vitest";
import { dutyCycleOf, illegalities, lawOf, USABLE_REGIONS } from "#delivery/regions.ts";
import { PRESET_NAMES, REGION_NAMES } from "#radio/names.ts";

const legal = { region: "EU_868", preset: "LONG_FAST", power: 0, overrideDutyCycle: false, licensed: false };

describe("law", () => {
  it("allows the usual", () => {
    expect(illegalities(legal)).toEqual([]);
    expect(illegalities({ ...legal, region: "US", preset: "LONG_TURBO", power: 30, overrideDutyCycle: true })).toEqual(
      [],
    );
  });

  it.each([
    [{ region: "UNSET" }, /no region/],
    [{ region: "EU_869" }, /no region "EU_869"/],
    [{ preset: "SHORT_TURBO" }, /does not fit/],
    [{ preset: "LITE_FAST" }, /does not fit/],
    [{ region: "EU_866" }, /LONG_FAST does not fit/],
    [{ region: "EU_N_868" }, /LONG_FAST does not fit/],
    [{ power: 28 }, /27 dBm/],
    [{ overrideDutyCycle: true }, /10 % of each hour/],
    [{ licensed: true }, /may not be encrypted/],
    [{ region: "ITU1_70CM" }, /may not be encrypted/],
  ])("refuses %j", (change, words) => {
    expect(illegalities({ ...legal, ...change }).join(" ")).toMatch(words);
  });

  it("every region that can be chosen has a number on the radio and a preset that fits", () => {
    for (const region of USABLE_REGIONS) {
      expect(REGION_NAMES).toContain(region);
      const fitting = PRESET_NAMES.filter((preset) => illegalities({ ...legal, region, preset }).length === 0);
      expect({ region, fitting }).not.toEqual({ region, fitting: [] });
      expect(lawOf(region)!.duty).toBe(dutyCycleOf(region));
    }
  });
});
