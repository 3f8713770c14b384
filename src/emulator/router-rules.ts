// Small rules of the firmware's router: priorities, hops, contention windows, and which ports some module looks after.

import type { Random } from "#base/random.ts";
import { below } from "#base/random.ts";
import type { Frame } from "./packet.ts";
import { PORT, PRIORITY } from "./packet.ts";
import type { WirePacket } from "./proto.ts";

export const HOP_LIMIT = 3;
/** Ports that some module of the radio answers or consumes; on all others want_response earns NO_RESPONSE. */
const HANDLED: readonly number[] = [
  PORT.text,
  PORT.position,
  PORT.nodeInfo,
  PORT.routing,
  PORT.admin,
  PORT.waypoint,
  PORT.telemetry,
  PORT.traceroute,
];

/** Whether want_response on this port finds a module; where none does, NO_RESPONSE is answered. */
export function hasModule(portnum: number): boolean {
  return HANDLED.includes(portnum);
}

/** What fixPriority of the firmware gives a packet that says nothing itself (meshtastic-facts 2.5). */
export function priorityOf(packet: WirePacket): number {
  const data = packet.decoded ?? {};
  if ((packet.priority ?? 0) > 0) return packet.priority!;
  if (data.portnum === PORT.routing) return PRIORITY.ack;
  if (data.portnum === PORT.text || data.portnum === PORT.admin) return PRIORITY.high;
  if ((data.requestId ?? 0) !== 0) return PRIORITY.response;
  return data.wantResponse || packet.wantAck ? PRIORITY.reliable : PRIORITY.default;
}

/** The smallest and largest contention windows, as powers of two (F RadioInterface.h CWmin, CWmax). */
export const CW_MIN = 3;
export const CW_MAX = 8;
/** Slots that clients leave to routers before they relay (2 × CWmax; meshtastic-facts 4.5). */
export const CLIENT_OFFSET_SLOTS = 2 * CW_MAX;

/** Contention window of an own packet, by channel utilisation from 0 to 1. */
export function ownWindow(utilisation: number): number {
  return CW_MIN + Math.floor((Math.min(1, utilisation) * 100 * (CW_MAX - CW_MIN)) / 100);
}

/** Contention window of a relay by signal in dB: weak signals go first (SNR −20 gives 3, +10 gives 8). */
export function relayWindow(snr: number): number {
  const clamped = Math.min(10, Math.max(-20, snr));
  return CW_MIN + Math.floor(((clamped + 20) * (CW_MAX - CW_MIN)) / 30);
}

/** How many slots a relay waits; `early`: as routers do, before all clients. */
export function relaySlots(random: Random, snr: number, early: boolean): number {
  const window = relayWindow(snr);
  return early ? below(random, 2 * window) : CLIENT_OFFSET_SLOTS + below(random, 2 ** window);
}

/** The most slots that a client's relay waits; what goes late goes after that. */
export function worstRelaySlots(snr: number): number {
  return CLIENT_OFFSET_SLOTS + 2 ** relayWindow(snr);
}

export function hopsTravelled(frame: Frame): number {
  return frame.hopStart - frame.hopLimit;
}

/** An answer may take two hops more than its question took. */
export function responseHops(frame: Frame): number {
  return Math.min(HOP_LIMIT, hopsTravelled(frame) + 2);
}
