import { describe, expect, it } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import { nodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import {
  addMember,
  bindRadio,
  household,
  listMembers,
  radioByNode,
  setHousehold,
  setMember,
  setZone,
  member,
} from "#store/people.ts";
import {
  closeCall,
  factsAnswering,
  factsOf,
  openCalls,
  askQuestion,
  standing,
  unattachedFacts,
} from "#store/welfare.ts";
import { ANA, Bench, BEN, DIRECT, EVERYONE, OPS, START, US, isAid } from "#test/harness/gateway.ts";

const KEY = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const CARLA = nodeNum(0x33333333);
const from = (byte: number): typeof DIRECT => ({ to: US, pkiEncrypted: true, publicKey: KEY(byte) });

/** House 14: Ana (a resident). House 12: Ben, captain of zone 1 with 12, 14, 16a and 20. Carla belongs nowhere. */
function street(): Bench {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    for (const house of ["12", "14", "16a", "20"])
      setHousehold(bench.store, { ...emptyHousehold(house), zone: 1 }, START);
    const ana = addMember(bench.store, { name: "Ana", house: "14", role: "resident", matrix: [] }, START);
    const ben = addMember(bench.store, { name: "Ben", house: "12", role: "captain", matrix: [] }, START);
    setZone(bench.store, { number: 1, name: "Elm", captain: ben }, START);
    bindRadio(bench.store, { node: ANA, publicKey: KEY(1), member: ana }, START);
    bindRadio(bench.store, { node: BEN, publicKey: KEY(2), member: ben }, START);
  });
  return bench;
}

const wait = (bench: Bench): void => bench.clock.advance(20_000);
const status = (bench: Bench, house: string): string => standing(bench.store, house).status;
const last = (bench: Bench): string | undefined => {
  wait(bench);
  return bench.texts().at(-1);
};

describe("a check-in", () => {
  it("is booked with who said it, how and how sure, and answered in place of the plain receipt", () => {
    const bench = street();
    bench.hear(ANA, "ok 4 all home, roof leaks", DIRECT);
    expect(last(bench)).toBe("Booked: house 14 OK, 4 people.");
    expect(standing(bench.store, "14").fact).toMatchObject({
      house: "14",
      node: ANA,
      by: "Ana",
      source: "self",
      means: "text",
      trust: "pinned",
      status: "ok",
      people: 4,
      note: "ok 4 all home, roof leaks",
    });
    expect(bench.bodies(OPS)).toHaveLength(1);
    expect(bench.texts()).toHaveLength(1);
  });

  it("is answered in the resident's language", () => {
    const bench = street();
    bench.hear(ANA, "necesitamos agua", DIRECT);
    expect(last(bench)).toBe("Anotado: casa 14 NECESITA: agua. a0: envie cancelo a0 si ya esta.");
    const ana = listMembers(bench.store)[0]!;
    bench.store.transaction(() => setMember(bench.store, { ...ana, language: "es" }, START));
    bench.hear(ANA, "ok 3", DIRECT);
    expect(last(bench)).toBe("Anotado: casa 14 OK, 3 personas.");
  });

  it("of an unknown radio counts, and goes to the household that it is attached to later", () => {
    const bench = street();
    bench.hear(CARLA, "ok 2", from(3));
    expect(last(bench)).toBe("Booked: you OK, 2 people. Which house? send: i am 14 NAME");
    expect(unattachedFacts(bench.store)).toMatchObject([{ node: CARLA, status: "ok", trust: "unpinned" }]);
    bench.store.transaction(() => {
      const carla = addMember(bench.store, { name: "Carla", house: "20", role: "resident", matrix: [] }, START);
      bindRadio(bench.store, { node: CARLA, publicKey: KEY(3), member: carla }, START);
    });
    expect(status(bench, "20")).toBe("ok");
  });

  it("keeps the same words to one a minute, and books every one", () => {
    const bench = street();
    for (let n = 0; n < 5; n++) bench.hear(ANA, "ok 4", DIRECT);
    wait(bench);
    expect(bench.texts()).toHaveLength(1);
    expect(factsOf(bench.store, "14")).toHaveLength(5);
  });

  it("by a tapback counts when it answers what was asked, and is nothing otherwise", () => {
    const bench = street();
    bench.hear(ANA, "👍", { ...DIRECT, replyId: 77, emoji: 1 });
    expect(factsOf(bench.store, "14")).toHaveLength(0);
    bench.store.transaction(() =>
      askQuestion(bench.store, { kind: "roll-call", reference: "r7", node: EVERYONE, at: START, ledger: null }),
    );
    bench.hear(ANA, "ok", DIRECT);
    expect(factsOf(bench.store, "14")).toMatchObject([{ status: "ok", reference: "r7" }]);
    expect(factsAnswering(bench.store, "r7")).toHaveLength(1);
    bench.hear(ANA, "no", DIRECT);
    expect(last(bench)).toMatch(/not OK.*What is wrong/);
    expect(status(bench, "14")).toBe("need");
  });
});

