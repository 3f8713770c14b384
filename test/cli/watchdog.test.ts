// The watchdog tells the truth: a program that loops for ever, or whose database is stuck, is started again.

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { createWatchdog } from "#cli/service/notify.ts";
import { silentLog } from "#base/log.ts";
import { PROGRAM } from "#test/harness/muster.ts";
import { until } from "#test/harness/synapse.ts";

const SYSTEMD = fileURLToPath(new URL("../harness/fake-systemd.py", import.meta.url));
const PERIOD = 6;

interface Happening {
  readonly at: "started" | "said" | "killed" | "ended";
  readonly words?: string;
  /** Seconds. */
  readonly time: number;
}

let folder: string;
let systemd: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-watchdog-"));
});
afterEach(async () => {
  const ended = new Promise((resolve) => systemd?.once("exit", resolve));
  systemd?.stdin?.end();
  if (systemd) await ended;
  systemd = undefined;
  rmSync(folder, { recursive: true });
});

/** The service under a systemd that waits `PERIOD` seconds for a sign of life. */
function supervise(fault: string | undefined): Happening[] {
  const config = join(folder, "muster.yaml");
  writeFileSync(join(folder, "token"), "secret\n", { mode: 0o600 });
  writeFileSync(
    config,
    stringify({
      node: { name: "Elm Street", timezone: "UTC" },
      meshtastic: { connection_type: "tcp", host: "127.0.0.1", port: 1 },
      uplinks: [
        {
          name: "street",
          homeserver: "http://127.0.0.1:1",
          mode: "bot",
          user_id: "@muster:example.org",
          access_token_file: "token",
          matrix_rooms: [{ id: "!street:example.org", meshtastic_channel: 0 }],
        },
      ],
      database: { path: join(folder, "muster.db") },
      control: { socket: join(folder, "control.sock") },
      http: { listen: "127.0.0.1:0" },
    }),
  );
  systemd = spawn("python3", [SYSTEMD, folder, String(PERIOD), PROGRAM, "--config", config, "run"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, ...(fault === undefined ? {} : { MUSTER_FAULT: fault }) },
  });
  const happenings: Happening[] = [];
  createInterface({ input: systemd.stdout! }).on("line", (line) => happenings.push(JSON.parse(line) as Happening));
  return happenings;
}

const times = (all: readonly Happening[], at: Happening["at"], words?: string): number[] =>
  all.filter((each) => each.at === at && (words === undefined || each.words === words)).map(({ time }) => time);

describe("under systemd", () => {
  it("says that it is ready and alive", async () => {
    const all = supervise(undefined);
    await until("some signs of life", () => times(all, "said", "WATCHDOG=1").length >= 4, 40_000);
    expect(all.find((each) => each.at === "said")?.words).toBe("READY=1");
    expect(times(all, "killed")).toEqual([]);
    expect(times(all, "started")).toHaveLength(1);
  }, 60_000);

  it.each(["loop", "database"])(
    "is started again within 40 s of a fault: %s",
    async (fault) => {
      const all = supervise(fault);
      await until("a second start", () => times(all, "started").length >= 2, 50_000);
      expect(times(all, "started")[1]! - times(all, "started")[0]!).toBeLessThan(40);
    },
    60_000,
  );

  it("the shipped unit asks for as much: 40 s with the real periods", () => {
    const unit = readFileSync(new URL("../../systemd/muster.service", import.meta.url), "utf8");
    const seconds = (key: string) => Number(new RegExp(`^${key}=(\\d+)$`, "m").exec(unit)?.[1]);
    expect(unit).toMatch(/^Type=notify$/m);
    expect(seconds("WatchdogSec") + seconds("RestartSec")).toBeLessThan(40);
  });

  it("does nothing where nobody asked", () => {
    const asked: string[] = [];
    const vital = { name: "reader", alive: () => asked.push("reader") > 0 };
    const watchdog = createWatchdog([vital], {}, silentLog);
    watchdog.ready();
    watchdog.stopping();
    expect(asked).toEqual([]);
  });
});
