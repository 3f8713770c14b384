// Everything that leaves the gateway while a neighbourhood helps itself, read for the addresses and medical notes of its people.

import { expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { DESK } from "#gateway/desk.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { Bench, EVERYONE, OPS, START, STREET, uplink, US } from "#test/harness/gateway.ts";

const KEY = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const HOMES = [1, 2, 3, 4, 5, 6];
const nodeOf = (n: number) => nodeNum(0x11110000 + n);
const MARKED = "!marked:example.org";

/** Secrets of home n, each of them a word that nothing else holds. */
const addressOf = (n: number): string => `${n} Quillbrook Lane`;
const medicalOf = (n: number): string => `glaucomide ${n}`;

function community(): Bench {
  const ops = uplink();
  const marked = uplink({
    name: "marked",
    operatorsRoom: MARKED,
    matrixRooms: [],
    operatorsMayShow: ["addresses", "medical"],
  });
  const bench = new Bench({ uplinks: [ops, marked] }).ready();
  bench.store.transaction(() => {
    for (const n of HOMES) {
      const house = String(n);
      const home = {
        ...emptyHousehold(house),
        zone: n % 2,
        address: addressOf(n),
        medical: medicalOf(n),
        contacts: `cousin ${addressOf(n)}`,
      };
      setHousehold(bench.store, { ...home, zone: 1 + (n % 2) }, START);
      const member = addMember(
        bench.store,
        { name: `Person${n}`, house, role: n === 1 ? "captain" : "resident", matrix: [] },
        START,
      );
      bindRadio(bench.store, { node: nodeOf(n), publicKey: KEY(n), member }, START);
      if (n === 1) setZone(bench.store, { number: 1, name: "North", captain: member }, START);
    }
  });
  return bench;
}

function live(bench: Bench): void {
  const say = (n: number, text: string): void => {
    bench.hear(nodeOf(n), text, { to: US, pkiEncrypted: true, publicKey: KEY(n) });
    bench.clock.advance(40_000);
  };
  const ref = (at: number): string => `a${at * 16}`;
  for (const [n, text] of [
    [2, "offer water 100L"],
    [3, "skill nurse"],
    [4, "have generator"],
    [5, "need insulin urgent"],
    [5, "need oxygen"],
    [6, "need water 20L"],
    [6, "need nurse"],
  ] as const)
    say(n, text);
  say(2, `take ${ref(5)}`);
  say(6, `yes ${ref(5)}`);
  say(2, `give ${ref(5)}`);
  say(6, `done ${ref(5)}`);
  say(3, `take ${ref(3)}`);
  say(5, `yes ${ref(3)}`);
  say(1, "needs");
  say(4, "offers");
  say(2, "who nurse");
  for (const room of [OPS, STREET])
    for (const text of ["!needs", "!offers", "!aid", `!aid match ${ref(6)}`]) bench.write(text, { room });
  bench.clock.advance(3_600_000 * 8);
}

it("keeps addresses to the matched pair, and medical words to those they are for", () => {
  const bench = community();
  live(bench);
  const addressed = bench.sent.filter(({ payload }) => /Quillbrook/.test(Buffer.from(payload).toString()));
  // Home 2 was matched with 6, home 3 with 5: each was told that one address, by direct message.
  expect(addressed.length).toBeGreaterThanOrEqual(2);
  for (const { to, payload } of addressed) {
    const text = Buffer.from(payload).toString();
    expect([
      [nodeOf(2), addressOf(6)],
      [nodeOf(3), addressOf(5)],
    ]).toContainEqual([to, /\d Quillbrook Lane/.exec(text)![0]]);
  }
  for (const { to, payload } of bench.sent) {
    const text = Buffer.from(payload).toString();
    expect(text).not.toMatch(/glaucomide|cousin/);
    const notTheirs: readonly number[] = [EVERYONE, nodeOf(1), nodeOf(4)];
    expect(notTheirs.includes(to) ? text : "").not.toMatch(/insulin|oxygen|Quillbrook/);
  }
  const ours = bench.asked.filter(({ content }) => content["meshtastic_text"] === undefined);
  for (const { room, content } of ours.filter((send) => send.room !== MARKED))
    expect(JSON.stringify({ room, content })).not.toMatch(/insulin|oxygen|Quillbrook|glaucomide|cousin/);
  const shown = ours
    .filter(({ room }) => room === MARKED)
    .map(({ content }) => JSON.stringify(content))
    .join("\n");
  expect(shown).toMatch(/insulin/);
  expect(shown).toMatch(/Quillbrook/);
});

it("writes them into no ledger, journal or export that did not ask", () => {
  const bench = community();
  live(bench);
  const said = bench
    .ledger()
    .filter(({ origin, destination }) => origin === "gateway" && !destination.startsWith("matrix:marked/"));
  expect(said.length).toBeGreaterThan(20);
  expect(JSON.stringify(said)).not.toMatch(/Quillbrook|glaucomide/);
  const journal = bench.store.all<{ body: string }>("SELECT body FROM journal WHERE kind = 'aid'");
  expect(JSON.stringify(journal)).not.toMatch(/Quillbrook|glaucomide/);
  const ask = (verb: string, args = {}): string =>
    JSON.stringify(bench.pump.ask((turn) => DESK[verb]!.answer(turn, args)));
  for (const verb of ["aid list", "aid match", "skills list", "skills export", "dependencies"])
    expect(`${verb} ${ask(verb)}`).not.toMatch(/Quillbrook|glaucomide|insulin|oxygen/);
  expect(ask("aid list", { full: true })).toMatch(/insulin/);
});
