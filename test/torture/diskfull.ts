// The disk is full for a while: nothing on it can grow, what exists can be overwritten. People go on talking. Some other
// program takes whatever is freed, so the gateway's own reserve is no help and it has to choose what to give up: that is
// counted apart (`givenUp`), must be said in the ledger and to the operators, and is no loss.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wallClock } from "#base/clock.ts";
import { until } from "#test/harness/synapse.ts";
import { pause, type Campaign, type CampaignOptions } from "./campaign.ts";
import { siege, type Harm } from "./siege.ts";
import { Shim } from "./shim.ts";
import type { TortureStreet } from "./street.ts";

/** Normal again so soon after there is room (wall ms). */
const NORMAL_WITHIN = 10_000;
const PATIENCE = 60_000;
const BEFORE = 2_000;

export const diskfull: Campaign = {
  about: "seconds for which the disk is full",
  controls: ["drop-when-full"],
  run: async (options) => {
    const folder = mkdtempSync(join(tmpdir(), "muster-shim-"));
    const shim = new Shim(folder, join(tmpdir(), "muster-run-"));
    try {
      const fixture = { rate: 1, env: shim.env, meshUnderWay: 40 };
      return await siege(options, fixture, (street) => fill(street, shim, options));
    } finally {
      shim.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function fill(street: TortureStreet, shim: Shim, options: CampaignOptions): Promise<Harm> {
  await pause(BEFORE);
  shim.setFull(true);
  await pause(options.size * 1_000);
  const alive = street.alive();
  const noticed = /disk|room|space/i.test(street.muster.said);
  const waiting = { toMatrix: street.toMatrix.missing(), toMesh: street.toMesh.missing() };
  shim.setFull(false);
  const freed = wallClock.now();
  // Normal is when each way moves again; the backlog takes as long as the homeserver and the air take.
  const moves = (way: "toMatrix" | "toMesh") => {
    const still = new Set(street[way].missing());
    return waiting[way].length === 0 || waiting[way].some((mark) => !still.has(mark));
  };
  await until("something to arrive", () => moves("toMatrix") && moves("toMesh"), PATIENCE).catch(() => undefined);
  const normalAfter = wallClock.now() - freed;
  const waitedForRoom = waiting.toMatrix.length + waiting.toMesh.length;
  return {
    figures: { fullSeconds: options.size, waitedForRoom, normalAfter },
    broken: [
      ...(alive ? [] : ["the gateway ended"]),
      ...(noticed ? [] : ["nobody was told that the disk was full"]),
      ...(normalAfter <= NORMAL_WITHIN ? [] : [`normal only after ${normalAfter} ms`]),
    ],
  };
}
