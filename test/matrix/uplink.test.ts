// An uplink in bot mode against a real Synapse.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import type { MatrixSend } from "#gateway/inputs.ts";
import type { UplinkSettings } from "#gateway/settings.ts";
import { createUplink } from "#matrix/uplink.ts";
import { testSynapse, until } from "#test/harness/synapse.ts";
import type { Person, TestSynapse } from "#test/harness/synapse.ts";
import { botSettings, FakeDoor } from "#test/matrix/fake-door.ts";
import type { Uplink } from "#matrix/uplink-form.ts";

let synapse: TestSynapse;
let ada: Person;
let bot: Person;
let serial = 0;
const running: Uplink[] = [];
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

beforeAll(async () => {
  synapse = await testSynapse();
  [ada, bot] = [await synapse.person("ada"), await synapse.person("muster")];
}, 300_000);
afterAll(() => synapse.stop());
afterEach(async () => {
  await Promise.all(running.splice(0).map((uplink) => uplink.stop()));
  if (unhandled.length > 0) throw new Error(`unhandled rejections: ${unhandled.map(String).join(", ")}`);
});

/** Ladders run ten times as fast, so that repairs are seen soon. */
function startUplink(door: FakeDoor, rooms: readonly string[], more: Partial<UplinkSettings> = {}): Uplink {
  const settings = botSettings(synapse.baseUrl, rooms, { accessToken: bot.accessToken, ...more });
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
  return { sendId, uplink: "street", room, type: "m.room.message", txnId: `test-${sendId}`, content, ...more };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

async function outcome(door: FakeDoor, send: MatrixSend) {
  return until(`the outcome of send ${send.sendId}`, () => door.outcomes(send.sendId)[0]);
}

async function ready(door: FakeDoor, ...rooms: string[]): Promise<void> {
  await until("the uplink to be ready", () => door.uplinkState() === "ready");
  for (const room of rooms) await until(`to be in ${room}`, () => door.roomState(room)?.joined);
}

test("words go both ways, through an alias and through a room id", async () => {
  await ada.setDisplayName("Ada <b>Lovelace</b>");
  const street = await ada.createRoom({ alias: "both-ways", invite: [bot.userId] });
  const ops = await ada.createRoom({ invite: [bot.userId] });
  const other = await ada.createRoom({ invite: [bot.userId] });
  await ada.say(street, "written before the gateway came");
  const door = new FakeDoor();
  const uplink = startUplink(door, ["#both-ways:street.lan"], { operatorsRoom: ops });
  await ready(door, "#both-ways:street.lan", ops);
  expect(door.roomState("#both-ways:street.lan")).toMatchObject({ room: street, maySpeak: true, encrypted: false });
  expect(door.last("uplink-state")?.userId).toBe(bot.userId);

  const id = await ada.say(street, "hello mesh");
  await ada.send(street, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: id, key: "👍" } });
  await ada.redact(street, id);
  await ada.say(ops, "operators here");
  await until("four arrivals", () => door.arrivals.length >= 4);
  expect(door.arrivals.map((arrival) => [arrival.room, arrival.event["type"]])).toEqual([
    [street, "m.room.message"],
    [street, "m.reaction"],
    [street, "m.room.redaction"],
    [ops, "m.room.message"],
  ]);
  expect(door.arrivals[0]).toMatchObject({ senderMaySpeak: true, senderName: "Ada <b>Lovelace</b>" });

  const send = text(street, "hello street");
  uplink.send(send);
  const said = await outcome(door, send);
  expect(said).toMatchObject({ is: "delivered" });
  const again = { ...send, sendId: ++serial };
  uplink.send(again);
  expect(await outcome(door, again)).toEqual(said);
  expect(await ada.bodies(street)).toEqual(["written before the gateway came", "", "hello street"]);
  const undo = text(street, "", {
    type: "m.room.redaction",
    content: {},
    redacts: said.is === "delivered" ? said.eventId : "",
  });
  uplink.send(undo);
  expect(await outcome(door, undo)).toMatchObject({ is: "delivered" });
  expect(door.bodies()).not.toContain("hello street"); // own echoes stay out
  expect((await bot.state(other, "m.room.member", bot.userId))["membership"]).not.toBe("join");
});

