// The same misbehaviours towards an appservice, at the send itself and at every step that brings a radio's user there: zero
// false deliveries, zero doubles. And the homeserver that has forgotten a transaction.

import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import type { MatrixOutcome, MatrixSend } from "#gateway/inputs.ts";
import { TRANSACTION } from "#gateway/matrix/sending.ts";
import { createUplink } from "#matrix/uplink.ts";
import { until } from "#test/harness/synapse.ts";
import { botSettings, FakeDoor } from "#test/matrix/fake-door.ts";
import { MISBEHAVIOURS } from "#test/matrix/misbehaviours.ts";
import { ROOM, StubHomeserver } from "#test/matrix/stub-homeserver.ts";
import type { Call, Misbehaviour, Reply } from "#test/matrix/stub-homeserver.ts";
import type { Uplink } from "#matrix/uplink-form.ts";

const GHOST = "@_muster_11111111:stub";
const registration = {
  id: "muster",
  asToken: "as_canary_token",
  hsToken: "hs_canary_token",
  senderLocalpart: "muster",
  ghostPrefix: "_muster_",
};

let stub: StubHomeserver;
let door: FakeDoor;
let uplink: Uplink;
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

/** What an appservice asks for besides a bot. */
function good(call: Call, reply: Reply): boolean {
  if (!/\/(register|displayname|join|ping)$|\/devices\//.test(call.path)) return false;
  reply.json(200, call.path.endsWith("/join") ? { room_id: ROOM } : {});
  return true;
}

beforeEach(async () => {
  stub = new StubHomeserver();
  await stub.start();
  stub.misbehave = good;
  door = new FakeDoor();
  const settings = botSettings(stub.baseUrl, [ROOM], { mode: "appservice", registration, listen: "127.0.0.1:0" });
  const deadlines = { request: 400, poll: 1000 };
  uplink = createUplink({ settings, door, clock: systemClock(20), log: silentLog, deadlines });
  uplink.start();
  await until("ready", () => door.uplinkState() === "ready" && door.roomState(ROOM)?.joined);
});
afterEach(async () => {
  await uplink.stop();
  await stub.stop();
  if (unhandled.length > 0) throw new Error(`unhandled rejections: ${unhandled.map(String).join(", ")}`);
});

function message(sendId: number, more: Partial<MatrixSend> = {}): MatrixSend {
  const txnId = `txn-${sendId}`;
  const content = { msgtype: "m.text", body: `message ${sendId}`, [TRANSACTION]: txnId };
  const sender = { id: "11111111", name: "Ana" };
  return { sendId, uplink: "street", room: ROOM, type: "m.room.message", txnId, content, sender, ...more };
}

async function outcome(sendId: number, index = 0): Promise<MatrixOutcome> {
  return until(`outcome ${index} of send ${sendId}`, () => door.outcomes(sendId)[index]);
}

const STEPS: readonly (readonly [string, (call: Call) => boolean])[] = [
  ["the send", (call) => call.path.includes("/send/")],
  ["making the user", (call) => call.path.endsWith("/register")],
  ["entering the room", (call) => call.path.endsWith("/join")],
];
const CASES = MISBEHAVIOURS.flatMap(([name, misbehave]) =>
  STEPS.filter(([step]) => step === "the send" || !name.includes("event was accepted")).map(
    ([step, fits]) => [name, step, misbehave, fits] as const,
  ),
);

test.each(CASES)("%s at %s: not delivered, and through at the next try, once", async (name, step, misbehave, fits) => {
  const wrong: Misbehaviour = (call, reply) => (fits(call) ? misbehave(call, reply) : good(call, reply));
  stub.misbehave = wrong;
  uplink.send(message(1));
  const first = await outcome(1);
  // The answer to /register or /join holds nothing that we need: whatever is JSON and 200 is believed there.
  const harmless = step !== "the send" && /^200 (without|with a (number|word) for)/.test(name);
  expect(first.is).toBe(harmless ? "delivered" : "retry");
  stub.misbehave = good;
  await until("the uplink to be up again", () => door.uplinkState() === "ready");
  uplink.send(message(1));
  expect(await outcome(1, 1)).toMatchObject({ is: "delivered", eventId: "$sent-0" });
  expect([...stub.stored.keys()]).toEqual(["txn-1"]);
  expect(JSON.stringify(door.reports)).not.toMatch(/canary/);
});

test("what a homeserver may have forgotten is looked for first, and said only when it is not there", async () => {
  const event = { event_id: "$said-before:stub", sender: GHOST, type: "m.room.message", content: message(1).content };
  let pages = 0;
  stub.misbehave = (call, reply) => {
    if (!call.path.endsWith("/messages")) return good(call, reply);
    expect(JSON.parse(call.query.get("filter")!)).toMatchObject({ senders: [GHOST] });
    const last = call.query.get("from") === "p1";
    pages++;
    return reply.json(200, last ? { chunk: [event] } : { chunk: [], end: "p1" });
  };
  uplink.send(message(1, { lookFirst: TRANSACTION }));
  expect(await outcome(1)).toEqual({ is: "delivered", eventId: "$said-before:stub" });
  expect(pages).toBe(2);
  uplink.send(message(2, { lookFirst: TRANSACTION }));
  expect(await outcome(2)).toMatchObject({ is: "delivered", eventId: "$sent-0" });
});
