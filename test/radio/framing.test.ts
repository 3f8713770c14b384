// The framer against everything a wire can do. Frames carry a serial number, so that a missed or an invented one is known.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { concatBytes, toHex, utf8 } from "#base/bytes.ts";
import { below, chance, pick, seededRandom } from "#base/random.ts";
import type { Random } from "#base/random.ts";
import { framed, Framer, LONGEST_PAYLOAD } from "#radio/framing.ts";
import { isPlausible } from "#radio/plausible.ts";
import { FIRST, header, SECOND } from "#test/radio/hostile.ts";

interface Heard {
  readonly frames: string[];
  text: string;
}

function listen(accepts: (payload: Uint8Array) => boolean = () => true): { framer: Framer; heard: Heard } {
  const heard: Heard = { frames: [], text: "" };
  const framer = new Framer({
    accepts,
    frame: (payload) => heard.frames.push(toHex(payload)),
    console: (bytes) => {
      heard.text += Buffer.from(bytes).toString("latin1");
    },
  });
  return { framer, heard };
}

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 512 }),
  // Bytes that look like headers, lone starts and whole frames inside a payload.
  fc.array(fc.constantFrom(FIRST, SECOND, 0x00, 0x01, 0x02), { maxLength: 512 }).map((bytes) => Uint8Array.from(bytes)),
  fc.uint8Array({ maxLength: 500 }).map(framed),
);
const text = fc.string({ unit: "grapheme-ascii", maxLength: 40 }).map(utf8);

describe("framing and cutting into pieces undo each other", () => {
  test("for every single cut", () => {
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 3 }), (payloads) => {
        const stream = concatBytes(payloads.map(framed));
        for (let cut = 0; cut <= stream.length; cut++) {
          const { framer, heard } = listen();
          framer.push(stream.subarray(0, cut), 0);
          framer.push(stream.subarray(cut), 1);
          expect(heard).toEqual({ frames: payloads.map(toHex), text: "" });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("for any cuts, with console text between the frames", () => {
    const pieces = fc.array(fc.tuple(text, payload), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (parts, sizes) => {
        const stream = concatBytes(parts.flatMap(([words, bytes]) => [words, framed(bytes)]));
        const { framer, heard } = listen();
        for (let from = 0; from < stream.length;) {
          const size = sizes.next().value ?? 1;
          framer.push(stream.subarray(from, from + size), from);
          from += size;
        }
        const words = parts.map(([bytes]) => Buffer.from(bytes).toString("latin1")).join("");
        expect(heard).toEqual({ frames: parts.map(([, bytes]) => toHex(bytes)), text: words });
      }),
      { numRuns: 1_000 },
    );
  });

  test("byte by byte, in the buffers that Node hands out", () => {
    const stream = Buffer.from(
      concatBytes([utf8("log 💔—\r\n"), framed(Uint8Array.from(header(1))), framed(new Uint8Array(0))]),
    );
    const { framer, heard } = listen();
    for (const byte of stream) framer.push(Buffer.from([byte]), 0);
    expect(heard.frames).toEqual(["94c30001", ""]);
    expect(heard.text).toBe(Buffer.from("log 💔—\r\n").toString("latin1"));
  });
});

describe("recovery", () => {
  const good = framed(Uint8Array.of(8, 1));

  test.each([
    ["a start that is doubled", [FIRST]],
    ["a start that stands alone", [FIRST, 0x20]],
    ["a length over the longest", header(LONGEST_PAYLOAD + 1)],
    ["the greatest length there is", header(0xffff)],
    ["half a header before a whole one", [FIRST, SECOND]],
    ["a header whose length begins the next frame", [FIRST, SECOND, FIRST]],
  ])("at once from %s", (_, noise) => {
    const { framer, heard } = listen();
    framer.push(concatBytes([Uint8Array.from(noise), good, good]), 0);
    expect(heard.frames).toEqual(["0801", "0801"]);
  });

  test("from a torn frame within 500 ms, whatever stands in it, and without showing its bytes", () => {
    const { framer, heard } = listen();
    framer.push(concatBytes([Uint8Array.from(header(256)), utf8("secret"), good]), 1_000);
    expect(heard.frames).toEqual([]);
    const due = framer.tornAt()!;
    expect(due).toBeLessThanOrEqual(1_500);
    framer.expire(due);
    expect(heard).toEqual({ frames: ["0801"], text: "" });
    expect(framer.tornAt()).toBeUndefined();
  });

  test("a slow frame that began later inside a torn one keeps its own deadline", () => {
    const { framer, heard } = listen();
    framer.push(Uint8Array.from(header(256)), 0);
    framer.push(good.subarray(0, 3), 399);
    framer.expire(400);
    framer.push(good.subarray(3), 500);
    expect(heard.frames).toEqual(["0801"]);
  });

  test("a process that was held up reads on before it gives a frame up", () => {
    const { framer, heard } = listen();
    framer.push(good.subarray(0, 5), 0);
    framer.expire(5_000);
    framer.push(good.subarray(5), 5_001);
    expect(heard.frames).toEqual(["0801"]);
    framer.push(good.subarray(0, 5), 6_000);
    framer.expire(9_000);
    framer.expire(framer.tornAt()!);
    expect(framer.tornAt()).toBeUndefined();
  });

  test("a clock set back does not keep a torn frame for ever", () => {
    const { framer } = listen();
    framer.push(good.subarray(0, 5), 10_000_000);
    framer.expire(1_000);
    expect(framer.tornAt()).toBeLessThan(2_000);
  });

  test("a frame that is none is searched for those inside", () => {
    const { framer, heard } = listen(isPlausible);
    framer.push(concatBytes([Uint8Array.from(header(40)), good, good, good, good, good, good, good]), 0);
    expect(heard.frames).toEqual(Array.from({ length: 7 }, () => "0801"));
  });
});

// ───────────────────────────── one million frames through six kinds of noise ─────────────────────────────

/** A FromRadio with a text packet whose id and payload say which it is; small, so that a million are quick. */
function numbered(serial: number, random: Random): Uint8Array {
  const extra = below(random, 24);
  const body = new Uint8Array(4 + extra);
  new DataView(body.buffer).setUint32(0, serial, true);
  // Text bytes, and now and then what looks like a header.
  for (let index = 0; index < extra; index++)
    body[4 + index] = chance(random, 0.1) ? pick(random, [FIRST, SECOND, 0, 1]) : 0x20 + below(random, 95);
  const data = [8, 1, 0x12, body.length, ...body];
  const packet = [0x0d, ...fixed32(random.u32()), 0x22, data.length, ...data, 0x35, ...fixed32(serial)];
  return Uint8Array.from([0x12, packet.length, ...packet]);
}

const fixed32 = (value: number): number[] => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];

