// npm run bench -- surge --households N [--preset LONG_FAST] [--firmware 2.7|2.8] [--seed S] [--json]
//
// A roll call of N households as Muster does it (`ours`), as others do it (`theirs`: a direct message to each household, a
// receipt for each check-in, no governor), and the least that it could cost (`bound`). What is measured and how people behave
// is said in src/sim/surge.ts and src/sim/residents.ts; what came out, in docs/decisions/airtime-budget.md.

import { parseArgs } from "node:util";
import { PRESETS, type PresetName } from "#emulator/airtime.ts";
import { bound, ours, theirs, type SurgeRun } from "#sim/surge.ts";
import type { SurgeOptions } from "#sim/surge-street.ts";

interface Measured {
  readonly options: SurgeOptions;
  readonly ours: SurgeRun;
  readonly theirs: SurgeRun;
  readonly bound: { readonly airtimeS: number; readonly accounted: number };
  /** meshAirtimeS per household accounted for, ours against theirs and against the bound. */
  readonly ratio: { readonly toTheirs: number; readonly toBound: number };
}

export function measure(options: SurgeOptions): Measured {
  const least = bound(options);
  const [us, them] = [ours(options, least.reachable), theirs(options, least.reachable)];
  const each = (seconds: number, households: number): number => seconds / Math.max(1, households);
  const usEach = each(us.meshAirtimeS, us.accounted);
  const rounded = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    options,
    ours: us,
    theirs: them,
    bound: { airtimeS: least.airtimeS, accounted: least.accounted },
    ratio: {
      toTheirs: rounded(usEach / each(them.meshAirtimeS, them.accounted)),
      toBound: rounded(usEach / each(least.airtimeS, least.accounted)),
    },
  };
}

function words(measured: Measured): string {
  const { options, ratio, bound: least } = measured;
  const line = (name: string, run: SurgeRun): string =>
    `${name}: ${run.accounted} of ${run.reachable} accounted for (50 % after ${run.t50 ?? "–"} s, 90 % ${run.t90 ?? "–"} s, ` +
    `99 % ${run.t99 ?? "–"} s), ${run.receipts} told; ${run.meshAirtimeS} s of air, ${run.ownAirtimeS} s of it our radio's; ` +
    `channel in use ${run.meanUtilisation} %, at most ${run.peakUtilisation} %, above 25 % for ${run.minutesAbove25} min`;
  return [
    `${options.households} households, ${options.preset}, firmware ${options.firmware}, seed ${options.seed}`,
    line("ours", measured.ours),
    line("theirs", measured.theirs),
    `bound: ${least.accounted} reachable, ${least.airtimeS} s of air`,
    `air for each household accounted for: ${ratio.toTheirs} of theirs, ${ratio.toBound} of the bound`,
  ].join("\n");
}

const USAGE =
  "usage: npm run bench -- surge --households N [--preset LONG_FAST] [--firmware 2.7|2.8] [--seed S] [--json]";

export function run(given: readonly string[]): void {
  const asked = read(given);
  if (!asked) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const { json, ...options } = asked;
  const measured = measure(options);
  process.stdout.write(`${json ? JSON.stringify(measured) : words(measured)}\n`);
}

function read(given: readonly string[]): (SurgeOptions & { readonly json: boolean }) | undefined {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: {
        households: { type: "string", default: "100" },
        preset: { type: "string", default: "LONG_FAST" },
        firmware: { type: "string", default: "2.7" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
    const { preset, firmware, json } = values;
    const [households, seed] = [Number(values.households), Number(values.seed)];
    const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);
    if (!isPreset(preset) || (firmware !== "2.7" && firmware !== "2.8")) return undefined;
    if (!Number.isInteger(households) || households < 1 || households > 1000 || !Number.isInteger(seed))
      return undefined;
    return { households, preset, firmware, seed, json };
  } catch {
    return undefined;
  }
}
