// What watchers see of the gateway: figures and log lines, and nothing of what people said.

import { expect, test } from "vitest";
import { metricsView, type Metric } from "#gateway/metrics.ts";
import { statusView } from "#gateway/views.ts";
import { createLog } from "#base/log.ts";
import { machineFindings } from "#cli/doctor/machine-health.ts";
import { exposition } from "#web/health.ts";
import { Followed } from "#store/followed.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moveLedger } from "#store/ledger.ts";
import { ANA, Bench, DIRECT } from "#test/harness/gateway.ts";

const value = (metrics: readonly Metric[], name: string): number | undefined =>
  metrics.find((each) => each.name === `muster_${name}`)?.samples[0]?.value;

test("figures follow what happens, and name nobody", () => {
  const bench = new Bench().ready();
  const view = () => bench.pump.ask(metricsView);
  expect(value(view(), "radio_connected")).toBe(1);
  const before = value(view(), "messages_total")!;
  bench.hear(ANA, "my insulin is at 14 Wyvern Lane");
  bench.hear(ANA, "help me", DIRECT);
  const after = view();
  expect(value(after, "messages_total")).toBeGreaterThan(before);
  expect(value(after, "nodes_active")).toBeGreaterThanOrEqual(1);
  expect(value(after, "calls_open")).toBe(1);
  expect(value(after, "airtime_left_seconds")).toBeGreaterThan(0);
  expect(value(after, "database_bytes")).toBeGreaterThan(0);
  const text = exposition(after);
  expect(text).not.toMatch(/insulin|Wyvern|help me|@\w+:/);
  for (const line of text.trim().split("\n"))
    expect(line).toMatch(
      /^(# (HELP|TYPE) muster_[a-z_]+ .+|muster_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+(\.\d+)?)$/,
    );
});

test("status tells the airtime used and left", () => {
  const bench = new Bench().ready();
  bench.hear(ANA, "ping", DIRECT);
  bench.clock.advance(60_000);
  const { airtime } = statusView(bench.store, bench.settings, {
    now: bench.clock.wall(),
    running: true,
    databaseOk: true,
  });
  expect(airtime).toMatchObject({ usedSeconds: expect.any(Number), leftSeconds: expect.any(Number) });
  expect(airtime!.usedSeconds).toBeGreaterThan(0);
  expect(airtime!.emergencyLeftSeconds).toBeGreaterThan(airtime!.leftSeconds);
});

test("the log follows a message by its number, and at level info holds no private word", () => {
  const lines: string[] = [];
  const bench = new Bench().ready();
  const followed = new Followed();
  const log = createLog("info", (line) => lines.push(line));
  const follow = () => {
    for (const { id, was, ...about } of followed.changes(bench.store))
      log.info(was === undefined ? "message accepted" : "message moved", { message: id, ...about });
  };
  follow();
  expect(lines).toEqual([]);
  bench.serverTakes = false;
  bench.hear(ANA, "secret words about insulin");
  follow();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^info {2}message accepted message=\d+ class=chat direction=mesh-to-matrix state=(queued|sent)$/,
  );
  follow();
  expect(lines).toHaveLength(1);
  const id = bench.ledger()[0]!.id;
  bench.store.transaction(() => moveLedger(bench.store, id, "confirmed", null, bench.clock.now()));
  follow();
  expect(lines.at(-1)).toMatch(/^info {2}message moved message=\d+ .* state=confirmed$/);
  expect(lines.join("\n")).not.toMatch(/secret|insulin|!1111|@/);
});

test("the machine's own troubles are found, and what it does not tell is none", () => {
  const root = mkdtempSync(join(tmpdir(), "muster-sys-"));
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  try {
    expect(machineFindings(join(root, "none/muster.db"), root)).toEqual([]);
    write("sys/class/thermal/thermal_zone0/temp", "81200\n");
    write("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
    write("sys/class/power_supply/AC/type", "Mains\n");
    write("sys/class/power_supply/AC/online", "0\n");
    const found = machineFindings(join(root, "none/muster.db"), root);
    expect(found.map(({ check, ok, finding }) => [check, ok, finding])).toEqual([
      ["temperature", false, "the processor has 81 °C"],
      ["power", false, "the voltage fell too low since the start"],
      ["power", false, "it runs on its battery"],
    ]);
    expect(found.every(({ advice }) => advice !== undefined)).toBe(true);
  } finally {
    rmSync(root, { recursive: true });
  }
});
