// What a rehearsal leaves: airtime by class, what befell the frames, how busy the gateway's channel was, whom it heard when,
// and how long words took in each direction. Counted in as many bins of time as a page is wide.

import { createHash } from "node:crypto";
import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";
import { BROADCAST, parseNodeId } from "#base/ids.ts";
import type { Line } from "#emulator/handheld.ts";
import { PORT } from "#emulator/packet.ts";
import type { Transmission } from "#emulator/physical-air.ts";
import { FATE } from "#emulator/physical-air.ts";
import type { Street } from "#emulator/street.ts";
import type { Cast } from "./neighbourhood.ts";
import type { Mood } from "./phrases.ts";

export const BINS = 240;

/** What a frame is for; relays count with what they relay. */
export const CLASSES = [
  "gateway",
  "residents",
  "distress",
  "acks",
  "introductions",
  "positions",
  "stranger",
  "other",
] as const;
export type AirClass = (typeof CLASSES)[number];

interface Said {
  readonly at: Millis;
  readonly distress: boolean;
  heardAt: Millis | undefined;
}

/** How long it took: seconds, of those that arrived. */
export interface Delivery {
  readonly said: number;
  readonly arrived: number;
  readonly median: number | null;
  readonly p95: number | null;
}

export class Record {
  readonly bin: Millis;
  readonly airtime: Readonly<{ [name in AirClass]: Float64Array }>;
  readonly utilisation = new Float64Array(BINS);
  /** For each station a 1 in each bin in which the gateway was handed something of it. */
  readonly heard: readonly Uint8Array[];
  readonly fates = new Float64Array(Object.keys(FATE).length);
  transmissions = 0;
  readonly #street: Street;
  readonly #begin: Millis;
  readonly #stranger: NodeNum | undefined;
  readonly #households: ReadonlySet<string>;
  readonly #stationOf: ReadonlyMap<NodeNum, number>;
  readonly #said = new Map<number, Said>();
  readonly #distress = new Set<number>();
  /** Of each broadcast text of the gateway: when it was first on the air, and when each resident read it. */
  readonly #told = new Map<number, { readonly at: Millis; readonly readAt: Millis[] }>();
  readonly #hash = createHash("sha256");
  #mood: Mood | undefined;

  constructor(street: Street, cast: Cast, begin: Millis, length: Millis) {
    this.#street = street;
    this.#stranger = cast.stranger?.node.num;
    this.#households = new Set(cast.households.map((each) => each.id));
    this.#begin = begin;
    this.bin = length / BINS;
    const nodes = street.nodes();
    this.airtime = Object.fromEntries(CLASSES.map((name) => [name, new Float64Array(BINS)])) as typeof this.airtime;
    this.heard = nodes.map(() => new Uint8Array(BINS));
    this.#stationOf = new Map(nodes.map((node) => [node.num, node.station]));
    street.physical!.watch((of, now) => this.#transmitted(of, now));
  }

  /** Somebody is about to say something in this mood. */
  saying(mood: Mood): void {
    this.#mood = mood;
  }

  /** A line of a handheld's screen. */
  line(line: Line, now: Millis): void {
    this.#hash.update(JSON.stringify(line));
    const id = Number(line["id"]);
    if (line["at"] === "sent") {
      const distress = this.#mood === "distress";
      if (parseNodeId(String(line["node"])) !== this.#stranger)
        this.#said.set(id, { at: now, distress, heardAt: undefined });
      if (distress) this.#distress.add(id);
      this.#mood = undefined;
    }
    const reader = this.#households.has(String(line["node"]));
    if (reader && line["at"] === "received" && line["to"] === "^all") this.#told.get(id)?.readAt.push(now);
  }

  /** The gateway was handed a packet by its radio. */
  handed(from: NodeNum, id: number, now: Millis): void {
    const station = this.#stationOf.get(from);
    if (station !== undefined) this.heard[station]![this.#at(now)] = 1;
    const said = this.#said.get(id);
    if (said) said.heardAt ??= now;
  }

  /** Looks at the gateway's counter, once a bin or oftener. */
  sample(now: Millis): void {
    const at = this.#at(now);
    const { airLog } = this.#street.radios[0]!.node;
    this.utilisation[at] = Math.max(this.utilisation[at]!, airLog.utilisation(now));
  }

  /** From residents to the gateway. */
  upward(distressOnly = false): Delivery {
    const all = [...this.#said.values()].filter((each) => each.distress || !distressOnly);
    return delivery(all.length, this.upwardDelays(distressOnly));
  }

  upwardDelays(distressOnly = false): number[] {
    return [...this.#said.values()].flatMap(({ at, heardAt, distress }) =>
      heardAt === undefined || (distressOnly && !distress) ? [] : [(heardAt - at) / 1000],
    );
  }

  /** From the gateway to each household: one counts for each that was to read it. */
  downward(households: number): Delivery {
    return delivery(this.#told.size * households, this.downwardDelays());
  }

  downwardDelays(): number[] {
    return [...this.#told.values()].flatMap(({ at, readAt }) => readAt.map((each) => (each - at) / 1000));
  }

  /** Seconds of air, all radios together. */
  seconds(name: AirClass): number {
    return this.airtime[name].reduce((sum, each) => sum + each, 0) / 1000;
  }

  /** Of everything that was sent, received and shown: two runs with the same one were the same run. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  #at(now: Millis): number {
    return Math.min(BINS - 1, Math.max(0, Math.floor((now - this.#begin) / this.bin)));
  }

  #transmitted(of: Transmission, now: Millis): void {
    this.transmissions += 1;
    for (const fate of of.fates) this.fates[fate] = this.fates[fate]! + 1;
    const { from, to, id, data } = of.frame;
    this.#hash.update(`${of.start} ${of.station} ${id}`).update(of.fates);
    const length = (of.end - of.start) / 1000;
    const bins = this.airtime[this.#classOf(of)];
    bins[this.#at(now)] = bins[this.#at(now)]! + length;
    const own = from === this.#street.radios[0]!.node.num;
    if (own && to === BROADCAST && data.portnum === PORT.text && !this.#told.has(id)) {
      this.#told.set(id, { at: now - length, readAt: [] });
    }
  }

  #classOf({ frame: { from, id, data } }: Transmission): AirClass {
    if (from === this.#stranger) return "stranger";
    if (data.portnum === PORT.routing) return "acks";
    if (data.portnum === PORT.nodeInfo) return "introductions";
    if (data.portnum === PORT.position) return "positions";
    if (from === this.#street.radios[0]!.node.num) return "gateway";
    if (data.portnum !== PORT.text) return "other";
    return this.#distress.has(id) ? "distress" : "residents";
  }
}

function delivery(said: number, delays: number[]): Delivery {
  const sorted = delays.sort((a, b) => a - b);
  const at = (share: number): number | null => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return value === undefined ? null : Math.round(value * 10) / 10;
  };
  return { said, arrived: sorted.length, median: at(0.5), p95: at(0.95) };
}
