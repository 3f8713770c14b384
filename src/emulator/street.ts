// The emulated street: gateway radios with ports for hosts, residents with handhelds, one air, one agenda.
//
// Pure and sans-IO. The outside tells what happened and when (bytes from a host, a command, time passing) and afterwards
// takes what is to be written: bytes per port, lines for standard output. `wakeAt` says when something is due next. The
// same options and the same inputs at the same times give the same outputs.

import type { Millis } from "#base/clock.ts";
import { nodeId, parseNodeId } from "#base/ids.ts";
import type { Random } from "#base/random.ts";
import { below, seededRandom } from "#base/random.ts";
import { Agenda } from "./agenda.ts";
import type { Air, Lost } from "./air.ts";
import type { PresetName } from "./airtime.ts";
import { PRESETS } from "./airtime.ts";
import type { ChannelSpec } from "./channels.ts";
import { channelTable } from "./channels.ts";
import type { ChatterSettings } from "./chatter.ts";
import { Chatter } from "./chatter.ts";
import { obey } from "./commands.ts";
import { GatewayRadio } from "./gateway-radio.ts";
import type { Line } from "./handheld.ts";
import { Handheld } from "./handheld.ts";
import type { HostPort } from "./host-port.ts";
import type { Firmware, Identities } from "./identity.ts";
import { inventIdentities } from "./identity.ts";
import type { Layout } from "./links.ts";
import { Links } from "./links.ts";
import type { MeshNode } from "./node.ts";
import { OrderlyAir } from "./orderly-air.ts";
import { PhysicalAir } from "./physical-air.ts";
import type { RegionName } from "./region.ts";
import { REGIONS } from "./region.ts";
import { ROLE } from "./roles.ts";
import type { Traits, World } from "./world.ts";

export interface StreetOptions {
  readonly seed: number;
  readonly firmware: Firmware;
  /** When the street begins, in ms; all later times are not before it. */
  readonly startAt: Millis;
  /** 1 unless said. */
  readonly gateways?: number;
  /** 4 unless said. */
  readonly handhelds?: number;
  /** Fixed people instead of invented ones; then the two numbers above say nothing. */
  readonly identities?: Identities;
  /** Packets that wait for an absent host: 8, 16 or 32 (the default). */
  readonly phoneQueue?: number;
  /** False: no rate limits and no duty cycle. */
  readonly rateLimits?: boolean;
  /** Channels 1 and up, known to everybody; the default is one, "Relief". */
  readonly channels?: readonly ChannelSpec[];
  /** False: nobody knows anybody's key or name at the start. */
  readonly acquainted?: boolean;
  /** LONG_FAST unless said. */
  readonly preset?: PresetName;
  /** EU_868 unless said. */
  readonly region?: RegionName;
  /** Where everybody is, gateways first: a physical air. Without it the orderly one, in which all hear all. */
  readonly layout?: Layout;
  /** What kind of radio each is, gateways first; a client with a common board unless said. */
  readonly traits?: readonly (Traits | undefined)[];
  /** What radios say of themselves unasked; nothing unless said. */
  readonly chatter?: ChatterSettings;
  /** Gateway radios as from the factory, without a region. */
  readonly fresh?: boolean;
  /** The dice of a physical air, for timelines worked out by hand; of the seed unless given. */
  readonly airRandom?: Random;
}

/** MAX_NUM_NODES: a gateway's board is an ESP32-S3 with 16 MB of flash, the others are common ones (meshtastic-facts 4.6). */
const MAX_NODES = { gateway: 250, handheld: { "2.7": 100, "2.8": 120 } } as const;

/** Garbage comes in bursts of this many bytes at most, this far apart. */
const GARBAGE_BURST = 64;
const GARBAGE_EVERY: Millis = 50;
/** 2.7 publishes the position of the public channel with this precision; 2.8 does not. */
const POSITION_PRECISION = 13;

export class Street {
  readonly radios: readonly GatewayRadio[];
  readonly handhelds: readonly Handheld[];
  /** Set when the street has a layout. */
  readonly physical: PhysicalAir | undefined;
  readonly #world: World;
  readonly #lines: Line[] = [];

