// The last wave of a roll call as a page to the captains of the silent.

import { beforeEach, describe, expect, it } from "vitest";
import type { Turn } from "#gateway/turn.ts";
import { pageStatus } from "#gateway/calltree/status.ts";
import { closeRollCall, forecastRollCall, openRollCall, type RollWish } from "#gateway/welfare/roll.ts";
import { planRollCall } from "#gateway/welfare/roll-plan.ts";
import { rollStatus, type RollView } from "#gateway/welfare/roll-status.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { rollsInState } from "#store/rolls.ts";
import { Bench, OPS, START } from "#test/harness/gateway.ts";
import { dm, people, radio } from "#test/harness/paged-homes.ts";
import type { PageView } from "#gateway/calltree/words.ts";

const MINUTE = 60_000;

let bench: Bench;
beforeEach(() => {
  bench = new Bench().ready();
  bench.pump.ask(people);
});

const wish = (over: Partial<RollWish> = {}): RollWish => ({
  scope: { all: true },
  by: "Cora",
  pageSilent: true,
  minutes: 120,
  ...over,
});
const open = (over: Partial<RollWish> = {}): void => {
  expect(bench.pump.ask((turn) => openRollCall(turn, wish(over)))).toMatchObject({ ok: true });
};
const later = (minutes: number): void => bench.clock.advance(minutes * MINUTE);
const roll = (): RollView => bench.pump.ask((turn) => rollStatus(turn))!;
const page = (): PageView | string => bench.pump.ask((turn) => pageStatus(turn, "p1"));
const lists = (): string[] => bench.texts().filter((text) => text.includes("no word from"));
const pages = (): string[] => [...new Set(bench.texts().filter((text) => text.includes("p1")))];
const told = (): string[] => bench.bodies(OPS);
/** Everybody but 3 and 8, and Nina in 9, who has no radio. */
const mostAnswer = (): void => {
  for (const house of [1, 2, 4, 5, 6, 7]) bench.hear(radio(house), "ok", dm(house));
};

describe("a roll call that was asked to page", () => {
  it("hands the silent to their captains by itself, in place of lists", () => {
    open();
    later(2);
    mostAnswer();
    later(30);
    expect(pages()[0]).toBe(
      "p1 for 1 5: Please look, then send 12 ok or 18 need water. Silent: 3 8 9 (answer OK or CANT)",
    );
    expect(lists()).toEqual([]);
    expect(page()).toMatchObject({ tree: "silent r1", openedBy: "Cora", state: "running", nodes: 2 });
    expect(roll()).toMatchObject({ pageSilent: true, page: "p1" });
    expect(roll().waves.map(({ kind }) => kind)).toEqual(["channel", "direct", "captain"]);
    expect(told()).toContain("Roll call r1: the silent homes are handed to their captains by page p1.");
    bench.hear(radio(1), "cant", dm(1));
    later(2);
    expect(bench.sent.findLast(({ to }) => to === radio(2))).toBeDefined();
    bench.pump.ask((turn) => closeRollCall(turn, 1, "Cora"));
    expect(page()).toMatchObject({ state: "running" });
    expect(roll()).toMatchObject({ state: "closed", page: "p1" });
  });

  it("takes what a captain finds for an answer", () => {
    open();
    later(2);
    mostAnswer();
    later(8);
    bench.hear(radio(5), "8 ok", dm(5));
    expect(page()).toMatchObject({ answered: 1 });
    expect(roll()).toMatchObject({ silent: 2 });
    bench.hear(radio(1), "ok 4", dm(1));
    expect(page()).toMatchObject({ answered: 1 });
  });

  it("does so once, and also after a restart before that wave", () => {
    open();
    later(2);
    mostAnswer();
    bench.boot("boot-2");
    bench.ready();
    later(60);
    bench.boot("boot-3");
    bench.ready();
    later(90);
    expect(told().filter((body) => body.includes("handed to their captains"))).toHaveLength(1);
    expect(bench.pump.ask((turn) => pageStatus(turn, "p2"))).toBe("there is no page p2");
  });

  it("says so in its forecast, with what the page costs at most", () => {
    const asked = bench.pump.ask((turn) => forecastRollCall(turn, wish()));
    expect(asked).toMatchObject({ ok: true, forecast: { page: { packets: 6 } } });
    expect(asked.ok && asked.words).toMatch(
      /Then the captains of the silent are paged: at most 6 packets, [\d.]+ s\.$/,
    );
    const plain = bench.pump.ask((turn) => forecastRollCall(turn, wish({ pageSilent: false })));
    expect(plain.ok && plain.forecast.page).toBeUndefined();
    expect(plain.ok && plain.words).not.toContain("paged");
  });

  it("keeps the mark of a drill", () => {
    bench.write("!event open drill autumn", { room: OPS });
    open();
    later(2);
    mostAnswer();
    later(30);
    expect(pages()[0]).toMatch(/^EXERCISE: p1 for 1 5: /);
    expect(told()).toContain("EXERCISE: Roll call r1: the silent homes are handed to their captains by page p1.");
  });

  it("asks the deputy first where the captain is silent, too", () => {
    open({ scope: { zones: [1] } });
    later(2);
    for (const house of [2, 4]) bench.hear(radio(house), "ok", dm(house));
    later(30);
    expect(bench.sent.find(({ payload }) => Buffer.from(payload).toString().startsWith("p1"))).toMatchObject({
      to: radio(2),
    });
  });

  it("pages nobody when everybody is accounted for", () => {
    open({ scope: { zones: [1] } });
    later(2);
    for (const house of [1, 2, 3, 4]) bench.hear(radio(house), "ok", dm(house));
    later(119);
    expect(page()).toBe("there is no page p1");
    expect(roll()).toMatchObject({ page: null });
  });

  it("is asked for in the operators' room", () => {
    bench.write("!roll open zone 1 page silent is your water running?", { room: OPS });
    expect(roll()).toMatchObject({ pageSilent: true, question: "is your water running?", households: 4 });
    bench.write("!roll open is your water running? page silent", { room: OPS });
    expect(bench.pump.ask((turn) => rollStatus(turn, 2))).toMatchObject({
      pageSilent: true,
      question: "is your water running?",
    });
    bench.write("!roll open is page silent?", { room: OPS });
    expect(bench.pump.ask((turn) => rollStatus(turn, 3))).toMatchObject({ pageSilent: false });
  });

  it("keeps the wish when it is planned for every day", () => {
    bench.pump.ask((turn) => planRollCall(turn, wish({ minutes: 60 }), { daily: "19:00" }));
    bench.clock.advance(24 * 60 * MINUTE);
    expect(rollsInState(bench.store, "planned")).toMatchObject([{ pageSilent: true }]);
    expect(roll()).toMatchObject({ pageSilent: true });
  });
});

