// The emulator's small parts, and that a seed decides everything.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "node:zlib";
import { concatBytes, fromHex, toHex, utf8Length } from "#base/bytes.ts";
import { nodeId } from "#base/ids.ts";
import { seededRandom } from "#base/random.ts";
import { Agenda } from "#emulator/agenda.ts";
import { airtime, slotMs } from "#emulator/airtime.ts";
import { channelSeal, channelTable } from "#emulator/channels.ts";
import { FrameReader, frame } from "#emulator/frames.ts";
import { inventIdentities, readIdentities } from "#emulator/identity.ts";
import { decode, encode } from "#emulator/proto.ts";
import { VirtualHost, VirtualStreet } from "#test/emulator/host.ts";

const preset = (spreadingFactor: number, bandwidthKhz: number, codingRate: number) => ({
  number: 0,
  spreadingFactor,
  bandwidthKhz,
  codingRate,
  channelName: "",
});

describe("airtime", () => {
  // meshtastic-facts 4.2, rows L = 38, 120, 255.
  it.each([
    ["LongFast", preset(11, 250, 5), [518, 1133, 2157]],
    ["LongModerate", preset(11, 125, 8), [1642, 4002, 7934]],
    ["MediumFast", preset(9, 250, 5), [150, 334, 642]],
    ["ShortFast", preset(7, 250, 5), [45, 104, 204]],
    ["ShortTurbo", preset(7, 500, 5), [23, 52, 102]],
    ["LongTurbo", preset(11, 500, 8), [345, 837, 1656]],
    ["MediumSlow", preset(10, 250, 5), [280, 628, 1181]],
  ] as const)("of %s is the table's", (_name, given, expected) => {
    for (const [index, length] of [38, 120, 255].entries()) {
      expect(Math.abs(airtime(given, length) - expected[index]!)).toBeLessThanOrEqual(1);
    }
  });

  it("has the firmware's slots", () => {
    expect([slotMs(preset(11, 250, 5)), slotMs(preset(11, 125, 8)), slotMs(preset(9, 250, 5))]).toEqual([28, 48, 12]);
  });
});

it("the agenda keeps time and order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 200 }), (entries) => {
      const agenda = new Agenda();
      const done: [number, number][] = [];
      const expected: [number, number][] = [];
      for (const [index, [at, kept]] of entries.entries()) {
        const cancel = agenda.at(at, (now) => void done.push([now, index]));
        if (kept) expected.push([at, index]);
        else cancel();
      }
      expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      agenda.runUntil(25);
      expect(done).toEqual(expected.filter(([at]) => at <= 25));
      agenda.runUntil(100);
      expect(done).toEqual(expected);
      expect(agenda.next()).toBeUndefined();
    }),
  );
});

describe("frames", () => {
  it("are found however the bytes are cut, with noise between them", () => {
    const payload = fc.uint8Array({ maxLength: 512 });
    const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.filter((byte) => byte !== 0x94));
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, payload), { maxLength: 8 }), fc.nat(97), (parts, cut) => {
        const stream = concatBytes(parts.flatMap(([before, body]) => [before, frame(body)]));
        const reader = new FrameReader();
        const found: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += cut + 1)
          found.push(...reader.push(stream.subarray(at, at + cut + 1)));
        expect(found.map(toHex)).toEqual(parts.map(([, body]) => toHex(body)));
      }),
    );
  });

  it("keep the firmware's habits: a lone start byte eats the next, a torn frame waits for its bytes", () => {
    const good = frame(Uint8Array.of(1));
    expect(new FrameReader().push(Uint8Array.of(0x94, ...good))).toEqual([]);
    const reader = new FrameReader();
    expect(reader.push(frame(new Uint8Array(20)).subarray(0, 10))).toEqual([]);
    expect(reader.push(good)).toEqual([]);
    expect(reader.push(good)).toEqual([]);
    expect(reader.push(good)).toHaveLength(1);
    expect(new FrameReader().push(Uint8Array.of(0x94, 0xc3, 0x02, 0x01, ...good))).toHaveLength(1);
  });
});

describe("the codec", () => {
  it("leaves defaults out, but not what can be absent", () => {
    expect(toHex(encode("Routing", { errorReason: 0 }))).toBe("1800");
    expect(toHex(encode("Data", { portnum: 0, bitfield: 0 }))).toBe("4800");
    expect(toHex(encode("FromRadio", { moduleConfig: {} }))).toBe("4a00");
  });

  it("reads whatever strangers send: a value or a refusal", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 512 }), (bytes) => {
        const message = decode("ToRadio", bytes);
        expect(typeof message.ok).toBe("boolean");
      }),
      { numRuns: 2000 },
    );
  });

  it("reads names that are not UTF-8", () => {
    const user = encode("User", { longName: Uint8Array.of(0xff, 0xfe) });
    expect(decode("User", user)).toEqual({ ok: true, value: { longName: Uint8Array.of(0xff, 0xfe) } });
  });
});

it("channels have the firmware's hashes", () => {
  const [primary] = channelTable([], 0);
  // meshtastic-facts 3.
  const hashes = {
    LongFast: 0x08,
    MediumFast: 0x1f,
    LongMod: 0x6e,
    ShortFast: 0x70,
    ShortTurbo: 0x0e,
    LongTurbo: 0x76,
  };
  for (const [name, hash] of Object.entries(hashes)) expect(channelSeal(primary!, name).hash).toBe(hash);
});

describe("identities", () => {
  it("of 2.8 are numbered by their keys, and names fit", () => {
    for (const firmware of ["2.7", "2.8"] as const) {
      const { gateways, handhelds } = inventIdentities(seededRandom(9), firmware, 2, 20);
      const all = [...gateways, ...handhelds];
      expect(new Set(all.map((each) => each.num)).size).toBe(22);
      for (const { num, publicKey, longName, shortName } of all) {
        expect(crc32(fromHex(publicKey)!) === num).toBe(firmware === "2.8");
        expect(utf8Length(longName)).toBeLessThanOrEqual(24);
        expect(utf8Length(shortName)).toBeLessThanOrEqual(4);
      }
    }
  });

  it("can be given", () => {
    const key = "ab".repeat(32);
    const given = { gateways: [{ num: "!0000000b", publicKey: key, longName: "Gate" }], handhelds: [] };
    expect(readIdentities(given)).toMatchObject({ ok: true, value: { gateways: [{ num: 11, longName: "Gate" }] } });
    expect(readIdentities({ gateways: [{ num: "11" }] })).toMatchObject({ ok: false });
    expect(readIdentities({ handhelds: [{ num: "!00000016", publicKey: "00" }] })).toMatchObject({ ok: false });
  });
});

it("the same seed gives the same bytes, another seed others", () => {
  const told = (seed: number): string => {
    const on = new VirtualHost(new VirtualStreet({ seed, firmware: "2.8", handhelds: 6 }), "serial").connect();
    const [first, second] = on.world.street.handhelds.map((each) => each.id);
    on.world.street.command({ lose: "packets", share: 0.2 }, on.world.now);
    on.world.street.command({ node: first, to: "^all", text: "one" }, on.world.now);
    on.world.street.command({ node: second, to: nodeId(on.num), text: "two" }, on.world.now);
    on.text("three");
    on.run(120_000);
    return JSON.stringify([on.heard, on.world.street.takeLines()]);
  };
  expect(told(11)).toBe(told(11));
  expect(told(11)).not.toBe(told(12));
});
