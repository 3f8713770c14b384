// Bits flipped in what is stored, and files damaged in twenty ways.

import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { below, seededRandom } from "#base/random.ts";
import { backupPath, markSuspect, openOrRecover } from "#store/recover.ts";
import type { Store } from "#store/store.ts";
import { findDamaged, SUMMED_TABLES } from "#store/sums.ts";
import { resumeTime } from "#store/timeline.ts";
import { ANA, Bench, DIRECT, settings, START } from "#test/harness/gateway.ts";
import { openStore } from "#store/open.ts";

const SAID = 120;
const WAITING = 12;
/** No writer is held back here, and no message by the budget. */
const FREE = {
  access: { ...settings().access, airtimeSharePerUser: 1 },
  airtime: { budgetPercent: 100, emergencyReservePercent: 0, utilisationCeiling: 100, urgentCeiling: 100 },
};
let folder: string;
let sound: string;
let older: string;
/** What went out by radio before anything was damaged. */
let said: ReadonlySet<string>;

/** A database in the middle of its work, and a backup of it made when a fifth of it was not there yet. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "muster-damage-"));
  sound = join(folder, "sound.db");
  older = join(folder, "older.db");
  const store = openStore(sound);
  const bench = new Bench(FREE, store).ready();
  for (let n = 0; n < SAID; n++) {
    bench.hear(ANA, `the roof of number ${n} leaks and the cellar is wet`, n % 3 === 0 ? DIRECT : {});
    bench.write(`somebody comes to number ${n}, please wait`);
    bench.clock.advance(60_000);
  }
  bench.serverTakes = false;
  bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
  await store.backup(older);
  for (let n = 0; n < WAITING; n++) {
    bench.hear(ANA, `still waiting for Matrix ${n}`);
    bench.write(`still waiting for the radio ${n}`);
  }
  said = new Set(bench.texts());
  store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function fresh(name: string, withBackup = true): string {
  const path = join(folder, name, "muster.db");
  rmSync(join(folder, name), { recursive: true, force: true });
  openStore(path).close();
  copyFileSync(sound, path);
  if (withBackup) copyFileSync(older, backupPath(path));
  return path;
}

function damagedRows(store: Store): number {
  let count = 0;
  for (const table of SUMMED_TABLES) count += findDamaged(store, table, 0, 1e9).damaged.length;
  return count;
}

/** Where the bytes of stored messages lie in the file. */
function messageBytes(file: Buffer): number[] {
  const offsets: number[] = [];
  for (const words of ["the roof of number", "somebody comes to", "still waiting for"]) {
    for (let at = file.indexOf(words); at >= 0; at = file.indexOf(words, at + 1))
      for (let byte = 0; byte < words.length; byte++) offsets.push(at + byte);
  }
  return offsets;
}

describe("single-bit flips in stored messages", () => {
  it("300 of 300 are found", () => {
    const seed = 4;
    const random = seededRandom(seed);
    const path = fresh("flips");
    // What boards show is put together from the messages, and anew with each of them.
    const boards = openStore(path);
    boards.run("DELETE FROM boards");
    boards.close();
    const file = readFileSync(path);
    const offsets = messageBytes(file);
    const index = new Set<string>();
    let found = 0;
    const missed: string[] = [];
    while (index.size < 300) {
      const at = offsets[below(random, offsets.length)]!;
      const bit = 1 << below(random, 8);
      if (index.has(`${at}/${bit}`)) continue;
      index.add(`${at}/${bit}`);
      overwrite(path, at, Uint8Array.of(file[at]! ^ bit));
      const store = openStore(path, { readonly: true });
      if (damagedRows(store) > 0) found++;
      else missed.push(`byte ${at}, bit ${bit}`);
      store.close();
      overwrite(path, at, file.subarray(at, at + 1));
    }
    expect(missed, `seed ${seed}`).toEqual([]);
    expect(found).toBe(300);
  });

  it("in a sound file finds nothing", () => {
    const store = openStore(fresh("nothing"));
    expect(damagedRows(store)).toBe(0);
    store.close();
  });
});

