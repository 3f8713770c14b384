// Room on the disk: a reserve that is given up when the disk is full, the file's own cap, and what can be forgotten for room.
//
// On a full disk even a DELETE fails, because it is written to the log first, and so does the checkpoint that would empty
// the log (reliability-facts §2b). So a file of twice the log's size stands beside the database; without it there is room to
// delete and to checkpoint. Pages that deletions free stay in the file, and new rows go there without asking the disk.

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { MessageClass } from "#domain/message.ts";
import { forgetLedger } from "./prune.ts";
import { LOG_BYTES, type Store } from "./store.ts";

const RESERVE_BYTES = 2 * LOG_BYTES;

const reservePath = (path: string): string => `${path}.reserve`;
const inMemory = (path: string): boolean => path === ":memory:";

/** Gives the reserve back to the disk and empties the log. Never throws: there may be nothing to give. */
export function dropReserve(store: Store): void {
  if (inMemory(store.path)) return;
  rmSync(reservePath(store.path), { force: true });
  store.checkpoint();
}

/** True while the reserve is there; it is made if the disk has room for it twice. */
export function holdReserve(store: Store): boolean {
  if (inMemory(store.path) || existsSync(reservePath(store.path))) return true;
  const path = reservePath(store.path);
  try {
    const { bavail, bsize } = statfsSync(dirname(store.path));
    if (bavail * bsize < 2 * RESERVE_BYTES) return false;
    const file = openSync(`${path}.new`, "w", 0o600);
    const piece = Buffer.alloc(64 * 1024, 0x4d);
    for (let written = 0; written < RESERVE_BYTES; written += piece.length) writeSync(file, piece);
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.new`, path);
    return true;
  } catch {
    rmSync(`${path}.new`, { force: true });
    return false;
  }
}

/** Share of the file that is free for new rows, 0 to 1, reckoned against its cap. */
export function freeShare(store: Store): number {
  const [free, used, cap] = ["freelist_count", "page_count", "max_page_count"].map((name) =>
    Number(store.pragma(name)),
  );
  return (free! + cap! - used!) / cap!;
}

/** Bytes that deletions have freed inside the file. */
export function freedBytes(store: Store): number {
  return Number(store.pragma("freelist_count")) * Number(store.pragma("page_size"));
}

/** What one shedding frees: enough for some thousand messages, or a twentieth of a small cap. */
export function enoughBytes(store: Store): number {
  const cap = Number(store.pragma("max_page_count")) * Number(store.pragma("page_size"));
  return Math.min(1024 * 1024, cap / 20);
}

const AT_ONCE = 50;

/** Forgets the oldest settled messages of a class; returns how many. */
export function forgetOldest(store: Store, messageClass: MessageClass): number {
  const rows = store.all<{ id: number }>(
    "SELECT id FROM ledger WHERE settled_at IS NOT NULL AND class = ? ORDER BY id LIMIT ?",
    messageClass,
    AT_ONCE,
  );
  forgetLedger(
    store,
    rows.map((row) => row.id),
  );
  return rows.length;
}

/** Forgets the oldest arrivals that were handled. */
export function forgetHandled(store: Store): number {
  const old = "SELECT id FROM inbox WHERE state IN ('handled', 'duplicate') ORDER BY id LIMIT ?";
  return store.run(`DELETE FROM inbox WHERE id IN (${old})`, 4 * AT_ONCE).changes;
}

/** Forgets the oldest of what other gateways might want to learn one day. */
export function forgetJournal(store: Store): number {
  const old = "SELECT sequence FROM journal ORDER BY sequence LIMIT ?";
  return store.run(`DELETE FROM journal WHERE sequence IN (${old})`, 4 * AT_ONCE).changes;
}

/** Forgets waiting arrivals of radios that carry no words: positions, telemetry, descriptions. `ports`: those with words. */
export function forgetWordless(store: Store, ports: readonly number[]): number {
  const old =
    "SELECT id FROM inbox WHERE state = 'waiting' AND source = 'radio' AND body ->> '$.packet.portnum' NOT IN " +
    `(SELECT value FROM json_each(?)) AND body ->> '$.packet.encrypted' IS NULL ORDER BY id LIMIT ${4 * AT_ONCE}`;
  return store.run(`DELETE FROM inbox WHERE id IN (${old})`, JSON.stringify(ports)).changes;
}

/** The oldest messages of a class that nothing has been done about yet: ledger rows whose send is untried. */
export function oldestUntried(store: Store, messageClass: MessageClass): number[] {
  return store
    .all<{ id: number }>(
      "SELECT id FROM ledger WHERE state = 'queued' AND class = ? AND (" +
        "id IN (SELECT ledger FROM mesh_outbox WHERE status = 'waiting' AND packet_id IS NULL AND attempt = 0) OR " +
        "id IN (SELECT ledger FROM matrix_outbox WHERE attempt = 0 AND digest IS NULL)) ORDER BY id LIMIT ?",
      messageClass,
      AT_ONCE,
    )
    .map((row) => row.id);
}

/** Takes back what was going to be sent for a message, of which nothing was tried yet. */
export function dropSends(store: Store, ledger: number): void {
  store.run("DELETE FROM mesh_outbox WHERE ledger = ?", ledger);
  store.run("DELETE FROM matrix_outbox WHERE ledger = ?", ledger);
}