test("what was written while the uplink was away arrives once, in order; so does a gap of 500", async () => {
  const street = await ada.createRoom({ invite: [bot.userId] });
  const door = new FakeDoor();
  const first = startUplink(door, [street]);
  await ready(door, street);
  await ada.say(street, "before");
  await until("the first", () => door.bodies().includes("before"));
  await stopUplink(first);
  // Twenty-five at a time for speed: their order is the homeserver's.
  for (let n = 0; n < 500; n += 25) await Promise.all(range(25).map((m) => ada.say(street, `missed ${n + m}`)));
  startUplink(door, [street]);
  await until("those missed", () => door.bodies().length >= 501, 60_000);
  await ada.say(street, "after");
  await until("the one after", () => door.bodies().includes("after"));
  expect(door.bodies()).toHaveLength(502);
  expect(door.bodies()).toEqual(await ada.bodies(street));
  expect(door.arrivals.every((arrival) => arrival.senderMaySpeak && arrival.senderName)).toBe(true);
}, 120_000);

test("a full disk moves no position and loses nothing", async () => {
  const street = await ada.createRoom({ invite: [bot.userId] });
  const door = new FakeDoor();
  startUplink(door, [street]);
  await ready(door, street);
  door.full = true;
  await ada.say(street, "kept by the homeserver");
  await until("the uplink to notice", () => door.uplinkState() === "down");
  expect(door.arrivals).toEqual([]);
  door.full = false;
  await until("the message", () => door.bodies().length > 0);
  expect(door.bodies()).toEqual(["kept by the homeserver"]);
});

test("a restart of the homeserver is survived", async () => {
  const street = await ada.createRoom({ invite: [bot.userId] });
  const door = new FakeDoor();
  const uplink = startUplink(door, [street]);
  await ready(door, street);
  await synapse.kill();
  const lost = text(street, "said while it was away");
  uplink.send(lost);
  expect(await outcome(door, lost)).toMatchObject({ is: "retry" });
  await until("down", () => door.uplinkState() === "down");
  await synapse.restart();
  await until("ready again", () => door.uplinkState() === "ready");
  const retried = { ...lost, sendId: ++serial };
  uplink.send(retried);
  expect(await outcome(door, retried)).toMatchObject({ is: "delivered" });
  await ada.say(street, "welcome back");
  await until("the answer", () => door.bodies().includes("welcome back"));
});

test("kicked: the room is held and reported; an invitation repairs it, and only what is said after it is heard", async () => {
  const street = await ada.createRoom({ invite: [bot.userId] });
  const door = new FakeDoor();
  const uplink = startUplink(door, [street]);
  await ready(door, street);
  await ada.say(street, "still here");
  await ada.kick(street, bot.userId, "wrong room");
  await until("to notice", () => door.roomState(street)?.joined === false);
  expect(door.roomState(street)?.reason).toContain("wrong room");
  const send = text(street, "am I here?");
  uplink.send(send);
  expect(await outcome(door, send)).toMatchObject({ is: "hold-room" });
  await ada.say(street, "behind its back");
  await ada.invite(street, bot.userId);
  await until("to be in again", () => door.roomState(street)?.joined);
  await ada.say(street, "welcome again");
  await until("the welcome", () => door.bodies().includes("welcome again"));
  expect(door.bodies()).toEqual(["still here", "welcome again"]);
  const later = text(street, "here I am");
  uplink.send(later);
  expect(await outcome(door, later)).toMatchObject({ is: "delivered" });
});

test("without power to speak the room is held, a reaction alone is refused, and power repairs it", async () => {
  const street = await ada.createRoom({ invite: [bot.userId] });
  const door = new FakeDoor();
  const uplink = startUplink(door, [street]);
  await ready(door, street);
  await ada.setPowerLevels(street, { events: { "m.reaction": 50 } });
  const target = await ada.say(street, "react to this");
  const relation = { rel_type: "m.annotation", event_id: target, key: "👍" };
  const reaction = text(street, "", { type: "m.reaction", content: { "m.relates_to": relation } });
  uplink.send(reaction);
  expect(await outcome(door, reaction)).toMatchObject({ is: "refused" });

  await ada.setPowerLevels(street, { events_default: 50 });
  await until("the loss of power", () => door.roomState(street)?.maySpeak === false);
  const mute = text(street, "can anybody hear me?");
  uplink.send(mute);
  expect(await outcome(door, mute)).toMatchObject({ is: "hold-room" });
  await ada.setPowerLevels(street, { events_default: 0 });
  await until("the power back", () => door.roomState(street)?.maySpeak);
});

