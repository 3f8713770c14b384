// Needs, offers and claims between gateways: what one keeps stands on the other's boards, and both end with the same taker, whatever
// the air loses, repeats or brings in another order.

import { describe, expect, it } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { below, chance, pick, seededRandom, systemRandom, type Random } from "#base/random.ts";
import { freeOf, isActive, type Item } from "#domain/aid/aid.ts";
import { machinesView } from "#gateway/machines.ts";
import type { MeshSend } from "#gateway/inputs.ts";
import { knownMachines } from "#gateway/mesh/machine-peers.ts";
import { allItems, itemByRef, itemRow, matchesOf } from "#store/aid.ts";
import { claimsOf, sharedRow } from "#store/aid-shared.ts";
import { decodeAnyForm } from "#wire/envelope.ts";
import { Bench, EVERYONE, OPS, START } from "#test/harness/gateway.ts";
import { GROUP_KEY, Neighbourhood, outage, talk } from "#test/harness/gateways.ts";

const HOUR = 3_600_000;

/** Elm and Oak, who know each other. */
function two(over: ConstructorParameters<typeof Neighbourhood>[2] = {}): { elm: Neighbourhood; oak: Neighbourhood } {
  const clock = new VirtualClock(START);
  const [elm, oak] = [new Neighbourhood(1, clock, over), new Neighbourhood(2, clock, over)];
  for (const { bench, other } of [
    { bench: elm.bench, other: oak },
    { bench: oak.bench, other: elm },
  ])
    bench.pump.report({
      kind: "radio-node",
      node: { num: other.node, longName: other === oak ? "Oak Street" : "Elm Street", shortName: "x" },
    });
  talk(elm, oak, 90_000, 5_000);
  return { elm, oak };
}

const matchesAt = ({ bench }: Neighbourhood, ref: number) =>
  matchesOf(bench.store, itemByRef(bench.store, ref)!.id).map(({ state, amount }) => ({ state, amount }));

const messagesIn = (sends: readonly MeshSend[]) =>
  sends.map(({ payload }) => {
    const message = decodeAnyForm(Uint8Array.from(payload));
    return message.ok ? message.value : message.refusal;
  });

