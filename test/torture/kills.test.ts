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

/** A kill shows a broken id only when it falls between a write and its evidence, so a control gets several sieges. */
const SIEGES = 6;

it.each(["fresh-txn", "fresh-packet-id"] as const)(
  "notices the control %s",
  async (control) => {
    let duplicated = 0;
    for (let siege = 0; siege < SIEGES && duplicated === 0; siege++) {
      const result = await kills.run({ size: 8, seed: SEED + siege, messages: 30, synapse, control });
      duplicated += Number(result.duplicated);
    }
    expect(duplicated, `seeds ${SEED} to ${SEED + SIEGES - 1}`).toBeGreaterThan(0);
  },
  400_000,
);
