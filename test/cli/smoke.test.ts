// The program as a person starts it: plain node, no test runner in between. (vitest runs TypeScript that Node refuses.)

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAM = join(ROOT, "bin", "muster");
const VERSION = `${(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version}\n`;

test("bin/muster says its version, and nothing else", async () => {
  expect(await run(PROGRAM, ["--version"])).toEqual({ stdout: VERSION, stderr: "" });
});

test("it is found through links, from any folder, with an old node first on the path", async () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-smoke-"));
  symlinkSync(PROGRAM, join(folder, "absolute"));
  symlinkSync("absolute", join(folder, "relative"));
  const options = { cwd: "/", env: { PATH: "/usr/bin:/bin" } };
  expect((await run(join(folder, "relative"), ["--version"], options)).stdout).toBe(VERSION);
  rmSync(folder, { recursive: true });
});

test("arguments arrive as they were written", async () => {
  const asked = run(PROGRAM, ["config", "check", "no such file; really"]);
  await expect(asked).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no such file; really") as string,
  });
});

test("Node can erase the types of every file, and loads every one but the program itself", async () => {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  for (const file of files) stripTypeScriptTypes(readFileSync(join(ROOT, "src", file), "utf8"), { mode: "strip" });
  const loadable = files.filter((file) => file !== "main.ts").map((file) => join(ROOT, "src", file));
  const script = `for (const file of ${JSON.stringify(loadable)}) await import(file); console.log("loaded");`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: ROOT });
  expect(stdout).toBe("loaded\n");
}, 60_000);
