import { describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { EDIT_EVERY } from "#gateway/matrix/board.ts";
import type { MatrixSend } from "#gateway/inputs.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import { callRow, openCalls, standing } from "#store/welfare.ts";
import { ANA, Bench, DIRECT, isCard, OPS, START, STREET, uplink } from "#test/harness/gateway.ts";

const KEY = new Uint8Array(32).fill(1);
const CARLA = nodeNum(0x33333333);

/** House 14: Ana, with things that not every room may show. */
function street(over: Parameters<typeof uplink>[0] = {}): Bench {
  const bench = new Bench({ uplinks: [uplink(over)] }).ready();
  bench.store.transaction(() => {
    setHousehold(
      bench.store,
      { ...emptyHousehold("14"), zone: 1, people: 3, address: "14 Elm Street", medical: "insulin" },
      START,
    );
    const ana = addMember(bench.store, { name: "Ana", house: "14", role: "resident", matrix: [] }, START);
    bindRadio(bench.store, { node: ANA, publicKey: KEY, member: ana }, START);
  });
  return bench;
}

const cards = (bench: Bench): MatrixSend[] => bench.asked.filter(({ content }) => isCard(String(content["body"])));
const card = (bench: Bench): string => {
  bench.clock.advance(2 * EDIT_EVERY);
  return String(cards(bench).at(-1)!.content["body"]);
};
const react = (bench: Bench, to: string, key: string, over: Parameters<Bench["write"]>[1] = {}): string =>
  bench.write("", {
    room: OPS,
    type: "m.reaction",
    content: { "m.relates_to": { rel_type: "m.annotation", event_id: to, key } },
    ...over,
  });
const reply = (bench: Bench, to: string, body: string): string =>
  bench.write(body, { room: OPS, content: { "m.relates_to": { "m.in_reply_to": { event_id: to } } } });
const redact = (bench: Bench, event: string): string =>
  bench.write("", { room: OPS, type: "m.room.redaction", content: {}, redacts: event });
const journal = (bench: Bench, kind: string): unknown[] =>
  bench.store
    .all<{ body: string }>("SELECT body FROM journal WHERE kind = ? ORDER BY sequence", kind)
    .map(({ body }) => JSON.parse(body) as unknown);
/** SOS, and the event of its card. */
function sos(bench: Bench, words = "sos my husband fell"): string {
  bench.hear(ANA, words, DIRECT);
  bench.settle();
  return bench.eventOf(cards(bench)[0]!);
}

describe("a call for help in the operators' room", () => {
  it("is posted at once, loudly, with how far it can be believed", () => {
    const bench = street();
    sos(bench);
    const [first] = cards(bench);
    expect(first!.content).toMatchObject({ msgtype: "m.text", "m.mentions": { room: true } });
    expect(first!.content["body"]).toMatch(
      /^🆘 CALL FOR HELP k1 · house 14 · Ana \(!11111111\)\n“sos my husband fell”\n14:02 · from their own radio\n3 people\nNobody has taken it yet\.\n/,
    );
    expect(bench.ledger().find(({ text }) => isCard(text))).toMatchObject({ class: "page", state: "confirmed" });
    const strange = street();
    strange.hear(CARLA, "SOS <b>@room</b> fire");
    expect(card(strange)).toContain("⚠ not proven: anybody could have sent this");
    const { body, formatted_body } = cards(strange)[0]!.content as Record<string, string>;
    expect(body).not.toContain("@room");
    expect(formatted_body).toContain("&lt;b&gt;");
  });

  it("shows addresses and medical words only where the room may", () => {
    const plain = street();
    sos(plain);
    expect(card(plain)).not.toMatch(/Elm|insulin/);
    const marked = street({ operatorsMayShow: ["addresses", "medical"] });
    sos(marked);
    expect(card(marked)).toContain("3 people · 14 Elm Street · insulin");
  });

  it("is taken by a reaction: written down with who, told by radio as a person's answer, shown on the card", () => {
    const bench = street();
    const event = sos(bench);
    bench.clock.advance(20_000);
    react(bench, event, "✅");
    react(bench, event, "📞\uFE0F", { sender: "@tom:example.org" });
    expect(card(bench)).toContain("✅ @maria:example.org 14:02 · 📞");
    expect(card(bench)).toContain("@tom:example.org");
    expect(bench.texts().at(-1)).toBe("Maria has your call for help and is seeing to it.");
    expect(bench.texts()).toHaveLength(2);
    expect(bench.ledger().find(({ text }) => text === "sos my husband fell")).toMatchObject({ state: "answered" });
    expect(journal(bench, "act")).toEqual([
      { call: 1, emoji: "✅", by: "@maria:example.org" },
      { call: 1, emoji: "📞\uFE0F", by: "@tom:example.org" },
    ]);
    expect(openCalls(bench.store)).toHaveLength(1);
  });

  it("is taken on the resident's own words too, once for all who take it, and given back by deleting the reaction", () => {
    const bench = street();
    sos(bench);
    const own = bench.eventOf(bench.asked.find(({ content }) => String(content["body"]).endsWith("my husband fell"))!);
    const one = react(bench, own, "✔️");
    const two = react(bench, own, "✅", { sender: "@tom:example.org" });
    bench.clock.advance(60_000);
    expect(bench.texts().filter((text) => text.includes("seeing to it"))).toHaveLength(1);
    redact(bench, one);
    expect(bench.bodies(OPS).at(-1)).not.toContain("Nobody has k1 now");
    redact(bench, two);
    bench.clock.advance(60_000);
    expect(bench.bodies(OPS).some((body) => body === "Nobody has k1 now.")).toBe(true);
    expect(card(bench)).toContain("Nobody has taken it yet.");
    expect(journal(bench, "act").at(-1)).toMatchObject({ removed: true });
  });

  it("is closed by a person with a reason: by flag and reply, or by command", () => {
    const bench = street();
    const event = sos(bench);
    react(bench, event, "🏁");
    bench.clock.advance(5_000);
    const asked = bench.asked.find(({ content }) => String(content["body"]).startsWith("Why is k1 closed?"))!;
    expect(openCalls(bench.store)).toHaveLength(1);
    reply(bench, bench.eventOf(asked), "seen at home, bruises only");
    expect(callRow(bench.store, 1)).toMatchObject({
      state: "closed",
      closedBy: "@maria:example.org",
      closedReason: "seen at home, bruises only",
    });
    expect(card(bench)).toMatch(/^\* 🏁 CLOSED CALL FOR HELP k1 .*Closed by @maria:example\.org, .*bruises only$/su);
    expect(bench.texts().at(-1)).toBe("Your call for help was closed by Maria. Still need help? Send SOS");
    expect(bench.bodies(OPS).some((body) => body.includes("House 14 still stands as URGENT"))).toBe(true);

    sos(bench, "sos again");
    bench.write("!close k2", { room: OPS });
    bench.write("!close k9 nothing", { room: OPS });
    expect(openCalls(bench.store)).toHaveLength(1);
    bench.write("!calls", { room: OPS });
    bench.clock.advance(5_000);
    expect(bench.bodies(OPS).at(-1)).toMatch(/^k2 · house 14 · /);
    bench.write("!close k2 a drill by mistake", { room: OPS, sender: "@tom:example.org" });
    expect(callRow(bench.store, 2)).toMatchObject({ state: "closed", closedBy: "@tom:example.org" });
  });

  it("shows a later ok beside it, and is closed by nothing but a person who may", () => {
    const bench = street();
    const event = sos(bench);
    bench.clock.advance(30_000);
    bench.hear(ANA, "ok all fine now", DIRECT);
    expect(card(bench)).toMatch(/Said later \(closes nothing\):\n14:02 “ok all fine now”/);
    react(bench, event, "🏁", { room: STREET });
    react(bench, event, "✅", { maySpeak: false });
    bench.write("!close k1 I say so", { room: STREET });
    reply(bench, event, "closed");
    expect(openCalls(bench.store)).toHaveLength(1);
    expect(standing(bench.store, "14").status).toBe("urgent");
    expect(journal(bench, "act")).toEqual([]);
  });

  it("lets a reply to its card go to the resident by radio", () => {
    const bench = street();
    const event = sos(bench);
    bench.clock.advance(10_000);
    reply(bench, event, "An ambulance is on its way");
    bench.clock.advance(10_000);
    expect(bench.texts().at(-1)).toBe("An ambulance is on its way");
    expect(bench.sent.at(-1)!.to).toBe(ANA);
  });

  it("that is only possible says so, and rings again when it is raised", () => {
    const bench = street();
    bench.hear(ANA, "help", DIRECT);
    expect(card(bench)).toMatch(/^🆘 POSSIBLE CALL FOR HELP k1 .*asked "Emergency\?", no answer yet/s);
    bench.hear(ANA, "yes", DIRECT);
    expect(card(bench)).toMatch(/^\* 🆘 CALL FOR HELP k1/);
    const loud = bench.asked.filter(({ content }) => (content["m.mentions"] as { room?: true }).room === true);
    expect(loud.map(({ content }) => String(content["body"]).split(/[·:]/, 1)[0]!.trim())).toEqual([
      "🆘 POSSIBLE CALL FOR HELP k1",
      "Ana (!11111111) calls for help",
    ]);
  });
});
