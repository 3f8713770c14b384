import { describe, expect, it } from "vitest";
import type { Millis } from "#base/clock.ts";
import { below, chance, pick, seededRandom, type Random } from "#base/random.ts";
import { packetAirtime, PRESETS } from "#delivery/airtime.ts";
import {
  HOUR,
  limitsOf,
  permission,
  spentInHour,
  type AirReport,
  type AirSettings,
  type AirView,
  type Spent,
} from "#delivery/budget.ts";
import { dutyCycleOf, LIMITED_REGIONS } from "#delivery/regions.ts";

const SETTINGS: AirSettings = {
  budgetPercent: 8,
  emergencyReservePercent: 4,
  utilisationCeiling: 25,
  urgentCeiling: 40,
};
const START = 1_800_000_000_000;
const SECOND = 1_000_000;
const DISTRESS = 0;
const PAGE = 1;
const ROLL_CALL = 2;
const CHAT = 5;
const INFORMATION = 6;

const view = (over: Partial<AirView> = {}): AirView => ({ region: "EU_868", settings: SETTINGS, spent: [], ...over });
const report = (over: Partial<AirReport> = {}): AirReport => ({
  at: START,
  countsFrom: START - HOUR,
  channelUtilisation: 0,
  airUtilTx: 0,
  ...over,
});
const wish = (rank: number, micros = SECOND) => ({ rank, micros, transmissions: 1 });
const spent = (seconds: number, at: Millis = START - 1_000): Spent => ({
  at,
  micros: seconds * SECOND,
  transmissions: 1,
});

describe("the budget", () => {
  it("keeps a reserve that only distress and pages may touch, below the law's limit", () => {
    const { duty, withReserve, ordinary } = limitsOf("EU_868", SETTINGS);
    expect(duty).toBe(342 * SECOND);
    expect(withReserve).toBe(duty);
    expect(ordinary).toBe(228 * SECOND);
    const air = view({ spent: [spent(228)] });
    expect(permission(air, wish(CHAT), START)).toEqual({ at: START - 1_000 + HOUR, why: "budget" });
    expect(permission(air, wish(ROLL_CALL), START).why).toBe("budget");
    expect(permission(air, wish(PAGE), START)).toEqual({ at: START });
    expect(permission(air, wish(DISTRESS), START)).toEqual({ at: START });
  });

  it("is the whole of the config's where no law limits, and distress goes beyond it", () => {
    const { withReserve, ordinary } = limitsOf("US", SETTINGS);
    expect([ordinary, withReserve]).toEqual([288 * SECOND, 432 * SECOND]);
    const air = view({ region: "US", spent: [spent(432)] });
    expect(permission(air, wish(PAGE), START).why).toBe("budget");
    expect(permission(air, wish(DISTRESS), START)).toEqual({ at: START });
  });

  it.each([
    [24, []],
    [25, [INFORMATION]],
    [39, [INFORMATION]],
    [40, [3, 4, CHAT, INFORMATION]],
    [90, [3, 4, CHAT, INFORMATION]],
  ])("at %i percent of utilisation holds back the ranks %j", (channelUtilisation, held) => {
    const air = view({ report: report({ channelUtilisation }) });
    const ranks = [0, 1, 2, 3, 4, 5, 6].filter((rank) => permission(air, wish(rank), START).why === "busy");
    expect(ranks).toEqual(held);
  });

  it("does not believe an old report about the channel", () => {
    const air = view({ report: report({ channelUtilisation: 90 }) });
    expect(permission(air, wish(CHAT), START + 6 * 60_000)).toEqual({ at: START + 6 * 60_000 });
  });

  it("believes the radio's own count, which knows its relays, and not the count of a radio that has just started", () => {
    expect(permission(view({ report: report({ airUtilTx: 9.6 }) }), wish(DISTRESS), START).why).toBe("duty");
    const before = [spent(341, START - 30 * 60_000)];
    const restarted = report({ countsFrom: START - 60_000, airUtilTx: 0.1 });
    expect(permission(view({ spent: before, report: restarted }), wish(DISTRESS), START).why).toBe("duty");
    expect(permission(view({ spent: before, report: report({ airUtilTx: 1 }) }), wish(DISTRESS), START).at).toBe(START);
  });

  it("waits as long as a radio says that refused for its duty cycle, but tries distress every minute", () => {
    const air = view({ refusedUntil: START + 20 * 60_000, spent: [spent(1, START)] });
    expect(permission(air, wish(PAGE), START)).toEqual({ at: START + 20 * 60_000, why: "refused" });
    expect(permission(air, wish(DISTRESS), START)).toEqual({ at: START + 60_000, why: "refused" });
  });
});

