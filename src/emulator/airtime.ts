// How long a LoRa frame takes (meshtastic-facts 4.1, 4.2; RadioLib SX126x::calculateTimeOnAir).

import type { Millis } from "#base/clock.ts";

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

export const LONG_FAST: Preset = {
  number: 0,
  spreadingFactor: 11,
  bandwidthKhz: 250,
  codingRate: 5,
  channelName: "LongFast",
};

/** Symbols. Sub-2.4 GHz. */
const PREAMBLE = 16;
/** to, from, id, flags, channel hash, next hop, relay node. */
export const HEADER_BYTES = 16;
/** The largest LoRa payload, header included. */
export const MAX_FRAME_BYTES = 255;

function symbolMs(preset: Preset): Millis {
  return 2 ** preset.spreadingFactor / preset.bandwidthKhz;
}

/** Milliseconds that a frame of `length` bytes (header included) occupies the channel. */
export function airtime(preset: Preset, length: number): Millis {
  const { spreadingFactor: sf } = preset;
  const symbol = symbolMs(preset);
  const lowDataRate = symbol >= 16 ? 2 : 0;
  const blocks = Math.ceil((8 * length + 16 - 4 * sf + 8 + 20) / (4 * (sf - lowDataRate)));
  return symbol * (PREAMBLE + 8 + 4.25 + blocks * preset.codingRate);
}

/** One contention slot: 2.5 symbols and 7.6 ms for turn-around and processing (LongFast 28 ms; meshtastic-facts 4.5). */
export function slotMs(preset: Preset): Millis {
  return Math.floor(2.5 * symbolMs(preset) + 7.6);
}
