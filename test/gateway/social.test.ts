// Replies, tapbacks, edits, redactions, media, polls, long texts, bells and marks, through the real gateway.

import { describe, expect, it } from "vitest";
import { ANA, Bench, BEN, DIRECT, OPS, settings, STREET, US, uplink } from "#test/harness/gateway.ts";

const annotation = (eventId: string, key: string) => ({
  "m.relates_to": { rel_type: "m.annotation", event_id: eventId, key },
});
const editOf = (eventId: string, body: string) => ({
  "m.new_content": { msgtype: "m.text", body },
  "m.relates_to": { rel_type: "m.replace", event_id: eventId },
});

describe("a reply", () => {
  it("from the mesh is a reply in the room, and one from the room a reply on the mesh", () => {
    const bench = new Bench().ready();
    const eventId = bench.write("who has water?");
    bench.hear(ANA, "I do", { replyId: bench.sent[0]!.packetId });
    expect(bench.asked.at(-1)!.content["m.relates_to"]).toEqual({ "m.in_reply_to": { event_id: eventId } });
    expect(bench.ledger()[0]!.state).toBe("answered");
    const said = bench.hear(BEN, "me too");
    const shown = bench.lastEvent();
    bench.write("great", { content: { "m.relates_to": { "m.in_reply_to": { event_id: shown } } } });
    bench.clock.advance(3_000);
    expect(bench.sent.at(-1)).toMatchObject({ replyId: said, emoji: 0 });
  });
});

describe("a tapback", () => {
  it("from the mesh is a reaction; another radio's same one is said in words by a bot", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "water at 5");
    const target = bench.lastEvent();
    const packet = bench.packets();
    bench.hear(BEN, "👍", { replyId: packet, emoji: 1 });
    expect(bench.asked.at(-1)).toMatchObject({ type: "m.reaction", content: annotation(target, "👍") });
    expect(bench.asked.at(-1)!.content).not.toHaveProperty("body");
    bench.hear(ANA, "👍", { replyId: packet, emoji: 1 });
    expect(bench.asked.at(-1)).toMatchObject({ type: "m.room.message" });
    expect(bench.bodies(STREET).at(-1)).toBe('[!11111111/Elm Street]: reacted 👍 to "water at 5"');
  });

  it("to something nobody knows is said in words; an empty one takes it back", () => {
    const bench = new Bench().ready();
    bench.hear(BEN, "👍", { replyId: 77, emoji: 1 });
    expect(bench.bodies(STREET)).toEqual(["[!22222222/Elm Street]: reacted 👍"]);
    const packet = bench.hear(ANA, "water at 5");
    bench.hear(BEN, "❤️", { replyId: packet, emoji: 1 });
    const reaction = bench.lastEvent();
    bench.hear(ANA, "", { replyId: packet, emoji: 1 });
    expect(bench.asked.at(-1)!.type).toBe("m.reaction");
    bench.hear(BEN, "", { replyId: packet, emoji: 1 });
    expect(bench.asked.at(-1)).toMatchObject({ type: "m.room.redaction", redacts: reaction });
  });

  it("from the room goes to the channel, from the operators' room to the resident; taken back in time it is not sent", () => {
    const bench = new Bench().ready();
    const packet = bench.hear(ANA, "water at 5");
    const first = bench.lastEvent();
    bench.write("", { type: "m.reaction", content: annotation(first, "👍") });
    expect(bench.sent.at(-1)).toMatchObject({ replyId: packet, emoji: 1, to: 0xffffffff });
    expect(bench.texts().at(-1)).toBe("👍");
    bench.hear(ANA, "my roof leaks", DIRECT);
    const direct = bench.asked.findLast((send) => send.room === OPS)!;
    bench.clock.advance(5_000);
    bench.write("", { room: OPS, type: "m.reaction", content: annotation(bench.eventOf(direct), "✅") });
    bench.clock.advance(35_000);
    expect(bench.sent.at(-1)).toMatchObject({ to: ANA, emoji: 1, pkiEncrypted: true });
    expect(bench.ledger().find((row) => row.text === "my roof leaks")!.state).toBe("answered");
    bench.write("something else first");
    const late = bench.write("", { type: "m.reaction", content: annotation(first, "🙏") });
    const count = bench.sent.length;
    bench.write("", { type: "m.room.redaction", content: {}, redacts: late });
    bench.clock.advance(10_000);
    expect(bench.sent).toHaveLength(count);
    expect(bench.ledger().find((row) => row.text === "🙏")!.state).toBe("cancelled");
  });
});