const PAGE = 512;
const pages = (path: string): number => Math.floor(readFileSync(path).length / PAGE);
function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes.subarray(0, Math.max(0, statSync(path).size - at)), 0, undefined, at);
  closeSync(file);
}
const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);
const noise = (length: number) => {
  const random = seededRandom(9);
  return Uint8Array.from({ length }, () => below(random, 256));
};

/** Each way of damage; `all`: everything that waited to be sent must still be there. */
const DAMAGES: readonly { name: string; all: boolean; damage: (path: string) => void }[] = [
  { name: "a header of noise", all: true, damage: (path) => overwrite(path, 0, noise(100)) },
  { name: "a first page of noise", all: true, damage: (path) => overwrite(path, 0, noise(PAGE)) },
  { name: "a first page of zeros", all: true, damage: (path) => overwrite(path, 0, filled(PAGE, 0)) },
  { name: "another program's mark", all: true, damage: (path) => overwrite(path, 68, filled(4, 7)) },
  { name: "a schema version of 0", all: true, damage: (path) => overwrite(path, 60, filled(4, 0)) },
  { name: "a wrong page size", all: true, damage: (path) => overwrite(path, 16, filled(2, 3)) },
  { name: "the first half only", all: false, damage: (path) => truncateSync(path, (pages(path) >> 1) * PAGE) },
  { name: "half a page cut off", all: false, damage: (path) => truncateSync(path, pages(path) * PAGE - 512) },
  { name: "one page only", all: false, damage: (path) => truncateSync(path, PAGE) },
  { name: "ten bytes only", all: false, damage: (path) => truncateSync(path, 10) },
  { name: "an empty file", all: false, damage: (path) => truncateSync(path, 0) },
  { name: "no file", all: false, damage: (path) => rmSync(path) },
  { name: "nothing but zeros", all: false, damage: (path) => overwrite(path, 0, filled(pages(path) * PAGE, 0)) },
  { name: "nothing but noise", all: false, damage: (path) => overwrite(path, 0, noise(pages(path) * PAGE)) },
  { name: "a page of FF", all: false, damage: (path) => overwrite(path, 80 * PAGE, filled(PAGE, 0xff)) },
  { name: "a page of zeros", all: false, damage: (path) => overwrite(path, 120 * PAGE, filled(PAGE, 0)) },
  { name: "thirty pages of FF", all: false, damage: (path) => overwrite(path, 100 * PAGE, filled(30 * PAGE, 0xff)) },
  {
    name: "noise in the last pages",
    all: false,
    damage: (path) => overwrite(path, (pages(path) - 20) * PAGE, noise(20 * PAGE)),
  },
  { name: "another file's log", all: true, damage: (path) => writeFileSync(`${path}-wal`, noise(40_000)) },
  {
    name: "a check that failed before",
    all: true,
    damage: (path) => (markSuspect(path, "a check failed"), overwrite(path, 90 * PAGE, filled(PAGE, 0xff))),
  },
];

describe.each([true, false])("damaged files, with a backup: %s", (withBackup) => {
  it.each(DAMAGES)("$name: starts within 10 s and keeps what can be kept", ({ damage, all }) => {
    const path = fresh("file", withBackup);
    damage(path);
    const began = process.threadCpuUsage();
    const { store } = openOrRecover(path, START);
    const later = { bootId: "later", uptime: 0, wall: START + 7 * 3600_000, rate: 1 };
    const bench = new Bench(FREE, store, new VirtualClock(resumeTime(store, later))).ready();
    const { user, system } = process.threadCpuUsage(began);
    expect((user + system) / 1000).toBeLessThan(10_000);
    bench.clock.advance(3600_000);
    bench.hear(ANA, "and on it goes", { id: 5 });
    expect(bench.bodies().at(-1)).toContain("and on it goes");
    const radio = bench.texts().filter((text) => text.includes("still waiting for the radio"));
    const matrix = bench.bodies().filter((text) => text.includes("still waiting for Matrix"));
    expect(new Set(radio).size).toBe(radio.length);
    expect(new Set(matrix).size).toBe(matrix.length);
    const kept = [radio.length, matrix.length];
    expect(kept).toEqual(all ? [WAITING, WAITING] : kept);
    expect(bench.texts().filter((text) => text.includes("somebody comes") && said.has(text))).toEqual([]);
    expect(store.quickCheck()).toBe(true);
    store.close();
  });
});
