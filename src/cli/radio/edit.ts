// A change of the radio's settings on its way through the running service: begun by one visitor, and not yet committed.
//
// The radio knows one such change at a time, and keeps what belongs to it in memory until the commit: a second visitor's orders
// would become part of it. So they are refused meanwhile. A visitor who goes away half-way (a closed terminal, a lost ssh line)
// must not leave a radio that is half set: it is restarted, which undoes the change.

import type { Cancel, Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { isQuestion, ORDER, type AdminVerb } from "#radio/admin.ts";

/** An order that is not acknowledged is tried three times, for 4 s each: nobody who is still there is silent for so long. */
const GONE_AFTER: Millis = 30_000;

export interface RadioEditOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Hands an AdminMessage to the radio; undefined while it is away. */
  readonly ask: (message: Uint8Array) => number | undefined;
}

export class RadioEdit {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #ask: RadioEditOptions["ask"];
  #visitor: string | undefined;
  readonly #set = new Set<AdminVerb>();
  #giveUp: Cancel = () => undefined;

  constructor({ clock, log, ask }: RadioEditOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#ask = ask;
  }

  /** Before a message goes to the radio. Throws in words when another visitor's change is under way. */
  admit(visitor: string, verb: AdminVerb): void {
    if (isQuestion(verb)) return;
    if (this.#visitor !== undefined && this.#visitor !== visitor)
      throw new Error("Somebody else is setting this radio just now. Try again in a minute.");
    if (verb === "begin") this.#visitor = visitor;
    if (this.#visitor === undefined) return;
    if (verb !== "begin" && verb !== "commit" && verb !== "reboot") this.#set.add(verb);
    this.#wait();
  }

  /** The radio took it. */
  taken(verb: AdminVerb): void {
    if (this.#visitor === undefined) return;
    if (verb === "commit") this.#log.info("set from the command line", { what: [...this.#set].join(" ") });
    if (verb === "reboot") this.#log.info("a change of settings from the command line was taken back");
    if (verb === "commit" || verb === "reboot") this.over();
  }

  /** Whatever was not committed is gone: the radio has restarted. */
  over(): void {
    this.#giveUp();
    this.#visitor = undefined;
    this.#set.clear();
  }

  /** Undoes a change that nobody will finish. */
  undo(): void {
    if (this.#visitor === undefined) return;
    this.#log.warn("a change of settings was begun and not finished; the radio restarts and has its old ones");
    if (this.#ask(ORDER.reboot(1).message) === undefined) return this.#wait();
    this.over();
  }

  #wait(): void {
    this.#giveUp();
    this.#giveUp = this.#clock.after(GONE_AFTER, () => this.undo());
  }
}
