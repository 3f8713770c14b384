// `npm run torture -- --CAMPAIGN SIZE`: one campaign, its figures, and exit code 1 when the promise was broken. A control breaks
// it too: noticing that is what it is for.

import { parseArgs } from "node:util";
import { systemRandom } from "#base/random.ts";
import type { Campaign, Result } from "./campaign.ts";
import { apply, SABOTAGES, type Sabotage } from "./sabotage.ts";

interface Offer {
  /** What its size counts. */
  readonly of: string;
  /** Without a number behind the option. */
  readonly size: number;
  readonly load: () => Promise<Campaign>;
  /** The option that says its size too, in the words of what it counts. */
  readonly sizeAs?: string;
}

/** Loaded only when asked for: a control must be in force before the gateway's code is. */
const CAMPAIGNS: Readonly<Record<string, Offer>> = {
  kills: { of: "SIGKILLs", size: 20, load: async () => (await import("./kills.ts")).kills },
  rollcall: {
    of: "SIGKILLs during roll calls, also as --rollcall --kills N",
    size: 50,
    sizeAs: "kills",
    load: async () => (await import("./rollcall.ts")).rollcall,
  },
  powercuts: { of: "power cuts", size: 1_000, load: async () => (await import("./powercuts.ts")).powercuts },
  unplugs: { of: "times without the cable", size: 20, load: async () => (await import("./unplugs.ts")).unplugs },
  reboots: { of: "restarts of the radio", size: 20, load: async () => (await import("./reboots.ts")).reboots },
  garbage: { of: "seconds of noise", size: 10, load: async () => (await import("./garbage.ts")).garbage },
  diskfull: { of: "seconds without room", size: 10, load: async () => (await import("./diskfull.ts")).diskfull },
  clockjumps: { of: "jumps of the date", size: 20, load: async () => (await import("./clockjumps.ts")).clockjumps },
  seeds: { of: "days of disasters (virtual)", size: 50, load: async () => (await import("./seeds.ts")).seeds },
  soak: { of: "thousands of messages (virtual)", size: 10, load: async () => (await import("./soak.ts")).soak },
  outage: { of: "hours offline (virtual)", size: 72, load: async () => (await import("./outage.ts")).outage },
};

const HELP = `npm run torture -- --CAMPAIGN [SIZE] [--seed S] [--json] [--messages N] [--clock-rate R] [--control NAME]

${Object.entries(CAMPAIGNS)
  .map(([name, { of, size }]) => `  --${name.padEnd(12)}${of} (${size})`)
  .join("\n")}

  --seed       the same seed makes the same choices
  --messages   at least so many messages each way
  --clock-rate how many times faster than life gateway and radios live
  --control    a deliberately broken gateway, which must be noticed: ${Object.keys(SABOTAGES).join(", ")}
  --json       one object with the figures, and nothing else, on standard output

Exit code 0: the promise was kept. 1: it was broken. 2: wrong usage.`;

class Usage extends Error {}

interface Asked {
  readonly offer: Offer;
  readonly size: number;
  readonly control: Sabotage | undefined;
  readonly json: boolean;
  readonly seed: number | undefined;
  readonly messages: number | undefined;
  readonly rate: number | undefined;
}

function read(args: readonly string[]): Asked {
  // A campaign without a number takes its own.
  const whole = args.flatMap((arg, index) => {
    const offer = arg.startsWith("--") ? CAMPAIGNS[arg.slice(2)] : undefined;
    return offer && !/^\d/.test(args[index + 1] ?? "") ? [arg, String(offer.size)] : [arg];
  });
  const text = { type: "string" } as const;
  const campaigns = Object.fromEntries(Object.keys(CAMPAIGNS).map((name) => [name, text]));
  const { values } = parseArgs({
    args: whole,
    options: {
      ...campaigns,
      seed: text,
      control: text,
      messages: text,
      "clock-rate": text,
      json: { type: "boolean" },
    },
  });
  const given = values as Readonly<Record<string, string | boolean | undefined>>;
  const asked = Object.keys(CAMPAIGNS).filter((name) => given[name] !== undefined);
  const sizes = new Set(asked.map((name) => CAMPAIGNS[name]!.sizeAs));
  const names = asked.filter((name) => !sizes.has(name));
  if (names.length !== 1) throw new Usage(HELP);
  const control = given["control"];
  if (control !== undefined && !Object.hasOwn(SABOTAGES, String(control))) throw new Usage(HELP);
  const number = (name: string): number | undefined =>
    given[name] === undefined ? undefined : count(name, given[name]);
  return {
    offer: CAMPAIGNS[names[0]!]!,
    size: number(asked.length > 1 ? CAMPAIGNS[names[0]!]!.sizeAs! : names[0]!)!,
    control: control as Sabotage | undefined,
    json: given["json"] === true,
    seed: number("seed"),
    messages: number("messages"),
    rate: number("clock-rate"),
  };
}

function count(name: string, given: string | boolean): number {
  const value = Number(given);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Usage(`--${name} needs a number, not "${given}".`);
}

async function run(asked: Asked): Promise<Result> {
  const { offer, size, seed, control, messages, rate } = asked;
  if (control !== undefined) apply(control);
  const campaign = await offer.load();
  if (control !== undefined && !campaign.controls.includes(control))
    throw new Usage(`Its controls are: ${campaign.controls.join(", ")}.`);
  return campaign.run({
    size,
    seed: seed ?? systemRandom.u32(),
    say: (words) => console.error(words),
    ...(control === undefined ? {} : { control }),
    ...(messages === undefined ? {} : { messages }),
    ...(rate === undefined ? {} : { rate }),
  });
}

function inWords({ broken, ok, ...figures }: Result): string {
  const lines = Object.entries(figures).map(([name, value]) => `${name.padEnd(20)}${JSON.stringify(value)}`);
  return [...lines, ok ? "The promise was kept." : `The promise was broken: ${broken.join("; ")}.`].join("\n");
}

async function main(): Promise<number> {
  if (process.argv.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  try {
    const asked = read(process.argv.slice(2));
    const result = await run(asked);
    console.log(asked.json ? JSON.stringify(result) : inWords(result));
    return result.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Usage) && (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") !== true)
      throw error;
    console.error((error as Error).message);
    return 2;
  }
}

process.exitCode = await main();
