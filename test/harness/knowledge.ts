// The procedures of the test community (examples/knowledge), as the gateway is handed them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KnowledgeFile } from "#wire/procedures.ts";

export const COMMUNITY = fileURLToPath(new URL("../../examples/knowledge", import.meta.url));

export function communityFiles(): KnowledgeFile[] {
  return readdirSync(COMMUNITY).map((path) => ({ path, text: readFileSync(join(COMMUNITY, path), "utf8") }));
}
