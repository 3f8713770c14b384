// Whether the radio still talks to us, proved by traffic and not by an open port. The proof is a packet or a piece of the
// configuration: a radio that lost our session (a reboot behind a UART bridge, 15 idle minutes) goes on answering heartbeats
// and hands over nothing.
//
// Quiet is met by a ladder, one rung after the other until a proof comes: 60 s quiet, asked; 5 s later the session is built
// anew; 10 s later, 75 s after the last proof, the radio is called silent and the remedies of the port's holder follow.

import type { Millis } from "#base/clock.ts";

export type Rung = "probe" | "want-config" | "reopen" | "toggle-dtr" | "reboot";

const QUIET: Millis = 60_000;

/** A board that resets when its port is opened takes up to 10–15 s to answer (meshtastic-facts §5.3). */
const FIRST_ANSWER: Millis = 15_000;

interface Step {
  readonly rung: Rung;
  /** How long an answer is waited for before the next rung. */
  readonly wait: Millis;
  /** Only for what has answered as a Meshtastic radio before: resetting a stranger's device is not ours to do. */
  readonly acquainted?: true;
}

const LADDER: readonly Step[] = [
  { rung: "probe", wait: 5_000 },
  { rung: "want-config", wait: 10_000 },
  { rung: "reopen", wait: 20_000 },
  { rung: "toggle-dtr", wait: 20_000, acquainted: true },
  { rung: "reboot", wait: 30_000, acquainted: true },
  { rung: "reopen", wait: 60_000 },
];

const FIRST_SILENT = LADDER.findIndex((step) => step.rung === "reopen");
/** Climbed again and again once the top was reached. */
const LAST = LADDER.length - 1;

export class Liveness {
  #next = 0;
  #at: Millis = 0;
  #wait: Millis = FIRST_ANSWER;

  /** Something came that only a living session sends. */
  proof(now: Millis): void {
    this.#next = 0;
    this.#at = now + QUIET;
  }

  /** The port was opened. A ladder that reached the remedies goes on where it was. */
  opened(now: Millis): void {
    if (!this.silent) {
      this.#next = FIRST_SILENT;
      this.#wait = FIRST_ANSWER;
    }
    this.#at = now + this.#wait;
  }

  /** The port was lost otherwise than by our own remedy: the next opening starts afresh. */
  lost(): void {
    this.#next = 0;
  }

  /** Evidence that the session may be gone: ask now instead of after a quiet minute. */
  doubt(now: Millis): void {
    if (this.#next === 0) this.#at = Math.min(this.#at, now);
  }

  /** True once every way to get an answer over the open port has failed. */
  get silent(): boolean {
    return this.#next > FIRST_SILENT;
  }

  /** The clock was set: deadlines keep their distance. */
  shift(by: Millis): void {
    this.#at += by;
  }

  get wakeAt(): Millis {
    return this.#at;
  }

  /** The rung that is due, if one is. `acquainted`: this radio has answered before. */
  due(now: Millis, acquainted: boolean): Rung | undefined {
    if (now < this.#at) return undefined;
    const index = LADDER.findIndex((step, at) => at >= this.#next && (acquainted || !step.acquainted));
    const step = LADDER[index]!;
    this.#next = Math.min(index + 1, LAST);
    this.#wait = step.wait;
    this.#at = now + step.wait;
    return step.rung;
  }
}
