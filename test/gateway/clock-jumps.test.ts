// The date of the machine is set back and forth by ten years while messages come and go.

import { describe, expect, it } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { below, chance, seededRandom } from "#base/random.ts";
import { ANA, BEN, Bench, DIRECT, OPS, START, STREET } from "#test/harness/gateway.ts";

const YEAR = 365 * 24 * 3600_000;

/** The control: a gateway that lives by the wall clock. */
class DateOnly extends VirtualClock {
  #by = 0;
  override now(): number {
    return super.now() + this.#by;
  }
  override wall(): number {
    return this.now();
  }
  override jump(by: number): void {
    this.#by += by;
  }
}

/** A hundred messages each way; after each the date is set. What went wrong, in words. */
function troubles(seed: number, clock: VirtualClock): string[] {
  const random = seededRandom(seed);
  const bench = new Bench({}, undefined, clock).ready();
  const said: string[] = [];
  const typed: string[] = [];
  for (let round = 0; round < 100; round++) {
    clock.jump((below(random, 2001) - 1000) * 0.01 * YEAR);
    said.push(`said ${round}.`);
    bench.hear(chance(random, 0.5) ? ANA : BEN, said.at(-1)!, chance(random, 0.3) ? DIRECT : {});
    typed.push(`typed ${round}.`);
    bench.write(typed.at(-1)!);
    if (chance(random, 0.2)) {
      clock.powerOff(0);
      bench.boot();
      bench.ready();
    }
    clock.advance(below(random, 20_000));
  }
  clock.advance(2 * 3600_000);
  const shown = [...bench.bodies(STREET), ...bench.bodies(OPS)].flatMap((body) => /said \d+\./.exec(body) ?? []);
  const aired = bench.texts().flatMap((text) => /typed \d+\./.exec(text) ?? []);
  const open = bench.ledger().filter((row) => row.settledAt === null && row.state !== "confirmed");
  return [
    ...(shown.toSorted().join() === said.toSorted().join() ? [] : ["Matrix did not get each text once"]),
    ...(aired.toSorted().join() === typed.toSorted().join() ? [] : ["the mesh did not get each text once"]),
    ...(open.length === 0 ? [] : [`${open.length} messages wait for ever`]),
  ];
}

describe("a machine whose date is set", () => {
  it.each([1, 2, 3])("100 times loses nothing, says nothing twice and keeps no one waiting (seed %i)", (seed) => {
    expect(troubles(seed, new VirtualClock(START))).toEqual([]);
  });

  it("would trouble a gateway that lived by the date", () => {
    expect(troubles(1, new DateOnly(START))).not.toEqual([]);
  });

  it("keeps its history, and shows it by the date as corrected", () => {
    const bench = new Bench();
    bench.clock.jump(-START); // 1970
    bench.boot();
    bench.ready();
    bench.hear(ANA, "before the clock was right", DIRECT);
    expect(bench.texts()).toEqual(["Stored k1."]);
    expect(bench.ledger()[0]!.acceptedAt).toMatch(/^1970-/);
    bench.clock.jump(START + 10 * YEAR);
    bench.clock.advance(3 * 3600_000);
    expect(bench.ledger()).not.toEqual([]);
    bench.clock.jump(-10 * YEAR);
    bench.clock.advance(3_600_000);
    expect(bench.ledger()[0]!.acceptedAt).toMatch(/^2026-11-22T14:02/);
  });
});