describe("10,000 random hours", () => {
  const REGIONS = [...LIMITED_REGIONS, "US", "ANZ", "UNKNOWN"];
  const HOURS_EACH = 5;

  it.each(REGIONS)("never go over the duty cycle in %s", (region) => {
    const runs = Math.ceil(10_000 / REGIONS.length / HOURS_EACH);
    for (let seed = 1; seed <= runs; seed++) {
      const worst = worstHour(region, seededRandom(seed));
      const allowed = dutyCycleOf(region) * 36_000_000;
      expect(worst, `seed ${seed} in ${region}: ${worst} of ${allowed} µs`).toBeLessThanOrEqual(allowed);
    }
  });

  /** A gateway that always has something to say, and a radio that repeats, relays, reports and restarts; the most that was sent in an hour. */
  function worstHour(region: string, random: Random): number {
    const preset = pick(random, PRESETS);
    const settings = {
      budgetPercent: below(random, 101),
      emergencyReservePercent: below(random, 101),
      utilisationCeiling: 25,
      urgentCeiling: 40,
    };
    const greed = 5_000 + below(random, 120_000);
    const restarts = chance(random, 0.3);
    const ours: { at: Millis; micros: number }[] = [];
    const counted: { at: Millis; micros: number }[] = [];
    const handed: Spent[] = [];
    let told: AirReport | undefined;
    let bootAt = START - 5 * HOUR;
    let nextReport = START + 60_000;
    for (let now = START; now < START + HOURS_EACH * HOUR; now += 2_500 + below(random, greed)) {
      while (nextReport <= now) {
        if (restarts && chance(random, 0.01)) bootAt = nextReport;
        told = reportAt(nextReport, bootAt, counted);
        nextReport += 60_000;
      }
      const packet = { payloadBytes: below(random, 220), direct: chance(random, 0.5) };
      const transmissions = chance(random, 0.5) ? 3 : 1;
      const micros = packetAirtime(preset, packet);
      const air: AirView = { region, settings, spent: handed, ...(told ? { report: told } : {}) };
      if (chance(random, 0.2)) counted.push({ at: now, micros: packetAirtime(preset, packet) });
      if (permission(air, { rank: below(random, 7), micros, transmissions }, now).at > now) continue;
      handed.push({ at: now, micros, transmissions });
      while (handed[0]!.at < now - 2 * HOUR) handed.shift();
      for (let repeat = 0; repeat < (transmissions === 1 ? 1 : 1 + below(random, 3)); repeat++) {
        ours.push({ at: now + repeat * 8_300, micros });
        counted.push({ at: now + repeat * 8_300, micros });
      }
    }
    return mostInAnHour(ours);
  }

  function reportAt(at: Millis, bootAt: Millis, counted: readonly { at: Millis; micros: number }[]): AirReport {
    const countsFrom = Math.max(bootAt, at - HOUR);
    let micros = 0;
    for (let n = counted.length - 1; n >= 0 && counted[n]!.at > at - HOUR - 60_000; n--)
      if (counted[n]!.at > countsFrom && counted[n]!.at <= at) micros += counted[n]!.micros;
    return { at, countsFrom, channelUtilisation: 0, airUtilTx: micros / 36_000_000 };
  }

  function mostInAnHour(sent: readonly { at: Millis; micros: number }[]): number {
    const inOrder = [...sent].sort((a, b) => a.at - b.at);
    let first = 0;
    let sum = 0;
    let most = 0;
    for (const each of inOrder) {
      sum += each.micros;
      while (inOrder[first]!.at <= each.at - HOUR) sum -= inOrder[first++]!.micros;
      most = Math.max(most, sum);
    }
    return most;
  }
});

describe("what was used", () => {
  it("is what was handed over within the hour, each packet once", () => {
    const old = spent(5, START - HOUR);
    expect(spentInHour(view({ spent: [old, spent(2), { ...spent(3), transmissions: 3 }] }), START)).toBe(5 * SECOND);
  });
});
