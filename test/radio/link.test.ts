import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";

import { textOf, utf8 } from "#base/bytes.ts";
import { BROADCAST, nodeNum } from "#base/ids.ts";
import { seededRandom } from "#base/random.ts";
import type { RadioEvent, Send } from "#radio/events.ts";
import { framed } from "#radio/framing.ts";
import { RadioLink } from "#radio/link.ts";
import { AdminMessageSchema, PORT, UserSchema } from "#radio/schemas.ts";
import type { AdminMessage } from "#radio/schemas.ts";
import { fromRadio, OWN, packetFrame, packetsHeard, rawPacket, ScriptedRadio, textFrame } from "#test/radio/peer.ts";

const START = 1_700_000_000_000;

/** A link and its radio in one virtual time; the wire takes no time. */
class Street {
  now = START;
  clockIsGood = true;
  readonly radio = new ScriptedRadio();
  readonly link = new RadioLink({ random: seededRandom(1), trustClock: () => this.clockIsGood });
  readonly events: RadioEvent[] = [];
  open = false;
  /** Each remedy asked for, with the seconds since the start. */
  readonly remedies: string[] = [];

  plug(): this {
    this.open = true;
    this.link.opened(this.now);
    this.#settle();
    return this;
  }

  hear(bytes: Uint8Array): void {
    this.link.receive(bytes, this.now);
    this.#settle();
  }

  /** Lets time pass, waking the link when it wants to be. */
  pass(ms: number): this {
    const until = this.now + ms;
    for (;;) {
      const at = Math.min(this.link.wakeAt() ?? Infinity, this.link.tornAt() ?? Infinity);
      if (at > until) break;
      this.now = Math.max(this.now, at);
      this.link.wake(this.now);
      this.#settle();
    }
    this.now = until;
    return this;
  }

  #settle(): void {
    for (;;) {
      for (const event of this.link.takeEvents()) {
        this.events.push(event);
        if (event.kind === "remedy") this.#remedy(event.remedy);
      }
      const writes = this.link.takeWrites();
      if (writes.length === 0) return;
      for (const { bytes } of writes) this.link.receive(this.radio.receive(bytes), this.now);
    }
  }

  #remedy(remedy: string): void {
    this.remedies.push(`${remedy} ${Math.round((this.now - START) / 1000)}`);
    if (remedy !== "reopen") return;
    this.link.closed(this.now, "reopened");
    this.link.opened(this.now);
  }

  states(): string[] {
    return this.events.flatMap((event) => (event.kind === "radio-state" ? [event.state] : []));
  }

  kinds(kind: RadioEvent["kind"]): RadioEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  admin(): AdminMessage["payloadVariant"][] {
    return packetsHeard(this.radio).flatMap(({ payloadVariant: variant }) =>
      variant.case === "decoded" && variant.value.portnum === PORT.admin
        ? [fromBinary(AdminMessageSchema, variant.value.payload).payloadVariant]
        : [],
    );
  }
}

const ready = (): Street => new Street().plug().pass(1_000);

const SEND: Send = {
  sendId: 7,
  packetId: 0xdead_beef,
  to: nodeNum(0xaaaa_0001),
  channel: 1,
  portnum: 1,
  payload: utf8("on our way"),
  wantAck: true,
  wantResponse: false,
  hopLimit: 3,
  pkiEncrypted: true,
  publicKey: new Uint8Array(32).fill(5),
  replyId: 42,
  emoji: 0,
  priority: 110,
};

