// When the radio handed which packet over, and when the cable was cut or the reader killed.
//
// The radio hands each packet over once. What is in the cable at a cut, or read and not yet committed, nobody can have.

import { wallClock, type Millis } from "#base/clock.ts";
import type { GatewayRadio } from "#emulator/gateway-radio.ts";

/** What may have been in the cable: handed over less than so long before it was cut, or before the radio noticed. */
const BEFORE: Millis = 1_000;
const AFTER: Millis = 500;

export class Cable {
  readonly #handedAt = new Map<number, Millis>();
  readonly #cuts: Millis[] = [];

  /** Watches a radio of this process. */
  constructor(radio: GatewayRadio) {
    const next = radio.nextForHost.bind(radio);
    radio.nextForHost = () => {
      const message = next();
      const packet = message?.["packet"] as { id?: number } | undefined;
      if (packet?.id !== undefined) this.#handedAt.set(packet.id, wallClock.now());
      return message;
    };
  }

  /** What is in the cable now is nobody's. */
  cut(): void {
    this.#cuts.push(wallClock.now());
  }

  /** None of these packets was handed over, except into a cable that was just being cut. */
  excuses(ids: readonly number[]): boolean {
    const handed = ids.flatMap((id) => this.#handedAt.get(id) ?? []);
    return handed.every((at) => this.#cuts.some((cut) => at > cut - BEFORE && at < cut + AFTER));
  }

  /** What became of these packets, for people. */
  history(ids: readonly number[]): string {
    const beside = (at: Millis) => Math.min(...this.#cuts.map((cut) => Math.abs(at - cut)));
    const told = ids.map((id) => {
      const at = this.#handedAt.get(id);
      return `${id} ${at === undefined ? "never handed over" : `handed over ${beside(at)} ms beside a cut`}`;
    });
    return told.join(", ");
  }
}
