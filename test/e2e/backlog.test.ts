// A long backlog against a real Synapse that limits messages: its default rate (0.2 a second, bursts of 10) and the
// gateway's clock both twenty times as fast. All of it is visible within half an hour of the gateway's time, each message
// once, each radio's in order, after one summary.

import { afterAll, beforeAll, expect, it } from "vitest";
import { wallClock } from "#base/clock.ts";
import { MusterProcess } from "#test/harness/muster.ts";
import { BenchRadio } from "#test/harness/relay-bench.ts";
import { testSynapse, until, type Person, type TestSynapse } from "#test/harness/synapse.ts";

const RATE = 20;
const MESSAGES = 1_000;
const RADIOS = 20;
/** Half an hour of the gateway's time. */
const WITHIN = (30 * 60_000) / RATE;

let synapse: TestSynapse;
let maria: Person;
let bot: Person;

beforeAll(async () => {
  const rc_message = { per_second: 0.2 * RATE, burst_count: 10 };
  synapse = await testSynapse({ rateLimits: "real", extraConfig: { rc_message } });
  maria = await synapse.person("maria");
  bot = await synapse.person("muster");
}, 300_000);
afterAll(() => synapse.stop());

it("is visible within half an hour, once, in order, under Synapse's own rate limit", async () => {
  const street = await maria.createRoom({ invite: [bot.userId] });
  const radio = await BenchRadio.start();
  const muster = new MusterProcess({
    token: bot.accessToken,
    args: ["--clock-rate", `${RATE}`],
    config: {
      meshtastic: { connection_type: "tcp", host: "127.0.0.1", port: radio.port },
      uplinks: [
        {
          name: "street",
          homeserver: synapse.baseUrl,
          mode: "bot",
          user_id: bot.userId,
          access_token_file: "token",
          matrix_rooms: [{ id: street, meshtastic_channel: 0 }],
        },
      ],
    },
  });
  await muster.start();
  await muster.ready();
  await synapse.kill();
  await until("the uplink to be down", () => muster.status().uplinks[0]?.state === "down", 60_000);
  for (let n = 0; n < MESSAGES; n++) {
    radio.say(n % RADIOS, `message m${n}.`);
    if (n % 20 === 0) await new Promise<void>((done) => void wallClock.after(50, done));
  }
  await until("the backlog", () => muster.status().uplinks[0]!.queued >= MESSAGES, 120_000);
  await synapse.restart();
  await until("the uplink", () => muster.status().uplinks[0]?.state === "ready", 60_000);
  await until("all of it", () => muster.status().uplinks[0]!.queued === 0, WITHIN);
  const bodies = await maria.bodies(street);
  const numbers = bodies.flatMap((body) => [...body.matchAll(/message m(\d+)\./g)].map(([, n]) => Number(n)));
  expect(new Set(numbers).size).toBe(MESSAGES);
  expect(numbers).toHaveLength(MESSAGES);
  for (let radioNumber = 0; radioNumber < RADIOS; radioNumber++) {
    const own = numbers.filter((n) => n % RADIOS === radioNumber);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
  expect(bodies[0]).toMatch(/1000 messages were heard from 20 radios/);
  expect(bodies.length).toBeLessThan(100);
  await muster.remove();
  await radio.stop();
}, 400_000);
