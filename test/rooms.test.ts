import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { violations } from "./laws/laws.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const sources = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ path: `src/${name}`, text: readFileSync(`${ROOT}src/${name}`, "utf8") }));

describe("the house", () => {
  it("has files", () => {
    expect(sources.length).toBeGreaterThan(100);
  });

  it("keeps its laws", () => {
    expect(violations(sources)).toEqual([]);
  });
});

describe("a law", () => {
  it.each([
    ["src/domain/a.ts", 'import { openStore } from "#store/store.ts";\nopenStore("");'],
    ["src/radio/a.ts", 'import type { Door } from "#gateway/inputs.ts";\nexport type X = Door;'],
    ["src/serial/a.ts", 'import { step } from "#gateway/step.ts";\nstep();'],
    ["src/gateway/a.ts", 'import { x } from "../store/store.ts";\nx();'],
    ["src/gateway/a.ts", 'import { decode } from "cbor-x";\ndecode();'],
    ["src/wire/a.ts", 'import left from "left-pad";\nleft();'],
    ["src/gateway/a.ts", "export const now = Date.now();"],
    ["src/store/a.ts", "setTimeout(() => 1, 5);"],
    ["src/emulator/a.ts", "export const x = Math.random();"],
    ["src/gateway/a.ts", "export const f = async () => 1;"],
    ["src/gateway/a.ts", "// line\n".repeat(401)],
    ["src/gateway/a.ts", `export function f() {\n${"  f();\n".repeat(70)}}\n`],
  ])("is seen broken in %s: %s", (path, text) => {
    expect(violations([{ path, text }])).toHaveLength(1);
  });

  it.each([
    ["src/serial/a.ts", 'import type { Door } from "#gateway/inputs.ts";\nexport type X = Door;'],
    ["src/cli/a.ts", 'import { step } from "#gateway/step.ts";\nexport const f = async () => step;'],
    ["src/base/clock.ts", "export const now = () => Date.now();"],
    ["src/gateway/a.ts", "// the Date of a message\nexport const word = 'setTimeout';"],
  ])("is not seen broken in %s: %s", (path, text) => {
    expect(violations([{ path, text }])).toEqual([]);
  });
});
