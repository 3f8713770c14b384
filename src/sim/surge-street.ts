// The neighbourhood of a surge: a square of households around a gateway, everybody acquainted, nobody saying anything unasked
// unless a bench is about that.

import type { Millis } from "#base/clock.ts";
import { below, seededRandom } from "#base/random.ts";
import type { PresetName } from "#emulator/airtime.ts";
import { FACTORY_CHATTER } from "#emulator/chatter.ts";
import type { Firmware } from "#emulator/identity.ts";
import type { Layout } from "#emulator/links.ts";
import { ROLE } from "#emulator/roles.ts";
import { Street } from "#emulator/street.ts";

export interface SurgeOptions {
  readonly households: number;
  readonly preset: PresetName;
  readonly firmware: Firmware;
  readonly seed: number;
  /** So many of the households, the last ones, live where no radio reaches. */
  readonly beyond?: number;
  /** Radios say of themselves what they say from the factory; without it nothing. */
  readonly chatter?: true;
}

export const START: Millis = 1_795_356_000_000;

/** Metres between households that have a radio: about one house in ten of a suburb. */
const APART = 80;
/** Metres to where nobody is heard. */
const BEYOND = 100_000;
const GATEWAY_HEIGHT = 8;
const INDOORS = 1.5;

/** A square of households around the gateway. Indoor radios, 3GPP's suburban loss, 4 dB of shadowing. */
function layoutOf({ households, seed, beyond = 0 }: SurgeOptions): Layout {
  const random = seededRandom(seed + 100);
  const side = Math.ceil(Math.sqrt(households + 1));
  const middle = ((side - 1) / 2) * APART;
  const lots = Array.from({ length: side * side }, (_, n) => ({
    x: (n % side) * APART,
    y: Math.floor(n / side) * APART,
  }))
    .map((lot) => ({ ...lot, far: Math.hypot(lot.x - middle, lot.y - middle) }))
    .sort((a, b) => a.far - b.far || a.x - b.x || a.y - b.y);
  const [first, ...rest] = lots;
  const jitter = (): number => below(random, APART) - APART / 2;
  return {
    places: [
      { x: first!.x, y: first!.y, height: GATEWAY_HEIGHT },
      ...rest.slice(0, households).map(({ x, y }, index) => ({
        x: x + jitter() + (index < households - beyond ? 0 : BEYOND * (index + 1)),
        y: y + jitter(),
        height: INDOORS,
      })),
    ],
    pathLoss: { model: "3gpp-suburban" },
    shadowing: 400,
    asymmetry: 150,
    fading: 100,
  };
}

export function streetOf(options: SurgeOptions): Street {
  const { seed, firmware, preset, households, chatter } = options;
  const maxNodes = households + 10;
  return new Street({
    seed,
    firmware,
    preset,
    startAt: START,
    handhelds: households,
    layout: layoutOf(options),
    // Everybody knows everybody: what a full NodeDB does to direct messages is another bench's question.
    traits: Array.from({ length: households + 1 }, () => ({ role: ROLE.client, maxNodes })),
    ...(chatter ? { chatter: FACTORY_CHATTER[firmware] } : {}),
  });
}
