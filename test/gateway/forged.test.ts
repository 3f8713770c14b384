// A thousand forged packets, by somebody who can say anything under anybody's number on the channel, who sends what looks like
// a direct message without encryption, or who has a key of their own and claims another's number. None is shown as more than
// it is; none closes a call, calms a household, ends a roll call or changes who anybody is.

import { expect, it } from "vitest";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import { below, pick, seededRandom, type Random } from "#base/random.ts";
import { emptyHousehold, type Role } from "#domain/people/people.ts";
import { isProven } from "#domain/people/trust.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { openRollCall } from "#gateway/welfare/roll.ts";
import { rollStatus } from "#gateway/welfare/roll-status.ts";
import {
  addMember,
  bindRadio,
  listHouseholds,
  listMembers,
  radioByNode,
  setHousehold,
  setZone,
} from "#store/people.ts";
import { factsOf, openCalls, standing } from "#store/welfare.ts";
import { Bench, EVERYONE, OPS, START, US } from "#test/harness/gateway.ts";

const SEED = Number(process.env["MUSTER_SEED"] ?? 20_261_122);
const PACKETS = 1_000;
const LOOK_EVERY = 20;

const KEY = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const RADIOS = [1, 2, 3, 4].map((n) => nodeNum(0x11111111 * n));
const HOUSES = ["12", "14", "16a", "20"];
const ROLES: readonly Role[] = ["coordinator", "resident", "captain", "operator"];
const SEVERITY = { unknown: 0, ok: 1, evacuated: 2, need: 3, urgent: 4 } as const;

const CALMING = [
  "ok", "ok 4", "safe", "14 ok", "ok 12 14 16a 20", "16a ok all fine", "evacuated to school", "no", "yes", "false alarm",
  "cancel", "done", "close k1", "k1 done", "!close k1 all fine", "roll close", "roll close r1", "!roll close r1", "roll call closed",
  "i am 14 Mallory", "i am 16a Mallory 3 people", "who", "status", "silent 14", "ok r1", "no r1", "set 14 ok", "!set 14 ok",
  "all clear", "event close", "!event close", "drop k1", "ok 12", "12 14 ok", "?",
] as const; // prettier-ignore

function street(): Bench {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    for (const [index, house] of HOUSES.entries()) {
      setHousehold(bench.store, { ...emptyHousehold(house), zone: 1, people: 2 }, START);
      const fields = { name: `Name ${house}`, house, role: ROLES[index]!, matrix: [] };
      const member = addMember(bench.store, fields, START);
      bindRadio(bench.store, { node: RADIOS[index]!, publicKey: KEY(index + 1), member }, START);
      if (index === 2) setZone(bench.store, { number: 1, name: "Elm", captain: member }, START);
    }
  });
  const real = (index: number, text: string) =>
    bench.hear(RADIOS[index]!, text, { to: US, pkiEncrypted: true, publicKey: KEY(index + 1) });
  bench.pump.ask((turn) => openRollCall(turn, { scope: { all: true }, by: "Maria", minutes: 600 }));
  bench.clock.advance(30_000);
  real(1, "sos fire");
  real(2, "need insulin");
  bench.clock.advance(60_000);
  return bench;
}

type Forgery = Pick<MeshPacket, "to" | "pkiEncrypted" | "channel" | "replyId" | "emoji"> & { publicKey?: Uint8Array };

/** By the way in which it is forged. */
const WAYS: readonly ((random: Random, asked: number) => Partial<Forgery>)[] = [
  () => ({ to: EVERYONE }),
  (_random, asked) => ({ to: EVERYONE, replyId: asked }),
  () => ({ to: US, pkiEncrypted: false }),
  (_random, asked) => ({ to: US, pkiEncrypted: false, replyId: asked }),
  (random) => ({ to: US, pkiEncrypted: true, publicKey: KEY(100 + below(random, 50)) }),
  (random, asked) => ({ to: US, pkiEncrypted: true, publicKey: KEY(100 + below(random, 50)), replyId: asked }),
];

/** What must not get less than real people made it: by household, and by what is open. */
function levels(bench: Bench): number[] {
  return [
    openCalls(bench.store).length,
    ...HOUSES.map((house) => SEVERITY[standing(bench.store, house).status]),
    bench.pump.ask((turn) => rollStatus(turn, 1))!.state === "open" ? 1 : 0,
  ];
}

const people = (bench: Bench): string =>
  JSON.stringify([
    listHouseholds(bench.store),
    listMembers(bench.store),
    RADIOS.map((node) => radioByNode(bench.store, node)),
  ]);

it(`holds against ${PACKETS} forged packets (MUSTER_SEED=${SEED})`, () => {
  const random = seededRandom(SEED);
  const bench = street();
  const asked = bench.sent.find((each) => each.to === EVERYONE)!.packetId;
  const before = people(bench);
  const real = new Set(HOUSES.flatMap((house) => factsOf(bench.store, house).map(({ id }) => id)));
  const level = levels(bench);
  expect(level.slice(0, 4)).toEqual([1, 0, 4, 3]);
  const asks = bench.asked.length;
  for (let n = 0; n < PACKETS; n++) {
    const victim: NodeNum = RADIOS[below(random, RADIOS.length)]!;
    const way = below(random, WAYS.length);
    const tapback = below(random, 10) === 0;
    const text = tapback ? pick(random, ["👍", "✅", "🏁", "❌"]) : `${pick(random, CALMING)}${" ".repeat(n % 3)}`;
    bench.hear(victim, text, {
      channel: 0,
      ...WAYS[way]!(random, asked),
      ...(tapback ? { emoji: 1, replyId: asked } : {}),
    });
    bench.clock.advance(250);
    if (n % LOOK_EVERY > 0) continue;
    const now = levels(bench);
    const what = `up to packet ${n}, way ${way}: "${text}" as ${victim.toString(16)}`;
    for (const [index, was] of level.entries()) expect([what, now[index]! >= was]).toEqual([what, true]);
  }
  expect(people(bench)).toBe(before);
  const forged = HOUSES.flatMap((house) => factsOf(bench.store, house).filter(({ id }) => !real.has(id)));
  expect(forged.length).toBeGreaterThan(PACKETS / 10);
  expect(forged.filter(({ trust }) => isProven(trust))).toEqual([]);
  const shown = bench.asked.slice(asks).filter(({ room, type }) => room === OPS && type === "m.room.message");
  const inThreads = shown
    .map(({ content }) => String(content["body"]))
    .filter((body) => /^[^\n]*\/Elm Street\]: /.test(body));
  expect(inThreads.length).toBeGreaterThan(PACKETS / 10);
  for (const body of inThreads) expect(body).toMatch(/not verified|another key/);
  expect(shown.filter(({ content }) => /^(\* )?🏁 CLOSED/u.test(String(content["body"])))).toEqual([]);
  // What a captain may ask is not told to somebody who only says that he is one.
  expect(bench.texts().filter((text) => text.startsWith("Elm: "))).toEqual([]);
});
