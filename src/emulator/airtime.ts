// How long a LoRa frame takes (meshtastic-facts 4.1, 4.2; RadioLib SX126x::calculateTimeOnAir), in whole microseconds.

import type { Millis } from "#base/clock.ts";

/** A length of time in whole microseconds. */
export type Micros = number;

export interface Preset {
  /** Meshtastic's number (LoRaConfig.modem_preset). */
  readonly number: number;
  readonly spreadingFactor: number;
  readonly bandwidthKhz: number;
  /** Denominator of the coding rate: 5 is 4/5. */
  readonly codingRate: number;
  /** The channel's name while it has none of its own. */
  readonly channelName: string;
}

function preset(
  number: number,
  spreadingFactor: number,
  bandwidthKhz: number,
  codingRate: number,
  name: string,
): Preset {
  return { number, spreadingFactor, bandwidthKhz, codingRate, channelName: name };
}

/** The presets of firmware 2.7 by Meshtastic's names (meshtastic-facts 4.1). */
export const PRESETS = {
  LONG_FAST: preset(0, 11, 250, 5, "LongFast"),
  LONG_SLOW: preset(1, 12, 125, 8, "LongSlow"),
  MEDIUM_SLOW: preset(3, 10, 250, 5, "MediumSlow"),
  MEDIUM_FAST: preset(4, 9, 250, 5, "MediumFast"),
  SHORT_SLOW: preset(5, 8, 250, 5, "ShortSlow"),
  SHORT_FAST: preset(6, 7, 250, 5, "ShortFast"),
  LONG_MODERATE: preset(7, 11, 125, 8, "LongMod"),
  SHORT_TURBO: preset(8, 7, 500, 5, "ShortTurbo"),
  LONG_TURBO: preset(9, 11, 500, 8, "LongTurbo"),
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof PRESETS;

/** Symbols. Sub-2.4 GHz. */
export const PREAMBLE_SYMBOLS = 16;
/** to, from, id, flags, channel hash, next hop, relay node. */
export const HEADER_BYTES = 16;
/** The largest LoRa payload, header included. */
export const MAX_FRAME_BYTES = 255;

/** Whole for every bandwidth above: 2^SF symbols chips at `bandwidthKhz` thousand a second. */
export function symbolMicros(preset: Preset): Micros {
  return Math.round((1000 * 2 ** preset.spreadingFactor) / preset.bandwidthKhz);
}

/** Microseconds that a frame of `length` bytes (header included) occupies the channel. */
export function airtimeMicros(preset: Preset, length: number): Micros {
  const { spreadingFactor: sf } = preset;
  const symbol = symbolMicros(preset);
  const lowDataRate = symbol >= 16_000 ? 2 : 0;
  const blocks = Math.ceil((8 * length + 16 - 4 * sf + 8 + 20) / (4 * (sf - lowDataRate)));
  // The sync word and start of frame take 4.25 symbols, hence quarters.
  const quarters = 4 * (PREAMBLE_SYMBOLS + 8 + blocks * preset.codingRate) + 17;
  return Math.floor((symbol * quarters) / 4);
}

/** The same in milliseconds. */
export function airtime(preset: Preset, length: number): Millis {
  return airtimeMicros(preset, length) / 1000;
}

/** Channel-activity detection: two symbols and a half (SX126x; firmware computeSlotTimeMsec). */
export function cadMicros(preset: Preset): Micros {
  return Math.floor((symbolMicros(preset) * 5) / 2);
}

/** One contention slot: 2.5 symbols and 7.6 ms for turn-around and processing (LongFast 28 ms; meshtastic-facts 4.5). */
export function slotMs(preset: Preset): Millis {
  return Math.floor((2.5 * symbolMicros(preset)) / 1000 + 7.6);
}