  constructor(options: StreetOptions) {
    const agenda = new Agenda();
    const people = seededRandom(options.seed);
    const random = seededRandom(options.seed + 1);
    let sequence = 0;
    const preset = PRESETS[options.preset ?? "LONG_FAST"];
    const region = REGIONS[options.region ?? "EU_868"];
    const airRandom = options.airRandom ?? seededRandom(options.seed + 2);
    let air: Air;
    if (options.layout) {
      const links = new Links(options.layout, preset, region.hertz, region.power, seededRandom(options.seed + 3));
      air = this.physical = new PhysicalAir(agenda, airRandom, preset, options.layout, links, options.startAt);
    } else air = new OrderlyAir(agenda, airRandom, preset);
    this.#world = {
      agenda,
      random,
      air,
      preset,
      region,
      firmware: options.firmware,
      limits: options.rateLimits ?? true,
      nextSequence: () => sequence++,
    };
    const { gateways, handhelds } =
      options.identities ?? inventIdentities(people, options.firmware, options.gateways ?? 1, options.handhelds ?? 4);
    const secondary = options.channels ?? [{ name: "Relief", psk: reliefKey(people) }];
    const table = channelTable(secondary, options.firmware === "2.8" ? 0 : POSITION_PRECISION);
    const queue = options.phoneQueue ?? 32;
    const traitsOf = (index: number, maxNodes: number): Traits =>
      options.traits?.[index] ?? { role: ROLE.client, maxNodes };
    this.radios = gateways.map(
      (each, index) =>
        new GatewayRadio(
          this.#world,
          { identity: each, channels: table, traits: traitsOf(index, MAX_NODES.gateway) },
          queue,
          options.startAt,
        ),
    );
    this.handhelds = handhelds.map((identity, index) => {
      const traits = traitsOf(gateways.length + index, MAX_NODES.handheld[options.firmware]);
      return new Handheld(this.#world, { identity, channels: table, traits }, (line) => this.#lines.push(line));
    });
    for (const node of this.nodes()) air.join(node);
    if (options.acquainted ?? true) this.#acquaint(options.startAt);
    if (options.fresh) for (const radio of this.radios) radio.unset();
    const { chatter } = options;
    if (chatter) for (const node of this.nodes()) new Chatter(this.#world, node, chatter).start(options.startAt);
  }

  /** Every radio of the street, gateways first. */
  nodes(): MeshNode[] {
    return [...this.radios.map((radio) => radio.node), ...this.handhelds.map((handheld) => handheld.node)];
  }

  /** The port of a gateway radio; streams are numbered as the radios. */
  port(radio: number, kind: HostPort["kind"]): HostPort {
    return this.radios[radio]![kind];
  }

  // ───────────────────────────── what happens ─────────────────────────────

  hostOpened(port: HostPort, now: Millis): void {
    this.wake(now);
    port.opened(now);
  }

  hostClosed(port: HostPort, now: Millis): void {
    this.wake(now);
    port.closed();
  }

  hostBytes(port: HostPort, bytes: Uint8Array, now: Millis): void {
    this.wake(now);
    port.bytes(bytes, now);
  }

  /** One line of standard input, parsed; the answer is a complaint in words if it cannot be obeyed. */
  command(json: unknown, now: Millis): string | undefined {
    this.wake(now);
    return obey(this, json, now);
  }

  /** Time has passed: does everything due up to `now`. */
  wake(now: Millis): void {
    this.#world.agenda.runUntil(now);
  }

  // ───────────────────────────── what is to be written ─────────────────────────────

  wakeAt(): Millis | undefined {
    return this.#world.agenda.next();
  }

  /** Lines for standard output since the last call. */
  takeLines(): Line[] {
    return this.#lines.splice(0);
  }

  // ───────────────────────────── what commands reach ─────────────────────────────

  handheld(id: string): Handheld | undefined {
    const num = parseNodeId(id);
    return this.handhelds.find((each) => each.node.num === num);
  }

  radio(id: string): GatewayRadio | undefined {
    const num = parseNodeId(id);
    return this.radios.find((each) => each.node.num === num);
  }

  lose(what: Lost, share: number): void {
    this.#world.air.lose(what, share);
  }

  later(at: Millis, run: (now: Millis) => void): void {
    this.#world.agenda.at(at, run);
  }

  /** Noise on a radio's ports: random bytes, frame marks among them. */
  garbage(radio: GatewayRadio, until: Millis, now: Millis): void {
    const random = this.#world.random;
    const mark = [0x94, 0xc3];
    const burst = Uint8Array.from({ length: 1 + below(random, GARBAGE_BURST) }, () => {
      const byte = below(random, 256);
      return byte < 32 ? mark[byte & 1]! : byte;
    });
    radio.tcp.noise(burst);
    radio.serial.noise(burst);
    if (now + GARBAGE_EVERY < until) this.later(now + GARBAGE_EVERY, (then) => this.garbage(radio, until, then));
  }

  /** Everybody has heard everybody's introduction, and where they are: as many as a radio remembers, the loudest last. */
  #acquaint(now: Millis): void {
    const all = this.nodes();
    const links = this.physical?.links;
    for (const node of all) {
      const others = all.filter((other) => other !== node);
      if (links) {
        const level = (other: MeshNode): number => links.level(other.station, node.station);
        others.sort((a, b) => level(a) - level(b) || a.station - b.station);
        others.splice(0, Math.max(0, others.length + 1 - node.traits.maxNodes));
      }
      for (const other of others) if (!node.nodes.isFull) this.#introduce(node, other, now);
    }
  }

  #introduce(node: MeshNode, other: MeshNode, now: Millis): void {
    const entry = node.nodes.meet(other.num);
    const { position } = other.identity;
    entry.user = other.user;
    entry.hopsAway = 0;
    entry.lastHeard = Math.floor(now / 1000);
    entry.signs = this.#world.firmware === "2.8";
    if (!position) return;
    entry.position = { ...position, precisionBits: 32 };
    entry.deviceMetrics = { batteryLevel: 40 + (other.num % 60), voltage: 3.9 };
  }
}

/** Nobody's secret: the key of the street's own channel comes from the seed. */
function reliefKey(random: Random): Uint8Array {
  return Uint8Array.from({ length: 32 }, () => below(random, 256));
}

/** The street as the first line of standard output tells it, without its addresses. */
export function roster(street: Street): { readonly radios: string[]; readonly handhelds: string[] } {
  return {
    radios: street.radios.map((radio) => nodeId(radio.node.num)),
    handhelds: street.handhelds.map((handheld) => handheld.id),
  };
}
