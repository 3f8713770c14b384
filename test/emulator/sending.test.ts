// What a host is answered when it sends: the table of meshtastic-facts 7.2 and the times of 7.3, in virtual time.

import { describe, expect, it } from "vitest";
import { nodeId } from "#base/ids.ts";
import type { WirePacket } from "#emulator/proto.ts";
import type { StreetOptions } from "#emulator/street.ts";
import { VirtualHost, VirtualStreet } from "#test/emulator/host.ts";

function host(options: Partial<StreetOptions> = {}): VirtualHost {
  return new VirtualHost(new VirtualStreet(options)).connect();
}

/** The number of a resident's radio. */
function resident(on: VirtualHost, index = 0): number {
  return on.world.street.handhelds[index]!.node.num;
}

function command(on: VirtualHost, json: object): void {
  expect(on.world.street.command(json, on.world.now)).toBeUndefined();
}

describe.each(["2.7", "2.8"] as const)("firmware %s answers a packet", (firmware) => {
  const wrongKey = new Uint8Array(32).fill(7);
  const cases: readonly (readonly [string, (on: VirtualHost) => WirePacket, readonly string[]])[] = [
    ["on a disabled channel", () => ({ channel: 5 }), ["res 6", "self 6"]],
    ["on a channel out of range", () => ({ channel: 9 }), ["res 6", "self 6"]],
    ["to a node whose key is unknown", () => ({ to: 0x0badcafe }), ["res 39", "self 39"]],
    [
      "under a wrong key",
      (on) => ({ to: resident(on), pkiEncrypted: true, publicKey: wrongKey }),
      ["res 34", "self 34"],
    ],
  ];
  it.each(cases)("%s", (_what, packet, answers) => {
    const on = host({ firmware });
    const id = on.text("x", packet(on));
    on.run(90_000);
    expect(on.said(id)).toEqual(answers);
  });

  it("of every length", () => {
    const on = host({ firmware, rateLimits: false });
    const to = resident(on);
    const answer = (length: number, more: WirePacket) => {
      const id = on.text(length, { wantAck: false, ...more });
      on.run(20_000);
      return on.said(id).at(0);
    };
    const ports = [
      { portnum: 1, all: 232, one: 220 },
      { portnum: 300, all: 231, one: 219 },
    ];
    for (const { portnum, all, one } of ports) {
      const decoded = (length: number) => ({ portnum, payload: new Uint8Array(length) });
      expect(answer(all, { decoded: decoded(all) })).toBe("res 0");
      expect(answer(all + 1, { decoded: decoded(all + 1) })).toBe("res 7");
      expect(answer(one, { to, decoded: decoded(one) })).toBe("res 0");
      expect(answer(one + 1, { to, decoded: decoded(one + 1) })).toBe("res 7");
      expect(answer(one - 4, { to, decoded: { ...decoded(one - 4), replyId: 5 } })).toBe("res 7");
    }
    expect(answer(235, {})).toBeUndefined();
  });

  it("that comes too soon", () => {
    const on = host({ firmware });
    const [first, second] = [on.text("one"), on.text("two")];
    on.run(100);
    const hidden = on.text("three", { from: 0 });
    on.run(60_000);
    expect(on.said(first)[0]).toBe("res 0");
    expect(on.said(second)).toEqual(["res 0", "self 38"]);
    expect(on.said(hidden)).toEqual(["res 0"]);
    const alert = { wantAck: false, decoded: { portnum: 11, payload: new Uint8Array(3) } };
    const [heard, dropped] = [on.send(alert), on.send(alert)];
    on.run(60_000);
    expect([on.said(heard), on.said(dropped)]).toEqual([["res 0"], ["res 0"]]);
    const lines = on.world.street.takeLines();
    expect(lines.filter((line) => line["portnum"] === 11)).toHaveLength(4);
    expect(lines.filter((line) => line["text"] === "one")).toHaveLength(4);
    expect(lines.filter((line) => line["text"] === "two" || line["text"] === "three")).toHaveLength(0);
  });

  it("that it has seen before: with silence", () => {
    const on = host({ firmware, rateLimits: false });
    const id = on.text("once");
    on.run(30_000);
    const before = on.said(id);
    on.text("once", { id });
    on.run(30_000);
    expect(on.said(id)).toEqual(before);
  });

  it("on a private port that wants a response: nobody has a module for it", () => {
    const on = host({ firmware, handhelds: 3 });
    const id = on.send({ wantAck: false, decoded: { portnum: 256, payload: new Uint8Array(1), wantResponse: true } });
    on.run(60_000);
    expect(on.said(id).filter((what) => what === "peer 8")).toHaveLength(3);
    expect(on.said(id)[0]).toBe("res 0");
    expect(on.said(id)[1]).toBe("self 8");
  });

  it("whose id the radio is to choose", () => {
    const on = host({ firmware });
    on.text("x", { id: 0 });
    on.run(100);
    const status = on.heard.at(-1)!.message["queueStatus"] as { meshPacketId?: number };
    expect(status.meshPacketId).toBeGreaterThan(0);
  });
});

