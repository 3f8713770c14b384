// Who says so: proof for what asks people to act or changes state by broadcast, where anyone with the channel's key
// could have written the packet.
//
// Two forms, each a raw trailer behind the message:
//   0xFE  group MAC   key id (1) counter (3) tag (8)          HMAC-SHA256 cut to 64 bits: some holder of the key said it
//   0xFF  signature   key id (4) counter (4) signature (64)   Ed25519: this key said it, and third parties can check it
// The bytes that are proven are the MAC_structure or Sig_structure of RFC 9052 (§6.3, §4.4) with headers that are not
// sent, so that anyone can rebuild a full COSE_Mac0 or COSE_Sign1 and check it with a COSE library:
//   protected     {1: algorithm, 4: key id, 6: counter}
//   external_aad  ["muster", 1, sender]     sender: the node number for a MAC, the public key for a signature
//   payload       the message's array
// Bound are sender, version and counter; not the port, the channel or the carrier: the same bytes by a second carrier
// are a duplicate, not an attack. A signer's node number is not bound, because firmware 2.8 changes node numbers.
// The proof is checked on raw bytes before they are parsed.

import { createHash, createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from "node:crypto";

import { concatBytes } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { encodeItems } from "./cbor.ts";

/** The version of the language that the proofs are made for. */
export const VERSION = 1;

export const MAC_OVERHEAD = 12;
export const SIGNATURE_OVERHEAD = 72;

/** Counters run from 1 to these; then a new key is taken. 2^24 at 500 messages a day is 91 years. */
export const MAX_MAC_COUNTER = 2 ** 24 - 1;
export const MAX_SIGNATURE_COUNTER = 2 ** 32 - 1;

/** A secret that a group of gateways shares. */
export interface GroupKey {
  /** 0 to 255. */
  readonly id: number;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/** An Ed25519 key pair as raw bytes (RFC 8032): 32 of seed, 32 of public key. */
export interface SigningKey {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
}

const NOTHING = new Uint8Array(0);
// RFC 9053: HMAC 256/64 is 4, EdDSA is −8 (written 0x27).
const protectedMac = (keyId: number, counter: number): Uint8Array =>
  Uint8Array.of(0xa3, 0x01, 0x04, 0x04, 0x41, keyId, 0x06, 0x43, ...counterBytes(counter, 3));
const protectedSignature = (keyId: Uint8Array, counter: number): Uint8Array =>
  Uint8Array.of(0xa3, 0x01, 0x27, 0x04, 0x44, ...keyId, 0x06, 0x44, ...counterBytes(counter, 4));

function counterBytes(counter: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(counter / 256 ** (size - 1 - i)) & 0xff);
}

/** A counter of three or four bytes, most significant first. */
export function readCounter(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function externalAad(sender: number | Uint8Array): Uint8Array {
  return encodeItems(-1, ["muster", VERSION, sender], 0, NOTHING);
}

/** The four bytes that name a public key: the first of its SHA-256. */
export function signerId(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(publicKey).digest().subarray(0, 4));
}

function macTag(body: Uint8Array, key: GroupKey, sender: NodeNum, counter: number): Uint8Array {
  const structure = encodeItems(-1, ["MAC0", protectedMac(key.id, counter), externalAad(sender), body], 0, NOTHING);
  return new Uint8Array(createHmac("sha256", key.secret).update(structure).digest().subarray(0, 8));
}

function signatureStructure(body: Uint8Array, publicKey: Uint8Array, counter: number): Uint8Array {
  const headers = protectedSignature(signerId(publicKey), counter);
  return encodeItems(-1, ["Signature1", headers, externalAad(publicKey), body], 0, NOTHING);
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

function publicJwk(publicKey: Uint8Array): { kty: string; crv: string; x: string } {
  return { kty: "OKP", crv: "Ed25519", x: base64url(publicKey) };
}

/** The public key of a 32-byte seed. */
export function signingKey(seed: Uint8Array): SigningKey {
  // RFC 8410 wraps a seed in these 16 bytes of DER; Node derives the public key only from a key object.
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const jwk = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })).export({ format: "jwk" });
  return { seed, publicKey: new Uint8Array(Buffer.from(String(jwk.x), "base64url")) };
}

/** The trailer of a group MAC over `body`, 12 bytes. */
export function macTrailer(body: Uint8Array, key: GroupKey, sender: NodeNum, counter: number): Uint8Array {
  return Uint8Array.of(key.id, ...counterBytes(counter, 3), ...macTag(body, key, sender, counter));
}

/** The trailer of a signature over `body`, 72 bytes. */
export function signatureTrailer(body: Uint8Array, key: SigningKey, counter: number): Uint8Array {
  const jwk = { ...publicJwk(key.publicKey), d: base64url(key.seed) };
  const signature = sign(
    null,
    signatureStructure(body, key.publicKey, counter),
    createPrivateKey({ key: jwk, format: "jwk" }),
  );
  return Uint8Array.of(...signerId(key.publicKey), ...counterBytes(counter, 4), ...signature);
}

export function macFits(body: Uint8Array, tag: Uint8Array, key: GroupKey, sender: NodeNum, counter: number): boolean {
  return timingSafeEqual(macTag(body, key, sender, counter), tag);
}

export function signatureFits(
  body: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
  counter: number,
): boolean {
  const key = createPublicKey({ key: publicJwk(publicKey), format: "jwk" });
  return verify(null, signatureStructure(body, publicKey, counter), key, signature);
}

/** A full COSE message (tagged, RFC 9052) rebuilt from what was sent and what both sides know, and its external_aad. */
export interface Cose {
  readonly message: Uint8Array;
  readonly externalAad: Uint8Array;
}

function coseOf(tag: number, headers: Uint8Array, body: Uint8Array, proof: Uint8Array): Uint8Array {
  // [protected, {}, payload, proof]: the unprotected map is empty, 0xa0, and goes between by hand.
  const rest = encodeItems(-1, [body, proof], 0, NOTHING).subarray(1);
  const first = encodeItems(-1, [headers], 3, NOTHING);
  return concatBytes([Uint8Array.of(tag), first, Uint8Array.of(0xa0), rest]);
}

/** COSE_Mac0 (tag 17) of a message and its 12-byte trailer. */
export function coseMac0(body: Uint8Array, trailer: Uint8Array, sender: NodeNum): Cose {
  const headers = protectedMac(trailer[0]!, readCounter(trailer.subarray(1, 4)));
  return { message: coseOf(0xd1, headers, body, trailer.subarray(4)), externalAad: externalAad(sender) };
}

/** COSE_Sign1 (tag 18) of a message and its 72-byte trailer. */
export function coseSign1(body: Uint8Array, trailer: Uint8Array, publicKey: Uint8Array): Cose {
  const headers = protectedSignature(trailer.subarray(0, 4), readCounter(trailer.subarray(4, 8)));
  return { message: coseOf(0xd2, headers, body, trailer.subarray(8)), externalAad: externalAad(publicKey) };
}
