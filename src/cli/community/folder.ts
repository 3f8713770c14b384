// The folder of procedures on this machine's disk.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KnowledgeFile } from "#wire/procedures.ts";
import { Failure } from "#cli/verb.ts";

/** Larger files are no procedures. */
const LARGEST = 1024 * 1024;

/** Every file directly in it, those that are not text as empty ones (links to pictures resolve). Throws `Failure` in words. */
export function readFolder(folder: string): KnowledgeFile[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map(({ name }) => ({ path: name, text: /\.md$/i.test(name) ? textIn(join(folder, name)) : "" }));
  } catch (error) {
    throw new Failure(`${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function textIn(path: string): string {
  const bytes = readFileSync(path);
  return bytes.length > LARGEST ? "" : bytes.toString("utf8");
}
