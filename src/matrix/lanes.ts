// One request in flight per room, in the order they came; rooms do not wait for each other. The order inside a room is the
// only promise: after a fault the gateway decides what comes next, not the lane.

import type { MatrixSend } from "#gateway/inputs.ts";

export class Lanes {
  readonly #waiting = new Map<string, MatrixSend[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #handle: (send: MatrixSend) => Promise<void>;

  /** `handle` must not reject. */
  constructor(handle: (send: MatrixSend) => Promise<void>) {
    this.#handle = handle;
  }

  push(send: MatrixSend): void {
    const waiting = this.#waiting.get(send.room);
    if (waiting) {
      waiting.push(send);
      return;
    }
    this.#waiting.set(send.room, [send]);
    const run = this.#run(send.room).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Forgets what has not started, and resolves when what has started is over. */
  async drain(): Promise<void> {
    for (const waiting of this.#waiting.values()) waiting.length = 0;
    await Promise.allSettled(this.#running);
  }

  async #run(room: string): Promise<void> {
    const waiting = this.#waiting.get(room)!;
    for (let send = waiting.shift(); send; send = waiting.shift()) await this.#handle(send);
    this.#waiting.delete(room);
  }
}
