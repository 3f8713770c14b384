// Proof: our own checks, and full COSE messages rebuilt and checked by two libraries that are not ours.

import { createHmac, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";

import cose from "cose-js";
import { coseVerify } from "cose-kit";
import { describe, expect, it } from "vitest";

import { fromHex, toHex } from "#base/bytes.ts";
import { nodeNum, parseNodeId } from "#base/ids.ts";
import { encodeItems } from "#wire/cbor.ts";
import { checkProof, decodeAnyForm, openEnvelope, sealMessage, type Keyring, type Seal } from "#wire/envelope.ts";
import { fromJson } from "#wire/json.ts";
import { decodeMessage } from "#wire/message.ts";
import { coseMac0, coseSign1, MAC_OVERHEAD, SIGNATURE_OVERHEAD, signingKey } from "#wire/proof.ts";
import { scanItem, scanReason } from "#wire/scanner.ts";
import { vectors, type MacProof, type SignatureProof } from "#test/wire/vectors.ts";

const hex = (text: string): Uint8Array => fromHex(text)!;

const withProof = vectors.filter((vector) => vector.proof !== null);
const macs = withProof.filter((vector) => vector.proof!.form === "mac");
const signatures = withProof.filter((vector) => vector.proof!.form === "signature");

function macKeyring(proof: MacProof): Keyring {
  return { group: [{ id: proof.keyId, secret: hex(proof.secret) }], signers: [] };
}

function signerKeyring(proof: SignatureProof): Keyring {
  return { group: [], signers: [hex(proof.publicKey)] };
}

/** All that `bytes` becomes when one bit of it is the other. */
function flips(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    return flipped;
  });
}

describe("group MAC", () => {
  it.each(macs)("$name: made again, checked, and bound to sender and counter", ({ hex: text, value, proof }) => {
    const mac = proof as MacProof;
    const bytes = hex(text);
    const sender = parseNodeId(mac.sender)!;
    const message = fromJson(value);
    if (!message.ok) throw new Error("value");
    const key = { id: mac.keyId, secret: hex(mac.secret) };
    const seal: Seal = { form: "mac", key, sender, counter: mac.counter };
    const again = sealMessage(message.value, seal);
    expect(again.ok && toHex(again.value)).toBe(text);
    const bare = sealMessage(message.value, { form: "bare" });
    expect(bare.ok && bytes.length - bare.value.length).toBe(MAC_OVERHEAD);

    const envelope = openEnvelope(bytes);
    if (!envelope.ok) throw new Error("envelope");
    expect(checkProof(envelope.value, macKeyring(mac), sender)).toMatchObject({
      ok: true,
      value: { by: "group-key", counter: mac.counter },
    });
    expect(checkProof(envelope.value, macKeyring(mac), nodeNum(sender + 1))).toMatchObject({
      refusal: { reason: "forged" },
    });
    expect(checkProof(envelope.value, { group: [], signers: [] }, sender)).toMatchObject({
      refusal: { reason: "unknown-key" },
    });
  });

  it("holds against every single flipped bit", () => {
    for (const { hex: text, proof } of macs) {
      const mac = proof as MacProof;
      for (const flipped of flips(hex(text))) {
        const envelope = openEnvelope(flipped);
        if (!envelope.ok) continue;
        const checked = checkProof(envelope.value, macKeyring(mac), parseNodeId(mac.sender)!);
        // With another marker it is another form: bare, which claims nothing.
        expect(checked.ok && checked.value.by !== "nobody").toBe(false);
      }
    }
  });

  it.each(macs)("$name: the rebuilt COSE_Mac0 is right to cose-js", async ({ hex: text, proof }) => {
    const mac = proof as MacProof;
    const envelope = openEnvelope(hex(text));
    if (!envelope.ok || envelope.value.form !== "mac") throw new Error("envelope");
    const rebuilt = coseMac0(envelope.value.body, envelope.value.trailer, parseNodeId(mac.sender)!);
    expect(toHex(rebuilt.message)).toBe(mac.cose);
    expect(toHex(rebuilt.externalAad)).toBe(mac.externalAad);
    const data = Buffer.from(rebuilt.message);
    const aad = Buffer.from(rebuilt.externalAad);
    const key = Buffer.from(mac.secret, "hex");
    const payload = await cose.mac.read(data, key, aad);
    expect(toHex(payload)).toBe(toHex(envelope.value.body));
    const broken = Buffer.from(data);
    broken[broken.length - 1]! ^= 1;
    await expect(cose.mac.read(broken, key, aad)).rejects.toThrow("Tag mismatch");
    await expect(cose.mac.read(data, key, Buffer.from("80", "hex"))).rejects.toThrow("Tag mismatch");
  });
});