describe("captains", () => {
  it("report houses by list", () => {
    const bench = street();
    bench.hear(BEN, "ok 12 14 16a", from(2));
    bench.hear(BEN, "need 20 insulin", from(2));
    wait(bench);
    expect(bench.texts()).toEqual([
      "Booked: houses 12 14 16a OK.",
      "Booked: house 20 NEED: insulin. a0: send drop a0 if solved.",
    ]);
    expect(standing(bench.store, "16a").fact).toMatchObject({ source: "captain", by: "Ben" });
    expect(standing(bench.store, "20").fact).toMatchObject({ status: "need", needs: [7] });
  });

  it("with a lone number are asked, and the house stays silent until their radio has confirmed the echo", () => {
    const bench = street();
    bench.hear(BEN, "ok 20", from(2));
    expect(last(bench)).toBe("Booked: house 20 OK. Meant 20 people? send: ok 20p");
    expect(standing(bench.store, "20")).toMatchObject({ status: "unknown", waiting: { status: "ok", by: "Ben" } });
    bench.routing(BEN, bench.sent.at(-1)!.packetId, 0);
    expect(standing(bench.store, "20")).toMatchObject({ status: "ok" });
    bench.hear(BEN, "ok 20p", from(2));
    expect(standing(bench.store, "20").status).toBe("unknown");
    expect(standing(bench.store, "12").fact).toMatchObject({ people: 20 });
  });

  it("are captains only when they are proven", () => {
    const bench = street();
    bench.hear(BEN, "ok 20", from(9));
    expect(status(bench, "20")).toBe("unknown");
    expect(standing(bench.store, "12").fact).toMatchObject({ trust: "changed", people: 20, source: "self" });
    bench.hear(BEN, "!ok 14 16a", { channel: 0 });
    expect(standing(bench.store, "14").fact).toMatchObject({ source: "neighbour", trust: "public" });
  });

  it("see their zone with who, and everybody their own house with status", () => {
    const bench = street();
    bench.hear(BEN, "need 20 insulin", from(2));
    bench.hear(ANA, "ok 4", DIRECT);
    bench.clock.advance(60_000);
    bench.hear(BEN, "who", from(2));
    bench.hear(ANA, "status", DIRECT);
    bench.hear(ANA, "who", DIRECT);
    bench.clock.advance(120_000);
    expect(bench.texts()).toEqual(
      expect.arrayContaining([
        "Elm: 1 ok. NEED 20; NO ANSWER 12 16a",
        "House 14: OK, 4 people, 14:02.",
        "That list is for captains. status = your own house.",
      ]),
    );
    expect(bench.bodies(OPS).filter((body) => !isAid(body))).toHaveLength(2);
  });
});

describe("what counts", () => {
  it("a person's own word beats a neighbour's, and the newer the older", () => {
    const bench = street();
    bench.hear(ANA, "need water", DIRECT);
    bench.hear(CARLA, "14 ok", from(3));
    expect(status(bench, "14")).toBe("need");
    bench.hear(ANA, "ok", DIRECT);
    expect(status(bench, "14")).toBe("ok");
    expect(factsOf(bench.store, "14")).toHaveLength(3);
  });

  it("a claim on the channel never calms what a proven word has raised", () => {
    const bench = street();
    bench.hear(ANA, "need insulin", DIRECT);
    bench.hear(ANA, "!ok");
    bench.hear(ANA, "ok", from(8));
    expect(status(bench, "14")).toBe("need");
  });

  it("an open call stays until a person closes it, whatever is said later", () => {
    const bench = street();
    bench.hear(ANA, "sos", DIRECT);
    bench.hear(ANA, "ok 4", DIRECT);
    wait(bench);
    expect(status(bench, "14")).toBe("urgent");
    expect(bench.texts().at(-1)).toBe(
      "Booked: house 14 OK, 4 people. Your call for help stays open until a person closes it.",
    );
    expect(bench.bodies(OPS).some((body) => body.includes("Only a person closes it"))).toBe(true);
    const [call] = openCalls(bench.store);
    bench.store.transaction(() =>
      closeCall(bench.store, call!.id, "@maria:example.org", "seen at home", bench.clock.now()),
    );
    expect(status(bench, "14")).toBe("ok");
  });
});

