// Roll calls: waves, answers in every form, deadline, drills, plans, restarts.

import { beforeEach, describe, expect, it } from "vitest";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import { emptyHousehold, type Role } from "#domain/people/people.ts";
import { closeEvent, openEvent } from "#gateway/welfare/event-changes.ts";
import { closeRollCall, forecastRollCall, openRollCall, type RollWish } from "#gateway/welfare/roll.ts";
import { planRollCall } from "#gateway/welfare/roll-plan.ts";
import { rollStatus, type RollView } from "#gateway/welfare/roll-status.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { standing } from "#store/welfare.ts";
import { Bench, EVERYONE, OPS, START, US } from "#test/harness/gateway.ts";

const MINUTE = 60_000;
const KEY = (n: number): Uint8Array => new Uint8Array(32).fill(n);
/** The radio of the n-th household. */
const node = (n: number): NodeNum => nodeNum(0x10000000 + n);
const from = (n: number) => ({ to: US, pkiEncrypted: true, publicKey: KEY(n) });

/** Houses 1 to 8, zone 1 the odd ones with captain 1, zone 2 the even ones without a captain; 7 and 8 have no radio. */
function street(): Bench {
  const bench = new Bench().ready();
  const roles: Partial<Record<number, Role>> = { 1: "captain", 2: "coordinator" };
  bench.store.transaction(() => {
    for (let n = 1; n <= 8; n++) {
      setHousehold(bench.store, { ...emptyHousehold(String(n)), zone: n % 2 === 1 ? 1 : 2 }, START);
      const fields = { name: `Name${n}`, house: String(n), role: roles[n] ?? "resident", matrix: [] };
      const member = addMember(bench.store, fields, START);
      if (n <= 6) bindRadio(bench.store, { node: node(n), publicKey: KEY(n), member }, START);
      if (n === 1) setZone(bench.store, { number: 1, name: "Elm", captain: member }, START);
    }
    setZone(bench.store, { number: 2, name: "Oak" }, START);
  });
  return bench;
}

let bench: Bench;
beforeEach(() => {
  bench = street();
});

const open = (wish: Partial<RollWish> = {}) =>
  bench.pump.ask((turn) => openRollCall(turn, { scope: { all: true }, by: "Maria", ...wish }));
const status = (number?: number): RollView => bench.pump.ask((turn) => rollStatus(turn, number))!;
const say = (n: number, text: string, over: object = {}) => bench.hear(node(n), text, { ...from(n), ...over });
const later = (minutes: number): void => bench.clock.advance(minutes * MINUTE);
const to = (n: number): string[] =>
  bench.sent.filter((each) => each.to === node(n)).map((each) => Buffer.from(each.payload).toString());
const calls = (): string[] =>
  bench.sent.filter((each) => each.to === EVERYONE).map((each) => Buffer.from(each.payload).toString());
const silent = (view: RollView): string[] => view.byZone.flatMap((zone) => zone.silent);

