// The sixteen packets that a radio may hold for the air, its own and those it relays (meshtastic-facts 2.5).
//
// A full queue gives up its least important packet for a more important one, without telling anybody; else the new packet
// is refused.

import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";
import type { Frame, Reception } from "./packet.ts";

export const TX_QUEUE_LENGTH = 16;

export interface Waiting {
  readonly frame: Frame;
  /** Not before this moment. */
  readonly readyAt: Millis;
  /** Order of arrival in the whole street. */
  readonly sequence: number;
  readonly relay: boolean;
  /** How it came; absent for one's own. */
  readonly heard?: Reception;
  /** Relayed as routers do, before the clients. */
  readonly early?: boolean;
  /** Set: it goes behind all others, and not before this moment (the firmware's tx_after). */
  lateAt?: Millis;
}

function goesFirst(a: Waiting, b: Waiting): boolean {
  return a.frame.priority > b.frame.priority || (a.frame.priority === b.frame.priority && a.sequence < b.sequence);
}

/** As the firmware's queue is sorted: importance, then what is on the mesh already, then the order; late ones last. */
function isAhead(a: Waiting, b: Waiting): boolean {
  const [lateA, lateB] = [a.lateAt !== undefined, b.lateAt !== undefined];
  if (lateA !== lateB) return lateB;
  if (a.frame.priority !== b.frame.priority) return a.frame.priority > b.frame.priority;
  return a.relay === b.relay ? a.sequence < b.sequence : a.relay;
}

export class TxQueue {
  /** While set the queue says it is full, whatever is in it (the tests' `"do":"full"`). */
  blocked = false;
  readonly #waiting: Waiting[] = [];

  get free(): number {
    return this.blocked ? 0 : TX_QUEUE_LENGTH - this.#waiting.length;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** What became of the new packet, and whether another was given up for it. */
  add(entry: Waiting): { readonly taken: boolean; readonly evicted?: Waiting } {
    if (this.free > 0) {
      this.#waiting.push(entry);
      return { taken: true };
    }
    if (this.blocked) return { taken: false };
    const last = this.#waiting.reduce((worst, each) => (goesFirst(worst, each) ? each : worst));
    if (last.frame.priority >= entry.frame.priority) return { taken: false };
    this.#waiting.splice(this.#waiting.indexOf(last), 1, entry);
    return { taken: true, evicted: last };
  }

  /** The packet that would be sent at `now`, if any is ready. */
  first(now: Millis): Waiting | undefined {
    let best: Waiting | undefined;
    for (const each of this.#waiting) if (each.readyAt <= now && (!best || goesFirst(each, best))) best = each;
    return best;
  }

  /** When the earliest packet may be sent. */
  readyAt(): Millis | undefined {
    let least: Millis | undefined;
    for (const each of this.#waiting) if (least === undefined || each.readyAt < least) least = each.readyAt;
    return least;
  }

  /** What goes first, ready or not. */
  head(): Waiting | undefined {
    let best = this.#waiting[0];
    for (const each of this.#waiting) if (each !== best && isAhead(each, best!)) best = each;
    return best;
  }

  find(from: NodeNum, id: number): Waiting | undefined {
    return this.#waiting.find((each) => each.frame.id === id && each.frame.from === from);
  }

  remove(entry: Waiting): void {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Takes back a packet; `relays` says whether one's own or a relayed copy is meant. True if it was there. */
  cancel(from: NodeNum, id: number, relays: boolean): boolean {
    const at = this.#waiting.findIndex(
      (each) => each.relay === relays && each.frame.from === from && each.frame.id === id,
    );
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
