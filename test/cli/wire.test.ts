// muster wire, as somebody types it.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

const MUSTER = fileURLToPath(new URL("../../bin/muster", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

function muster(args: readonly string[], input = ""): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(MUSTER, ["wire", ...args], { timeout: 60_000 }, (_, out) =>
      done({ code: child.exitCode, out }),
    );
    child.stdin!.end(input);
  });
}

describe("muster wire", () => {
  it("encodes and decodes, from the argument and from standard input, and back from what it printed", async () => {
    const encoded = await muster(
      ["encode", "-"],
      '{"type":"need","ref":1041,"what":7,"urgency":"urgent","household":"14"}',
    );
    expect(encoded).toEqual({ code: 0, out: "fc8507390208230107\n" });
    const decoded = await muster(["decode", "-"], encoded.out);
    expect(JSON.parse(decoded.out)).toMatchObject({
      message: { type: "need", household: "14" },
      names: { ref: "a1041", what: "insulin" },
      sizes: { bytes: 9, marker: 1, message: 8, proof: 0 },
      vouchedBy: { by: "nobody" },
    });
    expect((await muster(["encode", "-"], decoded.out)).out).toBe(encoded.out);
  });

  it("proves, armours, and checks what it made", async () => {
    const key = `7:${"00".repeat(32)}`;
    const proof = ["--key", key, "--sender", "!0a0b0c0d"];
    const text = await muster(["encode", '{"type":"done","ref":5}', ...proof, "--counter", "9", "--text"]);
    expect(text.out).toMatch(/^~k/);
    const good = await muster(["decode", text.out.trim(), ...proof]);
    expect(JSON.parse(good.out)).toMatchObject({
      carrier: "text",
      vouchedBy: { by: "group-key", keyId: 7, counter: 9, checked: "yes" },
    });
    const other = await muster(["decode", text.out.trim(), "--key", key, "--sender", "!00000001"]);
    expect((JSON.parse(other.out) as { vouchedBy: { checked: string } }).vouchedBy.checked).toMatch(/^no: /);
  });

  it("names refusals with their offset and ends with 1; wrong usage ends with 2", async () => {
    const refused = await muster(["decode", "fc830100f6"]);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ refused: "second-spelling", at: 4 });
    const misnamed = await muster(["encode", '{"type":"check-in","status":"ok","peple":4}']);
    expect(misnamed.code).toBe(1);
    expect(JSON.parse(misnamed.out)).toMatchObject({ refused: "unknown-field", field: "peple" });
    expect((await muster(["decode", "hello"])).code).toBe(2);
    expect((await muster(["encode", "{"])).code).toBe(2);
  });

  it("prints the golden vectors as one array", async () => {
    const { out, code } = await muster(["vectors", "--json"]);
    const vectors = JSON.parse(out) as Record<string, unknown>[];
    expect(code).toBe(0);
    expect(vectors.length).toBeGreaterThan(130);
    for (const vector of vectors)
      expect(Object.keys(vector)).toEqual(expect.arrayContaining(["hex", "value", "carrier", "proof"]));
  });
});
