// A long life in virtual time: messages both ways, the radio lost and found again; then whether anything has grown that
// should not: the heap after a collection, timers, file descriptors. The database forgets by its retention meanwhile.

import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { nodeNum } from "#base/ids.ts";
import { Bench, settings } from "#test/harness/gateway.ts";
import { verdict, type Campaign, type CampaignOptions, type Result } from "./campaign.ts";

const THOUSAND = 1_000;
/** A reconnect for so many messages: 5,000 in a million. */
const RECONNECT_EVERY = 200;
/** The share of the run after which nothing may grow any more. */
const WARM_UP = 0.2;
const MOST_GROWTH = 10 * 1024 * 1024;
const RESIDENTS = 50;
/** Between messages: a day has some 3,000. */
const GAP = 29_000;

export const soak: Campaign = {
  about: "thousands of messages each way, a reconnect of the radio every 200",
  controls: [],
  run: async (options) => Promise.resolve(live(options)),
};

interface Size {
  readonly heap: number;
  readonly timers: number;
  readonly descriptors: number;
}

function live(options: CampaignOptions): Result {
  const count = options.size * THOUSAND;
  const bench = new Bench({
    access: { ...settings().access, airtimeSharePerUser: 1 },
    retention: { messagesDays: 1 },
  }).ready();
  const collect = collector();
  const size = (): Size => {
    collect();
    return {
      heap: process.memoryUsage().heapUsed,
      timers: bench.clock.timers,
      descriptors: readdirSync("/proc/self/fd").length,
    };
  };
  let warm: Size | undefined;
  let shown = 0;
  let reconnects = 0;
  for (let n = 1; n <= count; n++) {
    bench.hear(nodeNum(0x1000 + (n % RESIDENTS)), `heard no${n}`, { id: n });
    if (n % 10 === 0) bench.write(`typed ${n}`);
    if (n % RECONNECT_EVERY === 0) {
      reconnects++;
      bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
      bench.ready();
    }
    bench.clock.advance(GAP);
    shown += bench.asked.filter(({ content }) => isOurs(content["meshtastic_text"])).length;
    bench.asked.length = bench.sent.length = bench.requests.length = 0;
    if (n === Math.ceil(count * WARM_UP)) warm = size();
    if (n % (10 * THOUSAND) === 0) options.say?.(`${n} messages`);
  }
  const end = size();
  const growth = end.heap - warm!.heap;
  const broken = [
    ...(growth > MOST_GROWTH ? [`the heap grew by ${Math.round(growth / 1024)} KiB`] : []),
    ...(end.timers > warm!.timers + 2 ? [`timers grew from ${warm!.timers} to ${end.timers}`] : []),
    ...(end.descriptors > warm!.descriptors
      ? [`descriptors grew from ${warm!.descriptors} to ${end.descriptors}`]
      : []),
  ];
  const tally = {
    sent: count,
    delivered: shown,
    lost: Math.max(0, count - shown),
    duplicated: Math.max(0, shown - count),
  };
  return verdict(
    options,
    tally,
    { reconnects, heapGrowthBytes: growth, timers: end.timers, descriptors: end.descriptors },
    broken,
  );
}

/** Not `heard 112`: that would be a call for help, and go to two rooms. */
function isOurs(text: unknown): boolean {
  return typeof text === "string" && text.startsWith("heard no");
}

/** A full collection, which Node offers only when asked. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
