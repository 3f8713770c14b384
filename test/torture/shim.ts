// The preload library of shim.c: compiled once for each folder of work, and steered by two numbers in a mapped file.

import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Millis } from "#base/clock.ts";

const SOURCE = fileURLToPath(new URL("shim.c", import.meta.url));

/** Compiles the library into `folder`; gives its path. Needs a C compiler. */
export function compileShim(folder: string): string {
  const library = join(folder, "shim.so");
  const result = spawnSync("cc", ["-shared", "-fPIC", "-O2", "-Wall", "-o", library, SOURCE, "-ldl", "-lpthread"], {
    encoding: "utf8",
  });
  if (result.error) throw new Error(`a C compiler is needed (Debian package: gcc): ${result.error.message}`);
  if (result.status !== 0) throw new Error(`cc: ${result.stderr}`);
  return library;
}

/** The date and the disk of processes that run with the library. */
export class Shim {
  readonly env: Readonly<Record<string, string>>;
  readonly #state: number;

  /** `files`: the folder whose files a full disk stops. */
  constructor(folder: string, files: string) {
    const state = join(folder, "state");
    writeFileSync(state, Buffer.alloc(16));
    this.#state = openSync(state, "r+");
    this.env = { LD_PRELOAD: compileShim(folder), TORTURE_STATE: state, TORTURE_FOLDER: files };
  }

  /** So far from the true date, in ms; either way. */
  setDate(off: Millis): void {
    this.#put(0, off);
  }

  setFull(full: boolean): void {
    this.#put(8, full ? 1 : 0);
  }

  close(): void {
    closeSync(this.#state);
  }

  #put(at: number, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(value)));
    writeSync(this.#state, bytes, 0, 8, at);
  }
}
