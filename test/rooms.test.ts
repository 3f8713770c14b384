// The laws of the house are kept by the whole of src/, test/ and bench/; and each law would notice if they were not.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { packageOf, violations, type Source } from "#test/laws/laws.ts";
import { ROOMS, UNIMPORTED } from "#test/laws/rooms.ts";

const ROOT = new URL("../", import.meta.url);

function sourcesUnder(folder: string): Source[] {
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}${name}`)
    .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), "utf8") }));
}

const SOURCES = ["src/", "test/", "bench/"].flatMap(sourcesUnder);

test("every law is kept", () => {
  expect(SOURCES.length).toBeGreaterThan(100);
  const told = violations(SOURCES).map(({ path, line, law, what }) => `${path}:${line} ${law}: ${what}`);
  expect(told).toEqual([]);
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}
const MANIFEST = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as Manifest;

test("every dependency has exactly one home, and is used there", () => {
  for (const dependency of Object.keys(MANIFEST.dependencies)) {
    const homes = Object.entries(ROOMS).filter(([, room]) => room.packages?.includes(dependency));
    expect([dependency, homes.length]).toEqual([dependency, dependency in UNIMPORTED ? 0 : 1]);
  }
  const imported = new Set(
    SOURCES.flatMap(({ text }) => [...text.matchAll(/from "([^"#.][^"]*)"/g)].map((match) => packageOf(match[1]!))),
  );
  const unused = Object.keys(MANIFEST.dependencies).filter((name) => !(name in UNIMPORTED) && !imported.has(name));
  expect(unused).toEqual([]);
});

test("the rooms of the table are the folders of src/ and the names of package.json", () => {
  const named = Object.keys(MANIFEST.imports).map((name) => name.slice(1).replace("/*", ""));
  expect(new Set([...named, "main"])).toEqual(new Set([...Object.keys(ROOMS), "packaging", "test"]));
  const there = readdirSync(new URL("src/", ROOT)).map((name) => name.replace(/\.ts$/, ""));
  for (const name of there) expect(Object.keys(ROOMS)).toContain(name);
});

/** A planted file, and the law that must notice it. */
const PLANTED: readonly [string, string, string][] = [
  ["src/radio/bad.ts", 'import { step } from "#gateway/step.ts";', "rooms"],
  ["src/domain/bad.ts", 'import { openStore } from "#store/store.ts";', "rooms"],
  ["src/gateway/bad.ts", 'export * from "#matrix/uplink.ts";', "rooms"],
  ["src/gateway/bad.ts", 'const m = import("#serial/edge.ts");', "rooms"],
  ["src/matrix/bad.ts", 'import { step } from "#gateway/step.ts";', "rooms"],
  ["src/matrix/bad.ts", 'import Database from "better-sqlite3";', "rooms"],
  ["src/wire/bad.ts", 'import left from "left-pad";', "rooms"],
  ["src/wire/bad.ts", 'import { protobuf } from "@bufbuild/protobuf/wire";', "rooms"],
  ["src/gateway/bad.ts", 'import { connect } from "node:net";', "rooms"],
  ["src/radio/bad.ts", 'import { link } from "#radio/link.ts";', "rooms"],
  ["src/radio/bad.ts", 'import { link } from "./link";', "rooms"],
  ["src/attic/bad.ts", 'import { assert } from "#base/assert.ts";', "rooms"],
  ["src/domain/welfare/bad.ts", 'import { tree } from "#domain/calltree/tree.ts";', "rooms"],
  ["src/radio/bad.ts", 'import { x } from "../base/bytes.ts";', "no ../"],
  ["test/radio/bad.ts", 'import { x } from "../../src/base/bytes.ts";', "no ../"],
  ["src/gateway/bad.ts", "const now = Date.now();", "time and chance"],
  ["src/gateway/bad.ts", "const day = new Date(0);", "time and chance"],
  ["src/matrix/bad.ts", "setTimeout(() => undefined, 5);", "time and chance"],
  ["src/cli/bad.ts", "const t = globalThis.setInterval(f, 5);", "time and chance"],
  ["src/cli/bad.ts", "const later = { run: setTimeout };", "time and chance"],
  ["src/emulator/bad.ts", "const r = Math.random();", "time and chance"],
  ["src/gateway/bad.ts", "async function f() {}", "async only at the edges"],
  ["src/store/bad.ts", "const f = async () => 1;", "async only at the edges"],
  ["src/emulator/bad.ts", "class C { async m() {} }", "async only at the edges"],
  ["src/wire/bad.ts", "const x = await f();", "async only at the edges"],
  ["src/gateway/bad.ts", "interface Shop { sell(): void }\nclass Corner implements Shop { sell() {} }", "interfaces"],
  ["src/gateway/bad.ts", "const x = 1;\n".repeat(401), "size"],
  ["test/gateway/bad.ts", "const x = 1;\n".repeat(401), "size"],
  ["src/gateway/bad.ts", `function f() {\n${"  g();\n".repeat(70)}}`, "size"],
  ["src/gateway/bad.ts", `class C { m() {\n${"  g();\n".repeat(70)}} }`, "size"],
  ["src/gateway/bad.ts", `// ${["TO", "DO"].join("")} later`, "finished"],
  ["src/gateway/bad.ts", "const = 1;", "parses"],
];

