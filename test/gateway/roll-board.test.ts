import { expect, it } from "vitest";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { openEvent } from "#gateway/welfare/event-changes.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { Bench, OPS, START, US } from "#test/harness/gateway.ts";

const KEY = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const node = (n: number): NodeNum => nodeNum(0x10000000 + n);

/** Houses 1 to 6 with a radio each, in zones 1 and 2. */
function street(): Bench {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    for (let n = 1; n <= 6; n++) {
      setHousehold(bench.store, { ...emptyHousehold(String(n)), zone: (n % 2) + 1 }, START);
      const member = addMember(
        bench.store,
        { name: `Name${n}`, house: String(n), role: "resident", matrix: [] },
        START,
      );
      bindRadio(bench.store, { node: node(n), publicKey: KEY(n), member }, START);
    }
    setZone(bench.store, { number: 1, name: "Elm" }, START);
    setZone(bench.store, { number: 2, name: "Oak" }, START);
  });
  return bench;
}

const say = (bench: Bench, n: number, text: string) =>
  bench.hear(node(n), text, { to: US, pkiEncrypted: true, publicKey: KEY(n) });

const isBoard = (body: unknown): boolean => /^(\* )?(EXERCISE: )?Roll call r\d+: \d+ of/.test(String(body));
const boards = (bench: Bench) => bench.asked.filter(({ content }) => isBoard(content["body"]));

it("opens from the room, is drawn once, kept up to date by edits, and told about in its own thread", () => {
  const bench = street();
  bench.write("!roll open zone 1 2 Is everybody safe?", { room: OPS });
  bench.clock.advance(60_000);
  const [first] = boards(bench);
  expect(String(first!.content["body"])).toMatch(
    /^Roll call r1: 0 of 6 accounted for\n“Is everybody safe\?” · open 14:02 to /,
  );
  const root = bench.eventOf(first!);
  say(bench, 1, "ok");
  say(bench, 2, "need insulin");
  say(bench, 4, "ok 3");
  bench.write("!set 6 ok seen at school", { room: OPS });
  bench.clock.advance(60_000);
  const edits = boards(bench).slice(1);
  // Four answers at once are one edit; later waves may be further ones.
  expect(edits.length).toBeGreaterThan(0);
  for (const { content } of edits) expect(content["m.relates_to"]).toEqual({ rel_type: "m.replace", event_id: root });
  expect(String(edits.at(-1)!.content["body"])).toContain("Roll call r1: 4 of 6 accounted for\n“Is everybody safe?”");
  expect(String(edits.at(-1)!.content["body"])).toMatch(/Elm · 2 of 3 OK\n🟠 1 NEED: 2 insulin .*\n🟢 2 OK: 4, 6/);
  expect(String(edits.at(-1)!.content["body"])).toMatch(/Oak · 1 of 3 OK\n⚪ 2 SILENT: 3, 5\n🟢 1 OK: 1/);
  const thread = bench.asked.filter(
    ({ content }) => (content["m.relates_to"] as { rel_type?: string } | undefined)?.rel_type === "m.thread",
  );
  expect(thread.some(({ content }) => String(content["body"]).startsWith("Roll call r1 opened by @maria"))).toBe(true);
  for (const { content } of thread) expect((content["m.relates_to"] as { event_id: string }).event_id).toBe(root);
});

it("is edited no more often than a homeserver likes, however many answer", () => {
  const bench = street();
  bench.write("!roll open", { room: OPS });
  bench.clock.advance(30_000);
  const before = boards(bench).length;
  for (let n = 0; n < 60; n++) {
    say(bench, (n % 6) + 1, n % 2 === 0 ? `ok ${(n % 5) + 1}` : "need water");
    bench.clock.advance(1_000);
  }
  expect(boards(bench).length - before).toBeLessThanOrEqual(7);
});

it("asks nobody whom a coordinator has seen, shows a status, and stays as it was when closed", () => {
  const bench = street();
  bench.write("!roll status", { room: OPS });
  bench.write("!roll open", { room: OPS });
  bench.clock.advance(20_000);
  for (let n = 1; n <= 6; n++) bench.write(`!set ${n} ok seen`, { room: OPS });
  bench.clock.advance(15 * 60_000);
  expect(bench.sent.filter(({ to }) => to === node(3))).toEqual([]);
  bench.write("!roll status", { room: OPS });
  bench.clock.advance(5_000);
  expect(bench.bodies(OPS).at(-1)).toMatch(/^r1: 6 of 6 accounted for, 0 need something, 0 urgent, 0 silent\./);
  bench.write("!roll close r1", { room: OPS });
  bench.clock.advance(60_000);
  const last = String(boards(bench).at(-1)!.content["body"]);
  expect(last).toMatch(/6 of 6 accounted for\n“.*” · closed \d\d:\d\d by .maria:example\.org/);
  say(bench, 1, "need water");
  bench.clock.advance(60_000);
  expect(String(boards(bench).at(-1)!.content["body"])).toBe(last);
  bench.write("!roll close r9", { room: OPS });
  bench.clock.advance(5_000);
  expect(bench.bodies(OPS).at(-1)).toMatch(/^Not done: r9 is no open roll call/);
});

it("is an EXERCISE in a drill", () => {
  const bench = street();
  bench.pump.ask((turn) => openEvent(turn, { name: "spring", drill: true, by: "Maria" }));
  bench.write("!roll open", { room: OPS });
  bench.clock.advance(20_000);
  expect(String(boards(bench)[0]!.content["body"])).toMatch(/^EXERCISE: Roll call r1/);
  expect(String(boards(bench)[0]!.content["formatted_body"])).toContain("<h4>EXERCISE: Roll call r1");
});