describe("a roll call that cannot page at once", () => {
  it("gives the captains lists while the page waits for a second person's yes", () => {
    bench = new Bench().ready();
    bench.pump.ask(twoCaptains);
    open();
    later(30);
    expect(page()).toMatchObject({ state: "ready" });
    expect(pages()).toEqual([]);
    expect(lists().length).toBeGreaterThan(0);
    expect(told().some((body) => body.includes("p1 to the captains of the silent waits"))).toBe(true);
    bench.write("!page yes p1", { room: OPS, sender: "@ben:example.org" });
    later(2);
    expect(pages()).toHaveLength(1);
  });

  it("gives them lists where their homes do not fit a packet, and tells operators of zones without a captain", () => {
    bench = new Bench().ready();
    bench.pump.ask(longStreet);
    open();
    later(30);
    expect(page()).toBe("there is no page p1");
    expect(told().some((body) => body.includes("get lists and no page: the text is"))).toBe(true);
    expect(lists().length).toBeGreaterThan(0);
    expect(told().some((body) => body.includes("nobody in South can be asked"))).toBe(true);
  });
});

function household(turn: Turn, house: number, zone: number): number {
  setHousehold(turn.store, { ...emptyHousehold(String(house)), zone }, START);
  const fields = { name: `Home ${house}`, house: String(house), role: "resident", matrix: [] } as const;
  const member = addMember(turn.store, fields, START);
  bindRadio(turn.store, { node: radio(house), member, publicKey: new Uint8Array(32).fill(house % 250) }, START);
  return member;
}

/** Everybody is a captain. */
function twoCaptains(turn: Turn): void {
  for (const zone of [1, 2])
    setZone(turn.store, { number: zone, name: `Zone ${zone}`, captain: household(turn, zone, zone) }, START);
}

/** Sixteen homes with a captain and one without. */
function longStreet(turn: Turn): void {
  const members = Array.from({ length: 16 }, (_, n) => household(turn, 1001 + n, 1));
  setZone(turn.store, { number: 1, name: "North", captain: members[0]! }, START);
  household(turn, 2000, 2);
  setZone(turn.store, { number: 2, name: "South" }, START);
}
