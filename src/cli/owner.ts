// Working as the user whom a file belongs to. Root that opens a database in use leaves files beside it which the gateway cannot write
// afterwards (SQLite's -wal and -shm), and the gateway would not start.

import { statSync } from "node:fs";
import { Failure } from "./verb.ts";

/** Runs `work` with the rights of the owner of `path`, when we are root. */
export async function asOwnerOf<T>(path: string, work: () => Promise<T>): Promise<T> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Failure(`${path} is not there: there is nothing to work on.`);
  if (process.geteuid?.() !== 0 || found.uid === 0) return work();
  process.setegid!(found.gid);
  process.seteuid!(found.uid);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}
