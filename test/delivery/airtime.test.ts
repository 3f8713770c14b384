import { describe, expect, it } from "vitest";
import { ACK_FRAME_BYTES, frameAirtime, frameBytes, packetAirtime, PRESETS } from "#delivery/airtime.ts";

const COLUMNS = [
  "LONG_FAST",
  "LONG_MODERATE",
  "MEDIUM_FAST",
  "SHORT_FAST",
  "SHORT_TURBO",
  "LONG_TURBO",
  "MEDIUM_SLOW",
] as const;

/** meshtastic-facts §4.2: kind, payload, frame bytes, milliseconds by the columns above. */
const TABLE: readonly (readonly ["A" | "B" | "C", number, number, readonly number[]])[] = [
  ["A", 16, 38, [518, 1642, 150, 45, 23, 345, 280]],
  ["A", 32, 54, [641, 2036, 191, 55, 28, 443, 341]],
  ["A", 64, 86, [887, 3084, 263, 81, 41, 640, 484]],
  ["A", 128, 151, [1378, 4919, 406, 127, 64, 1033, 751]],
  ["A", 200, 223, [1911, 7016, 570, 181, 90, 1459, 1037]],
  ["A", 232, 255, [2157, 7934, 642, 204, 102, 1656, 1181]],
  ["B", 16, 104, [1010, 3609, 304, 94, 47, 738, 546]],
  ["B", 32, 120, [1133, 4002, 334, 104, 52, 837, 628]],
  ["B", 64, 152, [1378, 4919, 406, 127, 64, 1033, 751]],
  ["B", 128, 217, [1870, 6885, 560, 176, 88, 1426, 1017]],
  ["B", 166, 255, [2157, 7934, 642, 204, 102, 1656, 1181]],
  ["C", 16, 50, [641, 2036, 181, 53, 26, 443, 341]],
  ["C", 64, 98, [969, 3346, 283, 89, 44, 706, 525]],
  ["C", 128, 163, [1460, 5313, 437, 137, 69, 1099, 792]],
  ["C", 220, 255, [2157, 7934, 642, 204, 102, 1656, 1181]],
];

describe("airtime", () => {
  it.each(TABLE)("of kind %s with %i bytes is the table's, within a millisecond", (kind, payloadBytes, bytes, row) => {
    const packet = { payloadBytes, signs: kind === "B", direct: kind === "C" };
    expect(frameBytes(packet)).toBe(bytes);
    for (const [column, expected] of row.entries())
      expect(Math.abs(packetAirtime(COLUMNS[column]!, packet) / 1000 - expected)).toBeLessThanOrEqual(1);
  });

  it("is whole microseconds on every preset, and grows with length", () => {
    for (const preset of PRESETS) {
      let last = 0;
      for (let bytes = 16; bytes <= 255; bytes++) {
        const micros = frameAirtime(preset, bytes);
        expect(Number.isInteger(micros)).toBe(true);
        expect(micros).toBeGreaterThanOrEqual(last);
        last = micros;
      }
    }
  });

  it("of an ack is the table's", () => {
    expect(Math.round(frameAirtime("LONG_FAST", ACK_FRAME_BYTES) / 1000)).toBe(477);
    expect(Math.round(frameAirtime("MEDIUM_FAST", ACK_FRAME_BYTES) / 1000)).toBe(130);
  });

  it("of a text too long for a signature is that of an unsigned one", () => {
    expect(frameBytes({ payloadBytes: 167, signs: true })).toBe(190);
    expect(frameBytes({ payloadBytes: 100, reply: true, signs: true })).toBe(16 + 2 + 2 + 100 + 2 + 5 + 66);
    expect(frameBytes({ payloadBytes: 16, portnum: 293 })).toBe(39);
  });
});
