// The radio restarts at random moments, losing whatever it had in memory.
//
// What a restarting radio had not handed over yet is its own loss: the sender sees no sign of it and says it again. What it
// had been given and not yet transmitted is the gateway's business.

import { below } from "#base/random.ts";
import { until } from "#test/harness/synapse.ts";
import { pause, type Campaign, type CampaignOptions } from "./campaign.ts";
import { siege, type Harm } from "./siege.ts";
import type { TortureStreet } from "./street.ts";

/** The radio is down for so long, in its own seconds. */
const DOWN_SECONDS = 3;
/** Wall milliseconds between two restarts, at most. */
const UP_AT_MOST = 1_000;

/** Not back within this (wall ms): the gateway has lost its radio. Its own ladder takes 75 s at life's pace. */
const PATIENCE = 90_000;

export const reboots: Campaign = {
  about: "restarts of the radio at random moments",
  controls: ["fresh-packet-id"],
  run: (options) =>
    siege({ messages: options.size * 3, ...options }, { rate: options.rate ?? 5 }, (street) => reboot(street, options)),
};

async function reboot(street: TortureStreet, options: CampaignOptions): Promise<Harm> {
  for (let count = 1; count <= options.size; count++) {
    await pause(below(street.random, UP_AT_MOST));
    street.cut();
    street.command({ radio: street.radio, do: "reboot", seconds: DOWN_SECONDS });
    const back = await until("the radio's next handshake", () => street.radioLive, PATIENCE).catch(() => false);
    if (!back) {
      options.say?.(street.muster.said.split("\n").slice(-20).join("\n"));
      street.giveUp();
      return { figures: { reboots: count }, broken: [`the session was not built anew after restart ${count}`] };
    }
    options.say?.(`restart ${count} of ${options.size}: ${street.toMatrix.sent} and ${street.toMesh.sent} said`);
  }
  return { figures: { reboots: options.size } };
}
