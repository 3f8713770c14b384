// Asking our own radio by its admin protocol: one message, and what it answers to it. For whoever holds the port: the running service,
// or a verb of the command line. Deadlines are wall time: a real radio answers.

import { wallClock, type Millis } from "#base/clock.ts";
import { numberIn } from "#radio/bare.ts";
import type { AdminAnswer } from "#radio/events.ts";

/** A radio answers its host within a quarter of a second; on a busy air it may take a few. */
const ANSWER_WITHIN: Millis = 4_000;
/** An acknowledgement can come before the answer itself. */
const AFTER_ACK: Millis = 700;

const ADMIN_PORT = 6;
const ROUTING_ERROR = 3;

/** What an exchange waits for: an AdminMessage, or the word that ours was taken. */
export type Until = "answer" | "acknowledged";

export type Answer = Pick<AdminAnswer, "portnum" | "payload">;

export function isAdmin({ portnum }: Answer): boolean {
  return portnum === ADMIN_PORT;
}

/** The radio took the message: with an answer, or with a routing message without an error. */
export function isAcknowledged(answer: Answer): boolean {
  return isAdmin(answer) || (numberIn(answer.payload, ROUTING_ERROR) ?? 0) === 0;
}

const ENOUGH: Readonly<Record<Until, (answer: Answer) => boolean>> = { answer: isAdmin, acknowledged: isAcknowledged };

export class Exchanges {
  readonly #open = new Map<number, (answer: AdminAnswer) => void>();

  heard(answer: AdminAnswer): void {
    this.#open.get(answer.requestId)?.(answer);
  }

  /** `ask` hands the message over and answers its packet id. All that came to it; none: the radio was silent or away. */
  exchange(ask: () => number | undefined, until: Until): Promise<readonly Answer[]> {
    // Heard at the earliest in a later turn of the loop.
    const id = ask();
    if (id === undefined) return Promise.resolve([]);
    return new Promise((resolve) => {
      const came: Answer[] = [];
      const end = (): void => {
        this.#open.delete(id);
        giveUp();
        resolve(came);
      };
      let giveUp = wallClock.after(ANSWER_WITHIN, end);
      this.#open.set(id, ({ portnum, payload }) => {
        came.push({ portnum, payload });
        if (ENOUGH[until](came.at(-1)!)) return end();
        giveUp();
        giveUp = wallClock.after(AFTER_ACK, end);
      });
    });
  }
}
