// A radio that starts anew has forgotten what it was given.

import { expect, it } from "vitest";
import { Bench, RADIO_INFO } from "#test/harness/gateway.ts";

it("says again, with its id, what a restarted radio had been given and nobody was overheard relaying", () => {
  const bench = new Bench().ready();
  bench.write("turn off the gas");
  bench.clock.advance(5_000);
  const [first] = bench.sent;
  bench.pump.report({ kind: "radio-state", state: "configuring", reason: "" });
  bench.pump.report({ kind: "radio-configured", info: { ...RADIO_INFO, rebootCount: RADIO_INFO.rebootCount + 1 } });
  bench.pump.report({ kind: "radio-state", state: "ready", reason: "" });
  bench.clock.advance(5_000);
  expect(bench.sent).toHaveLength(2);
  expect(bench.sent[1]!.packetId).toBe(first!.packetId);
});
