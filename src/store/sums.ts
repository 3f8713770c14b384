// Checksums of rows. SQLite does not notice a flipped bit inside a value: of 300 flips its own integrity check saw 77
// (reliability-facts §2b). So what people said, and what is still to be sent, carries a CRC-32 that finds every one.
//
// Triggers keep the sums, whoever writes. A row that is damaged stays so whatever is updated in it, until `acceptRow` says
// that its damage has been dealt with. What is not covered: the small facts (links, names, timers), which are learnt anew.

import { crc32 } from "node:zlib";
import { UNDER_WAY } from "./matrix-outbox.ts";
import type { Store } from "./store.ts";

/** The columns that a table's sum covers. */
const SUMMED = {
  inbox: ["source", "raw", "body"],
  ledger: ["class", "direction", "origin", "destination", "text"],
  mesh_outbox: ["ledger", "to_node", "channel", "portnum", "payload", "reply_id", "emoji"],
  matrix_outbox: ["ledger", "uplink", "room", "type", "txn_id", "content"],
} as const;

export type SummedTable = keyof typeof SUMMED;

export const SUMMED_TABLES = Object.keys(SUMMED) as SummedTable[];

/** The SQL function behind the sums: over the values' kinds, lengths and bytes. */
export function rowSum(...values: readonly unknown[]): number {
  let sum = 0;
  for (const value of values) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
    const kind = value === null ? "null" : value instanceof Uint8Array ? "bytes" : typeof value;
    sum = crc32(bytes, crc32(`${kind} ${bytes.length};`, sum));
  }
  return sum;
}

function sumOf(table: SummedTable, row = ""): string {
  return `row_sum(${SUMMED[table].map((column) => row + column).join(", ")})`;
}

function triggers(table: SummedTable): string {
  return `
ALTER TABLE ${table} ADD COLUMN sum INTEGER;
UPDATE ${table} SET sum = ${sumOf(table)};
CREATE TRIGGER ${table}_added AFTER INSERT ON ${table} BEGIN
  UPDATE ${table} SET sum = ${sumOf(table, "NEW.")} WHERE id = NEW.id;
END;
CREATE TRIGGER ${table}_changed AFTER UPDATE OF ${SUMMED[table].join(", ")} ON ${table} BEGIN
  UPDATE ${table} SET sum = iif(OLD.sum IS ${sumOf(table, "OLD.")}, ${sumOf(table, "NEW.")}, -1) WHERE id = NEW.id;
END;`;
}

/** For schema.ts: columns and triggers. */
export const SUMS_SQL = SUMMED_TABLES.map(triggers).join("\n");

const DAMAGED = (table: SummedTable): string => `sum IS NOT ${sumOf(table)}`;

export function isSound(store: Store, table: SummedTable, id: number): boolean {
  return store.get(`SELECT 1 FROM ${table} WHERE id = ? AND ${DAMAGED(table)}`, id) === undefined;
}

/** Looks at up to `limit` rows after `after`. `last`: the last one looked at; undefined when there are no more. */
export function findDamaged(
  store: Store,
  table: SummedTable,
  after: number,
  limit: number,
): { damaged: number[]; last: number | undefined } {
  const rows = store.all<{ id: number; bad: 0 | 1 }>(
    `SELECT id, ${DAMAGED(table)} AS bad FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`,
    after,
    limit,
  );
  return { damaged: rows.filter((row) => row.bad === 1).map((row) => row.id), last: rows.at(-1)?.id };
}

/** Damaged rows among those that are in somebody's hands or about to be. */
export function damagedInHand(store: Store): { table: SummedTable; id: number }[] {
  const look = (table: SummedTable, which: string) =>
    store
      .all<{ id: number }>(`SELECT id FROM ${table} WHERE ${which} AND ${DAMAGED(table)}`)
      .map(({ id }) => ({ table, id }));
  return [
    ...look("mesh_outbox", "status = 'writing' AND status <> 'done'"),
    ...look("matrix_outbox", `id IN (${UNDER_WAY})`),
  ];
}

/** The row as it is now counts as sound: what was damaged in it has been marked. */
export function acceptRow(store: Store, table: SummedTable, id: number): void {
  store.run(`UPDATE ${table} SET sum = ${sumOf(table)} WHERE id = ?`, id);
}

/** The row is damaged, whatever its bytes say. */
export function condemnRow(store: Store, table: SummedTable, id: number): void {
  store.run(`UPDATE ${table} SET sum = -1 WHERE id = ?`, id);
}
