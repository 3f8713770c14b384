import { describe, expect, test } from "vitest";

import { utf8 } from "#base/bytes.ts";
import { nodeNum } from "#base/ids.ts";
import type { Send } from "#radio/events.ts";
import { RadioLink } from "#radio/link.ts";
import { fromRadio, OWN, packetsHeard, ScriptedRadio, textFrame } from "#test/radio/peer.ts";
import { ready, START, Street } from "#test/radio/street.ts";

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
