// A real Synapse with its real rate limits: a plain bot may say ten things at once and then one in five seconds.

import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { createUplink } from "#matrix/uplink.ts";
import { testSynapse, until } from "#test/harness/synapse.ts";
import type { TestSynapse } from "#test/harness/synapse.ts";
import { botSettings, FakeDoor } from "#test/matrix/fake-door.ts";

let synapse: TestSynapse;

beforeAll(async () => {
  synapse = await testSynapse({ rateLimits: "real" });
}, 300_000);
afterAll(() => synapse.stop());

test("thirteen messages: all arrive once, in order, and the server is asked no more than it allows", async () => {
  const [ada, bot] = [await synapse.person("ada"), await synapse.person("muster")];
  const room = await ada.createRoom({ invite: [bot.userId] });
  const door = new FakeDoor();
  const settings = botSettings(synapse.baseUrl, [room], { accessToken: bot.accessToken });
  const uplink = createUplink({ settings, door, clock: systemClock(), log: silentLog });
  uplink.start();
  await until("ready", () => door.roomState(room)?.joined);
  const bodies = Array.from({ length: 13 }, (_, n) => `message ${n}`);
  let limited = 0;
  for (const [sendId, body] of bodies.entries()) {
    const content = { msgtype: "m.text", body };
    const send = { sendId, uplink: "street", room, type: "m.room.message", txnId: `txn-${sendId}`, content };
    // The gateway waits as it is told; coming back at once, as here, the uplink waits instead.
    for (let tries = 1; ; tries++) {
      uplink.send(send);
      const outcome = await until("an outcome", () => door.outcomes(sendId)[tries - 1]);
      if (outcome.is === "delivered") break;
      expect(outcome).toMatchObject({ is: "retry", rateLimited: true, retryAfter: expect.any(Number) });
      limited++;
    }
  }
  await uplink.stop();
  expect(await ada.bodies(room)).toEqual(bodies);
  expect(limited).toBeGreaterThanOrEqual(1);
  expect(limited).toBeLessThanOrEqual(6); // about one refusal before each message that had to wait
}, 180_000);
