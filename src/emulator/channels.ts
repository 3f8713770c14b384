// A radio's eight channels and the secrets behind them (meshtastic-facts 3).

import { toHex, textOf, utf8 } from "#base/bytes.ts";
import type { ChannelSeal } from "./packet.ts";
import type { WireChannel } from "./proto.ts";

export const CHANNEL_ROLE = { disabled: 0, primary: 1, secondary: 2 } as const;

const CHANNELS = 8;
/** The key behind the one-byte PSK 1 ("AQ=="), public to everybody; index n adds n - 1 to its last byte. */
const DEFAULT_KEY = Uint8Array.of(
  0xd4,
  0xf1,
  0xbb,
  0x3a,
  0x20,
  0x29,
  0x07,
  0x59,
  0xf0,
  0xbc,
  0xff,
  0xab,
  0xcf,
  0x4e,
  0x69,
  0x01,
);

function keyOf(psk: Uint8Array): Uint8Array {
  if (psk.length === 0 || (psk.length === 1 && psk[0] === 0)) return new Uint8Array(0);
  if (psk.length === 1) {
    const key = Uint8Array.from(DEFAULT_KEY);
    key[15] = key[15]! + psk[0]! - 1;
    return key;
  }
  const key = new Uint8Array(psk.length <= 16 ? 16 : 32);
  key.set(psk.subarray(0, 32));
  return key;
}

function xor(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}

/** A channel object is never changed, only replaced: its seal is worked out once. */
const seals = new WeakMap<WireChannel, ChannelSeal>();

/** The seal of a channel; `presetName` is its name while it has none. */
export function channelSeal(channel: WireChannel, presetName: string): ChannelSeal {
  const known = seals.get(channel);
  if (known?.presetName === presetName) return known;
  const given = channel.settings?.name ?? new Uint8Array(0);
  const name = given.length > 0 ? given : utf8(presetName);
  const key = keyOf(channel.settings?.psk ?? new Uint8Array(0));
  const seal: ChannelSeal = {
    kind: "channel",
    secret: `${textOf(name)}:${toHex(key)}`,
    hash: xor(name) ^ xor(key),
    presetName,
  };
  seals.set(channel, seal);
  return seal;
}

/** A channel of a street's own: its name (at most 11 bytes) and its key (0, 1, 16 or 32 bytes). */
export interface ChannelSpec {
  readonly name: string;
  readonly psk: Uint8Array;
}

/** The eight slots of a radio: the public default first, then `secondary`, the rest disabled. */
export function channelTable(secondary: readonly ChannelSpec[], positionPrecision: number): WireChannel[] {
  return Array.from({ length: CHANNELS }, (_, index) => {
    if (index === 0) {
      const moduleSettings = { positionPrecision };
      return { index, settings: { psk: Uint8Array.of(1), moduleSettings }, role: CHANNEL_ROLE.primary };
    }
    const spec = secondary[index - 1];
    if (!spec) return { index, settings: {}, role: CHANNEL_ROLE.disabled };
    return { index, settings: { name: utf8(spec.name), psk: spec.psk }, role: CHANNEL_ROLE.secondary };
  });
}
