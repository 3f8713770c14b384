// The gateway's own radio link against the emulated radio, in one virtual time: two readings of one protocol that must
// agree, and the link's liveness against every fault the emulator knows.

import { describe, expect, it } from "vitest";
import { textOf, toHex, utf8 } from "#base/bytes.ts";
import { BROADCAST, nodeId, nodeNum } from "#base/ids.ts";
import { seededRandom } from "#base/random.ts";
import type { HostPort } from "#emulator/host-port.ts";
import type { Street } from "#emulator/street.ts";
import type { MeshPacket, RadioEvent, RadioInfo, Send } from "#radio/events.ts";
import { RadioLink } from "#radio/link.ts";
import { VirtualStreet } from "#test/emulator/host.ts";

const MINUTE = 60_000;

/** A radio link whose port is an emulated radio's; reopens as the serial room would. */
class Linked {
  readonly world: VirtualStreet;
  readonly street: Street;
  readonly port: HostPort;
  readonly link = new RadioLink({ random: seededRandom(4), trustClock: () => true });
  readonly events: RadioEvent[] = [];
  #sendId = 0;

  constructor(world: VirtualStreet, kind: HostPort["kind"]) {
    this.world = world;
    this.street = world.street;
    this.port = world.street.port(0, kind);
    this.#open();
  }

  #open(): void {
    const { now } = this.world;
    this.link.opening(now);
    this.street.hostOpened(this.port, now);
    this.link.opened(now);
    this.#settle();
  }

  /** Carries bytes both ways until both sides have said all they have to say at this moment. */
  #settle(): void {
    const { now } = this.world;
    for (;;) {
      const writes = this.link.takeWrites();
      for (const { bytes } of writes) this.street.hostBytes(this.port, bytes, now);
      const chunks = this.port.take();
      for (const chunk of chunks) this.link.receive(chunk, now);
      if (writes.length + chunks.length === 0) break;
    }
    const events = this.link.takeEvents();
    this.events.push(...events);
    const hungUp = this.port.takeClosing();
    if (!hungUp && !events.some((event) => event.kind === "remedy")) return;
    this.link.closed(now, hungUp ? "hung up" : "reopened");
    this.street.hostClosed(this.port, now);
    this.#open();
  }

  run(ms: number): void {
    const end = this.world.now + ms;
    this.#settle();
    for (;;) {
      const at = Math.min(this.street.wakeAt() ?? end, this.link.wakeAt() ?? end, this.link.tornAt() ?? end, end);
      this.world.now = Math.max(this.world.now, at);
      this.street.wake(this.world.now);
      this.link.wake(this.world.now);
      this.#settle();
      if (this.world.now >= end) return;
    }
  }

  send(text: string, to: number, more: Partial<Send> = {}): number {
    const packetId = 1000 + this.#sendId;
    const pkiEncrypted = to !== BROADCAST;
    const fixed = { channel: 0, portnum: 1, wantAck: true, wantResponse: false, hopLimit: 3, priority: 0 };
    const about = { sendId: ++this.#sendId, packetId, to: nodeNum(to), payload: utf8(text), pkiEncrypted };
    this.link.send({ ...fixed, ...about, replyId: 0, emoji: 0, ...more }, this.world.now);
    this.#settle();
    return packetId;
  }

  command(json: object): void {
    const complaint = this.street.command(json, this.world.now);
    if (complaint !== undefined) throw new Error(complaint);
  }

  states(): string[] {
    return this.events.flatMap((event) => (event.kind === "radio-state" ? [event.state] : []));
  }

  info(): RadioInfo {
    return this.events.findLast((event) => event.kind === "radio-configured")!.info;
  }

  packets(): MeshPacket[] {
    return this.events.flatMap((event) => (event.kind === "radio" && !event.replayed ? [event.packet] : []));
  }

  texts(): string[] {
    return this.packets()
      .filter((packet) => packet.portnum === 1)
      .map((packet) => textOf(packet.payload));
  }
}

