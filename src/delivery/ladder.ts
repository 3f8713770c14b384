// What to do about each answer of the radio: contract.md's table of packet ids, as data.

import type { Millis } from "#base/clock.ts";

export const QUEUE_STATUS_WITHIN: Millis = 2_000;
/** Without evidence for this long a write is given up; a direct message without an ack for this long is tried again. */
export const EVIDENCE_WITHIN: Millis = 90_000;
/** How long after its first write a packet may be said again with the same id. */
export const SAME_ID_FOR: Millis = 15 * 60_000;
/** How long an unanswered ack holds one of the slots. */
export const SLOT_FOR: Millis = 30_000;
export const DIRECT_ATTEMPTS = 3;

/** Rank of chat in the order of right of way (contract.md, "Classes"): from there on nothing is said again with a fresh id. */
const CHAT = 5;

/** Attempts that a direct message of a rank may take in all when no ack comes. */
export function attemptsOf(rank: number): number {
  return rank < CHAT ? DIRECT_ATTEMPTS : 1;
}

export type Remedy =
  /** The radio holds a copy: its ack or NAK decides. */
  | { readonly is: "wait" }
  /** With a fresh id after `after` ms; not counted as an attempt. */
  | { readonly is: "again"; readonly after: Millis; readonly words: string }
  /** Keys are exchanged, then once more with a fresh id. `differs`: not where we know a key; then it has failed, in these words. */
  | { readonly is: "exchange-keys"; readonly words: string; readonly differs?: string }
  /** As if no ack had come. */
  | { readonly is: "no-ack" }
  | { readonly is: "delivered" }
  | { readonly is: "fail"; readonly words: string };

const DISABLED_CHANNEL =
  "the radio has no such channel, or the other side does not know its key: set the channel on both radios";
const TOO_LARGE = "too long for one packet";

/** Routing.Error by number (meshtastic-facts §2.6). */
const BY_ERROR: Readonly<Record<number, Remedy>> = {
  1: { is: "no-ack" },
  2: { is: "no-ack" },
  3: { is: "no-ack" },
  4: { is: "fail", words: "the radio has no working transmitter" },
  5: { is: "no-ack" },
  6: { is: "fail", words: DISABLED_CHANNEL },
  7: { is: "fail", words: TOO_LARGE },
  8: { is: "delivered" },
  9: { is: "again", after: 5 * 60_000, words: "this hour's airtime is used up; it waits" },
  32: { is: "fail", words: "the radio refused it as malformed" },
  33: { is: "fail", words: "the radio refused it as not allowed" },
  34: {
    is: "exchange-keys",
    words: "the radio could not encrypt it for this resident",
    differs:
      "our radio knows another key for this resident's radio: ask its owner which is right, then bind it (muster people bind)",
  },
  35: { is: "exchange-keys", words: "the resident's radio does not know our key yet" },
  36: { is: "fail", words: "the radio refused the session key" },
  37: { is: "fail", words: "the radio refused the admin key" },
  38: { is: "again", after: 3_000, words: "the radio asked for a pause" },
  39: { is: "exchange-keys", words: "our radio does not know this resident's key yet" },
};

/** What a Routing.Error other than 0 asks for. */
export function remedyOfError(error: number): Remedy {
  return BY_ERROR[error] ?? { is: "fail", words: `the radio answered with error ${error}` };
}

/** What a queueStatus result other than 0 asks for. 34 without a key problem means that the radio may not transmit. */
export function remedyOfQueueStatus(res: number, wantAck: boolean, direct: boolean): Remedy {
  if (res === 32) return wantAck ? { is: "wait" } : { is: "again", after: 5_000, words: "the radio's queue is full" };
  if (res === 33) return { is: "fail", words: "the radio has no working transmitter" };
  if (res === 34 && !direct)
    return { is: "again", after: 60_000, words: "the radio may not transmit: its region is not set" };
  if (res === 35) return { is: "delivered" };
  return remedyOfError(res);
}

/** Backoff towards homeservers: 1 s doubling to 5 minutes. */
export function matrixBackoff(attempt: number): Millis {
  return Math.min(1_000 * 2 ** Math.min(attempt - 1, 12), 5 * 60_000);
}
