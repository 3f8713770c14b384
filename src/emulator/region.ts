// What the law of a region lets a radio do (meshtastic-facts 4.3): LoRaConfig.region, share of the hour, strongest signal.

import type { CentiDb } from "./decibels.ts";

export interface Region {
  readonly name: string;
  /** LoRaConfig.RegionCode. */
  readonly number: number;
  /** Share of an hour that a radio may send; 1 is no limit. */
  readonly dutyCycle: number;
  readonly power: CentiDb;
  /** Of the default slot, Hz (meshtastic-facts 3; elsewhere the middle of the band). */
  readonly hertz: number;
}

export const REGIONS = {
  US: { name: "US", number: 1, dutyCycle: 1, power: 3000, hertz: 906_875_000 },
  EU_433: { name: "EU_433", number: 2, dutyCycle: 0.1, power: 1000, hertz: 433_500_000 },
  EU_868: { name: "EU_868", number: 3, dutyCycle: 0.1, power: 2700, hertz: 869_525_000 },
  ANZ: { name: "ANZ", number: 6, dutyCycle: 1, power: 3000, hertz: 921_500_000 },
} as const satisfies Readonly<Record<string, Region>>;

export type RegionName = keyof typeof REGIONS;
