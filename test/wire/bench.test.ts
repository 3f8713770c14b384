// The bench prints what it promises to print. How fast is not asserted here: the machine has other work.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

it("npm run bench -- wire --json has its keys", () => {
  const main = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
  const out = execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, "wire", "--json"], {
    encoding: "utf8",
    timeout: 120_000,
  });
  const number: unknown = expect.any(Number);
  const speed = { encodePerSecond: number, decodePerSecond: number };
  const figures = JSON.parse(out) as { messages: unknown[]; armour: { bytes: number; characters: number } };
  expect(figures).toEqual({
    messages: expect.arrayContaining([{ name: "OK, 4 people", cbor: 5, json: 44, protobuf: 4 }]) as unknown,
    corpus: { cbor: number, json: number, protobuf: number },
    corpusWithoutText: { cbor: number, json: number },
    speed: { small: speed, full: speed },
    refusePerSecond: number,
    overhead: { mac: 12, signature: 72 },
    armour: { bytes: 80, characters: 99 },
    // Of meshtastic-facts §4.2: a private-port payload of 5, 17, 77 bytes, and 5 with the radio's own signature.
    airtimeMs: expect.arrayContaining([
      { name: "OK, 4 people", bare: 477, mac: 559, signature: 1010, radioSigned: 969 },
    ]) as unknown,
  });
  expect(figures.messages.length).toBeGreaterThanOrEqual(60);
}, 130_000);
