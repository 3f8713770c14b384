import { describe, expect, it } from "vitest";

import { fromHex, toHex } from "#base/bytes.ts";
import {
  chooseCarrier,
  messageLimit,
  packetLimit,
  portRefusal,
  signedLimit,
  unload,
  type Path,
} from "#wire/carriers.ts";
import { parseRef, freeRef, gatewayOf, MAX_GATEWAYS, refName } from "#wire/references.ts";

const message = (length: number): Uint8Array => Uint8Array.of(0xfc, ...new Uint8Array(length - 1));

interface Row {
  readonly path: Path;
  readonly length: number;
  /** "port 231 signed": carrier, payload bytes, and whether a 2.8 radio will sign; or the refusal. */
  readonly is: string;
}

const channel: Path = { to: "channel", firmware: "2.7", relaysPrivatePorts: "yes", machinesChannel: false };
const signed: Path = { ...channel, firmware: "2.8" };
const direct: Path = { ...channel, to: "direct" };
const machines: Path = { ...channel, relaysPrivatePorts: "no", machinesChannel: true };

const ROWS: readonly Row[] = [
  { path: channel, length: 231, is: "port 231" },
  { path: channel, length: 232, is: "too-long" },
  { path: signed, length: 165, is: "port 165 signed" },
  { path: signed, length: 166, is: "port 166" },
  { path: signed, length: 231, is: "port 231" },
  { path: direct, length: 219, is: "port 219" },
  { path: direct, length: 220, is: "too-long" },
  { path: { ...direct, firmware: "2.8" }, length: 219, is: "port 219" },
  // Every handheld would beep: text only where nobody is disturbed, even if the port does not get through.
  { path: { ...channel, relaysPrivatePorts: "no" }, length: 50, is: "port 50" },
  { path: { ...channel, relaysPrivatePorts: "unknown", machinesChannel: true }, length: 50, is: "port 50" },
  { path: machines, length: 50, is: "text 62" },
  { path: machines, length: 189, is: "text 232" },
  { path: machines, length: 190, is: "too-long" },
  { path: { ...machines, firmware: "2.8" }, length: 135, is: "text 166 signed" },
  { path: { ...machines, firmware: "2.8" }, length: 136, is: "text 167" },
  { path: { ...direct, relaysPrivatePorts: "no" }, length: 179, is: "text 220" },
  { path: { ...direct, relaysPrivatePorts: "no" }, length: 180, is: "too-long" },
];

describe("choosing a carrier", () => {
  it.each(ROWS)(
    "$length bytes on $path.to / $path.firmware / $path.relaysPrivatePorts: $is",
    ({ path, length, is }) => {
      const chosen = chooseCarrier(message(length), path, 293);
      const seen = chosen.ok
        ? `${chosen.value.carrier} ${chosen.value.payload.length}${chosen.value.radioSigns ? " signed" : ""}`
        : chosen.refusal.reason;
      expect(seen).toBe(is);
    },
  );

  it.each(ROWS.map(({ path }) => path))("knows what fits one packet: $to / $firmware / $relaysPrivatePorts", (path) => {
    const limit = messageLimit(path);
    expect(chooseCarrier(message(limit), path, 293).ok).toBe(true);
    expect(chooseCarrier(message(limit + 1), path, 293).ok).toBe(false);
  });

  it("what was loaded is unloaded, whatever the sender chose", () => {
    const bytes = fromHex("fc83010002")!;
    for (const path of [channel, machines]) {
      const chosen = chooseCarrier(bytes, path, 300);
      const loaded = chosen.ok ? unload(chosen.value.portnum, chosen.value.payload, 300) : undefined;
      expect(loaded?.bytes.ok && toHex(loaded.bytes.value)).toBe("fc83010002");
    }
    expect(unload(293, bytes, 300)).toBeUndefined();
    expect(unload(1, new Uint8Array(Buffer.from("~m not ours", "latin1")), 300)?.bytes).toMatchObject({
      refusal: { reason: "armour" },
    });
  });

  it("knows the ports that are taken", () => {
    expect([256, 257, 260, 512, 1, 300.5].map(portRefusal).filter((words) => words === undefined)).toEqual([]);
    expect([258, 259, 261, 293, 511].map(portRefusal)).toEqual(Array.from({ length: 5 }));
    expect([packetLimit("text", signed), signedLimit("text", signed), signedLimit("port", direct)]).toEqual([
      232,
      166,
      undefined,
    ]);
  });
});

describe("references", () => {
  it("of two gateways that cannot hear each other never collide", () => {
    const given = new Set<number>();
    for (let gateway = 0; gateway < MAX_GATEWAYS; gateway++) {
      const own = new Set<number>();
      for (let i = 0; i < 200; i++) {
        const ref = freeRef(gateway, own)!;
        expect(gatewayOf(ref)).toBe(gateway);
        own.add(ref);
        given.add(ref);
      }
    }
    expect(given.size).toBe(200 * MAX_GATEWAYS);
    const all = new Set(Array.from({ length: 4096 }, (_, i) => i * 16));
    expect(freeRef(0, all)).toBeUndefined();
    all.delete(32);
    expect(freeRef(0, all)).toBe(32);
  });

  it("have a letter; a bare number is none", () => {
    expect(parseRef("R7")).toEqual({ space: "r", ref: 7 });
    expect(refName("a", 31)).toBe("a31");
    expect(["7", "r", "x7", "r07", "r65536", "r-1", "r7 "].map(parseRef)).toEqual(Array.from({ length: 7 }));
  });
});
