// npm run bench -- page [--preset LONG_FAST] [--firmware 2.7|2.8] [--seed S] [--json]
//
// A page to sixty people in three rings down a call tree (`ours`), the same page as one direct message each (`theirs`), and the
// least that the same answers could cost (`bound`). Who lives there and what is counted is said in src/sim/page.ts.

import { parseArgs } from "node:util";
import { PRESETS, type PresetName } from "#emulator/airtime.ts";
import { leastPackets, ourPage, theirPage, type PageRun, type PageSimulation } from "#sim/page.ts";

export interface MeasuredPage {
  readonly options: PageSimulation;
  readonly ours: PageRun & { readonly unlisted: readonly string[] };
  readonly theirs: PageRun;
  readonly bound: { readonly packets: number };
  /** Our packets to those of the bound. */
  readonly ratio: number;
}

export function measurePage(options: PageSimulation): MeasuredPage {
  const { view: _, ...ours } = ourPage(options);
  const bound = { packets: leastPackets(ours) };
  const ratio = Math.round((1000 * ours.packets) / bound.packets) / 1000;
  return { options, ours, theirs: theirPage(options), bound, ratio };
}

function words({ options, ours, theirs, bound, ratio }: MeasuredPage): string {
  const line = (name: string, run: PageRun): string =>
    `${name}: ${run.reached} of ${run.reachable} reached (50 % after ${run.t50 ?? "–"} s, 95 % ${run.t95 ?? "–"} s), ` +
    `${run.packets} packets, ${run.airtimeS} s of air`;
  return [
    `60 people, three rings, ${options.preset}, firmware ${options.firmware}, seed ${options.seed}`,
    line("ours", ours),
    line("theirs", theirs),
    `bound: ${bound.packets} packets; ours are ${ratio} of it; skipped and not listed: ${ours.unlisted.join(" ") || "nobody"}`,
  ].join("\n");
}

const USAGE = "usage: npm run bench -- page [--preset LONG_FAST] [--firmware 2.7|2.8] [--seed S] [--json]";

export function run(given: readonly string[]): void {
  const asked = read(given);
  if (!asked) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const { json, ...options } = asked;
  const measured = measurePage(options);
  process.stdout.write(`${json ? JSON.stringify(measured) : words(measured)}\n`);
}

function read(given: readonly string[]): (PageSimulation & { readonly json: boolean }) | undefined {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: {
        preset: { type: "string", default: "LONG_FAST" },
        firmware: { type: "string", default: "2.7" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
    const { preset, firmware, json } = values;
    const seed = Number(values.seed);
    const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);
    if (!isPreset(preset) || (firmware !== "2.7" && firmware !== "2.8") || !Number.isInteger(seed)) return undefined;
    return { preset, firmware, seed, json };
  } catch {
    return undefined;
  }
}
