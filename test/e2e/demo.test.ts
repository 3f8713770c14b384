// What a newcomer sees: `npm start` without a config shows a message going both ways, and Ctrl-C ends all of it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { PROGRAM } from "#test/harness/muster.ts";
import { testSynapse, until } from "#test/harness/synapse.ts";

it("shows a message going both ways, and leaves nothing running", async () => {
  await (await testSynapse()).stop(); // the first Synapse on a machine is installed outside the demo's bound
  const demo = spawn(PROGRAM, ["demo"], { stdio: ["ignore", "pipe", "pipe"] });
  let shown = "";
  for (const stream of [demo.stdout, demo.stderr]) stream.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  const sees = (pattern: RegExp) => until(`${pattern} in the transcript: ${shown}`, () => pattern.test(shown), 60_000);
  await sees(/handheld +types +ok, 3 at home, roof leaks/);
  await sees(/Matrix, room +shows +\[Ana .*\]: ok, 3 at home, roof leaks/);
  await sees(/Maria in Matrix +writes +Ben comes/);
  await sees(/handheld +shows +the gateway: Maria\[M\]: Ben comes/);
  const ended = once(demo, "exit");
  demo.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
  expect(spawnSync("pgrep", ["-f", "cache/demo"]).stdout.toString()).toBe("");
}, 120_000);
