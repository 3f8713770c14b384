// An uplink in appservice mode against a real Synapse.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock, wallClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import type { MatrixSend } from "#gateway/inputs.ts";
import type { UplinkSettings } from "#gateway/settings.ts";
import { createUplink } from "#matrix/uplink.ts";
import { testAppservice, type TestAppservice } from "#test/harness/appservice.ts";
import { testSynapse, until } from "#test/harness/synapse.ts";
import type { Person, TestSynapse } from "#test/harness/synapse.ts";
import { botSettings, FakeDoor } from "#test/matrix/fake-door.ts";
import type { Uplink } from "#matrix/uplink-form.ts";

const BOT = "@muster:street.lan";
const ANA = { id: "11111111", name: "Ana 🌻" };
const ANA_USER = "@_muster_11111111:street.lan";

let appservice: TestAppservice;
let synapse: TestSynapse;
let ada: Person;
let serial = 0;
const running: Uplink[] = [];
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

beforeAll(async () => {
  appservice = await testAppservice();
  synapse = await testSynapse({ appservices: [appservice.file] });
  ada = await synapse.person("ada");
}, 300_000);
afterAll(() => synapse.stop());
afterEach(async () => {
  await Promise.all(running.splice(0).map((uplink) => uplink.stop()));
  if (unhandled.length > 0) throw new Error(`unhandled rejections: ${unhandled.map(String).join(", ")}`);
});

function startUplink(door: FakeDoor, rooms: readonly string[], more: Partial<UplinkSettings> = {}): Uplink {
  const { registration, listen } = appservice;
  const settings = botSettings(synapse.baseUrl, rooms, { mode: "appservice", registration, listen, ...more });
  const uplink = createUplink({ settings, door, clock: systemClock(10), log: silentLog });
  running.push(uplink);
  uplink.start();
  return uplink;
}

async function stopUplink(uplink: Uplink): Promise<void> {
  running.splice(running.indexOf(uplink), 1);
  await uplink.stop();
}

function text(room: string, body: string, more: Partial<MatrixSend> = {}): MatrixSend {
  const sendId = ++serial;
  const content = { msgtype: "m.text", body };
  return {
    sendId,
    uplink: "street",
    room,
    type: "m.room.message",
    txnId: `as-${sendId}`,
    content,
    sender: ANA,
    ...more,
  };
}

async function outcome(door: FakeDoor, send: MatrixSend) {
  return until(`the outcome of send ${send.sendId}`, () => door.outcomes(send.sendId)[0]);
}

async function ready(door: FakeDoor, ...rooms: string[]): Promise<void> {
  await until("the uplink to be ready", () => door.uplinkState() === "ready");
  for (const room of rooms) await until(`to be in ${room}`, () => door.roomState(room)?.joined);
}

test("every radio speaks as a user of its own, renamed when its name changes, at the time it was heard", async () => {
  const street = await ada.createRoom({ invite: [BOT] });
  const door = new FakeDoor();
  const uplink = startUplink(door, [street]);
  await ready(door, street);
  const heard = wallClock.now() - 3 * 3_600_000;
  const first = text(street, "heard long ago", { ts: heard });
  uplink.send(first);
  expect(await outcome(door, first)).toMatchObject({ is: "delivered" });
  const event = (await ada.timeline(street)).at(-1)!;
  expect(event).toMatchObject({
    sender: ANA_USER,
    origin_server_ts: Math.round(heard),
    content: { body: "heard long ago" },
  });
  await until(
    "the name in the room",
    async () => (await ada.state(street, "m.room.member", ANA_USER))["displayname"] === "Ana 🌻",
  );
  const renamed = text(street, "again", { sender: { ...ANA, name: "Ana at no. 12" } });
  uplink.send(renamed);
  expect(await outcome(door, renamed)).toMatchObject({ is: "delivered" });
  // Synapse carries a new profile into the rooms after it has answered.
  const nameIs = async (name: string) => (await ada.state(street, "m.room.member", ANA_USER))["displayname"] === name;
  await until("the new name in the room", () => nameIs("Ana at no. 12"));
  const byBot = text(street, "the gateway itself");
  const { sender: _, ...plain } = byBot;
  uplink.send(plain);
  await outcome(door, byBot);
  expect((await ada.timeline(street)).at(-1)!.sender).toBe(BOT);
});