describe("handshake", () => {
  test("describes the radio without any key but its public one", () => {
    const street = ready();
    expect(street.states()).toEqual(["configuring", "ready"]);
    const [configured] = street.kinds("radio-configured");
    expect(configured).toMatchObject({
      info: {
        node: OWN,
        longName: "Gate",
        firmware: "2.7.26.54e0d8d",
        region: "EU_868",
        modemPreset: "LONG_FAST",
        hopLimit: 3,
        rebootCount: 1,
        channels: [
          { index: 0, name: "", role: "primary", pskLength: 1 },
          { index: 1, name: "Relief", role: "secondary", pskLength: 32 },
        ],
      },
    });
    expect(JSON.stringify(street.events)).not.toContain("9,9,9,9");
  });

  test("never asks with 0 or the special nonces on a fresh port", () => {
    const drawn = [0, 69420, 69421, 5];
    const link = new RadioLink({ random: { u32: () => drawn.shift() ?? 6 }, trustClock: () => false });
    link.opened(0);
    link.wake(100);
    const radio = new ScriptedRadio();
    for (const { bytes } of link.takeWrites()) radio.receive(bytes);
    expect(radio.heard).toEqual([{ case: "wantConfigId", value: 5 }]);
  });

  test("asks again when the answer stops coming, and takes whatever was held for us once", () => {
    const street = new Street();
    street.radio.mute = true;
    street.radio.waiting.push(textFrame(1, "while you were away"));
    street.plug().pass(2_000);
    expect(street.states()).toEqual(["configuring"]);
    street.radio.mute = false;
    street.pass(3_000);
    expect(street.states()).toEqual(["configuring", "ready"]);
    expect(street.kinds("radio")).toHaveLength(1);
  });

  test("a radio with a new number is asked for everything", () => {
    const street = ready();
    street.radio.reboot();
    street.radio.node = 0x0bad_cafe;
    street.hear(fromRadio({ case: "rebooted", value: true }));
    street.pass(1_000);
    const infos = street.kinds("radio-configured");
    expect(infos.at(-1)).toMatchObject({ info: { node: 0x0bad_cafe } });
    expect(street.radio.heard.filter((variant) => variant.case === "wantConfigId")).toHaveLength(3);
  });

  test("sets the radio's clock when ours is good, or as soon as it is", () => {
    const street = new Street();
    street.clockIsGood = false;
    street.plug().pass(1_000);
    expect(street.admin()).toEqual([]);
    street.clockIsGood = true;
    street.pass(61_000);
    const set = street.admin().find((message) => message.case === "setTimeOnly");
    expect(Math.abs(Number(set?.value) - street.now / 1000)).toBeLessThan(5);
  });

  test("what we ask of the radio itself is answered to nobody else", () => {
    const street = ready();
    expect(street.admin().map((message) => message.case)).toEqual(["setTimeOnly"]);
    expect(street.kinds("radio")).toEqual([]);
    expect(street.kinds("queue-status")).toEqual([{ kind: "queue-status", packetId: 0, res: 0, free: 15, maxlen: 16 }]);
  });
});

describe("reboots", () => {
  const banner = utf8("\r\n//\\ E S H T /\\ S T / C\r\n");

  test("by the frame that tells, once, with a new session", () => {
    const street = ready();
    street.radio.reboot();
    street.hear(fromRadio({ case: "rebooted", value: true }));
    street.hear(banner);
    street.pass(1_000);
    expect(street.kinds("radio-rebooted")).toHaveLength(1);
    expect(street.states().at(-1)).toBe("ready");
    expect(street.admin().filter((message) => message.case === "setTimeOnly")).toHaveLength(2);
  });

  test("by the banner on the console", () => {
    const street = ready();
    street.radio.reboot();
    street.hear(banner.subarray(0, 9));
    street.hear(banner.subarray(9));
    street.pass(1_000);
    expect(street.kinds("radio-rebooted")).toHaveLength(1);
    expect(street.states().at(-1)).toBe("ready");
  });

  test("that nobody tells: text on a silent console is asked about, and the session found gone", () => {
    const street = ready();
    street.radio.reboot();
    street.hear(utf8("INFO  | ??:??:?? 1 Booting\r\n"));
    street.pass(6_000);
    expect(street.kinds("radio-rebooted")).toHaveLength(1);
    expect(street.states().slice(-2)).toEqual(["configuring", "ready"]);
  });

  test("that leave heartbeats answered: found within 75 s, nothing lost", () => {
    const street = ready();
    street.radio.reboot();
    street.radio.say(textFrame(5, "help"));
    street.pass(75_000);
    expect(street.kinds("radio")).toMatchObject([{ packet: { id: 5 } }]);
    expect(street.states()).not.toContain("silent");
    expect(street.remedies).toEqual([]);
  });
});

