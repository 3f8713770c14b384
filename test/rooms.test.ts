import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { broken } from "./rooms.ts";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

describe("the house", () => {
  it("has files", () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it("keeps its laws", () => {
    expect(files.flatMap((file) => broken(file, readFileSync(`${SRC}${file}`, "utf8")))).toEqual([]);
  });
});

describe("a law", () => {
  it.each([
    ["domain/a.ts", 'import { openStore } from "#store/store.ts";', "domain may not import"],
    ["radio/a.ts", 'import type { Door } from "#gateway/inputs.ts";', "radio may not import"],
    ["serial/a.ts", 'import { step } from "#gateway/step.ts";', "but for its types"],
    ["gateway/a.ts", 'import { x } from "../store/store.ts";', "#room/file.ts"],
    ["gateway/a.ts", 'import { decode } from "cbor-x";', "lives in wire"],
    ["wire/a.ts", 'import left from "left-pad";', "no home room"],
    ["gateway/a.ts", "const now = Date.now();", "Date is for"],
    ["store/a.ts", "setTimeout(() => 1, 5);", "setTimeout is for"],
    ["emulator/a.ts", "const x = Math.random();", "Math.random"],
    ["gateway/a.ts", "const f = async () => 1;", "may not wait"],
    ["gateway/a.ts", "// line\n".repeat(401), "more than 400 lines"],
    ["gateway/a.ts", `function f() {\n${"  f();\n".repeat(70)}}`, "a function of"],
  ])("is seen broken in %s: %s", (path, text, words) => {
    expect(broken(path, text)).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    ["serial/a.ts", 'import type { Door } from "#gateway/inputs.ts";'],
    ["matrix/a.ts", 'import { type Door } from "#gateway/inputs.ts";'],
    ["cli/a.ts", 'import { step } from "#gateway/step.ts";\nexport const f = async () => step;'],
    ["base/clock.ts", "export const now = () => Date.now();"],
    ["gateway/a.ts", "// the Date of a message\nexport const word = 'setTimeout';"],
  ])("is not seen broken in %s: %s", (path, text) => {
    expect(broken(path, text)).toEqual([]);
  });
});
