// The radio by way of the running service, which holds its port: nothing has to be stopped, and messages go on meanwhile.

import { randomBytes } from "node:crypto";
import { wallClock, type Millis } from "#base/clock.ts";
import { askControl } from "#cli/service/control.ts";
import { RADIO_EXCHANGE, RADIO_SEEN, type Exchanged, type SeenNow } from "./desk.ts";
import { pause, restarted, RESTART_LOOK, type RadioLine, type RadioSeen } from "./session.ts";
import { Failure } from "#cli/verb.ts";
import type { Answer, Until } from "#serial/exchanges.ts";

/** A service that has ended is started again in seconds, and has its radio seconds later. */
const AGAIN_WITHIN: Millis = 30_000;

export class ServiceLine implements RadioLine {
  readonly throughService = true;
  readonly #socket: string;
  /** By which the service tells one visit from another. */
  readonly #visitor = randomBytes(8).toString("hex");
  #info: RadioSeen;

  private constructor(socket: string, info: RadioSeen) {
    this.#socket = socket;
    this.#info = info;
  }

  /** Undefined when no service runs. Throws `Failure` in words when it cannot speak with its radio now. */
  static async open(socket: string): Promise<ServiceLine | undefined> {
    const asked = await askControl(socket, RADIO_SEEN);
    if (asked.is === "silent") return undefined;
    if (asked.is === "refused") throw new Failure(asked.error);
    const { state, reason, info } = asked.value as SeenNow;
    if (state === "ready" && info) return new ServiceLine(socket, info);
    throw new Failure(
      `Muster runs, and its radio cannot be asked: it is ${state}${reason && ` (${reason})`}. See muster doctor.`,
    );
  }

  get info(): RadioSeen {
    return this.#info;
  }

  async exchange(message: Uint8Array, until: Until): Promise<readonly Answer[]> {
    const asked = (await this.#ask(RADIO_EXCHANGE, {
      message: Buffer.from(message).toString("base64"),
      until,
      visitor: this.#visitor,
    })) as Exchanged;
    return asked.map(({ portnum, payload }) => ({ portnum, payload: new Uint8Array(Buffer.from(payload, "base64")) }));
  }

  async again(): Promise<void> {
    for (const end = wallClock.now() + AGAIN_WITHIN; wallClock.now() < end; await pause(RESTART_LOOK)) {
      const asked = await askControl(this.#socket, RADIO_SEEN);
      if (asked.is === "answered" && (asked.value as SeenNow).state === "ready") return;
    }
  }

  back(): Promise<void> {
    const before = this.#info.rebootCount;
    return restarted(async () => {
      await pause(RESTART_LOOK);
      const { state, info } = (await this.#ask(RADIO_SEEN)) as SeenNow;
      if (state !== "ready" || !info || info.rebootCount === before) return false;
      this.#info = info;
      return true;
    });
  }

  /** What came meanwhile the service has taken itself. */
  async close(): Promise<number> {
    return 0;
  }

  async #ask(verb: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const asked = await askControl(this.#socket, verb, args);
    if (asked.is === "answered") return asked.value;
    throw new Failure(asked.is === "refused" ? asked.error : "Muster was stopped meanwhile.");
  }
}