test("a revoked token holds the uplink; a new one in the file repairs it", async () => {
  const dir = mkdtempSync(join(tmpdir(), "muster-token-"));
  const file = join(dir, "token");
  const temporary = await synapse.person("muster");
  writeFileSync(file, `${temporary.accessToken}\n`);
  const street = await ada.createRoom({ invite: [bot.userId] });
  const door = new FakeDoor();
  const uplink = startUplink(door, [street], { accessTokenFile: file, accessToken: temporary.accessToken });
  await ready(door, street);
  await temporary.logout();
  await until("held", () => door.uplinkState() === "held");
  const send = text(street, "no token");
  uplink.send(send);
  expect(await outcome(door, send)).toMatchObject({ is: "hold-uplink" });
  await ada.say(street, "written meanwhile");
  writeFileSync(file, (await synapse.person("muster")).accessToken);
  await until("ready again", () => door.uplinkState() === "ready");
  await until("what was written", () => door.bodies().includes("written meanwhile"));
  const later = text(street, "a new token");
  uplink.send(later);
  expect(await outcome(door, later)).toMatchObject({ is: "delivered" });
  expect(JSON.stringify(door.reports)).not.toContain(temporary.accessToken);
  rmSync(dir, { recursive: true });
});

test("somebody else's token is refused", async () => {
  const door = new FakeDoor();
  startUplink(door, [], { userId: "@somebody:street.lan" });
  await until("held", () => door.uplinkState() === "held");
  expect(door.last("uplink-state")?.reason).toContain("@muster:street.lan");
});

test("an encrypted room, a room that is encrypted later, a missing alias and a forbidden room are reported in words", async () => {
  const encrypted = await ada.createRoom({ invite: [bot.userId], encrypted: true });
  const later = await ada.createRoom({ invite: [bot.userId] });
  const forbidden = await ada.createRoom();
  const door = new FakeDoor();
  startUplink(door, [encrypted, later, forbidden, "#nowhere:street.lan"]);
  await ready(door, encrypted, later);
  expect(door.roomState(encrypted)).toMatchObject({ encrypted: true, reason: expect.stringContaining("encrypted") });
  expect(door.roomState(forbidden)).toMatchObject({ joined: false, reason: expect.stringContaining(bot.userId) });
  expect(door.roomState("#nowhere:street.lan")).toMatchObject({
    joined: false,
    reason: expect.stringContaining("M_NOT_FOUND"),
  });
  expect(door.roomState(later)?.encrypted).toBe(false);
  await ada.setState(later, "m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" });
  await until("the encryption", () => door.roomState(later)?.encrypted);
  // An alias that comes later is found, and the room behind it is entered.
  await ada.createRoom({ alias: "nowhere", invite: [bot.userId] });
  await until("the room behind the alias", () => door.roomState("#nowhere:street.lan")?.joined);
});

test("a room that was replaced is left for the one its alias names now", async () => {
  const old = await ada.createRoom({ alias: "moving", invite: [bot.userId] });
  const door = new FakeDoor();
  startUplink(door, ["#moving:street.lan"]);
  await ready(door, "#moving:street.lan");
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(old)}/upgrade`;
  const next = (await ada.call("POST", path, { new_version: "11" }))["replacement_room"] as string;
  await ada.invite(next, bot.userId).catch(() => undefined);
  await until(
    "the new room",
    () => door.roomState("#moving:street.lan")?.room === next && door.roomState("#moving:street.lan")?.joined,
  );
  await ada.say(next, "in the new room");
  await until("words from it", () => door.bodies().length > 0);
  expect(door.arrivals.map((arrival) => arrival.room)).toEqual([next]);
});
