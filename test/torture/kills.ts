// SIGKILL at random moments, in the middle of a handshake or of a transaction as well as in calm.

import { below, chance } from "#base/random.ts";
import { pause, type Campaign, type CampaignOptions } from "./campaign.ts";
import { siege, type Harm } from "./siege.ts";
import type { TortureStreet } from "./street.ts";

/** Wall milliseconds: how long it lives at most before the next kill (a start takes about 1,000), and how long it stays dead. */
const LIVES_AT_MOST = 2_500;
const DEAD_AT_MOST = 300;

/** Of the kills so many come whenever they come, often into a start; the others once its share of messages has been said. */
const AT_ANY_TIME = 1 / 3;
/** Wall milliseconds. */
const SHARE_WITHIN = 10_000;

/** Wall milliseconds: a program that shares its processor with ten others reads so late. */
const READ_LATE = 5_000;

const MESSAGES = 500;

export const kills: Campaign = {
  about: "SIGKILLs at random moments",
  controls: ["fresh-txn", "fresh-packet-id", "forget-queue"],
  run: (options) =>
    siege({ messages: MESSAGES, ...options }, { rate: options.rate ?? 10 }, (street) => kill(street, options)),
};

async function kill(street: TortureStreet, options: CampaignOptions): Promise<Harm> {
  const { muster, random } = street;
  const messages = options.messages ?? MESSAGES;
  let starts: Promise<void> = Promise.resolve();
  for (let count = 1; count <= options.size; count++) {
    if (!chance(random, AT_ANY_TIME))
      await street.saidAtLeast(Math.floor(messages * (count / options.size)), SHARE_WITHIN);
    await pause(below(random, LIVES_AT_MOST));
    street.cut(READ_LATE);
    await muster.stop("SIGKILL");
    street.died();
    await starts;
    await pause(below(random, DEAD_AT_MOST));
    // It may be killed before it answers, and then never says that it runs.
    starts = muster.start().catch(() => undefined);
    options.say?.(`kill ${count} of ${options.size}: ${street.toMatrix.sent} and ${street.toMesh.sent} said`);
  }
  await starts;
  return { figures: { kills: options.size } };
}
