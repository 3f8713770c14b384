import { describe, expect, it } from "vitest";
import { ANA, Bench, BEN, DIRECT, EVERYONE, isCard, OPS, STREET, uplink, US } from "#test/harness/gateway.ts";

describe("mesh to Matrix", () => {
  it("relays a channel text to its room, named and inert", () => {
    const bench = new Bench().ready();
    bench.hear(
      ANA,
      "",
      { portnum: 4 },
      { kind: "node-info", node: { num: ANA, longName: "Ana \u202eR", shortName: "ANA" } },
    );
    bench.hear(ANA, "ok 3 @room <b>hi</b>\u0007");
    expect(bench.bodies(STREET)).toEqual(["🆘 [Ana R/Elm Street]: ok 3 ＠room <b>hi</b>"]);
    const content = bench.asked[0]!.content;
    expect(content["formatted_body"]).toBeUndefined();
    expect(content["m.mentions"]).toEqual({});
    expect(content["meshtastic_longname"]).toBe("Ana R");
  });

  it("says a repeat once, and shows other bytes under the same id marked as a conflict", () => {
    const bench = new Bench().ready();
    const id = bench.hear(ANA, "water at 5");
    bench.hear(ANA, "water at 5", { id });
    bench.hear(ANA, "water at 9", { id });
    expect(bench.bodies(STREET)).toEqual([
      "[!11111111/Elm Street]: water at 5",
      "⚠ another text under a packet number already used: [!11111111/Elm Street]: water at 9",
    ]);
  });

  it("knows a Store & Forward replay as a repeat of the text", () => {
    const bench = new Bench().ready();
    const id = bench.hear(ANA, "water at 5");
    const text = Buffer.from("water at 5");
    bench.hear(ANA, "", { id, portnum: 65, to: 0x0a0a0a0a as never }, { kind: "store-forward", rr: 9, text });
    expect(bench.bodies(STREET)).toHaveLength(1);
  });

  it("shows a replay of channel words that it had missed on the channel, and answers nothing", () => {
    const bench = new Bench().ready();
    const body = { kind: "store-forward", text: Buffer.from("water at 5") } as const;
    bench.hear(ANA, "", { portnum: 65, to: US }, { ...body, rr: 9 });
    expect(bench.bodies(STREET)).toEqual(["[!11111111/Elm Street]: water at 5"]);
    expect(bench.bodies(OPS)).toEqual([]);
    expect(bench.texts()).toEqual([]);
    bench.hear(BEN, "", { portnum: 65, to: US }, { ...body, rr: 8 });
    expect(bench.bodies(STREET)).toHaveLength(1);
    expect(bench.bodies(OPS)).toHaveLength(1);
  });

  it("counts no hops from a header that makes no sense", () => {
    const bench = new Bench().ready();
    bench.hear(BEN, "ping", { ...DIRECT, hopStart: 2, hopLimit: 6 });
    expect(bench.texts()).toEqual(["pong: hops unknown, SNR 5.5 dB"]);
  });

  it("puts a resident's direct messages into one thread of the operators' room and answers with a receipt", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "my roof leaks", DIRECT);
    bench.hear(ANA, "and the cellar", DIRECT);
    expect(bench.bodies(OPS)).toEqual([
      "[!11111111/Elm Street]: my roof leaks",
      "[!11111111/Elm Street]: and the cellar",
    ]);
    expect(bench.asked[0]!.content["m.relates_to"]).toBeUndefined();
    expect(bench.asked[1]!.content["m.relates_to"]).toMatchObject({ rel_type: "m.thread", event_id: "$event1" });
    expect(bench.texts()).toEqual(["Stored 14:02, k1."]);
    expect(bench.sent[0]).toMatchObject({ to: ANA, pkiEncrypted: true, hopLimit: 3, from: 0x0a0a0a0a });
    bench.routing(ANA, bench.sent[0]!.packetId, 0);
    bench.clock.advance(59_000);
    expect(bench.texts()).toHaveLength(1);
    bench.clock.advance(2_000);
    expect(bench.texts()).toEqual(["Stored 14:02, k1.", "Stored 14:03, k2."]);
  });

  it("answers distress at once, every time, and brings it to every operators' room", () => {
    const bench = new Bench({
      uplinks: [
        uplink(),
        uplink({ name: "internet", directMessages: false, operatorsRoom: "!far:example.org", matrixRooms: [] }),
      ],
    }).ready();
    bench.hear(ANA, "hello", DIRECT);
    bench.hear(ANA, "Ayúda! HELP", DIRECT);
    bench.clock.advance(3_000);
    expect(bench.bodies("!far:example.org").filter((body) => !isCard(body))).toEqual([
      "🆘 [!11111111/Elm Street]: Ayúda! HELP",
    ]);
    expect(bench.texts()).toEqual([
      "Stored 14:02, k1.",
      "Stored 14:02, k2. People are told. Emergency? reply YES. For the list of words send ?",
    ]);
    expect(bench.sent[1]!.priority).toBe(110);
  });

  it("answers ping with hops and SNR, and keeps other bridges' messages out", () => {
    const bench = new Bench().ready();
    bench.hear(BEN, "Ping", DIRECT);
    bench.hear(BEN, "from the internet", { viaMqtt: true });
    expect(bench.texts()).toEqual(["pong: 1 hop, SNR 5.5 dB"]);
    expect(bench.asked).toHaveLength(0);
  });

  it("keeps a text that no room takes, and says what to do", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "anyone?", { channel: 3 });
    expect(bench.ledger()).toMatchObject([
      { state: "failed", text: "anyone?", reason: expect.stringContaining("channel 3") },
    ]);
    bench.hear(ANA, "mayday", { channel: 3 });
    expect(bench.bodies(OPS).filter((body) => !isCard(body))).toEqual([
      "🆘 (on channel 3) [!11111111/Elm Street]: mayday",
    ]);
  });

  it("tells operators of a direct message that the radio could not decrypt, and exchanges keys", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "", { to: 0x0a0a0a0a as never, portnum: 0, encrypted: new Uint8Array([1, 2, 3]) });
    expect(bench.bodies(OPS)[0]).toContain("could not decrypt");
    expect(bench.requests).toEqual([{ kind: "exchange-keys", node: ANA }]);
  });
});

