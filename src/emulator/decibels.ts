// Decibels without floating-point functions: whole hundredths of a dB ("centi-dB"), so that the same seed gives the same
// air on every machine. ECMAScript leaves the last digits of Math.log10 and its like to the engine; here only +, −, × and ÷
// are used, whose results IEEE 754 fixes.

import type { Random } from "#base/random.ts";
import { below } from "#base/random.ts";

/** Hundredths of a dB, or of a dBm. */
export type CentiDb = number;

/** Mantissa bits: its square stays below 2^53. */
const MANTISSA = 2 ** 25;
const FRACTION_BITS = 20;
/** log10(2). */
const LOG10_OF_2 = 0.301_029_995_663_981_2;

/** log10 of a positive number, good to 10^-6: binary digits one by one, by squaring. */
export function lg(value: number): number {
  let whole = 0;
  let mantissa = value;
  while (mantissa >= 2) [mantissa, whole] = [mantissa / 2, whole + 1];
  while (mantissa < 1) [mantissa, whole] = [mantissa * 2, whole - 1];
  let scaled = Math.floor(mantissa * MANTISSA);
  let fraction = 0;
  for (let bit = 1; bit <= FRACTION_BITS; bit++) {
    scaled = Math.floor((scaled * scaled) / MANTISSA);
    if (scaled < 2 * MANTISSA) continue;
    scaled = Math.floor(scaled / 2);
    fraction += 1 / 2 ** bit;
  }
  return (whole + fraction) * LOG10_OF_2;
}

/** Sums of twelve dice, less their mean, have a variance of one die's share of a normal: no logarithm, no tail beyond 6 σ. */
const DICE = 12;
const SIDES = 1 << 16;

/** A roughly normal number with mean 0 and the given standard deviation, rounded to whole centi-dB. */
export function normal(random: Random, sigma: CentiDb): CentiDb {
  if (sigma === 0) return 0;
  let sum = 0;
  for (let die = 0; die < DICE; die++) sum += below(random, SIDES);
  return Math.round(((sum - (DICE * (SIDES - 1)) / 2) * sigma) / SIDES);
}

/** −174 dBm per hertz, and a receiver that adds 6 dB (Meshtasticator lib/config.py). */
const NOISE_FIGURE = 6;

/** Noise in the channel at room temperature. */
export function noiseFloor(bandwidthKhz: number): CentiDb {
  return Math.round(100 * (-174 + NOISE_FIGURE + 10 * (lg(bandwidthKhz) + 3)));
}

/** The weakest signal that is understood, against the noise: −7.5 dB at SF 7, 2.5 dB lower for each step (Semtech AN1200.22). */
export function snrNeeded(spreadingFactor: number): CentiDb {
  return -750 - 250 * (spreadingFactor - 7);
}