describe("aid between gateways", () => {
  it("shows what another keeps with its origin, and carries claim, yes, hand-over and done across", () => {
    const { elm, oak } = two();
    elm.says(0, "need water 20L");
    talk(elm, oak);
    expect(oak.says(1, "needs")).toEqual(["a1 water 20 L zone 1. take a.. = I do."]);
    expect(oak.bench.bodies(OPS).find((body) => body.startsWith("a1 "))).toMatch(
      /^a1 NEED water 20 L · zone 1, by Elm Street · open/,
    );
    expect(oak.says(1, "take a1 12")[0]).toMatch(/^a1 is yours: water 12 L, zone 1\./);
    const asked = elm.bench.sent.length;
    talk(elm, oak);
    expect(elm.wordsFrom(asked)).toContain(
      "a1: somebody by Oak Street brings water 12 L. yes a1 = come (coordinators arrange it); no a1 = not.",
    );
    const agreed = oak.bench.sent.length;
    expect(elm.says(0, "yes a1")).toEqual(["a1 agreed: Oak Street brings water 12 L. done a1 when you have it."]);
    talk(elm, oak);
    expect(oak.wordsFrom(agreed)).toContain(
      "a1 agreed, water 12 L. A coordinator tells you where. give a1 when handed over.",
    );
    expect(elm.bench.bodies(OPS)).toContain(
      "a1 is agreed with somebody by Oak Street. Please arrange with their coordinators where.",
    );
    oak.says(1, "give a1 10");
    talk(elm, oak);
    expect(matchesAt(elm, 1)).toEqual([{ state: "handed", amount: 10 }]);
    elm.says(0, "done a1");
    talk(elm, oak);
    for (const side of [elm, oak]) expect(matchesAt(side, 1)).toEqual([{ state: "done", amount: 10 }]);
    // Ten of twenty litres are there; the rest is still needed.
    expect(oak.says(2, "needs")).toEqual(["a1 water 20 L zone 1. take a.. = I do."]);
    expect(itemByRef(elm.bench.store, 1)).toMatchObject({ state: "open" });
  });

  it("asks our people for what is needed elsewhere, after those around its keeper had a while", () => {
    const { elm, oak } = two();
    oak.says(2, "offer water 100L");
    elm.says(0, "need water 20L");
    talk(elm, oak);
    const before = oak.bench.sent.length;
    talk(elm, oak, 7 * 60_000, 5_000);
    expect(oak.wordsFrom(before)).toContain(
      "a1: water 20 L needed, zone 1. Can you? take a1 = I bring it; no a1 = cannot.",
    );
    expect(elm.says(0, "offers water")).toContain("a2 water 100 L zone 2. take a.. = I do.");
    elm.says(1, "take a2 5");
    talk(elm, oak);
    expect(matchesAt(oak, 2)).toEqual([{ state: "claimed", amount: 5 }]);
  });

  it("lets one of two takers win whom an outage kept apart, and tells the other", () => {
    const { elm, oak } = two();
    elm.says(0, "need generator");
    talk(elm, oak);
    expect(oak.says(1, "take a1")[0]).toMatch(/^a1 is yours/);
    elm.says(1, "take a1");
    elm.bench.clock.advance(2 * HOUR);
    outage(elm, oak);
    const before = oak.bench.sent.length;
    elm.bench.clock.advance(HOUR);
    talk(elm, oak);
    expect(oak.wordsFrom(before)).toContain("a1 was taken by somebody else before you. needs = what is open.");
    expect(matchesAt(elm, 1)).toEqual([{ state: "claimed", amount: undefined }]);
    expect(matchesAt(oak, 1)).toMatchObject([{ state: "dropped" }, { state: "claimed" }]);
    expect(oak.says(2, "take a1")).toEqual(["a1 was taken by somebody else before you. needs = what is open."]);
    // What its keeper's people drop is free on the other side again.
    elm.says(1, "drop a1");
    talk(elm, oak);
    expect(oak.says(2, "take a1")[0]).toMatch(/^a1 is yours/);
  });

  it("closes for the other side's coordinators what is settled there", () => {
    const { elm, oak } = two();
    elm.says(0, "need water 20L");
    talk(elm, oak);
    oak.bench.write("!aid done a1", { room: OPS });
    talk(elm, oak);
    expect(itemByRef(elm.bench.store, 1)).toMatchObject({ state: "done" });
    expect(elm.bench.bodies(OPS)).toContain("a1 was closed by Oak Street.");
    elm.says(0, "need generator");
    talk(elm, oak);
    elm.says(0, "drop a17");
    talk(elm, oak);
    expect(itemByRef(oak.bench.store, 17)).toMatchObject({ state: "dropped" });
  });

  it("says a zone and a reference and nothing nearer, and medical things never on the primary channel", () => {
    const { elm, oak } = two();
    elm.takeMachineWords();
    elm.says(0, "need water 20L for my mother on Secret Street");
    elm.says(1, "need insulin urgent");
    elm.pass(1_000);
    const said = elm.takeMachineWords();
    expect(messagesIn(said)).toEqual([
      { type: "need", ref: 1, what: 0, urgency: "soon", quantity: 20, unit: 0, hours: 72, zone: 1 },
      { type: "need", ref: 17, what: 7, urgency: "urgent", hours: 72, zone: 1 },
    ]);
    expect(said.map(({ to }) => to)).toEqual([EVERYONE, oak.node]);
    const own = two({ machineChannels: [3] });
    own.elm.takeMachineWords();
    own.elm.says(1, "need insulin urgent");
    own.elm.bench.clock.advance(1_000);
    expect(own.elm.takeMachineWords()).toMatchObject([{ to: EVERYONE, channel: 3 }]);
  });

  it("says nothing where no other gateway is known, and hello rarely", () => {
    const alone = new Neighbourhood(1, new VirtualClock(START));
    alone.says(0, "need water 20L");
    alone.bench.clock.advance(5 * HOUR);
    expect(messagesIn(alone.takeMachineWords())).toMatchObject([{ type: "challenge" }]);
    const bench = new Bench().ready();
    bench.hear(alone.residents[0]!.node, "need water 20L", { to: alone.node });
    bench.clock.advance(24 * HOUR);
    expect(bench.sent.filter(({ portnum }) => portnum !== 1)).toEqual([]);
  });

  it("speaks no more to a gateway that was silent for a week", () => {
    const { elm, oak } = two();
    const knownIn = (days: number): number[] =>
      elm.bench.pump.ask((turn) => knownMachines({ ...turn, now: turn.now + days * 24 * HOUR }));
    expect(knownIn(6)).toEqual([oak.node]);
    expect(knownIn(8)).toEqual([]);
  });

  it("moves nothing for another key, for what is said again, or before a challenge is answered", () => {
    const clock = new VirtualClock(START);
    const [elm, oak] = [new Neighbourhood(1, clock), new Neighbourhood(2, clock)];
    const mallory = new Neighbourhood(3, clock, { key: { ...GROUP_KEY, secret: new Uint8Array(32) } });
    talk(elm, oak, 90_000, 5_000);
    elm.says(0, "need generator");
    talk(elm, oak);
    oak.says(1, "take a1");
    const claims = oak.takeMachineWords();
    expect(messagesIn(claims)).toMatchObject([{ type: "claim", ref: 1, claim: 2 }]);
    for (const send of claims) elm.hears(mallory, send);
    expect(matchesAt(elm, 1)).toEqual([]);
    expect(machinesView(elm.bench.store, 0).refused).toMatchObject({ forged: 1 });
    for (const send of [...claims, ...claims]) elm.hears(oak, send);
    expect(matchesAt(elm, 1)).toHaveLength(1);
    expect(machinesView(elm.bench.store, 0).refused).toMatchObject({ replayed: 1 });
    // Yew has the key and has not heard of anybody yet: a recording of Elm's need is no news to it.
    const yew = new Neighbourhood(4, clock);
    const recorded = elm.bench.sent.filter(({ portnum }) => portnum !== 1);
    for (const send of recorded) yew.hears(elm, send);
    expect(allItems(yew.bench.store)).toEqual([]);
    expect(messagesIn(yew.takeMachineWords())).toMatchObject([{ type: "challenge" }, { type: "echo" }]);
  });

  it("tells operators of another gateway with our number", () => {
    const clock = new VirtualClock(START);
    const elm = new Neighbourhood(1, clock);
    const twin = new Neighbourhood(1, clock, { node: 0x0a00_0009 });
    talk(elm, twin, 90_000, 5_000);
    twin.says(0, "need generator");
    talk(elm, twin);
    expect(elm.bench.bodies(OPS)).toContain(
      "!0a000009 has the same node.gateway_number as we: give each gateway its own.",
    );
    expect(allItems(elm.bench.store)).toEqual([]);
  });
});

