// What is due when, in the emulated world. Things of the same moment happen in the order they were put down, so that a run
// is decided by its seed and its inputs alone.

import type { Millis } from "#base/clock.ts";

interface Entry {
  readonly at: Millis;
  readonly sequence: number;
  run: ((now: Millis) => void) | undefined;
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

/** A binary heap of moments. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #sequence = 0;

  /** Calls `run` with the moment `at` once that has come; the returned function takes it back. */
  at(at: Millis, run: (now: Millis) => void): () => void {
    const entry: Entry = { at, sequence: this.#sequence++, run };
    this.#heap.push(entry);
    this.#up(this.#heap.length - 1);
    return () => {
      entry.run = undefined;
    };
  }

  /** When the next thing is due, if any. */
  next(): Millis | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]!.run) this.#pop();
    return this.#heap[0]?.at;
  }

  /** Does everything due up to and including `now`, each with its own moment. */
  runUntil(now: Millis): void {
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const entry = this.#pop();
      const run = entry.run;
      entry.run = undefined;
      run?.(entry.at);
    }
  }

  #pop(): Entry {
    const first = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down(0);
    }
    return first;
  }

  #up(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(this.#heap[index]!, this.#heap[parent]!)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #down(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = index;
      if (left < this.#heap.length && before(this.#heap[left]!, this.#heap[least]!)) least = left;
      if (right < this.#heap.length && before(this.#heap[right]!, this.#heap[least]!)) least = right;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}
