// Whose key a direct message is encrypted to. A node's own description is a claim of anybody who has the channel's key: it must
// never make us talk to somebody else.

import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { toHex } from "#base/bytes.ts";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import { PEOPLE_DESK } from "#gateway/people/desk.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import { ANA, BEN, Bench, EVERYONE, OPS, START, STREET, uplink, US } from "#test/harness/gateway.ts";

const KEY = (n: number): Uint8Array => new Uint8Array(32).fill(n);

function describeAs(bench: Bench, node: NodeNum, publicKey: Uint8Array, longName = "Ana"): void {
  bench.hear(
    node,
    "",
    { portnum: 4, to: EVERYONE },
    { kind: "node-info", node: { num: node, longName, shortName: "ana", publicKey } },
  );
}

function enrol(bench: Bench, publicKey: Uint8Array): void {
  bench.store.transaction(() => {
    setHousehold(bench.store, emptyHousehold("14"), START);
    const member = addMember(bench.store, { name: "Ana", house: "14", role: "resident", matrix: [] }, START);
    bindRadio(bench.store, { node: ANA, publicKey, member }, START);
  });
}

/** A resident wrote, and an operator answers in their thread. */
function answered(bench: Bench): void {
  bench.hear(ANA, "who comes today", { to: US, pkiEncrypted: true, publicKey: KEY(1) });
  bench.clock.advance(60_000);
  bench.radioTakes = false;
  const root = bench.eventOf(bench.asked.find((send) => String(send.content["body"]).includes("who comes"))!);
  bench.write("Ben comes at 5", {
    room: OPS,
    content: { "m.relates_to": { rel_type: "m.thread", event_id: root } },
  });
  bench.clock.advance(3_000);
}

describe("a direct message", () => {
  it("is encrypted to the pinned key, whatever key a description claims", () => {
    const bench = new Bench().ready();
    enrol(bench, KEY(1));
    describeAs(bench, ANA, KEY(9));
    answered(bench);
    expect(bench.texts().at(-1)).toBe("Ben comes at 5");
    expect(Uint8Array.from(bench.sent.at(-1)!.publicKey!)).toEqual(KEY(1));
  });

  it("has failed when our radio knows another key for its reader, and that key stays", () => {
    const bench = new Bench().ready();
    describeAs(bench, ANA, KEY(1));
    answered(bench);
    bench.requests.length = 0;
    bench.pump.report({ kind: "queue-status", packetId: bench.sent.at(-1)!.packetId, res: 34, free: 16, maxlen: 16 });
    bench.clock.advance(120_000);
    expect(bench.requests).toEqual([]);
    expect(bench.ledger().find(({ text }) => text === "Ben comes at 5")!.state).toBe("failed");
    expect(bench.bodies(OPS).at(-1)).toMatch(/^Not sent: "Ben comes at 5": .*another key/);
  });

  it("brings our radio the pinned key when it has forgotten it", () => {
    const bench = new Bench().ready();
    enrol(bench, KEY(1));
    describeAs(bench, ANA, KEY(9));
    answered(bench);
    bench.routing(US, bench.sent.at(-1)!.packetId, 39);
    expect(bench.requests).toContainEqual({
      kind: "add-contact",
      node: { num: ANA, publicKey: KEY(1), longName: "Ana", shortName: "ana" },
    });
  });
});

describe("a key bound by hand", () => {
  it("replaces the one that our radio has kept", () => {
    const bench = new Bench().ready();
    enrol(bench, KEY(1));
    bench.pump.ask((turn) =>
      PEOPLE_DESK["people bind"]!.answer(turn, { radio: "!11111111", house: "14", key: toHex(KEY(2)) }),
    );
    expect(bench.requests).toContainEqual({ kind: "add-contact", node: { num: ANA, publicKey: KEY(2) } });
  });
});

describe("a radio's user in Matrix", () => {
  const speaker = (bench: Bench, node: NodeNum, text: string): string | undefined => {
    bench.hear(node, text);
    return bench.asked.find((send) => send.room === STREET && String(send.content["body"]).includes(text))?.sender?.id;
  };

  it("is not had by describing oneself by somebody else's key", () => {
    const bench = new Bench({ uplinks: [uplink({ mode: "appservice" })] }).ready();
    describeAs(bench, ANA, KEY(1));
    const ana = speaker(bench, ANA, "good morning");
    describeAs(bench, BEN, KEY(1));
    expect(speaker(bench, BEN, "I am Ana")).not.toBe(ana);
    expect(speaker(bench, ANA, "and good night")).toBe(ana);
  });

  it("stays with the key when firmware 2.8 makes a number of it, and is not had by the old number", () => {
    const bench = new Bench({ uplinks: [uplink({ mode: "appservice" })] }).ready();
    describeAs(bench, ANA, KEY(1));
    const ana = speaker(bench, ANA, "good morning");
    const renumbered = nodeNum(crc32(KEY(1)));
    describeAs(bench, renumbered, KEY(1));
    expect(speaker(bench, renumbered, "with new firmware")).toBe(ana);
    expect(speaker(bench, ANA, "I am the old one")).not.toBe(ana);
    expect(speaker(bench, renumbered, "still me")).toBe(ana);
  });
});