// ───────────────────────────── an air that does what it likes ─────────────────────────────

/** What one side has said and the other has not heard yet. */
class Air {
  readonly #random: Random;
  readonly #waiting: { readonly from: Neighbourhood; readonly to: Neighbourhood; readonly send: MeshSend }[] = [];
  isOut = false;

  constructor(random: Random) {
    this.#random = random;
  }

  carry(from: Neighbourhood, to: Neighbourhood): void {
    for (const send of from.takeMachineWords()) {
      if (this.isOut || chance(this.#random, 0.3)) continue;
      this.#waiting.push({ from, to, send });
      if (chance(this.#random, 0.2)) this.#waiting.push({ from, to, send });
    }
    while (this.#waiting.length > 0 && chance(this.#random, 0.6)) {
      const [next] = this.#waiting.splice(below(this.#random, this.#waiting.length), 1);
      next!.to.hears(next!.from, next!.send);
    }
  }
}

const THINGS = ["water 20L", "generator", "4 blankets", "insulin", "ride"] as const;
const DEEDS = ["take", "take", "take", "yes", "yes", "give", "done", "drop", "no"] as const;

function somebodySays(random: Random, side: Neighbourhood): void {
  const { bench } = side;
  const refs = allItems(bench.store).map(({ ref }) => ref);
  if (refs.length < 3 || chance(random, 0.15)) {
    side.says(below(random, 3), `${pick(random, ["need", "offer"])} ${pick(random, THINGS)}`);
    return;
  }
  const deed = pick(random, DEEDS);
  const much = deed === "take" && chance(random, 0.4) ? ` ${1 + below(random, 12)}` : "";
  if (chance(random, 0.1))
    bench.write(`!aid ${pick(random, ["take", "done", "drop"])} a${pick(random, refs)}`, { room: OPS });
  else side.says(below(random, 3), `${deed} a${pick(random, refs)}${much}`);
}

/** How an item stands for everybody: what is free of it, and each claim between gateways with its state. */
function standing({ bench: { store } }: Neighbourhood, item: Item): string {
  const matches = matchesOf(store, item.id);
  const claims = claimsOf(store, item.id).map(({ claim, match }) => {
    const of = matches.find(({ id, state }) => id === match && state !== "dropped");
    return [claim, of?.state ?? "dropped", of?.amount];
  });
  return JSON.stringify({ state: item.state, free: freeOf(item, matches), claims });
}

/** Of what one keeps: given away twice, or otherwise at the other. */
function wrongAt(keeper: Neighbourhood, other: Neighbourhood): string[] {
  const own = allItems(keeper.bench.store).filter(({ owner }) => owner.machine === undefined);
  return own.flatMap((item) => {
    const matches = matchesOf(keeper.bench.store, item.id);
    const given = matches.filter((match) => isActive(match) || match.state === "done");
    const sum = given.reduce((total, { amount }) => total + (amount ?? item.amount ?? 1), 0);
    const twice = item.supply === "once" && sum > (item.amount ?? 1) ? [`a${item.ref} is given twice`] : [];
    const there = sharedRow(other.bench.store, keeper.node, item.ref)?.item;
    const [here, mirrored] = [
      standing(keeper, item),
      typeof there === "number" ? itemRow(other.bench.store, there) : undefined,
    ];
    // What was taken or closed before it could be told of is nothing to the other side.
    if (mirrored === undefined)
      return item.state === "open" && freeOf(item, matches) > 0 ? [...twice, `a${item.ref} is not known`] : twice;
    const far = standing(other, mirrored);
    return here === far ? twice : [...twice, `a${item.ref}: ${here} here, ${far} there`];
  });
}

describe("two gateways over an air that loses, repeats and reorders", () => {
  const seeds = Array.from({ length: Number(process.env["AID_SEEDS"] ?? 1) }, () => systemRandom.u32() >>> 8);
  it.each(seeds)("end with the same taker of each item (seed %i)", (seed) => {
    const random = seededRandom(seed);
    const { elm, oak } = two();
    const air = new Air(random);
    for (let n = 0; n < 30; n++) {
      const side = chance(random, 0.5) ? elm : oak;
      somebodySays(random, side);
      if (chance(random, 0.1)) air.isOut = !air.isOut;
      elm.pass(below(random, 4) === 0 ? below(random, 20 * 60_000) : below(random, 30_000), 20_000);
      oak.acknowledge();
      air.carry(elm, oak);
      air.carry(oak, elm);
    }
    talk(elm, oak, 8 * HOUR, 5 * 60_000);
    talk(elm, oak, 60_000, 5_000);
    expect([...wrongAt(elm, oak), ...wrongAt(oak, elm)]).toEqual([]);
  });
});
