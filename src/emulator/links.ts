// Who hears whom, and how loud: one number for each ordered pair of nodes, in centi-dBm, from places, path loss, a static
// shadow per pair and a smaller difference between its directions. Worked out once, and again for a node that moves.
//
// A node's audible neighbours are those where its signal is strong enough to matter: 6 dB below what can be understood, it
// can still spoil another's frame.

import type { Random } from "#base/random.ts";
import type { CentiDb } from "./decibels.ts";
import { noiseFloor, normal, snrNeeded } from "./decibels.ts";
import type { Preset } from "./airtime.ts";
import type { PathLoss, Place } from "./path-loss.ts";
import { pathLoss } from "./path-loss.ts";

export interface Layout {
  /** One place for each node, gateways first. */
  readonly places: readonly Place[];
  readonly pathLoss: PathLoss;
  /** Standard deviation of what stands between two nodes; both ways alike. */
  readonly shadowing: CentiDb;
  /** Standard deviation of the difference between the directions (Meshtasticator: 3 dB). */
  readonly asymmetry: CentiDb;
  /** Standard deviation from frame to frame. */
  readonly fading: CentiDb;
}

/** A stronger frame is understood through a weaker one from here on (Meshtasticator lib/phy.py; Bor et al. 2016, 3.3). */
export const CAPTURE: CentiDb = 600;

export interface Neighbours {
  readonly nodes: Int32Array;
  /** Signal at each of them. */
  readonly levels: Int32Array;
}

const SILENT: CentiDb = -30_000;

export class Links {
  readonly floor: CentiDb;
  /** The weakest level that is understood while the channel is otherwise still. */
  readonly sensitivity: CentiDb;
  readonly #layout: Layout;
  readonly #hertz: number;
  readonly #power: CentiDb;
  readonly #places: Place[];
  readonly #shadows: Int32Array;
  readonly #levels: Int32Array;
  readonly #groups: Int32Array;
  readonly #neighbours: (Neighbours | undefined)[];

  constructor(layout: Layout, preset: Preset, hertz: number, power: CentiDb, random: Random) {
    const count = layout.places.length;
    this.#layout = layout;
    this.#hertz = hertz;
    this.#power = power;
    this.#places = [...layout.places];
    this.floor = noiseFloor(preset.bandwidthKhz);
    this.sensitivity = this.floor + snrNeeded(preset.spreadingFactor);
    this.#shadows = new Int32Array(count * count);
    this.#levels = new Int32Array(count * count);
    this.#groups = new Int32Array(count);
    this.#neighbours = Array.from({ length: count }, () => undefined);
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        const shared = normal(random, layout.shadowing);
        this.#shadows[a * count + b] = shared + normal(random, layout.asymmetry);
        this.#shadows[b * count + a] = shared + normal(random, layout.asymmetry);
      }
    }
    for (let a = 0; a < count; a++) this.#measure(a, a + 1);
  }

  get size(): number {
    return this.#places.length;
  }

  place(node: number): Place {
    return this.#places[node]!;
  }

  /** The signal of `a` at `b`, without fading. */
  level(a: number, b: number): CentiDb {
    return this.#groups[a] === this.#groups[b] ? this.#levels[a * this.size + b]! : SILENT;
  }

  /** The nodes at which a frame of `a` matters. */
  neighbours(a: number): Neighbours {
    const known = this.#neighbours[a];
    if (known) return known;
    const matters = this.sensitivity - CAPTURE;
    const nodes: number[] = [];
    for (let b = 0; b < this.size; b++) if (b !== a && this.level(a, b) >= matters) nodes.push(b);
    const found = { nodes: Int32Array.from(nodes), levels: Int32Array.from(nodes, (b) => this.level(a, b)) };
    this.#neighbours[a] = found;
    return found;
  }

  move(node: number, place: Place): void {
    this.#places[node] = place;
    this.#measure(node, 0);
    this.#neighbours.fill(undefined);
  }

  /** From now on only nodes of the same group hear each other; all are of group 0 at first. */
  setGroup(node: number, group: number): void {
    this.#groups[node] = group;
    this.#neighbours.fill(undefined);
  }

  #measure(a: number, from: number): void {
    const count = this.size;
    for (let b = from; b < count; b++) {
      if (b === a) continue;
      const loss = pathLoss(this.#layout.pathLoss, this.#hertz, this.#places, a, b);
      this.#levels[a * count + b] = this.#power - loss - this.#shadows[a * count + b]!;
      this.#levels[b * count + a] = this.#power - loss - this.#shadows[b * count + a]!;
    }
  }
}
