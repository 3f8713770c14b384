// The lock on a backup: age (age-encryption.org/v1), to a passphrase or to keys, so that any age program opens it.

import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

/** What a backup is locked with. age allows a passphrase alone, or any number of keys. */
export type Lock = { readonly passphrase: string } | { readonly recipients: readonly string[] };

/** What opens one. */
export type Key = { readonly passphrase: string } | { readonly identities: readonly string[] };

/** It cannot be opened: wrong passphrase or key, or it is not an age file. */
export class SealRefusal extends Error {
  override name = "SealRefusal";
}

/** Why a text is no recipient, or undefined. */
export function badRecipient(text: string): string | undefined {
  try {
    new Encrypter().addRecipient(text);
    return undefined;
  } catch {
    return `is "${text}", which is no age key. Write the public one, "age1…"; \`muster backup --make-key FILE\` makes a pair.`;
  }
}

export async function makeKey(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/**
 * Locks a stream. `check` opens what comes out: the passphrase, or a key for this one file that is kept nowhere, so that a box which
 * only knows public keys can still prove that its backup can be opened.
 */
export async function seal(plain: Readable, lock: Lock): Promise<{ sealed: Readable; check: Key }> {
  const encrypter = new Encrypter();
  let check: Key;
  if ("passphrase" in lock) {
    encrypter.setPassphrase(lock.passphrase);
    check = { passphrase: lock.passphrase };
  } else {
    const once = await makeKey();
    for (const recipient of [...lock.recipients, once.recipient]) encrypter.addRecipient(recipient);
    check = { identities: [once.identity] };
  }
  return { sealed: fromWeb(await encrypter.encrypt(toWeb(plain))), check };
}

/** Opens a stream. Throws SealRefusal in words; a damaged file makes the stream itself fail. */
export async function unseal(sealed: Readable, key: Key): Promise<Readable> {
  const decrypter = new Decrypter();
  if ("passphrase" in key) decrypter.addPassphrase(key.passphrase);
  else for (const identity of key.identities) addIdentity(decrypter, identity);
  try {
    return fromWeb(await decrypter.decrypt(toWeb(sealed)));
  } catch (error) {
    const what = "passphrase" in key ? "this passphrase" : "this key";
    throw new SealRefusal(
      `It cannot be opened with ${what} (${error instanceof Error ? error.message : String(error)}).`,
    );
  }
}

function addIdentity(decrypter: Decrypter, identity: string): void {
  try {
    decrypter.addIdentity(identity);
  } catch {
    throw new SealRefusal("That is no secret age key: it begins with AGE-SECRET-KEY-1.");
  }
}

// Node's web streams and the ones that age's types name are the same objects under two declarations.
const toWeb = (stream: Readable): ReadableStream<Uint8Array> => Readable.toWeb(stream);
const fromWeb = (stream: unknown): Readable => Readable.fromWeb(stream as WebStream<Uint8Array>);
