// The one place where time comes from. Everything else is told the time as an argument.
//
// A clock has two hands. `now` is steady: it counts from where it was started and is never set, so that nothing which waits
// fires early, twice or years late when somebody sets the machine's date. `wall` is that date: for people's eyes only.
// There are the system's clock, which may be told to run faster (`--clock-rate`, for tests of whole processes), and a virtual
// one that goes from timer to timer. `wallClock` never runs faster: deadlines towards real peers are taken from it.

/** Milliseconds since 1970-01-01T00:00:00Z, or a length of time in milliseconds. */
export type Millis = number;

export type Cancel = () => void;

export interface Clock {
  /** This clock's own time. It never jumps and never goes back, whatever is done to the system's clock. */
  now(): Millis;
  /** What the calendar on the wall says: may be wrong by decades, and may jump. Only for showing and for asking others. */
  wall(): Millis;
  /** Calls `run` once, `delay` of this clock's milliseconds from now, unless cancelled. */
  after(delay: Millis, run: () => void): Cancel;
}

/** setTimeout overflows above this and would fire at once; a longer wait is taken in pieces by the caller's next look. */
const LONGEST_TIMER: Millis = 2 ** 31 - 1;

/** How long the machine has been up: the same count for every process of one boot, unmoved by the system's clock. */
export function uptime(): Millis {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** A clock that starts at `start` and runs `rate` times as fast as life. */
export function systemClock(rate = 1, start: Millis = Date.now()): Clock {
  const from = uptime();
  const now = (): Millis => Math.round(start + (uptime() - from) * rate);
  return {
    now,
    // A faster clock is a test: the calendar's date moves as fast, and still follows whoever sets the system's clock.
    wall: () => Date.now() + Math.round((uptime() - from) * (rate - 1)),
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
  #wallOffset: Millis = 0;
  #sequence = 0;
  readonly #timers = new Map<number, { at: Millis; run: () => void }>();

  constructor(start: Millis) {
    this.#now = start;
  }

  now(): Millis {
    return this.#now;
  }

  wall(): Millis {
    return this.#now + this.#wallOffset;
  }

  after(delay: Millis, run: () => void): Cancel {
    const key = this.#sequence++;
    this.#timers.set(key, { at: this.#now + Math.max(0, delay), run });
    return () => this.#timers.delete(key);
  }

  /** How many timers are set: for whoever looks for leaks. */
  get timers(): number {
    return this.#timers.size;
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

  /** Sets the wall clock as an operator or a bad NTP server would: this clock's own time takes no notice. */
  jump(by: Millis): void {
    this.#wallOffset += by;
  }

  /** The machine is off for so long: nobody's timer outlives it. */
  powerOff(span: Millis): void {
    this.#timers.clear();
    this.#now += span;
  }
}
