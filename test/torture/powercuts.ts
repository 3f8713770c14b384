// The power fails. A run of the gateway is recorded down to its writes and fsyncs, the disk is rebuilt as it may have been
// at random moments of it, and the real program opens what is left: every row that somebody was told of must be there.
//
// Killing a process cannot show this: what the kernel has is safe from a kill, and only from a kill.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { below, seededRandom, type Random } from "#base/random.ts";
import type { Store } from "#store/store.ts";
import { openStore } from "#store/open.ts";
import { verdict, type Campaign, type CampaignOptions, type Result } from "./campaign.ts";
import { Disk, MODES, readLog, type DiskRecord, type Mode } from "./disk.ts";
import type { Mark } from "./powercut-workload.ts";
import { sabotaged } from "./sabotage.ts";
import { compileShim } from "./shim.ts";

const WORKLOAD = fileURLToPath(new URL("powercut-workload.ts", import.meta.url));

/** A run of so many messages fills SQLite's log of 4 MB more than once, so that checkpoints are cut too. */
const MESSAGES = 300;
const CUTS_A_RUN = 1_000;

interface Tally {
  checked: number;
  lost: number;
  /** Cuts after which a row was missing. */
  losing: number;
  corrupt: number;
  unopened: number;
  /** Times that SQLite moved its log into the database, over all runs. */
  checkpoints: number;
  readonly byMode: Record<Mode, number>;
}

export const powercuts: Campaign = {
  about: "power cuts at random moments of recorded runs",
  controls: ["synchronous-normal", "leave-unsettled"],
  // eslint-disable-next-line typescript/require-await -- one signature for all campaigns
  run: async (options) => cutAll(options),
};

function cutAll(options: CampaignOptions): Result {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "muster-power-"));
  const tally: Tally = {
    checked: 0,
    lost: 0,
    losing: 0,
    corrupt: 0,
    unopened: 0,
    checkpoints: 0,
    byMode: { dropped: 0, kept: 0, shuffled: 0, torn: 0 },
  };
  let runs = 0;
  try {
    const library = compileShim(folder);
    for (let done = 0; done < options.size; done += CUTS_A_RUN) {
      const seed = options.seed + runs++;
      const records = record(folder, library, seed, options);
      cutRun(records, Math.min(CUTS_A_RUN, options.size - done), seededRandom(seed), folder, tally);
      options.say?.(`${Math.min(options.size, done + CUTS_A_RUN)} cuts, ${tally.lost} rows lost`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { checked, lost, losing, corrupt, unopened, checkpoints, byMode } = tally;
  return verdict(
    options,
    { sent: checked, delivered: checked - lost, lost, duplicated: 0 },
    { powercuts: options.size, runs, checkpoints, losing, losingByMode: byMode, corrupt, unopened },
    [
      ...(corrupt === 0 ? [] : [`${corrupt} databases were damaged`]),
      ...(unopened === 0 ? [] : [`${unopened} databases could not be opened`]),
    ],
  );
}

/** One run of the workload, written down. */
function record(folder: string, library: string, seed: number, options: CampaignOptions): DiskRecord[] {
  const [work, log] = [join(folder, "work"), join(folder, "log")];
  for (const old of [work, log]) rmSync(old, { recursive: true, force: true });
  mkdirSync(work);
  const result = spawnSync(process.execPath, [WORKLOAD, work, String(seed), String(options.messages ?? MESSAGES)], {
    encoding: "utf8",
    env: {
      ...process.env,
      ...sabotaged(options.control),
      LD_PRELOAD: library,
      TORTURE_FOLDER: work,
      TORTURE_LOG: log,
    },
  });
  if (result.status !== 0) throw new Error(`the recorded run ended with ${result.status}: ${result.stderr}`);
  return readLog(log);
}

/** Cuts one run at so many moments, in the order of time. */
function cutRun(records: readonly DiskRecord[], cuts: number, random: Random, folder: string, tally: Tally): void {
  const moments = Array.from({ length: cuts }, () => below(random, records.length)).sort((a, b) => a - b);
  const disk = new Disk();
  const told = new Told();
  let next = 0;
  for (const [index, record] of records.entries()) {
    if (!told.heard(record)) disk.happen(record);
    if (record.what === "synced" && disk.nameOf(record.file) === "muster.db") tally.checkpoints++;
    for (; next < moments.length && moments[next] === index; next++) {
      cut(disk, MODES[next % MODES.length]!, random, join(folder, "rebuilt"), told, tally);
    }
  }
}

function cut(disk: Disk, mode: Mode, random: Random, folder: string, told: Told, tally: Tally): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  disk.leave(folder, mode, random);
  tally.checked += told.count;
  let store: Store;
  try {
    store = openStore(join(folder, "muster.db"));
  } catch {
    tally.unopened++;
    tally.lost += told.count;
    return;
  }
  try {
    const lost = told.missing(store);
    tally.lost += lost;
    if (lost > 0) tally.losing++;
    if (lost > 0) tally.byMode[mode]++;
    if (store.pragma("integrity_check") !== "ok") tally.corrupt++;
  } finally {
    store.close();
  }
}

/** What somebody was told up to a moment. */
class Told {
  #marks: number | undefined;
  readonly #accepted = new Set<string>();
  readonly #packets = new Set<number>();
  #request = 0;
  #events = 0;

  /** True when the record is one of the marks and not the database's. */
  heard(record: DiskRecord): boolean {
    if (record.what === "opened" && record.name === "run.marks") this.#marks = record.file;
    if (record.file !== this.#marks) return false;
    if (record.what === "changed" && record.change.is === "write") {
      this.#add(JSON.parse(Buffer.from(record.change.bytes).toString()) as Mark);
    }
    return true;
  }

  #add({ accepted, packet, request, events }: Mark): void {
    if (accepted !== undefined) this.#accepted.add(accepted);
    if (packet !== undefined) this.#packets.add(packet);
    this.#request = Math.max(this.#request, request ?? 0);
    this.#events = Math.max(this.#events, events ?? 0);
  }

  /** Rows that are relied upon. */
  get count(): number {
    return this.#accepted.size + this.#packets.size + this.#request + this.#events;
  }

  /** How many of them are not in the database. */
  missing(store: Store): number {
    const raw = store.all<{ raw: Uint8Array }>("SELECT raw FROM inbox").map((row) => Buffer.from(row.raw).toString());
    const kept = new Set(raw.flatMap((text) => /w\d+\./.exec(text) ?? []));
    const packets = new Set(
      store.all<{ id: number }>("SELECT packet_id AS id FROM mesh_attempts").map((row) => row.id),
    );
    // Rows leave the outbox when they are done; the counter of its ids is part of the transaction that made them.
    const requests =
      store.get<{ n: number }>("SELECT seq AS n FROM sqlite_sequence WHERE name = 'matrix_outbox'")?.n ?? 0;
    const events = store.get<{ n: number }>("SELECT count(*) AS n FROM ledger WHERE event_id IS NOT NULL")!.n;
    return (
      [...this.#accepted].filter((token) => !kept.has(token)).length +
      [...this.#packets].filter((id) => !packets.has(id)).length +
      Math.max(0, this.#request - requests) +
      Math.max(0, this.#events - events)
    );
  }
}
