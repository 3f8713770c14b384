import { describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { itemByRef, matchesOf, openItems } from "#store/aid.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { standing } from "#store/welfare.ts";
import { ANA, BEN, Bench, OPS, START, US, type DIRECT } from "#test/harness/gateway.ts";

const KEY = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const from = (byte: number): typeof DIRECT => ({ to: US, pkiEncrypted: true, publicKey: KEY(byte) });
const CARLA = nodeNum(0x33333333);
const HOUR = 3_600_000;

/** Ana in 14 and Ben in 12, zone 1; Carla in 30, zone 2. 18 has no radio; Ben is captain. */
function street(): Bench {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    for (const [house, zone] of [
      ["12", 1],
      ["14", 1],
      ["18", 1],
      ["30", 2],
    ] as const)
      setHousehold(bench.store, { ...emptyHousehold(house), zone, address: `${house} Elm Street` }, START);
    const people = [
      ["Ana", "14", ANA, 1],
      ["Ben", "12", BEN, 2],
      ["Carla", "30", CARLA, 3],
    ] as const;
    for (const [name, house, node, key] of people) {
      const role = name === "Ben" ? "captain" : "resident";
      const member = addMember(bench.store, { name, house, role, matrix: [] }, START);
      bindRadio(bench.store, { node, publicKey: KEY(key), member }, START);
      if (name === "Ben") setZone(bench.store, { number: 1, name: "Elm", captain: member }, START);
    }
  });
  return bench;
}

/** Handled, and a while later. */
function says(bench: Bench, who: typeof ANA, text: string): string[] {
  const before = bench.sent.length;
  bench.hear(who, text, from(who === ANA ? 1 : who === BEN ? 2 : 3));
  wait(bench, 30_000, before);
  return bench.sent
    .slice(before)
    .map(({ to, payload }) => `${NAMES.get(to) ?? to}: ${Buffer.from(payload).toString()}`);
}

/** Time passes; every radio acknowledges what it is sent. */
function wait(bench: Bench, span: number, from = bench.sent.length): void {
  const until = bench.clock.now() + span;
  let acked = from;
  do {
    bench.clock.advance(Math.min(10_000, until - bench.clock.now()));
    for (; acked < bench.sent.length; acked++)
      bench.routing(nodeNum(bench.sent[acked]!.to), bench.sent[acked]!.packetId, 0);
  } while (bench.clock.now() < until);
}
const NAMES = new Map<number, string>([
  [ANA, "ana"],
  [BEN, "ben"],
  [CARLA, "carla"],
]);

