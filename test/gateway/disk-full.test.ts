// A database that may not grow: what is given up, what is kept, and who is told.

import { describe, expect, it } from "vitest";
import { isDiskFull } from "#store/store.ts";
import { metaValue } from "#store/world.ts";
import { addArrival, countWaiting } from "#store/inbox.ts";
import { ANA, BEN, Bench, DIRECT, isCard, OPS, STREET } from "#test/harness/gateway.ts";
import { openStore } from "#store/open.ts";

const LARGEST = 800 * 1024;

function small(): Bench {
  return new Bench({}, openStore(":memory:", { largest: LARGEST })).ready();
}

/** Words of a hundred bytes, so that the file is soon full. */
const words = (n: number): string => `message ${n} `.padEnd(100, "and more ");

describe("a full disk", () => {
  it("gives up history first, and keeps receiving", () => {
    const bench = small();
    for (let n = 0; n < 900; n++) {
      bench.hear(n % 2 === 0 ? ANA : BEN, words(n));
      bench.clock.advance(1_000);
    }
    expect(bench.bodies(STREET)).toHaveLength(900);
    expect(bench.fatal).toEqual([]);
    expect(countWaiting(bench.store)).toBe(0);
    expect(bench.store.get<{ n: number }>("SELECT count(*) AS n FROM inbox")!.n).toBeLessThan(800);
    expect(bench.bodies(OPS).filter((body) => body.includes("disk is full"))).not.toEqual([]);
  });

  it("without Matrix gives up chat before calls for help, tells its writer, and is normal within 10 s", () => {
    const bench = small();
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "no network" });
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    let full = false;
    for (let n = 0; n < 120; n++) bench.write(words(n));
    for (let n = 0; n < 1_000; n++) {
      const help = n % 40 === 0;
      full ||= bench.pump.diskFull;
      bench.hear(ANA, help ? `HELP ${words(n)}` : words(n), help ? DIRECT : {});
      bench.clock.advance(1_000);
    }
    expect(full).toBe(true);
    const help = bench.ledger().filter((row) => row.text.startsWith("HELP"));
    expect(help.map((row) => row.state)).toEqual(Array.from({ length: 25 }, () => "queued"));
    // The rows themselves may have been forgotten since, to make more room.
    const gone = Object.keys(JSON.parse(metaValue(bench.store, "shed") ?? "{}") as object).join("; ");
    expect(gone).toContain("unsent messages");
    expect(gone).not.toMatch(/distress|page/);

    bench.store.setLargest(10 * LARGEST);
    bench.clock.advance(10_000);
    expect(bench.pump.diskFull).toBe(false);
    bench.ready();
    bench.clock.advance(600_000);
    expect(bench.bodies(OPS).filter((body) => body.includes("HELP") && !isCard(body))).toHaveLength(25);
    expect(
      bench.bodies(OPS).some((body) => /room on the disk again\. Given up meanwhile: .*unsent messages/.test(body)),
    ).toBe(true);
    expect(bench.bodies(STREET).some((body) => body.includes("given up because the gateway's disk is full"))).toBe(
      true,
    );
    expect(bench.fatal).toEqual([]);
  });

  it("refuses a store that gives nothing up (the control)", () => {
    const store = openStore(":memory:", { largest: LARGEST });
    let full: unknown;
    for (let n = 0; n < 20_000 && full === undefined; n++) {
      try {
        store.transaction(() => addArrival(store, "radio", Buffer.from(words(n)), "{}", n));
      } catch (error) {
        full = error;
      }
    }
    expect(isDiskFull(full)).toBe(true);
    expect(() => store.transaction(() => addArrival(store, "radio", Buffer.from(words(0)), "{}", 1))).toThrow("full");
  });
});
