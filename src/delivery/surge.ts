// When many report in at once. A receipt for each would take more air than the check-ins themselves, and would keep the
// check-ins of others from being heard; so receipts become lines for many, and what can wait steps back.
//
// MERGING begins with a roll call (we know that answers will come) or with a surge. A SURGE begins when residents have
// something stored faster than receipts could leave within the budget, and ends when they have not for a while.

import type { Millis } from "#base/clock.ts";
import type { Micros } from "./airtime.ts";

/** The rate is that of the last minute. */
export const SURGE_WINDOW: Millis = 60_000;
/** Calm has lasted so long before the surge is over. */
export const SURGE_LASTS: Millis = 120_000;
/** After the last call of a roll call answers are expected for this long. */
export const ROLL_CALL_OPEN: Millis = 15 * 60_000;
/** Who reports in waits for the line that names them at most so long, while the air is free. */
export const DIGEST_WITHIN: Millis = 150_000;

/** Receipts of their own that may leave in a minute: `perHour` is the budget, `receipt` what one takes. */
export function receiptsPerMinute(perHour: Micros, receipt: Micros): number {
  return Math.max(1, Math.floor(perHour / 60 / receipt));
}

/** `senders`: residents who had something stored within the window. */
export function isSurge(senders: number, perHour: Micros, receipt: Micros): boolean {
  return senders > receiptsPerMinute(perHour, receipt);
}

/** Transmissions that a text to everybody causes in a dense street: its own and one or two relays. */
export const FLOOD = 2.5;

/** Receipts of their own are acknowledged, and their acks as well (meshtastic-facts §2.4); a line for many is relayed. */
export function isCheaperAlone(residents: number, line: Micros, receipt: Micros, ack: Micros): boolean {
  return residents * (receipt + 2 * ack) < FLOOD * line;
}

/**
 * The names that fit into one line of at most `bytes`, in their order, with `head` before them and a space before each; and
 * how many of them that are. Names that cannot stand in a line (empty, or with spaces) are the caller's to avoid.
 */
export function lineOf(
  head: string,
  names: readonly string[],
  bytes: number,
  lengthOf: (text: string) => number,
): { line: string; count: number } {
  let line = head;
  let count = 0;
  for (const name of names) {
    const next = `${line} ${name}`;
    if (lengthOf(next) > bytes) break;
    line = next;
    count++;
  }
  return { line, count };
}
