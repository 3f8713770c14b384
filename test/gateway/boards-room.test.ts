// A room of boards that the whole street may read: what appears there, and what does not.

import { expect, it } from "vitest";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { Bench, OPS, START, uplink, US } from "#test/harness/gateway.ts";

const BOARDS = "!boards:example.org";
const KEY = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const node = (n: number): NodeNum => nodeNum(0x10000000 + n);

/** Houses 181 to 184 in one zone, each with an address, something medical and a radio; the first one's person is captain. */
function street(boardsMayShow?: readonly ("addresses" | "medical")[]): Bench {
  const operatorsMayShow = ["addresses", "medical"] as const;
  const rooms = { operatorsMayShow, boardsRoom: BOARDS, ...(boardsMayShow ? { boardsMayShow } : {}) };
  const bench = new Bench({ uplinks: [uplink(rooms)] }).ready();
  bench.store.transaction(() => {
    for (let n = 181; n <= 184; n++) {
      const home = {
        ...emptyHousehold(String(n)),
        zone: 1,
        address: `${n} Quillbrook Lane`,
        medical: `glaucomide ${n}`,
      };
      setHousehold(bench.store, home, START);
      const member = addMember(
        bench.store,
        { name: `Person${n}`, house: String(n), role: "resident", matrix: [] },
        START,
      );
      bindRadio(bench.store, { node: node(n), publicKey: KEY(n), member }, START);
      if (n === 181) setZone(bench.store, { number: 1, name: "Elm", captain: member }, START);
    }
  });
  return bench;
}

function live(bench: Bench): void {
  const say = (n: number, text: string): void => {
    bench.hear(node(n), text, { to: US, pkiEncrypted: true, publicKey: KEY(n) });
    bench.clock.advance(40_000);
  };
  bench.write("!roll open Is everybody safe?", { room: OPS });
  bench.clock.advance(60_000);
  say(181, "ok");
  say(182, "need insulin");
  say(183, "sos chest pain");
  say(181, "need insulin urgent");
  say(184, "offer water 100L");
  bench.clock.advance(600_000);
}

const shown = (bench: Bench): string[] => bench.bodies(BOARDS);

it("shows figures by zone and mutual aid; no house, no name, nothing medical, no call for help", () => {
  const bench = street();
  live(bench);
  const all = shown(bench);
  expect(all.some((body) => /Roll call r1: \d of 4[^]*Elm · 1 of 4 OK/.test(body))).toBe(true);
  expect(all.some((body) => body.includes("OFFER"))).toBe(true);
  const sent = JSON.stringify(bench.asked.filter(({ room }) => room === BOARDS).map(({ content }) => content));
  expect(sent).not.toMatch(/\b18[1-4]\b|Person|Quillbrook|glaucomide|insulin|chest/);
  expect(bench.bodies(OPS).some((body) => body.includes("182"))).toBe(true);
});

it("shows all of it where the config allows addresses and medical words", () => {
  const bench = street(["addresses", "medical"]);
  live(bench);
  expect(shown(bench).some((body) => /NEED: 182 insulin/.test(body))).toBe(true);
});

it("is edited in place, and heads no threads", () => {
  const bench = street();
  live(bench);
  const asked = bench.asked.filter(({ room }) => room === BOARDS);
  const relations = asked.map(
    ({ content }) => (content["m.relates_to"] as { rel_type?: string } | undefined)?.rel_type,
  );
  expect(relations).toContain("m.replace");
  expect(relations).not.toContain("m.thread");
});

it("answers nobody and sends nothing on that is said there", () => {
  const bench = street();
  bench.clock.advance(60_000);
  const before = { sent: bench.sent.length, asked: bench.asked.length };
  for (const text of ["!who 182", "hello street", "!roll open"]) bench.write(text, { room: BOARDS });
  bench.clock.advance(600_000);
  expect({ sent: bench.sent.length, asked: bench.asked.length }).toEqual(before);
});
