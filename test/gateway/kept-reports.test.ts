// What the edges report while the disk is full is not forgotten.

import { expect, it } from "vitest";
import { ANA, Bench } from "#test/harness/gateway.ts";

it("handles the outcome of a send that came while the disk was full, and goes on with the next", () => {
  const bench = new Bench().ready();
  bench.serverTakes = false;
  bench.hear(ANA, "first");
  bench.hear(ANA, "second");
  const [asked] = bench.asked;
  const transaction = bench.store.transaction.bind(bench.store);
  bench.store.transaction = () => {
    throw Object.assign(new Error("full"), { code: "SQLITE_FULL" });
  };
  bench.pump.report({ kind: "matrix-outcome", sendId: asked!.sendId, outcome: { is: "delivered", eventId: "$one" } });
  bench.clock.advance(60_000);
  expect(bench.pump.diskFull).toBe(true);
  bench.store.transaction = transaction;
  bench.serverTakes = true;
  bench.clock.advance(10_000);
  expect(bench.bodies().filter((body) => body.includes("first"))).toHaveLength(1);
  expect(bench.ledger().map(({ state }) => state)).toEqual(["confirmed", "confirmed"]);
});
