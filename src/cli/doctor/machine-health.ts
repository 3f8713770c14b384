// What the machine says of itself, in the words of the kernel: room on the disk, wear of the card, warmth, power. What a machine does not
// tell is no finding. The doctor shows them, the metrics count them, and the service warns of them once a day.

import { existsSync, readdirSync, readFileSync, realpathSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Metric } from "#gateway/metrics.ts";
import type { Settings } from "#gateway/settings.ts";

export interface MachineFinding {
  readonly check: "disk" | "wear" | "temperature" | "power";
  readonly ok: boolean;
  readonly finding: string;
  readonly advice?: string;
  /** Percent, degrees Celsius, or 1 for "as it should be". */
  readonly value: number;
}

/** Below this share of the disk a night of messages may not fit any more. */
const LEAST_FREE_PERCENT = 5;
/** eMMC tells its wear in tenths of its life (JEDEC JESD84-B51, DEVICE_LIFE_TIME_EST): 9 is 80 to 90 %. */
const WORN = 9;
/** A Raspberry Pi slows itself down from 80 °C on (raspberrypi.com, frequency management and thermal control). */
const HOT = 78;

/** `root` stands before /sys and the database's path, for tests. */
export function machineFindings(database: string, root = "/"): MachineFinding[] {
  const sys = join(root, "sys");
  return [...disk(database), ...wear(database, sys), ...temperature(sys), ...power(sys)];
}

function disk(database: string): MachineFinding[] {
  const folder = dirname(database);
  if (!existsSync(folder)) return [];
  const { bavail, blocks } = statfsSync(folder);
  const percent = Math.round((100 * bavail) / Math.max(1, blocks));
  return [
    {
      check: "disk",
      ok: percent >= LEAST_FREE_PERCENT,
      finding: `${percent} % of the disk are free`,
      advice: "Make room: journalctl --vacuum-size=100M, apt-get clean; or move database.path to a larger disk.",
      value: percent,
    },
  ];
}

/** Of the card that holds the database, where it counts its own wear; SD cards mostly do not. */
function wear(database: string, sys: string): MachineFinding[] {
  const folder = dirname(database);
  if (!existsSync(folder)) return [];
  const { dev } = statSync(folder);
  const block = join(sys, "dev/block", `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`);
  const place = existsSync(block) ? realpathSync(block) : "";
  const told = [join(place, "device/life_time"), join(place, "../device/life_time")]
    .map(text)
    .find((each) => each !== "");
  const tenths = Math.max(...(told ?? "").split(/\s+/).map((each) => (each === "" ? 0 : parseInt(each, 16))));
  if (!(tenths > 0)) return [];
  return [
    {
      check: "wear",
      ok: tenths < WORN,
      finding: `the card has used up to ${Math.min(tenths, 10) * 10} % of its life`,
      advice: "Make a backup (muster backup) and put in a new card, or an SSD.",
      value: Math.min(tenths, 10) * 10,
    },
  ];
}

function temperature(sys: string): MachineFinding[] {
  const zones = list(join(sys, "class/thermal")).filter((name) => name.startsWith("thermal_zone"));
  const degrees = zones
    .map((name) => Number(text(join(sys, "class/thermal", name, "temp"))) / 1000)
    .filter((each) => each > 0);
  if (degrees.length === 0) return [];
  const most = Math.round(Math.max(...degrees));
  return [
    {
      check: "temperature",
      ok: most < HOT,
      finding: `the processor has ${most} °C`,
      advice: "Give it air, shade or a heat sink: it slows itself down at 80 °C and ages fast.",
      value: most,
    },
  ];
}

/** A Raspberry Pi whose voltage fell, and whatever runs on a battery. */
function power(sys: string): MachineFinding[] {
  const found: MachineFinding[] = [];
  const sensors = list(join(sys, "class/hwmon")).map((name) => join(sys, "class/hwmon", name));
  const pi = sensors.find((place) => text(join(place, "name")) === "rpi_volt");
  if (pi !== undefined) {
    const low = text(join(pi, "in0_lcrit_alarm")) === "1";
    found.push({
      check: "power",
      ok: !low,
      finding: low ? "the voltage fell too low since the start" : "the voltage is good",
      advice: "Use the supply that belongs to the board, and a short cable: low voltage damages cards.",
      value: low ? 0 : 1,
    });
  }
  const supplies = list(join(sys, "class/power_supply")).map((name) => join(sys, "class/power_supply", name));
  const mains = supplies.filter((place) => text(join(place, "type")) === "Mains");
  if (mains.length > 0) {
    const on = mains.some((place) => text(join(place, "online")) === "1");
    found.push({
      check: "power",
      ok: on,
      finding: on ? "it runs on mains" : "it runs on its battery",
      advice: "Look for a power cut; the gateway goes on as long as the battery does.",
      value: on ? 1 : 0,
    });
  }
  return found;
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function text(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

/** `severity` is what it would be if it were not as it should be. */
export function machineMetrics({ database }: Pick<Settings, "database">, diskFull: boolean): Metric[] {
  const findings = machineFindings(database.path);
  const value = (check: string): Metric["samples"] =>
    findings.filter((each) => each.check === check).map((each) => ({ value: each.value }));
  return [
    {
      name: "muster_self_check_state",
      help: "1 when a check of the machine finds all well, 0 when not.",
      type: "gauge",
      samples: [
        ...findings.map(({ check, ok }) => ({ labels: { check, severity: "warning" }, value: ok ? 1 : 0 })),
        { labels: { check: "database", severity: "critical" }, value: diskFull ? 0 : 1 },
      ],
    },
    { name: "muster_disk_free_percent", help: "Room on the database's disk.", type: "gauge", samples: value("disk") },
    {
      name: "muster_card_wear_percent",
      help: "Life that the card has used up.",
      type: "gauge",
      samples: value("wear"),
    },
    {
      name: "muster_temperature_celsius",
      help: "Warmth of the processor.",
      type: "gauge",
      samples: value("temperature"),
    },
  ];
}
