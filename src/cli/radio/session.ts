// A visit to one radio from the command line: the admin protocol over whatever line leads to the radio. Two do: a port that the verb
// opens itself (own-line.ts), and the running service, which holds the port (service-line.ts).

import type { Millis } from "#base/clock.ts";
import { wallClock } from "#base/clock.ts";
import { everyQuestion, passkeyIn, settingsFrom, withPasskey } from "#radio/admin.ts";
import type { Order, Question } from "#radio/admin.ts";
import type { NodeInfo, RadioInfo } from "#radio/events.ts";
import type { RadioSettings } from "#radio/settings.ts";
import { isAcknowledged, isAdmin, type Answer, type Until } from "#serial/exchanges.ts";
import { Failure } from "#cli/verb.ts";

const TRIES = 3;
/** Ready a few seconds after the restart on every board seen (meshtastic-facts 7.1: 4.5 to 7 s). */
const BACK_WITHIN: Millis = 60_000;
export const RESTART_LOOK: Millis = 1_500;

/** What a visit needs to know of a radio before it asks. */
export interface RadioSeen extends Pick<RadioInfo, "node" | "firmware" | "rebootCount" | "region"> {
  readonly nodes: readonly Pick<NodeInfo, "num" | "isFavorite">[];
}

/** A way to one radio. Every method throws `Failure` when the way is gone. */
export interface RadioLine {
  readonly throughService: boolean;
  /** As the radio described itself in the last handshake. */
  readonly info: RadioSeen;
  /** What the radio answers to an AdminMessage; none: it was silent. */
  exchange(message: Uint8Array, until: Until): Promise<readonly Answer[]>;
  /** After a failure: waits a while for a way that may come back by itself. */
  again(): Promise<void>;
  /** Waits until the radio has restarted and is ready again. Throws `Failure` when it does not come back. */
  back(): Promise<void>;
  /** Takes leave. Answers how many arrivals were kept meanwhile for the gateway. */
  close(): Promise<number>;
}

export function pause(time: Millis): Promise<void> {
  return new Promise((resolve) => void wallClock.after(time, resolve));
}

/** Looks until the radio `isBack`; what it is given is the time that is left. */
export async function restarted(isBack: (left: Millis) => Promise<boolean>): Promise<void> {
  const end = wallClock.now() + BACK_WITHIN;
  for (let left; (left = end - wallClock.now()) > 0;) if (await isBack(left)) return;
  throw new Failure("The radio did not come back after its restart within a minute. Look at its screen or light.");
}

export class RadioSession {
  readonly #line: RadioLine;
  #passkey: Uint8Array | undefined;
  /** How long each answer took. */
  readonly answers: Millis[] = [];

  constructor(line: RadioLine) {
    this.#line = line;
  }

  get info(): RadioSeen {
    return this.#line.info;
  }

  get throughService(): boolean {
    return this.#line.throughService;
  }

  /** A part of the settings; undefined when the radio has no such part. Throws `Failure` when it does not answer. */
  async ask(question: Question): Promise<Uint8Array | undefined> {
    const answers = await this.#tried(question.message, "answer");
    if (answers.length === 0) throw new Failure(`The radio did not say its settings (${question.about}). Try again.`);
    const parts = answers.filter(isAdmin).map(({ payload }) => {
      this.#passkey = passkeyIn(payload) ?? this.#passkey;
      return question.read(payload);
    });
    return parts.find((part) => part !== undefined);
  }

  /** Throws `Failure` when the radio refuses or does not acknowledge. */
  async order(order: Order): Promise<void> {
    const answers = await this.#tried(withPasskey(order.message, this.#passkey), "acknowledged");
    if (answers.length === 0) throw new Failure(`The radio did not acknowledge: ${order.about}.`);
    if (!answers.some(isAcknowledged))
      throw new Failure(`The radio refuses to be set (${order.about}). Is it managed by somebody else?`);
  }

  /** Everything it can be asked, in about two seconds. */
  async settings(): Promise<RadioSettings> {
    const answers = new Map<string, Uint8Array>();
    for (const question of everyQuestion()) {
      const part = await this.ask(question);
      if (part) answers.set(question.about, part);
    }
    return settingsFrom(answers);
  }

  again(): Promise<void> {
    return this.#line.again();
  }

  back(): Promise<void> {
    return this.#line.back();
  }

  close(): Promise<number> {
    return this.#line.close();
  }

  async #tried(message: Uint8Array, until: Until): Promise<readonly Answer[]> {
    for (let tries = 0; tries < TRIES; tries++) {
      const asked = wallClock.now();
      const answers = await this.#line.exchange(message, until);
      if (answers.length === 0) continue;
      this.answers.push(wallClock.now() - asked);
      return answers;
    }
    return [];
  }
}
