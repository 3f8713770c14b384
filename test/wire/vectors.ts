// The golden vectors, as written in test/vectors/wire.

import { readdirSync, readFileSync } from "node:fs";

import { fromHex } from "#base/bytes.ts";
import type { Json } from "#wire/json.ts";
import { openEnvelope } from "#wire/envelope.ts";
import type { Reason } from "#wire/refusals.ts";

export interface MacProof {
  readonly form: "mac";
  readonly keyId: number;
  readonly secret: string;
  readonly sender: string;
  readonly counter: number;
  readonly cose: string;
  readonly externalAad: string;
}

export interface SignatureProof {
  readonly form: "signature";
  readonly keyId: string;
  readonly seed: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly cose: string;
  readonly externalAad: string;
}

export interface Vector {
  readonly file: string;
  readonly name: string;
  readonly hex: string;
  readonly value: Json;
  readonly carrier: "port" | "text";
  readonly text?: string;
  readonly proof: MacProof | SignatureProof | null;
  readonly refused?: { readonly reason: Reason; readonly at: number; readonly field?: string };
}

const FOLDER = new URL("../vectors/wire/", import.meta.url);

export const vectors: readonly Vector[] = readdirSync(FOLDER)
  .sort()
  .flatMap((file) => {
    const rows = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Omit<Vector, "file">[];
    return rows.map((row) => Object.assign({ file }, row));
  });

export const accepted = vectors.filter((vector) => vector.refused === undefined);
export const refusedOnes = vectors.filter((vector) => vector.refused !== undefined);

/** The array of a vector's message, in hexadecimal: without marker and trailer. */
export function bodyOf(vector: Vector): string | undefined {
  const envelope = openEnvelope(fromHex(vector.hex)!);
  return envelope.ok ? Buffer.from(envelope.value.body).toString("hex") : undefined;
}
