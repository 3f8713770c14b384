// Bytes and messages that nobody should send, through the framer and the whole link. FUZZ_SEED chooses another run.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { describe, expect, test } from "vitest";

import { concatBytes, utf8 } from "#base/bytes.ts";
import { below, chance, pick, seededRandom } from "#base/random.ts";
import type { Random } from "#base/random.ts";
import { framed, Framer } from "#radio/framing.ts";
import { RadioLink } from "#radio/link.ts";
import { read } from "#radio/packets.ts";
import { isPlausible } from "#radio/plausible.ts";
import { FromRadioSchema } from "#radio/schemas.ts";
import { frameFlood, mutated, STREAMS } from "#test/radio/hostile.ts";
import { CAPTURES, readCapture } from "#test/radio/capture.ts";

const SEED = Number(process.env["FUZZ_SEED"] ?? 20261122);
const MIB = 1 << 20;

/** What one read can bring at most: Node's sockets and serialport both hand out 64 KiB. */
const ONE_READ = 1 << 16;

/** Milliseconds of this thread's own work, so that a busy machine does not count; the best of five. */
function bestOfFive(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const start = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

function aLink(random: Random): RadioLink {
  const link = new RadioLink({ random, trustClock: () => true });
  link.opened(0);
  link.wake(100);
  return link;
}

const silentFramer = (): Framer =>
  new Framer({ accepts: isPlausible, frame: () => undefined, console: () => undefined });

describe("no input blocks for more than 50 ms", () => {
  test.each(Object.keys(STREAMS))("%s: 1 MiB through the framer, one read through the link", (name) => {
    const random = seededRandom(SEED);
    const bytes = STREAMS[name]!(MIB, random);
    expect(bestOfFive(() => silentFramer().push(bytes, 0))).toBeLessThan(50);
    expect(bestOfFive(() => aLink(random).receive(bytes.subarray(0, ONE_READ), 100))).toBeLessThan(50);
  });

  // The smallest that a radio can hand over of each.
  const SMALLEST: Readonly<Record<string, unknown>> = {
    rebooted: true,
    configCompleteId: 7,
    packet: { from: 1, to: 2, id: 3, payloadVariant: { case: "decoded", value: { portnum: 1 } } },
    myInfo: {},
    queueStatus: {},
    nodeInfo: { num: 1 },
    clientNotification: {},
  };

  test.each(Object.keys(SMALLEST))("one read full of %s frames through the link", (name) => {
    const bytes = frameFlood(ONE_READ, { case: name, value: SMALLEST[name] } as never);
    const random = seededRandom(SEED);
    expect(bestOfFive(() => aLink(random).receive(bytes, 100))).toBeLessThan(50);
  });
});

/** Payloads of real frames, to change a little. */
function corpus(): Uint8Array[] {
  const found: Uint8Array[] = [];
  const framer = new Framer({
    accepts: isPlausible,
    frame: (payload) => found.push(payload),
    console: () => undefined,
  });
  for (const name of CAPTURES) {
    for (const { dir, bytes } of readCapture(name)) if (dir === "rx" && bytes) framer.push(bytes, 0);
  }
  return found.filter((payload) => payload.length > 0);
}

/** Feeds a link and keeps it going; events and writes are thrown away. */
function feed(link: RadioLink, bytes: Uint8Array, now: number): void {
  link.receive(bytes, now);
  link.takeEvents();
  link.takeWrites();
  if ((link.wakeAt() ?? Infinity) <= now || (link.tornAt() ?? Infinity) <= now) link.wake(now);
}

/** A piece of input: noise, whole and broken frames, claims, text. */
function piece(random: Random, payloads: readonly Uint8Array[]): Uint8Array {
  const kind = below(random, 5);
  if (kind === 0) return Uint8Array.from({ length: below(random, 200) }, () => below(random, 256));
  if (kind === 1) return framed(mutated(pick(random, payloads), random));
  if (kind === 2) return pick(random, Object.values(STREAMS))(below(random, 300), random);
  if (kind === 3) return mutated(framed(pick(random, payloads)), random);
  return utf8(pick(random, ["INFO | x\r\n", "//\\ E S H T /\\ S T / C\r\n", "—💔\n", "rst:0x1 (POWERON)"]));
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of heap in use once everything unreachable is gone. */
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe("nothing crashes, nothing is kept", () => {
  test("ten million fuzzed bytes through framer and link", { timeout: 240_000 }, () => {
    const random = seededRandom(SEED);
    const payloads = corpus();
    const link = aLink(random);
    let fed = 0;
    let now = 1_000;
    let before = 0;
    try {
      while (fed < 10_000_000) {
        const bytes = chance(random, 0.3)
          ? concatBytes([piece(random, payloads), piece(random, payloads)])
          : piece(random, payloads);
        feed(link, bytes, (now += below(random, 100)));
        fed += bytes.length;
        if (before === 0 && fed > 2_000_000) before = heapInUse();
      }
    } catch (error) {
      throw new Error(`seed ${SEED}, after ${fed} bytes`, { cause: error });
    }
    expect(heapInUse() - before).toBeLessThan(2 * MIB);
  });

  test(
    "a hundred thousand fuzzed FromRadio messages through the link, each answered by nothing worse than silence",
    { timeout: 240_000 },
    () => {
      const random = seededRandom(SEED + 1);
      const payloads = corpus();
      const packetPayloads = payloads.filter((payload) => payload[0] === 0x12);
      let link = aLink(random);
      let packets = 0;
      for (let count = 0; count < 100_000; count++) {
        if (count % 1_000 === 0) link = aLink(random);
        const payload = mutated(pick(random, chance(random, 0.5) ? packetPayloads : payloads), random);
        try {
          link.receive(framed(payload), count);
          // A broken header in the middle must not hide the next message for long.
          link.wake(count, count + 10_000);
          link.wake(count, count + 20_000);
        } catch (error) {
          throw new Error(`seed ${SEED + 1}, message ${count}`, { cause: error });
        }
        packets += link.takeEvents().filter((event) => event.kind === "radio").length;
        link.takeWrites();
      }
      expect(packets).toBeGreaterThan(5_000);
    },
  );

  test("whatever the framer believes, the codec can read", () => {
    const random = seededRandom(SEED + 2);
    const payloads = corpus();
    let believed = 0;
    let unreadable = 0;
    for (let count = 0; count < 100_000; count++) {
      const payload = mutated(pick(random, payloads), random);
      if (!isPlausible(payload)) continue;
      believed++;
      if (!read(FromRadioSchema, payload)) unreadable++;
    }
    expect({ unreadable, some: believed > 10_000 }).toEqual({ unreadable: 0, some: true });
  });
});
