// The physical air: its figures, its books, and that a seed decides everything on every machine.

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Millis } from "#base/clock.ts";
import { below, seededRandom } from "#base/random.ts";
import { PRESETS, airtime } from "#emulator/airtime.ts";
import { FACTORY_CHATTER } from "#emulator/chatter.ts";
import { lg, noiseFloor, normal, snrNeeded } from "#emulator/decibels.ts";
import { NodeDb } from "#emulator/node-db.ts";
import { pathLoss } from "#emulator/path-loss.ts";
import type { Transmission } from "#emulator/physical-air.ts";
import { FATE } from "#emulator/physical-air.ts";
import type { WireUser } from "#emulator/proto.ts";
import type { StreetOptions } from "#emulator/street.ts";
import { Street } from "#emulator/street.ts";
import { nodeNum } from "#base/ids.ts";

// meshtastic-facts 4.2: L, then LongFast, LongModerate, MediumFast, ShortFast, ShortTurbo, LongTurbo, MediumSlow.
const COLUMNS = ["LONG_FAST", "LONG_MODERATE", "MEDIUM_FAST", "SHORT_FAST", "SHORT_TURBO", "LONG_TURBO", "MEDIUM_SLOW"];
const TABLE: readonly (readonly number[])[] = [
  [38, 518, 1642, 150, 45, 23, 345, 280],
  [54, 641, 2036, 191, 55, 28, 443, 341],
  [86, 887, 3084, 263, 81, 41, 640, 484],
  [151, 1378, 4919, 406, 127, 64, 1033, 751],
  [223, 1911, 7016, 570, 181, 90, 1459, 1037],
  [255, 2157, 7934, 642, 204, 102, 1656, 1181],
  [104, 1010, 3609, 304, 94, 47, 738, 546],
  [120, 1133, 4002, 334, 104, 52, 837, 628],
  [152, 1378, 4919, 406, 127, 64, 1033, 751],
  [217, 1870, 6885, 560, 176, 88, 1426, 1017],
  [50, 641, 2036, 181, 53, 26, 443, 341],
  [98, 969, 3346, 283, 89, 44, 706, 525],
  [163, 1460, 5313, 437, 137, 69, 1099, 792],
];

it("airtimes are the table's within 1 ms, every preset and payload", () => {
  for (const [length, ...expected] of TABLE) {
    for (const [column, name] of COLUMNS.entries()) {
      const told = airtime(PRESETS[name as keyof typeof PRESETS], length!);
      expect({ name, length, near: Math.abs(told - expected[column]!) <= 1 }).toEqual({ name, length, near: true });
    }
  }
});

describe("decibels", () => {
  it("are logarithms to a millionth", () => {
    for (const value of [0.003, 0.5, 1, 1.999_99, 2, 10, 909.5, 869_525_000]) {
      expect(Math.abs(lg(value) - Math.log10(value))).toBeLessThan(2e-6);
    }
  });

  it("give the sensitivities of meshtastic-facts 6", () => {
    const expected = { SHORT_TURBO: -118.5, SHORT_FAST: -121.5, MEDIUM_FAST: -126.5, LONG_TURBO: -128.5 } as const;
    const more = { LONG_FAST: -131.5, LONG_MODERATE: -134.5, LONG_SLOW: -137 } as const;
    for (const [name, dBm] of Object.entries({ ...expected, ...more })) {
      const { bandwidthKhz, spreadingFactor } = PRESETS[name as keyof typeof PRESETS];
      const sensitivity = (noiseFloor(bandwidthKhz) + snrNeeded(spreadingFactor)) / 100;
      expect({ name, near: Math.abs(sensitivity - dBm) < 0.1 }).toEqual({ name, near: true });
    }
  });

  it("give the path losses of meshtastic-facts 6: suburban, 1 m, 909 MHz", () => {
    const place = (metres: number) => ({ x: metres, y: 0, height: 1 });
    for (const [metres, loss] of [
      [500, 134],
      [1000, 148],
      [2000, 161],
      [5000, 179],
    ] as const) {
      const told = pathLoss({ model: "3gpp-suburban" }, 909_000_000, [place(0), place(metres)], 0, 1);
      expect(Math.abs(told / 100 - loss)).toBeLessThanOrEqual(0.7);
    }
    const at40 = pathLoss({ model: "log-distance" }, 909_000_000, [place(0), place(40)], 0, 1);
    expect(at40).toBe(12_741);
  });

  it("spread as a normal does", () => {
    const random = seededRandom(5);
    const drawn = Array.from({ length: 20_000 }, () => normal(random, 600));
    const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
    const deviation = Math.sqrt(drawn.reduce((sum, each) => sum + (each - mean) ** 2, 0) / drawn.length);
    expect(Math.abs(mean)).toBeLessThan(15);
    expect(Math.abs(deviation - 600)).toBeLessThan(15);
  });
});

