// Who may write, who is left out, and what radios tell about themselves.

import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { airtimeByUser } from "#store/social.ts";
import { ANA, Bench, BEN, DIRECT, OPS, RADIO_INFO, settings, STREET } from "#test/harness/gateway.ts";

describe("a share of the airtime", () => {
  it("holds what goes beyond it, tells its writer once, and lets distress and answers pass", () => {
    const access = { ...settings().access, airtimeSharePerUser: 0.02 };
    const bench = new Bench({ access }).ready();
    bench.hear(ANA, "my roof leaks", DIRECT);
    const thread = bench.lastEvent();
    for (let n = 0; n < 12; n++) bench.write(`${n} ${"words and more words ".repeat(8)}`);
    bench.write("SOS");
    const relates = { rel_type: "m.thread", event_id: thread };
    bench.write("Ben comes", { room: OPS, content: { "m.relates_to": relates } });
    bench.clock.advance(30 * 60_000);
    const early = bench.texts().filter((text) => /^Maria\[M\]: \d/.test(text)).length;
    expect(early).toBeGreaterThan(1);
    expect(early).toBeLessThan(6);
    expect(bench.texts()).toContain("Maria[M]: SOS");
    expect(bench.texts()).toContain("Ben comes");
    expect(bench.bodies(STREET).filter((body) => body.includes("share of this hour"))).toHaveLength(1);
    bench.clock.advance(10 * 3_600_000);
    expect(bench.texts().filter((text) => /^Maria\[M\]: \d/.test(text))).toHaveLength(12);
    bench.write("!access", { room: OPS });
    expect(bench.bodies(OPS).at(-1)).toContain("May write to the mesh: whoever may speak");
  });

  it.each([
    ["2.7.26.54e0d8d", 641],
    ["2.8.0.7239fe8", 1133],
  ])("is used by what firmware %s sends: %d ms for 32 bytes (meshtastic-facts §4.2)", (firmware, ms) => {
    const bench = new Bench().ready();
    bench.pump.report({ kind: "radio-configured", info: { ...RADIO_INFO, firmware } });
    bench.write("w".repeat(32 - "Maria[M]: ".length));
    expect(Math.abs(airtimeByUser(bench.store, 0)[0]!.ms - ms)).toBeLessThanOrEqual(1);
  });
});

describe("a resident who wants to be left out", () => {
  it("is, but for calls for help and direct messages, until they want back; operators see it", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "!nomatrix");
    bench.clock.advance(5_000);
    expect(bench.texts()[0]).toContain("stay out of Matrix");
    const shown = bench.bodies(STREET).length;
    bench.hear(ANA, "private words");
    expect(bench.bodies(STREET)).toHaveLength(shown);
    expect(bench.ledger().find((row) => row.reason?.includes("left out"))).toMatchObject({ state: "failed", text: "" });
    bench.hear(ANA, "SOS at no. 12");
    expect(bench.bodies(STREET).at(-1)).toContain("SOS at no. 12");
    bench.write("!access", { room: OPS });
    expect(bench.bodies(OPS).at(-1)).toContain("asked to be left out");
    bench.hear(ANA, "!matrix");
    bench.hear(ANA, "public words");
    expect(bench.bodies(STREET).at(-1)).toContain("public words");
  });
});

describe("a muted radio", () => {
  it("is told why, keeps its voice for calls for help, and only operators can do it", () => {
    const bench = new Bench().ready();
    bench.hear(BEN, "first");
    bench.write("!mute !22222222 jokes all day");
    expect(bench.texts().at(-1)).toContain("!mute");
    bench.write("!mute !22222222 jokes all day", { room: OPS });
    expect(bench.bodies(OPS)).toContain("!22222222 (!22222222) was muted by @maria:example.org: jokes all day");
    const shown = bench.bodies(STREET).length;
    bench.hear(BEN, "another joke");
    expect(bench.bodies(STREET)).toHaveLength(shown);
    bench.hear(BEN, "let me in", DIRECT);
    bench.clock.advance(60_000);
    expect(bench.texts().at(-1)).toBe("Not passed on: operators muted this radio (jokes all day). SOS still works.");
    bench.hear(BEN, "mayday");
    expect(bench.bodies(STREET).at(-1)).toContain("mayday");
    bench.write("!unmute !22222222", { room: OPS });
    bench.hear(BEN, "sorry");
    expect(bench.bodies(STREET).at(-1)).toContain("sorry");
  });
});

