// What radios say to all of themselves, whether anybody asks or not: name and key, position, battery (meshtastic-facts 2.10,
// 4.4; F mesh/Default.h, airtime.h). The more radios are known, the rarer; a busy channel makes them wait.

import type { Millis } from "#base/clock.ts";
import { below } from "#base/random.ts";
import { symbolMicros } from "./airtime.ts";
import type { Firmware } from "./identity.ts";
import type { MeshNode } from "./node.ts";
import { PORT } from "./packet.ts";
import { encode } from "./proto.ts";
import { ROLE } from "./roles.ts";
import type { World } from "./world.ts";

/** Seconds between two of a kind; 0 is never. */
export interface ChatterSettings {
  readonly nodeInfo: number;
  readonly position: number;
  readonly telemetry: number;
}

/** From the factory: 2.8 shares no position on a public channel, and neither tells the mesh its battery (since 2.7.13). */
export const FACTORY_CHATTER: Readonly<Record<Firmware, ChatterSettings>> = {
  "2.7": { nodeInfo: 10_800, position: 3600, telemetry: 0 },
  "2.8": { nodeInfo: 10_800, position: 0, telemetry: 0 },
};

/** Above so many nodes the intervals grow. */
const CALM_NODES = 40;
/** Another look when the channel is too busy. */
const LATER: Millis = 60_000;
/** Automatic broadcasts use half of the duty cycle at most. */
const POLITE_SHARE = 0.5;

type Kind = keyof ChatterSettings;

const GATE: Readonly<Record<Kind, number>> = { nodeInfo: 0.4, position: 0.25, telemetry: 0.25 };

/** How many times rarer in a mesh of so many nodes: 1 + (N − 40) × 2^SF ÷ (kHz × 100). */
export function congestion(world: World, nodes: number): number {
  // 2^SF / kHz is the symbol in milliseconds.
  return nodes <= CALM_NODES ? 1 : 1 + ((nodes - CALM_NODES) * symbolMicros(world.preset)) / 100_000;
}

export class Chatter {
  readonly #world: World;
  readonly #node: MeshNode;
  readonly #settings: ChatterSettings;
  #bootedAt: Millis = 0;

  constructor(world: World, node: MeshNode, settings: ChatterSettings) {
    this.#world = world;
    this.#node = node;
    this.#settings = settings;
  }

  /** Begins at a random moment of each interval: nobody knows how long the radios have been on. */
  start(now: Millis): void {
    this.#bootedAt = now;
    for (const kind of ["nodeInfo", "position", "telemetry"] as const) {
      const interval = this.#interval(kind);
      if (interval > 0) this.#in(below(this.#world.random, interval), kind, now);
    }
  }

  #in(span: Millis, kind: Kind, now: Millis): void {
    this.#world.agenda.at(now + span, (then) => this.#due(kind, then));
  }

  #due(kind: Kind, now: Millis): void {
    const node = this.#node;
    const polite = node.airLog.sentShare(now) < this.#world.region.dutyCycle * POLITE_SHARE;
    if (!node.powered || !polite || node.airLog.utilisation(now) >= GATE[kind]) return this.#in(LATER, kind, now);
    this.#say(kind, now);
    this.#in(this.#interval(kind), kind, now);
  }

  #interval(kind: Kind): Millis {
    const { role } = this.#node.traits;
    const steady = role === ROLE.router || role === ROLE.routerLate;
    const factor = steady ? 1 : congestion(this.#world, this.#node.nodes.size);
    return Math.round(this.#settings[kind] * 1000 * factor);
  }

  #say(kind: Kind, now: Millis): void {
    const node = this.#node;
    if (kind === "nodeInfo") return node.introduce(now);
    if (kind === "position") {
      const { position } = node.identity;
      if (!position) return;
      const time = Math.floor(now / 1000);
      node.sayToAll({ portnum: PORT.position, payload: encode("Position", { ...position, time }) }, now);
      return;
    }
    const deviceMetrics = {
      batteryLevel: 50 + (node.num % 50),
      voltage: 3.9,
      channelUtilization: node.airLog.utilisation(now) * 100,
      airUtilTx: node.airLog.sentShare(now) * 100,
      uptimeSeconds: Math.floor((now - this.#bootedAt) / 1000),
    };
    const payload = encode("Telemetry", { time: Math.floor(now / 1000), deviceMetrics });
    node.sayToAll({ portnum: PORT.telemetry, payload }, now);
  }
}
