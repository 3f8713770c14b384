// The whole road of received bytes: outside, proof, replay, message, and whether it may move anything.
// Nothing is acted on before all of it has passed; each refusal is counted by its reason.

import type { NodeNum } from "#base/ids.ts";
import { toHex } from "#base/bytes.ts";
import type { Message } from "#domain/wire-words.ts";
import { checkProof, openEnvelope, type Keyring, type Voucher } from "./envelope.ts";
import { decodeBody } from "./message.ts";
import { counted, type Refusal, type Tally } from "./refusals.ts";
import { bookCounter, confirmFresh, NO_HISTORY, type Carrier, type ReplayState } from "./replay.ts";
import { demandOf } from "./schema.ts";

/** What the radio itself knows of the sender: a verified 2.8 signature, or a direct message with the pinned key. */
export type RadioVouches = "nobody" | "signature" | "pinned-key";

export interface Circumstances {
  /** The packet's `from`. */
  readonly sender: NodeNum;
  readonly carrier: Carrier;
  readonly radio: RadioVouches;
  readonly keys: Keyring;
  /** Nonces of our challenges that wait for an echo, in hexadecimal. */
  readonly awaited: readonly string[];
}

/** Whom the words come from; the radio's word counts where the message has no proof of its own. */
export type Vouched = Voucher | { readonly by: "radio-signature" } | { readonly by: "pinned-key" };

/**
 * `proven`: the counter is new and the sender has answered a challenge. `unproven`: it is the first we hear, or since a
 * restore. `packet`: no counter; the store's packet ids are all that keeps repeats away.
 */
export type Freshness = "proven" | "unproven" | "packet";

export type Received =
  | {
      readonly ok: true;
      readonly message: Message;
      readonly vouched: Vouched;
      readonly freshness: Freshness;
      /** False: show it, with its marks, but let it move nothing until its sender has answered a challenge. */
      readonly mayAct: boolean;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/** What the receiver keeps; plain data, to be stored in the transaction that handles the message. */
export interface Memory {
  readonly replay: ReplayState;
  readonly refused: Tally;
}

export const EMPTY_MEMORY: Memory = { replay: NO_HISTORY, refused: {} };

/** Takes in the bytes of one message (from carriers.ts, or reassembled). Total: never throws for what others sent. */
export function receive(
  bytes: Uint8Array,
  circumstances: Circumstances,
  memory: Memory,
): { readonly received: Received; readonly memory: Memory } {
  const refuse = (refusal: Refusal, replay: ReplayState = memory.replay): ReturnType<typeof receive> => ({
    received: { ok: false, refusal },
    memory: { replay, refused: counted(memory.refused, refusal.reason) },
  });
  const envelope = openEnvelope(bytes);
  if (!envelope.ok) return refuse(envelope.refusal);
  const bodyEnd = 1 + envelope.value.body.length;
  const checked = checkProof(envelope.value, circumstances.keys, circumstances.sender);
  if (!checked.ok && checked.refusal.reason !== "unknown-key") return refuse(checked.refusal);
  // A proof by a key that we do not know proves nothing, and hides nothing either: a call for help is still shown.
  const voucher: Voucher = checked.ok ? checked.value : { by: "nobody" };

  const decoded = decodeBody(bytes, 1, bodyEnd);
  if (!decoded.ok) return refuse(decoded.refusal);
  const message = decoded.value;
  const vouched = voucher.by === "nobody" ? radioVouch(circumstances.radio) : voucher;
  const demand = demandOf(message.type);
  if (demand !== "none" && vouched.by === "nobody") {
    return refuse(checked.ok ? { reason: "no-proof", at: 0 } : checked.refusal);
  }
  if (voucher.by === "nobody") {
    return { received: { ok: true, message, vouched, freshness: "packet", mayAct: true }, memory };
  }

  const booked = bookCounter(memory.replay, voucher.who, voucher.counter, circumstances.carrier);
  if (booked.verdict !== "new") return refuse({ reason: booked.verdict, at: bodyEnd }, booked.state);
  const answers = message.type === "echo" && circumstances.awaited.includes(toHex(message.nonce));
  const proven = booked.proven || answers;
  const replay = answers ? confirmFresh(booked.state, voucher.who) : booked.state;
  return {
    received: {
      ok: true,
      message,
      vouched,
      freshness: proven ? "proven" : "unproven",
      mayAct: demand !== "fresh" || proven,
    },
    memory: { replay, refused: memory.refused },
  };
}

function radioVouch(radio: RadioVouches): Vouched {
  if (radio === "nobody") return { by: "nobody" };
  return radio === "signature" ? { by: "radio-signature" } : { by: "pinned-key" };
}

/** Whether a message needs proof of its own on a path where the radio vouches or does not. */
export function needsProof(message: Message, radioWillVouch: boolean): boolean {
  return demandOf(message.type) !== "none" && !radioWillVouch;
}
