// Looking after the database while the gateway works: a backup every hour, a look at its structure after the start, a look
// at every row's checksum after the start and once a day, room on the disk. None of it holds up the loop: copying and
// checking run beside it, rows are looked at in slices.

import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Cancel, Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Door } from "#gateway/inputs.ts";
import { machineFindings } from "#cli/doctor/machine-health.ts";
import { backupPath, isDamage, markSuspect } from "#store/recover.ts";
import type { Store } from "#store/store.ts";
import { findDamaged, SUMMED_TABLES } from "#store/sums.ts";

export interface UpkeepOptions {
  readonly store: Store;
  readonly door: Pick<Door, "report">;
  readonly clock: Clock;
  readonly log: Log;
  /** The file is damaged: nothing helps but to start again. */
  readonly fatal: (error: unknown) => void;
}

const BACKUP_EVERY: Millis = 3_600_000;
/** The first soon after the start, when the flood of a start is over. */
const FIRST_BACKUP: Millis = 60_000;

const MACHINE_EVERY: Millis = 600_000;

const SLICE = 200;
const SLICE_EVERY: Millis = 50;
const SCAN_EVERY: Millis = 24 * 3_600_000;

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #timers = new Map<string, Cancel>();
  readonly #complaints = new Set<string>();
  #stopped = false;
  #backedUp = -1;
  #backup: Promise<void> | undefined;
  /** Rows found damaged since the start. */
  damaged = 0;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#after("machine", FIRST_BACKUP, () => this.#lookAtMachine());
    this.#after("scan", 1_000, () => this.#scan(0, 0));
    this.#after("backup", FIRST_BACKUP, () => this.#backUpAndAgain());
    void this.#checkStructure();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    await this.#backup;
  }

  /** Copies the database beside itself; the copy counts once it was found sound. */
  async backUp(): Promise<void> {
    const { store, log } = this.#options;
    const changes = store.changes;
    if (changes === this.#backedUp && existsSync(backupPath(store.path))) return;
    const fresh = `${backupPath(store.path)}.new`;
    try {
      rmSync(fresh, { force: true });
      await store.backup(fresh);
      const wrong = await checkFile(fresh);
      if (wrong !== undefined) throw new Error(wrong);
      for (const tail of ["-wal", "-shm"]) rmSync(fresh + tail, { force: true });
      renameSync(fresh, backupPath(store.path));
      this.#backedUp = changes;
      log.debug("backed up", { bytes: statSync(backupPath(store.path)).size });
    } catch (error) {
      log.error("the hourly backup failed; the one before is kept", { error: String(error) });
      for (const tail of ["", "-wal", "-shm"]) rmSync(fresh + tail, { force: true });
    }
  }

  /** What the machine complains of is said when it begins, and when it is over. */
  #lookAtMachine(): void {
    const { store, log } = this.#options;
    for (const { check, ok, finding, advice } of machineFindings(store.path)) {
      if (ok === !this.#complaints.has(check)) continue;
      if (ok) this.#complaints.delete(check);
      else this.#complaints.add(check);
      if (ok) log.info("the machine is well again", { check, finding });
      else log.warn("the machine is in trouble", { check, finding, advice });
    }
    this.#after("machine", MACHINE_EVERY, () => this.#lookAtMachine());
  }

  #backUpAndAgain(): void {
    this.#backup = this.backUp();
    this.#after("backup", BACKUP_EVERY, () => this.#backUpAndAgain());
  }

  async #checkStructure(): Promise<void> {
    const { store, log, fatal } = this.#options;
    const wrong = await checkFile(store.path);
    if (wrong === undefined || this.#stopped) return;
    log.error("the database is damaged; starting again to repair it", { error: wrong });
    markSuspect(store.path, wrong);
    fatal(new Error(`the database is damaged: ${wrong}`));
  }

  /** A slice of the rows; what is damaged is handed to the gateway, one by one. */
  #scan(table: number, after: number): void {
    const { store, door, log, fatal } = this.#options;
    const name = SUMMED_TABLES[table];
    if (name === undefined) return this.#after("scan", SCAN_EVERY, () => this.#scan(0, 0));
    try {
      const { damaged, last } = findDamaged(store, name, after, SLICE);
      for (const id of damaged) {
        this.damaged++;
        log.error("a stored row is damaged", { table: name, id });
        door.report({ kind: "row-damaged", table: name, id });
      }
      const next = last === undefined ? ([table + 1, 0] as const) : ([table, last] as const);
      this.#after("scan", SLICE_EVERY, () => this.#scan(...next));
    } catch (error) {
      if (!isDamage(error)) throw error;
      markSuspect(store.path, "reading it failed while its rows were checked");
      fatal(error);
    }
  }

  #after(what: string, delay: Millis, run: () => void): void {
    if (this.#stopped) return;
    this.#timers.get(what)?.();
    this.#timers.set(what, this.#options.clock.after(delay, run));
  }
}

/** What is wrong with a database file, in words; undefined when it is sound. */
export function checkFile(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./check-worker.ts", import.meta.url), { workerData: path });
    worker.once("message", (wrong: string | undefined) => resolve(wrong));
    worker.once("error", (error) => resolve(String(error)));
  });
}
