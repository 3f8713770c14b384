// The folder of procedures and the wiki or file share that is kept in step with it (web/share.ts): what both last had in common,
// the pages that we publish there, and what the operators are told: every conflict, everything set aside, and trouble once when
// it begins and once when it is over.

import type { Common } from "#domain/knowledge/share.ts";
import { listShareFiles, replaceShareFiles } from "#store/share.ts";
import { metaValue, setMeta } from "#store/world.ts";
import type { KnowledgeFile } from "#wire/procedures.ts";
import { importKnowledge } from "./desk.ts";
import { pagesOf, type SharedPage } from "./pages.ts";
import { tellOperators } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";

export interface ShareStart {
  readonly common: Readonly<Record<string, Common>>;
  readonly pages: readonly SharedPage[];
}

export interface ShareOutcome {
  readonly common: Readonly<Record<string, Common>>;
  /** What people should know, one line each. */
  readonly news: readonly string[];
  /** Why not all could be done, in words. */
  readonly trouble: string | undefined;
  readonly uploaded: number;
  readonly downloaded: number;
  /** Our folder as it is now, if that changed. */
  readonly files: readonly KnowledgeFile[] | undefined;
}

export function shareStarts(turn: Turn): ShareStart {
  return { common: listShareFiles(turn.store), pages: pagesOf(turn) };
}

const TROUBLE = "share_trouble";
const FINDINGS = "share_findings";

export function shareEnded(turn: Turn, outcome: ShareOutcome): void {
  replaceShareFiles(turn.store, outcome.common);
  if (outcome.news.length > 0) tellOperators(turn, ["The shared folder:", ...outcome.news].join("\n"));
  const before = metaValue(turn.store, TROUBLE) ?? "";
  const trouble = outcome.trouble ?? "";
  if (trouble !== before) {
    setMeta(turn.store, TROUBLE, trouble);
    tellOperators(
      turn,
      trouble === ""
        ? "The shared folder is in step again."
        : `The shared folder is not in step: ${trouble}. Nothing is lost; it is tried again.`,
    );
  }
  if (outcome.files) takeIn(turn, outcome.files);
}

/** What came from the wiki is believed only if all of it can be; else the last good state stands and the operators hear why. */
function takeIn(turn: Turn, files: readonly KnowledgeFile[]): void {
  const { ok, findings } = importKnowledge(turn, files, false);
  const wrong = findings.filter(({ severity }) => severity === "error").map(({ file, what }) => `${file}: ${what}`);
  const words = ok ? "" : wrong.slice(0, 10).join("\n");
  if (words === (metaValue(turn.store, FINDINGS) ?? "")) return;
  setMeta(turn.store, FINDINGS, words);
  if (words !== "") tellOperators(turn, `The procedures were not taken in, the last good ones stand:\n${words}`);
}
