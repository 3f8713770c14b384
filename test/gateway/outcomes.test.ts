import { describe, expect, it } from "vitest";
import { seededRandom } from "#base/random.ts";
import { markInHand, recoverInbox } from "#gateway/step.ts";
import { nextWaiting } from "#store/inbox.ts";
import { ANA, Bench, DIRECT, OPS, RADIO_INFO, STREET, US } from "#test/harness/gateway.ts";

const report = (bench: Bench, res: number, n = -1) =>
  bench.pump.report({ kind: "queue-status", packetId: bench.sent.at(n)!.packetId, res, free: 15, maxlen: 16 });

/** An operator's answer to Ana, handed to the radio and waiting for its fate. */
function answer(): Bench {
  const bench = new Bench().ready();
  bench.hear(ANA, "my roof leaks", DIRECT);
  bench.routing(ANA, bench.sent[0]!.packetId, 0);
  bench.clock.advance(5_000);
  const content = { "m.relates_to": { rel_type: "m.thread", event_id: "$event1" } };
  bench.radioTakes = false;
  bench.write("Ben comes at 5", { room: OPS, content });
  return bench;
}

const row = (bench: Bench, text: string) => bench.ledger().find((each) => each.text.includes(text))!;

describe("a direct message", () => {
  it("is confirmed by its destination's ack, and only heard by a relay's", () => {
    const bench = answer();
    const id = bench.sent.at(-1)!.packetId;
    report(bench, 0);
    expect(row(bench, "Ben comes")).toMatchObject({ state: "sent", settledAt: null });
    bench.routing(US, id, 0);
    expect(row(bench, "Ben comes")).toMatchObject({ state: "heard", settledAt: null });
    bench.routing(ANA, id, 0);
    expect(row(bench, "Ben comes")).toMatchObject({ state: "confirmed", settledAt: expect.any(String) });
  });

  it("without an ack is tried three times with fresh ids, then honestly unknown, and a late ack still confirms it", () => {
    const bench = answer();
    bench.radioTakes = true;
    report(bench, 0);
    bench.routing(US, bench.sent.at(-1)!.packetId, 5);
    bench.clock.advance(85_000);
    expect(bench.texts().filter((text) => text === "Ben comes at 5")).toHaveLength(1);
    bench.clock.advance(200_000);
    const attempts = bench.sent.filter((send) => Buffer.from(send.payload).toString() === "Ben comes at 5");
    expect(new Set(attempts.map((send) => send.packetId)).size).toBe(3);
    expect(row(bench, "Ben comes")).toMatchObject({ state: "unknown", reason: "no acknowledgement after 3 attempts" });
    expect(bench.bodies(OPS).at(-1)).toContain("Not certain whether it arrived");
    bench.routing(ANA, attempts[0]!.packetId, 0);
    expect(row(bench, "Ben comes").state).toBe("confirmed");
  });

  it.each([35, 39, 34])("with NAK %d exchanges keys and is said once more with a fresh id", (error) => {
    const bench = answer();
    report(bench, 0);
    const first = bench.sent.at(-1)!.packetId;
    bench.radioTakes = true;
    bench.routing(error === 35 ? ANA : US, first, error);
    expect(bench.requests).toContainEqual({ kind: "exchange-keys", node: ANA });
    bench.clock.advance(31_000);
    expect(bench.sent.at(-1)!.packetId).not.toBe(first);
    bench.routing(US, bench.sent.at(-1)!.packetId, error);
    expect(row(bench, "Ben comes").state).toBe("failed");
  });

  it.each([6, 7, 32, 33])("with NAK %d has failed and its writer is told", (error) => {
    const bench = answer();
    report(bench, 0);
    bench.routing(US, bench.sent.at(-1)!.packetId, error);
    expect(row(bench, "Ben comes").state).toBe("failed");
    expect(bench.bodies(OPS).some((body) => body.startsWith("Not sent"))).toBe(true);
  });
});

