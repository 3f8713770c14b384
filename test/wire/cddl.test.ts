// Every vector against proto/muster.cddl, by a validator that is not ours.
//
// zcbor tries nested optional groups in exponential time, so each message is checked against the rule of its own type;
// that `message` is the choice of all of them is checked once for each type.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { sample } from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { encodeBody } from "#wire/message.ts";
import { TYPES_BY_NAME } from "#wire/schema.ts";
import { anyMessage } from "#test/wire/arbitrary.ts";
import { accepted, bodyOf, refusedOnes, type Vector } from "#test/wire/vectors.ts";
import { pythonWith } from "#test/setup/python-venv.ts";

const CDDL = readFileSync(new URL("../../proto/muster.cddl", import.meta.url), "utf8");
/** Without room for later versions, so that a wrong field cannot hide as an appended one. */
const CLOSED = CDDL.replaceAll(/^ {2}(more|grown),\n/gm, "");

type Item = readonly [rule: string, hex: string];

let python: string;
beforeAll(async () => {
  python = await pythonWith("cddl", "requirements-cddl.txt");
});

async function validate(cddl: string, items: readonly Item[]): Promise<readonly boolean[]> {
  const folder = mkdtempSync(join(tmpdir(), "muster-cddl-"));
  try {
    const answer = join(folder, "answer.json");
    const script = fileURLToPath(new URL("../setup/validate_cddl.py", import.meta.url));
    await new Promise<void>((done, failed) => {
      const child = execFile(python, [script, answer], { maxBuffer: 64 * 1024 * 1024 }, (error, _out, err) => {
        if (error) failed(new Error(err.slice(-2000), { cause: error }));
        else done();
      });
      child.stdin!.end(JSON.stringify({ cddl, items }));
    });
    return JSON.parse(readFileSync(answer, "utf8")) as boolean[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ruleOf = (type: string): string => `${type}-message`;
const typeOf = (vector: Vector): string => (vector.value as { type: string }).type;

const itemOf = (vector: Vector): Item => [ruleOf(typeOf(vector)), bodyOf(vector)!];

describe("proto/muster.cddl", () => {
  const plain = accepted.filter((vector) => !/"(more|items)"/.test(JSON.stringify(vector.value)));

  it("accepts every accepted vector", async () => {
    const verdicts = await validate(CDDL, accepted.map(itemOf));
    expect(accepted.filter((_, index) => !verdicts[index]).map((vector) => vector.name)).toEqual([]);
  }, 120_000);

  it("accepts every vector that is not about growth, closed to growth", async () => {
    const verdicts = await validate(CLOSED, plain.map(itemOf));
    expect(plain.filter((_, index) => !verdicts[index]).map((vector) => vector.name)).toEqual([]);
  }, 120_000);

  it("has every type, as one choice", async () => {
    const each = [...TYPES_BY_NAME.keys()].map((type) => plain.find((vector) => typeOf(vector) === type));
    const items = each.map((vector): Item => ["message", vector === undefined ? "" : bodyOf(vector)!]);
    expect(await validate(CLOSED, items)).toEqual(each.map(() => true));
  }, 120_000);

  it("accepts what the encoder makes of random messages", async () => {
    const items = sample(anyMessage, { numRuns: 200, seed: 5 }).map((message): Item => {
      const body = encodeBody(message, -1);
      return [ruleOf(message.type), body.ok ? Buffer.from(body.value).toString("hex") : ""];
    });
    const verdicts = await validate(CDDL, items);
    expect(items.filter((_, index) => !verdicts[index])).toEqual([]);
  }, 120_000);

  it("refuses, closed to growth, what a schema can refuse", async () => {
    const wanted: readonly Item[] = [
      ["check-in", "status left out"],
      ["check-in", "nothing but the type"],
      ["check-in", "a status that does not exist"],
      ["check-in", "a negative status"],
      ["check-in", "a status as text"],
      ["check-in", "256 people"],
      ["check-in", "a float"],
      ["check-in", "a tag"],
      ["check-in", "undefined"],
      ["roll-call", "false for a flag"],
      ["text", "empty text"],
      ["check-in", "empty note"],
      ["check-in", "one need as a list"],
      ["check-in", "an empty list of needs"],
      ["check-in", "household 0"],
      ["journal", "a journal of no message"],
      ["challenge", "a nonce of three bytes"],
      ["check-in", "a map that is not last"],
    ];
    const items = wanted.map(([type, name]): Item => {
      const vector = refusedOnes.find((candidate) => candidate.name === name)!;
      return [ruleOf(type), bodyOf(vector)!];
    });
    const verdicts = await validate(CLOSED, items);
    expect(wanted.filter((_, index) => verdicts[index])).toEqual([]);
  }, 120_000);
});
