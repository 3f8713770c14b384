// The walking gateway with every part real: the program, serialport on a pty or TCP, the emulated radios of both
// firmwares, and a Synapse.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { MusterProcess } from "#test/harness/muster.ts";
import { testSynapse, until, type Person, type TestSynapse } from "#test/harness/synapse.ts";

let synapse: TestSynapse;
let maria: Person;
let bot: Person;

beforeAll(async () => {
  synapse = await testSynapse();
  maria = await synapse.person("maria");
  await maria.setDisplayName("Maria");
  bot = await synapse.person("muster");
}, 300_000);
afterAll(async () => synapse.stop());

const RATE = 20;

async function walk(link: "pty" | "tcp", firmware: "2.7" | "2.8", rate = RATE) {
  const street = await maria.createRoom({ invite: [bot.userId] });
  const ops = await maria.createRoom({ invite: [bot.userId] });
  const pty = join(mkdtempSync(join(tmpdir(), "muster-pty-")), "radio");
  const emulator = await EmulatorProcess.start([
    ...(link === "pty" ? ["--pty", pty] : []),
    ..."--handhelds 3 --seed 5".split(" "),
    `--firmware=${firmware}`,
    `--clock-rate=${rate}`,
  ]);
  const muster = new MusterProcess({
    token: bot.accessToken,
    args: ["--clock-rate", String(rate)],
    config: {
      node: { name: "Elm Street", timezone: "UTC" },
      meshtastic:
        link === "pty"
          ? { connection_type: "serial", serial_port: pty }
          : { connection_type: "tcp", host: "127.0.0.1", port: emulator.tcpPort() },
      uplinks: [
        {
          name: "street",
          homeserver: synapse.baseUrl,
          mode: "bot",
          user_id: bot.userId,
          access_token_file: "token",
          operators_room: ops,
          matrix_rooms: [{ id: street, meshtastic_channel: 0 }],
        },
      ],
    },
  });
  await muster.start();
  await muster.ready();
  const gateway = emulator.ready.streams[0]!.radio;
  return {
    street,
    ops,
    emulator,
    muster,
    gateway,
    ana: emulator.ready.handhelds[0]!,
    ben: emulator.ready.handhelds[1]!,
  };
}

const end = async ({ emulator, muster }: { emulator: EmulatorProcess; muster: MusterProcess }) => {
  await muster.remove();
  await emulator.stop();
};

describe.each([
  ["pty", "2.7"],
  ["pty", "2.8"],
  ["tcp", "2.7"],
  ["tcp", "2.8"],
] as const)("over %s with firmware %s", (link, firmware) => {
  let walking: Awaited<ReturnType<typeof walk>>;
  beforeAll(async () => {
    walking = await walk(link, firmware);
  }, 120_000);
  afterAll(async () => end(walking));

  it("carries a text and a direct message both ways", async () => {
    const { street, ops, emulator, muster, gateway, ana, ben } = walking;
    await emulator.say(ana, "ok 3 ñandú 👍");
    const shown = await maria.waitForBody(street, "ok 3 ñandú 👍");
    expect(shown.content["body"]).toMatch(/^\[.+\/Elm Street\]: ok 3 ñandú 👍$/);
    expect(shown.content["meshtastic_text"]).toBe("ok 3 ñandú 👍");

    await maria.say(street, "got it, —Él está bien");
    await emulator.received(ben, "Maria[M]: got it, —Él está bien");

    await emulator.say(ana, "my roof leaks", { to: gateway });
    const direct = await maria.waitForBody(ops, "my roof leaks");
    const receipt = await emulator.event(
      (event) => event["node"] === ana && String(event["text"]).startsWith("Stored"),
    );
    expect(receipt).toMatchObject({ from: gateway, pki: true });

    await maria.say(ops, "Ben comes at 5", { "m.relates_to": { rel_type: "m.thread", event_id: direct.event_id } });
    const answer = await emulator.received(ana, "Ben comes at 5");
    expect(answer).toMatchObject({ pki: true, to: ana });
    await until("the ledger to say so", () => {
      const rows = muster.messages();
      const state = (text: string) => rows.find((row) => row.text === text)?.state;
      return state("Ben comes at 5") === "confirmed" && state("my roof leaks") === "answered";
    });
    const rows = muster.messages();
    expect(rows.find((row) => row.text.startsWith("Maria[M]"))).toMatchObject({
      direction: "matrix-to-mesh",
      destination: "mesh:^all/0",
      state: expect.stringMatching(/^(sent|heard)$/),
    });
    expect(muster.status()).toMatchObject({
      radio: {
        state: "ready",
        node: gateway,
        firmware: expect.stringMatching(/^2\.[78]\./),
        lastHeardAt: expect.any(String),
      },
      uplinks: [{ name: "street", state: "ready", queued: 0 }],
      outbox: { mesh: { queued: 0 } },
      database: { ok: true },
    });
  }, 120_000);

  it("refuses what is too long in words, and answers ping and commands", async () => {
    const { street, emulator, gateway, ana } = walking;
    await maria.say(street, "x".repeat(300));
    const refusal = await maria.waitForBody(street, "300 bytes, the limit here is 222");
    expect(refusal.content["msgtype"]).toBe("m.notice");
    await emulator.say(ana, "ping", { to: gateway });
    await emulator.event((event) => event["node"] === ana && String(event["text"]).startsWith("pong"));
    await maria.say(street, "!nodes");
    await maria.waitForBody(street, ana);
  }, 120_000);
});

it("stopped while 20 messages arrive by radio and 20 are written in Matrix, brings all of them once, in order", async () => {
  const walking = await walk("pty", "2.7");
  const { street, emulator, muster, ana, ben } = walking;
  await emulator.say(ana, "before");
  await maria.waitForBody(street, "before");
  expect(await muster.stop()).toBe(0);
  const spoken = Array.from({ length: 20 }, (_, n) => `radio ${n}.`);
  for (const text of spoken) await emulator.say(ana, text);
  const typed = Array.from({ length: 20 }, (_, n) => `matrix ${n}.`);
  for (const text of typed) await maria.say(street, text);
  await muster.start();
  await emulator.received(ben, "Maria[M]: matrix 19.", 120_000);
  await maria.waitForBody(street, "radio 19.");
  const shown = (await maria.bodies(street)).flatMap((body) => /radio \d+\./.exec(body) ?? []);
  expect(shown).toEqual(spoken);
  const heard = emulator.events.flatMap((event) =>
    event.at === "received" && event["node"] === ben ? (/matrix \d+\./.exec(String(event["text"])) ?? []) : [],
  );
  expect(heard).toEqual(typed);
  await end(walking);
}, 240_000);
