// A scenario at life's pace: its street and people, with the gateway's radio on TCP or a pty for whoever wants to attach.
// The coordinator's questions are said on standard error: whoever runs the gateway types them.

import { systemClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import type { Line } from "#emulator/handheld.ts";
import { schedule } from "#sim/happenings.ts";
import { castOf, favourGateway, streetOptions } from "#sim/neighbourhood.ts";
import { People } from "#sim/people.ts";
import type { Scenario } from "#sim/scenario.ts";
import { EmulatedStreet } from "./streams.ts";
import type { Cli } from "#cli/verb.ts";
import { Failure } from "#cli/verb.ts";

export interface RealtimeOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly ptys: readonly string[];
  /** How many times faster than life. */
  readonly rate: number;
  /** For so long; without it until a signal comes. */
  readonly until: Millis | undefined;
}

/** Runs until it is over or a signal comes; standard output gets the emulator's JSON lines. */
export async function simulateRealtime(
  scenario: Scenario,
  seed: number,
  { listen, ptys, rate, until }: RealtimeOptions,
  cli: Cli,
): Promise<void> {
  const clock = systemClock(rate);
  const begin = clock.now();
  let people: People | undefined;
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
    if (until !== undefined) clock.after(until, resolve);
  });
  const { startAt: _startAt, ...street } = streetOptions(scenario, seed, begin);
  const emulated = await EmulatedStreet.start(
    { listen, ptys, clock, street },
    {
      line: (line: Line) => {
        cli.answer(JSON.stringify(line));
        people?.read(line, clock.now());
      },
      say: (text) => cli.say(`simulate: ${text}`),
    },
  ).catch((error: unknown) => {
    throw new Failure(`The street cannot open: ${error instanceof Error ? error.message : String(error)}.`);
  });
  const cast = castOf(scenario, emulated.street);
  favourGateway(emulated.street);
  people = new People(emulated.street, cast.households, scenario.people, seed + 11, () => undefined);
  people.start(begin);
  const ask = (text: string): void => cli.say(`simulate: the coordinator asks: ${text}`);
  schedule(scenario, { street: emulated.street, air: emulated.street.physical!, cast, people, ask }, seed, begin);
  emulated.look();
  await ended;
  await emulated.stop();
}
