// The golden vectors and the frozen corpus: bytes that other programs rely on.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { fromHex, toHex } from "#base/bytes.ts";
import { parseNodeId } from "#base/ids.ts";
import { armour, dearmour } from "#wire/armour.ts";
import { decodeAnyForm, sealMessage, type Seal } from "#wire/envelope.ts";
import { fromJson, toJson } from "#wire/json.ts";
import { signingKey } from "#wire/proof.ts";
import { corpus, CORPUS_FILE, PROTO_FILE, sum } from "#test/wire/corpus.ts";
import { accepted, refusedOnes, vectors, type Vector } from "#test/wire/vectors.ts";

function sealOf({ proof }: Vector): Seal {
  if (proof === null) return { form: "bare" };
  if (proof.form === "signature") {
    return { form: "signature", key: signingKey(fromHex(proof.seed)!), counter: proof.counter };
  }
  const key = { id: proof.keyId, secret: fromHex(proof.secret)! };
  return { form: "mac", key, sender: parseNodeId(proof.sender)!, counter: proof.counter };
}

describe("golden vectors", () => {
  it.each(accepted)("$file: $name", (vector) => {
    const bytes = fromHex(vector.hex)!;
    const decoded = decodeAnyForm(bytes);
    expect(decoded.ok && toJson(decoded.value)).toEqual(vector.value);
    const message = fromJson(vector.value);
    const sealed = message.ok && sealMessage(message.value, sealOf(vector));
    expect(sealed && sealed.ok && toHex(sealed.value)).toBe(vector.hex);
  });

  it.each(accepted.filter((vector) => vector.carrier === "text"))("$file, armoured: $name", (vector) => {
    const bytes = fromHex(vector.hex)!;
    expect(armour(bytes)).toBe(vector.text);
    expect(dearmour(vector.text!)).toEqual({ ok: true, value: bytes });
  });

  it.each(refusedOnes)("$file: $name", (vector) => {
    expect(decodeAnyForm(fromHex(vector.hex)!)).toEqual({ ok: false, refusal: vector.refused });
  });

  it("cover the corpus, every form of proof and both carriers", () => {
    const hexes = new Set(vectors.map((vector) => vector.hex));
    expect(corpus.filter((entry) => !hexes.has(toHex(entry.bytes))).map((entry) => entry.name)).toEqual([]);
    expect(new Set(vectors.map((vector) => vector.proof?.form))).toEqual(new Set([undefined, "mac", "signature"]));
    expect(new Set(vectors.map((vector) => vector.carrier))).toEqual(new Set(["port", "text"]));
  });
});

describe("the frozen corpus", () => {
  it("is the one that the figures are about, and so are its names and its protobuf schema", () => {
    const digest = (file: URL): string => createHash("sha256").update(readFileSync(file)).digest("hex");
    // Whoever changes one of these files changes what is measured: say so in docs/decisions/wire-form.md.
    expect(digest(CORPUS_FILE)).toBe("6f09a23f8e653f7ff3c8b406cb0ae2e0ce597109d7af2c4a2398d7a8214f346e");
    expect(digest(PROTO_FILE)).toBe("18915b8a1f6c2b079adf0e2d76db45898670e8224d9cf333607779876fe760d3");
    expect(corpus.length).toBeGreaterThanOrEqual(60);
  });

  const LARGEST: readonly (readonly [name: string, bytes: number])[] = [
    ["OK, 4 people", 5],
    ["OK, 4 people, to roll call r17", 6],
    ["need insulin, urgent, household 14", 10],
    ["roll call of a zone, own question of 40 bytes", 50],
    ["page, text of 60 bytes", 70],
    ["page naming six members, text of 60 bytes", 78],
    ["digest of 100, half heard", 24],
    ["captain's list of 12 households", 40],
    ["claim", 8],
    ["done", 6],
  ];
  it.each(LARGEST)("%s takes at most %i bytes", (name, bytes) => {
    const entry = corpus.find((candidate) => candidate.name === name)!;
    expect(entry.bytes.length).toBeLessThanOrEqual(bytes);
  });

  it("meets its ratios to JSON and to Protocol Buffers", () => {
    const cbor = sum(corpus.map((entry) => entry.bytes.length));
    expect(cbor / sum(corpus.map((entry) => entry.json))).toBeLessThanOrEqual(0.22);
    const wordless = corpus.filter((entry) => !entry.freeText);
    const ratio = sum(wordless.map((entry) => entry.bytes.length)) / sum(wordless.map((entry) => entry.json));
    expect(ratio).toBeLessThanOrEqual(0.14);
    const protobuf = Math.min(sum(corpus.map((entry) => entry.typeByte)), sum(corpus.map((entry) => entry.oneof)));
    expect(cbor / protobuf).toBeLessThanOrEqual(0.97);
  });
});
