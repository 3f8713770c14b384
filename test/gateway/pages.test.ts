// Pages in the gateway: who is asked how, what counts as an answer, what is said at the end, and what a restart leaves.

import { beforeEach, describe, expect, it } from "vitest";
import { startPage, type PageWish } from "#gateway/calltree/page.ts";
import { openRollCall } from "#gateway/welfare/roll.ts";
import { PAGE_DESK } from "#gateway/calltree/desk.ts";
import { Bench, EVERYONE, OPS, STREET } from "#test/harness/gateway.ts";
import { dm, people, radio } from "#test/harness/paged-homes.ts";
import type { PageView } from "#gateway/calltree/words.ts";

const MINUTE = 60_000;

let bench: Bench;

beforeEach(() => {
  bench = new Bench({ pages: { secondPerson: false } }).ready();
  bench.pump.ask(people);
  bench.settle();
});

function start(over: Partial<PageWish> = {}): string {
  const answer = bench.pump.ask((turn) =>
    startPage(turn, { tree: "zones", text: "Fire on the ridge", by: "Cora", ...over }),
  );
  if (!answer.ok) throw new Error(answer.reason);
  bench.settle();
  return answer.reference;
}

const status = (): PageView => bench.pump.ask((turn) => PAGE_DESK["page status"]!.answer(turn, {})) as PageView;
const desk = (verb: string, args: object = {}): { ok: boolean; reason?: string } => {
  const answer = bench.pump.ask((turn) => PAGE_DESK[verb]!.answer(turn, args as never)) as { ok: boolean };
  bench.settle();
  return answer;
};
const pass = (minutes: number): void => bench.clock.advance(minutes * MINUTE);
const calls = (): string[] => bench.texts().filter((text) => text.includes("Fire on the ridge"));
const lastPacket = (): number => bench.sent.at(-1)!.packetId;

