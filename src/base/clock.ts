// The one place where time comes from. Everything else is told the time as an argument.
//
// Two kinds of clock: the system's, which may be told to run faster (`--clock-rate`, for tests of whole processes), and a
// virtual one that jumps from timer to timer. `wallClock` never runs faster: deadlines towards real peers (HTTP, sockets,
// serial writes) are taken from it.

/** Milliseconds since 1970-01-01T00:00:00Z, or a length of time in milliseconds. */
export type Millis = number;

export type Cancel = () => void;

export interface Clock {
  now(): Millis;
  /** Calls `run` once, `delay` of this clock's milliseconds from now, unless cancelled. */
  after(delay: Millis, run: () => void): Cancel;
}

/** setTimeout overflows above this and would fire at once; a longer wait is taken in pieces by the caller's next look. */
const LONGEST_TIMER: Millis = 2 ** 31 - 1;

/** A clock that starts at the system's time and runs `rate` times as fast. */
export function systemClock(rate = 1): Clock {
  const start = Date.now();
  return {
    // Rate 1 follows the system's clock, corrections and jumps included; a faster one is a test and starts from it.
    now: () => (rate === 1 ? Date.now() : Math.round(start + (Date.now() - start) * rate)),
    after(delay, run) {
      const timer = setTimeout(run, Math.min(Math.max(0, delay / rate), LONGEST_TIMER));
      return () => clearTimeout(timer);
    },
  };
}

export const wallClock: Clock = systemClock();

/** A clock that stands still until `advance` or `next` moves it. Timers of the same moment fire in the order they were set. */
export class VirtualClock implements Clock {
  #now: Millis;
  #sequence = 0;
  readonly #timers = new Map<number, { at: Millis; run: () => void }>();

  constructor(start: Millis) {
    this.#now = start;
  }

  now(): Millis {
    return this.#now;
  }

  after(delay: Millis, run: () => void): Cancel {
    const key = this.#sequence++;
    this.#timers.set(key, { at: this.#now + Math.max(0, delay), run });
    return () => this.#timers.delete(key);
  }

  /** When the next timer is due, if any. */
  nextAt(): Millis | undefined {
    let least: Millis | undefined;
    for (const timer of this.#timers.values()) if (least === undefined || timer.at < least) least = timer.at;
    return least;
  }

  /** Moves to `to`, firing every timer due on the way at its own moment. */
  advanceTo(to: Millis): void {
    for (;;) {
      let due: [number, { at: Millis; run: () => void }] | undefined;
      for (const entry of this.#timers) if (entry[1].at <= to && (!due || entry[1].at < due[1].at)) due = entry;
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].run();
    }
    this.#now = Math.max(this.#now, to);
  }

  advance(by: Millis): void {
    this.advanceTo(this.#now + by);
  }

  /** Sets the clock as an operator or a bad NTP server would: timers keep their distance. */
  jump(by: Millis): void {
    this.#now += by;
    for (const timer of this.#timers.values()) timer.at += by;
  }
}
