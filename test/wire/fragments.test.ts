import { assert, integer, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";

import { nodeNum } from "#base/ids.ts";
import { chance, pick, seededRandom } from "#base/random.ts";
import type { Fragment } from "#domain/wire-words.ts";
import {
  ASK_AFTER_MS,
  askMissing,
  fragment,
  FRAGMENT_OVERHEAD,
  gather,
  MAX_PIECES,
  NO_PIECES,
  resend,
  SET_EXPIRES_MS,
  type Reassembly,
} from "#wire/fragments.ts";
import { MAX_PRIVATE_BROADCAST, MAX_PRIVATE_DIRECT } from "#wire/limits.ts";
import { encodeMessage } from "#wire/message.ts";

const ANA = nodeNum(0xa1);
const BEN = nodeNum(0xb2);

function pieces(whole: Uint8Array, limit = MAX_PRIVATE_DIRECT): readonly Fragment[] {
  const cut = fragment(whole, limit);
  if (!cut.ok) throw new Error(cut.refusal.reason);
  return cut.value;
}

const noise = (length: number, seed: number): Uint8Array => {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random.u32() & 0xff);
};

/** What arrives of a set over an air that loses 30 % and keeps no order; undefined when it does not arrive in time. */
function throughNoise(whole: Uint8Array, seed: number): Uint8Array | undefined {
  const random = seededRandom(seed);
  const all = pieces(whole);
  let state: Reassembly = NO_PIECES;
  let air: Fragment[] = [...all];
  for (let now = 0; now < SET_EXPIRES_MS; now += ASK_AFTER_MS) {
    while (air.length > 0) {
      const piece = pick(random, air);
      air = air.filter((other) => other !== piece);
      if (chance(random, 0.3)) continue;
      const step = gather(state, ANA, piece, now);
      state = step.state;
      if (step.gathered.is === "whole") return step.gathered.bytes;
    }
    const asked = askMissing(state, now + ASK_AFTER_MS);
    state = asked.state;
    // A receiver that heard nothing at all asks nothing; then the sender says it again, because nobody said "all".
    air = asked.asks.length === 0 ? [...all] : asked.asks.flatMap(({ message }) => [...resend(all, message)]);
  }
  return undefined;
}

describe("fragments", () => {
  it("fit their packet, whatever their numbers", () => {
    for (const limit of [MAX_PRIVATE_BROADCAST, MAX_PRIVATE_DIRECT, 100]) {
      for (const piece of pieces(noise(2000, limit), limit)) {
        const encoded = encodeMessage(piece);
        expect(encoded.ok && encoded.value.length).toBeLessThanOrEqual(limit);
      }
    }
    expect(fragment(new Uint8Array((231 - FRAGMENT_OVERHEAD) * MAX_PIECES + 1), 231)).toMatchObject({
      refusal: { reason: "too-long" },
    });
  });

  it("survive 30 % loss and reordering by selective repeat", () => {
    assert(
      property(uint8Array({ minLength: 1, maxLength: 4096 }), integer(), (whole, seed) => {
        expect(throughNoise(whole, seed)).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it("keep bounded memory: a flooder pushes out himself", () => {
    let state: Reassembly = NO_PIECES;
    const bens = pieces(noise(1000, 1));
    state = gather(state, BEN, bens[0]!, 0).state;
    for (let i = 0; i < 1000; i++) state = gather(state, ANA, pieces(noise(1000, i + 2))[0]!, i).state;
    expect(state.sets.length).toBeLessThanOrEqual(8);
    expect(state.sets.some((set) => set.from === BEN)).toBe(true);
    for (let i = 0; i < 100; i++) state = gather(state, nodeNum(1000 + i), pieces(noise(1000, i))[0]!, 2000 + i).state;
    expect(state.sets.length).toBe(8);
  });

  it("expire, and say when to look again", () => {
    const all = pieces(noise(600, 9));
    const { state } = gather(NO_PIECES, ANA, all[0]!, 0);
    expect(askMissing(state, 0)).toMatchObject({ asks: [], wakeAt: ASK_AFTER_MS });
    const asked = askMissing(state, ASK_AFTER_MS);
    expect(asked.asks).toEqual([{ to: ANA, message: { type: "missing", set: all[0]!.set, parts: [1, 2] } }]);
    let rounds = asked.state;
    let asks = 0;
    for (let now = ASK_AFTER_MS; now < SET_EXPIRES_MS; now += ASK_AFTER_MS) {
      const next = askMissing(rounds, now);
      asks += next.asks.length;
      rounds = next.state;
    }
    expect(asks).toBeLessThan(6);
    expect(askMissing(rounds, SET_EXPIRES_MS).state.sets).toEqual([]);
  });

  it("throw away a whole that is not what it was called", () => {
    const all = pieces(noise(400, 3));
    const forged = { ...all[1]!, bytes: new Uint8Array(3) };
    const first = gather(NO_PIECES, ANA, all[0]!, 0);
    expect(gather(first.state, ANA, forged, 1)).toMatchObject({
      gathered: { is: "refused", refusal: { reason: "wrong-whole" } },
      state: { sets: [] },
    });
    expect(gather(first.state, ANA, { ...all[1]!, count: 9 }, 1).gathered.is).toBe("refused");
    expect(gather(first.state, ANA, { ...all[1]!, index: 2 }, 1).gathered.is).toBe("refused");
  });
});