describe("a roll call", () => {
  it("tells its cost before it leaves, and leaves ten seconds later", () => {
    const forecast = bench.pump.ask((turn) => forecastRollCall(turn, { scope: { all: true }, by: "Maria" }));
    expect(forecast).toMatchObject({ ok: true, forecast: { households: 8, withRadio: 6, packets: 1 } });
    const opened = open();
    expect(opened).toMatchObject({ ok: true, reference: "r1" });
    expect(bench.bodies(OPS).at(-1)).toMatch(
      /^Roll call r1 opened by Maria\. 8 households \(6 with a radio\)\. Calls: 1 packet/,
    );
    expect(bench.texts()).toEqual([]);
    bench.clock.advance(10_000);
    expect(bench.texts()).toEqual(["Roll call r1: answer OK, or what you need"]);
    expect(status().airtimeSeconds).toBeGreaterThan(0.3);
  });

  it("counts answers in every form: a word, a reply, a tapback, a canned message, for a neighbour", () => {
    open();
    later(1);
    const call = bench.sent[0]!.packetId;
    say(1, "ok 3 people");
    say(2, "👍", { to: EVERYONE, replyId: call, emoji: 1 });
    say(3, "Yes", { to: EVERYONE });
    say(4, "we are fine", { replyId: call });
    say(5, "need insulin");
    say(6, "8 ok");
    expect(status()).toMatchObject({ households: 8, accounted: 6, silent: 2, need: 1, urgent: 0 });
    expect(silent(status())).toEqual(["7", "6"]);
    expect(status().byZone).toMatchObject([
      { zone: 1, name: "Elm", households: 4, accounted: 3, silent: ["7"], need: ["5"] },
      { zone: 2, name: "Oak", households: 4, accounted: 3, silent: ["6"] },
    ]);
  });

  it("takes a place without a word for a sign of life that needs a look, and asks", () => {
    open();
    later(1);
    const position = { latitudeI: 455_230_640, longitudeI: -1_226_764_830 };
    bench.hear(node(3), "", { ...from(3), portnum: 3 }, { kind: "position", position });
    // What a radio broadcasts by itself is no answer.
    bench.hear(node(4), "", { portnum: 3 }, { kind: "position", position });
    expect(status()).toMatchObject({ accounted: 1, need: 1 });
    expect(bench.bodies(OPS)).toContainEqual(
      expect.stringContaining("Name3 (3) answered r1 with a place (45.52306 -122.67648)"),
    );
    later(1);
    expect(to(3)).toEqual(["r1: are you OK? Reply OK, or what you need."]);
    say(3, "ok");
    expect(status()).toMatchObject({ accounted: 1, need: 0 });
  });

  it("takes no for not OK, asks at once and tells people; the newer word counts", () => {
    open();
    later(1);
    say(3, "👎", { replyId: bench.sent[0]!.packetId, emoji: 1 });
    later(1);
    expect(to(3).at(-1)).toMatch(/not OK.*What is wrong/);
    expect(bench.bodies(OPS).some((body) => body.includes("Name3 (3) answered NOT OK to r1"))).toBe(true);
    expect(status()).toMatchObject({ accounted: 1, need: 1 });
    say(3, "ok");
    expect(status()).toMatchObject({ accounted: 1, need: 0 });
  });

  it("asks the silent themselves, after pushing their keys to the radio, and then their captain", () => {
    open();
    later(1);
    say(1, "ok");
    say(2, "ok");
    later(3);
    expect(to(3)).toEqual(["r1: are you OK? Reply OK, or what you need."]);
    expect(to(1).some((text) => text.startsWith("r1:"))).toBe(false);
    expect(bench.requests).toContainEqual(
      expect.objectContaining({
        kind: "add-contact",
        node: expect.objectContaining({ num: node(3), publicKey: KEY(3) }),
      }),
    );
    // An answer to the direct question, by a canned word.
    say(3, "Ok", { replyId: bench.sent.find((each) => each.to === node(3))!.packetId });
    later(15);
    expect(to(1).at(-1)).toBe("r1: no word from 5 7. Please look, then send: ok 12 14, need 18 water, silent 20.");
    expect(bench.bodies(OPS)).toContainEqual(expect.stringMatching(/nobody in Oak can be asked.*4 6 8/));
    expect(status().waves.map(({ kind, done, households }) => [kind, done, households])).toEqual([
      ["channel", true, 8],
      ["direct", true, 4],
      ["captain", true, 5],
    ]);
  });

  it("does not ask again who has answered meanwhile", () => {
    open();
    later(5);
    expect(to(3)).toHaveLength(1);
    say(3, "ok");
    later(20);
    // Without the answer the unacknowledged question would have been said twice more.
    expect(to(3).filter((text) => text.startsWith("r1:"))).toHaveLength(1);
    expect(to(4).filter((text) => text.startsWith("r1:"))).toHaveLength(3);
  });

  it("closes itself at its deadline, with the result, and counts nothing after", () => {
    open({ minutes: 30 });
    later(1);
    say(1, "ok");
    later(40);
    expect(status()).toMatchObject({ state: "closed", accounted: 1, silent: 7, closedBy: "its deadline" });
    expect(bench.bodies(OPS)).toContainEqual(expect.stringMatching(/^Roll call r1 closed by its deadline. 1 of 8/));
    say(2, "ok");
    expect(status()).toMatchObject({ accounted: 1 });
    const said = bench.sent.length;
    later(600);
    expect(
      bench
        .texts()
        .slice(said)
        .filter((text) => text.includes("r1")),
    ).toEqual([]);
  });

  it("for a zone or for houses asks only those", () => {
    open({ scope: { zones: [2] } });
    later(1);
    expect(calls()).toEqual(["Roll call r1, zone 2: answer OK, or what you need"]);
    expect(status()).toMatchObject({ households: 4 });
    bench.pump.ask((turn) => closeRollCall(turn, 1, "Maria"));
    open({ scope: { houses: ["3", "7"] }, question: "is the bridge open?" });
    later(1);
    expect(calls()).toHaveLength(1);
    expect(to(3)).toEqual(["r2: is the bridge open?"]);
    expect(open({ scope: { zones: [9] } })).toEqual({ ok: false, reason: "there is no zone 9" });
    expect(open({ question: "x".repeat(200) })).toMatchObject({
      ok: false,
      reason: expect.stringContaining("too long"),
    });
  });

  it("lets a stranger's word about a neighbour take nobody off the list, and asks for an unknown radio's household", () => {
    open();
    later(1);
    bench.hear(nodeNum(0x666), "ok 3 5 7", { to: US, pkiEncrypted: true, publicKey: KEY(99) });
    bench.hear(nodeNum(0x777), "ok", { to: US, pkiEncrypted: true, publicKey: KEY(98) });
    expect(status()).toMatchObject({ accounted: 0, silent: 8 });
    expect(status().byZone[0]!.waiting.map(({ house }) => house)).toEqual(["3", "5", "7"]);
    expect(status().unattached).toMatchObject([{ radio: "!00000777", status: "ok" }]);
  });

  it("keeps a captain's lone number among the silent until his radio has confirmed the echo", () => {
    open();
    later(1);
    say(1, "ok 3");
    later(1);
    expect(silent(status())).toContain("3");
    expect(status().byZone[0]!.waiting).toMatchObject([{ house: "3", status: "ok" }]);
    const echo = bench.sent.findLast((each) => each.to === node(1))!;
    bench.routing(node(1), echo.packetId, 0);
    expect(silent(status())).not.toContain("3");
  });

  it("takes one OK for every roll call that is open", () => {
    open();
    open({ scope: { zones: [1] } });
    later(1);
    say(3, "ok");
    expect([status(1).accounted, status(2).accounted]).toEqual([1, 1]);
  });

  it("is open for a call for help: urgent, and no OK closes it", () => {
    open();
    later(1);
    say(4, "sos");
    say(4, "ok");
    expect(status()).toMatchObject({ urgent: 1, accounted: 1 });
  });
});