test("what people say arrives, with their rights and names, and no ghost's or bot's echo", async () => {
  const street = await ada.createRoom({ invite: [BOT] });
  await ada.setDisplayName("Ada");
  const ben = await synapse.person("ben");
  await ada.invite(street, ben.userId);
  await ben.join(street);
  const door = new FakeDoor();
  const uplink = startUplink(door, [street]);
  await ready(door, street);
  const echo = text(street, "from the mesh");
  uplink.send(echo);
  await outcome(door, echo);
  await ada.say(street, "hello mesh");
  await ben.say(street, "me too");
  await until("two arrivals", () => door.arrivals.length >= 2);
  expect(door.bodies()).toEqual(["hello mesh", "me too"]);
  expect(door.arrivals[0]).toMatchObject({ senderName: "Ada", senderMaySpeak: true, senderMayRing: true });
  expect(door.arrivals[1]).toMatchObject({ senderMayRing: false });
});

test("what was said while we were away is brought at the start, and a full disk makes the homeserver bring it again", async () => {
  const street = await ada.createRoom({ invite: [BOT] });
  const door = new FakeDoor();
  const first = startUplink(door, [street]);
  await ready(door, street);
  await stopUplink(first);
  const written = Array.from({ length: 20 }, (_, n) => `written ${n}`);
  for (const body of written) await ada.say(street, body);
  startUplink(door, [street]);
  await until("all of it", () => door.arrivals.length >= 20, 60_000);
  expect(door.bodies()).toEqual(written);
  door.full = true;
  await ada.say(street, "kept back");
  await new Promise<void>((done) => void wallClock.after(1_500, done));
  expect(door.bodies()).not.toContain("kept back");
  door.full = false;
  // Half a minute between pings, ten times as fast.
  await until("the one kept back", () => door.bodies().includes("kept back"), 60_000);
  expect(door.bodies().filter((body) => body === "kept back")).toHaveLength(1);
});

test("the same transaction is one event: again, from another process, and after both have restarted", async () => {
  const street = await ada.createRoom({ invite: [BOT] });
  const door = new FakeDoor();
  const first = startUplink(door, [street]);
  await ready(door, street);
  const send = text(street, "exactly once", { ts: wallClock.now() - 5_000 });
  first.send(send);
  const said = await outcome(door, send);
  await stopUplink(first);
  const second = startUplink(door, [street]);
  await ready(door, street);
  const again = { ...send, sendId: ++serial };
  second.send(again);
  expect(await outcome(door, again)).toEqual(said);
  await stopUplink(second);
  await synapse.restart();
  const third = startUplink(door, [street]);
  await ready(door, street);
  const onceMore = { ...send, sendId: ++serial };
  third.send(onceMore);
  expect(await outcome(door, onceMore)).toEqual(said);
  expect((await ada.bodies(street)).filter((body) => body === "exactly once")).toHaveLength(1);
}, 120_000);

test("several at once keep their order in a room; behind one that fails nothing is tried", async () => {
  const street = await ada.createRoom({ invite: [BOT] });
  const door = new FakeDoor();
  const uplink = startUplink(door, [street]);
  await ready(door, street);
  const sends = Array.from({ length: 12 }, (_, n) =>
    text(street, `in order ${n}`, { sender: { id: `2222000${n % 3}`, name: `Radio ${n % 3}` } }),
  );
  for (const send of sends) uplink.send(send);
  for (const send of sends) expect(await outcome(door, send)).toMatchObject({ is: "delivered" });
  expect((await ada.bodies(street)).filter((body) => body.startsWith("in order"))).toEqual(
    sends.map((send) => send.content["body"]),
  );
  await synapse.kill();
  const failing = [text(street, "lost 1"), text(street, "lost 2")];
  for (const send of failing) uplink.send(send);
  expect(await outcome(door, failing[0]!)).toMatchObject({ is: "retry" });
  expect(await outcome(door, failing[1]!)).toEqual({ is: "untried" });
  await until("down", () => door.uplinkState() === "down");
  await synapse.restart();
  await until("ready again", () => door.uplinkState() === "ready", 60_000);
}, 120_000);

