import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  freeOf,
  isFulfilled,
  moved,
  shownState,
  type Actor,
  type Item,
  type Match,
  type MatchEvent,
  type MatchState,
} from "#domain/aid/aid.ts";
import { singlePoints, whatFails, type Dependency } from "#domain/aid/dependencies.ts";
import { byUrgency, suppliersFor } from "#domain/aid/matching.ts";

const item = (over: Partial<Item> = {}): Item => ({
  id: 1,
  ref: 0,
  kind: "need",
  code: 0,
  supply: "once",
  urgency: "ordinary",
  owner: { name: "Ana", house: "14" },
  state: "open",
  at: 0,
  changedAt: 0,
  asked: false,
  reminded: 0,
  ...over,
});
const match = (over: Partial<Match> = {}): Match => ({
  id: 1,
  need: 1,
  giver: { name: "Ben", house: "12" },
  receiver: { name: "Ana", house: "14" },
  claimedBy: "giver",
  state: "claimed",
  at: 0,
  changedAt: 0,
  ...over,
});

const EVENTS: readonly MatchEvent[] = ["confirm", "hand", "finish", "drop"];
const ACTORS: readonly Actor[] = ["giver", "receiver", "coordinator"];
const RANK: Readonly<Record<MatchState, number>> = { claimed: 0, confirmed: 1, handed: 2, done: 3, dropped: 3 };

describe("a match", () => {
  it("only goes forward, ends, and is never confirmed by the one who claimed it", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...EVENTS), fc.constantFrom(...ACTORS)), { maxLength: 12 });
    fc.assert(
      fc.property(steps, fc.constantFrom("giver" as const, "receiver" as const), (walk, claimedBy) => {
        let state: MatchState = "claimed";
        for (const [event, by] of walk) {
          const next = moved({ state, claimedBy }, event, by);
          if (!next.ok) continue;
          expect(RANK[next.value]).toBeGreaterThan(RANK[state]);
          expect(event === "confirm" && by === claimedBy).toBe(false);
          expect(event === "finish" && by === "giver").toBe(false);
          state = next.value;
        }
      }),
    );
    for (const event of EVENTS)
      for (const by of ACTORS) expect(moved(match({ state: "done" }), event, by).ok).toBe(false);
  });
});

describe("what is free", () => {
  it("is what nobody has claimed; a part that was dropped comes back", () => {
    const water = item({ amount: 20 });
    expect(freeOf(water, [match({ amount: 15 })])).toBe(5);
    expect(freeOf(water, [match({ amount: 15, state: "dropped" })])).toBe(20);
    expect(isFulfilled(water, [match({ amount: 15, state: "done" })])).toBe(false);
    expect(isFulfilled(water, [match({ amount: 15, state: "done" }), match({ amount: 5, state: "done" })])).toBe(true);
    expect(shownState(water, [match({ amount: 15 })])).toBe("open");
    expect(shownState(water, [match({ state: "handed" })])).toBe("handed");
  });

  it("comes back from what was lent, and never ends for what does not run out", () => {
    const saw = item({ kind: "have", supply: "returns" });
    expect(freeOf(saw, [match()])).toBe(0);
    expect(freeOf(saw, [match({ state: "done" })])).toBe(1);
    expect(freeOf(item({ kind: "skill", supply: "endless" }), [match(), match()])).toBe(1);
  });
});

describe("matching", () => {
  const at = (zone: number, latitude = 0) => ({ zone, latitude, longitude: 0, languages: ["en"] });
  const supplier = (id: number, over: Partial<Item>, place = at(1)) => ({
    item: item({ id, kind: "offer", owner: { name: String(id), house: String(id + 100) }, ...over }),
    matches: [],
    place,
  });

  it("goes by kind, then enough, zone, metres, language and age", () => {
    const need = item({ amount: 20, unit: 0 });
    const ids = (list: ReturnType<typeof supplier>[]) => suppliersFor(need, at(1), list).map((each) => each.item.id);
    const enough = { amount: 50, unit: 0 };
    expect(ids([supplier(1, { amount: 5, unit: 0 }), supplier(2, enough, at(2)), supplier(3, enough)])).toEqual([
      3, 2, 1,
    ]);
    expect(ids([supplier(1, enough, at(1, 0.02)), supplier(2, enough, at(1, 0.01))])).toEqual([2, 1]);
    expect(ids([supplier(1, { ...enough, at: 9 }), supplier(2, { ...enough, at: 3 })])).toEqual([2, 1]);
    expect(ids([supplier(1, { code: 23 }), supplier(2, { owner: need.owner })])).toEqual([]);
    const power = suppliersFor(item({ code: 24 }), at(1), [supplier(1, { code: 113 }), supplier(2, { code: 24 })]);
    expect(power.map((each) => each.item.id)).toEqual([2, 1]);
  });

  it("keeps a drill apart, and puts the urgent first", () => {
    expect(suppliersFor(item({ event: 1 }), at(1), [supplier(1, {})])).toEqual([]);
    const needs = [item({ id: 1, at: 1 }), item({ id: 2, at: 2, urgency: "life" }), item({ id: 3, at: 0 })];
    expect(needs.toSorted(byUrgency).map(({ id }) => id)).toEqual([2, 3, 1]);
  });
});

it("says what would fail without somebody, and what hangs on that", () => {
  const thing = (name: string, keeper: string, deputy = "", needs: string[] = []): Dependency => ({
    name,
    kind: name,
    keeper,
    deputy,
    needs,
    serves: [],
  });
  const things = [
    thing("well", "Ben", "Carla", ["pump"]),
    thing("pump", "Ana", "", ["generator"]),
    thing("generator", "Ana", "Ben"),
    thing("server", "Dora", "dora "),
  ];
  expect(whatFails(things, "ana")).toEqual([
    { what: "pump", why: "only ana looks after it" },
    { what: "well", why: "needs pump" },
  ]);
  expect(whatFails(things, "Ben")).toEqual([]);
  expect(
    singlePoints(things)
      .map(({ person }) => person)
      .toSorted(),
  ).toEqual(["Ana", "dora "]);
});
