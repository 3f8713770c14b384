// Opening the database file safely: whose it is, whether this program may work on it, and bringing it to this program's tables.
//
// better-sqlite3 silently runs WAL files with synchronous=NORMAL after the first re-open (reliability-facts §0.3), which
// loses acknowledged rows at a power cut; FULL is therefore set, and checked, at every open. The file's header carries
// the schema version (user_version) and table `meta` the oldest version that still works on it.

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { assert } from "#base/assert.ts";
import { rowSum } from "./sums.ts";
import { MIGRATIONS, SCHEMA_VERSION, type Migration } from "./schema.ts";
import { DURABLE, PAGE_SIZE, LOG_BYTES, LARGEST_BYTES, StoreRefusal, Store } from "./store.ts";

/** "Must" in ASCII, so that `file` and people can tell what the database is. */
const APPLICATION_ID = 0x4d757374;

/**
 * Opens (and creates, and migrates) the database at `path`; ":memory:" for tests and simulation. `readonly` never
 * creates or migrates. Throws StoreRefusal with words for people when the file is newer than this program or is not ours.
 */
export function openStore(
  path: string,
  options: { readonly?: boolean; migrations?: readonly Migration[]; largest?: number } = {},
): Store {
  const migrations = options.migrations ?? MIGRATIONS;
  if (path !== ":memory:" && !options.readonly) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new Database(path, options.readonly ? { readonly: true, fileMustExist: true } : {});
  try {
    db.pragma("busy_timeout = 5000");
    db.function("row_sum", { varargs: true, deterministic: true }, rowSum);
    refuseStrangers(db, path, migrations);
    if (!options.readonly) {
      if (db.pragma("user_version", { simple: true }) === 0) db.pragma(`page_size = ${PAGE_SIZE}`);
      db.pragma("journal_mode = WAL");
      db.pragma(DURABLE);
      assert(db.pragma("synchronous", { simple: true }) === 2, "synchronous is FULL");
      db.pragma("foreign_keys = ON");
      db.pragma(`wal_autocheckpoint = ${LOG_BYTES / PAGE_SIZE}`);
      db.pragma("secure_delete = ON");
      migrate(db, migrations);
    }
    const store = new Store(path, db);
    if (!options.readonly) store.setLargest(options.largest ?? LARGEST_BYTES);
    return store;
  } catch (error) {
    db.close();
    throw error;
  }
}

function refuseStrangers(db: Database.Database, path: string, migrations: readonly Migration[]): void {
  const found = Number(db.pragma("user_version", { simple: true }));
  const id = Number(db.pragma("application_id", { simple: true }));
  const empty = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get() as { n: number };
  if (empty.n === 0) return;
  if (id !== APPLICATION_ID) {
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE name IN ('inbox', 'ledger', 'mesh_outbox')").all();
    throw new StoreRefusal(`${path} is not a Muster database. Choose another database.path.`, tables.length === 3);
  }
  const newest = migrations.at(-1)?.version ?? SCHEMA_VERSION;
  if (found <= newest) return;
  const row = db.prepare("SELECT value FROM meta WHERE key = 'works_from'").get() as { value: string } | undefined;
  const worksFrom = Number(row?.value ?? found);
  if (worksFrom <= newest) return;
  throw new StoreRefusal(
    `${path} was written by a newer Muster (database version ${found}; this program knows up to ${newest}, and the file ` +
      `needs at least ${worksFrom}). Install that version again, or restore a backup made before the upgrade. Nothing was changed.`,
  );
}

function migrate(db: Database.Database, migrations: readonly Migration[]): void {
  const found = Number(db.pragma("user_version", { simple: true }));
  for (const migration of migrations) {
    if (migration.version <= found) continue;
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(migration.sql);
      db.prepare(
        "INSERT INTO meta (key, value) VALUES ('works_from', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      ).run(String(migration.worksFrom));
      db.pragma(`user_version = ${migration.version}`);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.exec("COMMIT");
    } catch (error) {
      if (db.inTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}
