// What waits while one side is away: order, time, summaries, digests under a rate limit, and words that have grown stale.

import { describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { ANA, Bench, BEN, isCard, OPS, START, STREET, uplink } from "#test/harness/gateway.ts";
import { BucketHomeserver } from "#test/harness/bucket.ts";

const away = (bench: Bench): void =>
  bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "no route" });

describe("a homeserver that was away", () => {
  it("is told the time in words by a bot, and by ts for a ghost", () => {
    const bench = new Bench().ready();
    away(bench);
    bench.hear(ANA, "the well is dry");
    bench.clock.advance(3 * 3_600_000);
    bench.online();
    expect(bench.bodies(STREET)).toEqual(["(heard 14:02) [!11111111/Elm Street]: the well is dry"]);
    const ghosts = new Bench({ uplinks: [uplink({ mode: "appservice" })] }).ready();
    away(ghosts);
    ghosts.hear(ANA, "the well is dry");
    ghosts.clock.advance(3 * 3_600_000);
    ghosts.online();
    const send = ghosts.asked.find((each) => each.room === STREET)!;
    expect(send).toMatchObject({
      ts: START,
      sender: { id: "11111111" },
      content: { body: expect.stringMatching(/well is dry$/) },
    });
  });

  it("keeps a message's own time where the radio kept it for us", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "while you slept", { rxTime: (START - 2 * 3_600_000) / 1000 });
    expect(bench.bodies(STREET)).toEqual(["(heard 12:02) [!11111111/Elm Street]: while you slept"]);
  });

  it("introduces a long backlog once, urgent first, and tells other operators that it is away and back", () => {
    const far = uplink({ name: "far", operatorsRoom: "!far:example.org", matrixRooms: [], directMessages: false });
    const bench = new Bench({ uplinks: [uplink(), far] }).ready();
    away(bench);
    for (let n = 0; n < 30; n++) bench.hear(n % 2 ? ANA : BEN, `text ${n}`);
    bench.hear(ANA, "SOS");
    bench.clock.advance(3_600_000);
    expect(bench.bodies("!far:example.org").filter((body) => body.includes("not reachable"))).toHaveLength(1);
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "ready", reason: "" });
    bench.clock.advance(1_000);
    const bodies = bench.bodies(STREET);
    expect(bodies[0]).toContain("SOS");
    expect(bodies[1]).toMatch(/31 messages were heard from 2 radios, 14:02 to 14:02; 1 urgent/);
    expect(bodies.slice(2).map((body) => /text \d+/.exec(body)?.[0])).toEqual(
      Array.from({ length: 30 }, (_, n) => `text ${n}`),
    );
    expect(bench.bodies("!far:example.org").at(-1)).toContain("back after 60 min");
  });
});

describe("ten thousand messages at Synapse's default rate", () => {
  it("are all visible in half an hour, urgent within a minute, each once, in order for each sender, no request while limited", () => {
    const bench = new Bench().ready();
    away(bench);
    const radios = Array.from({ length: 300 }, (_, n) => nodeNum(0x3000_0000 + n));
    const said = new Map<string, string[]>();
    for (let n = 0; n < 10_000; n++) {
      const radio = radios[(n * 7) % radios.length]!;
      const text = n % 2_000 === 999 ? `SOS m${n}.` : `message m${n}. ${"some more words ".repeat(n % 5)}`.trim();
      bench.pump.accept([bench.packet(radio, text)]);
      const key = radio.toString(16);
      said.set(key, [...(said.get(key) ?? []), text]);
      if (n % 100 === 0) bench.settle();
    }
    bench.settle();
    bench.clock.advance(72 * 3_600_000);
    const server = new BucketHomeserver(bench);
    const back = bench.clock.now();
    bench.online();
    for (let minute = 0; minute < 30; minute++) bench.clock.advance(60_000);
    const shown = server.stored.filter((event) => event.room === STREET);
    const whole = shown.map((event) => event.body).join("\n");
    for (let n = 0; n < 10_000; n++) expect(whole.includes(` m${n}.`), `message ${n}`).toBe(true);
    expect(bench.ledger().filter((row) => row.direction === "mesh-to-matrix" && row.state !== "confirmed")).toEqual([]);
    const urgent = server.stored.filter((event) => event.body.includes("SOS") && !isCard(event.body));
    expect(urgent.length).toBe(10);
    for (const event of urgent) expect(event.at - back).toBeLessThanOrEqual(60_000);
    // One of the other room may be on its way when the first is refused; the real edge holds it back.
    expect(server.refusedWhileWaiting).toBeLessThanOrEqual(1);
    for (const [radio, texts] of said) {
      const heading = `!${radio}:`;
      const alone = `[!${radio}/Elm Street]: `;
      const lines = shown
        .flatMap((event) => linesOf(event.body, heading, alone))
        .filter((line) => !line.includes("SOS"));
      expect(lines).toEqual(texts.filter((text) => !text.startsWith("SOS")));
    }
  }, 300_000);
});

