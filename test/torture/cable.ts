// When the radio handed which packet over, and when the cable was cut or the reader killed.
//
// The radio hands each packet over once. What is in the cable at a cut, or read and not yet committed, nobody can have. How long that
// may be before the cut is said by whoever cuts: a reader that gets no processor reads late, so a kill looks further back and at the
// database besides, where it is exact (kept.ts).

import { wallClock, type Millis } from "#base/clock.ts";
import type { GatewayRadio } from "#emulator/gateway-radio.ts";

/** What may have been in the cable: handed over less than so long before it was cut, or before the radio noticed. */
const BEFORE: Millis = 1_000;
const AFTER: Millis = 500;

interface Cut {
  readonly at: Millis;
  readonly before: Millis;
}

export class Cable {
  readonly #handedAt = new Map<number, Millis>();
  readonly #cuts: Cut[] = [];
  /** The longest that an excused packet had been handed over before its cut. */
  longest: Millis = 0;

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
  cut(before: Millis = BEFORE): void {
    this.#cuts.push({ at: wallClock.now(), before });
  }

  /** None of these packets was handed over, except into a cable that was just being cut. */
  excuses(ids: readonly number[]): boolean {
    const handed = ids.flatMap((id) => this.#handedAt.get(id) ?? []);
    const excused = handed.every((at) => this.#cuts.some((cut) => at > cut.at - cut.before && at < cut.at + AFTER));
    if (excused) for (const at of handed) this.longest = Math.max(this.longest, this.#beside(at));
    return excused;
  }

  /** What became of these packets, for people. */
  history(ids: readonly number[]): string {
    const told = ids.map((id) => {
      const at = this.#handedAt.get(id);
      return `${id} ${at === undefined ? "never handed over" : `handed over ${this.#beside(at)} ms beside a cut`}`;
    });
    return told.join(", ");
  }
  #beside(handed: Millis): Millis {
    return Math.round(Math.min(...this.#cuts.map(({ at }) => Math.abs(handed - at))));
  }
}
