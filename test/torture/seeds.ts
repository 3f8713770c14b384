// Days of disasters in virtual time, one for each seed: gateway, emulated radios, a disk and a homeserver with faults.

import { disasters } from "#sim/disasters.ts";
import { verdict, type Campaign } from "./campaign.ts";

/** Days between two words about how far it is. */
const WORD_EVERY = 50;

export const seeds: Campaign = {
  about: "days of disasters in virtual time, one for each seed",
  controls: [],
  run: async (options) => Promise.resolve(live(options)),
};

function live(options: Parameters<Campaign["run"]>[0]): ReturnType<typeof verdict> {
  const broken: string[] = [];
  const sums = { accepted: 0, written: 0, deaths: 0 };
  for (let done = 0; done < options.size; done += WORD_EVERY) {
    const some = Math.min(WORD_EVERY, options.size - done);
    const report = disasters({ seeds: some, firstSeed: options.seed + done });
    for (const day of report.broken) broken.push(...day.broken.map((words) => `seed ${day.seed}: ${words}`));
    sums.accepted += report.accepted;
    sums.written += report.written;
    sums.deaths += report.deaths;
    options.say?.(`${done + some} days, ${broken.length} broken promises`);
  }
  const lost = broken.filter((words) => /not shown|nowhere/.test(words)).length;
  const duplicated = broken.filter((words) => /times$|packet ids$/.test(words)).length;
  const sent = sums.accepted + sums.written;
  const others = broken.filter((words) => !/not shown|nowhere|times$|packet ids$/.test(words));
  return verdict(options, { sent, delivered: sent - lost, lost, duplicated }, { ...sums, days: options.size }, others);
}
