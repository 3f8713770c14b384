// `muster emulate`: the emulated street as a program (contract: "Emulator: JSON lines"). Options, standard input and
// output, signals; `EmulatedStreet` in streams.ts gives it sockets, ptys and time.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { systemClock } from "#base/clock.ts";
import { systemRandom } from "#base/random.ts";
import type { Identities } from "#emulator/identity.ts";
import { readIdentities } from "#emulator/identity.ts";
import type { EmulateOptions } from "./streams.ts";
import { EmulatedStreet } from "./streams.ts";
import type { DefineVerb } from "#cli/verb.ts";
import { Failure, UsageError, numberOption } from "#cli/verb.ts";

interface Typed {
  readonly listen: string;
  readonly pty: readonly string[];
  readonly handhelds: number;
  readonly gateways: number;
  readonly phoneQueue: string;
  readonly seed?: number;
  readonly firmware: string;
  readonly rateLimits: string;
  readonly clockRate: number;
  readonly identities?: string;
  readonly fresh?: boolean;
}

export function oneOf<const T extends string>(name: string, allowed: readonly T[], given: string): T {
  const found = allowed.find((each) => each === given);
  if (found === undefined) throw new UsageError(`--${name} must be one of ${allowed.join(", ")}, not "${given}".`);
  return found;
}

export function readListen(text: string): { host: string; port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) throw new UsageError(`--listen must be HOST:PORT, not "${text}".`);
  return { host: match[1]!.replace(/^\[(.*)\]$/, "$1"), port };
}

function loadIdentities(file: string): Identities {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Failure(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const identities = readIdentities(json);
  if (!identities.ok) throw new Failure(`${file}: ${identities.refusal}.`);
  return identities.value;
}

function readOptions(typed: Typed): EmulateOptions {
  const seed = typed.seed ?? systemRandom.u32();
  const identities = typed.identities === undefined ? undefined : loadIdentities(typed.identities);
  const gateways = identities ? identities.gateways.length : typed.gateways;
  if (typed.pty.length > gateways) {
    throw new UsageError(`--pty was given ${typed.pty.length} times, and there are gateway radios: ${gateways}.`);
  }
  return {
    listen: readListen(typed.listen),
    ptys: typed.pty,
    clock: systemClock(typed.clockRate),
    street: {
      seed,
      firmware: oneOf("firmware", ["2.7", "2.8"], typed.firmware),
      handhelds: typed.handhelds,
      gateways: typed.gateways,
      phoneQueue: Number(oneOf("phone-queue", ["8", "16", "32"], typed.phoneQueue)),
      rateLimits: oneOf("rate-limits", ["real", "off"], typed.rateLimits) === "real",
      fresh: typed.fresh === true,
      ...(identities ? { identities } : {}),
    },
  };
}

/** Runs until standard input ends or a signal comes; nothing of it is left then. */
async function runEmulator(options: EmulateOptions): Promise<void> {
  // Before anybody can read the ready line, so that a signal sent then finds us listening.
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
    process.stdin.once("close", resolve).once("end", resolve);
  });
  const street = await EmulatedStreet.start(options, {
    line: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
    say: (words) => process.stderr.write(`emulate: ${words}\n`),
  }).catch((error: unknown) => {
    // A port that cannot be had is the world's doing.
    throw new Failure(`The street cannot open: ${error instanceof Error ? error.message : String(error)}.`);
  });
  const input = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  input.on("line", (line) => {
    if (line.trim() !== "") street.commandLine(line);
  });
  await ended;
  input.close();
  process.stdin.destroy();
  await street.stop();
}

export const defineEmulate: DefineVerb = (command) => {
  command
    .option("--listen <host:port>", "TCP address of the first gateway radio; port 0 is any", "127.0.0.1:0")
    .option("--pty <path>", "a serial port for the next gateway radio (repeatable; needs socat)", collect, [])
    .option("--handhelds <n>", "residents with a handheld radio", numberOption("--handhelds", 0, 1000), 4)
    .option("--gateways <n>", "gateway radios, each a stream of its own", numberOption("--gateways", 1, 100), 1)
    .option("--phone-queue <n>", "packets that wait for an absent host: 8, 16 or 32", "32")
    .option("--seed <n>", "the same seed gives the same street", numberOption("--seed", 0, 2 ** 32 - 1))
    .option("--firmware <version>", "2.7 or 2.8", "2.7")
    .option("--rate-limits <real|off>", "whether the radios limit how often a host may speak", "real")
    .option("--clock-rate <r>", "how many times faster than life", numberOption("--clock-rate", 0.001, 10_000), 1)
    .option("--fresh", "gateway radios as from the factory: no region, no keys, the public channel alone")
    .option("--identities <file>", "fixed node numbers and keys (JSON)")
    .action(async () => runEmulator(readOptions(command.opts<Typed>())));
};

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