describe("Matrix to mesh", () => {
  it("sends a room's text to its channel and follows it to heard", () => {
    const bench = new Bench().ready();
    bench.write("got it, bring 3 ñandú");
    expect(bench.texts()).toEqual(["Maria[M]: got it, bring 3 ñandú"]);
    expect(bench.sent[0]).toMatchObject({ to: EVERYONE, channel: 0, wantAck: true, pkiEncrypted: false, portnum: 1 });
    expect(bench.ledger()[0]!.state).toBe("sent");
    bench.routing(0x0a0a0a0a as never, bench.sent[0]!.packetId, 0);
    expect(bench.ledger()[0]).toMatchObject({ state: "heard", settledAt: expect.any(String) });
  });

  it("refuses what is too long with the bytes and the limit, before anything is sent", () => {
    const bench = new Bench().ready();
    bench.write("x".repeat(222));
    expect(bench.sent).toHaveLength(1);
    bench.write("ñ".repeat(112));
    expect(bench.sent).toHaveLength(1);
    expect(bench.bodies(STREET)[0]).toContain("224 bytes, the limit here is 222");
    expect(bench.ledger()[1]).toMatchObject({ state: "failed", class: "chat" });
  });

  it("carries a reply in a resident's thread to that resident, as a reply of a person", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "my roof leaks", DIRECT);
    bench.write("Ben comes at 5", {
      room: OPS,
      content: {
        "m.relates_to": {
          rel_type: "m.thread",
          event_id: "$event1",
          is_falling_back: true,
          "m.in_reply_to": { event_id: "$event1" },
        },
      },
    });
    bench.clock.advance(3_000);
    expect(bench.texts().at(-1)).toBe("Ben comes at 5");
    expect(bench.sent.at(-1)).toMatchObject({ to: ANA, pkiEncrypted: true });
    expect(bench.ledger().find((row) => row.text === "my roof leaks")).toMatchObject({ state: "answered" });
    expect(bench.ledger().find((row) => row.text === "Ben comes at 5")).toMatchObject({
      class: "answer",
      destination: "mesh:!11111111",
    });
  });

  it("leaves notices, other bridges and operators' talk alone", () => {
    const bench = new Bench().ready();
    bench.write("beep", { content: { msgtype: "m.notice" } });
    bench.write("x", { content: { mmrelay_suppress: true } });
    bench.write("x", { content: { meshtastic_id: 5 } });
    bench.write("who is on duty?", { room: OPS });
    expect(bench.sent).toHaveLength(0);
  });

  it("lets only those write who may, and says so once", () => {
    const bench = new Bench({
      access: { matrixUsers: ["@*:street.lan"], airtimeSharePerUser: 0.1, bellNodes: [] },
    }).ready();
    bench.write("hi", { sender: "@eve:evil.org" });
    bench.write("hi", { sender: "@eve:evil.org" });
    bench.write("hi", { sender: "@ana:street.lan" });
    expect(bench.sent).toHaveLength(1);
    expect(bench.bodies(STREET)).toHaveLength(1);
  });

  it.each(["!help", "!nodes", "!health", "!ping"])("answers %s in the room", (command) => {
    const bench = new Bench().ready();
    bench.hear(ANA, "hello");
    bench.write(command);
    expect(bench.asked.at(-1)!.content["msgtype"]).toBe("m.notice");
    expect(bench.sent).toHaveLength(0);
  });

  it("keeps texts at least 2.5 s apart and one queueStatus open", () => {
    const bench = new Bench().ready();
    const times: number[] = [];
    for (let n = 0; n < 4; n++) bench.write(`text ${n}`);
    for (let ms = 0; ms <= 40_000; ms += 100) {
      while (times.length < bench.sent.length) times.push(bench.clock.now());
      bench.clock.advance(100);
    }
    expect(bench.texts().map((text) => text.slice(-1))).toEqual(["0", "1", "2", "3"]);
    for (let n = 1; n < times.length; n++) expect(times[n]! - times[n - 1]!).toBeGreaterThanOrEqual(2_400);
  });
});
