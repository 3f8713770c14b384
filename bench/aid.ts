// npm run bench -- aid [--json] [--households N] [--days N] [--seed S]: needs and offers of a neighbourhood over three simulated days,
// with ten restarts of the gateway and two outages of its homeserver. What is counted is said in src/sim/aid.ts.

import { parseArgs } from "node:util";
import { simulateAid } from "#sim/aid.ts";

export function run(options: readonly string[]): void {
  const { values } = parseArgs({
    args: [...options],
    options: {
      json: { type: "boolean", default: false },
      households: { type: "string", default: "100" },
      days: { type: "string", default: "3" },
      seed: { type: "string", default: "1" },
    },
  });
  const figures = simulateAid({
    households: Number(values.households),
    days: Number(values.days),
    restarts: 10,
    outages: 2,
    seed: Number(values.seed),
  });
  if (values.json) return void process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name}: ${value}\n`);
}
