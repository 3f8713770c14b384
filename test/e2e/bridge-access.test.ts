// Who may write, who is left out, and where things are: with every part real, and two ways into the same room.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex } from "#base/bytes.ts";
import { encodeWaypoint } from "#wire/waypoint.ts";
import { testAppservice, type TestAppservice } from "#test/harness/appservice.ts";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { MusterProcess } from "#test/harness/muster.ts";
import { testSynapse, until, type Person, type RoomEvent, type TestSynapse } from "#test/harness/synapse.ts";

const POSITION = 3;
const WAYPOINT = 8;
/** Degrees. */
const WELL = { latitude: 47.1234567, longitude: 8.7654321 };
const numbers = (degrees: number): number => Math.round(degrees * 1e7);

let appservice: TestAppservice;
let synapse: TestSynapse;
let maria: Person;
let eve: Person;
let bot: Person;
let muster: MusterProcess;
let emulator: EmulatorProcess;
let street: string;
let ops: string;
let ana: string;
let ben: string;

/** The appservice is the first way into the rooms, the bot the second. */
beforeAll(async () => {
  appservice = await testAppservice();
  synapse = await testSynapse({ appservices: [appservice.file] });
  [maria, eve, bot] = [await synapse.person("maria"), await synapse.person("eve"), await synapse.person("botty")];
  await maria.setDisplayName("Maria");
  const us = ["@muster:street.lan", bot.userId];
  street = await maria.createRoom({ invite: [...us, eve.userId] });
  ops = await maria.createRoom({ invite: us });
  await eve.join(street);
  const pty = join(mkdtempSync(join(tmpdir(), "muster-pty-")), "radio");
  const quick = ["--clock-rate", "20"];
  emulator = await EmulatorProcess.start(["--pty", pty, "--handhelds", "2", "--seed", "6", ...quick]);
  const rooms = () => ({ operators_room: ops, matrix_rooms: [{ id: street, meshtastic_channel: 0 }] });
  const homeserver = synapse.baseUrl;
  const registration = { registration_file: appservice.file, listen: appservice.listen };
  const login = { user_id: bot.userId, access_token_file: "token" };
  muster = new MusterProcess({
    token: bot.accessToken,
    args: quick,
    config: {
      node: { name: "Elm Street", timezone: "UTC" },
      meshtastic: { connection_type: "serial", serial_port: pty },
      access: { matrix_users: ["@maria:*"] },
      uplinks: [
        { name: "street", homeserver, mode: "appservice", ...registration, ...rooms() },
        { name: "internet", homeserver, mode: "bot", ...login, ...rooms() },
      ],
    },
  });
  await muster.start();
  await muster.ready();
  [ana, ben] = emulator.ready.handhelds as [string, string];
}, 300_000);
afterAll(async () => {
  await muster.remove();
  await emulator.stop();
  await synapse.stop();
});

const bodies = async (room: string): Promise<string[]> =>
  (await maria.timeline(room)).map((event) => String(event.content["body"]));
const find = (room: string, what: string, fits: (event: RoomEvent) => boolean): Promise<RoomEvent> =>
  until<RoomEvent | undefined>(what, async () => (await maria.timeline(room)).find(fits), 60_000);

describe("two ways into the same room", () => {
  it("carry each message once, in both directions", async () => {
    await emulator.say(ana, "water at the school");
    await maria.waitForBody(street, "water at the school");
    await maria.say(street, "on our way");
    await emulator.received(ben, "Maria[M]: on our way");
    await emulator.say(ben, "and bread");
    await maria.waitForBody(street, "and bread");
    const shown = (await bodies(street)).filter((body) => /water at|and bread/.test(body));
    expect(shown).toHaveLength(2);
    const heard = emulator.events.filter((event) => event["node"] === ben && event["text"] === "Maria[M]: on our way");
    expect(heard).toHaveLength(1);
  }, 120_000);

  it("take an answer in a resident's thread by whichever way it comes", async () => {
    await emulator.say(ana, "my cellar is wet", { to: emulator.ready.streams[0]!.radio });
    const direct = await maria.waitForBody(ops, "my cellar is wet");
    await maria.say(ops, "Ben brings a pump", { "m.relates_to": { rel_type: "m.thread", event_id: direct.event_id } });
    await emulator.received(ana, "Ben brings a pump");
    const heard = emulator.events.filter((event) => event["node"] === ana && event["text"] === "Ben brings a pump");
    expect(heard).toHaveLength(1);
  }, 120_000);
});

