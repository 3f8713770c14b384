// The last wave of a roll call as a page, where whoever opened it asked for that: in place of lists that nobody has to answer, the captains
// of those who are silent are paged, and their deputies stand in for those who do not answer. From there on it is a page like any other:
// it needs a second person's yes if it is for everybody, and it goes on when the roll call is closed.

import type { Cost } from "#delivery/forecast.ts";
import { TRIES } from "#domain/calltree/page.ts";
import { listZones } from "#store/people.ts";
import { setRollPage, type RollRow } from "#store/rolls.ts";
import { repliesOf } from "#wire/grammar/reply.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";
import { parseRef, refName } from "#wire/references.ts";
import { costOf } from "#gateway/air.ts";
import { startPage } from "#gateway/calltree/page.ts";
import { waysOf } from "#gateway/calltree/people.ts";
import { zonesPaged } from "#gateway/calltree/silent.ts";
import { tellRoll } from "./roll-board.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import type { Turn } from "#gateway/turn.ts";

/** Starts it. The zones that need no list any more: none, if there is nobody to page or the page cannot begin at once. */
export function pageSilent(turn: Turn, row: RollRow): readonly number[] {
  const reference = refName("r", row.number);
  const tree = `silent ${reference}`;
  const zones = zonesPaged(turn, tree);
  if (zones.length === 0) return [];
  const page = startPage(turn, { tree, text: repliesOf(row.language).rollPage, by: row.openedBy });
  if (!page.ok) {
    tellRoll(turn, row, ROLL_WORDS.pageRefused(reference, page.reason), "page");
    return [];
  }
  setRollPage(turn.store, row.number, parseRef(page.reference)!.ref, turn.now);
  const begun = page.state === "running";
  tellRoll(turn, row, ROLL_WORDS[begun ? "paged" : "pageWaits"](reference, page.reference), "page");
  return begun ? zones : [];
}

/** If every zone has somebody silent, and nobody answers: captains and deputies, each as often as they are tried. */
export function pageCost(turn: Turn, targets: readonly { readonly zone?: number }[]): Cost {
  const asked = listZones(turn.store)
    .filter(({ number }) => targets.some(({ zone }) => zone === number))
    .flatMap(({ captain, deputy }) => [captain, deputy])
    .filter((person) => person !== undefined && waysOf(turn, person).includes("radio"));
  const packets = Array.from({ length: asked.length * TRIES }, () => ({ payloadBytes: MAX_SIGNED_TEXT, direct: true }));
  return costOf(turn, packets, "roll-call");
}
