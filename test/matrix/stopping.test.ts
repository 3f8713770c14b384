// The end of an uplink whose homeserver has not even answered who we are.

import { expect, test } from "vitest";
import { VirtualClock, wallClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { createUplink } from "#matrix/uplink.ts";
import { until } from "#test/harness/synapse.ts";
import { botSettings, FakeDoor } from "#test/matrix/fake-door.ts";
import { StubHomeserver } from "#test/matrix/stub-homeserver.ts";

/** Well below a request's own deadline of 30 s, which it took before. */
const SOON = 15_000;

test("a first answer that never comes does not hold up the end", async () => {
  const stub = new StubHomeserver();
  await stub.start();
  stub.misbehave = () => undefined;
  const settings = botSettings(stub.baseUrl, [], { accessToken: "secret" });
  const uplink = createUplink({ settings, door: new FakeDoor(), clock: new VirtualClock(0), log: silentLog });
  uplink.start();
  await until("to be asked who we are", () => stub.calls.some(({ path }) => path.endsWith("/whoami")));
  const ended = await Promise.race([
    uplink.stop().then(() => "ended"),
    new Promise<string>((resolve) => void wallClock.after(SOON, () => resolve("still waiting"))),
  ]);
  expect(ended).toBe("ended");
  await stub.stop();
});
