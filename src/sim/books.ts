// What a run cost and brought: every transmission of every radio, how busy the gateway's channel was, who was accounted for when.

import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";
import { PORT, isRouting, type Frame } from "#emulator/packet.ts";
import type { Street } from "#emulator/street.ts";

/** What the gateway says (calls, receipts), what households say, and what radios say about either. */
export type Kind = "gateway" | "checkIns" | "acks" | "other";

/** How often the gateway's utilisation is looked at. */
const SAMPLE: Millis = 10_000;

export class Books {
  readonly #street: Street;
  readonly #from: Millis;
  readonly #accounted = new Map<NodeNum, Millis>();
  readonly #samples: number[] = [];
  #sampledAt: Millis;
  ownMs = 0;
  meshMs = 0;
  /** ms, by whoever sent it: first transmissions, repeats and relays alike. */
  readonly byKind: Record<Kind, Millis> = { gateway: 0, checkIns: 0, acks: 0, other: 0 };
  lastSentAt: Millis;

  constructor(street: Street, now: Millis) {
    this.#street = street;
    this.#from = now;
    this.#sampledAt = now;
    this.lastSentAt = now;
    const gateway = street.radios[0]!.node.num;
    for (const node of street.nodes()) {
      const begin = node.beginSending.bind(node);
      const own = node.num === gateway;
      node.beginSending = (waiting, length, at) => {
        this.meshMs += length;
        if (own) this.ownMs += length;
        const kind = kindOf(waiting.frame, gateway);
        this.byKind[kind] += length;
        this.lastSentAt = at + length;
        begin(waiting, length, at);
      };
    }
  }

  /** Something of a household's radio reached the gateway. */
  account(node: NodeNum, now: Millis): void {
    if (!this.#accounted.has(node)) this.#accounted.set(node, now);
  }

  isAccounted(node: NodeNum): boolean {
    return this.#accounted.has(node);
  }

  get accounted(): number {
    return this.#accounted.size;
  }

  sample(now: Millis): void {
    if (now - this.#sampledAt < SAMPLE) return;
    this.#sampledAt = now;
    this.#samples.push(this.#street.radios[0]!.node.airLog.utilisation(now));
  }

  /** Seconds until `percent` of `reachable` were accounted for; null if they never were. */
  secondsTo(percent: number, reachable: number): number | null {
    const moments = [...this.#accounted.values()].sort((a, b) => a - b);
    const needed = Math.ceil((percent / 100) * reachable);
    const at = needed === 0 ? this.#from : moments[needed - 1];
    return at === undefined ? null : Math.round((at - this.#from) / 1000);
  }

  /** Percent, while the air was in use. */
  utilisation(): { peak: number; mean: number; minutesAbove25: number } {
    const used = this.#samples.slice(0, Math.ceil((this.lastSentAt - this.#from) / SAMPLE));
    const sum = used.reduce((total, each) => total + each, 0);
    return {
      peak: round(100 * Math.max(0, ...used)),
      mean: used.length === 0 ? 0 : round((100 * sum) / used.length),
      minutesAbove25: round((used.filter((each) => each >= 0.25).length * SAMPLE) / 60_000),
    };
  }
}

function kindOf(frame: Frame, gateway: NodeNum): Kind {
  if (isRouting(frame)) return "acks";
  if (frame.data.portnum !== PORT.text) return "other";
  return frame.from === gateway ? "gateway" : "checkIns";
}

export function round(value: number, digits = 1): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
