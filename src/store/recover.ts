// Opening the database on the worst day: a damaged file never stops the start.
//
// A file that SQLite cannot read, or that was found unsound (`markSuspect`), is moved aside with everything that belongs to
// it, the backup beside it takes its place (or an empty database), and what can still be read is taken over. Nothing of the
// damaged file is ever deleted by us. A file that is sound but not ours, or newer than this program, is refused as before.

import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isoTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { salvage } from "./salvage.ts";
import { StoreRefusal, type Store } from "./store.ts";
import { metaValue, setMeta } from "./world.ts";
import { openStore } from "./open.ts";

export interface Recovery {
  readonly reason: string;
  /** Where the damaged file is now. */
  readonly movedTo: string;
  readonly fromBackup: boolean;
  /** What happened and what is missing, for operators. */
  readonly words: string;
}

export interface Opened {
  readonly store: Store;
  readonly recovery?: Recovery;
}

/** Up to this size a file is looked through before it is used; a larger one in the background (`quickCheck`). */
const CHECKED_AT_ONCE = 16 * 1024 * 1024;

/** Ids may have been given out since the backup was made; none may name two messages. */
const SKIPPED_IDS = 10_000;

export const backupPath = (path: string): string => `${path}.backup`;
const suspectPath = (path: string): string => `${path}.suspect`;

/** The next start shall not trust this file. Never throws: it is called on the way down. */
export function markSuspect(path: string, reason: string): void {
  try {
    writeFileSync(suspectPath(path), reason);
  } catch {
    // The disk takes nothing: the next start finds out for itself.
  }
}

/** Opens the database at `path`, repairing it if need be. `wall`: for the name of the damaged file. Throws StoreRefusal. */
export function openOrRecover(path: string, wall: Millis): Opened {
  const reason = whatIsWrong(path);
  if (reason === undefined) return { store: openStore(path) };
  return recover(path, reason, wall);
}

/** In words, or undefined for a file that can be used. */
function whatIsWrong(path: string): string | undefined {
  if (!existsSync(path) || statSync(path).size === 0)
    return existsSync(backupPath(path)) ? "the database was gone, but its backup was there" : undefined;
  let store: Store | undefined;
  try {
    store = openStore(path);
    const suspect = suspicion(path);
    if (suspect === undefined && statSync(path).size > CHECKED_AT_ONCE) return undefined;
    if (!store.quickCheck()) return suspect ?? "its structure is damaged";
    rmSync(suspectPath(path), { force: true });
    return undefined;
  } catch (error) {
    if (error instanceof StoreRefusal && !error.ours) throw error;
    return `it cannot be read (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    store?.close();
  }
}

function suspicion(path: string): string | undefined {
  return existsSync(suspectPath(path)) ? readFileSync(suspectPath(path), "utf8") : undefined;
}

function recover(path: string, reason: string, wall: Millis): Opened {
  const movedTo = moveAside(path, wall);
  const backup = backupPath(path);
  const fromBackup = existsSync(backup) && restore(backup, path);
  // Closed once, so that the file itself is complete: a donor of first pages.
  if (!fromBackup) openStore(path).close();
  const store = openStore(path);
  const saved = existsSync(movedTo) ? salvage(store, movedTo, fromBackup ? backup : path) : undefined;
  const backupWords = fromBackup
    ? `The backup of ${isoTime(statSync(backup).mtimeMs)} was opened`
    : "There was no backup";
  const words = [
    `Reason: ${reason}.`,
    `${backupWords}, and ${sumWords(saved?.rows)} were read from the damaged file.`,
    saved && saved.holes.length > 0
      ? `Not all could be read (${saved.holes.join(", ")}): ${fromBackup ? "what came in after that backup" : "what was stored there"} may be missing.`
      : "Every table could be read to its end.",
    saved && saved.uncertain > 0 ? `${saved.uncertain} texts for the mesh may or may not have been sent.` : "",
    `The damaged file is kept as ${movedTo}.`,
  ]
    .filter((each) => each !== "")
    .join(" ");
  store.transaction(() => {
    store.run("UPDATE sqlite_sequence SET seq = seq + ?", SKIPPED_IDS);
    setMeta(store, "recovered", words);
  });
  rmSync(suspectPath(path), { force: true });
  return { store, recovery: { reason, movedTo, fromBackup, words } };
}

function sumWords(rows: Readonly<Record<string, number>> | undefined): string {
  const count = (table: string): number => rows?.[table] ?? 0;
  return `${count("ledger")} messages, ${count("inbox")} arrivals and ${count("mesh_outbox") + count("matrix_outbox")} sends`;
}

function moveAside(path: string, wall: Millis): string {
  const stamp = isoTime(wall).replaceAll(/[:.]/g, "-");
  const movedTo = freeName(`${path}.damaged-${stamp}`);
  for (const tail of ["", "-wal", "-shm"]) if (existsSync(path + tail)) renameSync(path + tail, movedTo + tail);
  return movedTo;
}

function freeName(name: string): string {
  for (let count = 0; ; count++) {
    const tried = count === 0 ? name : `${name}-${count}`;
    if (!existsSync(tried)) return tried;
  }
}

/** False when the backup is no use either. */
function restore(backup: string, path: string): boolean {
  try {
    copyFileSync(backup, path);
    const store = openStore(path);
    const sound = store.quickCheck();
    store.close();
    if (sound) return true;
  } catch {
    // Worse than none: an empty database takes its place.
  }
  for (const tail of ["", "-wal", "-shm"]) rmSync(path + tail, { force: true });
  return false;
}

/** What operators have not been told of yet. Taken once. */
export function takeRecovery(store: Store): string | undefined {
  const words = metaValue(store, "recovered");
  if (words !== undefined) store.run("DELETE FROM meta WHERE key = 'recovered'");
  return words;
}

/** Whether a failure says that the file itself is damaged. */
export function isDamage(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB");
}
