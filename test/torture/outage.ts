// Days without the homeserver, in virtual time: the real gateway and pump in this process, residents who go on writing, the
// program dying five times, and a homeserver with Synapse's rate limit that comes back.
//
// The homeserver keeps what it accepted under its transaction id and answers a repeat with the same event, as Synapse does;
// now and then its answer is lost on the way back. While it limits it says for how long, and must not be asked sooner.

import { VirtualClock, type Millis } from "#base/clock.ts";
import { nodeNum } from "#base/ids.ts";
import { below, chance, type Random } from "#base/random.ts";
import type { MatrixOutcome, MatrixSend } from "#gateway/inputs.ts";
import { arrival, Bench, STREET } from "#test/harness/gateway.ts";
import { Account } from "./account.ts";
import { randomOf, verdict, type Campaign, type CampaignOptions, type Result } from "./campaign.ts";

const QUEUED = 10_000;
const RESTARTS = 5;
const RESIDENTS = 40;
/** Calls for help among them. */
const URGENT = 10;
const HOUR: Millis = 3_600_000;

const URGENT_WITHIN: Millis = 60_000;
const ALL_WITHIN: Millis = 30 * 60_000;
/** One by one at the rate limit, 10,000 messages take 13.9 hours; nothing takes longer. */
const PATIENCE: Millis = 24 * HOUR;

export const outage: Campaign = {
  about: "hours without the homeserver, in virtual time",
  controls: ["fresh-txn", "forget-queue"],
  run: async (options) => Promise.resolve(endure(options)),
};

function endure(options: CampaignOptions): Result {
  const random = randomOf(options);
  const bench = new Bench();
  const server = new Homeserver(bench, random);
  server.attach();
  const account = new Account("o");
  const urgent: string[] = [];
  const crashes = new Set(Array.from({ length: RESTARTS }, (_, n) => Math.floor(((n + 0.5) * QUEUED) / RESTARTS)));
  const cries = new Set(Array.from({ length: URGENT }, () => below(random, QUEUED)));
  const gap = (options.size * HOUR) / QUEUED;
  for (let count = 0; count < QUEUED; count++) {
    bench.clock.advance(gap);
    const mark = account.next();
    const help = cries.has(count);
    if (help) urgent.push(mark);
    const resident = nodeNum(0x1000 + (count % RESIDENTS));
    bench.pump.accept([arrival(resident, `${help ? "sos " : ""}${mark} we are fine`, { id: count + 1 })]);
    if (crashes.has(count)) server.restart();
  }
  bench.settle();
  const back = bench.clock.now();
  server.online();
  const all = new Set(account.missing());
  while (server.seen.size < all.size && bench.clock.now() < back + PATIENCE) bench.clock.advance(1_000);
  for (const { body, eventId } of server.shown) account.seen(body, eventId);
  return report(options, server, { account, urgent, back });
}

function report(
  options: CampaignOptions,
  server: Homeserver,
  { account, urgent, back }: { account: Account; urgent: readonly string[]; back: Millis },
): Result {
  const after = (marks: readonly string[]): number =>
    Math.max(0, ...marks.map((mark) => (server.seen.get(mark) ?? Number.POSITIVE_INFINITY) - back));
  const urgentAfter = after(urgent.filter((mark) => server.seen.has(mark)));
  const allAfter = after([...server.seen.keys()]);
  const disorder = outOfOrder(server);
  const urgentMissing = urgent.filter((mark) => !server.seen.has(mark)).length;
  return verdict(
    options,
    account.count,
    {
      outageHours: options.size,
      queued: QUEUED,
      restarts: RESTARTS,
      urgent: urgent.length,
      urgentAfterSeconds: Math.round(urgentAfter / 1000),
      allAfterMinutes: Math.round(allAfter / 60_000),
      events: server.stored,
      tooSoon: server.tooSoon,
      outOfOrder: disorder,
    },
    [
      ...(urgentAfter > URGENT_WITHIN || urgentMissing > 0 ? [`urgent only after ${urgentAfter / 1000} s`] : []),
      ...(allAfter > ALL_WITHIN ? [`all only after ${Math.round(allAfter / 60_000)} minutes`] : []),
      ...(server.tooSoon > 0 ? [`asked ${server.tooSoon} times while it was told to wait`] : []),
      ...(disorder > 0 ? [`${disorder} messages overtook another of their sender`] : []),
    ],
  );
}

