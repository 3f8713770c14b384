// The cable is pulled and put back at random moments, again and again: the port vanishes and another appears in its place.
//
// Back means: a handshake has come through on the new port. Times are the gateway's own: at a raised clock rate everything
// that takes real time (making the pty, opening it, this machine's other work) counts for that many times more.

import { wallClock } from "#base/clock.ts";
import { below } from "#base/random.ts";
import { until } from "#test/harness/synapse.ts";
import { quantile } from "./account.ts";
import { pause, type Campaign, type CampaignOptions } from "./campaign.ts";
import { openFiles, residentMemory } from "./proc.ts";
import { siege, type Harm } from "./siege.ts";
import type { TortureStreet } from "./street.ts";

const DEFAULT_RATE = 4;

/** Milliseconds of the gateway's time. */
const OUT_AT_MOST = 3_000;
const IN_AT_MOST = 3_000;
const BACK_WITHIN = 5_000;

/** Never back within this (wall time): it has given up. */
const PATIENCE = 15_000;

/** After so many the process has loaded and opened all it ever will. */
const WARM_AFTER = 5;
/** Timers and sockets come and go; a leak of one a cycle is far beyond this. */
const MORE_DESCRIPTORS = 6;

export const unplugs: Campaign = {
  about: "times the radio's cable is pulled and put back",
  controls: ["give-up", "leak-descriptor"],
  run: (options) => {
    const rate = options.rate ?? DEFAULT_RATE;
    return siege({ messages: options.size, ...options }, { rate }, (street) => pull(street, options, rate));
  },
};

async function pull(street: TortureStreet, options: CampaignOptions, rate: number): Promise<Harm> {
  const back: number[] = [];
  let gaveUp = false;
  let [filesBefore, memoryBefore] = [openFiles(street.muster.pid), residentMemory(street.muster.pid)];
  for (let count = 1; count <= options.size && !gaveUp; count++) {
    street.cut();
    street.command({ radio: street.radio, do: "unplug" });
    await pause(below(street.random, OUT_AT_MOST) / rate);
    street.command({ radio: street.radio, do: "plug" });
    const plugged = wallClock.now();
    gaveUp = await until("the radio's handshake", () => street.radioLive, PATIENCE).then(
      () => false,
      () => true,
    );
    back.push((wallClock.now() - plugged) * rate);
    await pause(below(street.random, IN_AT_MOST) / rate);
    if (count === WARM_AFTER)
      [filesBefore, memoryBefore] = [openFiles(street.muster.pid), residentMemory(street.muster.pid)];
    if (count % 10 === 0) options.say?.(`unplugged ${count} times, the last back after ${back.at(-1)} ms`);
  }
  if (gaveUp) street.giveUp();
  await pause(1_000);
  const files = openFiles(street.muster.pid) - filesBefore;
  const p99 = quantile(back, 0.99);
  const leaking = street.muster.said.includes("MaxListenersExceededWarning");
  return {
    figures: {
      unplugs: back.length,
      backP50: quantile(back, 0.5),
      backP99: p99,
      backMost: Math.max(...back),
      descriptorsMore: files,
      memoryMoreKb: residentMemory(street.muster.pid) - memoryBefore,
    },
    broken: [
      ...(gaveUp ? [`the radio was not opened again after unplugging it ${back.length} times`] : []),
      ...(p99 > BACK_WITHIN ? [`back after ${p99} ms (p99), not within ${BACK_WITHIN}`] : []),
      ...(files > MORE_DESCRIPTORS ? [`${files} files more are open`] : []),
      ...(leaking ? ["listeners are left behind"] : []),
    ],
  };
}
