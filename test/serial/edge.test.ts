import { readdirSync } from "node:fs";

import { afterEach, describe, expect, test } from "vitest";

import { utf8 } from "#base/bytes.ts";
import { failureWords } from "#serial/line.ts";
import { packetsHeard, textFrame } from "#test/radio/peer.ts";
import { aSend, bench, Cable, RadioServer } from "#test/serial/bench.ts";
import type { Bench } from "#test/serial/bench.ts";

const afterwards: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of afterwards.splice(0).toReversed()) await undo();
});

async function aRadio(): Promise<RadioServer> {
  const server = await RadioServer.start();
  afterwards.push(() => server.stop());
  return server;
}

async function aCable(server: RadioServer): Promise<Cable> {
  const cable = new Cable(server.port);
  afterwards.push(() => cable.remove());
  await cable.plug();
  return cable;
}

function started(...args: Parameters<typeof bench>): Bench {
  const made = bench(...args);
  afterwards.push(() => made.edge.stop());
  made.edge.start();
  return made;
}

const written = ({ door }: Bench): string[] =>
  door.reports.flatMap((report) =>
    report.kind === "mesh-written" ? [`${report.sendId} ${report.written}${report.reason ? " but" : ""}`] : [],
  );

describe("over a serial port", () => {
  test("a session: configured, texts both ways, leave taken", async () => {
    const server = await aRadio();
    const cable = await aCable(server);
    const made = started({ serialPort: cable.path });
    await made.door.until(() => made.door.ready);
    expect(made.door.states()).toEqual(["opening", "configuring", "ready"]);

    server.say(textFrame(77, "anybody there? 👍"));
    await made.door.until(() => made.door.packetIds().length === 1);
    expect(made.door.packetIds()).toEqual([77]);

    made.edge.send(aSend(5));
    await made.door.until(() =>
      made.door.reports.some((report) => report.kind === "queue-status" && report.packetId === 1005),
    );
    expect(written(made)).toEqual(["5 true"]);
    expect(packetsHeard(server.radio).at(-1)).toMatchObject({ id: 1005 });

    await made.edge.stop();
    expect(server.radio.heard.at(-1)?.case).toBe("disconnect");
    expect(server.radio.session).toBe(false);
  });

  test(
    "pulled and put back, again and again: noticed within a second, back within five, nothing kept open",
    { timeout: 1_800_000 },
    async () => {
      const server = await aRadio();
      const cable = await aCable(server);
      const made = started({ serialPort: cable.path });
      await made.door.until(() => made.door.ready);
      const openFiles = (): number => readdirSync("/proc/self/fd").length;
      const before = openFiles();
      const rounds = Number(process.env["PULL_ROUNDS"] ?? 5);
      for (let round = 0; round < rounds; round++) {
        const pulledAt = performance.now();
        await cable.pull();
        await made.door.until(() => !made.door.ready);
        expect(performance.now() - pulledAt).toBeLessThan(1_000);
        await made.door.until(() => made.door.lastReason().includes("is not there"));
        server.radio.session = false;
        server.say(textFrame(100 + round, "while pulled"));
        const putBackAt = performance.now();
        await cable.plug();
        await made.door.until(() => made.door.ready);
        expect(performance.now() - putBackAt).toBeLessThan(5_000);
      }
      await made.door.until(() => made.door.packetIds().length === rounds);
      expect(made.door.packetIds()).toEqual(Array.from({ length: rounds }, (_, index) => 100 + index));
      expect(openFiles() - before).toBeLessThan(3);
    },
  );

  test("a port that another program holds is busy, and taken once it is free", async () => {
    const server = await aRadio();
    const cable = await aCable(server);
    const first = started({ serialPort: cable.path });
    await first.door.until(() => first.door.ready);
    const second = started({ serialPort: cable.path });
    await second.door.until(() => second.door.lastReason().includes("another program has it open"));
    expect(second.door.states().at(-1)).toBe("down");
    await first.edge.stop();
    await second.door.until(() => second.door.ready);
    expect(second.door.ready).toBe(true);
  });

  test("a stuck write ends the session: what was under way may have left, what was behind it did not", async () => {
    const server = await aRadio();
    const cable = await aCable(server);
    const made = started({ serialPort: cable.path });
    await made.door.until(() => made.door.ready);
    cable.freeze();
    let sent = 0;
    const stopped = (): boolean =>
      made.door.reports.some((report) => report.kind === "radio-state" && report.reason === "the port takes no bytes");
    while (!stopped()) {
      for (let count = 0; count < 50; count++) made.edge.send(aSend(++sent, new Uint8Array(200)));
      await made.door.until(() => written(made).length === sent || stopped());
    }
    await made.door.until(() => written(made).length === sent);
    const outcomes = written(made);
    const stuck = outcomes.findIndex((outcome) => outcome.endsWith("true but"));
    expect(stuck).toBeGreaterThan(0);
    expect(outcomes.slice(0, stuck)).toEqual(outcomes.slice(0, stuck).map((_, index) => `${index + 1} true`));
    expect(outcomes.slice(stuck + 1).every((outcome) => outcome.endsWith("false but"))).toBe(true);
    // The far end still waits for the rest of a frame: filler must bring it back to its senses.
    cable.thaw();
    await made.door.until(() => made.door.ready);
    expect(made.door.ready).toBe(true);
  });

  test("console text is logged line by line, and nothing that is not text", async () => {
    const server = await aRadio();
    const cable = await aCable(server);
    const made = started({ serialPort: cable.path });
    await made.door.until(() => made.door.ready);
    const long = "x".repeat(10_000);
    for (const socket of server.sockets) {
      socket.write(utf8(`\u001b[32mINFO \u001b[0m| hello\r\n`));
      socket.write(Uint8Array.of(0x01, 0x80, 0xff, 0x0a));
      socket.write(utf8(`${long}\nlast\n`));
    }
    await made.door.until(() => made.log.some((line) => line.includes("line=last")));
    const lines = made.log.filter((line) => line.includes("console"));
    expect(lines.map((line) => line.replace(/x{9,}/, (run) => `${run.length}x`))).toEqual([
      'debug console line="INFO | hello"',
      "debug console: bytes that are not text length=3",
      "debug console line=4096x",
      "debug console line=4096x",
      "debug console line=1808x",
      "debug console line=last",
    ]);
  });
});

