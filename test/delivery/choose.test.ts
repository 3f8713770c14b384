import { describe, expect, it } from "vitest";
import { choose, type Candidate, type LinkView } from "#delivery/choose.ts";

const NOW = 1_800_000_000_000;
const link = (over: Partial<LinkView> = {}): LinkView => ({
  ready: true,
  statusUntil: undefined,
  slots: [],
  lastWritten: new Map(),
  textGap: 2_500,
  air: {
    region: "EU_868",
    settings: { budgetPercent: 8, emergencyReservePercent: 4, utilisationCeiling: 25, urgentCeiling: 40 },
    spent: [],
  },
  ...over,
});
const row = (id: number, rank: number, over: Partial<Candidate> = {}): Candidate => ({
  id,
  rank,
  portnum: 1,
  notBefore: 0,
  micros: 500_000,
  transmissions: 3,
  ...over,
});
const full = { at: NOW - 60_000, micros: 228_000_000, transmissions: 1 };

describe("the one road out", () => {
  it("goes by right of way, then by age", () => {
    expect(choose([row(1, 5), row(2, 3), row(3, 0), row(4, 0)], link(), NOW)).toMatchObject({ send: 3 });
    expect(choose([row(1, 5), row(2, 3), row(3, 3)], link(), NOW)).toMatchObject({ send: 2 });
  });

  it("lets distress pass an unanswered queueStatus and others' acks, but never closer than the gap", () => {
    const busy = link({
      statusUntil: NOW + 2_000,
      slots: [NOW + 1, NOW + 2, NOW + 3],
      lastWritten: new Map([[1, NOW - 1_000]]),
    });
    expect(choose([row(1, 0), row(2, 1)], busy, NOW)).toMatchObject({ wakeAt: NOW + 1_500 });
    expect(choose([row(1, 0), row(2, 1)], busy, NOW + 1_500)).toMatchObject({ send: 1 });
  });

  it("keeps a slot free: all others wait while two acks are outstanding", () => {
    const slots = [NOW + 10_000, NOW + 20_000];
    expect(choose([row(1, 1)], link({ slots }), NOW)).toMatchObject({ wakeAt: NOW + 10_000 });
  });

  it("tells whom the air holds back, and lets nothing small slip past what waits for room", () => {
    const air = { ...link().air!, spent: [full] };
    const choice = choose([row(1, 3, { micros: 2_000_000 }), row(2, 6, { micros: 1_000 })], link({ air }), NOW);
    expect(choice).toEqual({ wakeAt: full.at + 3_600_000, held: [{ id: 1, why: "budget" }] });
  });

  it("in a surge holds back chat and information, and nothing else", () => {
    const surge = { fromRank: 5, until: NOW + 60_000 };
    const ranks = [0, 1, 2, 3, 4, 5, 6];
    const goes = ranks.filter((rank) => "send" in choose([row(1, rank)], link({ surge }), NOW));
    expect(goes).toEqual([0, 1, 2, 3, 4]);
    expect(choose([row(1, 5)], link({ surge }), NOW)).toEqual({
      wakeAt: NOW + 60_000,
      held: [{ id: 1, why: "surge" }],
    });
  });

  it("asks nothing of the air with rate limits off", () => {
    expect(
      choose([row(1, 6)], link({ air: undefined, textGap: 0, lastWritten: new Map([[1, NOW]]) }), NOW),
    ).toMatchObject({
      send: 1,
    });
  });
});