/** A village of 30 within 1.5 km that chats. */
function village(seed: number, more: Partial<StreetOptions> = {}): Street {
  const dice = seededRandom(seed);
  const places = Array.from({ length: 30 }, () => ({ x: below(dice, 1500), y: below(dice, 1500), height: 2 }));
  return new Street({
    seed,
    firmware: "2.7",
    startAt: 0,
    gateways: 1,
    handhelds: 29,
    layout: { places, pathLoss: { model: "3gpp-suburban" }, shadowing: 600, asymmetry: 200, fading: 150 },
    chatter: FACTORY_CHATTER["2.7"],
    ...more,
  });
}

/** Somebody says something every twenty seconds or so. */
function chat(street: Street, seed: number, until: Millis, each: (now: Millis) => void = () => undefined): void {
  const dice = seededRandom(seed);
  let speakAt = 5000;
  for (let at = street.wakeAt(); at !== undefined && at <= until; at = street.wakeAt()) {
    while (speakAt <= at) {
      const who = street.handhelds[below(dice, street.handhelds.length)]!;
      const direct = below(dice, 4) === 0;
      const to = direct ? street.radios[0]!.node.num : 0xffff_ffff;
      street.wake(speakAt);
      who.type({ to, channel: 0, portnum: 1, payload: new Uint8Array(5 + below(dice, 60)).fill(0x79) }, speakAt);
      speakAt += 1000 + below(dice, 40_000);
    }
    street.wake(at);
    each(at);
  }
}

function traceOf(seed: number, more: Partial<StreetOptions> = {}): { hash: string; sent: number; fates: Uint32Array } {
  const street = village(seed, more);
  const hash = createHash("sha256");
  const fates = new Uint32Array(Object.keys(FATE).length);
  let sent = 0;
  street.physical!.watch((of) => {
    sent += 1;
    for (const fate of of.fates) fates[fate] = fates[fate]! + 1;
    const { from, to, id, hopLimit, nextHop } = of.frame;
    hash.update(`${of.start} ${of.end} ${of.station} ${from} ${to} ${id} ${hopLimit} ${nextHop}\n`);
    hash.update(of.fates).update(new Uint8Array(of.levels.buffer));
  });
  chat(street, seed + 9, 3_600_000);
  hash.update(JSON.stringify(street.takeLines()));
  return { hash: hash.digest("hex"), sent, fates };
}

it("the same seed gives the same bytes on every machine", () => {
  const first = traceOf(6);
  expect(first.sent).toBeGreaterThan(500);
  // Everything that can befall a frame befell some.
  expect(first.fates[FATE.heard]).toBeGreaterThan(1000);
  for (const fate of [FATE.collided, FATE.sending, FATE.weak]) expect(first.fates[fate]).toBeGreaterThan(10);
  expect(first.hash).toBe("7d8f51d2b4c45c52c6e05879e9bad5b43bc53d003c567b2e0dc141c6e8410f1b");
  expect(traceOf(6, { firmware: "2.8", preset: "MEDIUM_FAST", region: "US" }).hash).toBe(
    "61da867995db981fcd7c9089c0047fb9c3545ef2f15091627b1041e478a9c988",
  );
  expect(traceOf(7).hash).not.toBe(first.hash);
});

interface Span {
  readonly at: Millis;
  readonly length: Millis;
}

/**
 * The simulator's own books of a station, from the list of all transmissions and after the fact: what it sent (counted when
 * it began), and what its receiver followed to the end, good or bad (counted when it ended). A receiver follows one frame
 * until that ends, until one comes that is 6 dB louder, or until it sends itself.
 */