describe("signature", () => {
  it.each(signatures)("$name: made again and checked, whoever's radio sent it", ({ hex: text, value, proof }) => {
    const signed = proof as SignatureProof;
    const bytes = hex(text);
    const message = fromJson(value);
    if (!message.ok) throw new Error("value");
    const key = signingKey(hex(signed.seed));
    expect(toHex(key.publicKey)).toBe(signed.publicKey);
    const again = sealMessage(message.value, { form: "signature", key, counter: signed.counter });
    expect(again.ok && toHex(again.value)).toBe(text);
    const bare = sealMessage(message.value, { form: "bare" });
    expect(bare.ok && bytes.length - bare.value.length).toBe(SIGNATURE_OVERHEAD);
    const envelope = openEnvelope(bytes);
    if (!envelope.ok) throw new Error("envelope");
    for (const sender of [1, 2]) {
      const checked = checkProof(envelope.value, signerKeyring(signed), nodeNum(sender));
      expect(checked).toMatchObject({ ok: true, value: { by: "signature", counter: signed.counter } });
    }
  });

  it("holds against every single flipped bit", () => {
    const { hex: text, proof } = signatures[1]!;
    for (const flipped of flips(hex(text))) {
      const envelope = openEnvelope(flipped);
      if (!envelope.ok) continue;
      const checked = checkProof(envelope.value, signerKeyring(proof as SignatureProof), nodeNum(1));
      expect(checked.ok && checked.value.by !== "nobody").toBe(false);
    }
  });

  it.each(signatures)("$name: the rebuilt COSE_Sign1 is right to cose-kit", async ({ hex: text, proof }) => {
    const signed = proof as SignatureProof;
    const envelope = openEnvelope(hex(text));
    if (!envelope.ok || envelope.value.form !== "signature") throw new Error("envelope");
    const rebuilt = coseSign1(envelope.value.body, envelope.value.trailer, hex(signed.publicKey));
    expect(toHex(rebuilt.message)).toBe(signed.cose);
    expect(toHex(rebuilt.externalAad)).toBe(signed.externalAad);
    const x = Buffer.from(signed.publicKey, "hex").toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    const verified = await coseVerify(Buffer.from(rebuilt.message), key, rebuilt.externalAad);
    expect(verified.isValid).toBe(true);
    expect(toHex(verified.decoded.payload)).toBe(toHex(envelope.value.body));
    const broken = Buffer.from(rebuilt.message);
    broken[broken.length - 1]! ^= 1;
    const refused = await coseVerify(broken, key, rebuilt.externalAad);
    expect(refused.isValid).toBe(false);
  });
});

describe("published COSE examples", () => {
  const examples = JSON.parse(readFileSync(new URL("../vectors/cose-examples.json", import.meta.url), "utf8")) as {
    name: string;
    cose: string;
    key?: string;
    structure?: string;
    tag?: string;
  }[];

  it.each(examples)("$name is refused on the air: it is tagged, and not one of our messages", ({ cose: text }) => {
    const bytes = hex(text);
    expect(scanReason(scanItem(bytes, 0, bytes.length, 0))).toBe("tag");
    expect(scanItem(bytes, 1, bytes.length, 0)).toBe(bytes.length);
    expect(decodeAnyForm(bytes)).toMatchObject({ ok: false, refusal: { reason: "marker", at: 0 } });
  });

  it("HMac-01's MAC_structure and tag come out of the encoder that our proofs use", () => {
    const { structure, key, tag } = examples[0]!;
    const built = encodeItems(
      -1,
      ["MAC0", hex("a10105"), new Uint8Array(0), Buffer.from("This is the content.")],
      0,
      new Uint8Array(0),
    );
    expect(toHex(built)).toBe(structure);
    expect(createHmac("sha256", hex(key!)).update(built).digest("hex")).toBe(tag);
  });

  it("libraries that teach cbor-x tags change nothing for us", () => {
    // cose-kit, loaded above, adds extensions to the same cbor-x.
    expect(decodeMessage(hex("fc830100d28443a10126a0404100"))).toMatchObject({
      ok: false,
      refusal: { reason: "tag", at: 4 },
    });
    expect(decodeMessage(hex("fc83010002"))).toEqual({
      ok: true,
      value: { type: "check-in", status: "ok", people: 4 },
    });
  });
});
