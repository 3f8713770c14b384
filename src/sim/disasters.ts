// Many days of disasters, one seed after another, and what they add up to.

import { disaster, type DisasterResult } from "./disaster.ts";

export interface DisastersReport {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly virtualHours: number;
  readonly accepted: number;
  readonly written: number;
  readonly deaths: number;
  /** Days on which a promise was broken; live one again with its seed. */
  readonly broken: readonly Pick<DisasterResult, "seed" | "broken">[];
}

/** Lives `seeds` days from `firstSeed` on. With `untilBroken`, stops at the first broken promise. */
export function disasters(options: {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly hours?: number;
  readonly confirmsFirst?: boolean;
  readonly untilBroken?: boolean;
}): DisastersReport {
  const hours = options.hours ?? 24;
  const results: DisasterResult[] = [];
  for (let n = 0; n < options.seeds; n++) {
    const seed = options.firstSeed + n;
    results.push(disaster({ seed, hours, confirmsFirst: options.confirmsFirst ?? false }));
    if (options.untilBroken === true && results.at(-1)!.broken.length > 0) break;
  }
  const sum = (of: (result: DisasterResult) => number): number => results.reduce((all, each) => all + of(each), 0);
  return {
    seeds: results.length,
    firstSeed: options.firstSeed,
    virtualHours: results.length * hours,
    accepted: sum((each) => each.accepted),
    written: sum((each) => each.written),
    deaths: sum((each) => each.deaths),
    broken: results.filter((each) => each.broken.length > 0).map(({ seed, broken }) => ({ seed, broken })),
  };
}
