// A radio's own books of its channel, as it reports them in telemetry (meshtastic-facts 4.4; F airtime.{h,cpp}).
//
// Channel utilisation: what was sent and received, good or bad, in six periods of ten seconds of which the last has only
// begun; it is told as a share of the whole minute, and so lags. Own sending: sixty periods of a minute, likewise. Sending
// is written down when it begins, receiving when it ends.

import type { Millis } from "#base/clock.ts";

const CHANNEL = { periods: 6, length: 10_000 } as const;
const SENDING = { periods: 60, length: 60_000 } as const;

class Periods {
  readonly #sums: Float64Array;
  readonly #length: Millis;
  #last = 0;

  constructor({ periods, length }: { readonly periods: number; readonly length: Millis }) {
    this.#sums = new Float64Array(periods);
    this.#length = length;
  }

  add(span: Millis, now: Millis): void {
    this.#turnTo(now);
    const at = this.#last % this.#sums.length;
    this.#sums[at] = this.#sums[at]! + span;
  }

  /** Share of all periods together. */
  share(now: Millis): number {
    this.#turnTo(now);
    let sum = 0;
    for (const each of this.#sums) sum += each;
    return sum / (this.#sums.length * this.#length);
  }

  /** How long until the share is below `limit` if nothing is added. */
  waitBelow(limit: number, now: Millis): Millis {
    let share = this.share(now);
    let wait = 0;
    for (let ahead = 1; share >= limit && ahead <= this.#sums.length; ahead++) {
      share -= this.#sums[(this.#last + ahead) % this.#sums.length]! / (this.#sums.length * this.#length);
      wait = (this.#last + ahead) * this.#length - now;
    }
    return wait;
  }

  #turnTo(now: Millis): void {
    const current = Math.floor(now / this.#length);
    if (current - this.#last >= this.#sums.length) this.#sums.fill(0);
    else for (let each = this.#last + 1; each <= current; each++) this.#sums[each % this.#sums.length] = 0;
    this.#last = Math.max(this.#last, current);
  }
}

export class AirLog {
  readonly #channel = new Periods(CHANNEL);
  readonly #sending = new Periods(SENDING);

  sent(span: Millis, now: Millis): void {
    this.#channel.add(span, now);
    this.#sending.add(span, now);
  }

  received(span: Millis, now: Millis): void {
    this.#channel.add(span, now);
  }

  /** channel_utilization, 0 to 1. */
  utilisation(now: Millis): number {
    return this.#channel.share(now);
  }

  /** air_util_tx, 0 to 1. */
  sentShare(now: Millis): number {
    return this.#sending.share(now);
  }

  /** Until so much of the hour is free again. */
  waitBelow(dutyCycle: number, now: Millis): Millis {
    return this.#sending.waitBelow(dutyCycle, now);
  }
}
