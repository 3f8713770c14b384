// npm run bench -- simulate [--json]: how many seconds of a calm day the simulator lives through in one, with the real gateway,
// for 12, 60, 150 and 500 households.

import { loadScenario } from "#cli/emulate/simulate.ts";
import { Simulation } from "#sim/simulation.ts";

/** Long enough for the first of each radio's broadcasts; the greatest street is the slowest. */
const RUNS = [
  { scenario: "street-12-calm", nodes: 12, hours: 24 },
  { scenario: "neighbourhood-60-calm", nodes: 60, hours: 12 },
  { scenario: "valley-150-calm", nodes: 150, hours: 4 },
  { scenario: "town-500-calm", nodes: 500, hours: 2 },
] as const;

export function run(options: readonly string[]): void {
  const runs = RUNS.map(({ scenario, nodes, hours }) => {
    const from = performance.now();
    const { transmissions } = new Simulation(loadScenario(scenario), 1).run(hours * 3_600_000).result();
    const wallSeconds = (performance.now() - from) / 1000;
    return { nodes, hours, transmissions, simulatedPerSecond: Math.round((hours * 3600) / wallSeconds) };
  });
  if (options.includes("--json")) return void process.stdout.write(`${JSON.stringify({ runs }, null, 2)}\n`);
  for (const { nodes, simulatedPerSecond } of runs) {
    process.stdout.write(`${nodes} households: ${simulatedPerSecond} times faster than life\n`);
  }
}
