// Unplugging, restarts, noise, a full disk and a date that jumps, each with a gateway that is broken on purpose.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testSynapse, type TestSynapse } from "#test/harness/synapse.ts";
import { clockjumps } from "./clockjumps.ts";
import { diskfull } from "./diskfull.ts";
import { garbage } from "./garbage.ts";
import { reboots } from "./reboots.ts";
import { unplugs } from "./unplugs.ts";

let synapse: TestSynapse;
beforeAll(async () => {
  synapse = await testSynapse();
}, 300_000);
afterAll(async () => synapse.stop());

const SEED = 4;
const WITHIN = 180_000;
const KEPT = { lost: 0, duplicated: 0, integrity: "ok", ok: true, broken: [] };

describe("unplugs", () => {
  it(
    "is back within 5 s each of 20 times, with nothing lost and nothing left open",
    async () => {
      const result = await unplugs.run({ size: 20, seed: SEED, synapse });
      expect(result).toMatchObject({ ...KEPT, unplugs: 20 });
    },
    WITHIN,
  );

  it(
    "notices one that gives up",
    async () => {
      const result = await unplugs.run({ size: 6, seed: SEED, synapse, control: "give-up" });
      expect(result.broken.join()).toContain("was not opened again");
    },
    WITHIN,
  );

  it(
    "notices one that leaves files open",
    async () => {
      const result = await unplugs.run({ size: 16, seed: SEED, messages: 5, synapse, control: "leak-descriptor" });
      expect(result.broken.join()).toContain("files more are open");
    },
    WITHIN,
  );
});

describe("reboots", () => {
  it(
    "loses nothing that it was given while the radio restarts 8 times",
    async () => {
      const result = await reboots.run({ size: 8, seed: SEED, synapse });
      expect(result).toMatchObject({ ...KEPT, reboots: 8 });
    },
    WITHIN,
  );

  it(
    "notices packets with fresh ids",
    async () => {
      const result = await reboots.run({ size: 8, seed: SEED, messages: 10, synapse, control: "fresh-packet-id" });
      expect(result.duplicated).toBeGreaterThan(0);
    },
    WITHIN,
  );
});

describe("garbage", () => {
  it(
    "finds every message in 5 seconds of noise",
    async () => {
      const result = await garbage.run({ size: 5, seed: SEED, synapse });
      expect(result).toMatchObject({ ...KEPT, saidAgain: 0 });
    },
    WITHIN,
  );

  it(
    "notices a reader that does not look behind the noise",
    async () => {
      // Console text at the start is noise enough for it: then it never comes as far as the campaign.
      const noticed = await garbage.run({ size: 4, seed: SEED, synapse, control: "no-resync" }).then(
        ({ ok }) => !ok,
        (error: unknown) => String(error).includes("radio and uplink to be ready"),
      );
      expect(noticed).toBe(true);
    },
    WITHIN,
  );
});

describe("diskfull", () => {
  it(
    "keeps what comes while the disk is full, and is normal again within 10 s",
    async () => {
      const result = await diskfull.run({ size: 4, seed: SEED, synapse });
      expect(result).toMatchObject(KEPT);
      expect(result["waitedForRoom"]).toBeGreaterThan(0);
    },
    WITHIN,
  );

  it(
    "notices one that throws it away",
    async () => {
      const result = await diskfull.run({ size: 4, seed: SEED, synapse, control: "drop-when-full" });
      expect(result.lost).toBeGreaterThan(0);
    },
    WITHIN,
  );
});

describe("clockjumps", () => {
  it(
    "fires nothing early, late or twice while the date jumps 12 times",
    async () => {
      const result = await clockjumps.run({ size: 12, seed: SEED, synapse });
      expect(result).toMatchObject({ ...KEPT, receiptsRepeated: 0 });
      expect(result["receipts"]).toBeGreaterThan(0);
    },
    WITHIN,
  );

  it(
    "notices timers that wait for a date",
    async () => {
      const result = await clockjumps.run({ size: 12, seed: SEED, synapse, control: "wall-timers" });
      expect(result.ok).toBe(false);
    },
    WITHIN,
  );
});
