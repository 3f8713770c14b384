// want_config and its answer. One may be asked at any time and as often as needed; each has its own nonce, so that the end of
// an older answer is not taken for the end of this one (but for the short one, whose number the firmware fixes: what is not
// whole is asked for again). What was asked and does not come is asked again, ever more slowly.

import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";
import type { Random } from "#base/random.ts";

import { Dump } from "./dump.ts";
import type { NodeInfo, RadioInfo } from "./events.ts";
import { wantConfig } from "./requests.ts";
import type { FromRadio } from "./schemas.ts";

/** After the wake-up bytes, as the Python client waits. */
const WAKE_PAUSE: Millis = 100;

/** The dump is asked for again after this long without a piece of it, twice as long each time. */
const QUIET: Millis = 1_000;
const QUIET_MOST: Millis = 8_000;

/** An incomplete dump is asked for again; after this many it is taken as it is (locked-down builds leave parts out). */
const TRIES = 3;

/** Special nonces: the configuration without other nodes; other nodes alone. */
const CONFIG_ONLY = 69420;
const NODES_ONLY = 69421;

export type Answer =
  | { readonly is: "more" }
  | { readonly is: "complete"; readonly info: RadioInfo }
  | { readonly is: "another-radio" }
  | { readonly is: "incomplete" };

export class Handshake {
  readonly #random: Random;
  #dump = new Dump();
  #nonce = 0;
  #tries = 0;
  #asked = 0;
  #askAt: Millis = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** When the configuration is to be asked for, or asked for again. */
  get askAt(): Millis {
    return this.#askAt;
  }

  /** The clock was set: deadlines keep their distance. */
  shift(by: Millis): void {
    this.#askAt += by;
  }

  begin(now: Millis): void {
    this.#tries = 0;
    this.#asked = 0;
    this.#askAt = now + WAKE_PAUSE;
  }

  /** The payload that asks. With `known` nodes these are kept and not asked for: a long list overflows the radio's queue. */
  ask(now: Millis, known: readonly NodeInfo[] | undefined): Uint8Array {
    this.#nonce = known ? CONFIG_ONLY : this.#freshNonce();
    this.#dump = new Dump(known);
    this.#wait(now);
    this.#asked++;
    return wantConfig(this.#nonce);
  }

  /** One piece of the answer; `node` is the number that the radio had before, if it is known. */
  take(variant: FromRadio["payloadVariant"], now: Millis, node: NodeNum | undefined): Answer {
    this.#wait(now);
    this.#dump.take(variant);
    if (variant.case !== "configCompleteId" || variant.value !== this.#nonce) return { is: "more" };
    const info = this.#dump.info();
    if (info && this.#nonce === CONFIG_ONLY && info.node !== node) return { is: "another-radio" };
    this.#tries++;
    if (!info || (!this.#dump.whole && this.#tries < TRIES)) return { is: "incomplete" };
    return { is: "complete", info };
  }

  #wait(now: Millis): void {
    this.#askAt = now + Math.min(QUIET * 2 ** this.#asked, QUIET_MOST);
  }

  #freshNonce(): number {
    for (;;) {
      const nonce = this.#random.u32();
      if (nonce !== 0 && nonce !== CONFIG_ONLY && nonce !== NODES_ONLY) return nonce;
    }
  }
}
