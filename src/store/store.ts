// The database, one transaction at a time. Opening the file is open.ts.

import { closeSync, fdatasyncSync, openSync } from "node:fs";
import type Database from "better-sqlite3";
import { assert } from "#base/assert.ts";

export const DURABLE = "synchronous = FULL";

/** Small pages: a commit writes whole pages to the log, and SD cards wear out by bytes (24 KB a message instead of 33). */
export const PAGE_SIZE = 512;

/** The write-ahead log is checkpointed at this size. */
export const LOG_BYTES = 4 * 1024 * 1024;

/** The file's own cap: a neighbourhood's 90 days are some hundred megabytes. */
export const LARGEST_BYTES = 1024 * 1024 * 1024;

/** The file is not ours to open: newer than this program, or not a Muster database. Says what to do. */
export class StoreRefusal extends Error {
  override name = "StoreRefusal";
  /** It has our tables under a stranger's name: a damaged header. */
  readonly ours: boolean;
  constructor(words: string, ours = false) {
    super(words);
    this.ours = ours;
  }
}

export type Row = Record<string, unknown>;

export class Store {
  readonly path: string;
  readonly #db: Database.Database;
  #largest = LARGEST_BYTES;
  /** The last commit may not be on the disk yet. */
  #unsettled = false;
  /** The write-ahead log, opened by `settle`. It stays the same file for as long as the database is open. */
  #log: number | undefined;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(path: string, db: Database.Database) {
    this.path = path;
    this.#db = db;
  }

  /** Runs `work` in one transaction; it is durable when this returns. A throw rolls all of it back. */
  transaction<T>(work: () => T): T {
    assert(!this.#db.inTransaction, "one transaction at a time");
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      this.#unsettled = false;
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /**
   * Like `transaction`, but durable only with the next one or with `settle`: for what may be forgotten by a power cut because
   * asking again brings it back. It saves the card a write of its own, rounded up to a whole page of the disk's.
   */
  lazily<T>(work: () => T): T {
    if (this.path === ":memory:") return this.transaction(work);
    this.#db.pragma("synchronous = NORMAL");
    try {
      return this.transaction(work);
    } finally {
      this.#db.pragma(DURABLE);
      this.#unsettled = true;
    }
  }

  /** Makes durable what `lazily` left open. Before anything leaves that a power cut must not make us forget. */
  settle(): void {
    if (!this.#unsettled) return;
    this.#log ??= openSync(`${this.path}-wal`, "r+");
    fdatasyncSync(this.#log);
    this.#unsettled = false;
  }

  /** Takes the right to write, and writes nothing: throws when the database cannot be had. */
  probe(): void {
    this.#db.exec("BEGIN IMMEDIATE; COMMIT");
  }

  /** Begins a transaction that nobody ends, for tests of a stuck database. */
  begin(): void {
    this.#db.exec("BEGIN IMMEDIATE");
  }

  /** Undoes what `work` wrote if it throws, inside the caller's transaction. */
  attempt<T>(work: () => T): T {
    this.#db.exec("SAVEPOINT attempt");
    try {
      const result = work();
      this.#db.exec("RELEASE attempt");
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK TO attempt; RELEASE attempt");
      throw error;
    }
  }

  run(sql: string, ...values: unknown[]): { changes: number; lastInsertRowid: number } {
    const result = this.#prepare(sql).run(...values);
    return { changes: result.changes, lastInsertRowid: Number(result.lastInsertRowid) };
  }

  get<T = Row>(sql: string, ...values: unknown[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined;
  }

  all<T = Row>(sql: string, ...values: unknown[]): T[] {
    return this.#prepare(sql).all(...values) as T[];
  }

  /** True when SQLite finds the file's structure sound. Reads the whole file: not in the loop's way. */
  quickCheck(): boolean {
    return this.#db.pragma("quick_check(1)", { simple: true }) === "ok";
  }

  /** Copies the whole database while it is in use; resolves when the copy is complete. */
  backup(path: string): Promise<unknown> {
    return this.#db.backup(path);
  }

  /** Changes with every commit of ours. */
  get changes(): number {
    return this.get<{ n: number }>("SELECT total_changes() AS n")!.n;
  }

  /** Sets the file's own cap, bytes. It never cuts off what is there. */
  setLargest(bytes: number): void {
    this.#largest = bytes;
    this.pragma(`max_page_count = ${Math.floor(bytes / PAGE_SIZE)}`);
  }

  /** Lets `work` go over the file's own cap by a tenth: giving up rows has to be written down first. */
  overCap<T>(work: () => T): T {
    const largest = this.#largest;
    this.setLargest(largest * 1.1);
    try {
      return work();
    } finally {
      this.setLargest(largest);
    }
  }

  /** Brings the log into the file, so that it is written from its beginning again. False when the disk takes no more. */
  checkpoint(): boolean {
    try {
      this.#db.pragma("wal_checkpoint(RESTART)");
      return true;
    } catch {
      return false;
    }
  }

  pragma(name: string): unknown {
    return this.#db.pragma(name, { simple: true });
  }

  close(): void {
    if (this.#log !== undefined) closeSync(this.#log);
    this.#log = undefined;
    this.#db.close();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Whether a failed write says that there is no room: the disk is full, or the database's own cap was reached. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && (code.startsWith("SQLITE_FULL") || code.startsWith("SQLITE_IOERR_WRITE"));
}