describe.each([
  ["2.7", "tcp"],
  ["2.8", "tcp"],
  ["2.7", "serial"],
  ["2.8", "serial"],
] as const)("the radio link with firmware %s over %s", (firmware, kind) => {
  const begin = (): Linked => {
    const linked = new Linked(new VirtualStreet({ firmware, handhelds: 3, seed: 31 }), kind);
    linked.run(10_000);
    return linked;
  };

  it("reads the radio as it is", () => {
    const linked = begin();
    const radio = linked.street.radios[0]!;
    const info = linked.info();
    expect(info).toMatchObject({
      node: radio.node.num,
      longName: "Elm Street",
      shortName: "GW1",
      region: "EU_868",
      modemPreset: "LONG_FAST",
      hopLimit: 3,
      rebootCount: 1,
    });
    expect(toHex(info.publicKey!)).toBe(radio.node.identity.publicKey);
    const channels = info.channels.filter((channel) => channel.role !== "disabled");
    expect(channels).toMatchObject([
      { index: 0, name: "", role: "primary", pskLength: 1 },
      { index: 1, name: "Relief", role: "secondary", pskLength: 32 },
    ]);
    for (const handheld of linked.street.handhelds) {
      const node = info.nodes.find((each) => each.num === handheld.node.num)!;
      expect(node.longName).toBe(handheld.node.identity.longName);
      expect(toHex(node.publicKey!)).toBe(handheld.node.identity.publicKey);
    }
    expect(linked.states().at(-1)).toBe("ready");
  });

  it("carries words both ways, and their acks", () => {
    const linked = begin();
    const [ana, bob] = linked.street.handhelds;
    linked.command({ node: ana!.id, to: "^all", channel: 1, text: "on the relief channel" });
    linked.command({ node: bob!.id, to: nodeId(linked.info().node), text: "for you" });
    linked.run(20_000);
    const heard = linked.packets().filter((packet) => packet.portnum === 1);
    expect(heard).toMatchObject([
      { from: ana!.node.num, to: BROADCAST, channel: 1, pkiEncrypted: false, xeddsaSigned: firmware === "2.8" },
      { from: bob!.node.num, to: linked.info().node, channel: 0, pkiEncrypted: true, hopStart: 3 },
    ]);
    expect(toHex(heard[1]!.publicKey!)).toBe(bob!.node.identity.publicKey);
    const all = linked.send("to all", BROADCAST);
    linked.run(20_000);
    const one = linked.send("👍", bob!.node.num, { replyId: heard[1]!.id, emoji: 1 });
    linked.run(20_000);
    const acks = linked.events.flatMap((event) =>
      event.kind === "radio" && event.body?.kind === "routing" && [all, one].includes(event.packet.requestId)
        ? [{ of: event.packet.requestId, by: event.packet.from, error: event.body.error }]
        : [],
    );
    expect(acks).toEqual([
      { of: all, by: linked.info().node, error: 0 },
      { of: one, by: bob!.node.num, error: 0 },
    ]);
    const shown = linked.street.takeLines().filter((line) => line["at"] === "received" && line["node"] === bob!.id);
    expect(shown.at(-1)).toMatchObject({ text: "👍", emoji: "👍", replyTo: heard[1]!.id, pki: true });
  });

  it("lives through a quiet day without losing its session", () => {
    const linked = begin();
    linked.run(24 * 60 * MINUTE);
    expect(linked.states().at(-1)).toBe("ready");
    expect(linked.states().filter((state) => state === "silent")).toEqual([]);
    linked.command({ node: linked.street.handhelds[0]!.id, to: "^all", text: "good morning" });
    linked.run(5000);
    expect(linked.texts()).toEqual(["good morning"]);
  });

  it("notices a restart and hears again", () => {
    const linked = begin();
    linked.command({ radio: nodeId(linked.info().node), do: "reboot" });
    linked.run(5 * MINUTE);
    expect(linked.states().at(-1)).toBe("ready");
    expect(linked.info().rebootCount).toBe(2);
    linked.command({ node: linked.street.handhelds[0]!.id, to: "^all", text: "after" });
    linked.run(5000);
    expect(linked.texts()).toEqual(["after"]);
  });

  it("comes back after the radio was mute, and after garbage", () => {
    const linked = begin();
    const radio = nodeId(linked.info().node);
    linked.command({ radio, do: "mute", seconds: 600 });
    linked.run(9 * MINUTE);
    expect(linked.states().at(-1)).not.toBe("ready");
    linked.run(10 * MINUTE);
    linked.command({ radio, do: "garbage", seconds: 10 });
    for (let index = 0; index < 5; index++) {
      linked.command({ node: linked.street.handhelds[0]!.id, to: "^all", text: `through ${index}`, wantAck: false });
    }
    linked.run(MINUTE);
    expect(linked.states().at(-1)).toBe("ready");
    expect(linked.texts()).toEqual(Array.from({ length: 5 }, (_, index) => `through ${index}`));
  });

  it("exchanges keys with a stranger on request", () => {
    const linked = begin();
    const [ana] = linked.street.handhelds;
    linked.command({ radio: nodeId(linked.info().node), do: "forget", of: ana!.id });
    linked.command({ node: ana!.id, do: "forget", of: nodeId(linked.info().node) });
    linked.link.request({ kind: "exchange-keys", node: ana!.node.num }, linked.world.now);
    linked.run(20_000);
    linked.send("hello", ana!.node.num);
    linked.run(20_000);
    expect(linked.street.takeLines().some((line) => line["text"] === "hello" && line["pki"] === true)).toBe(true);
  });
});
