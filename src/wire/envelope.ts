// The outside of a message: its marker, and the trailer that proves who says so. See proof.ts for what is proven.

import { concatBytes, sameBytes } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { parsed, refused, type Parsed } from "#base/parsed.ts";
import type { Message } from "#domain/wire-words.ts";
import { BARE, decodeBody, encodeBody, encodeMessage } from "./message.ts";
import {
  MAC_OVERHEAD,
  macFits,
  macTrailer,
  MAX_MAC_COUNTER,
  MAX_SIGNATURE_COUNTER,
  readCounter,
  signatureFits,
  SIGNATURE_OVERHEAD,
  signatureTrailer,
  signerId,
  type GroupKey,
  type SigningKey,
} from "./proof.ts";
import type { Refusal } from "./refusals.ts";

/** First byte of a message with a group MAC. */
export const KEYED = 0xfe;
/** First byte of a signed message. */
export const SIGNED = 0xff;

/** How a message is to be proven. Counters come from replay.ts and are stored before the bytes are sent. */
export type Seal =
  | { readonly form: "bare" }
  | { readonly form: "mac"; readonly key: GroupKey; readonly sender: NodeNum; readonly counter: number }
  | { readonly form: "signature"; readonly key: SigningKey; readonly counter: number };

/** The outside of received bytes, nothing checked yet but the marker and the length. */
export type Envelope =
  | { readonly form: "bare"; readonly body: Uint8Array }
  | {
      readonly form: "mac";
      readonly body: Uint8Array;
      readonly trailer: Uint8Array;
      readonly keyId: number;
      readonly counter: number;
    }
  | {
      readonly form: "signature";
      readonly body: Uint8Array;
      readonly trailer: Uint8Array;
      /** First four bytes of the SHA-256 of the public key. */
      readonly keyId: Uint8Array;
      readonly counter: number;
    };

/** The keys that a receiver knows. */
export interface Keyring {
  readonly group: readonly GroupKey[];
  /** Ed25519 public keys, 32 bytes each. */
  readonly signers: readonly Uint8Array[];
}

/** Who vouches for the words, weakest first. `who` names the replay window that the counter belongs to. */
export type Voucher =
  | { readonly by: "nobody" }
  | { readonly by: "group-key"; readonly who: string; readonly keyId: number; readonly counter: number }
  | { readonly by: "signature"; readonly who: string; readonly publicKey: Uint8Array; readonly counter: number };

/** A message as the bytes that go on a carrier, marker and proof included. */
export function sealMessage(message: Message, seal: Seal): Parsed<Uint8Array, Refusal> {
  if (seal.form === "bare") return encodeMessage(message);
  const limit = seal.form === "mac" ? MAX_MAC_COUNTER : MAX_SIGNATURE_COUNTER;
  if (!Number.isInteger(seal.counter) || seal.counter < 1 || seal.counter > limit) {
    return refused({ reason: "range", at: 0, field: "counter" });
  }
  const encoded = encodeBody(message, -1);
  if (!encoded.ok) return encoded;
  const body = encoded.value;
  if (seal.form === "mac") {
    return parsed(concatBytes([Uint8Array.of(KEYED), body, macTrailer(body, seal.key, seal.sender, seal.counter)]));
  }
  return parsed(concatBytes([Uint8Array.of(SIGNED), body, signatureTrailer(body, seal.key, seal.counter)]));
}

/** Marker, message and trailer apart; views on `bytes`. */
export function openEnvelope(bytes: Uint8Array): Parsed<Envelope, Refusal> {
  const marker = bytes[0];
  if (marker === undefined) return refused({ reason: "empty", at: 0 });
  if (marker === BARE) return parsed({ form: "bare", body: bytes.subarray(1) });
  if (marker !== KEYED && marker !== SIGNED) return refused({ reason: "marker", at: 0 });
  const end = bytes.length - (marker === KEYED ? MAC_OVERHEAD : SIGNATURE_OVERHEAD);
  if (end < 2) return refused({ reason: "truncated", at: bytes.length });
  const body = bytes.subarray(1, end);
  const trailer = bytes.subarray(end);
  if (marker === KEYED) {
    return parsed({ form: "mac", body, trailer, keyId: trailer[0]!, counter: readCounter(trailer.subarray(1, 4)) });
  }
  const counter = readCounter(trailer.subarray(4, 8));
  return parsed({ form: "signature", body, trailer, keyId: trailer.subarray(0, 4), counter });
}

/** Checks the proof of an envelope against the keys that are known here. `sender` is the packet's `from`. */
export function checkProof(envelope: Envelope, keys: Keyring, sender: NodeNum): Parsed<Voucher, Refusal> {
  if (envelope.form === "bare") return parsed({ by: "nobody" });
  const { body, trailer, counter } = envelope;
  const at = 1 + body.length;
  if (counter === 0) return refused({ reason: "forged", at });
  if (envelope.form === "mac") {
    const { keyId } = envelope;
    const key = keys.group.find((candidate) => candidate.id === keyId);
    if (key === undefined) return refused({ reason: "unknown-key", at });
    if (!macFits(body, trailer.subarray(4), key, sender, counter)) return refused({ reason: "forged", at });
    return parsed({ by: "group-key", who: `mac/${keyId}/${sender}`, keyId, counter });
  }
  const { keyId } = envelope;
  const candidates = keys.signers.filter((key) => sameBytes(signerId(key), keyId));
  if (candidates.length === 0) return refused({ reason: "unknown-key", at });
  const publicKey = candidates.find((key) => signatureFits(body, trailer.subarray(8), key, counter));
  if (publicKey === undefined) return refused({ reason: "forged", at });
  const who = `ed25519/${Buffer.from(publicKey).toString("hex")}`;
  return parsed({ by: "signature", who, publicKey, counter });
}

/** The message inside any of the three forms, its proof not looked at. Offsets are into `bytes`. */
export function decodeAnyForm(bytes: Uint8Array): Parsed<Message, Refusal> {
  const envelope = openEnvelope(bytes);
  return envelope.ok ? decodeBody(bytes, 1, 1 + envelope.value.body.length) : envelope;
}
