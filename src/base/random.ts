// The one place where chance comes from: the system's for the running gateway, a seeded one for tests and simulation.

import { randomFillSync } from "node:crypto";

export interface Random {
  /** A uniform integer from 0 to 2^32 − 1. */
  u32(): number;
}

export const systemRandom: Random = {
  u32: () => randomFillSync(new Uint32Array(1))[0]!,
};

/** xorshift-multiply over a 128-bit state (sfc32); the same seed gives the same numbers on every machine. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = 1;
  const u32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 16; round++) u32();
  return { u32 };
}

/** A uniform integer from 0 to `bound` − 1; `bound` is at least 1 and at most 2^32. */
export function below(random: Random, bound: number): number {
  return Math.floor((random.u32() / 2 ** 32) * bound);
}

/** True with probability `share`. */
export function chance(random: Random, share: number): boolean {
  return random.u32() / 2 ** 32 < share;
}

/** A uniform element of a list that has at least one. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}
