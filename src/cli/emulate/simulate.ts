// `muster simulate`: a scenario of scenarios/*.yaml lived through, with the real gateway faster than life, or (--realtime) as a
// street of radios to which a gateway or any Meshtastic client can be attached.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import type { Millis } from "#base/clock.ts";
import { uptime } from "#base/clock.ts";
import { systemRandom } from "#base/random.ts";
import type { PresetName } from "#emulator/airtime.ts";
import { PRESETS } from "#emulator/airtime.ts";
import { reportPage } from "#sim/report.ts";
import type { Scenario } from "#sim/scenario.ts";
import { readDuration, readScenario } from "#sim/scenario.ts";
import type { Result } from "#sim/simulation.ts";
import { Simulation } from "#sim/simulation.ts";
import { oneOf, readListen } from "./emulate.ts";
import { simulateRealtime } from "./realtime.ts";
import type { Cli, DefineVerb } from "#cli/verb.ts";
import { Failure, UsageError, answerJson, numberOption } from "#cli/verb.ts";

interface Typed {
  readonly seed?: number;
  readonly preset?: string;
  readonly firmware?: string;
  readonly json?: boolean;
  readonly until?: string;
  readonly realtime?: boolean;
  readonly report?: string;
  readonly listen: string;
  readonly pty?: string;
  readonly clockRate: number;
}

const FOLDER = new URL("../../../scenarios/", import.meta.url);

/** A file, or the name of one in scenarios/. */
export function loadScenario(name: string): Scenario {
  const file = existsSync(name) ? name : new URL(`${name}.yaml`, FOLDER);
  let given: unknown;
  try {
    given = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Failure(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const scenario = readScenario(given);
  if (!scenario.ok) throw new Failure(`${name}: ${scenario.refusal}.`);
  return scenario.value;
}

function adjusted(scenario: Scenario, typed: Typed): Scenario {
  const presets = Object.keys(PRESETS) as PresetName[];
  return {
    ...scenario,
    ...(typed.preset === undefined
      ? {}
      : { preset: oneOf("preset", presets, typed.preset.toUpperCase() as PresetName) }),
    ...(typed.firmware === undefined ? {} : { firmware: oneOf("firmware", ["2.7", "2.8"], typed.firmware) }),
  };
}

function readUntil(typed: Typed, scenario: Scenario): Millis {
  if (typed.until === undefined) return scenario.length;
  const until = readDuration(typed.until);
  if (until === undefined)
    throw new UsageError(`--until must be a time like 90s, 30m, 6h or 5d, not "${typed.until}".`);
  return until;
}

function faster(scenario: Scenario, seed: number, typed: Typed, cli: Cli): void {
  const until = readUntil(typed, scenario);
  const from = uptime();
  const simulation = new Simulation({ ...scenario, length: until }, seed).run(until);
  const wall = Math.max(1, uptime() - from);
  const result = simulation.result();
  if (typed.report !== undefined) writeFileSync(typed.report, reportPage(simulation));
  const speed = Math.round(until / wall);
  if (typed.json) answerJson(cli, { ...result, wallSeconds: wall / 1000, simulatedPerSecond: speed });
  else for (const line of words(result, speed)) cli.answer(line);
}

function words(result: Result, speed: number): string[] {
  const { toGateway, distress, toResidents, utilisation } = result;
  const told = (what: string, { said, arrived, median, p95 }: Result["distress"]): string =>
    `${what}: ${arrived} of ${said} arrived${median === null ? "" : `, half within ${median} s, 95 % within ${p95} s`}`;
  const air = Object.entries(result.airtimeSeconds).filter(([, seconds]) => seconds > 0);
  return [
    `${result.scenario}: ${result.nodes} radios, ${result.simulatedSeconds / 3600} h, seed ${result.seed}, ${speed} times faster than life`,
    told("residents to the gateway", toGateway),
    told("calls for help", distress),
    told("the gateway to residents", toResidents),
    `the gateway's channel: ${utilisation.mean} % in use on average, ${utilisation.peak} % at most`,
    `air: ${air.map(([name, seconds]) => `${name} ${seconds} s`).join(", ")}`,
    `digest ${result.digest}`,
  ];
}

export const defineSimulate: DefineVerb = (command, cli) => {
  command
    .argument("<scenario>", "a YAML file, or the name of one in scenarios/")
    .option("--seed <n>", "the same seed gives the same run", numberOption("--seed", 0, 2 ** 32 - 1))
    .option("--preset <name>", "another modem preset than the scenario's, e.g. MEDIUM_FAST")
    .option("--firmware <version>", "2.7 or 2.8")
    .option("--until <duration>", "end earlier or later, e.g. 90m")
    .option("--json", "print the result as JSON")
    .option("--report <file.html>", "draw it: a page that opens offline")
    .option("--realtime", "run the street alone, with the gateway's radio on TCP or a pty")
    .option("--listen <host:port>", "with --realtime: where the radio listens", "127.0.0.1:0")
    .option("--pty <path>", "with --realtime: a serial port for the radio (needs socat)")
    .option("--clock-rate <r>", "with --realtime: how much faster", numberOption("--clock-rate", 0.001, 10_000), 1)
    .action(async (name: string) => {
      const typed = command.opts<Typed>();
      const seed = typed.seed ?? systemRandom.u32();
      const scenario = adjusted(loadScenario(name), typed);
      if (!typed.realtime) return faster(scenario, seed, typed, cli);
      const until = typed.until === undefined ? undefined : readUntil(typed, scenario);
      const ptys = typed.pty === undefined ? [] : [typed.pty];
      await simulateRealtime(
        scenario,
        seed,
        { listen: readListen(typed.listen), ptys, rate: typed.clockRate, until },
        cli,
      );
    });
};