describe("an edit", () => {
  it("of a text that still waits replaces it", () => {
    const bench = new Bench().ready();
    bench.write("first");
    const second = bench.write("meet at 5");
    bench.write("* meet at 6", { content: editOf(second, "meet at 6") });
    bench.clock.advance(10_000);
    expect(bench.texts()).toEqual(["Maria[M]: first", "Maria[M]: meet at 6"]);
    expect(bench.ledger().map((row) => row.text)).toContain("Maria[M]: meet at 6");
  });

  it("of a text that has left is one corrected line, and a second edit replaces the first that waits", () => {
    const bench = new Bench().ready();
    const first = bench.write("meet at 5");
    bench.write("* meet at 6", { content: editOf(first, "meet at 6") });
    bench.write("* meet at 7", { content: editOf(first, "meet at 7") });
    bench.clock.advance(10_000);
    expect(bench.texts()).toEqual(["Maria[M]: meet at 5", "Maria[M]: * meet at 7"]);
    expect(bench.sent[1]!.replyId).toBe(bench.sent[0]!.packetId);
    bench.write("* meet at 5", { content: editOf(first, "meet at 5") });
    bench.clock.advance(10_000);
    expect(bench.sent).toHaveLength(2);
  });

  it("of a refused text is a new try; of somebody else's, nothing", () => {
    const bench = new Bench().ready();
    const first = bench.write("x".repeat(300));
    bench.write("* short", { content: editOf(first, "short") });
    bench.write("* evil", { content: editOf(first, "evil"), sender: "@eve:example.org" });
    bench.clock.advance(10_000);
    expect(bench.texts()).toEqual(["Maria[M]: short"]);
    expect(bench.marks(first)).toEqual(["📡"]);
  });

  it("too long to be said leaves what went out, and says so", () => {
    const bench = new Bench().ready();
    const first = bench.write("short");
    bench.write("", { content: editOf(first, "y".repeat(240)) });
    expect(bench.sent).toHaveLength(1);
    expect(bench.bodies(STREET).at(-1)).toContain("edit was not sent: 242 bytes");
  });
});

describe("a redaction", () => {
  it("stops what waits and says when it is too late", () => {
    const bench = new Bench().ready();
    const first = bench.write("first");
    const second = bench.write("second");
    bench.write("", { type: "m.room.redaction", content: {}, redacts: second });
    bench.write("", { type: "m.room.redaction", content: { redacts: first } });
    bench.clock.advance(10_000);
    expect(bench.texts()).toEqual(["Maria[M]: first"]);
    expect(bench.bodies(STREET)).toEqual([expect.stringContaining("Too late")]);
    expect(bench.ledger().find((row) => row.text === "Maria[M]: second")!.state).toBe("cancelled");
  });
});

describe("what is no text", () => {
  const voice = { msgtype: "m.audio", body: "x.ogg", info: { duration: 12_400 }, "org.matrix.msc3245.voice": {} };
  it.each([
    [{ msgtype: "m.image", body: "the bridge is out", filename: "IMG.jpg" }, "[photo] the bridge is out"],
    [{ msgtype: "m.image", body: "IMG_20261122.jpg" }, "[photo]"],
    [voice, "[voice 0:12]"],
    [{ msgtype: "m.video", body: "v.mp4", info: { duration: 65_000 } }, "[video 1:05]"],
    [{ msgtype: "m.file", body: "plan.pdf" }, "[file plan.pdf]"],
    [{ msgtype: "m.emote", body: "waves" }, "* waves"],
    [{ msgtype: "m.location", body: "here", geo_uri: "geo:47.12346,8.54321;u=10" }, "[place] 47.1235,8.5432 here"],
  ])("%j is said as %s", (content, words) => {
    const bench = new Bench().ready();
    bench.write("", { content });
    expect(bench.texts()).toEqual([`Maria[M]: ${words}`]);
  });

  it("a sticker is its text, a pin a waypoint, and what has no words is refused", () => {
    const bench = new Bench().ready();
    bench.write("", { type: "m.sticker", content: { body: "a cat, waving", url: "mxc://x/y" } });
    expect(bench.texts()).toEqual(["Maria[M]: [sticker] a cat, waving"]);
    const pin = {
      msgtype: "m.location",
      body: "x",
      geo_uri: "geo:-47.5,8.25",
      "org.matrix.msc3488.asset": { type: "m.pin" },
    };
    bench.write("", { content: { ...pin, "org.matrix.msc3488.location": { description: "well" } } });
    expect(bench.sent[1]).toMatchObject({ portnum: 8, channel: 0 });
    expect(Buffer.from(bench.sent[1]!.payload).toString("latin1")).toContain("well");
    bench.write("", { content: { msgtype: "org.example.dance" } });
    expect(bench.bodies(STREET).at(-1)).toContain("cannot go by radio");
  });
});

