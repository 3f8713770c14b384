// When a radio tells its name and key: to all by order, to who asks, and to strangers, asking back (meshtastic-facts 2.10).

import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";

/** Own NodeInfo is given on request at most this often, and broadcast by order at most once a minute. */
const REPLY_INTERVAL: Millis = 600_000;
const ORDER_INTERVAL: Millis = 60_000;
/** The same stranger is asked for its NodeInfo at most this often. */
const STRANGER_INTERVAL: Millis = 300_000;
/** Strangers are left alone from this channel utilisation on, and no request is answered from that one on. */
const STRANGERS_BELOW = 0.25;
const REPLIES_BELOW = 0.4;

export class Introductions {
  #repliedAt = -REPLY_INTERVAL;
  #orderedAt = -ORDER_INTERVAL;
  readonly #asked = new Map<NodeNum, Millis>();

  /** Whether a request may be answered now; it counts as answered then. */
  mayReply(utilisation: number, now: Millis): boolean {
    if (now - this.#repliedAt < REPLY_INTERVAL || utilisation >= REPLIES_BELOW) return false;
    this.#repliedAt = now;
    return true;
  }

  /** Whether the host's order to introduce oneself to all is obeyed now. */
  mayAnnounce(now: Millis): boolean {
    if (now - this.#orderedAt < ORDER_INTERVAL) return false;
    this.#orderedAt = now;
    return true;
  }

  /** Whether this stranger is asked now. */
  mayAsk(stranger: NodeNum, utilisation: number, now: Millis): boolean {
    if (utilisation >= STRANGERS_BELOW) return false;
    if (now - (this.#asked.get(stranger) ?? -STRANGER_INTERVAL) < STRANGER_INTERVAL) return false;
    this.#asked.set(stranger, now);
    return true;
  }
}
