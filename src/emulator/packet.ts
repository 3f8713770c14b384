// What flies between radios, and what is in it. Nothing is really encrypted: a frame says which secret would open it, and
// a radio opens it if it knows that secret.

import type { NodeNum } from "#base/ids.ts";
import type { WireData } from "./proto.ts";

export const PORT = {
  text: 1,
  position: 3,
  nodeInfo: 4,
  routing: 5,
  admin: 6,
  waypoint: 8,
  alert: 11,
  rangeTest: 66,
  telemetry: 67,
  traceroute: 70,
} as const;

/** Routing.Error (meshtastic-facts 2.6). */
export const ROUTING_ERROR = {
  none: 0,
  maxRetransmit: 5,
  noChannel: 6,
  tooLarge: 7,
  noResponse: 8,
  dutyCycleLimit: 9,
  pkiFailed: 34,
  pkiUnknownPubkey: 35,
  rateLimitExceeded: 38,
  pkiSendFailPublicKey: 39,
} as const;

/** queueStatus.res for a full transmit queue. */
export const RES_QUEUE_FULL = 32;

/** MeshPacket.Priority (meshtastic-facts 2.5). */
export const PRIORITY = { background: 10, default: 64, reliable: 70, response: 80, high: 100, ack: 120 } as const;

/** MeshPacket.TransportMechanism. */
export const TRANSPORT_LORA = 1;

/** Closed with a channel's secret. */
export interface ChannelSeal {
  readonly kind: "channel";
  readonly secret: string;
  /** The one-byte hint in the frame's header. */
  readonly hash: number;
  readonly presetName: string;
}

/** How a frame is closed: with a channel's secret, or from one key pair to another. Keys are hexadecimal. */
export type Seal = ChannelSeal | { readonly kind: "pki"; readonly senderKey: string; readonly receiverKey: string };

export interface Frame {
  readonly from: NodeNum;
  readonly to: NodeNum;
  readonly id: number;
  /** `packetKey(from, id)`: the same for every copy. */
  readonly key: number;
  readonly hopLimit: number;
  readonly hopStart: number;
  /** As on the air: never set on broadcasts. */
  readonly wantAck: boolean;
  /** Last byte of the number of the radio that sends this copy; 0 in answers that may not be relayed. */
  readonly relayNode: number;
  /** Last byte of the number of the one radio that is to relay it; 0 floods. */
  readonly nextHop: number;
  readonly seal: Seal;
  readonly data: WireData;
  /** Bytes on the air, header included. */
  readonly length: number;
  readonly priority: number;
}

/** One number for a packet: all of its id and 21 bits of its sender, which together fill a double. */
export function packetKey(from: NodeNum, id: number): number {
  return id * 2 ** 21 + (from & 0x1f_ffff);
}

/** How well a frame was heard. */
export interface Reception {
  /** dB, quarters. */
  readonly snr: number;
  /** dBm. */
  readonly rssi: number;
}

/** Whether a frame is an answer at protocol level (an ack or a NAK). */
export function isRouting(frame: Frame): boolean {
  return frame.data.portnum === PORT.routing;
}
