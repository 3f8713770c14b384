// A homeserver with Synapse's rate limit for messages, under virtual time: a bucket of ten, refilled by one in five seconds
// (rc_message: per_second 0.2, burst_count 10; Synapse's Ratelimiter is a leaky bucket).

import type { MatrixSend } from "#gateway/inputs.ts";
import type { Bench } from "./gateway.ts";

const PER_SECOND = 0.2;
const BURST = 10;

export class BucketHomeserver {
  /** What was accepted, each transaction once. */
  readonly stored: { room: string; body: string; at: number }[] = [];
  /** Requests that came before the time that the last refusal named. */
  refusedWhileWaiting = 0;
  readonly #bench: Bench;
  readonly #known = new Map<string, string>();
  #level = 0;
  #at: number;
  #waitUntil = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#at = bench.clock.now();
    bench.answer = (send) => this.#answer(send);
  }

  #answer(send: MatrixSend): ReturnType<NonNullable<Bench["answer"]>> {
    const now = this.#bench.clock.now();
    const known = this.#known.get(send.txnId);
    if (known !== undefined) return { is: "delivered", eventId: known };
    if (now < this.#waitUntil) this.refusedWhileWaiting++;
    this.#level = Math.max(0, this.#level - ((now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
    if (this.#level + 1 > BURST) {
      const retryAfter = Math.ceil(((this.#level + 1 - BURST) / PER_SECOND) * 1000);
      this.#waitUntil = now + retryAfter;
      return { is: "retry", reason: "M_LIMIT_EXCEEDED", rateLimited: true, retryAfter };
    }
    this.#level += 1;
    const eventId = this.#bench.eventId();
    this.#known.set(send.txnId, eventId);
    const body = send.content["body"];
    this.stored.push({ room: send.room, body: typeof body === "string" ? body : "", at: now });
    return { is: "delivered", eventId };
  }
}