describe("a bare help", () => {
  it("is loud at once, asked about, and raised by three minutes of silence", () => {
    const bench = street();
    bench.hear(ANA, "help", DIRECT);
    expect(bench.bodies(OPS)[0]).toMatch(/^🆘/);
    expect(last(bench)).toBe("Stored 14:02, k1. People are told. Emergency? reply YES. For the list of words send ?");
    expect(openCalls(bench.store)).toMatchObject([{ state: "possible", house: "14" }]);
    expect(status(bench, "14")).toBe("urgent");
    bench.clock.advance(150_000);
    expect(openCalls(bench.store)).toMatchObject([{ state: "possible" }]);
    bench.clock.advance(20_000);
    expect(openCalls(bench.store)).toMatchObject([{ state: "open", said: "silence" }]);
    const raised = bench.asked.find(({ content }) => String(content["body"]).includes("no answer to"))!;
    expect(raised.content).toMatchObject({ msgtype: "m.text", "m.mentions": { room: true } });
  });

  it("is raised by YES, over a restart too", () => {
    const bench = street();
    bench.hear(ANA, "help!", DIRECT);
    bench.pump.stop();
    bench.boot("boot-2");
    bench.ready();
    bench.hear(ANA, "Yes", DIRECT);
    expect(last(bench)).toMatch(/Call for help raised/);
    expect(openCalls(bench.store)).toMatchObject([{ state: "open", said: "yes" }]);
  });

  it.each(["no", "?"])("followed by %j is shown beside it, not closed, and not raised by silence", (said) => {
    const bench = street();
    bench.hear(ANA, "help", DIRECT);
    wait(bench);
    bench.hear(ANA, said, DIRECT);
    bench.clock.advance(600_000);
    expect(openCalls(bench.store)).toMatchObject([{ state: "possible", said }]);
    expect(bench.bodies(OPS).some((body) => body.includes(`answered "${said}"`))).toBe(true);
    expect(status(bench, "14")).toBe("urgent");
  });

  it("from a radio that nobody knows, on a channel, is answered by direct message", () => {
    const bench = street();
    bench.hear(CARLA, "Help");
    expect(last(bench)).toContain("Emergency?");
    expect(bench.sent.at(-1)).toMatchObject({ to: CARLA });
  });
});

describe("i am 14", () => {
  it("attaches an unknown radio to a household without members, with what it said before", () => {
    const bench = street();
    bench.hear(CARLA, "ok", from(3));
    bench.hear(CARLA, "soy 20 Carla, 3 personas", from(3));
    expect(last(bench)).toBe("Usted es Carla, casa 20, 3 personas. Si no es asi, escribalo.");
    expect(household(bench.store, "20")).toMatchObject({ people: 3, zone: 1 });
    expect(member(bench.store, radioByNode(bench.store, CARLA)!.member)).toMatchObject({
      name: "Carla",
      house: "20",
      language: "es",
    });
    expect(status(bench, "20")).toBe("ok");
    expect(bench.bodies(OPS).some((body) => body.includes("household 20"))).toBe(true);
  });

  it.each([
    ["a household that has members", "i am 14 eve", from(6)],
    ["somebody on the channel", "!i am 20 eve", {}],
  ])("changes nothing for %s, and people are told", (_who, text, how) => {
    const bench = street();
    bench.hear(CARLA, text, how);
    wait(bench);
    expect(radioByNode(bench.store, CARLA)).toBeUndefined();
    expect(bench.bodies(OPS).some((body) => body.includes("nothing was changed"))).toBe(true);
  });
});

it("whatever is said, the answer fits a packet that is still signed", () => {
  const bench = street();
  const list = Array.from({ length: 55 }, (_, n) => String(201 + n)).join(" ");
  for (const text of [`ok ${list}`, `i am 20 ${"n".repeat(150)}`, "?", "menu", "status", "help", "sos"])
    bench.hear(CARLA, text, from(3));
  bench.clock.advance(120_000);
  expect(bench.texts().filter((text) => utf8Length(text) > 166)).toEqual([]);
});