/** The texts of one radio in a body: a message of its own, or its part of a digest. */
function linesOf(body: string, heading: string, alone: string): string[] {
  if (body.includes(alone)) return [body.slice(body.indexOf(alone) + alone.length)];
  const lines = body.split("\n");
  const from = lines.indexOf(heading);
  if (from === -1) return [];
  const rest = lines.slice(from + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  return (end === -1 ? rest : rest.slice(0, end)).map((line) =>
    line.replace(/^ {2}\S+ (3 days ago )?/, "").replace(/^\d+ days ago /, ""),
  );
}

describe("words from Matrix", () => {
  it("written while the gateway was away are sent, stale ones are not and their writer is told", () => {
    const bench = new Bench().ready();
    bench.write("an hour old", { age: 3_600_000 });
    bench.write("a day old", { age: 24 * 3_600_000 });
    bench.write("SOS, a day old", { age: 24 * 3_600_000 });
    bench.clock.advance(10_000);
    expect(bench.texts()).toEqual(["Maria[M]: an hour old", "Maria[M]: SOS, a day old"]);
    expect(bench.bodies(STREET).join()).toContain("written too long ago");
    expect(bench.ledger().map((row) => row.state)).toContain("expired");
  });

  it("that wait too long for the radio expire, and their writer is told", () => {
    const bench = new Bench().ready();
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    const event = bench.write("bring water at 5");
    bench.clock.advance(13 * 3_600_000);
    bench.pump.report({ kind: "radio-state", state: "ready", reason: "" });
    bench.clock.advance(60_000);
    expect(bench.sent).toHaveLength(0);
    expect(bench.bodies(STREET).at(-1)).toContain("waited too long");
    expect(bench.marks(event)).toEqual(["⌛"]);
  });
});

describe("a room that two uplinks reach", () => {
  const both = (): Bench =>
    new Bench({
      uplinks: [
        uplink(),
        uplink({
          name: "far",
          userId: "@far:example.org",
          directMessages: false,
          operatorsRoom: OPS,
          matrixRooms: [
            { id: "#street:example.org", meshtasticChannel: 0, mayShow: [], prefixFormat: "[{long}/{mesh}]: " },
          ],
        }),
      ],
    });
  const resolve = (bench: Bench): void =>
    bench.pump.report({
      kind: "room-state",
      uplink: "far",
      configured: "#street:example.org",
      room: STREET,
      joined: true,
      maySpeak: true,
      encrypted: false,
    });

  it("gets one copy, by the way that is open, and what is written in it is sent once", () => {
    const bench = both().ready();
    resolve(bench);
    bench.hear(ANA, "one");
    expect(bench.bodies()).toEqual(["[!11111111/Elm Street]: one"]);
    away(bench);
    bench.hear(ANA, "two");
    expect(bench.asked.at(-1)).toMatchObject({ uplink: "far", room: STREET });
    bench.write("hello", { eventId: "$same" });
    bench.write("hello", { eventId: "$same", uplink: "far" });
    bench.write("echo", { sender: "@far:example.org" });
    expect(bench.texts()).toEqual(["Maria[M]: hello"]);
  });

  it("is found out late, and what waits for both ways is said once", () => {
    const bench = both();
    bench.ready();
    away(bench);
    bench.pump.report({ kind: "uplink-state", uplink: "far", state: "down", reason: "" });
    bench.hear(ANA, "one");
    resolve(bench);
    bench.pump.report({ kind: "uplink-state", uplink: "far", state: "ready", reason: "" });
    bench.clock.advance(200_000);
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "ready", reason: "" });
    bench.clock.advance(1_000);
    expect(bench.bodies(STREET)).toHaveLength(1);
  });
});