/** Messages that stand before an earlier one of the same sender and kind. */
function outOfOrder(server: Homeserver): number {
  const last = new Map<number, number>();
  let count = 0;
  for (const { body } of server.shown) {
    for (const line of body.split("\n")) {
      if (line.includes("sos ")) continue;
      const number = Number(/o(\d{5})\./.exec(line)?.[1] ?? Number.NaN);
      if (Number.isNaN(number)) continue;
      const resident = number % RESIDENTS;
      if (number < (last.get(resident) ?? -1)) count++;
      last.set(resident, Math.max(number, last.get(resident) ?? -1));
    }
  }
  return count;
}

/** rc_message of Synapse's defaults (reliability-facts §0.7). */
const PER_SECOND = 0.2;
const BURST = 10;

const ROUND_TRIP: Millis = 50;
const TIMEOUT: Millis = 10_000;
/** From the second minute on; each costs its room ten seconds, and the first minute is promised to the urgent. */
const ANSWERS_LOST = 0.25;

class Homeserver {
  /** When each mark was first seen by people. */
  readonly seen = new Map<string, Millis>();
  /** The bridged room's messages. */
  readonly shown: { readonly body: string; readonly eventId: string }[] = [];
  stored = 0;
  /** Requests made before the time that an answer had named. */
  tooSoon = 0;
  readonly #bench: Bench;
  readonly #random: Random;
  readonly #byTxn = new Map<string, string>();
  #up = false;
  #tokens = BURST;
  #filledAt: Millis = 0;
  #backAt: Millis = 0;
  /** The last "wait": from when it was known to the asker, until when it holds. */
  #limit: { readonly from: Millis; readonly until: Millis } = { from: 0, until: 0 };
  #boots = 1;

  constructor(bench: Bench, random: Random) {
    this.#bench = bench;
    this.#random = random;
  }

  /** Stands in for the bench's own homeserver. */
  attach(): void {
    const { pump } = this.#bench;
    pump.attach({
      uplinks: [
        {
          uplink: "street",
          send: (send) => {
            // The answer comes to the program that asked, if it still lives.
            const answer = (delay: Millis, outcome: MatrixOutcome): void =>
              void this.#bench.clock.after(delay, () =>
                pump.report({ kind: "matrix-outcome", sendId: send.sendId, outcome }),
              );
            this.#asked(send, answer);
          },
          fetch: () => undefined,
        },
      ],
    });
  }

  online(): void {
    this.#up = true;
    this.#backAt = this.#bench.clock.now();
    this.#filledAt = this.#backAt;
    this.#bench.online();
  }

  /** The program dies and is started again; nothing but the database survives. */
  restart(): void {
    const { clock } = this.#bench;
    if (clock instanceof VirtualClock) clock.powerOff(1_000);
    this.#bench.boot(`boot-${++this.#boots}`);
    this.attach();
    if (this.#up) this.#bench.online();
  }

  #asked(send: MatrixSend, answer: (delay: Millis, outcome: MatrixOutcome) => void): void {
    const now = this.#bench.clock.now();
    if (!this.#up) return answer(TIMEOUT, { is: "retry", reason: "no answer" });
    if (now > this.#limit.from && now < this.#limit.until) this.tooSoon++;
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) / 1000) * PER_SECOND);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      const retryAfter = Math.ceil(((1 - this.#tokens) / PER_SECOND) * 1000);
      this.#limit = { from: now + ROUND_TRIP, until: now + retryAfter };
      return answer(ROUND_TRIP, { is: "retry", reason: "rate limited", rateLimited: true, retryAfter });
    }
    this.#tokens--;
    const eventId = this.#byTxn.get(send.txnId) ?? this.#store(send, now);
    const settled = now > this.#backAt + URGENT_WITHIN;
    if (settled && chance(this.#random, ANSWERS_LOST)) return answer(TIMEOUT, { is: "retry", reason: "no answer" });
    answer(ROUND_TRIP, { is: "delivered", eventId });
  }

  #store(send: MatrixSend, now: Millis): string {
    const eventId = this.#bench.eventId();
    const body = String(send.content["body"]);
    this.#byTxn.set(send.txnId, eventId);
    this.stored++;
    for (const [mark] of body.matchAll(/o\d{5}\./g)) if (!this.seen.has(mark)) this.seen.set(mark, now);
    if (send.room === STREET) this.shown.push({ body, eventId });
    return eventId;
  }
}