describe("acks", () => {
  it("of a direct message come from its addressee in about a second", () => {
    const on = host({ handhelds: 1 });
    const from = on.world.now;
    const id = on.text("hello", { to: resident(on) });
    on.run(60_000);
    const [status, ack] = on.answers(id, from);
    expect(status).toMatchObject({ what: "res 0" });
    expect(status!.after).toBeLessThan(300);
    expect(ack).toMatchObject({ what: "peer 0" });
    expect(ack!.after).toBeGreaterThan(900);
    expect(ack!.after).toBeLessThan(1800);
    expect(on.answers(id)).toHaveLength(2);
  });

  it("of a broadcast come from our own radio when a relay is heard", () => {
    const on = host();
    const from = on.world.now;
    const id = on.text("hello");
    on.run(60_000);
    const [, ack, ...more] = on.answers(id, from);
    expect(ack).toMatchObject({ what: "self 0" });
    expect(ack!.after).toBeGreaterThan(1300);
    expect(ack!.after).toBeLessThan(5000);
    expect(more).toEqual([]);
  });

  it("fail after 21 s when nobody is there, and never sooner", () => {
    for (const to of ["all", "one"]) {
      const on = host({ handhelds: 1 });
      command(on, { node: on.world.street.handhelds[0]!.id, do: "away" });
      const from = on.world.now;
      const id = on.text("hello", to === "one" ? { to: resident(on) } : {});
      on.run(60_000);
      const [, nak] = on.answers(id, from);
      expect(nak).toMatchObject({ what: "self 5" });
      expect(nak!.after).toBeGreaterThan(20_500);
      expect(nak!.after).toBeLessThan(23_000);
    }
  });

  it("that are lost once come with the repetition, and the words are shown once", () => {
    const on = host({ handhelds: 1 });
    command(on, { lose: "acks", share: 1 });
    const from = on.world.now;
    const id = on.text("hello", { to: resident(on) });
    on.run(3000);
    command(on, { lose: "acks", share: 0 });
    on.run(60_000);
    const [, ack] = on.answers(id, from);
    expect(ack).toMatchObject({ what: "peer 0" });
    expect(ack!.after).toBeGreaterThan(7500);
    expect(ack!.after).toBeLessThan(10_000);
    expect(on.world.street.takeLines().filter((line) => line["text"] === "hello")).toHaveLength(1);
  });

  it("come from a relay when the addressee is gone, and then no failure (2.7); 2.8 does not count the relay", () => {
    for (const [firmware, what] of [
      ["2.7", "self 0"],
      ["2.8", "self 5"],
    ] as const) {
      const on = host({ firmware, handhelds: 2 });
      command(on, { node: on.world.street.handhelds[0]!.id, do: "away" });
      const id = on.text("hello", { to: resident(on) });
      on.run(70_000);
      expect(on.said(id)).toEqual(["res 0", what]);
    }
  });

  it("are given to residents too", () => {
    const on = host({ handhelds: 1 });
    const node = on.world.street.handhelds[0]!.id;
    command(on, { node, to: nodeId(on.num), channel: 0, text: "need insulin" });
    on.run(30_000);
    expect(on.texts()).toEqual(["need insulin"]);
    const message = on.packets().find((packet) => packet.decoded?.portnum === 1)!;
    expect(message).toMatchObject({ pkiEncrypted: true, wantAck: true, hopStart: 3, hopLimit: 3 });
    expect(message.publicKey).toHaveLength(32);
    // Our radio's ack of a text is itself acknowledged, and the host sees that.
    expect(on.packets().filter((packet) => packet.decoded?.portnum === 5)).toMatchObject([{ from: resident(on) }]);
    expect(on.world.street.takeLines().filter((line) => line["at"] === "acked")).toMatchObject([{ error: 0, node }]);
  });
});

