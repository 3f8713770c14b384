// A radio that starts anew has forgotten what it was given.

import { expect, it } from "vitest";
import { Bench, RADIO_INFO, settings } from "#test/harness/gateway.ts";

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

it("does not ask a link for ever that takes nothing, and says it when it does", () => {
  const bench = new Bench({ meshtastic: { ...settings().meshtastic, messageDelay: 0 } }).ready();
  let asked = 0;
  let takes = false;
  bench.pump.attach({
    radio: {
      request: () => undefined,
      send: ({ sendId, packetId }) => {
        if (++asked > 100) throw new Error("asked for ever");
        bench.pump.report({ kind: "mesh-written", sendId, written: takes, reason: "the radio is configuring" });
        if (takes) bench.pump.report({ kind: "queue-status", packetId, res: 0, free: 16, maxlen: 16 });
      },
    },
  });
  bench.write("turn off the gas");
  bench.clock.advance(1_000);
  expect(asked).toBeGreaterThan(1);
  takes = true;
  bench.clock.advance(1_000);
  expect(bench.ledger().at(-1)!.state).toBe("sent");
});
