// One request in flight per room, in the order they came; rooms do not wait for each other. After one that has to be said
// again, what stands behind it in the lane is given back untried: order inside a room is the lane's promise, and what comes
// next is the gateway's decision.

import type { MatrixSend } from "#gateway/inputs.ts";

export class Lanes {
  readonly #waiting = new Map<string, MatrixSend[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #handle: (send: MatrixSend) => Promise<"over" | "again">;
  readonly #giveBack: (send: MatrixSend) => void;

  /** `handle` must not reject. */
  constructor(handle: (send: MatrixSend) => Promise<"over" | "again">, giveBack: (send: MatrixSend) => void) {
    this.#handle = handle;
    this.#giveBack = giveBack;
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
    for (let send = waiting.shift(); send; send = waiting.shift()) {
      const end = await this.#handle(send);
      // Giving back may bring new sends at once; those are not behind the one that failed.
      if (end === "again") for (const behind of waiting.splice(0)) this.#giveBack(behind);
    }
    this.#waiting.delete(room);
  }
}
