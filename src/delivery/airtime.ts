// How long a packet is on the air, as the gateway reckons it before anything is sent.
//
// Integer microseconds throughout, so that sums never depend on the order of adding. LoRa's formula as RadioLib has it
// (SX126x::calculateTimeOnAir), Meshtastic's presets and overheads as meshtastic-facts §2.2, §4.1 and §4.2 give them. What is
// reckoned is one transmission by one radio; relays and repeats are the mesh's affair and counted by those who ask.

/** Microseconds. */
export type Micros = number;

interface Modem {
  readonly spreadingFactor: number;
  readonly bandwidthHz: number;
  /** Denominator of the coding rate: 5 is 4/5. */
  readonly codingRate: number;
}

const modem = (spreadingFactor: number, bandwidthHz: number, codingRate: number): Modem => ({
  spreadingFactor,
  bandwidthHz,
  codingRate,
});

const LONG_FAST = modem(11, 250_000, 5);

/** Meshtastic's names (meshtastic-facts §4.1). */
const MODEMS: Readonly<Record<string, Modem>> = {
  SHORT_TURBO: modem(7, 500_000, 5),
  SHORT_FAST: modem(7, 250_000, 5),
  SHORT_SLOW: modem(8, 250_000, 5),
  MEDIUM_TURBO: modem(9, 500_000, 5),
  MEDIUM_FAST: modem(9, 250_000, 5),
  MEDIUM_SLOW: modem(10, 250_000, 5),
  LONG_TURBO: modem(11, 500_000, 8),
  LONG_FAST,
  LONG_MODERATE: modem(11, 125_000, 8),
  LONG_SLOW: modem(12, 125_000, 8),
  VERY_LONG_SLOW: modem(12, 62_500, 8),
  LITE_FAST: modem(9, 125_000, 5),
  LITE_SLOW: modem(10, 125_000, 5),
  NARROW_FAST: modem(7, 62_500, 6),
  NARROW_SLOW: modem(8, 62_500, 6),
  TINY_FAST: modem(7, 15_600, 5),
  TINY_SLOW: modem(8, 15_600, 6),
};

export const PRESETS: readonly string[] = Object.keys(MODEMS);

/** Quarters of a symbol before the payload: preamble 16, sync and header 8, start of frame 4.25. */
const PREAMBLE_QUARTERS = 4 * (16 + 8) + 17;
/** From this symbol length on the low-data-rate optimisation is on. */
const LOW_DATA_RATE_MICROS = 16_000;

/** Microseconds that a LoRa frame of `bytes` (16-byte header included) takes; an unknown preset counts as LONG_FAST. */
export function frameAirtime(preset: string, bytes: number): Micros {
  const { spreadingFactor: sf, bandwidthHz, codingRate } = MODEMS[preset] ?? LONG_FAST;
  const chips = 2 ** sf * 1_000_000;
  const slow = chips >= LOW_DATA_RATE_MICROS * bandwidthHz ? 2 : 0;
  const blocks = Math.max(0, Math.ceil((8 * bytes + 16 - 4 * sf + 8 + 20) / (4 * (sf - slow))));
  return Math.ceil(((PREAMBLE_QUARTERS + 4 * blocks * codingRate) * chips) / (4 * bandwidthHz));
}

/** What decides a packet's length besides its payload. */
export interface Packet {
  readonly payloadBytes: number;
  /** 1, a text, unless said. */
  readonly portnum?: number;
  /** Encrypted for one radio. */
  readonly direct?: boolean;
  readonly reply?: boolean;
  readonly emoji?: boolean;
  /** The radio signs its broadcasts: firmware 2.8. */
  readonly signs?: boolean;
}

const HEADER_BYTES = 16;
const LONGEST_FRAME = 255;
const BITFIELD_BYTES = 2;
const REFERENCE_BYTES = 5;
const PKI_BYTES = 12;
const SIGNATURE_BYTES = 66;

/** Bytes of the LoRa frame. A broadcast that has no room for a signature goes without (meshtastic-facts §2.2). */
export function frameBytes(packet: Packet): number {
  const { payloadBytes } = packet;
  const bytes =
    HEADER_BYTES +
    ((packet.portnum ?? 1) < 128 ? 2 : 3) +
    (payloadBytes < 128 ? 2 : 3) +
    payloadBytes +
    BITFIELD_BYTES +
    (packet.reply ? REFERENCE_BYTES : 0) +
    (packet.emoji ? REFERENCE_BYTES : 0) +
    (packet.direct ? PKI_BYTES : 0);
  const signed = bytes + SIGNATURE_BYTES;
  return packet.signs && !packet.direct && signed <= LONGEST_FRAME ? signed : bytes;
}

/** Microseconds of one transmission of a packet. */
export function packetAirtime(preset: string, packet: Packet): Micros {
  return frameAirtime(preset, frameBytes(packet));
}

/** Bytes of the frame that acknowledges a direct message (meshtastic-facts §4.2). */
export const ACK_FRAME_BYTES = 29;

/** Firmware that signs its broadcasts, by the version it tells. */
export function signsBroadcasts(firmware: string): boolean {
  const [major = 0, minor = 0] = firmware.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 8);
}
