// What a gateway has committed, read from its database beside it or after its death. What stands there is accepted: it has no excuse.

import { openStore } from "#store/open.ts";

export interface LedgerEntry {
  readonly text: string;
  readonly state: string;
  readonly reason: string | null;
}

export function ledgerOf(database: string): LedgerEntry[] {
  const store = openStore(database, { readonly: true });
  try {
    return store.all("SELECT text, state, reason FROM ledger");
  } finally {
    store.close();
  }
}

/** The marks (account.ts) of everything that a radio said and that is in the inbox, handled or not. */
export function marksKept(database: string): string[] {
  const store = openStore(database, { readonly: true });
  try {
    const rows = store.all<{ raw: Buffer }>("SELECT raw FROM inbox WHERE source = 'radio'");
    return rows.flatMap(({ raw }) => raw.toString("latin1").match(/r\d{5,}\./g) ?? []);
  } finally {
    store.close();
  }
}

/** What SQLite says of the database of a gateway that has stopped: "ok", or what is wrong. */
export function integrityOf(database: string): string {
  const store = openStore(database);
  try {
    return String(store.pragma("integrity_check"));
  } finally {
    store.close();
  }
}
