import { describe, expect, it } from "vitest";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import { seededRandom } from "#base/random.ts";
import { costOf, costWords } from "#gateway/air.ts";
import { answerInPages } from "#gateway/mesh/paging.ts";
import { sayToMesh, type MeshWords } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";
import { ANA, Bench, BEN, DIRECT, EVERYONE, OPS, STREET, US } from "#test/harness/gateway.ts";

const resident = (n: number): NodeNum => nodeNum(0x50000000 + n);
const MINUTE = 60_000;

/** The gateway says something of its own accord, in a step of its own. */
function say(bench: Bench, words: Partial<MeshWords> & Pick<MeshWords, "text">): void {
  inTurn(bench, (turn) =>
    sayToMesh(turn, {
      class: "information",
      direction: "gateway-to-mesh",
      origin: "gateway",
      to: EVERYONE,
      channel: 0,
      wantAck: true,
      ...words,
    }),
  );
}

function inTurn<T>(bench: Bench, work: (turn: Turn) => T): T {
  const now = bench.clock.now();
  const result = bench.store.transaction(() =>
    work({ store: bench.store, settings: bench.settings, now, wall: now, random: seededRandom(1) }),
  );
  bench.pump.wake();
  return result;
}

function radioReports(bench: Bench, channelUtilization: number, airUtilTx = 0): void {
  const telemetry = { channelUtilization, airUtilTx, uptimeSeconds: 7_200 };
  bench.hear(US, "", { portnum: 67 }, { kind: "telemetry", telemetry });
}

/** Every packet of ours is acknowledged by its destination a second later. */
function acknowledgeAll(bench: Bench): void {
  let seen = 0;
  for (let ms = 0; ms < 10 * MINUTE; ms += 500) {
    bench.clock.advance(500);
    for (; seen < bench.sent.length; seen++) {
      const { to, packetId } = bench.sent[seen]!;
      bench.routing(nodeNum(to === EVERYONE ? US : to), packetId, 0);
    }
  }
}

describe("distress", () => {
  /** When each answer to distress was handed to the radio, in ms after its commit. */
  const delays = (bench: Bench, calls: number): number[] => {
    const handed: number[] = [];
    const before = bench.sent.length;
    const at = bench.clock.now();
    for (let n = 0; n < calls; n++) bench.hear(resident(n), "SOS", DIRECT);
    // Before the first is tried again.
    for (let ms = 0; ms < 80_000; ms += 100) {
      const sos = bench.sent.slice(before).filter((send) => send.priority === 110);
      while (handed.length < sos.length) handed.push(bench.clock.now() - at);
      bench.clock.advance(100);
    }
    return handed;
  };

  const spaced = (times: readonly number[], calls: number) => {
    expect(times).toHaveLength(calls);
    expect(times[0]).toBeLessThanOrEqual(3_000);
    for (let n = 1; n < calls; n++) expect(times[n]! - times[n - 1]!).toBeLessThanOrEqual(2_600);
  };

  it("is answered within 3 s and each further call 2.5 s later, before everything that waits", () => {
    const bench = new Bench().ready();
    for (let n = 0; n < 40; n++) say(bench, { class: "page", text: `page ${n}` });
    bench.clock.advance(20_000);
    const before = bench.sent.length;
    spaced(delays(bench, 6), 6);
    expect(bench.sent.slice(before, before + 6).every((send) => send.priority === 110)).toBe(true);
  });

  it("is answered so on a busy channel and beyond the budget", () => {
    const bench = new Bench({
      airtime: { budgetPercent: 0, emergencyReservePercent: 0, utilisationCeiling: 25, urgentCeiling: 40 },
    }).ready();
    radioReports(bench, 90, 2);
    bench.hear(ANA, "hello", DIRECT);
    expect(bench.sent).toHaveLength(0);
    spaced(delays(bench, 6), 6);
  });

  it("is not handed to a radio that must not send by law, and is as soon as it may", () => {
    const bench = new Bench().ready();
    radioReports(bench, 10, 9.9);
    expect(delays(bench, 1)).toEqual([]);
    radioReports(bench, 10, 3);
    bench.clock.advance(61_000);
    expect(bench.sent.filter((send) => send.priority === 110)).toHaveLength(1);
  });
});

describe("a radio that refuses for its duty cycle", () => {
  it("is left alone for as long as it says, and then given the message under a fresh id", () => {
    const bench = new Bench().ready();
    bench.radioTakes = false;
    bench.write("water at 5");
    const { packetId } = bench.sent[0]!;
    const notice = "Duty cycle limit exceeded. You can send again in 20 mins";
    bench.pump.report({ kind: "radio-notification", level: 30, text: notice, replyId: packetId });
    bench.pump.report({ kind: "queue-status", packetId, res: 9, free: 16, maxlen: 16 });
    bench.clock.advance(19 * MINUTE);
    expect(bench.sent).toHaveLength(1);
    bench.clock.advance(2 * MINUTE);
    expect(bench.sent.length).toBeGreaterThan(1);
    expect(bench.sent[1]!.packetId).not.toBe(packetId);
  });
});

