import { describe, expect, it } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import { costOf } from "#delivery/forecast.ts";
import { nextZoneSize, rollCallAir, rollCallPlan, zoneSize } from "#delivery/roll-call.ts";
import { isSurge, lineOf, receiptsPerMinute } from "#delivery/surge.ts";

const NOW = 1_800_000_000_000;
const AIR = {
  region: "EU_868",
  settings: { budgetPercent: 8, emergencyReservePercent: 4, utilisationCeiling: 25, urgentCeiling: 40 },
  spent: [],
};
const wishes = (count: number, seconds: number) =>
  Array.from({ length: count }, () => ({ rank: 2, micros: seconds * 1_000_000, transmissions: 1 }));

describe("a cost", () => {
  it("is packets, seconds, the share of the hour, and when the last has left", () => {
    expect(costOf(wishes(3, 2), AIR, { gap: 2_500, ahead: 2 }, NOW)).toEqual({
      packets: 3,
      airSeconds: 6,
      shareOfHour: 6 / 228,
      finishAt: NOW + 4 * 2_500,
    });
  });

  it("beyond the hour's budget is finished in a later hour", () => {
    const { shareOfHour, finishAt } = costOf(wishes(300, 1), AIR, { gap: 2_500, ahead: 0 }, NOW);
    expect(shareOfHour).toBeGreaterThan(1);
    expect(finishAt).toBeGreaterThan(NOW + 3_600_000);
    expect(finishAt).toBeLessThan(NOW + 2 * 3_600_000);
  });
});

describe("a roll call's plan", () => {
  const air = { callMicros: 3_000_000, answerMicros: 2_000_000, utilisation: 25, peopleTake: 300_000 };

  it("calls the next zone when the channel has taken the answers of those before", () => {
    const zones = [
      { name: "A", households: 10 },
      { name: "B", households: 50 },
      { name: "C", households: 1 },
    ];
    expect(rollCallPlan(zones, air, NOW)).toEqual([
      { name: "A", callAt: NOW, doneAt: NOW + 300_000 },
      { name: "B", callAt: NOW + 92_000, doneAt: NOW + 92_000 + 412_000 },
      { name: "C", callAt: NOW + 504_000, doneAt: NOW + 504_000 + 300_000 },
    ]);
  });

  it("makes zones whose answers come about as fast as people give them", () => {
    expect(zoneSize(air)).toBe(36);
    expect(zoneSize({ ...air, answerMicros: 1e9 })).toBe(1);
    expect(zoneSize(rollCallAir("MEDIUM_FAST"))).toBeGreaterThan(2 * zoneSize(rollCallAir("LONG_FAST")));
  });

  it("makes the next zone smaller when the channel was fuller than it may be, and larger when it was calm", () => {
    expect(nextZoneSize(36, 25, air)).toBe(36);
    expect(nextZoneSize(36, 30, air)).toBe(30);
    expect(nextZoneSize(36, 90, air)).toBe(25);
    expect(nextZoneSize(36, 5, air)).toBe(51);
    expect(nextZoneSize(70, 0, air)).toBe(72);
    expect(nextZoneSize(2, 90, air)).toBe(5);
  });
});

describe("a surge", () => {
  it("begins when more report in within a minute than receipts could leave", () => {
    expect(receiptsPerMinute(228_000_000, 641_000)).toBe(5);
    expect(isSurge(5, 228_000_000, 641_000)).toBe(false);
    expect(isSurge(6, 228_000_000, 641_000)).toBe(true);
    expect(isSurge(1, 0, 641_000)).toBe(false);
  });

  it("puts as many names into a line as fit, in their order", () => {
    expect(lineOf("Heard:", ["ANA", "BEN", "ÑU"], 13, utf8Length)).toEqual({ line: "Heard: ANA", count: 1 });
    expect(lineOf("Heard:", ["ANA", "BEN", "ÑU"], 200, utf8Length)).toEqual({ line: "Heard: ANA BEN ÑU", count: 3 });
  });
});