describe("merged receipts", () => {
  it("name everybody whose OK was heard, known or not, whatever way it was said", () => {
    open();
    later(1);
    const call = bench.sent[0]!.packetId;
    for (const n of [1, 2, 3, 4, 5]) say(n, "ok");
    say(6, "👍", { to: EVERYONE, replyId: call, emoji: 1 });
    for (const n of [0x771, 0x772, 0x773])
      bench.hear(nodeNum(n), "ok", { to: US, pkiEncrypted: true, publicKey: KEY(n & 0xff) });
    later(3);
    const line = calls().find((text) => text.startsWith("Heard"))!;
    for (const name of ["0001", "0002", "0003", "0004", "0005", "0006", "0771", "0772", "0773"])
      expect(line).toContain(name);
    expect(bench.texts().some((text) => text.startsWith("Booked"))).toBe(false);
  });
});

describe("a coordinator's radio", () => {
  it("opens one, for all or a zone, and asks how it stands; a resident's does not", () => {
    say(3, "roll");
    expect(bench.pump.ask((turn) => rollStatus(turn))).toBeUndefined();
    say(2, "roll zone 2");
    later(1);
    expect(to(2)[0]).toMatch(/^r1 for 4 homes leaves in 10 s: 1 packets, 0\.\d s of air/);
    expect(calls()).toEqual(["Roll call r1, zone 2: answer OK, or what you need"]);
    say(4, "ok");
    say(2, "roll r1");
    later(1);
    expect(to(2)).toContain("r1: 1 of 4 heard. NO ANSWER 2 6 8");
    say(2, "pase de lista");
    later(1);
    expect(calls().at(-1)).toBe("Roll call r2: answer OK, or what you need");
  });
});

