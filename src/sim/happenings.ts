// What happens in a scenario besides talk: each deed is a row of a table, done at its moment, undone at its end.

import type { Millis } from "#base/clock.ts";
import { BROADCAST } from "#base/ids.ts";
import type { Random } from "#base/random.ts";
import { below, chance, seededRandom } from "#base/random.ts";
import type { Handheld } from "#emulator/handheld.ts";
import type { PhysicalAir } from "#emulator/physical-air.ts";
import type { Street } from "#emulator/street.ts";
import type { Cast } from "./neighbourhood.ts";
import type { People } from "./people.ts";
import type { Scenario, ScenarioEvent } from "./scenario.ts";

export interface Stage {
  readonly street: Street;
  readonly air: PhysicalAir;
  readonly cast: Cast;
  readonly people: People;
  /** A coordinator writes in the room. */
  readonly ask: (text: string, now: Millis) => void;
}

type Deed = (stage: Stage, event: ScenarioEvent, some: readonly Handheld[], random: Random, now: Millis) => void;

const STEP: Millis = 30_000;
/** Bytes of what a stranger says. */
const NOISE_BYTES = 180;

const DEEDS: Readonly<Record<ScenarioEvent["do"], Deed>> = {
  ask: ({ ask }, event, _some, _random, now) => ask(event.text, now),

  talk: ({ people }, event, some, _random, now) => people.excite(some, event.amount, now + event.lasts, now),

  noise: ({ street, air }, event, some, _random, now) => {
    for (const { node } of some) air.setNoise(node.station, Math.round(event.amount * 100));
    street.later(now + event.lasts, () => {
      for (const { node } of some) air.setNoise(node.station, 0);
    });
  },

  fail: ({ street }, event, some, random, now) => {
    for (const each of some) {
      street.later(now + below(random, Math.max(1, Math.floor(event.lasts / 2))), () => {
        each.away();
        each.node.restart();
      });
      street.later(now + event.lasts, (then) => each.back(then));
    }
  },

  split: ({ street, air, cast }, event, _some, _random, now) => {
    const all = [...cast.households, ...cast.routers];
    const middle = median(all.map(({ node }) => air.links.place(node.station).x));
    for (const { node } of all) {
      if (air.links.place(node.station).x > middle) air.links.setGroup(node.station, 1);
    }
    street.later(now + event.lasts, () => {
      for (const { node } of all) air.links.setGroup(node.station, 0);
    });
  },

  walk: ({ street, air }, event, some, random, now) => {
    const metres = (event.amount * STEP) / 60_000;
    const step = (then: Millis): void => {
      for (const { node } of some) {
        const { x, y, height } = air.links.place(node.station);
        const [east, north] = [below(random, 2001) - 1000, below(random, 2001) - 1000];
        air.links.move(node.station, { x: x + (metres * east) / 1000, y: y + (metres * north) / 1000, height });
      }
      if (then + STEP <= now + event.lasts) street.later(then + STEP, step);
    };
    step(now);
  },

  flood: ({ street, cast: { stranger } }, event, _some, _random, now) => {
    const say = (then: Millis): void => {
      const payload = new Uint8Array(NOISE_BYTES).fill(0x78);
      stranger?.type({ to: BROADCAST, channel: 0, portnum: 1, payload, wantAck: false }, then);
      if (then + event.amount * 1000 <= now + event.lasts) street.later(then + event.amount * 1000, say);
    };
    say(now);
  },
};

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Puts a scenario's events on the agenda; `begin` is the scenario's first moment. */
export function schedule(scenario: Scenario, stage: Stage, seed: number, begin: Millis): void {
  for (const [index, event] of scenario.events.entries()) {
    const random = seededRandom(seed + 2000 + index);
    const some = stage.cast.households.filter(() => chance(random, event.share));
    stage.street.later(begin + event.at, (now) => DEEDS[event.do](stage, event, some, random, now));
  }
}