describe("a channel text", () => {
  const written = () => {
    const bench = new Bench().ready();
    bench.radioTakes = false;
    bench.write("water at 5");
    return bench;
  };

  it("settles 90 s after queueStatus 0 when no relay was overheard, and is never said again", () => {
    const bench = written();
    report(bench, 0);
    bench.routing(US, bench.sent[0]!.packetId, 5);
    bench.clock.advance(91_000);
    expect(row(bench, "water")).toMatchObject({
      state: "sent",
      reason: "no relay overheard",
      settledAt: expect.any(String),
    });
    bench.clock.advance(600_000);
    expect(bench.sent).toHaveLength(1);
  });

  it.each([
    [38, 3_000],
    [9, 300_000],
  ])("with NAK %d goes again with a fresh id when the cause has gone", (error, wait) => {
    const bench = written();
    report(bench, 0);
    bench.routing(US, bench.sent[0]!.packetId, error);
    expect(row(bench, "water").state).toBe("queued");
    bench.clock.advance(wait + 100);
    expect(bench.sent).toHaveLength(2);
    expect(bench.sent[1]!.packetId).not.toBe(bench.sent[0]!.packetId);
  });

  it("waits for its fate when the radio's queue was full, because the radio holds a copy", () => {
    const bench = written();
    report(bench, 32);
    bench.clock.advance(60_000);
    expect(bench.sent).toHaveLength(1);
    bench.routing(US, bench.sent[0]!.packetId, 0);
    expect(row(bench, "water").state).toBe("heard");
  });

  it("without a queueStatus is said once more with the same id and bytes, then unknown after 90 s", () => {
    const bench = written();
    bench.clock.advance(5_000);
    expect(bench.sent.map((send) => send.packetId)).toEqual([bench.sent[0]!.packetId, bench.sent[0]!.packetId]);
    bench.clock.advance(100_000);
    expect(bench.sent).toHaveLength(2);
    expect(row(bench, "water")).toMatchObject({ state: "unknown" });
    expect(bench.bodies(STREET).at(-1)).toContain("Not certain");
  });

  it.each([
    { minutes: 14, again: 1, state: "sent" },
    { minutes: 16, again: 0, state: "unknown" },
  ])("in hand at a crash $minutes minutes ago is said again $again times with its id", ({ minutes, again, state }) => {
    const bench = written();
    bench.clock.advance(500);
    const { packetId } = bench.sent.splice(0)[0]!;
    bench.clock.powerOff(minutes * 60_000);
    bench.radioTakes = true;
    bench.boot();
    bench.ready();
    expect(bench.sent.map((send) => send.packetId)).toEqual(Array.from({ length: again }, () => packetId));
    expect(row(bench, "water").state).toBe(state);
  });

  it("in hand when the radio went away for good is unknown a quarter of an hour later, and its writer told", () => {
    const bench = written();
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    bench.clock.advance(14 * 60_000);
    expect(row(bench, "water").settledAt).toBeNull();
    bench.clock.advance(2 * 60_000);
    expect(row(bench, "water").state).toBe("unknown");
    expect(bench.bodies(STREET).at(-1)).toContain("Not certain");
    bench.radioTakes = true;
    bench.ready();
    bench.clock.advance(60_000);
    expect(bench.sent).toHaveLength(1);
  });

  it("that may have left once is not said again after a quarter of an hour because its repeat did not", () => {
    const bench = written();
    bench.clock.advance(3_000);
    expect(bench.sent).toHaveLength(2);
    bench.pump.report({ kind: "mesh-written", sendId: bench.sent[1]!.sendId, written: false, reason: "unplugged" });
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    bench.clock.advance(60 * 60_000);
    bench.radioTakes = true;
    bench.ready();
    bench.clock.advance(60_000);
    expect(bench.sent).toHaveLength(2);
    expect(row(bench, "water").state).toBe("unknown");
  });

  it("that certainly did not leave keeps its id and waits for the radio", () => {
    const bench = new Bench().ready();
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    bench.write("water at 5");
    expect(bench.sent).toHaveLength(0);
    expect(row(bench, "water").state).toBe("queued");
    bench.ready();
    expect(bench.sent).toHaveLength(1);
  });
});