function books(all: readonly Transmission[], station: number, sensitivity: number): { sent: Span[]; received: Span[] } {
  const lengthOf = ({ start, end }: Transmission): Millis => (end - start) / 1000;
  const sent = all.filter((each) => each.station === station);
  const reached = all.flatMap((of) => {
    const at = of.receivers.indexOf(station);
    if (at < 0 || of.levels[at]! < sensitivity) return [];
    const deaf = sent.some((own) => own.start <= of.start && of.start < own.end);
    return deaf ? [] : [{ of, level: of.levels[at]!, good: of.fates[at] === FATE.heard }];
  });
  const followed = new Set(reached.filter(({ good }) => good));
  let current: (typeof reached)[number] | undefined;
  const leave = (): void => void (current && !current.good && followed.delete(current));
  for (const each of reached.sort((a, b) => a.of.start - b.of.start)) {
    if (current && current.of.end > each.of.start) {
      if (each.level < current.level + 600) continue;
      leave();
    }
    current = each;
    const interrupted = sent.some((own) => own.start > each.of.start && own.start < each.of.end);
    if (!interrupted) followed.add(each);
  }
  return {
    sent: sent.map((of) => ({ at: of.start / 1000, length: lengthOf(of) })),
    received: [...followed].map(({ of }) => ({ at: of.end / 1000, length: lengthOf(of) })),
  };
}

function sum(list: readonly Span[], from: Millis, to: Millis): Millis {
  return list.reduce((total, { at, length }) => (at >= from && at <= to ? total + length : total), 0);
}

it("the radio's counters agree with the simulator's books within 1 %", () => {
  const street = village(8);
  const { node } = street.radios[0]!;
  const all: Transmission[] = [];
  street.physical!.watch((of) => all.push(of));
  const told: { at: Millis; utilisation: number; sending: number }[] = [];
  let next = 60_000;
  chat(street, 4, 3 * 3_600_000, (now) => {
    if (now < next) return;
    next += 60_000;
    told.push({ at: now, utilisation: node.airLog.utilisation(now), sending: node.airLog.sentShare(now) });
  });
  const { sent, received } = books(all, node.station, street.physical!.links.sensitivity);
  const sums = { radio: 0, simulator: 0, radioSending: 0, simulatorSending: 0 };
  for (const { at, utilisation, sending } of told) {
    // The radio's minute and hour begin with a period of theirs.
    const minute = Math.floor(at / 10_000) * 10_000 - 50_000;
    const hour = Math.floor(at / 60_000) * 60_000 - 59 * 60_000;
    sums.radio += utilisation * 60_000;
    sums.simulator += sum(sent, minute, at) + sum(received, minute, at);
    sums.radioSending += sending * 3_600_000;
    sums.simulatorSending += sum(sent, hour, at);
  }
  expect(told.length).toBeGreaterThan(170);
  expect(node.counters.rxBad).toBeGreaterThan(5);
  expect(sums.simulator).toBeGreaterThan(100_000);
  expect(Math.abs(sums.radio / sums.simulator - 1)).toBeLessThan(0.01);
  expect(Math.abs(sums.radioSending / sums.simulatorSending - 1)).toBeLessThan(0.001);
});

it("a radio's memory of others is short, and favours keys and favourites", () => {
  const user = (n: number): WireUser => ({ publicKey: new Uint8Array(32).fill(n) });
  for (const warm of [0, 3]) {
    const db = new NodeDb(nodeNum(1), 4, warm);
    db.meet(nodeNum(1));
    db.introduce(nodeNum(2), user(2));
    db.meet(nodeNum(3));
    db.introduce(nodeNum(4), user(4));
    db.find(nodeNum(2))!.favorite = true;
    db.introduce(nodeNum(5), user(5));
    expect([...db.all()].map((each) => each.num)).toEqual([1, 2, 4, 5]);
    db.introduce(nodeNum(6), user(6));
    expect([...db.all()].map((each) => each.num)).toEqual([1, 2, 5, 6]);
    expect(db.keyOf(nodeNum(4)) !== undefined).toBe(warm > 0);
  }
});