test("a radio banned from the room is refused alone; one shown out comes back; power decides for the room", async () => {
  const street = await ada.createRoom({ invite: [BOT] });
  const door = new FakeDoor();
  const uplink = startUplink(door, [street]);
  await ready(door, street);
  await ada.setPowerLevels(street, { invite: 50 });
  await until("the change", () => door.reports.length > 3);
  const outside = text(street, "let me in", { sender: { id: "33333333", name: "New" } });
  uplink.send(outside);
  expect(await outcome(door, outside)).toMatchObject({
    is: "hold-room",
    reason: expect.stringContaining("may not invite"),
  });
  await ada.setPowerLevels(street, { invite: 0 });
  const inside = text(street, "let me in now", { sender: { id: "33333333", name: "New" } });
  uplink.send(inside);
  expect(await outcome(door, inside)).toMatchObject({ is: "delivered" });
  await ada.kick(street, "@_muster_33333333:street.lan");
  const back = text(street, "back", { sender: { id: "33333333", name: "New" } });
  uplink.send(back);
  expect(await outcome(door, back)).toMatchObject({ is: "delivered" });
  await ada.call("POST", `/_matrix/client/v3/rooms/${encodeURIComponent(street)}/ban`, {
    user_id: "@_muster_33333333:street.lan",
  });
  const banned = text(street, "banned", { sender: { id: "33333333", name: "New" } });
  uplink.send(banned);
  expect(await outcome(door, banned)).toMatchObject({ is: "refused" });
  const other = text(street, "others speak");
  uplink.send(other);
  expect(await outcome(door, other)).toMatchObject({ is: "delivered" });
  const heads = { [ada.userId]: 100, [BOT]: 100 };
  await ada.setPowerLevels(street, { users: { ...heads, "@_muster_44444444:street.lan": -1 } });
  const silenced = text(street, "silenced", { sender: { id: "44444444", name: "Loud" } });
  uplink.send(silenced);
  expect(await outcome(door, silenced)).toMatchObject({ is: "refused" });
  const still = text(street, "others still speak");
  uplink.send(still);
  expect(await outcome(door, still)).toMatchObject({ is: "delivered" });
  await ada.setPowerLevels(street, { events_default: 50, users: heads });
  await until("the ghosts' silence", () => door.roomState(street)?.maySpeak === false);
  expect(door.roomState(street)?.reason).toContain("radios' users");
});

test("only the homeserver's token opens the door, and a wrong appservice token holds the uplink", async () => {
  const street = await ada.createRoom({ invite: [BOT] });
  const door = new FakeDoor();
  startUplink(door, [street]);
  await ready(door, street);
  const put = (token?: string): Promise<Response> =>
    fetch(`http://${appservice.listen}/_matrix/app/v1/transactions/1`, {
      method: "PUT",
      body: JSON.stringify({
        events: [
          { type: "m.room.message", room_id: street, sender: "@eve:x", event_id: "$x", content: { body: "evil" } },
        ],
      }),
      ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    });
  expect((await put()).status).toBe(401);
  expect((await put("x".repeat(43))).status).toBe(403);
  expect((await put(appservice.registration.hsToken)).status).toBe(200);
  expect((await put(appservice.registration.hsToken)).status).toBe(200);
  expect(door.bodies()).toEqual(["evil"]);
  const other = new FakeDoor();
  const registration = { ...appservice.registration, asToken: "wrong" };
  startUplink(other, [street], { registration, listen: "127.0.0.1:0" });
  await until("held", () => other.uplinkState() === "held");
  expect(JSON.stringify(other.reports)).not.toContain(appservice.registration.hsToken);
});
