// The bridge that people expect, with every part real: the program, serialport on a pty, the emulated radios, and Synapse;
// once as a bot and once as an appservice.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testAppservice, type TestAppservice } from "#test/harness/appservice.ts";
import { wallClock } from "#base/clock.ts";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { MusterProcess } from "#test/harness/muster.ts";
import { testSynapse, until, type Person, type RoomEvent, type TestSynapse } from "#test/harness/synapse.ts";

let appservice: TestAppservice;
let synapse: TestSynapse;
let maria: Person;
let bot: Person;

beforeAll(async () => {
  appservice = await testAppservice();
  synapse = await testSynapse({ appservices: [appservice.file] });
  maria = await synapse.person("maria");
  await maria.setDisplayName("Maria");
  bot = await synapse.person("botty");
}, 300_000);
afterAll(() => synapse.stop());

const RATE = 20;

async function cross(mode: "bot" | "appservice") {
  const us = mode === "bot" ? bot.userId : "@muster:street.lan";
  const street = await maria.createRoom({ invite: [us] });
  const ops = await maria.createRoom({ invite: [us] });
  const pty = join(mkdtempSync(join(tmpdir(), "muster-pty-")), "radio");
  const emulator = await EmulatorProcess.start([
    "--pty",
    pty,
    "--handhelds",
    "3",
    "--seed",
    "5",
    "--clock-rate",
    `${RATE}`,
  ]);
  const login =
    mode === "bot"
      ? { mode, user_id: bot.userId, access_token_file: "token" }
      : { mode, registration_file: appservice.file, listen: appservice.listen };
  const muster = new MusterProcess({
    token: bot.accessToken,
    args: ["--clock-rate", `${RATE}`],
    config: {
      node: { name: "Elm Street", timezone: "UTC" },
      meshtastic: { connection_type: "serial", serial_port: pty },
      uplinks: [
        {
          name: "street",
          homeserver: synapse.baseUrl,
          ...login,
          operators_room: ops,
          matrix_rooms: [{ id: street, meshtastic_channel: 0 }],
        },
      ],
    },
  });
  await muster.start();
  await muster.ready();
  const [ana, ben] = emulator.ready.handhelds as [string, string];
  return { street, ops, emulator, muster, ana, ben, gateway: emulator.ready.streams[0]!.radio };
}

const find = (room: string, what: string, fits: (event: RoomEvent) => boolean): Promise<RoomEvent> =>
  until<RoomEvent | undefined>(what, async () => (await maria.timeline(room)).find(fits), 60_000);
const relatesTo = (event: RoomEvent) =>
  (event.content["m.relates_to"] ?? {}) as { event_id?: string; key?: string; "m.in_reply_to"?: { event_id: string } };

