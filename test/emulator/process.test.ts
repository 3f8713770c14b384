// The emulator as a program: its lines, its ports, its end.

import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { EmulatorProcess } from "#test/harness/emulator.ts";

const directory = mkdtempSync(join(tmpdir(), "muster-test-"));
let emulator: EmulatorProcess | undefined;
afterEach(async () => {
  await emulator?.stop();
  emulator = undefined;
});

/** What runs on this machine. */
function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        return [readFileSync(`/proc/${entry}/cmdline`, "utf8")];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

async function connects(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("muster emulate", () => {
  it("tells its streams and residents, the same for the same seed", async () => {
    emulator = await EmulatorProcess.start(["--seed", "5", "--handhelds", "3", "--gateways", "2"]);
    const first = emulator.ready;
    expect(first.listen).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(first.streams).toHaveLength(2);
    expect(first.streams[0]!.listen).toBe(first.listen);
    expect(first.handhelds).toHaveLength(3);
    await emulator.stop();
    emulator = await EmulatorProcess.start(["--seed", "5", "--handhelds", "3", "--gateways", "2"]);
    expect(emulator.ready.handhelds).toEqual(first.handhelds);
    expect(emulator.ready.streams.map((each) => each.radio)).toEqual(first.streams.map((each) => each.radio));
  });

  it("carries words between handhelds", async () => {
    emulator = await EmulatorProcess.start(["--seed", "6", "--handhelds", "2", "--clock-rate", "20"]);
    const [ana, bob] = emulator.ready.handhelds as [string, string];
    const id = await emulator.say(ana, "¿agua? 💧");
    const heard = await emulator.received(bob, "¿agua? 💧");
    expect(heard).toMatchObject({ from: ana, to: "^all", channel: 0, id, portnum: 1, pki: false });
    await emulator.say(bob, "sí", { to: ana, replyTo: id });
    expect(await emulator.received(ana, "sí")).toMatchObject({ to: ana, replyTo: id, pki: true });
    await emulator.event((event) => event.at === "acked" && event["node"] === bob && event["from"] === ana);
  });

  it("ends when standard input ends and on a signal, and leaves no pty and no socat", async () => {
    for (const end of ["input", "signal"] as const) {
      const pty = join(directory, `tty-${end}`);
      emulator = await EmulatorProcess.start(["--seed", "7", "--pty", pty]);
      expect(existsSync(pty)).toBe(true);
      if (end === "signal") emulator.kill("SIGTERM");
      expect(await emulator.stop()).toBe(0);
      expect(existsSync(pty)).toBe(false);
      expect(commandLines().filter((line) => line.includes(pty))).toEqual([]);
    }
  });

  it("leaves no socat even when it is killed", async () => {
    const pty = join(directory, "tty-killed");
    emulator = await EmulatorProcess.start(["--seed", "7", "--pty", pty]);
    emulator.kill("SIGKILL");
    await emulator.stop();
    const left = () => commandLines().filter((line) => line.includes(pty)).length;
    await expect.poll(left, { timeout: 10_000 }).toBe(0);
    expect(existsSync(pty)).toBe(false);
  });

  it("pulls the cable and puts it back", async () => {
    const pty = join(directory, "tty-plug");
    emulator = await EmulatorProcess.start(["--seed", "8", "--pty", pty]);
    const radio = emulator.ready.streams[0]!.radio;
    const socket = connect(emulator.tcpPort(), "127.0.0.1");
    await once(socket, "connect");
    emulator.command({ radio, do: "unplug" });
    await once(socket, "close");
    await expect.poll(async () => connects(emulator!.tcpPort()), { timeout: 10_000 }).toBe(false);
    await expect.poll(() => existsSync(pty), { timeout: 10_000 }).toBe(false);
    emulator.command({ radio, do: "plug" });
    await expect.poll(async () => connects(emulator!.tcpPort()), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => existsSync(pty), { timeout: 10_000 }).toBe(true);
  });

  it("refuses what it cannot be, with words", async () => {
    await expect(EmulatorProcess.start(["--firmware", "1.0"])).rejects.toThrow("2.7, 2.8");
    await expect(EmulatorProcess.start(["--pty", "/tmp/a", "--pty", "/tmp/b"])).rejects.toThrow("--pty");
    const nowhere = join(directory, "not", "there");
    await expect(EmulatorProcess.start(["--pty", nowhere])).rejects.toThrow("no serial port at");
    await expect(EmulatorProcess.start(["--listen", "nowhere"])).rejects.toThrow("HOST:PORT");
  });
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});
