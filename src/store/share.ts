// What both sides of the shared folder last had in common.

import type { Common } from "#domain/knowledge/share.ts";
import type { Store } from "./store.ts";

/** By path. */
export function listShareFiles(store: Store): Record<string, Common> {
  const rows = store.all<Common & { path: string }>("SELECT path, etag, digest FROM share_files ORDER BY path");
  return Object.fromEntries(rows.map(({ path, etag, digest }) => [path, { etag, digest }]));
}

export function replaceShareFiles(store: Store, common: Readonly<Record<string, Common>>): void {
  const before = listShareFiles(store);
  for (const path of Object.keys(before))
    if (!Object.hasOwn(common, path)) store.run("DELETE FROM share_files WHERE path = ?", path);
  for (const [path, { etag, digest }] of Object.entries(common)) {
    if (before[path]?.etag === etag && before[path].digest === digest) continue;
    store.run("INSERT OR REPLACE INTO share_files (path, etag, digest) VALUES (?, ?, ?)", path, etag, digest);
  }
}
