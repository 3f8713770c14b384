// Homeservers, and things that are not homeservers, that answer wrongly: none of it counts as delivered, nothing is said
// twice, and after the trouble the same transaction id brings the message through.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import type { MatrixOutcome, MatrixSend } from "#gateway/inputs.ts";
import { DEADLINES, Homeserver } from "#matrix/homeserver.ts";
import { createUplink } from "#matrix/uplink.ts";
import { until } from "#test/harness/synapse.ts";
import { botSettings, FakeDoor } from "#test/matrix/fake-door.ts";
import { DELIVERED, limited, MISBEHAVIOURS } from "#test/matrix/misbehaviours.ts";
import { ROOM, SELF, StubHomeserver } from "#test/matrix/stub-homeserver.ts";
import type { Misbehaviour } from "#test/matrix/stub-homeserver.ts";
import type { Uplink } from "#matrix/uplink-form.ts";

const TOKEN = "syt_canary_token";

let stub: StubHomeserver;
let door: FakeDoor;
let uplink: Uplink;
let log: string[];
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

beforeEach(async () => {
  stub = new StubHomeserver();
  await stub.start();
  door = new FakeDoor();
  log = [];
  uplink = newUplink();
  uplink.start();
  await until("ready", () => door.uplinkState() === "ready" && door.roomState(ROOM)?.joined);
});
afterEach(async () => {
  await uplink.stop();
  await stub.stop();
  if (unhandled.length > 0) throw new Error(`unhandled rejections: ${unhandled.map(String).join(", ")}`);
});

function newUplink(): Uplink {
  const line = (words: string, fields?: unknown) => void log.push(`${words} ${JSON.stringify(fields)}`);
  const keep = { error: line, warn: line, info: line, debug: line, room: () => silentLog };
  const settings = botSettings(stub.baseUrl, [ROOM], { accessToken: TOKEN });
  const deadlines = { request: 400, poll: 1000 };
  return createUplink({ settings, door, clock: systemClock(20), log: keep, deadlines });
}

function message(sendId: number): MatrixSend {
  const content = { msgtype: "m.text", body: `message ${sendId}` };
  return { sendId, uplink: "street", room: ROOM, type: "m.room.message", txnId: `txn-${sendId}`, content };
}

async function outcomes(sendId: number, count: number): Promise<MatrixOutcome[]> {
  return until(`outcome ${count} of send ${sendId}`, () => {
    const seen = door.outcomes(sendId);
    return seen.length >= count ? seen : undefined;
  });
}

/** Only sends are answered wrongly. */
function onSend(misbehave: Misbehaviour): Misbehaviour {
  return (call, reply) => (call.method === "PUT" ? misbehave(call, reply) : false);
}

test.each(MISBEHAVIOURS)("%s: not delivered, and through at the next try, once", async (_, misbehave, expected) => {
  stub.misbehave = onSend(misbehave);
  uplink.send(message(1));
  expect((await outcomes(1, 1))[0]).toMatchObject(expected);
  stub.misbehave = undefined;
  uplink.send(message(1));
  expect((await outcomes(1, 2))[1]).toMatchObject({ is: "delivered", eventId: "$sent-0" });
  expect([...stub.stored.keys()]).toEqual(["txn-1"]);
  expect(stub.calls.map((call) => call.path)).not.toContain("/portal");
  expect(JSON.stringify([door.reports, log])).not.toContain(TOKEN);
});

const REFUSALS: readonly (readonly [number, string])[] = [
  [413, "M_TOO_LARGE"],
  [400, "M_BAD_JSON"],
  [400, "M_DUPLICATE_ANNOTATION"],
  [400, "M_UNKNOWN"],
  [400, "M_SOMETHING_NEW"],
];

test.each(REFUSALS)("%i %s is the message's own fault", async (status, errcode) => {
  stub.misbehave = onSend((_, reply) => reply.json(status, { errcode, error: `because ${TOKEN}\u0000\u202e` }));
  uplink.send(message(1));
  const [outcome] = await outcomes(1, 1);
  expect(outcome).toMatchObject({ is: "refused", reason: expect.stringContaining(errcode) });
  expect(JSON.stringify(outcome)).not.toMatch(/canary|\\u0000|\u202e/);
});

test("soft logout holds the uplink, a working login frees it", async () => {
  const refusal = { errcode: "M_UNKNOWN_TOKEN", error: "logged out", soft_logout: true };
  stub.misbehave = (_, reply) => reply.json(401, refusal);
  uplink.send(message(1));
  expect(await outcomes(1, 1)).toMatchObject([{ is: "hold-uplink" }]);
  await until("held", () => door.uplinkState() === "held");
  const asked = stub.calls.filter((call) => call.method === "PUT").length;
  uplink.send(message(2));
  expect(await outcomes(2, 1)).toMatchObject([{ is: "hold-uplink" }]);
  expect(stub.calls.filter((call) => call.method === "PUT")).toHaveLength(asked);
  stub.misbehave = undefined;
  await until("ready", () => door.uplinkState() === "ready");
  uplink.send(message(1));
  expect((await outcomes(1, 2))[1]).toMatchObject({ is: "delivered" });
});

test("refused connections: down, and up again by itself", async () => {
  await stub.stop();
  await until("down", () => door.uplinkState() === "down");
  uplink.send(message(1));
  expect(await outcomes(1, 1)).toMatchObject([{ is: "retry", reason: expect.stringContaining("ECONNREFUSED") }]);
  await stub.start();
  await until("ready", () => door.uplinkState() === "ready");
});

