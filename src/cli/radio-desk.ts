// The running service's radio, asked by its own command line: what the radio said of itself, and one exchange of the admin protocol.
// The message goes to our own radio and nowhere else, over the link that all else goes over too.

import type { LinkState, RadioInfo } from "#radio/events.ts";
import type { Door, Report } from "#gateway/inputs.ts";
import type { RunningRadioEdge } from "#serial/edge.ts";
import { Exchanges, type Until } from "#serial/exchanges.ts";
import type { RadioSeen } from "./radio-session.ts";

/** Verbs of the control socket. */
export const RADIO_SEEN = "radio seen";
export const RADIO_EXCHANGE = "radio exchange";

/** What `radio seen` answers. */
export interface SeenNow {
  readonly state: LinkState;
  readonly reason: string;
  /** As of the last handshake; null before any. */
  readonly info: RadioSeen | null;
}

/** What `radio exchange` answers: every answer, its payload in base64. */
export type Exchanged = readonly { readonly portnum: number; readonly payload: string }[];

export class RadioDesk {
  readonly exchanges = new Exchanges();
  #state: LinkState = "opening";
  #reason = "";
  #info: RadioInfo | undefined;

  /** The same door, looked at on the way. */
  watch(door: Door): Door {
    return {
      accept: (arrivals, position) => door.accept(arrivals, position),
      position: (name) => door.position(name),
      report: (report) => {
        this.#see(report);
        door.report(report);
      },
    };
  }

  #see(report: Report): void {
    if (report.kind === "radio-configured") this.#info = report.info;
    if (report.kind !== "radio-state") return;
    this.#state = report.state;
    this.#reason = report.reason;
  }

  /** Undefined: not a verb of this desk. */
  answer(radio: RunningRadioEdge, verb: string, args: Readonly<Record<string, unknown>>): unknown {
    if (verb === RADIO_SEEN) return this.#seen();
    if (verb === RADIO_EXCHANGE) return this.#exchange(radio, args);
    return undefined;
  }

  #seen(): SeenNow {
    const state = { state: this.#state, reason: this.#reason };
    if (!this.#info) return { ...state, info: null };
    const { node, firmware, rebootCount, region, nodes } = this.#info;
    const known = nodes.map(({ num, isFavorite = false }) => ({ num, isFavorite }));
    return { ...state, info: { node, firmware, rebootCount, region, nodes: known } };
  }

  async #exchange(radio: RunningRadioEdge, args: Readonly<Record<string, unknown>>): Promise<Exchanged> {
    if (this.#state !== "ready")
      throw new Error(`The radio cannot be asked now: it is ${this.#state}${this.#reason && ` (${this.#reason})`}.`);
    const message = Buffer.from(String(args["message"]), "base64");
    const until: Until = args["until"] === "acknowledged" ? "acknowledged" : "answer";
    const answers = await this.exchanges.exchange(() => radio.ask(new Uint8Array(message)), until);
    return answers.map(({ portnum, payload }) => ({ portnum, payload: Buffer.from(payload).toString("base64") }));
  }
}