describe("a busy channel", () => {
  it("holds information at 25 %, chat at 40 %, and its writer is told once", () => {
    const bench = new Bench().ready();
    radioReports(bench, 30);
    bench.hear(BEN, "ping", DIRECT);
    expect(bench.sent).toHaveLength(0);
    bench.write("one");
    expect(bench.texts()).toEqual(["Maria[M]: one"]);
    radioReports(bench, 45);
    bench.clock.advance(3_000);
    bench.write("two");
    bench.write("three");
    bench.clock.advance(MINUTE);
    expect(bench.texts()).toEqual(["Maria[M]: one"]);
    expect(bench.bodies(STREET).filter((body) => body.includes("channel is busy"))).toHaveLength(1);
    say(bench, { class: "roll-call", text: "Roll call" });
    expect(bench.texts().at(-1)).toBe("Roll call");
    radioReports(bench, 5);
    bench.clock.advance(MINUTE);
    expect(bench.texts()).toEqual(expect.arrayContaining(["Maria[M]: two", "Maria[M]: three"]));
  });
});

describe("many who report in", () => {
  it("after a roll call are named in one line, whose names are their radios'", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "", { portnum: 4 }, { kind: "node-info", node: { num: ANA, shortName: "ANA" } });
    bench.hear(BEN, "", { portnum: 4 }, { kind: "node-info", node: { num: BEN, shortName: "two words" } });
    say(bench, { class: "roll-call", text: "Roll call: reply OK" });
    bench.clock.advance(5_000);
    bench.hear(ANA, "here we are", DIRECT);
    bench.hear(BEN, "so are we", DIRECT);
    bench.hear(ANA, "and the cat", DIRECT);
    bench.clock.advance(3 * MINUTE);
    expect(bench.texts().slice(1)).toEqual(["Heard 14:04: ANA !2222"]);
    expect(bench.sent[1]).toMatchObject({ to: EVERYONE, channel: 0 });
    bench.clock.advance(30 * MINUTE);
    expect(bench.sent).toHaveLength(2);
    bench.hear(ANA, "thank you", DIRECT);
    expect(bench.sent.at(-1)).toMatchObject({ to: ANA });
  });

  it("faster than they can be answered make a surge: lines for many, chat waits with a word, calls for help do not", () => {
    const bench = new Bench().ready();
    for (let n = 0; n < 60; n++) {
      bench.hear(resident(n), "here we are", DIRECT);
      bench.clock.advance(1_000);
    }
    bench.write("anyone seen my cat?");
    bench.write("a grey one");
    bench.hear(ANA, "SOS fire", DIRECT);
    bench.clock.advance(110_000);
    expect(bench.sent.some((send) => send.to === ANA && send.priority === 110)).toBe(true);
    expect(bench.texts().some((text) => text.includes("cat"))).toBe(false);
    expect(bench.bodies(STREET).filter((body) => body.includes("Many residents are reporting in"))).toHaveLength(1);
    bench.clock.advance(3 * MINUTE);
    expect(bench.texts()).toEqual(expect.arrayContaining([expect.stringContaining("my cat"), "Maria[M]: a grey one"]));
    const alone = bench.sent.filter((send) => send.to !== EVERYONE && send.to !== ANA);
    const receipts = new Set<number>(alone.map((send) => send.to));
    expect(receipts.size).toBeLessThanOrEqual(8);
    const lines = bench.texts().filter((text) => text.startsWith("Heard"));
    expect(lines.length).toBeLessThanOrEqual(4);
    const told = new Set(lines.flatMap((line) => line.split(": ")[1]!.split(" ")));
    expect(told.size + receipts.size).toBe(60);
  });
});

describe("words for a resident out of reach", () => {
  const thread = { "m.relates_to": { rel_type: "m.thread", event_id: "$event1" } };

  /** Two answers to Ana that nobody acknowledged. */
  function unanswered(): Bench {
    const bench = new Bench().ready();
    bench.hear(ANA, "my roof leaks", DIRECT);
    bench.routing(ANA, bench.sent[0]!.packetId, 0);
    bench.clock.advance(5_000);
    bench.write("Ben comes at 5", { room: OPS, content: thread });
    bench.write("he has a ladder", { room: OPS, content: thread });
    bench.clock.advance(10 * MINUTE);
    return bench;
  }
  const states = (bench: Bench) =>
    bench
      .ledger()
      .filter((row) => row.class === "answer")
      .map((row) => row.state);

  it("are said again when their radio is heard, in one packet, and then known to have arrived", () => {
    const bench = unanswered();
    expect(states(bench)).toEqual(["unknown", "unknown"]);
    expect(bench.bodies(OPS).at(-1)).toContain("will be said again when that radio is heard, for 24 h");
    const before = bench.sent.length;
    bench.clock.advance(60 * MINUTE);
    expect(bench.sent).toHaveLength(before);
    bench.hear(ANA, "", { portnum: 3 }, { kind: "position", position: { latitudeI: 1, longitudeI: 1 } });
    bench.clock.advance(6_000);
    expect(bench.texts().slice(before)).toEqual(["Ben comes at 5\nhe has a ladder"]);
    bench.routing(ANA, bench.sent.at(-1)!.packetId, 0);
    expect(states(bench)).toEqual(["confirmed", "confirmed"]);
    bench.hear(ANA, "thanks");
    bench.clock.advance(20 * MINUTE);
    expect(bench.sent).toHaveLength(before + 1);
  });

  it("are not said over and over to a radio that talks but does not acknowledge", () => {
    const bench = unanswered();
    const before = bench.sent.length;
    for (let n = 0; n < 60; n++) {
      bench.hear(ANA, `still here ${n}`);
      bench.clock.advance(30_000);
    }
    expect(bench.sent.length - before).toBeLessThanOrEqual(4);
  });

  it("are dropped after a day, and their writer told", () => {
    const bench = unanswered();
    bench.clock.advance(25 * 60 * MINUTE);
    expect(bench.bodies(OPS).filter((body) => body.startsWith("Given up"))).toHaveLength(2);
    const before = bench.sent.length;
    bench.hear(ANA, "I am back");
    bench.clock.advance(MINUTE);
    expect(bench.texts().slice(before).join()).not.toContain("ladder");
  });
});