describe("access", () => {
  it("keeps a stranger's words off the air and says so", async () => {
    await eve.say(street, "buy my candles");
    const words = await find(street, "the refusal", (event) =>
      /not.*(allowed|sent)/i.test(String(event.content["body"])),
    );
    expect(words.content["msgtype"]).toBe("m.notice");
    await maria.say(street, "the pump runs again");
    await emulator.received(ben, "Maria[M]: the pump runs again");
    expect(emulator.events.some((event) => String(event["text"]).includes("candles"))).toBe(false);
  }, 120_000);

  it("lets a resident stay out of Matrix and come back, but for calls for help", async () => {
    await emulator.say(ben, "!nomatrix");
    await emulator.event(
      (event) => event["node"] === ben && String(event["text"]).startsWith("Your channel words stay"),
    );
    await emulator.say(ben, "between us");
    await emulator.say(ben, "sos my house burns");
    await maria.waitForBody(street, "my house burns");
    await emulator.say(ben, "!matrix");
    await emulator.event((event) => event["node"] === ben && String(event["text"]).includes("shown in Matrix again"));
    await emulator.say(ben, "hello again");
    await maria.waitForBody(street, "hello again");
    expect((await bodies(street)).join("\n")).not.toContain("between us");
  }, 120_000);

  it("mutes a radio with a reason, which its owner is told", async () => {
    await maria.say(ops, `!mute ${ana} sells candles`);
    await maria.waitForBody(ops, "sells candles");
    await emulator.say(ana, "candles, candles");
    await emulator.say(ana, "my roof leaks", { to: emulator.ready.streams[0]!.radio });
    await emulator.event((event) => event["node"] === ana && String(event["text"]).startsWith("Not passed on"));
    await maria.say(ops, `!unmute ${ana}`);
    await maria.waitForBody(ops, "no longer muted");
    await emulator.say(ana, "sorry");
    await maria.waitForBody(street, "sorry");
    expect((await bodies(street)).join("\n")).not.toContain("candles, candles");
  }, 120_000);
});

describe("places", () => {
  it("shows where a radio was when somebody asks", async () => {
    const place = Buffer.alloc(10);
    place.writeUInt8(0x0d, 0);
    place.writeInt32LE(numbers(WELL.latitude), 1);
    place.writeUInt8(0x15, 5);
    place.writeInt32LE(numbers(WELL.longitude), 6);
    emulator.command({ node: ana, to: "^all", channel: 0, portnum: POSITION, payload: toHex(place) });
    const asked = async (): Promise<RoomEvent | undefined> => {
      await maria.say(street, `!where ${ana}`);
      return (await maria.timeline(street)).find((event) => event.content["msgtype"] === "m.location");
    };
    const shown = await until("the place", asked, 60_000);
    expect(String(shown.content["geo_uri"])).toContain("47.12346,8.76543");
  }, 120_000);

  it("carries a marked place both ways", async () => {
    const words = { id: 77, expire: 0, name: "well", description: "clean water" };
    const waypoint = { ...words, latitudeI: numbers(WELL.latitude), longitudeI: numbers(WELL.longitude) };
    const payload = toHex(encodeWaypoint(waypoint));
    emulator.command({ node: ana, to: "^all", channel: 0, portnum: WAYPOINT, payload });
    const well = await find(street, "the well", (event) => String(event.content["body"]).includes("well"));
    expect(JSON.stringify(well.content)).toContain("47.12346,8.76543");

    await maria.send(street, "m.room.message", {
      msgtype: "m.location",
      body: "the pump",
      geo_uri: "geo:47.5,8.5",
      "org.matrix.msc3488.asset": { type: "m.pin" },
      "org.matrix.msc3488.location": { uri: "geo:47.5,8.5", description: "the pump" },
    });
    const heard = await emulator.event(
      (event) =>
        event["node"] === ben && event.at === "received" && event["portnum"] === WAYPOINT && event["from"] !== ana,
    );
    expect(String(heard["payload"])).toContain(toHex(Buffer.from("the pump")));
  }, 120_000);
});
