// Who has no key can still send anything under any number. None of it may fill the operators' room, our air or the database.

import { describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { ANA, Bench, DIRECT, EVERYONE, OPS, US } from "#test/harness/gateway.ts";

const HOUR = 3_600_000;
const stranger = (n: number) => nodeNum(0x4000_0000 + n);

describe("a flood", () => {
  it("of packets that our radio cannot decrypt is told a few times an hour, and answered as seldom", () => {
    const bench = new Bench().ready();
    for (let n = 0; n < 300; n++)
      bench.hear(stranger(n), "", { to: US, portnum: 0, encrypted: Uint8Array.of(n & 0xff, 1) });
    const told = bench.bodies(OPS).filter((body) => body.includes("could not decrypt"));
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(told.length).toBeLessThanOrEqual(12);
    expect(bench.requests.length).toBeLessThanOrEqual(10);
    bench.clock.advance(HOUR);
    bench.hear(ANA, "", { to: US, portnum: 0, encrypted: Uint8Array.of(7) });
    expect(bench.bodies(OPS).at(-1)).toContain("!11111111");
    expect(bench.requests.at(-1)).toEqual({ kind: "exchange-keys", node: ANA });
  });

  it("of descriptions that show ever other keys is told a few times an hour", () => {
    const bench = new Bench().ready();
    for (let n = 0; n < 300; n++) {
      const publicKey = new Uint8Array(32).fill(n & 0xff).fill(n >> 8, 0, 1);
      const node = { num: ANA, longName: "Ana", publicKey };
      bench.hear(ANA, "", { portnum: 4, to: EVERYONE }, { kind: "node-info", node });
    }
    const told = bench.bodies(OPS).filter((body) => body.includes("another key"));
    expect(told.length).toBeGreaterThanOrEqual(1);
    expect(told.length).toBeLessThanOrEqual(12);
  });

  it("of questions leaves nothing of what was answered once it counts no more", () => {
    const bench = new Bench().ready();
    for (let n = 0; n < 20; n++) {
      bench.hear(stranger(n), "?", DIRECT);
      bench.hear(stranger(n), "status", DIRECT);
    }
    const told = () => bench.store.all("SELECT key FROM told");
    expect(told().length).toBeGreaterThan(10);
    bench.clock.advance(2 * HOUR);
    expect(told()).toEqual([]);
  });
});
