// From a scenario to a street: who stands where, with which radio.

import type { Millis } from "#base/clock.ts";
import { below, chance, seededRandom } from "#base/random.ts";
import { FACTORY_CHATTER } from "#emulator/chatter.ts";
import type { Handheld } from "#emulator/handheld.ts";
import type { Layout } from "#emulator/links.ts";
import type { Place } from "#emulator/path-loss.ts";
import { ROLE } from "#emulator/roles.ts";
import type { Street, StreetOptions } from "#emulator/street.ts";
import type { Scenario } from "./scenario.ts";

/** Boards: households have common ones, routers and the gateway an ESP32-S3 with much flash (meshtastic-facts 4.6). */
const MAX_NODES = { household: { "2.7": 100, "2.8": 120 }, mast: 250 } as const;
/** Grid squares are jittered, so that houses do not stand in rows. */
const GOLDEN = 0.618_034;

/** The street of a scenario: the gateway, the households, the routers, and a stranger when one is to come. */
export function streetOptions(scenario: Scenario, seed: number, startAt: Millis): StreetOptions {
  const random = seededRandom(seed + 1000);
  const { households, routers, firmware } = scenario;
  const homes = Array.from({ length: households }, (_, index) => home(scenario, index, below(random, 1000) / 1000));
  const roles = homes.map(() => (chance(random, scenario.mute) ? ROLE.clientMute : ROLE.client));
  const strangers = hasStranger(scenario)
    ? [{ x: scenario.width / 2, y: scenario.depth / 2, height: scenario.height }]
    : [];
  const places = [scenario.gateway, ...homes, ...routers, ...strangers];
  const layout: Layout = {
    places,
    pathLoss: { model: scenario.pathLoss },
    shadowing: Math.round(100 * scenario.shadowing),
    asymmetry: Math.round(100 * scenario.asymmetry),
    fading: Math.round(100 * scenario.fading),
  };
  return {
    seed,
    firmware,
    startAt,
    preset: scenario.preset,
    region: scenario.region,
    gateways: 1,
    handhelds: places.length - 1,
    layout,
    chatter: FACTORY_CHATTER[firmware],
    traits: [
      { role: ROLE.client, maxNodes: MAX_NODES.mast },
      ...roles.map((role) => ({ role, maxNodes: MAX_NODES.household[firmware] })),
      ...routers.map(() => ({ role: ROLE.router, maxNodes: MAX_NODES.mast })),
      ...strangers.map(() => ({ role: ROLE.client, maxNodes: MAX_NODES.household[firmware] })),
    ],
  };
}

/** Spread evenly over the rectangle: column by golden ratio, row by number, and a bit of chance. */
function home({ width, depth, households, height }: Scenario, index: number, jitter: number): Place {
  const column = (index * GOLDEN) % 1;
  const x = Math.round(width * Math.min(1, column + jitter / households));
  return { x, y: Math.round((depth * (index + jitter)) / households), height };
}

function hasStranger(scenario: Scenario): boolean {
  return scenario.events.some((event) => event.do === "flood");
}

/** Who of a street's handhelds is what. */
export interface Cast {
  readonly households: readonly Handheld[];
  readonly routers: readonly Handheld[];
  readonly stranger: Handheld | undefined;
}

/** As the sheet for residents says: every household's radio keeps the gateway's as a favourite, so that it is never forgotten. */
export function favourGateway(street: Street): void {
  const [gateway] = street.radios;
  for (const { node } of street.handhelds) {
    const entry = node.nodes.meet(gateway!.node.num);
    entry.user = gateway!.node.user;
    entry.favorite = true;
  }
}

export function castOf(scenario: Scenario, street: Street): Cast {
  const masts = scenario.households + scenario.routers.length;
  return {
    households: street.handhelds.slice(0, scenario.households),
    routers: street.handhelds.slice(scenario.households, masts),
    stranger: street.handhelds[masts],
  };
}
