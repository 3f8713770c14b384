// One receipt on its way: the line for everything stored from a radio that its owner has not been told of.

import { timeOfDay } from "#base/calendar.ts";
import { setLastReceiptAt, takeReceipts } from "#store/world.ts";
import { owesDrillReceipt } from "#store/welfare.ts";
import { marked } from "#gateway/events.ts";
import { tellMesh } from "#gateway/say.ts";
import { clockSure, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

/** What joins receipts for one resident. */
export const RECEIPT = "receipt";

/** The time of day, where our clock can be believed. */
export function timeWords(turn: Turn): string | undefined {
  return clockSure(turn.wall) ? timeOfDay(turn.wall, turn.settings.node.timezone) : undefined;
}

/** One line for everything stored from this node that its owner has not been told of. */
export function sendReceipts(turn: Turn, node: number): void {
  const drill = owesDrillReceipt(turn.store, node);
  const references = takeReceipts(turn.store, node);
  if (references.length === 0) return;
  setLastReceiptAt(turn.store, node, turn.now);
  const words = WORDS.receipt(timeWords(turn), references);
  tellMesh(turn, { class: "receipt", to: node, joinKey: RECEIPT, text: drill ? marked(words) : words });
}
