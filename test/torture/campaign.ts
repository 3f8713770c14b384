// What a campaign is: a size, a seed, perhaps a control, and one object of figures with a verdict.

import { wallClock, type Millis } from "#base/clock.ts";
import { seededRandom, type Random } from "#base/random.ts";
import type { TestSynapse } from "#test/harness/synapse.ts";
import type { Count } from "./account.ts";
import type { Sabotage } from "./sabotage.ts";

export interface CampaignOptions {
  /** How many, or how long; the campaign says of what. */
  readonly size: number;
  readonly seed: number;
  /** A deliberately broken gateway, which must be noticed. */
  readonly control?: Sabotage;
  /** At least so many messages each way, where messages go both ways. */
  readonly messages?: number;
  /** Clock rate of gateway and radios. */
  readonly rate?: number;
  /** One that runs already; otherwise the campaign starts one and stops it. */
  readonly synapse?: TestSynapse;
  /** Words about what goes on, for people. */
  readonly say?: (words: string) => void;
}

export type Figures = Readonly<Record<string, unknown>>;

export interface Result extends Count {
  readonly seed: number;
  /** The promise was kept. */
  readonly ok: boolean;
  /** What broke it, in words. */
  readonly broken: readonly string[];
  readonly [figure: string]: unknown;
}

export interface Campaign {
  /** What `size` counts, and what is done. */
  readonly about: string;
  readonly controls: readonly Sabotage[];
  run(options: CampaignOptions): Promise<Result>;
}

/** The result of a count and further figures; `broken` are the campaign's own findings. */
export function verdict(options: CampaignOptions, count: Count, figures: Figures, broken: readonly string[]): Result {
  const all = [
    ...(count.lost === 0 ? [] : [`${count.lost} messages were lost`]),
    ...(count.duplicated === 0 ? [] : [`${count.duplicated} copies too many were seen`]),
    ...broken,
  ];
  return {
    ...count,
    ...figures,
    seed: options.seed,
    ...(options.control === undefined ? {} : { control: options.control }),
    ok: all.length === 0,
    broken: all,
  };
}

export function randomOf(options: CampaignOptions): Random {
  return seededRandom(options.seed);
}

/** Wall time, in ms. */
export async function pause(ms: Millis): Promise<void> {
  await new Promise<void>((done) => void wallClock.after(ms, done));
}