describe("what waits", () => {
  /** The radio is away, so that nothing leaves before all is said. */
  const away = (): Bench => {
    const bench = new Bench().ready();
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    return bench;
  };

  it("is queued once under one key, and gives way to what is newer", () => {
    const bench = away();
    say(bench, { text: "status", onceKey: "status" });
    say(bench, { text: "status", onceKey: "status" });
    say(bench, { text: "2 of 9 heard", latestKey: "count" });
    say(bench, { text: "5 of 9 heard", latestKey: "count" });
    expect(bench.ledger().map((row) => row.state)).toEqual(["queued", "cancelled", "queued"]);
    bench.ready();
    acknowledgeAll(bench);
    expect(bench.texts()).toEqual(["status", "5 of 9 heard"]);
  });

  it("travels together where it may, and shares its packet's fate", () => {
    const bench = away();
    for (let n = 0; n < 30; n++) say(bench, { text: `need ${n} taken.`, joinKey: "needs" });
    say(bench, { text: "alone" });
    bench.ready();
    acknowledgeAll(bench);
    expect(bench.sent.length).toBeLessThanOrEqual(4);
    expect(bench.texts()[0]).toMatch(/^need 0 taken\. need 1 taken\. /);
    expect(new Set(bench.ledger().map((row) => row.state))).toEqual(new Set(["heard"]));
    expect(bench.ledger().every((row) => row.packetId !== null)).toBe(true);
  });

  it("for too long is dropped, and its writer told", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "my roof leaks", DIRECT);
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    bench.write("Ben comes at 5", {
      room: OPS,
      content: { "m.relates_to": { rel_type: "m.thread", event_id: "$event1" } },
    });
    bench.clock.advance(25 * 60 * MINUTE);
    expect(bench.ledger().find((row) => row.text === "Ben comes at 5")).toMatchObject({ state: "expired" });
    expect(bench.bodies(OPS).at(-1)).toContain("waited too long");
  });
});

describe("a long answer", () => {
  it("comes a packet at a time, as often as its reader says more", () => {
    const bench = new Bench().ready();
    const lines = Array.from({ length: 20 }, (_, n) => `house ${n}: two people, water for a day`);
    inTurn(bench, (turn) => answerInPages(turn, ANA, lines.join("\n"), 1));
    const pages = (): string[] => bench.texts().filter((text) => text.startsWith("house"));
    for (let n = 0; n < 12 && pages().at(-1)!.endsWith("(more: reply MORE)"); n++) {
      bench.routing(ANA, bench.sent.at(-1)!.packetId, 0);
      bench.clock.advance(3_000);
      bench.hear(ANA, "More!", DIRECT);
      bench.clock.advance(3_000);
    }
    const said = pages().map((page) => page.replace(" (more: reply MORE)", ""));
    expect(said.join("\n").split("\n")).toEqual(lines);
    for (const page of pages()) expect(Buffer.byteLength(page)).toBeLessThanOrEqual(200);
    bench.hear(ANA, "more", DIRECT);
    bench.clock.advance(10_000);
    expect(bench.texts().at(-1)).toBe("That was all.");
  });
});

describe("what it costs", () => {
  it("is told before a broadcast, and what was used afterwards", () => {
    const bench = new Bench().ready();
    const packets = [{ payloadBytes: 200 }, { payloadBytes: 200 }, { payloadBytes: 32 }];
    const words = inTurn(bench, (turn) => costWords(turn, costOf(turn, packets, "information")));
    expect(words).toBe("3 packets, 4.5 s of air, 2 % of the hour's budget, done by 14:02");
    bench.write("water at 5");
    bench.write("!health");
    expect(bench.asked.at(-1)!.content["body"]).toMatch(/Airtime: 0\.0 of 6\.3 % of the last hour used, 3\.2 % kept/);
  });
});
