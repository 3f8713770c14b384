import { describe, expect, it } from "vitest";
import { nodeId } from "#base/ids.ts";
import { traceView } from "#gateway/trace.ts";
import { ANA, Bench, DIRECT, US } from "#test/harness/gateway.ts";

describe("a message is found again", () => {
  const bench = new Bench().ready();
  const packet = bench.hear(ANA, "my roof leaks", DIRECT);
  const event = bench.write("Ben comes at 5");
  bench.clock.advance(5_000);
  const [roof] = bench.ledger();
  const ben = bench.ledger().find((row) => row.text.endsWith("Ben comes at 5"))!;
  const positionId = bench.hear(ANA, "", { portnum: 3, id: 77 }, { kind: "position", position: { latitudeI: 1 } });

  it.each([
    String(roof!.id),
    "k1",
    "K1",
    String(packet),
    `0x${packet.toString(16)}`,
    `${nodeId(ANA)}/${packet}`,
    roof!.eventId!,
  ])("by %s: arrival, verdict, sends, receipt", (id) => {
    const view = traceView(bench.store, id)!;
    const found = view.messages.find(({ message }) => message.id === roof!.id)!;
    expect(found.message).toMatchObject({ text: "my roof leaks", state: "confirmed" });
    expect(found.arrival).toMatchObject({
      source: "radio",
      state: "handled",
      verdict: expect.stringContaining("room"),
    });
    expect(found.answers.map((row) => row.text)).toEqual(found.answers.length === 0 ? [] : ["Stored 14:02, k1."]);
  });

  it.each([String(ben.id), event, String(ben.packetId)])("that went the other way by %s: its attempts", (id) => {
    const view = traceView(bench.store, id)!;
    const found = view.messages.find(({ message }) => message.id === ben.id)!;
    expect(found.sends).toMatchObject([{ via: "mesh", status: "taken", attempts: 1, packetIds: [ben.packetId] }]);
    expect(found.arrival).toMatchObject({ source: "matrix:street" });
  });

  it("by its radio", () => {
    const texts = traceView(bench.store, nodeId(ANA))!.messages.map(({ message }) => message.text);
    expect(texts).toContain("my roof leaks");
    expect(traceView(bench.store, nodeId(US))!.messages).toEqual([]);
  });

  it("even if it became none", () => {
    expect(traceView(bench.store, String(positionId))!.arrivals).toMatchObject([
      { verdict: expect.stringContaining("position") },
    ]);
  });

  it("or not at all, in words", () => {
    expect(traceView(bench.store, "k999")).toMatchObject({ messages: [], arrivals: [] });
    expect(traceView(bench.store, "what is this?")).toBeUndefined();
  });
});
