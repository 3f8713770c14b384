// Pages between gateways and companion programs: told once, shown once, acknowledged, and answered by programs as by text.

import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import type { KnownMessage } from "#domain/wire-words.ts";
import { machinesView } from "#gateway/machines.ts";
import { changePage, confirmPage, endPage, startPage, type PageWish } from "#gateway/calltree/page.ts";
import { pageStatus } from "#gateway/calltree/status.ts";
import type { MeshSend } from "#gateway/inputs.ts";
import { setTree } from "#store/pages.ts";
import { decodeAnyForm } from "#wire/envelope.ts";
import { encodeMessage } from "#wire/message.ts";
import { EVERYONE, OPS, START } from "#test/harness/gateway.ts";
import { Neighbourhood, talk } from "#test/harness/gateways.ts";
import type { PagePerson, PageView } from "#gateway/calltree/words.ts";

let elm: Neighbourhood;
let oak: Neighbourhood;

beforeEach(() => {
  const clock = new VirtualClock(START);
  [elm, oak] = [new Neighbourhood(1, clock), new Neighbourhood(2, clock)];
  for (const [side, other, longName] of [
    [elm, oak, "Oak Street"],
    [oak, elm, "Elm Street"],
  ] as const)
    side.bench.pump.report({ kind: "radio-node", node: { num: other.node, longName, shortName: "x" } });
  talk(elm, oak, 120_000, 20_000);
});

function start(side: Neighbourhood, over: Partial<PageWish> = {}): void {
  side.bench.pump.ask((turn) => {
    const page = startPage(turn, { tree: "zones", text: "Fire on the ridge", by: "Cora", ...over });
    if (!page.ok) throw new Error(page.reason);
    if (page.state === "ready") confirmPage(turn, Number(page.reference.slice(1)), "Dora");
  });
  side.bench.settle();
}

const status = (side: Neighbourhood, reference: string): PageView | string =>
  side.bench.pump.ask((turn) => pageStatus(turn, reference));
const personAt = (house: string): PagePerson =>
  (status(elm, "p1") as PageView).people.find((person) => person.house === house)!;
const messages = (sends: readonly MeshSend[]): unknown[] =>
  sends.map(({ payload }) => {
    const message = decodeAnyForm(Uint8Array.from(payload));
    return message.ok ? message.value : message.refusal;
  });
const told = (side: Neighbourhood, words: string): number =>
  side.bench.bodies(OPS).filter((body) => body.includes(words)).length;

/** Lets everything cross with the packet ids that it has. */
function cross(from: Neighbourhood, to: Neighbourhood): MeshSend[] {
  const sends = from.takeMachineWords();
  for (const send of sends) to.hears(from, send, send.packetId);
  return sends;
}

/** Oak's program says this to all, under the key of the group. */
function oakSays(message: KnownMessage): MeshSend {
  oak.takeMachineWords();
  oak.bench.pump.report({ kind: "machine-send", message, to: EVERYONE, channel: 0, carrier: "port" });
  oak.pass(1_000);
  return oak.takeMachineWords()[0]!;
}

const oakAnswers = (message: KnownMessage): void => elm.hears(oak, oakSays(message));

/** The program of one of Elm's residents says this. */
function residentSays(who: number, message: KnownMessage, to = elm.node): void {
  const { node, key } = elm.residents[who]!;
  const payload = encodeMessage(message);
  if (!payload.ok) throw new Error(payload.refusal.reason);
  const direct = to === elm.node ? { pkiEncrypted: true, publicKey: key } : {};
  elm.bench.hear(node, "", { payload: payload.value, portnum: 293, to, ...direct });
}