describe("liveness", () => {
  test("a quiet radio that answers is left alone, and the session is kept open", () => {
    const street = ready().pass(60 * 60_000);
    expect(street.states()).toEqual(["configuring", "ready"]);
    expect(street.admin().filter((message) => message.case === "getDeviceMetadataRequest").length).toBeGreaterThan(50);
  });

  test("a busy radio gets a heartbeat every five minutes", () => {
    const street = ready();
    for (let second = 0; second < 1200; second++) {
      street.pass(1_000);
      street.hear(textFrame(second + 1, "x"));
    }
    expect(street.radio.heard.filter((variant) => variant.case === "heartbeat")).toHaveLength(4);
  });

  test("a silent radio is called so at 75 s, and the ladder is climbed for ever", () => {
    const street = ready();
    street.radio.mute = true;
    const quietSince = Math.round((street.now - START) / 1000) - 1;
    street.pass(10 * 60_000);
    expect(street.states()).toEqual(["configuring", "ready", "configuring", "silent"]);
    const seconds = street.remedies.map((remedy) => Number(remedy.split(" ")[1]) - quietSince);
    expect(street.remedies.map((remedy) => remedy.split(" ")[0]).slice(0, 4)).toEqual([
      "reopen",
      "toggle-dtr",
      "reopen",
      "reopen",
    ]);
    expect(seconds[0]).toBeLessThanOrEqual(75);
    expect(street.remedies.length).toBeGreaterThan(8);
    street.radio.mute = false;
    street.pass(10_000);
    expect(street.states().slice(-2)).toEqual(["configuring", "ready"]);
  });

  test("what never spoke Meshtastic is neither reset nor rebooted, and named", () => {
    const street = new Street();
    street.radio.mute = true;
    street.plug();
    street.hear(utf8("login: "));
    street.pass(5 * 60_000);
    expect(new Set(street.remedies.map((remedy) => remedy.split(" ")[0]))).toEqual(new Set(["reopen"]));
    expect(street.kinds("radio-state")[1]).toMatchObject({
      state: "silent",
      reason: expect.stringContaining("right device"),
    });
    expect(Number(street.remedies[0]!.split(" ")[1])).toBe(15);
  });

  test("a clock that is set back or forward disturbs nothing", () => {
    for (const jump of [-3_600_000, 3_600_000, -10 * 365 * 86_400_000]) {
      const street = ready();
      street.now += jump;
      street.pass(30_000);
      street.hear(textFrame(3, "still here"));
      street.radio.mute = true;
      street.pass(76_000);
      expect(street.states().at(-1), `${jump}`).toBe("silent");
    }
  });
});

describe("sending", () => {
  test("a packet goes out exactly as told, from our own number", () => {
    const street = ready();
    street.link.send(SEND, street.now);
    const [write] = street.link.takeWrites();
    expect(write?.sendId).toBe(7);
    street.radio.receive(write!.bytes);
    expect(packetsHeard(street.radio).at(-1)).toMatchObject({
      from: OWN,
      to: 0xaaaa_0001,
      id: 0xdead_beef,
      channel: 1,
      wantAck: true,
      hopLimit: 3,
      priority: 110,
      pkiEncrypted: true,
      publicKey: new Uint8Array(32).fill(5),
      payloadVariant: { value: { portnum: 1, payload: utf8("on our way"), replyId: 42, wantResponse: false } },
    });
  });

  test("is refused, not kept, while there is no session, and when it cannot fit", () => {
    const street = new Street().plug();
    street.link.send(SEND, street.now);
    const later = ready();
    later.link.send({ ...SEND, payload: new Uint8Array(600) }, later.now);
    for (const link of [street.link, later.link]) {
      expect(link.takeEvents()).toMatchObject([{ kind: "mesh-written", sendId: 7, written: false }]);
      expect(link.takeWrites()).toEqual([]);
    }
  });

  test("the queue's word is passed on", () => {
    const street = ready();
    street.hear(fromRadio({ case: "queueStatus", value: { res: 32, free: 0, maxlen: 16, meshPacketId: 9 } }));
    expect(street.events.at(-1)).toEqual({ kind: "queue-status", packetId: 9, res: 32, free: 0, maxlen: 16 });
  });

  test("requests: announce, contact, keys", () => {
    const street = ready();
    const node = { num: nodeNum(0xaaaa_0001), longName: "Rosa", publicKey: new Uint8Array(32).fill(3) };
    street.link.request({ kind: "announce" }, street.now);
    street.link.request({ kind: "add-contact", node }, street.now);
    street.link.request({ kind: "exchange-keys", node: node.num }, street.now);
    for (const { bytes } of street.link.takeWrites()) street.radio.receive(bytes);
    expect(street.radio.heard.filter((variant) => variant.case === "heartbeat")).toMatchObject([
      { value: { $unknown: [{ no: 1, data: Uint8Array.of(1) }] } },
    ]);
    expect(street.admin().at(-1)).toMatchObject({
      case: "addContact",
      value: { nodeNum: 0xaaaa_0001, user: { id: "!aaaa0001", longName: "Rosa" } },
    });
    const introduction = packetsHeard(street.radio).at(-1);
    expect(introduction).toMatchObject({
      to: 0xaaaa_0001,
      hopLimit: 3,
      payloadVariant: { value: { portnum: 4, wantResponse: true } },
    });
  });

  test("a contact is not added to firmware that does not know how", () => {
    const street = new Street();
    street.radio.firmware = "2.6.7.abc";
    street.plug().pass(1_000);
    street.link.request({ kind: "add-contact", node: { num: nodeNum(2) } }, street.now);
    expect(street.link.takeWrites()).toEqual([]);
  });
});

