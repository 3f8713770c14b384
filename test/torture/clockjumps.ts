// Somebody sets the machine's date, years ahead and years back, while messages and direct messages are under way.
//
// The preload library adds the jump to what the gateway's process is told; the machine's other processes notice nothing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Millis } from "#base/clock.ts";
import { below } from "#base/random.ts";
import { pause, type Campaign, type CampaignOptions } from "./campaign.ts";
import { siege, type Harm } from "./siege.ts";
import { Shim } from "./shim.ts";
import type { TortureStreet } from "./street.ts";

const FARTHEST: Millis = 10 * 365.25 * 86_400_000;
/** Wall milliseconds between two jumps, at most. */
const REST_AT_MOST = 800;

export const clockjumps: Campaign = {
  about: "jumps of the machine's date, up to ten years either way",
  controls: ["wall-timers"],
  run: async (options) => {
    const folder = mkdtempSync(join(tmpdir(), "muster-shim-"));
    const shim = new Shim(folder, folder);
    try {
      const fixture = { rate: options.rate ?? 5, env: shim.env, direct: true };
      return await siege({ messages: options.size, ...options }, fixture, (street) => jump(street, shim, options));
    } finally {
      shim.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function jump(street: TortureStreet, shim: Shim, options: CampaignOptions): Promise<Harm> {
  for (let count = 1; count <= options.size; count++) {
    await pause(below(street.random, REST_AT_MOST));
    shim.setDate((below(street.random, 2 ** 31) / 2 ** 30 - 1) * FARTHEST);
    if (count % 10 === 0) options.say?.(`set the date ${count} times`);
  }
  return { figures: { clockjumps: options.size } };
}
