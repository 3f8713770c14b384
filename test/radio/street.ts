// A link and a scripted radio in one virtual time; the wire between them takes no time.

import { fromBinary } from "@bufbuild/protobuf";

import { seededRandom } from "#base/random.ts";
import type { RadioEvent } from "#radio/events.ts";
import { RadioLink } from "#radio/link.ts";
import { AdminMessageSchema, PORT } from "#radio/schemas.ts";
import type { AdminMessage } from "#radio/schemas.ts";
import { packetsHeard, ScriptedRadio } from "#test/radio/peer.ts";

export const START = 1_700_000_000_000;

export class Street {
  now = START;
  clockIsGood = true;
  readonly radio = new ScriptedRadio();
  readonly link = new RadioLink({ random: seededRandom(1), trustClock: () => this.clockIsGood });
  readonly events: RadioEvent[] = [];
  open = false;
  /** Each remedy asked for, with the seconds since the start. */
  readonly remedies: string[] = [];

  plug(): this {
    this.open = true;
    this.link.opened(this.now);
    this.#settle();
    return this;
  }

  hear(bytes: Uint8Array): void {
    this.link.receive(bytes, this.now);
    this.#settle();
  }

  /** Lets time pass, waking the link when it wants to be. */
  pass(ms: number): this {
    const until = this.now + ms;
    for (;;) {
      const at = Math.min(this.link.wakeAt() ?? Infinity, this.link.tornAt() ?? Infinity);
      if (at > until) break;
      this.now = Math.max(this.now, at);
      this.link.wake(this.now);
      this.#settle();
    }
    this.now = until;
    return this;
  }

  #settle(): void {
    for (;;) {
      for (const event of this.link.takeEvents()) {
        this.events.push(event);
        if (event.kind === "remedy") this.#remedy(event.remedy);
      }
      const writes = this.link.takeWrites();
      if (writes.length === 0) return;
      for (const { bytes } of writes) this.link.receive(this.radio.receive(bytes), this.now);
    }
  }

  #remedy(remedy: string): void {
    this.remedies.push(`${remedy} ${Math.round((this.now - START) / 1000)}`);
    if (remedy !== "reopen") return;
    this.link.closed(this.now, "reopened");
    this.link.opened(this.now);
  }

  states(): string[] {
    return this.events.flatMap((event) => (event.kind === "radio-state" ? [event.state] : []));
  }

  kinds(kind: RadioEvent["kind"]): RadioEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  admin(): AdminMessage["payloadVariant"][] {
    return packetsHeard(this.radio).flatMap(({ payloadVariant: variant }) =>
      variant.case === "decoded" && variant.value.portnum === PORT.admin
        ? [fromBinary(AdminMessageSchema, variant.value.payload).payloadVariant]
        : [],
    );
  }
}

/** After the handshake. */
export const ready = (): Street => new Street().plug().pass(1_000);
