// Reading what can still be read of a damaged database, row by row, into a sound one.
//
// A table that can be read from end to end replaces the target's; of one with holes, every row that comes out is taken over
// and the rest stays as the target (a backup) had it. Rows keep their sums: what is damaged inside is found again later and
// dealt with in words. What a hole may have swallowed after the backup was made is said to be unknown, not said again.

import { copyFileSync, openSync, closeSync, readSync, statSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { acceptRow, condemnRow, rowSum, SUMMED_TABLES, type SummedTable } from "./sums.ts";
import type { Row, Store } from "./store.ts";

export interface Salvaged {
  /** Rows taken over, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Tables that could not be read from end to end. */
  readonly holes: readonly string[];
  /** Messages that may have been sent or not: nobody knows. */
  readonly uncertain: number;
}

/** One question too many to a file that answers nothing: then it is given up. */
const MOST_FAILURES = 20_000;

/** SQLite's file format §1.3: the header's length, and where it tells the size of a page. */
const HEADER_BYTES = 100;
const PAGE_SIZE_AT = 16;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly rowid: boolean;
}

/** Takes over what `damagedPath` still holds into `store`. `donor`: a sound file of the same layout, for its first page. */
export function salvage(store: Store, damagedPath: string, donor: string): Salvaged {
  const rows: Record<string, number> = {};
  const holes: string[] = [];
  const tables = tablesOf(store);
  const source = openDamaged(damagedPath, donor);
  if (!source) return { rows, holes: tables.map((table) => table.name), uncertain: 0 };
  store.pragma("foreign_keys = OFF");
  try {
    return store.transaction(() => {
      let uncertain = 0;
      for (const table of tables) {
        const read = readTable(source, table);
        if (!read.complete) holes.push(table.name);
        if (read.complete) store.run(`DELETE FROM "${table.name}"`);
        else if (table.name === "mesh_outbox") uncertain = doubt(store, read.rows);
        for (const row of read.rows) put(store, table, row);
        rows[table.name] = read.rows.length;
      }
      adoptOrphans(store);
      return { rows, holes, uncertain };
    });
  } finally {
    source.close();
    store.pragma("foreign_keys = ON");
  }
}

function tablesOf(store: Store): Table[] {
  const names = store.all<{ name: string; wr: number }>(
    "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  return names.map(({ name, wr }) => {
    const columns = store.all<{ name: string; pk: number }>("SELECT name, pk FROM pragma_table_info(?)", name);
    const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
    return { name, columns: columns.map((each) => each.name), key: key.map((each) => each.name), rowid: wr === 0 };
  });
}

// ───────────────────────────── reading ─────────────────────────────

function openDamaged(path: string, donor: string): Database.Database | undefined {
  return tryOpen(path) ?? (withFirstPageOf(donor, path) ? tryOpen(path) : undefined);
}

function tryOpen(path: string): Database.Database | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { fileMustExist: true });
    db.function("row_sum", { varargs: true, deterministic: true }, rowSum);
    db.prepare("SELECT name FROM sqlite_schema").all();
    return db;
  } catch {
    db?.close();
    return undefined;
  }
}

/** The first page holds the header and the way to every table; all files of one program have nearly the same. */
function withFirstPageOf(donor: string, path: string): boolean {
  try {
    const page = firstPageOf(donor);
    const size = statSync(path).size;
    if (size <= page.length) return false;
    copyFileSync(path, `${path}-as-found`);
    page.writeUInt32BE(Math.floor(size / page.length), 28); // pages in the file
    page.writeUInt32BE(page.readUInt32BE(24), 92); // … which is only believed when these two agree
    page.fill(0, 32, 40); // no list of free pages
    const to = openSync(path, "r+");
    writeSync(to, page, 0, page.length, 0);
    closeSync(to);
    return true;
  } catch {
    return false;
  }
}

function firstPageOf(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(file, header, 0, header.length, 0);
    const page = Buffer.alloc(header.readUInt16BE(PAGE_SIZE_AT));
    readSync(file, page, 0, page.length, 0);
    return page;
  } finally {
    closeSync(file);
  }
}

function readTable(source: Database.Database, table: Table): { rows: Row[]; complete: boolean } {
  const columns = presentColumns(source, table);
  if (columns.length === 0) return { rows: [], complete: false };
  const select = `SELECT ${columns.map((column) => `"${column}"`).join(", ")} FROM "${table.name}"`;
  try {
    return { rows: source.prepare(select).all() as Row[], complete: true };
  } catch {
    const rows = table.rowid ? byNumber(source, select) : fromBothEnds(source, select, table.key);
    return { rows, complete: false };
  }
}