describe("packets", () => {
  /** Hears one MeshPacket protobuf and gives the event. */
  const heard = (raw: Uint8Array): RadioEvent | undefined => {
    const street = ready();
    const length = raw.length < 128 ? [raw.length] : [(raw.length & 0x7f) | 0x80, raw.length >> 7];
    street.hear(framed(Buffer.concat([Uint8Array.of(0x12, ...length), raw])));
    return street.kinds("radio")[0];
  };
  const decoded = (portnum: number, payload: Uint8Array) => ({
    case: "decoded" as const,
    value: { portnum, payload } as never,
  });

  test("fields of firmware 2.8 that the schemas lack are read, and their bytes kept", () => {
    const raw = rawPacket(
      { from: 5, to: BROADCAST, id: 6, payloadVariant: decoded(1, utf8("hi")) },
      [0xb0, 1, 1, 0xfa, 6, 1, 9],
    );
    expect(heard(raw)).toMatchObject({ raw: new Uint8Array(raw), packet: { xeddsaSigned: true } });
  });

  test("a name with broken UTF-8 is cleaned, and the packet handled", () => {
    const user = toBinary(UserSchema, create(UserSchema, { longName: "José??", shortName: "J" }));
    const broken = user.map((byte) => (byte === 0x3f ? 0xff : byte));
    const event = heard(
      rawPacket({ from: 5, to: BROADCAST, id: 6, payloadVariant: decoded(PORT.nodeInfo, broken) }, []),
    );
    expect(event).toMatchObject({ body: { kind: "node-info", node: { num: 5, longName: "José\ufffd\ufffd" } } });
  });

  test("a payload that its port's schema cannot read stays bytes", () => {
    const payload = Uint8Array.of(0xff, 0xff, 0xff);
    const event = heard(
      rawPacket({ from: 5, to: BROADCAST, id: 6, payloadVariant: decoded(PORT.position, payload) }, []),
    );
    expect(event).toMatchObject({ packet: { payload } });
    expect(event).not.toHaveProperty("body");
  });

  test("what our radio cannot decrypt is handed on as that", () => {
    const raw = rawPacket(
      { from: 5, to: OWN, id: 6, channel: 8, payloadVariant: { case: "encrypted", value: Uint8Array.of(1, 2) } },
      [],
    );
    expect(heard(raw)).toMatchObject({ packet: { encrypted: Uint8Array.of(1, 2), portnum: 0, channel: 8 } });
  });

  test("what firmware 2.8 replays from its cache is told from live traffic", () => {
    const fields = {
      from: 5,
      to: BROADCAST,
      id: 6,
      priority: 10,
      payloadVariant: decoded(PORT.position, new Uint8Array(0)),
    };
    const lora = [0xa8, 1, 1];
    expect(heard(rawPacket(fields, lora))).toMatchObject({ replayed: true });
    expect(heard(rawPacket({ ...fields, rxRssi: -80 }, lora))).toMatchObject({ replayed: false });
    expect(heard(rawPacket({ ...fields, priority: 0 }, lora))).toMatchObject({ replayed: false });
    expect(heard(rawPacket({ ...fields, payloadVariant: decoded(1, utf8("x")) }, lora))).toMatchObject({
      replayed: false,
    });
  });

  test("texts arrive in any phase: each is handed over only once", () => {
    const street = new Street().plug();
    street.hear(packetFrame({ id: 3, payload: utf8("before the handshake") }));
    const [event] = street.kinds("radio");
    expect(event?.kind === "radio" && textOf(event.packet.payload)).toBe("before the handshake");
  });

  test("the radio's own notices are passed on", () => {
    const street = ready();
    street.hear(
      fromRadio({ case: "clientNotification", value: { level: 30, message: "Duty cycle limit exceeded", replyId: 4 } }),
    );
    expect(street.events.at(-1)).toEqual({
      kind: "radio-notification",
      level: 30,
      text: "Duty cycle limit exceeded",
      replyId: 4,
    });
  });
});
