// Waiting between tries: 1, 2, 4, … seconds up to a top, without chance (one gateway is no herd). Waits are the gateway's
// own timers, so they follow its clock and run faster when it does.

import type { Clock, Millis } from "#base/clock.ts";

const FIRST_WAIT: Millis = 1000;

/** Doubles from `FIRST_WAIT` to `top`. */
export class Ladder {
  readonly #top: Millis;
  #next: Millis = FIRST_WAIT;

  constructor(top: Millis) {
    this.#top = top;
  }

  /** The wait before the next try. */
  take(): Millis {
    const wait = this.#next;
    this.#next = Math.min(this.#next * 2, this.#top);
    return wait;
  }

  reset(): void {
    this.#next = FIRST_WAIT;
  }
}

/** Resolves after `delay` of the clock's time, or at once when the signal is given. */
export function waitFor(clock: Clock, delay: Millis, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const finish = () => {
      cancel();
      signal.removeEventListener("abort", finish);
      done();
    };
    const cancel = clock.after(delay, finish);
    signal.addEventListener("abort", finish);
  });
}