describe("a page", () => {
  it("is told to other gateways in one packet, shown there once, and acknowledged", () => {
    start(elm, { urgent: true });
    elm.pass(1_000);
    const [send, ...more] = cross(elm, oak);
    expect(more).toEqual([]);
    expect(messages([send!])).toEqual([
      { type: "page", ref: 1, tree: 0, step: 0, text: "Fire on the ridge", urgency: "urgent", within: 360 },
    ]);
    oak.pass(1_000);
    expect(oak.bench.bodies(OPS)).toContain(
      "URGENT page p1 of Elm Street: “Fire on the ridge”, to be answered within 360 min. " +
        "Nobody here was asked; to carry it on: !page start zones …",
    );
    expect(messages(cross(oak, elm))).toEqual([{ type: "receipt", state: "stored", packet: send!.packetId }]);
    expect(told(elm, "Oak Street has p1.")).toBe(1);
    // It asks nobody there, and the second time it says nothing.
    expect(status(oak, "p1")).toBe("there is no page p1");
    oak.hears(elm, send!);
    expect(told(oak, "Fire on the ridge")).toBe(1);
  });

  it("is told again when it changes and when it is over", () => {
    start(elm);
    elm.pass(60_000);
    cross(elm, oak);
    elm.bench.pump.ask((turn) => changePage(turn, 1, "Fire at the school", "Cora"));
    elm.pass(60_000);
    elm.bench.pump.ask((turn) => endPage(turn, 1, "all-clear", "Cora"));
    elm.pass(60_000);
    expect(messages(cross(elm, oak))).toEqual([
      { type: "end", what: "page", ref: 1, how: "changed", text: "Fire at the school" },
      { type: "end", what: "page", ref: 1, how: "all-clear" },
    ]);
    expect(oak.bench.bodies(OPS)).toContain("Page p1 of Elm Street says now: “Fire at the school”");
    expect(oak.bench.bodies(OPS)).toContain("All-clear for page p1 of Elm Street.");
  });

  it("has a number that no other gateway gives out", () => {
    start(elm);
    start(elm, { text: "Bring water" });
    start(oak);
    expect(status(elm, "p17")).toMatchObject({ text: "Bring water" });
    expect(status(oak, "p2")).toMatchObject({ text: "Fire on the ridge" });
  });

  it("carries the mark of a drill", () => {
    elm.bench.write("!event open drill autumn", { room: OPS });
    start(elm);
    elm.pass(1_000);
    expect(messages(cross(elm, oak))).toMatchObject([{ type: "page", drill: true }]);
    expect(oak.bench.bodies(OPS).some((body) => body.startsWith("EXERCISE: Page p1 of Elm Street"))).toBe(true);
  });

  it("costs no byte where no other gateway is known, or where it is for one person", () => {
    const alone = new Neighbourhood(3, new VirtualClock(START));
    start(alone);
    alone.pass(5_000);
    expect(alone.takeMachineWords()).toEqual([]);
    const one = [{ id: "only", contacts: ["house 10"], alternates: [], ways: ["radio"], minutes: 5 }] as const;
    elm.bench.pump.ask((turn) => setTree(turn.store, { name: "one", most: 15, nodes: one }, "Cora", turn.now));
    start(elm, { tree: "one" });
    elm.pass(5_000);
    expect(elm.takeMachineWords()).toEqual([]);
  });

  it("that is stopped before its packet left is not told at all", () => {
    elm.bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    start(elm);
    elm.bench.pump.ask((turn) => endPage(turn, 1, "stop", "Cora"));
    elm.bench.pump.report({ kind: "radio-state", state: "ready", reason: "" });
    elm.pass(5_000);
    expect(elm.takeMachineWords()).toEqual([]);
  });
});

describe("answers of programs", () => {
  beforeEach(() => {
    start(elm);
    talk(elm, oak, 45_000, 15_000);
  });

  it("count through another gateway as that person's, with where they came from, and once", () => {
    oakAnswers({ type: "page-answer", ref: 1, answer: "taking", member: 1 });
    expect(personAt("10")).toMatchObject({ state: "answered", by: "P110", through: "Oak Street" });
    const { at } = personAt("10");
    elm.pass(60_000);
    oakAnswers({ type: "page-answer", ref: 1, answer: "taking", member: 1 });
    expect(personAt("10").at).toBe(at);
    expect(told(elm, "P110 takes it (p1), through Oak Street.")).toBe(1);
    oakAnswers({ type: "page-answer", ref: 1, answer: "cannot", member: 2 });
    expect(personAt("11")).toMatchObject({ state: "declined" });
    elm.pass(60_000);
    expect(told(elm, "10 P110 (through Oak Street)")).toBeGreaterThan(0);
  });

  it("are not taken twice from a recording, nor without proof", () => {
    const send = oakSays({ type: "page-answer", ref: 1, answer: "taking", member: 1 });
    elm.hears(oak, send);
    elm.says(0, "p1 cant");
    elm.hears(oak, send);
    expect(personAt("10").through).toBeNull();
    const refused = (): Readonly<Record<string, number>> => machinesView(elm.bench.store, 0).refused;
    expect(refused()).toMatchObject({ replayed: 1 });
    residentSays(1, { type: "page-answer", ref: 1, answer: "taking" }, EVERYONE);
    expect(refused()).toMatchObject({ "no-proof": 1 });
    expect(personAt("11").state).toBe("asked");
  });

  it("never overrule what somebody told us themselves", () => {
    elm.says(0, "cant");
    oakAnswers({ type: "page-answer", ref: 1, answer: "taking", member: 1 });
    expect(personAt("10")).toMatchObject({ state: "declined" });
    oakAnswers({ type: "page-answer", ref: 1, answer: "taking", member: 2 });
    elm.says(1, "p1 ok");
    expect(personAt("11")).toMatchObject({ state: "answered", through: null });
  });

  it("count from a resident's own program for that resident and nobody else", () => {
    residentSays(0, { type: "page-answer", ref: 1, answer: "taking" });
    expect(personAt("10")).toMatchObject({ state: "answered", through: null });
    residentSays(0, { type: "page-answer", ref: 1, answer: "taking", member: 2 });
    expect(personAt("11").state).toBe("asked");
    residentSays(1, { type: "page-answer", ref: 1, answer: "done", member: 2 });
    expect(personAt("11").state).toBe("answered");
  });

  it("to another gateway's page move nothing of ours", () => {
    start(oak);
    talk(elm, oak, 30_000, 5_000);
    oakAnswers({ type: "page-answer", ref: 2, answer: "taking", member: 1 });
    oakAnswers({ type: "end", what: "page", ref: 1, how: "stop" });
    oakAnswers({ type: "page-answer", ref: 4000, answer: "taking", member: 1 });
    expect(status(elm, "p1")).toMatchObject({ state: "running", answered: 0 });
  });

  it("say more than yes and no to people, once", () => {
    for (let times = 0; times < 2; times++)
      oakAnswers({ type: "page-answer", ref: 1, answer: "report", member: 1, reached: 12, silent: [2], note: "<b>" });
    expect(told(elm, "Oak Street reports for p1: 12 reached, silent: P111, “<b>”.")).toBe(1);
    expect(personAt("10")).toMatchObject({ state: "answered" });
  });
});