describe("mutual aid by radio", () => {
  it("goes from a need through claim, yes and hand-over to done, each side told what is theirs", () => {
    const bench = street();
    expect(says(bench, CARLA, "offer water 100L")).toEqual([
      "carla: a0: you offer water 100 L until Sun 14:02. drop a0 takes it back.",
    ]);
    const asked = says(bench, ANA, "need water 20L");
    expect(asked).toEqual([
      "ana: Booked: house 14 NEED: water. a16: send drop a16 if solved.",
      "carla: a16: water 20 L needed, zone 1. Can you? take a16 = I bring it; no a16 = cannot.",
      "ana: a16: water 100 L may be had, zone 2 (a0). They are asked. take a0 = ask yourself.",
    ]);
    expect(standing(bench.store, "14").status).toBe("need");
    expect(says(bench, CARLA, "take a16")).toEqual([
      "carla: a16 is yours: water 20 L, zone 1. Their yes comes next. drop a16 = cannot after all.",
      "ana: a16: Carla, zone 2, brings water 20 L. yes a16 = come (gets your address); no a16 = not.",
    ]);
    expect(says(bench, ANA, "yes a16").toSorted()).toEqual([
      "ana: a16 agreed: Carla brings water 20 L. done a16 when you have it.",
      "carla: a16 agreed, water 20 L: house 14, 14 Elm Street, Ana. give a16 when handed over.",
    ]);
    expect(says(bench, CARLA, "give a16")[0]).toBe(
      "carla: a16: water 20 L handed over, thank you. They are asked to confirm.",
    );
    expect(says(bench, ANA, "done a16").toSorted()).toEqual([
      "ana: a16 done, thank you.",
      "carla: a16: Ana has it. Done, thank you.",
    ]);
    expect(itemByRef(bench.store, 16)?.state).toBe("done");
    expect(bench.ledger().some(({ text }) => text.includes("Elm Street"))).toBe(false);
  });

  it("gives one thing to the first stored and tells the other at once", () => {
    const bench = street();
    says(bench, ANA, "need generator");
    says(bench, BEN, "take a0");
    expect(says(bench, CARLA, "take a0")).toEqual([
      "carla: a0 was taken by somebody else before you. needs = what is open.",
    ]);
    expect(matchesOf(bench.store, 1)).toHaveLength(1);
  });

  it("takes parts, and the rest stays open", () => {
    const bench = street();
    says(bench, ANA, "need water 20L");
    says(bench, BEN, "give a0 15L");
    expect(matchesOf(bench.store, 1)).toMatchObject([{ amount: 15, state: "claimed" }]);
    says(bench, CARLA, "take a0");
    expect(matchesOf(bench.store, 1)).toMatchObject([{ amount: 15 }, { amount: 5 }]);
    says(bench, ANA, "yes a0");
    says(bench, BEN, "give a0 10L");
    expect(matchesOf(bench.store, 1)).toMatchObject([{ amount: 10, state: "handed" }, { amount: 5 }]);
  });

  it("counts without a unit in the item's own, gives no more than there is, and says what was booked", () => {
    const bench = street();
    says(bench, ANA, "need water 20L");
    expect(says(bench, BEN, "take a0 12")[0]).toBe(
      "ben: a0 is yours: water 12 L, zone 1. Their yes comes next. drop a0 = cannot after all.",
    );
    expect(says(bench, CARLA, "take a0 3 bottles")).toEqual([
      "carla: a0 is water 20 L: say how much in the same unit, or take a0 for all of it.",
    ]);
    expect(says(bench, CARLA, "take a0 50")[0]).toBe(
      "carla: a0 is yours: water 8 L (all there is), zone 1. Their yes comes next. drop a0 = cannot after all.",
    );
    expect(says(bench, CARLA, "give a0 5")[0]).toBe(
      "carla: a0: water 5 L handed over, thank you. They are asked to confirm.",
    );
    expect(matchesOf(bench.store, 1)).toMatchObject([
      { amount: 12, state: "claimed" },
      { amount: 5, state: "handed" },
    ]);
    says(bench, CARLA, "offer 4 blankets");
    expect(says(bench, ANA, "take a16 2")[0]).toBe(
      "ana: a16 is yours: blankets 2, zone 2. Their yes comes next. drop a16 = cannot after all.",
    );
    expect(says(bench, BEN, "take a16 2 pieces")[0]).toMatch(/^ben: a16 is yours: blankets 2, zone 2\./);
    says(bench, ANA, "need generator");
    expect(says(bench, CARLA, "take a32 2")[0]).toMatch(/^carla: a32 is yours: generator, zone 1\./);
  });

  it("hears that something is not needed any more, has come, or that several are taken back", () => {
    const bench = street();
    says(bench, ANA, "need water");
    expect(says(bench, ANA, "got water")).toEqual(["ana: a0: water: did you get it? done a0 or no a0."]);
    expect(says(bench, ANA, "dont need water anymore")).toEqual(["ana: a0 dropped."]);
    expect(openItems(bench.store)).toEqual([]);
    expect(says(bench, ANA, "dont need blankets")[0]).toMatch(/^ana: Stored/);
    says(bench, BEN, "we have extra food and blankets");
    expect(openItems(bench.store)).toMatchObject([
      { ref: 16, kind: "offer", supply: "once" },
      { ref: 32, kind: "offer", supply: "once" },
    ]);
    expect(says(bench, ANA, "drop a16 a32")).toEqual(["ana: a16 is not yours to change. take a16 first."]);
    says(bench, ANA, "need tarp");
    expect(says(bench, ANA, "drop a16 a48")).toEqual(["ana: a48 dropped."]);
    expect(says(bench, BEN, "drop a16 a32")).toEqual(["ben: a16 a32 dropped."]);
    expect(says(bench, ANA, "anyone got a chainsaw?")).toEqual([
      "ana: Nothing of that is open. need chainsaw = people are asked.",
    ]);
    says(bench, BEN, "offer ride tomorrow 9am");
    expect(openItems(bench.store)).toMatchObject([{ expiresAt: Date.UTC(2026, 10, 23, 23, 59) }]);
  });

  it("speaks for a household without a radio through its captain", () => {
    const bench = street();
    expect(says(bench, BEN, "need 18 insulin")).toEqual([
      "ben: Booked: house 18 NEED: insulin. a0: send drop a0 if solved.",
    ]);
    expect(openItems(bench.store)).toMatchObject([{ owner: { house: "18", node: BEN, zone: 1 }, code: 7 }]);
    expect(itemByRef(bench.store, 0)).not.toHaveProperty("amount");
    says(bench, CARLA, "take a0");
    expect(says(bench, BEN, "yes a0")).toContain(
      "carla: a0 agreed, insulin: house 18, 18 Elm Street. give a0 when handed over.",
    );
  });

  it("names nothing medical to others, and no address to anybody but the match", () => {
    const bench = street();
    says(bench, ANA, "need insulin urgent");
    expect(says(bench, CARLA, "needs")).toEqual(["carla: a0! medical zone 1. take a.. = I do."]);
    expect(says(bench, ANA, "needs")).toEqual(["ana: a0! insulin zone 1. take a.. = I do."]);
    expect(
      bench
        .bodies(OPS)
        .filter((body) => /^(\* )?(a0|Mutual)/.test(body))
        .join(),
    ).not.toMatch(/insulin|Elm Street/);
  });

  it("believes nobody on the channel about taking and closing", () => {
    const bench = street();
    says(bench, ANA, "need water");
    bench.hear(BEN, "!drop a0");
    bench.hear(BEN, "take a0");
    wait(bench, 30_000);
    expect(openItems(bench.store)).toHaveLength(1);
    expect(matchesOf(bench.store, 1)).toHaveLength(0);
  });

  it("asks before it ends, keeps it at a yes, and ends it at silence", () => {
    const bench = street();
    says(bench, CARLA, "offer ride till 20:00");
    wait(bench, 5 * HOUR);
    expect(bench.texts().at(-1)).toMatch(/^a0: ride. Does it still stand/);
    says(bench, CARLA, "yes a0");
    expect(itemByRef(bench.store, 0)?.state).toBe("open");
    bench.clock.advance(8 * 24 * HOUR);
    expect(itemByRef(bench.store, 0)?.state).toBe("expired");
    expect(bench.texts().at(-1)).toMatch(/^a0 has ended: ride/);
  });

  it("brings up again what is stuck, at last before people", () => {
    const bench = street();
    says(bench, ANA, "need chainsaw");
    says(bench, BEN, "take a0");
    wait(bench, 4 * HOUR);
    expect(bench.texts().filter((text) => text.startsWith("a0: Ben waits for your answer"))).toHaveLength(3);
    expect(bench.bodies(OPS).some((body) => body.includes("⏳ a0 is stuck"))).toBe(true);
  });

  it("asks the next one when the first cannot, and does not reuse a reference for a week", () => {
    const bench = street();
    says(bench, CARLA, "have chainsaw");
    says(bench, BEN, "have chainsaw");
    expect(says(bench, ANA, "need chainsaw").find((line) => line.includes("needed, zone"))).toMatch(/^ben: a32/);
    expect(says(bench, BEN, "no a32").find((line) => line.includes("needed, zone"))).toMatch(/^carla: a32/);
    says(bench, ANA, "drop a32");
    says(bench, ANA, "need water");
    expect(openItems(bench.store, ["need"])[0]?.ref).toBe(48);
  });

  it("marks what belongs to a drill, and keeps it apart", () => {
    const bench = street();
    says(bench, CARLA, "offer water 100L");
    bench.write("!event open drill test", { room: OPS });
    const lines = says(bench, ANA, "need water 5L");
    expect(lines.every((line) => line.includes("EXERCISE"))).toBe(true);
    expect(lines.some((line) => line.startsWith("carla"))).toBe(false);
  });
});
