// Arrivals that the door did not take (its disk is full), kept in memory in their order until it does. Bounded: beyond the
// limit the oldest that is not a text gives way, then the oldest text. The radio does much the same, with 8 to 32.

import type { RadioArrival } from "#gateway/inputs.ts";

const MOST_BYTES = 4 * 1024 * 1024;
const TEXT_PORT = 1;
/** What an arrival costs beyond its raw bytes, about. */
const OVERHEAD = 1024;

export class Held {
  #arrivals: RadioArrival[] = [];
  #bytes = 0;
  #dropped = 0;

  get size(): number {
    return this.#arrivals.length;
  }

  /** How many have been given up so far. */
  get dropped(): number {
    return this.#dropped;
  }

  add(arrivals: readonly RadioArrival[]): void {
    this.#arrivals.push(...arrivals);
    for (const arrival of arrivals) this.#bytes += cost(arrival);
    while (this.#bytes > MOST_BYTES) {
      const index = Math.max(
        0,
        this.#arrivals.findIndex((arrival) => arrival.packet.portnum !== TEXT_PORT),
      );
      const [gone] = this.#arrivals.splice(index, 1);
      this.#bytes -= cost(gone!);
      this.#dropped++;
    }
  }

  all(): readonly RadioArrival[] {
    return this.#arrivals;
  }

  clear(): void {
    this.#arrivals = [];
    this.#bytes = 0;
  }
}

function cost(arrival: RadioArrival): number {
  return arrival.raw.length + OVERHEAD;
}