test("TLS that is none is no delivery", async () => {
  const server = createServer((_, response) => response.end(JSON.stringify(DELIVERED)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const homeserver = new Homeserver(`https://127.0.0.1:${port}`, TOKEN, DEADLINES, silentLog);
  const sent = await homeserver.put(message(1));
  expect(sent).toMatchObject({ ok: false, refusal: { is: "transient" } });
  await new Promise((done) => server.close(done));
});

const RETRY_AFTER: readonly (readonly [string, Misbehaviour, number])[] = [
  ["in the body", (_, reply) => reply.json(429, { ...limited, retry_after_ms: 1500 }), 1500],
  ["as seconds", (_, reply) => reply.raw(429, "", { "Retry-After": "2" }), 2000],
  // By the server's own clock, which is years off.
  [
    "as a date",
    (_, reply) =>
      reply.raw(429, "", { "Retry-After": "Sun, 06 Nov 1994 08:49:39 GMT", Date: "Sun, 06 Nov 1994 08:49:37 GMT" }),
    2000,
  ],
];

test.each(RETRY_AFTER)(
  "Retry-After %s is kept within a second, whatever the gateway's clock",
  { retry: 3 },
  async (_, misbehave, wait) => {
    stub.misbehave = onSend(misbehave);
    uplink.send(message(1));
    expect(await outcomes(1, 1)).toMatchObject([{ is: "retry", rateLimited: true }]);
    stub.misbehave = undefined;
    const from = stub.calls.findLast((call) => call.method === "PUT")!.at;
    uplink.send(message(1)); // a gateway whose clock runs twenty times as fast comes early
    await outcomes(1, 2);
    const kept = stub.calls.findLast((call) => call.method === "PUT")!.at - from;
    expect(kept).toBeGreaterThanOrEqual(wait - 1);
    expect(kept).toBeLessThanOrEqual(wait + 1000);
  },
);

test("one request per room at a time, in order; another room does not wait", async () => {
  const held: (() => void)[] = [];
  stub.misbehave = onSend((call, reply) => {
    if (!call.path.includes("!slow:stub")) return false;
    held.push(() => reply.json(200, { event_id: reply.store() }));
    return true;
  });
  for (const sendId of [1, 2, 3]) uplink.send({ ...message(sendId), room: "!slow:stub" });
  uplink.send({ ...message(4), room: "!quick:stub" });
  expect(await outcomes(4, 1)).toMatchObject([{ is: "delivered" }]);
  for (const sendId of [1, 2, 3]) {
    await until("the request", () => held.length > 0);
    expect(held).toHaveLength(1);
    held.shift()!();
    expect(await outcomes(sendId, 1)).toMatchObject([{ is: "delivered" }]);
  }
  expect([...stub.stored.keys()]).toEqual(["txn-4", "txn-1", "txn-2", "txn-3"]);
});

test("every misbehaviour on every request but sends: what was said is heard once, in order", async () => {
  for (const [name, misbehave] of MISBEHAVIOURS) {
    if (name.includes("M_FORBIDDEN") || name.includes("event was accepted")) continue;
    let wrong = 0;
    stub.misbehave = (call, reply) => (call.method === "GET" && wrong++ < 3 ? misbehave(call, reply) : false);
    for (let n = 0; n < 30; n++) stub.say(`${name} ${n}`);
    await until(`the words after ${name}`, () => door.arrivals.length >= stub.events.length);
  }
  expect(door.arrivals.map((arrival) => arrival.event["event_id"])).toEqual(
    stub.events.map((event) => event["event_id"]),
  );
}, 120_000);

test("cut off at every single request of catching up: nothing is lost, nothing comes twice, order is kept", async () => {
  await uplink.stop();
  let cuts = 0;
  for (let cut = 1; cut <= 14; cut++) {
    for (let n = 0; n < 40; n++) stub.say(`cut ${cut} word ${n}`);
    let requests = 0;
    const target = cut;
    const dead = { now: false };
    stub.misbehave = (_, reply) => {
      if (++requests < target) return false;
      dead.now = true;
      reply.response.socket?.destroy();
      return true;
    };
    const doomed = newUplink();
    doomed.start();
    await until("the cut, or the end of catching up", () => dead.now || door.arrivals.length === stub.events.length);
    cuts += dead.now ? 1 : 0;
    await doomed.stop();
    stub.misbehave = undefined;
    const next = newUplink();
    next.start();
    await until("everything", () => door.arrivals.length >= stub.events.length);
    await next.stop();
  }
  expect(cuts).toBeGreaterThanOrEqual(8);
  expect(door.arrivals.map((arrival) => arrival.event["event_id"])).toEqual(
    stub.events.map((event) => event["event_id"]),
  );
}, 120_000);

test("a position that the homeserver does not know is given up for a new one", async () => {
  await uplink.stop();
  door.positions.set("sync:street", "s-of-another-life");
  stub.misbehave = (call, reply) =>
    call.query.get("since") === "s-of-another-life"
      ? reply.json(400, { errcode: "M_UNKNOWN", error: "Invalid token" })
      : false;
  uplink = newUplink();
  uplink.start();
  await until("a new position", () => door.position("sync:street") === "s0");
  stub.say("heard");
  await until("the words", () => door.bodies().length > 0);
  expect(door.bodies()).toEqual(["heard"]);
});

test("our own echo is not heard", async () => {
  stub.events.push({ type: "m.room.message", sender: SELF, event_id: "$own", content: { body: "echo" } });
  stub.say("not an echo");
  await until("the words", () => door.bodies().includes("not an echo"));
  expect(door.bodies()).toEqual(["not an echo"]);
});
