// Two copies of a folder kept in step, ours on this disk and theirs on a server, by what both last had in common. Dates are not
// asked for: a change is another digest here or another entity tag there, so a clock that is wrong changes nothing.
//
// What was changed on both sides is kept side by side: the server's under the name, ours beside it under a name of its own.
// What was deleted on one side and left alone on the other is set aside, not deleted; what was changed is worth more than a deletion.

/** What both sides had when they were last the same. */
export interface Common {
  readonly etag: string;
  readonly digest: string;
}

export type SyncAct = "nothing" | "upload" | "download" | "compare" | "set-aside-ours" | "set-aside-theirs" | "forget";

type Side = "same" | "changed" | "new" | "gone";

/** Ours by row, theirs by column. "gone" without anything in common: never there. */
const ACTS: Readonly<Record<Side, Readonly<Record<Side, SyncAct>>>> = {
  same: { same: "nothing", changed: "download", new: "download", gone: "set-aside-ours" },
  changed: { same: "upload", changed: "compare", new: "compare", gone: "upload" },
  new: { same: "compare", changed: "compare", new: "compare", gone: "upload" },
  gone: { same: "set-aside-theirs", changed: "download", new: "download", gone: "forget" },
};

/** `ours`: digest of our copy; `theirs`: entity tag of theirs, "" when their server gives none; undefined: not there. */
export function syncAct(common: Common | undefined, ours: string | undefined, theirs: string | undefined): SyncAct {
  return ACTS[sideOf(common?.digest, ours)][sideOf(common?.etag, theirs)];
}

function sideOf(before: string | undefined, now: string | undefined): Side {
  if (now === undefined) return "gone";
  if (before === undefined) return "new";
  // A server without entity tags: it has to be looked at.
  return now === before && now !== "" ? "same" : "changed";
}

/** "water.en.md" → "water.en.conflict-1a2b3c4d.md": the same words always get the same name. */
export function conflictName(path: string, digest: string): string {
  return path.replace(/(\.md)?$/i, `.conflict-${digest.slice(0, 8)}.md`);
}

/** A file of the folder itself that both sides may hold: plain names, Markdown. */
export function isShared(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,120}\.md$/iu.test(name);
}
