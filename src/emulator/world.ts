// What a router needs around it: the street that it shares with the others, and whom it works for.

import type { Millis } from "#base/clock.ts";
import type { Random } from "#base/random.ts";
import type { Agenda } from "./agenda.ts";
import type { Air } from "./air.ts";
import type { Preset } from "./airtime.ts";
import type { Firmware, Identity } from "./identity.ts";
import type { WireChannel, WirePacket } from "./proto.ts";
import type { Region } from "./region.ts";
import type { Role } from "./roles.ts";

/** What all radios of a street share. */
export interface World {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly air: Air;
  readonly preset: Preset;
  readonly region: Region;
  readonly firmware: Firmware;
  /** Whether rate limits and the duty cycle are enforced. */
  readonly limits: boolean;
  /** A street-wide order of events. */
  readonly nextSequence: () => number;
}

/** What kind of radio a node is. */
export interface Traits {
  readonly role: Role;
  /** Nodes that it can know (MAX_NUM_NODES of its board; meshtastic-facts 4.6). */
  readonly maxNodes: number;
}

/** What a radio is made of. */
export interface Make {
  readonly identity: Identity;
  readonly channels: readonly WireChannel[];
  readonly traits: Traits;
}

/** Whom a router works for. */
export interface NodeOwner {
  /** A packet for the app: heard for us or for all, or said by our own radio about our packets. */
  deliver(packet: WirePacket, now: Millis): void;
  /** The radio itself handed a packet of its own to the mesh. */
  selfSent(id: number, now: Millis): void;
  /** Seconds since 1970 by this radio's clock, 0 while it has none. */
  radioTime(now: Millis): number;
}
