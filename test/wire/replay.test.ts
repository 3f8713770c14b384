import { assert, constantFrom, integer, property, array, tuple } from "fast-check";
import { describe, expect, it } from "vitest";

import { MAX_MAC_COUNTER } from "#wire/proof.ts";
import {
  afterRestore,
  bookCounter,
  confirmFresh,
  FIRST_COUNTER,
  jumpAhead,
  MAX_SENDERS,
  NO_HISTORY,
  RESTORE_JUMP,
  takeCounter,
  WINDOW,
  type Carrier,
  type ReplayState,
  type Verdict,
} from "#wire/replay.ts";

/** Books one after the other; the verdicts, and the state as it comes back from the disk. */
function book(
  state: ReplayState,
  counters: readonly (readonly [number, Carrier])[],
): { verdicts: Verdict[]; state: ReplayState } {
  let current = state;
  const verdicts = counters.map(([counter, carrier]) => {
    const booked = bookCounter(current, "mac/7/1", counter, carrier);
    current = JSON.parse(JSON.stringify(booked.state)) as ReplayState;
    return booked.verdict;
  });
  return { verdicts, state: current };
}

describe("the receiver's memory", () => {
  it("tells new, replayed, duplicate and stale apart, in any order", () => {
    const { verdicts } = book(NO_HISTORY, [
      [300, "port"],
      [300, "port"],
      [300, "text"],
      [300, "text"],
      [299, "text"],
      [299, "port"],
      [400, "port"],
      [300, "port"],
      [300 - WINDOW + 101, "port"],
      [400 - WINDOW, "port"],
      [2 ** 24 - 1, "port"],
      [400, "port"],
    ]);
    expect(verdicts).toEqual([
      "new",
      "replayed",
      "duplicate",
      "replayed",
      "new",
      "duplicate",
      "new",
      "replayed",
      "new",
      "stale",
      "new",
      "stale",
    ]);
  });

  it("never accepts a counter twice, and each that is not stale once (against a model that remembers all)", () => {
    const step = tuple(integer({ min: 1, max: 600 }), constantFrom<Carrier>("port", "text"));
    assert(
      property(array(step, { maxLength: 200 }), (steps) => {
        const seen = new Set<string>();
        let highest = 0;
        const expected = steps.map(([counter, carrier]): Verdict => {
          if (highest > 0 && counter <= highest - WINDOW) return "stale";
          highest = Math.max(highest, counter);
          if (seen.has(`${counter}${carrier}`)) return "replayed";
          const other = seen.has(`${counter}${carrier === "port" ? "text" : "port"}`);
          seen.add(`${counter}${carrier}`);
          return other ? "duplicate" : "new";
        });
        expect(book(NO_HISTORY, steps).verdicts).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses 100,000 replays over restarts", () => {
    let { state } = book(
      NO_HISTORY,
      Array.from({ length: 1000 }, (_, i) => [i + 1, "port"] as const),
    );
    let accepted = 0;
    for (let round = 0; round < 100; round++) {
      state = JSON.parse(JSON.stringify(state)) as ReplayState;
      for (let counter = 1; counter <= 1000; counter++) {
        const booked = bookCounter(state, "mac/7/1", counter, "port");
        if (booked.verdict === "new") accepted++;
        state = booked.state;
      }
    }
    expect(accepted).toBe(0);
  });

  it("knows no freshness without history, after a restore, and knows it after an answered challenge", () => {
    const first = bookCounter(NO_HISTORY, "a", 50, "port");
    expect(first).toMatchObject({ verdict: "new", proven: false });
    // Ascending counters alone are no proof: two recordings ascend too.
    const second = bookCounter(first.state, "a", 51, "port");
    expect(second).toMatchObject({ verdict: "new", proven: false });
    const fresh = confirmFresh(second.state, "a");
    expect(bookCounter(fresh, "a", 52, "port")).toMatchObject({ verdict: "new", proven: true });
    // What it said before the challenge is old, although it was never heard here.
    expect(bookCounter(fresh, "a", 49, "port")).toMatchObject({ verdict: "replayed" });
    expect(bookCounter(afterRestore(fresh), "a", 52, "port")).toMatchObject({ verdict: "new", proven: false });
  });

  it("is bounded, and gives up nobody for a newcomer", () => {
    const windows = Object.fromEntries(
      Array.from({ length: MAX_SENDERS }, (_, i) => [
        `mac/7/${i}`,
        { highest: 1, seen: { port: "1", text: "0" }, proven: true },
      ]),
    );
    expect(bookCounter({ windows }, "mac/7/999999", 1, "port").verdict).toBe("no-room");
    expect(bookCounter({ windows }, "mac/7/5", 1, "port").verdict).toBe("replayed");
  });
});

describe("the sender's counter", () => {
  it("counts up, ends, and jumps over what a lost year may have used", () => {
    const first = takeCounter(FIRST_COUNTER, MAX_MAC_COUNTER)!;
    expect(first.counter).toBe(1);
    expect(takeCounter(first.state, MAX_MAC_COUNTER)!.counter).toBe(2);
    expect(takeCounter({ next: MAX_MAC_COUNTER + 1 }, MAX_MAC_COUNTER)).toBeUndefined();
    const restored = takeCounter(jumpAhead(first.state), MAX_MAC_COUNTER)!;
    expect(restored.counter).toBe(2 + RESTORE_JUMP);
    expect(RESTORE_JUMP).toBeGreaterThan(500 * 366);
  });
});