describe("a planted violation is noticed", () => {
  test.each(PLANTED)("%s %j", (path, text, law) => {
    expect(new Set(violations([{ path, text }]).map((violation) => violation.law))).toEqual(new Set([law]));
  });
});

/** What only looks like a violation. */
const INNOCENT: readonly [string, string][] = [
  ["src/matrix/fine.ts", 'import type { Door } from "#gateway/inputs.ts";'],
  ["src/matrix/fine.ts", 'import { type Door, type Report } from "#gateway/inputs.ts";'],
  ["src/gateway/fine.ts", 'const at = headers.Date; const o = { Date: 1 }; const s = "Date.now()"; // Math.random'],
  ["src/base/clock.ts", "export const now = () => Date.now();"],
  ["src/matrix/fine.ts", "export const f = async () => 1;"],
  ["src/gateway/fine.ts", "interface Row { readonly id: number }\nexport const row: Row = { id: 1 };"],
  [
    "src/gateway/fine.ts",
    "interface Shop { sell(): void }\nclass A implements Shop { sell() {} }\nfunction b(): Shop { return { sell() {} }; }",
  ],
  ["src/gateway/fine.ts", `function f() {\n${"  g();\n".repeat(68)}}`],
  ["src/domain/welfare/fine.ts", 'import { person } from "#domain/people/person.ts";'],
];

test("an interface that another room declares is a door", () => {
  const door = { path: "src/gateway/doors.ts", text: "export interface Edge { send(): void }" };
  const edge = { path: "src/serial/edge.ts", text: "class Serial implements Edge { send() {} }" };
  expect(violations([door, edge])).toEqual([]);
});

test("code that needs itself is noticed, through however many files; types close no circle", () => {
  const file = (path: string, text: string): Source => ({ path, text });
  const told = violations([
    file("src/gateway/a.ts", 'import { b } from "./deep/b.ts";'),
    file("src/gateway/deep/b.ts", 'import { c } from "#store/c.ts";\nimport type { d } from "#gateway/d.ts";'),
    file("src/store/c.ts", 'import { e } from "./e.ts";'),
    file("src/store/e.ts", 'export { c } from "./c.ts";'),
    file("src/gateway/d.ts", 'import { b } from "./deep/b.ts";'),
  ]);
  expect(told.map(({ law, what }) => [law, what])).toEqual([["no circles", "store/c.ts → store/e.ts → store/c.ts"]]);
});

test("a comment that names a file names one that is there", () => {
  const text = "// As gone.ts has it, and deep/there.ts.";
  const told = violations([
    { path: "src/gateway/a.ts", text },
    { path: "src/gateway/deep/there.ts", text: "" },
  ]);
  expect(told.map(({ law, what }) => [law, what])).toEqual([["named files", "gone.ts is not there"]]);
});

describe("what only looks like a violation is left alone", () => {
  test.each(INNOCENT)("%s %j", (path, text) => {
    expect(violations([{ path, text }])).toEqual([]);
  });
});