/** A file of an older version lacks some. */
function presentColumns(source: Database.Database, table: Table): string[] {
  try {
    const found = source.prepare("SELECT name FROM pragma_table_info(?)").all(table.name) as { name: string }[];
    const names = new Set(found.map(({ name }) => name));
    return table.columns.filter((column) => names.has(column));
  } catch {
    return [];
  }
}

/** Halves what cannot be read until the holes are single rows. */
function byNumber(source: Database.Database, select: string): Row[] {
  const rows: Row[] = [];
  const statement = source.prepare(`${select} WHERE rowid BETWEEN ? AND ?`);
  const spans: [number, number][] = [[0, 2 ** 40]];
  let failures = 0;
  for (let span = spans.pop(); span && failures < MOST_FAILURES; span = spans.pop()) {
    const [from, to] = span;
    try {
      rows.push(...(statement.all(from, to) as Row[]));
    } catch {
      failures++;
      const middle = Math.floor((from + to) / 2);
      if (from < to) spans.push([middle + 1, to], [from, middle]);
    }
  }
  return rows;
}

function fromBothEnds(source: Database.Database, select: string, key: readonly string[]): Row[] {
  const rows = new Map<string, Row>();
  for (const direction of ["ASC", "DESC"]) {
    const order = key.map((column) => `"${column}" ${direction}`).join(", ");
    try {
      for (const row of source.prepare(`${select} ORDER BY ${order}`).iterate() as Iterable<Row>) {
        rows.set(JSON.stringify(key.map((column) => String(row[column]))), row);
      }
    } catch {
      // The hole: the other end is read as far as it goes.
    }
  }
  return [...rows.values()];
}

// ───────────────────────────── writing ─────────────────────────────

function put(store: Store, table: Table, row: Row): void {
  const columns = Object.keys(row).filter((column) => column !== "sum");
  const summed = (SUMMED_TABLES as readonly string[]).includes(table.name) ? (table.name as SummedTable) : undefined;
  try {
    store.attempt(() =>
      store.run(
        `INSERT OR REPLACE INTO "${table.name}" (${columns.map((column) => `"${column}"`).join(", ")}) ` +
          `VALUES (${columns.map(() => "?").join(", ")})`,
        ...columns.map((column) => row[column]),
      ),
    );
  } catch {
    return; // A value that the table would never have taken: damaged beyond a sum.
  }
  if (summed === undefined) return;
  const id = row["id"] as number;
  acceptRow(store, summed, id);
  const sum = store.get<{ sum: number }>(`SELECT sum FROM ${summed} WHERE id = ?`, id)?.sum;
  if (row["sum"] !== undefined && sum !== row["sum"]) condemnRow(store, summed, id);
}

/** Sends that only the backup knows of may have left since it was made. */
function doubt(store: Store, found: readonly Row[]): number {
  const known = new Set(found.map((row) => row["id"]));
  const open = store.all<{ id: number; ledger: number }>("SELECT id, ledger FROM mesh_outbox WHERE status <> 'done'");
  const lost = open.filter(({ id }) => !known.has(id));
  for (const { id, ledger } of lost) {
    store.run("UPDATE mesh_outbox SET status = 'done' WHERE id = ?", id);
    store.run(
      "UPDATE ledger SET state = 'unknown', settled_at = accepted_at, reason = 'the database was damaged before its end was known' " +
        "WHERE id = ? AND state IN ('queued', 'sent')",
      ledger,
    );
  }
  return lost.length;
}

/** What is still to be sent although its ledger row is lost gets a new one that says what is known. */
function adoptOrphans(store: Store): void {
  const into =
    "INSERT INTO ledger (id, class, direction, origin, destination, text, state, reason, accepted_at) SELECT DISTINCT ledger, ";
  const orphan = "AND ledger NOT IN (SELECT id FROM ledger)";
  store.run(
    `${into} 'chat', 'matrix-to-mesh', 'matrix:-/-/-', 'mesh:-', CAST(payload AS TEXT), 'queued', 'salvaged', not_before ` +
      `FROM mesh_outbox WHERE status <> 'done' ${orphan}`,
  );
  store.run(
    `${into} 'chat', 'mesh-to-matrix', 'mesh:-', 'matrix:' || uplink || '/' || room, iif(json_valid(content), ` +
      `coalesce(content ->> '$.body', content), content), 'queued', 'salvaged', not_before FROM matrix_outbox WHERE ledger IS NOT NULL ${orphan}`,
  );
  store.run("DELETE FROM mesh_attempts WHERE send NOT IN (SELECT id FROM mesh_outbox)");
  store.run(
    "DELETE FROM mesh_attempts WHERE send IN (SELECT id FROM mesh_outbox WHERE ledger NOT IN (SELECT id FROM ledger))",
  );
  store.run("DELETE FROM mesh_outbox WHERE ledger NOT IN (SELECT id FROM ledger)");
  store.run("DELETE FROM receipts WHERE ledger NOT IN (SELECT id FROM ledger)");
}