const LINES = ["INFO  | 12:00:01 17 [Router] Received text\r\n", "—Él está bien 💔\r\n", "DEBUG 94 c3\n"].map(utf8);

/** Serial numbers of frames that are noise: no single flipped bit makes one of ours of them. */
const NOISE_SERIAL = 0xffff_0000;

interface NoiseModel {
  /** What comes before a frame. */
  readonly make: (random: Random) => Uint8Array;
  /** The wire falls silent afterwards, as while a radio reboots. */
  readonly silence?: true;
  /** The noise may itself be a well-formed frame with another content: without a checksum nobody could tell. */
  readonly mayPass?: true;
}

const NOISES: Readonly<Record<string, NoiseModel>> = {
  "console text": { make: (random) => pick(random, LINES) },
  "random bytes": { make: (random) => Uint8Array.from({ length: below(random, 40) }, () => below(random, 256)) },
  "lone starts and bad lengths": {
    make: (random) =>
      Uint8Array.from({ length: below(random, 12) }, () => pick(random, [FIRST, SECOND, FIRST, 0xff, 0x02])),
  },
  "frames torn by a reboot": {
    make: (random) => {
      const frame = framed(numbered(NOISE_SERIAL, random));
      return frame.subarray(0, below(random, frame.length));
    },
    silence: true,
  },
  "frames with a flipped bit": {
    make: (random) => {
      const frame = framed(numbered(NOISE_SERIAL, random));
      frame[below(random, frame.length)]! ^= 1 << below(random, 8);
      return frame;
    },
    mayPass: true,
  },
  "headers that claim what follows": {
    make: (random) =>
      concatBytes(
        Array.from({ length: 1 + below(random, 4) }, () => Uint8Array.from(header(1 + below(random, 3 * 255)))),
      ),
  },
};

const PER_MODEL = Math.ceil(1_000_000 / Object.keys(NOISES).length);
const BATCH = 100;

/** Serial numbers of the frames that a framer finds; NOISE_SERIAL for anything that is not one of ours. An empty frame says nothing. */
function serials(found: number[]): Framer {
  return new Framer({
    accepts: isPlausible,
    frame: (payload) => {
      const at = payload.length - 4;
      const ours = payload[0] === 0x12 && payload[at - 1] === 0x35;
      const serial = ours ? new DataView(payload.buffer, payload.byteOffset + at).getUint32(0, true) : NOISE_SERIAL;
      if (payload.length > 0) found.push(serial < PER_MODEL + BATCH ? serial : NOISE_SERIAL);
    },
    console: () => undefined,
  });
}

describe("one million frames, six kinds of noise: none missed, none invented", () => {
  for (const [name, { make, silence, mayPass }] of Object.entries(NOISES)) {
    test(`through ${name}`, { timeout: 180_000 }, () => {
      const seed = Number(process.env["FRAMER_SEED"] ?? 20261122);
      const random = seededRandom(seed);
      const found: number[] = [];
      const framer = serials(found);
      let now = 0;
      const deliver = (stream: Uint8Array): void => {
        for (let from = 0; from < stream.length;) {
          const to = from + 1 + below(random, 300);
          framer.push(stream.subarray(from, to), now);
          from = to;
        }
      };
      const fallSilent = (): void => {
        for (let due = framer.tornAt(); due !== undefined; due = framer.tornAt()) framer.expire((now = due));
        now += 1_000;
      };
      let [missed, invented, passed] = [0, 0, 0];
      for (let first = 0; first < PER_MODEL; first += BATCH) {
        for (let serial = first; serial < first + BATCH; serial++) {
          deliver(make(random));
          if (silence) fallSilent();
          deliver(framed(numbered(serial, random)));
        }
        fallSilent();
        const ours = found.splice(0).filter((serial) => {
          if (serial === NOISE_SERIAL) passed++;
          return serial !== NOISE_SERIAL;
        });
        missed += BATCH - new Set(ours).size;
        invented += ours.filter((serial, index) => serial !== first + index).length;
      }
      if (!mayPass) invented += passed;
      expect({ seed, missed, invented }).toEqual({ seed, missed: 0, invented: 0 });
    });
  }

  test("and a framer that believes every header is found out by the same noise", () => {
    const random = seededRandom(1);
    const { framer, heard } = listen();
    for (let serial = 0; serial < 1_000; serial++) {
      framer.push(NOISES["headers that claim what follows"]!.make(random), 0);
      framer.push(framed(numbered(serial, random)), 0);
    }
    expect(heard.frames.length).toBeLessThan(900);
  });
});