describe("over TCP", () => {
  test("a session, and another when the radio hangs up", async () => {
    const server = await aRadio();
    const made = started({ connectionType: "tcp", port: server.port });
    await made.door.until(() => made.door.ready);
    server.hangUp();
    await made.door.until(() => made.door.states().filter((state) => state === "ready").length === 2);
    expect(made.door.states()).toEqual(["opening", "configuring", "ready", "down", "configuring", "ready"]);
  });

  test("nobody there is said in words, and tried for ever", async () => {
    const server = await RadioServer.start();
    const { port } = server;
    await server.stop();
    const made = started({ connectionType: "tcp", port }, 20);
    await made.door.until(() => made.door.states().at(-1) === "down");
    expect(made.door.lastReason()).toBe(`nothing listens at 127.0.0.1:${port}`);
  });

  test("something that is no radio is named after 15 s", async () => {
    const server = await aRadio();
    server.radio.mute = true;
    const made = started({ connectionType: "tcp", port: server.port }, 50);
    await made.door.until(() => made.door.states().includes("silent"));
    expect(made.door.lastReason()).toContain("right device");
  });

  test("arrivals of one read are one commit; a full disk keeps them, in order, and reading goes on", async () => {
    const server = await aRadio();
    for (let id = 1; id <= 20; id++) server.radio.waiting.push(textFrame(id, "held"));
    const made = started({ connectionType: "tcp", port: server.port }, 10);
    made.door.full = true;
    await made.door.until(() => made.door.refused > 0);
    server.say(textFrame(21, "more"));
    await made.door.until(() => made.door.refused > 3);
    made.door.full = false;
    await made.door.until(() => made.door.packetIds().length === 21);
    expect(made.door.packetIds()).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    expect(made.door.accepted).toHaveLength(1);
  });

  test("a send without a session certainly did not leave", async () => {
    const made = started({ connectionType: "tcp", port: 1 });
    made.edge.send(aSend(9));
    expect(written(made)).toEqual(["9 false but"]);
  });
});

describe("words for what the system says", () => {
  test.each([
    ["Error: Permission denied, cannot open /dev/ttyUSB0", "group dialout"],
    ["Error: No such file or directory, cannot open /dev/ttyUSB0", "is not there"],
    ["Error Resource temporarily unavailable Cannot lock port", "another program"],
    ["Error: Inappropriate ioctl for device, cannot open", "not a serial port"],
    ["Error: Input/output error, cannot open", "unplugged"],
    ["something unheard of", "something unheard of"],
  ])("%s", (told, expected) => {
    expect(failureWords(new Error(told), "/dev/ttyUSB0")).toContain(expected);
  });
});
