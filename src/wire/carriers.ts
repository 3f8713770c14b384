// Which way a message goes: as bytes on our private port, or armoured inside a text, and in which firmware's limits.
// The rows below are the whole policy; limits.ts has the numbers and their source.

import { parsed, refused, type Parsed } from "#base/parsed.ts";
import { armour, armouredLength, dearmour, largestArmoured, looksArmoured } from "./armour.ts";
import {
  MAX_PRIVATE_BROADCAST,
  MAX_PRIVATE_DIRECT,
  MAX_SIGNED_PRIVATE,
  MAX_SIGNED_TEXT,
  MAX_TEXT_BROADCAST,
  MAX_TEXT_DIRECT,
} from "./limits.ts";
import type { Refusal } from "./refusals.ts";
import type { Carrier } from "./replay.ts";

/** Port 1, TEXT_MESSAGE_APP. */
export const TEXT_PORT = 1;
/** Where our messages live unless the community chose another port. */
export const DEFAULT_PRIVATE_PORT = 293;

/** Private ports that others are known to use (field.md §3c, meshtastic-facts §2.3). */
const TAKEN_PORTS: ReadonlyMap<number, string> = new Map([
  [256, "PRIVATE_APP, which several programs share"],
  [257, "ATAK Forwarder"],
  [260, "Outpost federation"],
]);

/** Why a port cannot be ours, in words; undefined when it can. */
export function portRefusal(port: number): string | undefined {
  const owner = TAKEN_PORTS.get(port);
  if (owner !== undefined) return `port ${port} is used by ${owner}`;
  return Number.isInteger(port) && port >= 257 && port <= 511 ? undefined : "a private port is from 257 to 511";
}

/** `direct` is a message encrypted to one radio's key. Firmware 2.8 signs broadcasts that are short enough. */
export interface Path {
  readonly to: "channel" | "direct";
  readonly firmware: "2.7" | "2.8";
  /** What is known of the routers on the way: whether they relay private ports. */
  readonly relaysPrivatePorts: "yes" | "no" | "unknown";
  /** The channel is declared for machines, so that a text that no human can read disturbs nobody. */
  readonly machinesChannel: boolean;
}

interface Room {
  readonly fits: number;
  /** Above this a 2.8 radio sends it unsigned, and receivers judge it by that. Absent: no such edge. */
  readonly signed?: number;
}

const ROOM: { readonly [C in Carrier]: { readonly [P in "channel/2.7" | "channel/2.8" | "direct"]: Room } } = {
  port: {
    "channel/2.7": { fits: MAX_PRIVATE_BROADCAST },
    "channel/2.8": { fits: MAX_PRIVATE_BROADCAST, signed: MAX_SIGNED_PRIVATE },
    direct: { fits: MAX_PRIVATE_DIRECT },
  },
  text: {
    "channel/2.7": { fits: MAX_TEXT_BROADCAST },
    "channel/2.8": { fits: MAX_TEXT_BROADCAST, signed: MAX_SIGNED_TEXT },
    direct: { fits: MAX_TEXT_DIRECT },
  },
};

/** What to hand to the radio. */
export interface Carriage {
  readonly carrier: Carrier;
  readonly portnum: number;
  readonly payload: Uint8Array;
  /** A 2.8 radio will add its own signature. */
  readonly radioSigns: boolean;
}

function roomOf(carrier: Carrier, path: Path): Room {
  return ROOM[carrier][path.to === "direct" ? "direct" : (`channel/${path.firmware}` as const)];
}

/** The private port unless the routers are known not to relay it; text only where it disturbs nobody. */
function carrierFor(path: Path): Carrier {
  const mayBeText = path.to === "direct" || path.machinesChannel;
  return path.relaysPrivatePorts === "no" && mayBeText ? "text" : "port";
}

/** The largest sealed message that goes in one packet on this path; what is larger is cut to this (fragments.ts). */
export function messageLimit(path: Path): number {
  const carrier = carrierFor(path);
  const { fits } = roomOf(carrier, path);
  return carrier === "text" ? largestArmoured(fits) : fits;
}

/** Bytes of payload that one packet of this carrier takes on this path. */
export function packetLimit(carrier: Carrier, path: Path): number {
  return roomOf(carrier, path).fits;
}

/** The largest payload that the radio itself would sign; undefined where it signs nothing. */
export function signedLimit(carrier: Carrier, path: Path): number | undefined {
  return roomOf(carrier, path).signed;
}

/** Chooses the carrier for a sealed message. `too-long` means: cut it into fragments, or say less. */
export function chooseCarrier(message: Uint8Array, path: Path, privatePort: number): Parsed<Carriage, Refusal> {
  const carrier = carrierFor(path);
  const room = roomOf(carrier, path);
  const length = carrier === "text" ? armouredLength(message.length) : message.length;
  if (length > room.fits) return refused({ reason: "too-long", at: room.fits });
  const payload = carrier === "text" ? new Uint8Array(Buffer.from(armour(message), "latin1")) : message;
  const radioSigns = room.signed !== undefined && length <= room.signed;
  return parsed({ carrier, portnum: carrier === "text" ? TEXT_PORT : privatePort, payload, radioSigns });
}

/**
 * The message bytes that a received packet carries, and by which carrier. Undefined when the packet is not ours to read:
 * another port, or a text that does not begin like an armoured one. A text that does, but whose bytes are then refused, was
 * written by a person ("~sorry"): it is handled as the text that it is.
 */
export function unload(
  portnum: number,
  payload: Uint8Array,
  privatePort: number,
): { readonly carrier: Carrier; readonly bytes: Parsed<Uint8Array, Refusal> } | undefined {
  if (portnum === privatePort) return { carrier: "port", bytes: parsed(payload) };
  if (portnum !== TEXT_PORT) return undefined;
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("latin1");
  return looksArmoured(text) ? { carrier: "text", bytes: dearmour(text) } : undefined;
}