describe.each(["bot", "appservice"] as const)("as a %s", (mode) => {
  let bridge: Awaited<ReturnType<typeof cross>>;
  beforeAll(async () => {
    bridge = await cross(mode);
  }, 120_000);
  afterAll(async () => {
    await bridge.muster.remove();
    await bridge.emulator.stop();
  });

  it("carries replies and reactions both ways", async () => {
    const { street, emulator, ana, ben } = bridge;
    const packet = await emulator.say(ana, "who has a ladder?");
    const asked = await maria.waitForBody(street, "who has a ladder?");
    expect(asked.sender).toMatch(mode === "bot" ? /^@botty:/ : new RegExp(`^@_muster_${ana.slice(1)}:`));
    expect(asked.content["body"]).toMatch(mode === "bot" ? /^\[.+\/Elm Street\]: who/ : /^who/);

    await maria.say(street, "I have one", { "m.relates_to": { "m.in_reply_to": { event_id: asked.event_id } } });
    const heard = await emulator.received(ben, "Maria[M]: I have one");
    expect(heard["replyTo"]).toBe(packet);
    await maria.send(street, "m.reaction", {
      "m.relates_to": { rel_type: "m.annotation", event_id: asked.event_id, key: "👍" },
    });
    const tapped = await emulator.event((event) => event["node"] === ben && event["emoji"] === "👍");
    expect(tapped["replyTo"]).toBe(packet);

    await emulator.say(ben, "bring it please", { replyTo: heard["id"] });
    const reply = await find(street, "the reply", (event) => String(event.content["body"]).includes("bring it please"));
    const mine = (await maria.timeline(street)).find((event) => event.content["body"] === "I have one")!;
    expect(relatesTo(reply)["m.in_reply_to"]).toEqual({ event_id: mine.event_id });
    await emulator.say(ben, "❤️", { replyTo: heard["id"], emoji: "❤️" });
    const reaction = await find(street, "the reaction", (event) => relatesTo(event).key === "❤️");
    expect(relatesTo(reaction).event_id).toBe(mine.event_id);
  }, 120_000);

  it("marks a message with what became of it, the latest state only, and corrects an edit in one line", async () => {
    const { street, emulator, ben } = bridge;
    const event = await maria.say(street, "the bridge is closed");
    await emulator.received(ben, "Maria[M]: the bridge is closed");
    const marks = async () => {
      const all = await maria.timeline(street);
      return all
        .filter((each) => each.type === "m.reaction" && relatesTo(each).event_id === event)
        .map((each) => relatesTo(each).key);
    };
    await until("a mark", async () => (await marks()).some((key) => key === "📡" || key === "👂"));
    await maria.say(street, "* the bridge is open", {
      "m.new_content": { msgtype: "m.text", body: "the bridge is open" },
      "m.relates_to": { rel_type: "m.replace", event_id: event },
    });
    await emulator.received(ben, "Maria[M]: * the bridge is open");
    // Changing a mark takes the old one away first, so for a moment there may be none.
    const mark = await until("one mark alone", async () => {
      const shown = await marks();
      return shown.length === 1 && shown[0];
    });
    expect(["📡", "👂", "💬"]).toContain(mark);
  }, 120_000);

  it("says media, long texts and polls in words, and answers the commands of mmrelay's users", async () => {
    const { street, emulator, ben } = bridge;
    await maria.send(street, "m.room.message", {
      msgtype: "m.image",
      body: "the well",
      filename: "w.jpg",
      url: "mxc://x/y",
    });
    await emulator.received(ben, "Maria[M]: [photo] the well");
    await maria.say(street, `!long ${"water at the school ".repeat(20)}`);
    expect((await maria.waitForBody(street, "goes out in 2 messages")).content["msgtype"]).toBe("m.notice");
    await emulator.event((event) => event["node"] === ben && String(event["text"]).startsWith("Maria[M]: (2/2) "));
    await maria.send(street, "org.matrix.msc3381.poll.start", {
      "org.matrix.msc3381.poll.start": {
        question: { "org.matrix.msc1767.text": "Where?" },
        answers: [
          { id: "a", "org.matrix.msc1767.text": "school" },
          { id: "b", "org.matrix.msc1767.text": "church" },
        ],
      },
    });
    await emulator.received(ben, "Maria[M]: Where?\n1 school\n2 church");
    for (const [command, answer] of [
      ["!batteryLevel", "battery"],
      ["!map", "known"],
      ["!health", "Radio: ready"],
    ] as const) {
      await maria.say(street, command);
      await find(
        street,
        command,
        (event) =>
          (event.content["msgtype"] === "m.notice" && new RegExp(answer, "i").test(String(event.content["body"]))) ||
          /%|geo:|on USB/.test(String(event.content["body"])),
      );
    }
  }, 120_000);

  it("puts a resident's direct messages into a thread and the answer on the resident's screen", async () => {
    const { ops, emulator, gateway, ana } = bridge;
    await emulator.say(ana, "my roof leaks", { to: gateway });
    const direct = await maria.waitForBody(ops, "my roof leaks");
    await maria.say(ops, "Ben comes at 5", { "m.relates_to": { rel_type: "m.thread", event_id: direct.event_id } });
    expect(await emulator.received(ana, "Ben comes at 5")).toMatchObject({ pki: true, to: ana });
    const answer = (await maria.timeline(ops)).find((event) => event.content["body"] === "Ben comes at 5")!;
    await find(
      ops,
      "its mark",
      (event) => relatesTo(event).event_id === answer.event_id && relatesTo(event).key === "✅",
    );
  }, 120_000);

  it("keeps what is said while Synapse is away, and shows it once, in order, with its time", async () => {
    const { street, emulator, muster, ana } = bridge;
    await synapse.kill();
    await emulator.say(ana, "while away 1.");
    await until("the message", () => muster.messages().some((row) => row.text === "while away 1."));
    await emulator.say(ana, "while away 2.");
    await until("both", () => muster.messages().filter((row) => row.text.startsWith("while away")).length >= 2);
    // Two minutes of the gateway's time, so that its age is worth telling.
    await new Promise<void>((done) => void wallClock.after(7_000, done));
    await synapse.restart();
    await maria.waitForBody(street, "while away 2.", 90_000);
    const shown = (await maria.timeline(street)).filter((event) =>
      String(event.content["body"]).includes("while away"),
    );
    expect(shown.map((event) => /while away \d/.exec(String(event.content["body"]))?.[0])).toEqual([
      "while away 1",
      "while away 2",
    ]);
    expect(shown[0]!.content["body"]).toMatch(mode === "bot" ? /^\(heard \d\d:\d\d\) / : /^while away 1/);
  }, 180_000);
});