describe("a homeserver's answers", () => {
  const waiting = () => {
    const bench = new Bench().ready();
    bench.serverTakes = false;
    bench.hear(ANA, "one");
    bench.hear(ANA, "two");
    return bench;
  };
  const outcome = (bench: Bench, it: object) =>
    bench.pump.report({ kind: "matrix-outcome", sendId: bench.asked.at(-1)!.sendId, outcome: it as never });

  it("keep order and transaction id over retries", () => {
    const bench = waiting();
    const txn = bench.asked[0]!.txnId;
    outcome(bench, { is: "retry", reason: "502" });
    bench.clock.advance(1_100);
    outcome(bench, { is: "retry", reason: "reset" });
    bench.clock.advance(3_000);
    expect(bench.asked.map((send) => send.txnId)).toEqual([txn, txn, txn]);
    expect(row(bench, "one").state).toBe("sent");
    outcome(bench, { is: "delivered", eventId: "$a" });
    expect(bench.asked.at(-1)!.content["meshtastic_text"]).toBe("two");
    expect(row(bench, "one")).toMatchObject({ state: "confirmed", eventId: "$a" });
  });

  it("that limit the rate pause the whole uplink for as long as they say", () => {
    const bench = waiting();
    outcome(bench, { is: "retry", reason: "M_LIMIT_EXCEEDED", retryAfter: 4_000, rateLimited: true });
    bench.clock.advance(3_900);
    expect(bench.asked).toHaveLength(1);
    bench.clock.advance(200);
    expect(bench.asked).toHaveLength(2);
  });

  it("that forbid hold the room until it is repaired, and nothing is lost", () => {
    const bench = waiting();
    outcome(bench, { is: "hold-room", reason: "M_FORBIDDEN" });
    bench.clock.advance(3_600_000);
    expect(bench.asked.filter((send) => send.room === STREET)).toHaveLength(1);
    expect(row(bench, "one").state).toBe("queued");
    bench.serverTakes = true;
    bench.online();
    bench.settle();
    expect(bench.bodies(STREET)).toEqual([
      "[!11111111/Elm Street]: one",
      "[!11111111/Elm Street]: one",
      "(heard 14:02) [!11111111/Elm Street]: two",
    ]);
  });

  it("that never came before a crash are asked again with the same transaction id", () => {
    const bench = waiting();
    const txn = bench.asked[0]!.txnId;
    bench.asked.length = 0;
    bench.boot();
    bench.serverTakes = true;
    bench.ready();
    expect(bench.asked[0]!.txnId).toBe(txn);
    expect(bench.bodies(STREET)).toHaveLength(2);
  });
});

describe("a poisoned arrival", () => {
  const poison = (bench: Bench) =>
    bench.pump.accept([
      {
        kind: "radio",
        raw: Buffer.from("help, fire at 12"),
        packet: { portnum: 1, payload: null } as never,
        replayed: false,
      },
    ]);

  it("is quarantined at its third throw, shown to people, and holds up nobody", () => {
    const bench = new Bench().ready();
    poison(bench);
    bench.hear(ANA, "still here");
    expect(bench.bodies(OPS)[0]).toContain("help, fire at 12");
    expect(bench.bodies(STREET)).toEqual(["[!11111111/Elm Street]: still here"]);
    expect(bench.ledger().find((each) => each.state === "quarantined")).toMatchObject({ text: "help, fire at 12" });
  });

  it("that kills the process three times is quarantined at the start; a power cut does not count", () => {
    const bench = new Bench().ready();
    const gateway = { store: bench.store, settings: bench.settings };
    const dieIn = (bootId: string) => {
      const { alone } = recoverInbox(gateway, bootId, bench.clock.now(), seededRandom(1));
      const row = nextWaiting(bench.store);
      if (alone && row) markInHand(gateway, row.id);
      return row !== undefined;
    };
    poison(bench);
    for (let cut = 0; cut < 5; cut++) expect(dieIn(`boot ${cut}`)).toBe(true);
    expect([1, 2, 3].map(() => dieIn("boot 4"))).toEqual([true, true, false]);
    expect(bench.ledger().at(0)).toMatchObject({ state: "quarantined", text: "help, fire at 12" });
  });
});

describe("the radio's link", () => {
  it("is told to operators when it is away for long, and when it is back", () => {
    const bench = new Bench().ready();
    bench.pump.report({ kind: "radio-state", state: "down", reason: "the port is gone" });
    bench.clock.advance(20_000);
    expect(bench.bodies(OPS)).toEqual([]);
    bench.clock.advance(20_000);
    bench.pump.report({ kind: "radio-configured", info: { ...RADIO_INFO, firmware: "2.6.11.60ec05e" } });
    bench.pump.report({ kind: "radio-state", state: "ready", reason: "" });
    expect(bench.bodies(OPS)).toEqual([
      expect.stringContaining("the port is gone"),
      expect.stringContaining("2.6.11"),
      "The radio is back.",
    ]);
  });
});
