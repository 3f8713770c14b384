// Forgetting leaves nothing: whatever a household said, was called, or was shown as is searched for in every byte of the
// database and its log.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { VirtualClock } from "#base/clock.ts";
import { askDesk } from "#cli/service/desk.ts";
import type { Tree, TreeNode } from "#domain/calltree/tree.ts";
import { closeEvent, openEvent } from "#gateway/welfare/event-changes.ts";
import { closeRollCall } from "#gateway/welfare/roll.ts";
import { listEventRows } from "#store/events.ts";
import { setTree } from "#store/pages.ts";
import { household } from "#store/people.ts";
import { factsOf } from "#store/welfare.ts";
import { Bench, OPS, START, STREET, US } from "#test/harness/gateway.ts";
import { openStore } from "#store/open.ts";

const ZEN = nodeNum(0x11111111);
const BEN = nodeNum(0x22222222);
const CSV = [
  "household,name,zone,zone_name,radios,role,medical,address,matrix",
  `14,Zenobia Quill,1,Elm,!11111111=${"01".repeat(32)},resident,xylocaine,14 Wyvern Lane,@zen:street.lan`,
  `12,Benedict Moor,1,,!22222222=${"02".repeat(32)},captain,,,`,
].join("\n");
const from = (byte: number) => ({ to: US, pkiEncrypted: true, publicKey: new Uint8Array(32).fill(byte) });
const ZEN_SAID = ["zebraword", "quaggaword", "okapiword"];

let folder: string;
let bench: Bench;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-purge-"));
  bench = new Bench(
    { retention: { messagesDays: 2 } },
    openStore(join(folder, "m.db")),
    new VirtualClock(START),
  ).ready();
  const before = bench.asked.length;
  bench.write(`!people import\n${CSV}`, { room: OPS });
  const answer = bench.asked.slice(before).find(({ content }) => String(content["body"]).startsWith("Would"))!;
  react(bench.eventOf(answer), "✅");
});
afterEach(() => {
  bench.store.close();
  rmSync(folder, { recursive: true });
});

function react(event: string, key: string): void {
  const relation = { rel_type: "m.annotation", event_id: event, key };
  bench.write("", { room: OPS, type: "m.reaction", content: { "m.relates_to": relation } });
}

function bytes(): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("");
}

/** A storm with a roll call, a need, a call for help that is taken and closed, while Matrix goes away for the last part. */
function storm(): void {
  bench.pump.ask((turn) => openEvent(turn, { name: "hurricane Ophelia", drill: false, by: "Maria" }));
  const nodes: TreeNode[] = [
    { id: "a", contacts: ["Zenobia Quill", "Benedict Moor"], alternates: [], ways: ["radio"], minutes: 5 },
  ];
  const tree: Tree = { name: "neighbours", most: 15, nodes };
  bench.store.transaction(() => setTree(bench.store, tree, "Maria", bench.clock.now()));
  const page = { tree: "neighbours", text: "flood impalaword", by: "Maria" };
  expect(askDesk(bench.pump, bench.store, "page start", page)).toMatchObject({ ok: true });
  bench.write("!roll open", { room: OPS });
  bench.clock.advance(60_000);
  bench.hear(BEN, "ok tapirword", from(2));
  bench.hear(ZEN, "need water zebraword", from(1));
  bench.hear(ZEN, "sos quaggaword", from(1));
  bench.clock.advance(60_000);
  const card = bench.asked.find(({ content }) => String(content["body"]).startsWith("🆘 CALL"))!;
  react(bench.eventOf(card), "✅");
  bench.write("!close 14 dromedaryword", { room: OPS });
  bench.clock.advance(60_000);
  bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "away" });
  bench.hear(ZEN, "need water okapiword", from(1));
  bench.clock.advance(60_000);
}

const TRACES = ["Zenobia", "Quill", "xylocaine", "Wyvern", "@zen:", "!11111111", "dromedaryword", ...ZEN_SAID];
const left = (traces: readonly string[]): string[] => traces.filter((trace) => bytes().includes(trace));

test("a household leaves no trace, and the others stay; the board goes on without it", () => {
  storm();
  expect(left(TRACES)).toEqual(TRACES);
  expect(askDesk(bench.pump, bench.store, "people purge", { house: "14", force: true })).toEqual({
    ok: true,
    forgotten: 1,
  });
  expect(left(TRACES)).toEqual([]);
  expect(bytes()).toContain("tapirword");
  expect(household(bench.store, "12")).toBeDefined();
  bench.online();
  bench.clock.advance(120_000);
  expect(left(TRACES)).toEqual([]);
  const board = bench.asked.findLast(({ content }) => String(content["body"]).includes("Roll call r1: "))!;
  expect(board.content["body"]).toContain("1 of 1 accounted for");
  const closed = bench.pump.ask((turn) => closeRollCall(turn, 1, "Maria"));
  expect(closed).toMatchObject({ ok: true });
});

test("an event leaves no trace once it is closed; people and what was said before stay", () => {
  bench.hear(BEN, "before, lemurword", {});
  bench.clock.advance(60_000);
  storm();
  bench.online();
  bench.clock.advance(60_000);
  const purge = () => askDesk(bench.pump, bench.store, "people purge", { event: 1 });
  expect(purge()).toMatchObject({ ok: false, reason: expect.stringContaining("still open") });
  bench.pump.ask((turn) => closeRollCall(turn, 1, "Maria"));
  bench.pump.ask((turn) => closeEvent(turn, "Maria"));
  bench.clock.advance(60_000);
  expect(purge()).toEqual({ ok: true, forgotten: 1 });
  expect(left(["Ophelia", "tapirword", "dromedaryword", "impalaword", ...ZEN_SAID])).toEqual([]);
  expect(listEventRows(bench.store)).toEqual([]);
  expect(factsOf(bench.store, "14")).toEqual([]);
  expect(household(bench.store, "14")).toMatchObject({ address: "14 Wyvern Lane" });
  expect(bytes()).toContain("lemurword");
  expect(purge()).toMatchObject({ ok: false, reason: "there is no event 1" });
});

test("a drill takes its own words with it, and no real ones", () => {
  bench.pump.ask((turn) => openEvent(turn, { name: "rehearsal Bravo", drill: true, by: "Maria" }));
  bench.hear(BEN, "need water tapirword", from(2));
  bench.hear(ZEN, "sos quaggaword", from(1));
  bench.write("hello from the street", { room: STREET });
  bench.clock.advance(60_000);
  bench.pump.ask((turn) => closeEvent(turn, "Maria"));
  bench.clock.advance(60_000);
  expect(askDesk(bench.pump, bench.store, "people purge", { event: 1 })).toEqual({ ok: true, forgotten: 1 });
  expect(left(["Bravo", "tapirword"])).toEqual([]);
  expect(left(["quaggaword", "hello from the street"])).toHaveLength(2);
});

test("what is older than the retention goes, and what is newer stays", () => {
  storm();
  bench.online();
  bench.clock.advance(60_000);
  bench.pump.ask((turn) => closeRollCall(turn, 1, "Maria"));
  bench.pump.ask((turn) => closeEvent(turn, "Maria"));
  bench.clock.advance(3 * 86_400_000);
  bench.hear(BEN, "need water lemurword", from(2));
  bench.clock.advance(60_000);
  expect(askDesk(bench.pump, bench.store, "people purge", { retention: true })).toMatchObject({ ok: true });
  expect(left(["Ophelia", "tapirword", "dromedaryword", "impalaword", ...ZEN_SAID])).toEqual([]);
  expect(bytes()).toContain("lemurword");
  expect(household(bench.store, "14")).toBeDefined();
});