describe("!long", () => {
  it("says its cost, waits a moment, and goes out in numbered parts", () => {
    const bench = new Bench().ready();
    const words = Array.from({ length: 90 }, (_, n) => `word${n}`).join(" ");
    bench.write(`!long ${words}`);
    expect(bench.bodies(STREET)[0]).toMatch(/in 3 messages .* about \d+ s/s);
    expect(bench.sent).toHaveLength(0);
    bench.clock.advance(60_000);
    const parts = bench.texts();
    expect(parts.map((part) => part.slice(0, 16))).toEqual([
      "Maria[M]: (1/3) ",
      "Maria[M]: (2/3) ",
      "Maria[M]: (3/3) ",
    ]);
    expect(parts.map((part) => part.slice(16)).join(" ")).toBe(words);
    for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(232);
  });

  it("is stopped by deleting it, and refused where it is a document", () => {
    const bench = new Bench().ready();
    const event = bench.write(`!long ${"word ".repeat(80)}`);
    bench.write("", { type: "m.room.redaction", content: {}, redacts: event });
    bench.clock.advance(60_000);
    expect(bench.sent).toHaveLength(0);
    bench.write(`!long ${"é".repeat(4000)}`);
    expect(bench.bodies(STREET).at(-1)).toContain("9 is the most");
  });
});

describe("a poll", () => {
  const start = {
    "org.matrix.msc3381.poll.start": {
      question: { "org.matrix.msc1767.text": "Where do we meet?" },
      answers: [
        { id: "a", "org.matrix.msc1767.text": "school" },
        { id: "b", "org.matrix.msc1767.text": "church" },
      ],
    },
  };
  it("goes out as numbered lines, counts votes of both sides and says the result", () => {
    const bench = new Bench().ready();
    const poll = bench.write("", { type: "org.matrix.msc3381.poll.start", content: start });
    expect(bench.texts()).toEqual(["Maria[M]: Where do we meet?\n1 school\n2 church"]);
    bench.hear(ANA, "2", { replyId: bench.sent[0]!.packetId });
    bench.hear(BEN, "1.", { replyId: bench.sent[0]!.packetId });
    const relates = { "m.relates_to": { rel_type: "m.reference", event_id: poll } };
    bench.write("", {
      type: "org.matrix.msc3381.poll.response",
      content: { ...relates, "org.matrix.msc3381.poll.response": { answers: ["b"] } },
    });
    bench.write("", { type: "org.matrix.msc3381.poll.end", content: relates });
    bench.clock.advance(10_000);
    expect(bench.texts().at(-1)).toBe("Maria[M]: Poll over: Where do we meet?\n1 school: 1\n2 church: 2");
  });
});

describe("a bell", () => {
  const room = { "m.mentions": { room: true } };
  it("rings handhelds only for those who may notify the room", () => {
    const bench = new Bench().ready();
    bench.write("come quickly", { content: room });
    bench.write("come quickly!", { content: room, mayRing: true });
    bench.clock.advance(5_000);
    expect(bench.texts()).toEqual(["Maria[M]: come quickly", "Maria[M]: \u0007come quickly!"]);
  });

  it("from the mesh mentions the operators' room, and a street's only from allowed radios", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "\u0007fire");
    const mentions = (send: string) => bench.asked.findLast((each) => each.room === send)!.content["m.mentions"];
    expect([mentions(STREET), mentions(OPS)]).toEqual([{}, { room: true }]);
    const access = { ...settings().access, bellNodes: ["!1111*"] };
    const loud = new Bench({ access }).ready();
    loud.hear(ANA, "\u0007fire");
    expect(loud.asked[0]!.content["m.mentions"]).toEqual({ room: true });
  });
});

describe("marks", () => {
  it("show the latest state only, as one reaction", () => {
    const bench = new Bench().ready();
    const event = bench.write("hello");
    bench.clock.advance(1_500);
    expect(bench.marks(event)).toEqual(["📡"]);
    bench.routing(US, bench.sent[0]!.packetId, 0);
    bench.clock.advance(1_500);
    expect(bench.marks(event)).toEqual(["👂"]);
    bench.hear(ANA, "hi", { replyId: bench.sent[0]!.packetId });
    bench.clock.advance(1_500);
    expect(bench.marks(event)).toEqual(["💬"]);
  });

  it("coalesce while the homeserver limits us, and a message that waits long is marked as waiting", () => {
    const bench = new Bench().ready();
    bench.radioTakes = false;
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    const event = bench.write("hello");
    bench.clock.advance(6_000);
    expect(bench.marks(event)).toEqual(["⏳"]);
    const before = bench.asked.length;
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "" });
    bench.radioTakes = true;
    bench.pump.report({ kind: "radio-state", state: "ready", reason: "" });
    bench.clock.advance(3_000);
    bench.routing(US, bench.sent.at(-1)!.packetId, 0);
    bench.clock.advance(30_000);
    bench.online();
    bench.clock.advance(10_000);
    expect(bench.marks(event)).toEqual(["👂"]);
    expect(bench.asked.slice(before).map((send) => send.type)).toEqual(["m.room.redaction", "m.reaction"]);
  });

  it("are explained by !help, and a room that takes no reactions is left alone", () => {
    const bench = new Bench({ uplinks: [uplink()] }).ready();
    bench.write("!help");
    expect(bench.bodies(STREET)[0]).toContain("👂 another radio passed it on");
    bench.refuse = "we may not send m.reaction here";
    bench.write("hello");
    bench.clock.advance(60_000);
    expect(bench.asked.filter((send) => send.type === "m.reaction")).toHaveLength(1);
  });
});