describe("what radios tell", () => {
  const named = (bench: Bench) =>
    bench.hear(ANA, "", { portnum: 4 }, { kind: "node-info", node: { num: ANA, longName: "Ana", shortName: "A" } });
  const place = { latitudeI: 471_234_500, longitudeI: 85_432_100 };

  it("is shown when asked for: place, map, battery, health", () => {
    const bench = new Bench().ready();
    named(bench);
    bench.write("!map ana");
    expect(bench.bodies(STREET).at(-1)).toContain("has not told where it is");
    bench.hear(ANA, "", { portnum: 3 }, { kind: "position", position: place });
    bench.hear(ANA, "", { portnum: 67 }, { kind: "telemetry", telemetry: { batteryLevel: 48, voltage: 3.81 } });
    bench.write("Elm Street: !where ana");
    expect(bench.asked.at(-1)!.content).toMatchObject({ msgtype: "m.location", geo_uri: "geo:47.12345,8.54321" });
    bench.write("!map zoom=10");
    expect(bench.bodies(STREET).at(-1)).toContain("Ana: geo:47.12345,8.54321 (0 s ago)");
    bench.write("!batteryLevel");
    expect(bench.bodies(STREET).at(-1)).toBe("Ana: 48 %, 3.81 V");
    bench.write("!health");
    expect(bench.bodies(STREET).at(-1)).toContain("Radio: ready");
    expect(bench.sent).toHaveLength(0);
  });

  it("a point is said in the room, and taken off the map when it expires", () => {
    const bench = new Bench().ready();
    const waypoint = { id: 7, ...place, name: "Well @room", description: "clean" };
    bench.hear(ANA, "", { portnum: 8, payload: new Uint8Array([1]) }, { kind: "waypoint", waypoint });
    expect(bench.asked.at(-1)!.content).toMatchObject({ msgtype: "m.location", "m.mentions": {} });
    expect(bench.bodies(STREET).at(-1)).toBe("[!11111111/Elm Street]: 📍 Well ＠room: clean geo:47.12345,8.54321");
    bench.write("!map");
    expect(bench.bodies(STREET).at(-1)).toContain("📍 Well ＠room");
    const gone = { ...waypoint, expire: 1 };
    bench.hear(ANA, "", { portnum: 8, payload: new Uint8Array([2]) }, { kind: "waypoint", waypoint: gone });
    bench.write("!map");
    expect(bench.bodies(STREET).at(-1)).toBe("No place is known yet.");
  });

  it("low batteries and silences are told once, and only where the config asks for it", () => {
    const quiet = new Bench().ready();
    const loud = new Bench({ notices: { lowBatteryPercent: 20, silentHours: 24 } }).ready();
    for (const bench of [quiet, loud]) {
      named(bench);
      for (const batteryLevel of [50, 20, 15, 10])
        bench.hear(ANA, "", { portnum: 67 }, { kind: "telemetry", telemetry: { batteryLevel } });
      bench.clock.advance(48 * 3_600_000);
    }
    expect(quiet.bodies(OPS)).toEqual([]);
    expect(loud.bodies(OPS)).toEqual([
      "Ana (!11111111): battery at 20 %.",
      expect.stringMatching(/^Ana \(!11111111\) has not been heard for 24 h\.$/),
    ]);
  });
});

describe("a radio's user", () => {
  it("is kept by key: another key under the number is another user, the number that 2.8 makes of the key the same", () => {
    const bench = new Bench({ uplinks: [{ ...settings().uplinks[0]!, mode: "appservice" }] }).ready();
    const key = (fill: number) => new Uint8Array(32).fill(fill);
    const info = (num: typeof ANA, fill: number, longName: string) =>
      bench.hear(num, "", { portnum: 4 }, { kind: "node-info", node: { num, longName, publicKey: key(fill) } });
    const speaker = (num: typeof ANA, text: string) => {
      bench.hear(num, text);
      return bench.asked.findLast((send) => send.room === STREET && String(send.content["body"]).includes(text))!
        .sender;
    };
    expect(speaker(ANA, "before a name")).toEqual({ id: "11111111", name: "!11111111" });
    info(ANA, 1, "Ana");
    expect(speaker(ANA, "with a name")).toEqual({ id: "11111111", name: "Ana" });
    info(ANA, 1, "Ana \u202Eat no. 12");
    expect(speaker(ANA, "renamed")).toEqual({ id: "11111111", name: "Ana at no. 12" });
    const anew = crc32(key(1)) as typeof ANA;
    info(anew, 1, "Ana");
    expect(speaker(anew, "renumbered")!.id).toBe("11111111");
    info(ANA, 2, "Somebody else");
    expect(speaker(ANA, "another key")!.id).toMatch(/^11111111-[0-9a-f]{8}$/);
  });
});
