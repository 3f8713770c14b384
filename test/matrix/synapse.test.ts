// The harness itself: a Synapse that starts, keeps its data over a restart and a kill, and limits as the real one does.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureSynapse } from "#cli/demo/synapse.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testSynapse } from "#test/harness/synapse.ts";
import type { TestSynapse } from "#test/harness/synapse.ts";

let synapse: TestSynapse;

/** Runs with changed environment variables, in an empty cache directory of its own. */
async function installWith(change: Record<string, string>): Promise<unknown> {
  const before = { ...process.env };
  const dir = mkdtempSync(join(tmpdir(), "muster-cache-"));
  Object.assign(process.env, change);
  try {
    return await ensureSynapse(dir, () => undefined);
  } finally {
    process.env = before;
    rmSync(dir, { recursive: true, force: true });
  }
}

test("without Python it says what to install", async () => {
  await expect(installWith({ PATH: "/nonexistent" })).rejects.toThrow(/no Python at all .*apt install python3/);
});

test("without a package index it says so", async () => {
  const nowhere = { PIP_NO_INDEX: "1", PIP_FIND_LINKS: "/nonexistent" };
  await expect(installWith(nowhere)).rejects.toThrow(/The package index is not reachable/);
}, 120_000);

beforeAll(async () => {
  synapse = await testSynapse({ rateLimits: "real" });
}, 300_000);
afterAll(() => synapse.stop());

test("people, rooms and messages outlive a restart and a kill", async () => {
  const [ada, bo] = [await synapse.person("ada"), await synapse.person("bo")];
  const room = await ada.createRoom({ alias: "street", invite: [bo.userId] });
  await bo.join("#street:street.lan");
  await bo.say(room, "before the restart");
  await synapse.restart();
  await bo.say(room, "before the kill");
  await synapse.kill();
  await synapse.restart();
  await (await synapse.person("bo")).say(room, "after both");
  expect(await ada.bodies(room)).toEqual(["before the restart", "before the kill", "after both"]);
}, 120_000);

test("real rate limits refuse the twelfth message in a row", async () => {
  const cy = await synapse.person("cy");
  const room = await cy.createRoom();
  const burst = async () => {
    for (let n = 0; n < 15; n++) await cy.say(room, `message ${n}`);
  };
  await expect(burst()).rejects.toThrow("M_LIMIT_EXCEEDED");
}, 60_000);