describe("in a drill", () => {
  it("marks every packet and word, and leaves the real record alone", () => {
    bench.pump.ask((turn) => openEvent(turn, { name: "drill", drill: true, by: "Maria" }));
    expect(open()).toMatchObject({ mark: "EXERCISE" });
    later(1);
    expect(calls()).toEqual(["EXERCISE: Roll call r1: answer OK, or what you need"]);
    say(3, "ok");
    say(4, "sos");
    later(30);
    expect(status()).toMatchObject({ exercise: true, mark: "EXERCISE", accounted: 1, urgent: 0 });
    expect(standing(bench.store, "3").status).toBe("unknown");
    expect(standing(bench.store, "4").call).toBe(true);
    // Who calls for help is not asked by an exercise.
    expect(to(4).filter((text) => text.includes("r1:"))).toEqual([]);
    expect(to(5).filter((text) => text.startsWith("EXERCISE: r1:")).length).toBeGreaterThan(0);
    for (const send of bench.sent) {
      const text = Buffer.from(send.payload).toString();
      expect(text.startsWith("EXERCISE") || text.includes("Call for help")).toBe(true);
    }
    bench.pump.ask((turn) => closeEvent(turn, "Maria"));
    later(1);
    expect(calls().at(-1)).toMatch(/^EXERCISE over/);
    expect(status()).toMatchObject({ state: "closed" });
    expect(
      bench.bodies(OPS).filter((body) => body.includes("r1") && !body.replace(/^\* /, "").startsWith("EXERCISE")),
    ).toEqual([]);
  });

  it("does not begin while a real roll call is open", () => {
    open();
    const drill = bench.pump.ask((turn) => openEvent(turn, { name: "drill", drill: true, by: "Maria" }));
    expect(drill).toMatchObject({ ok: false, reason: expect.stringContaining("r1") });
  });
});

describe("whatever happens to the gateway", () => {
  it("goes on where it was after a restart, and asks nobody twice", () => {
    open();
    for (let n = 0; n < 40; n++) {
      bench.boot(`boot-${n}`);
      bench.ready();
      bench.clock.advance(30_000);
      if (n === 3) say(1, "ok");
    }
    expect(calls().filter((text) => text.startsWith("Roll call"))).toHaveLength(1);
    expect(status().waves.map(({ kind }) => kind)).toEqual(["channel", "direct", "captain"]);
    for (const n of [3, 4, 5, 6]) expect(to(n).length).toBeLessThanOrEqual(3);
    expect(to(1).filter((text) => text.includes("no word from")).length).toBeLessThanOrEqual(3);
  });

  it("fires nothing twice when the calendar jumps", () => {
    open();
    for (const hours of [-8760, 8760, -24, 24, 87600]) {
      bench.clock.jump(hours * 60 * MINUTE);
      bench.pump.report({ kind: "wall-clock", offset: bench.clock.wall() - bench.clock.now() });
      later(1);
    }
    later(20);
    expect(calls().filter((text) => text.startsWith("Roll call"))).toHaveLength(1);
    expect(to(3).filter((text) => text.startsWith("r1:"))).toHaveLength(3);
  });
});

describe("a planned roll call", () => {
  const plan = (moment: Parameters<typeof planRollCall>[2]) =>
    bench.pump.ask((turn) => planRollCall(turn, { scope: { all: true }, by: "Maria", minutes: 30 }, moment));

  it("opens at its moment, once", () => {
    expect(plan({ wall: START + 10 * MINUTE })).toMatchObject({ ok: true, reference: "r1" });
    later(9);
    expect(calls()).toEqual([]);
    later(2);
    expect(calls()).toHaveLength(1);
    later(60 * 24);
    expect(calls()).toHaveLength(1);
    expect(plan({ wall: START })).toMatchObject({ ok: false });
  });

  it("comes back daily, once a day, even when the clock is set back and forth", () => {
    expect(plan({ daily: "15:00" })).toMatchObject({ ok: true });
    later(59);
    expect(calls()).toHaveLength(1);
    const set = (minutes: number): void => {
      bench.clock.jump(minutes * MINUTE);
      bench.pump.report({ kind: "wall-clock", offset: bench.clock.wall() - bench.clock.now() });
    };
    set(-30);
    later(40);
    set(30);
    later(5);
    expect(calls()).toHaveLength(1);
    later(24 * 60);
    expect(calls().filter((text) => text.startsWith("Roll call"))).toHaveLength(2);
    bench.pump.ask((turn) => closeRollCall(turn, 3, "Maria"));
    later(48 * 60);
    expect(calls().filter((text) => text.startsWith("Roll call"))).toHaveLength(2);
  });

  it("is not opened long after its moment, and people are told", () => {
    plan({ wall: START + 10 * MINUTE });
    bench.clock.jump(5 * 60 * MINUTE);
    bench.pump.report({ kind: "wall-clock", offset: bench.clock.wall() - bench.clock.now() });
    later(1);
    expect(calls()).toEqual([]);
    expect(bench.bodies(OPS)).toContainEqual(expect.stringMatching(/planned roll call r1 could not be opened/));
  });
});
