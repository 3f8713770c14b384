// Which messages have changed since the last look: for the log, which follows each by its number through all rooms.
//
// What is in the database at the first look is old news. Only messages that have not come to their end are kept in mind, and no more of
// them than a bad day brings; one that is forgotten is still in the ledger, only its last line is missing in the log.

import { nextLedgerId } from "./ledger.ts";
import type { Store } from "./store.ts";

export interface LedgerChange {
  readonly id: number;
  readonly class: string;
  readonly direction: string;
  readonly state: string;
  /** Absent for a new one. */
  readonly was?: string;
}

const MOST = 500;

type Row = Omit<LedgerChange, "was"> & { readonly settled: number | null };

export class Followed {
  #next: number | undefined;
  #changes = -1;
  readonly #open = new Map<number, string>();

  changes(store: Store): LedgerChange[] {
    const now = store.changes;
    if (now === this.#changes) return [];
    this.#changes = now;
    const next = nextLedgerId(store);
    const from = this.#next ?? next;
    this.#next = next;
    const rows = [...this.#open.keys()].flatMap((id) => this.#rows(store, id, id));
    return [...rows, ...this.#rows(store, from, next - 1)].flatMap((row) => this.#look(row));
  }

  #rows(store: Store, from: number, to: number): Row[] {
    return store.all<Row>(
      "SELECT id, class, direction, state, settled_at AS settled FROM ledger WHERE id BETWEEN ? AND ? ORDER BY id",
      from,
      to,
    );
  }

  #look({ settled, ...row }: Row): LedgerChange[] {
    const was = this.#open.get(row.id);
    if (settled === null && (was !== undefined || this.#open.size < MOST)) this.#open.set(row.id, row.state);
    else this.#open.delete(row.id);
    if (was === row.state) return [];
    return [was === undefined ? row : { ...row, was }];
  }
}
