// SIGKILL in the middle of everything, with a radio on a pty and a real Synapse.

import { afterAll, beforeAll, expect, it } from "vitest";
import { testSynapse, type TestSynapse } from "#test/harness/synapse.ts";
import { kills } from "./kills.ts";

let synapse: TestSynapse;
beforeAll(async () => {
  synapse = await testSynapse();
}, 300_000);
afterAll(async () => synapse.stop());

const SEED = 4;

it("killed 20 times, loses nothing and says nothing twice", async () => {
  const result = await kills.run({ size: 20, seed: SEED, messages: 100, synapse });
  expect(result).toMatchObject({ lost: 0, duplicated: 0, kills: 20, integrity: "ok", ok: true, broken: [] });
  expect(result.sent).toBeGreaterThanOrEqual(200);
}, 300_000);

it("notices the control fresh-txn", async () => {
  const result = await kills.run({ size: 6, seed: SEED, messages: 20, synapse, control: "fresh-txn" });
  expect(result.duplicated).toBeGreaterThan(0);
}, 120_000);
