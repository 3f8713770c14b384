// Saying what the gateway hands over: one request in flight per room, every send answered by exactly one outcome, unless
// the uplink stops first; then the gateway says it again with the same transaction id.

import { unreachable } from "#base/assert.ts";
import { wallClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Door, MatrixOutcome, MatrixSend } from "#gateway/inputs.ts";
import { maySend } from "./facts.ts";
import type { Fault } from "./faults.ts";
import type { Asked } from "./homeserver.ts";
import { waitFor } from "./ladder.ts";
import { Lanes } from "./lanes.ts";
import type { Rooms } from "./rooms.ts";

/** A homeserver may ask for hours; after this we look again. */
export const LONGEST_LIMIT: Millis = 10 * 60_000;
/** The room says that we may, the homeserver says that we may not: a rule of its own, or a change in flight. */
const CONTRADICTION_WAIT: Millis = 5000;

/** How to say something while a login lasts. */
export interface Way {
  readonly rooms: Rooms;
  /** Who says this one. */
  readonly speaker: (send: MatrixSend) => string;
  readonly put: (send: MatrixSend) => Promise<Asked<string>>;
  /** The event that a send has become already, if it can be found. */
  readonly find: (send: MatrixSend, key: string) => Promise<Asked<string | undefined>>;
}

export interface SendingContext {
  readonly uplink: string;
  readonly door: Pick<Door, "report">;
  readonly log: Log;
  /** The login itself was refused. */
  readonly onLogin: (fault: Fault) => void;
  /** Something else went wrong that may concern the whole homeserver. */
  readonly onTrouble?: () => void;
}

export class Sending {
  /** Absent while not logged in. */
  way: Way | undefined;
  /** Why nothing may be sent until somebody repairs the login. */
  held: Fault | undefined;
  readonly #context: SendingContext;
  readonly #lanes: Lanes;
  readonly #stopping = new AbortController();
  #cutOff = false;
  /** Wall time before which nothing is sent: the homeserver limits the account, not the message. */
  #limitedUntil = 0;

  constructor(context: SendingContext) {
    this.#context = context;
    this.#lanes = new Lanes(
      (send) => this.#deliver(send),
      (send) => this.#report(send, { is: "untried" }),
    );
  }

  push(send: MatrixSend): void {
    this.#lanes.push(send);
  }

  /** No new request begins; resolves when those under way are over. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    await this.#lanes.drain();
  }

  /** From now on nothing is reported. */
  cutOff(): void {
    this.#cutOff = true;
  }

  async #deliver(send: MatrixSend): Promise<"over" | "again"> {
    const outcome = await this.#attempt(send).catch((thrown: unknown): MatrixOutcome => {
      return { is: "retry", reason: unexpected(this.#context, thrown).reason };
    });
    if (outcome) this.#report(send, outcome);
    return outcome?.is === "delivered" || outcome?.is === "refused" ? "over" : "again";
  }

  #report(send: MatrixSend, outcome: MatrixOutcome): void {
    if (this.#cutOff || (outcome.is === "untried" && this.#stopping.signal.aborted)) return;
    this.#context.door.report({ kind: "matrix-outcome", sendId: send.sendId, outcome });
  }

  async #attempt(send: MatrixSend): Promise<MatrixOutcome | undefined> {
    const pause = this.#limitedUntil - wallClock.now();
    if (pause > 0) await waitFor(wallClock, pause, this.#stopping.signal);
    if (this.#stopping.signal.aborted) return undefined;
    if (this.held) return { is: "hold-uplink", reason: this.held.reason };
    const way = this.way;
    if (!way) return { is: "retry", reason: "not logged in yet", retryAfter: 1000 };
    if (send.lookFirst !== undefined) {
      const found = await way.find(send, send.lookFirst);
      if (!found.ok) return this.#outcomeOf(send, found.refusal, way);
      if (found.value !== undefined) return { is: "delivered", eventId: found.value };
    }
    const sent = await way.put(send);
    return sent.ok ? { is: "delivered", eventId: sent.value } : this.#outcomeOf(send, sent.refusal, way);
  }

  async #outcomeOf(send: MatrixSend, fault: Fault, way: Way): Promise<MatrixOutcome> {
    const { reason, retryAfter } = fault;
    switch (fault.is) {
      case "forbidden":
        return this.#shutOut(send, fault, way);
      case "not-found":
        // A redaction of what does not exist any more; without one it is the room that is unknown.
        return send.redacts === undefined ? this.#shutOut(send, fault, way) : { is: "refused", reason };
      case "transient":
        this.#context.onTrouble?.();
        return { is: "retry", reason, ...(retryAfter === undefined ? {} : { retryAfter }) };
      case "limited":
        this.#limitedUntil = wallClock.now() + Math.min(retryAfter ?? 0, LONGEST_LIMIT);
        return { is: "retry", reason, rateLimited: true, ...(retryAfter === undefined ? {} : { retryAfter }) };
      case "refused":
        return { is: "refused", reason };
      case "login":
        this.#context.onLogin(fault);
        return { is: "hold-uplink", reason };
      default:
        return unreachable(fault.is);
    }
  }

  /** Not allowed: by whose fault does the room itself say? */
  async #shutOut(send: MatrixSend, fault: Fault, way: Way): Promise<MatrixOutcome> {
    const looked = await way.rooms.fresh(send.room);
    if (!looked.ok) return { is: "retry", reason: looked.refusal.reason };
    const facts = looked.value;
    const speaker = way.speaker(send);
    if (!facts?.joined) return { is: "hold-room", reason: facts?.leftBecause ?? fault.reason };
    if (fault.banned) return { is: "refused", reason: fault.reason };
    if (fault.roomClosed) return { is: "hold-room", reason: fault.reason };
    if (maySend(facts, speaker, send.type))
      return { is: "retry", reason: fault.reason, retryAfter: CONTRADICTION_WAIT };
    if (!maySend(facts, speaker, "m.room.message"))
      return { is: way.rooms.maySpeak(send.room) ? "refused" : "hold-room", reason: fault.reason };
    return { is: "refused", reason: `we may not send ${send.type} here: ${fault.reason}` };
  }
}

/** Our own mistake, or something the SDK throws that nobody foresaw: it costs a try, not the process. */
export function unexpected(context: { readonly uplink: string; readonly log: Log }, thrown: unknown): Fault {
  const error = thrown instanceof Error ? thrown : new Error("something that is not an error was thrown");
  context.log.error("unexpected", { uplink: context.uplink, stack: error.stack });
  return { is: "transient", reason: `unexpected: ${error.message}` };
}