describe("a page down the zones", () => {
  it("asks a ring in one packet, and goes on below whoever answers", () => {
    start();
    pass(1);
    expect(calls()).toEqual(["p1 for 1 5: Fire on the ridge (answer OK or CANT)"]);
    expect(bench.sent.at(-1)!.to).toBe(EVERYONE);
    bench.hear(radio(1), "ok", dm(1));
    pass(1);
    expect(calls().at(-1)).toBe("p1 for 2 3 4: Fire on the ridge (answer OK or CANT)");
    expect(status()).toMatchObject({ reached: 1, answered: 1, pending: 8, nodes: 9, state: "running" });
  });

  it("reaches whoever has no radio in Matrix, by name, and takes a reaction for an answer", () => {
    start();
    pass(1);
    bench.hear(radio(5), "ok", dm(5));
    pass(1);
    const asked = bench.asked.find(({ content }) =>
      JSON.stringify(content["m.mentions"]).includes("@nina:example.org"),
    )!;
    expect(asked.room).toBe(STREET);
    bench.write("", {
      type: "m.reaction",
      sender: "@nina:example.org",
      content: { "m.relates_to": { rel_type: "m.annotation", event_id: bench.eventOf(asked), key: "👍" } },
    });
    expect(status().people.find(({ house }) => house === "9")).toMatchObject({ state: "answered", by: "Home 9" });
  });

  it("pulls the alternate at once for a refusal, and asks below the silent in the end", () => {
    start();
    pass(1);
    bench.hear(radio(1), "cant", dm(1));
    pass(1);
    expect(calls().at(-1)).toBe("p1: Fire on the ridge (answer OK or CANT)");
    expect(bench.sent.at(-1)!.to).toBe(radio(2));
    pass(200);
    const view = status();
    expect(view).toMatchObject({ state: "finished", pending: 0 });
    expect(view.visits.map(({ house }) => house)).toEqual(["2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(view.finishedAt).not.toBeNull();
    expect(bench.bodies(OPS).some((body) => body.includes("To be visited: 2 (Home 2)"))).toBe(true);
  });

  it("needs no packet of ours for an answer", () => {
    start();
    pass(1);
    const before = bench.sent.length;
    bench.hear(radio(3), "👍", { replyId: lastPacket(), emoji: 1 });
    bench.settle();
    expect(bench.sent.length).toBe(before);
  });

  it("closes branches with done, and takes homes that somebody saw", () => {
    start();
    pass(1);
    bench.hear(radio(1), "done p1 3", dm(1));
    bench.settle();
    expect(status().people.find(({ house }) => house === "3")).toMatchObject({ state: "answered", reported: true });
    bench.hear(radio(1), "done", dm(1));
    expect(
      status()
        .people.filter(({ house }) => ["1", "3", "4"].includes(house ?? ""))
        .every(({ state }) => state === "answered"),
    ).toBe(true);
  });

  it("rings by all ways when it is urgent", () => {
    start({ urgent: true });
    pass(1);
    expect(calls()[0]!.startsWith("\u0007p1 for 1 5: ")).toBe(true);
  });

  it("carries the mark of a drill", () => {
    bench.write("!event open drill autumn", { room: OPS });
    start();
    pass(1);
    expect(calls()[0]).toMatch(/^EXERCISE: p1 for 1 5/);
    expect(status()).toMatchObject({ exercise: true, mark: "EXERCISE" });
  });
});

describe("ending a page", () => {
  it("tells those who have heard of it in one packet, and asks nobody any more", () => {
    start();
    pass(1);
    const before = bench.sent.length;
    expect(desk("page stop")).toMatchObject({ ok: true, reference: "p1" });
    pass(60);
    const after = bench.sent.slice(before).map(({ payload }) => Buffer.from(payload).toString());
    expect([...new Set(after)]).toEqual(["p1 is over: stopped. Nothing more to do."]);
    expect(status()).toMatchObject({ state: "stopped" });
  });

  it("says new words to those who know the old, and the all-clear to the same", () => {
    start();
    pass(1);
    expect(desk("page text", { reference: "p1", text: "Fire is out" })).toMatchObject({ ok: true });
    pass(1);
    expect(bench.texts().at(-1)).toBe("p1 now: Fire is out");
    expect(desk("page allclear", { reference: "p1" })).toMatchObject({ ok: true });
    pass(1);
    expect(bench.texts().at(-1)).toBe("p1: ALL CLEAR.");
    expect(desk("page stop", { reference: "p1" })).toMatchObject({ ok: false });
  });

  it("lets only those stop it who were named", () => {
    start({ mayStop: ["@cora:example.org"] });
    expect(desk("page stop", { by: "@maria:example.org" })).toMatchObject({ ok: false });
    expect(desk("page stop", { by: "@cora:example.org" })).toMatchObject({ ok: true });
  });
});

describe("a page to everybody", () => {
  const everybody = {
    name: "all",
    nodes: Array.from({ length: 9 }, (_, n) => ({ node: `h${n + 1}`, contacts: `house ${n + 1}` })),
  };

  it("waits for a second person's yes", () => {
    bench = new Bench().ready();
    bench.pump.ask(people);
    expect(desk("tree import", { source: everybody, name: "all" })).toMatchObject({ ok: true, nodes: 9 });
    expect(start({ tree: "all", by: "@maria:example.org" })).toBe("p1");
    pass(5);
    expect(calls()).toEqual([]);
    bench.write("!page yes p1", { room: OPS });
    expect(bench.bodies(OPS).at(-1)).toContain("somebody else");
    bench.write("!page yes p1", { room: OPS, sender: "@ben:example.org" });
    pass(1);
    expect(calls()).toEqual(["p1 for 1 2 3 4 5 6 7 8: Fire on the ridge (answer OK or CANT)"]);
  });
});

describe("several at once, and trouble", () => {
  it("asks back which page is meant, and a reply says it", () => {
    start();
    start({ text: "Bring Fire on the ridge water" });
    pass(1);
    bench.hear(radio(1), "ok", dm(1));
    bench.settle();
    expect(bench.texts().at(-1)).toBe("Which one? Send p2 ok or p1 ok.");
    bench.hear(
      radio(1),
      "coming with the truck",
      dm(1, {
        replyId: bench.sent.find(({ payload }) => Buffer.from(payload).toString().startsWith("p1 for"))!.packetId,
      }),
    );
    const views = ["p1", "p2"].map(
      (reference) => bench.pump.ask((turn) => PAGE_DESK["page status"]!.answer(turn, { reference })) as PageView,
    );
    expect(views.map(({ answered }) => answered)).toEqual([1, 0]);
  });

  it("goes on after a restart in the middle as if nothing had been", () => {
    start();
    pass(1);
    bench.hear(radio(1), "ok", dm(1));
    bench.boot("boot-2");
    bench.ready();
    pass(1);
    expect(calls().at(-1)).toBe("p1 for 2 3 4: Fire on the ridge (answer OK or CANT)");
    pass(300);
    expect(status()).toMatchObject({ state: "finished", answered: 1 });
  });

  it("gives nobody up whose question the radio could not send yet", () => {
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    start();
    pass(45);
    expect(status()).toMatchObject({ skipped: 0, state: "running" });
  });

  it("draws its board in the operators' room", () => {
    start();
    pass(1);
    bench.hear(radio(1), "ok", dm(1));
    pass(1);
    expect(bench.bodies(OPS).at(-1)).toContain("✅ 1 Home 1, 1 min");
  });
});

describe("trees", () => {
  it("names every mistake of a file, and takes nothing from it", () => {
    const csv = "node,parent,contacts,ways\na b,,house 1,radio\nb,,house 2,pigeon\n";
    expect(desk("tree import", { source: csv, name: "bad" })).toMatchObject({
      ok: false,
      mistakes: [
        { line: 2, column: "node" },
        { line: 3, column: "ways" },
      ],
    });
    expect(desk("tree check", { name: "bad" })).toMatchObject({ ok: false });
  });

  it("is imported in the operators' room, listed and drawn", () => {
    bench.write("!tree import storm\nnode,parent,contacts,alternates\ntop,,captain 1,deputy 1\nlow,top,house 4,", {
      room: OPS,
    });
    expect(bench.bodies(OPS).at(-1)).toBe('Call tree "storm" taken over: 2 nodes.');
    bench.write("!tree draw storm", { room: OPS });
    expect(bench.bodies(OPS).at(-1)).toBe("captain 1 = Home 1 (else deputy 1)\n└ house 4 = Home 4");
  });

  it("is tested without waking anybody, and its weak branches are listed", () => {
    bench.hear(radio(1), "good morning");
    const sent = bench.sent.length;
    const view = bench.pump.ask((turn) => PAGE_DESK["tree reach"]!.answer(turn, {})) as {
      good: number;
      weak: { reach: string }[];
    };
    expect(view.weak.map(({ reach }) => reach)).toContain("stale");
    expect(view.good).toBe(1);
    expect(bench.sent.length).toBe(sent);
  });

  it("believes of who is in Matrix only what it has seen: a message, or a reaction to anything, within the last month", () => {
    const nina = () =>
      (
        bench.pump.ask((turn) => PAGE_DESK["tree reach"]!.answer(turn, {})) as {
          weak: { house: string; reach: string; lastHeard: string | null }[];
        }
      ).weak.find(({ house }) => house === "9");
    expect(nina()).toMatchObject({ reach: "stale", lastHeard: null });
    bench.write("somebody else", { sender: "@maria:example.org" });
    expect(nina()).toMatchObject({ reach: "stale" });
    const relation = { rel_type: "m.annotation", event_id: "$anything", key: "👍" };
    bench.write("", { type: "m.reaction", sender: "@nina:example.org", content: { "m.relates_to": relation } });
    expect(nina()).toBeUndefined();
    pass(29 * 24 * 60);
    expect(nina()).toBeUndefined();
    pass(2 * 24 * 60);
    expect(nina()).toMatchObject({ reach: "stale", lastHeard: expect.stringMatching(/^2026-/) });
    bench.write("back from the island", { sender: "@nina:example.org" });
    expect(nina()).toBeUndefined();
  });
});

describe("a roll call's silent homes", () => {
  it("are handed to their captains, whose deputies stand in", () => {
    bench.pump.ask((turn) => openRollCall(turn, { scope: { all: true }, by: "Cora" }));
    bench.clock.advance(2 * MINUTE);
    for (const house of [1, 2, 4, 5, 6, 7]) bench.hear(radio(house), "ok", dm(house));
    bench.settle();
    start({ tree: "silent r1", text: "Look in on" });
    expect(status().people.map(({ node }) => node)).toEqual(expect.arrayContaining(["zone-1", "zone-2"]));
    expect(bench.texts().findLast((text) => text.startsWith("p1"))).toMatch(/Look in on: 3 8 9/);
    bench.hear(radio(1), "cant", dm(1));
    bench.clock.advance(2 * MINUTE);
    expect(bench.sent.findLast(({ portnum }) => portnum === 1)).toMatchObject({ to: radio(2) });
    expect(
      bench.pump.ask((turn) => startPage(turn, { tree: "silent r9", text: "Look in on", by: "Cora" })),
    ).toMatchObject({
      ok: false,
    });
  });
});
