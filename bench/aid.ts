// npm run bench -- aid [--json] [--households N] [--days N] [--seed S | --seeds A-B]: needs and offers of a neighbourhood over three
// simulated days, with ten restarts of the gateway and two outages of its homeserver. What is counted is said in src/sim/aid.ts.
// With several seeds: sums of what is counted, the worst of what is measured, and each run by itself. Exits with 1 when fewer than
// 95 of 100 that could be met were met, or anything was given twice or lost, on any of them.

import { parseArgs } from "node:util";
import { simulateAid, type AidFigures } from "#sim/aid.ts";

interface Run extends AidFigures {
  readonly seed: number;
}

export function run(options: readonly string[]): void {
  const { values } = parseArgs({
    args: [...options],
    options: {
      json: { type: "boolean", default: false },
      households: { type: "string", default: "100" },
      days: { type: "string", default: "3" },
      seed: { type: "string", default: "1" },
      seeds: { type: "string" },
    },
  });
  const runs = seedsOf(values.seeds ?? values.seed).map((seed) => {
    const [households, days] = [Number(values.households), Number(values.days)];
    return { seed, ...simulateAid({ households, days, restarts: 10, outages: 2, seed }) };
  });
  const figures = together(runs);
  if (!runs.every(isGood)) process.exitCode = 1;
  const shown = values.seeds === undefined ? figures : { ...figures, runs };
  if (values.json) return void process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  for (const each of runs) process.stdout.write(`${JSON.stringify(each)}\n`);
  for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name}: ${value}\n`);
}

/** "3" or "1-5". */
function seedsOf(words: string): number[] {
  const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(words) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || last < first || last - first >= MOST_SEEDS)
    throw new Error(`"${words}" is not a seed or a range like 1-5 of at most ${MOST_SEEDS}`);
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

const MOST_SEEDS = 100;

function together(runs: readonly Run[]): AidFigures {
  const sum = (key: keyof AidFigures): number => runs.reduce((total, each) => total + each[key], 0);
  const most = (key: keyof AidFigures): number => Math.max(...runs.map((each) => each[key]));
  return {
    satisfiable: sum("satisfiable"),
    satisfied: sum("satisfied"),
    twice: sum("twice"),
    lost: sum("lost"),
    medianMatchS: most("medianMatchS"),
    airtimePerNeedS: most("airtimePerNeedS"),
  };
}

const isGood = ({ satisfiable, satisfied, twice, lost }: Run): boolean =>
  satisfied >= 0.95 * satisfiable && twice === 0 && lost === 0;
