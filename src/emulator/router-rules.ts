// Small rules of the firmware's router: priorities, hops, contention windows, and which ports some module looks after.

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

/** Contention window of a relay by signal: weak signals go first (SNR -20 gives 3, +10 gives 8). */
export function relayWindow(snr: number): number {
  const clamped = Math.min(10, Math.max(-20, snr));
  return 3 + Math.floor(((clamped + 20) * 5) / 30);
}

/** An answer may take two hops more than its question took. */
export function responseHops(frame: Frame): number {
  return Math.min(HOP_LIMIT, frame.hopStart - frame.hopLimit + 2);
}
