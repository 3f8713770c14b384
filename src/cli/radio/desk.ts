// The running service's radio, asked by its own command line: what the radio said of itself, and one exchange of the admin protocol.
// The message goes to our own radio and nowhere else, over the link that all else goes over too; and only a message that the verbs
// of `muster radio` have a use for (radio/admin.ts), so that nothing that comes here can wipe a radio or switch it off.

import { wallClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Door, Report } from "#gateway/inputs.ts";
import { verbIn, type AdminVerb } from "#radio/admin.ts";
import type { AdminAnswer, LinkState, RadioInfo } from "#radio/events.ts";
import type { RunningRadioEdge } from "#serial/edge.ts";
import { Exchanges, isAcknowledged, type Until } from "#serial/exchanges.ts";
import { RadioEdit } from "./edit.ts";
import type { RadioSeen } from "./session.ts";

/** Verbs of the control socket. */
export const RADIO_SEEN = "radio seen";
export const RADIO_EXCHANGE = "radio exchange";

/** What a radio takes as the payload of one packet (mesh.options: Data.payload max_size 233). */
const LONGEST_MESSAGE = 233;

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
  readonly #exchanges = new Exchanges();
  readonly #edit: RadioEdit;
  #radio: Pick<RunningRadioEdge, "ask"> | undefined;
  #state: LinkState = "opening";
  #reason = "";
  #info: RadioInfo | undefined;

  constructor(log: Log) {
    this.#edit = new RadioEdit({ clock: wallClock, log, ask: (message) => this.#radio?.ask(message) });
  }

  attach(radio: Pick<RunningRadioEdge, "ask">): void {
    this.#radio = radio;
  }

  heard(answer: AdminAnswer): void {
    this.#exchanges.heard(answer);
  }

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

  /** Undefined: not a verb of this desk. */
  answer(verb: string, args: Readonly<Record<string, unknown>>): unknown {
    if (verb === RADIO_SEEN) return this.#seen();
    if (verb === RADIO_EXCHANGE) return this.#exchange(args);
    return undefined;
  }

  /** The service is about to take leave of its radio: a change that is under way cannot be finished. */
  stop(): void {
    this.#edit.undo();
    this.#edit.over();
  }

  #see(report: Report): void {
    if (report.kind === "radio-rebooted") this.#edit.over();
    if (report.kind === "radio-configured") this.#info = report.info;
    if (report.kind !== "radio-state") return;
    this.#state = report.state;
    this.#reason = report.reason;
  }

  #seen(): SeenNow {
    const state = { state: this.#state, reason: this.#reason };
    if (!this.#info) return { ...state, info: null };
    const { node, firmware, rebootCount, region, nodes } = this.#info;
    const known = nodes.map(({ num, isFavorite = false }) => ({ num, isFavorite }));
    return { ...state, info: { node, firmware, rebootCount, region, nodes: known } };
  }

  async #exchange(args: Readonly<Record<string, unknown>>): Promise<Exchanged> {
    const { message, verb } = readMessage(args["message"]);
    if (this.#state !== "ready")
      throw new Error(`The radio cannot be asked now: it is ${this.#state}${this.#reason && ` (${this.#reason})`}.`);
    this.#edit.admit(String(args["visitor"]), verb);
    const until: Until = args["until"] === "acknowledged" ? "acknowledged" : "answer";
    const answers = await this.#exchanges.exchange(() => this.#radio?.ask(message), until);
    if (answers.some(isAcknowledged)) this.#edit.taken(verb);
    return answers.map(({ portnum, payload }) => ({ portnum, payload: Buffer.from(payload).toString("base64") }));
  }
}

function readMessage(given: unknown): { message: Uint8Array; verb: AdminVerb } {
  const message = new Uint8Array(Buffer.from(typeof given === "string" ? given : "", "base64"));
  const verb = message.length <= LONGEST_MESSAGE ? verbIn(message) : undefined;
  if (verb === undefined) throw new Error("That is no question or order that the radio may be given this way.");
  return { message, verb };
}