describe("the radio's queue", () => {
  it("reports two packets of a burst and sends about sixteen", () => {
    const on = host({ rateLimits: false, handhelds: 1 });
    for (let index = 0; index < 24; index++) on.text(`m${index}`, { wantAck: false });
    on.run(300_000);
    expect(on.kinds().filter((kind) => kind === "queueStatus").length).toBeLessThanOrEqual(3);
    const shown = on.world.street.takeLines().map((line) => line["text"]);
    expect(shown).toEqual(Array.from({ length: 16 }, (_, index) => `m${index}`));
  });

  it("that is full keeps a copy of what wants an ack", () => {
    const on = host({ rateLimits: false, handhelds: 2 });
    const radio = nodeId(on.num);
    command(on, { radio, do: "full", seconds: 3 });
    const [kept, gone] = [on.text("kept"), on.text("gone", { wantAck: false })];
    on.run(60_000);
    expect(on.said(kept)).toEqual(["res 32", "self 0"]);
    expect(on.said(gone)).toEqual(["res 32"]);
    expect(new Set(on.world.street.takeLines().map((line) => line["text"]))).toEqual(new Set(["kept"]));
  });
});

it("refuses to exceed the duty cycle, and says for how long", () => {
  const on = host({ handhelds: 1 });
  let refused: string[] = [];
  for (let sent = 0; sent < 400 && refused.length === 0; sent++) {
    const id = on.text(232, { wantAck: false });
    on.run(4000);
    if (on.said(id)[0] !== "res 0") refused = on.said(id);
  }
  expect(refused).toEqual(["res 9", "self 9"]);
  const notice = on.heard.find(({ message }) => message["clientNotification"])!.message["clientNotification"];
  expect(notice).toMatchObject({ message: expect.stringMatching(/Duty cycle limit exceeded.* again in \d+ mins/) });
  expect(on.world.street.radios[0]!.node.airLog.sentShare(on.world.now)).toBeCloseTo(0.1, 2);
});

describe("keys", () => {
  it("that the addressee lacks are exchanged, and the next message arrives", () => {
    const on = host({ handhelds: 1 });
    const [node] = on.world.street.handhelds.map((each) => each.id);
    command(on, { node, do: "forget", of: nodeId(on.num) });
    const id = on.text("who are you", { to: resident(on) });
    on.run(20_000);
    expect(on.said(id)).toEqual(["res 0", "peer 35"]);
    const next = on.text("now then", { to: resident(on) });
    on.run(20_000);
    expect(on.said(next)).toEqual(["res 0", "peer 0"]);
  });

  it("that we lack are asked for when we hear the stranger", () => {
    const on = host({ handhelds: 1 });
    const [node] = on.world.street.handhelds.map((each) => each.id);
    command(on, { radio: nodeId(on.num), do: "forget", of: node });
    command(on, { node, to: "^all", text: "hello street" });
    on.run(30_000);
    expect(on.packets().some((packet) => packet.decoded?.portnum === 4 && packet.from === resident(on))).toBe(true);
    const id = on.text("hello you", { to: resident(on) });
    on.run(20_000);
    expect(on.said(id)).toEqual(["res 0", "peer 0"]);
  });

  it("that the host brings make a direct message possible", () => {
    const on = host({ handhelds: 1, acquainted: false });
    const [handheld] = on.world.street.handhelds;
    const contact = { nodeNum: resident(on), user: handheld!.node.user };
    on.send({ to: on.num, decoded: { portnum: 6, payload: on.admin({ addContact: contact }) } });
    on.run(1000);
    const id = on.text("hello", { to: resident(on) });
    on.run(20_000);
    expect(on.said(id)).toEqual(["res 0", "peer 35"]);
  });

  it("2.7 hands over what it cannot open, 2.8 does not", () => {
    for (const firmware of ["2.7", "2.8"] as const) {
      const on = host({ firmware, handhelds: 1 });
      const [node] = on.world.street.handhelds.map((each) => each.id);
      command(on, { radio: nodeId(on.num), do: "forget", of: node });
      command(on, { node, to: nodeId(on.num), text: "secret" });
      on.run(30_000);
      const closed = on.packets().filter((packet) => packet.encrypted);
      expect(closed).toHaveLength(firmware === "2.7" ? 1 : 0);
      for (const packet of closed) expect(packet.channel ?? 0).toBe(0);
    }
  });
});
