// The account of a campaign: every message has a mark of its own, and at the end each was delivered once, or it was not.
//
// Delivered means: people saw it. Copies are told apart by what carried them (a Matrix event id, a packet id), so that a
// repeat which the receivers' firmware drops, or a server's answer to a repeated transaction, is no second copy.

/** What every campaign reports; more figures stand beside these. */
export interface Count {
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
}

export interface Entry {
  readonly mark: string;
  /** Event ids or packet ids that brought the mark to people. */
  readonly copies: Set<string>;
  /** The gateway said that it gave the message up, and why: not lost, and counted apart. */
  givenUp: boolean;
}

/** The messages of one direction. */
export class Account {
  readonly #letter: string;
  readonly #entries = new Map<string, Entry>();

  /** `letter` tells the directions of one campaign apart. */
  constructor(letter: string) {
    this.#letter = letter;
  }

  /** A new message's mark, to be put into its text. */
  next(): string {
    const mark = `${this.#letter}${String(this.#entries.size).padStart(5, "0")}.`;
    this.#entries.set(mark, { mark, copies: new Set(), givenUp: false });
    return mark;
  }

  /** Every mark that stands in `text` was seen by people, brought by `copy`. */
  seen(text: string, copy: string): void {
    for (const [mark] of text.matchAll(new RegExp(`${this.#letter}\\d{5,}\\.`, "g"))) {
      this.#entries.get(mark)?.copies.add(copy);
    }
  }

  /** The gateway answers for this one: it told people that it would not come. */
  gaveUp(mark: string): void {
    const entry = this.#entries.get(mark);
    if (entry) entry.givenUp = true;
  }

  get givenUp(): number {
    return [...this.#entries.values()].filter(({ copies, givenUp }) => givenUp && copies.size === 0).length;
  }

  get sent(): number {
    return this.#entries.size;
  }

  get delivered(): number {
    return [...this.#entries.values()].filter(({ copies }) => copies.size > 0).length;
  }

  /** Marks that nobody has seen and nobody answers for. */
  missing(): string[] {
    const nowhere = [...this.#entries.values()].filter(({ copies, givenUp }) => copies.size === 0 && !givenUp);
    return nowhere.map(({ mark }) => mark);
  }

  /** Marks that came more than once, with what brought them. */
  repeated(): Entry[] {
    return [...this.#entries.values()].filter(({ copies }) => copies.size > 1);
  }

  get count(): Count {
    const repeats = this.repeated().map(({ copies }) => copies.size - 1);
    return {
      sent: this.sent,
      delivered: this.delivered,
      lost: this.missing().length,
      duplicated: repeats.reduce((sum, each) => sum + each, 0),
    };
  }
}

/** The sum of several directions. */
export function total(counts: readonly Count[]): Count {
  const sum = (of: keyof Count) => counts.reduce((so, count) => so + count[of], 0);
  return { sent: sum("sent"), delivered: sum("delivered"), lost: sum("lost"), duplicated: sum("duplicated") };
}

/** The value below which `share` of the values lie; 0 when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
