// What a disk held at any moment of a recorded run, when the power failed then.
//
// The log of shim.c is read once, in order. A file has an image that is certain (everything up to its last fsync) and
// changes that are not: of those, a power cut may leave none, all, some in any order, or parts of 512 bytes. Names are
// taken as certain at once; a file's own fsync brings its name along on the file systems that people use.

import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { below, chance, type Random } from "#base/random.ts";

/** What becomes of writes that were not synced. */
export const MODES = ["dropped", "kept", "shuffled", "torn"] as const;
export type Mode = (typeof MODES)[number];

const SECTOR = 512;

type Change =
  | { readonly is: "write"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly is: "cut-off"; readonly at: number };

export type DiskRecord =
  | { readonly what: "opened"; readonly file: number; readonly name: string }
  | { readonly what: "changed"; readonly file: number; readonly change: Change }
  | { readonly what: "synced" | "removed"; readonly file: number }
  | { readonly what: "renamed"; readonly file: number; readonly to: number };

/** The bytes of `struct record` in shim.c. */
const HEADER = 24;

/** Everything that the library wrote down. */
export function readLog(path: string): DiskRecord[] {
  const log = readFileSync(path);
  const records: DiskRecord[] = [];
  for (let at = 0; at + HEADER <= log.length;) {
    const [what, file] = [log.readUInt32LE(at), log.readUInt32LE(at + 4)];
    const [offset, length] = [Number(log.readBigUInt64LE(at + 8)), Number(log.readBigUInt64LE(at + 16))];
    at += HEADER;
    const bytes = log.subarray(at, at + length);
    at += length;
    if (what === 1) records.push({ what: "opened", file, name: basename(bytes.toString()) });
    else if (what === 2) records.push({ what: "changed", file, change: { is: "write", at: offset, bytes } });
    else if (what === 3) records.push({ what: "synced", file });
    else if (what === 4) records.push({ what: "changed", file, change: { is: "cut-off", at: offset } });
    else if (what === 5) records.push({ what: "removed", file });
    else records.push({ what: "renamed", file, to: offset });
  }
  return records;
}

/** Bytes that grow. */
class Image {
  #bytes: Buffer;
  #size: number;

  constructor(from?: Image) {
    this.#bytes = from === undefined ? Buffer.alloc(0) : Buffer.from(from.bytes);
    this.#size = this.#bytes.length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  apply(change: Change): void {
    if (change.is === "write") {
      this.#resize(Math.max(this.#size, change.at + change.bytes.length));
      this.#bytes.set(change.bytes, change.at);
    } else this.#resize(change.at);
  }

  #resize(size: number): void {
    if (size > this.#bytes.length) {
      const more = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
      this.bytes.copy(more);
      this.#bytes = more;
    }
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
  }
}

interface File {
  name: string;
  there: boolean;
  certain: Image;
  uncertain: Change[];
}

export class Disk {
  readonly #files = new Map<number, File>();

  /** One record more has happened. */
  happen(record: DiskRecord): void {
    const file = this.#files.get(record.file);
    switch (record.what) {
      case "opened":
        if (!file) this.#files.set(record.file, fresh(record.name));
        return;
      case "changed":
        file!.there = true;
        file!.uncertain.push(record.change);
        return;
      case "synced":
        for (const change of file!.uncertain) file!.certain.apply(change);
        file!.uncertain = [];
        return;
      case "removed":
        this.#files.set(record.file, fresh(file!.name));
        return;
      case "renamed":
        this.#files.set(record.to, { ...file!, name: this.#files.get(record.to)!.name });
        this.#files.set(record.file, fresh(file!.name));
    }
  }

  nameOf(file: number): string | undefined {
    return this.#files.get(file)?.name;
  }

  /** Writes into `folder` what a power cut now leaves. */
  leave(folder: string, mode: Mode, random: Random): void {
    for (const { name, there, certain, uncertain } of this.#files.values()) {
      if (!there) continue;
      const image = new Image(certain);
      for (const change of survivors(uncertain, mode, random)) image.apply(change);
      writeFileSync(join(folder, name), image.bytes);
    }
  }
}

const fresh = (name: string): File => ({ name, there: false, certain: new Image(), uncertain: [] });

function survivors(changes: readonly Change[], mode: Mode, random: Random): readonly Change[] {
  if (mode === "dropped") return [];
  if (mode === "kept") return changes;
  if (mode === "torn") return changes.flatMap(sectors).filter(() => chance(random, 0.5));
  const some = changes.filter(() => chance(random, 0.5));
  for (let last = some.length - 1; last > 0; last--) {
    const other = below(random, last + 1);
    [some[last], some[other]] = [some[other]!, some[last]!];
  }
  return some;
}

/** A write as the sectors of a disk see it. */
function sectors(change: Change): Change[] {
  if (change.is !== "write") return [change];
  const parts: Change[] = [];
  for (let from = 0; from < change.bytes.length;) {
    const length = Math.min(SECTOR - ((change.at + from) % SECTOR), change.bytes.length - from);
    parts.push({ is: "write", at: change.at + from, bytes: change.bytes.subarray(from, from + length) });
    from += length;
  }
  return parts;
}
