// A radio's settings in bytes: one field changes and everything else survives, also what no schema of ours knows. Judged by
// another codec (the emulator's) and on what real firmware sent.

import * as fc from "fast-check";
import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { decode, encode } from "#emulator/proto.ts";
import type { Plain } from "#emulator/proto.ts";
import { nodeNum } from "#base/ids.ts";
import { utf8 } from "#base/bytes.ts";
import { ASK, ORDER, ordersBetween, passkeyIn, settingsFrom, withPasskey } from "#radio/admin.ts";
import { aNumber, aPart, bytesIn, everyIn, isMessage, numberIn, withBytes, withNumber } from "#radio/bare.ts";
import { Framer } from "#radio/framing.ts";
import { FromRadioSchema } from "#radio/schemas.ts";
import { channelUrl, contactUrl, readChannelUrl, readContactUrl } from "#radio/share.ts";
import { channelIn, settingIn, SETTINGS, withChannel, withSetting } from "#radio/settings.ts";
import type { RadioSettings, SettingName } from "#radio/settings.ts";
import { CAPTURES, readCapture } from "./capture.ts";

const FROM_RADIO = { config: 5, moduleConfig: 9, channel: 10 } as const;

/** The settings that a real radio told in a recorded handshake. */
function recorded(name: (typeof CAPTURES)[number]): RadioSettings {
  const answers = new Map<string, Uint8Array>([["owner", new Uint8Array(0)]]);
  const framer = new Framer({
    accepts: () => true,
    console: () => undefined,
    frame: (payload) => {
      expect(() => fromBinary(FromRadioSchema, payload)).not.toThrow();
      for (const channel of everyIn(payload, FROM_RADIO.channel))
        answers.set(`channel ${numberIn(channel, 1) ?? 0}`, channel.slice());
      for (let part = 1; part <= 16; part++) {
        const config = everyIn(payload, FROM_RADIO.config)[0];
        const module = everyIn(payload, FROM_RADIO.moduleConfig)[0];
        const [of, one] = config
          ? [ASK.config(part), bytesIn(config, part)]
          : [ASK.module(part), module && bytesIn(module, part)];
        if (one) answers.set(of.about, one.slice());
      }
    },
  });
  for (const { dir, bytes } of readCapture(name)) if (dir === "rx" && bytes) framer.push(bytes, 0);
  return settingsFrom(answers);
}

describe.each(CAPTURES)("%s", (name) => {
  const settings = recorded(name);

  it("is read as it was: EU_868, LongFast, three hops", () => {
    expect(settings.config.size).toBe(8);
    expect(settings.modules.size).toBe(13);
    expect(settingIn(settings, "lora.region")).toBe("EU_868");
    expect(settingIn(settings, "lora.modem_preset")).toBe("LONG_FAST");
    expect(settingIn(settings, "lora.hop_limit")).toBe(3);
    expect(channelIn(settings.channels[0]!)).toMatchObject({ role: "primary", psk: Uint8Array.of(1) });
  });

  it("a setting that is set to what it is changes no byte", () => {
    for (const setting of Object.keys(SETTINGS) as SettingName[]) {
      // An optional field that was absent is said from then on.
      if (setting === "owner.is_unmessagable") continue;
      const same = withSetting(settings, setting, settingIn(settings, setting));
      expect({ setting, orders: ordersBetween(settings, same) }).toEqual({ setting, orders: [] });
    }
  });

  it("one change is one order, which another codec reads as that change alone", () => {
    const wanted = withSetting(settings, "lora.hop_limit", 5);
    const orders = ordersBetween(settings, wanted);
    expect(orders.map(({ about }) => about)).toEqual(["lora"]);
    const message = decode<Plain>("AdminMessage", orders[0]!.message);
    const { lora } = (message.ok ? message.value["setConfig"] : {}) as { lora: Plain };
    const before = decode<Plain>("Config", aPart(6, settings.config.get(6)!));
    expect(lora).toEqual({ ...((before.ok ? before.value["lora"] : {}) as Plain), hopLimit: 5 });
  });
});

describe("fields in their bytes", () => {
  const field = fc.record({
    no: fc.integer({ min: 1, max: 200 }),
    text: fc.uint8Array({ maxLength: 40 }),
    number: fc.nat(),
  });

  it("others keep their place and their bytes when one is set, and it can be read again", () => {
    fc.assert(
      fc.property(
        fc.array(field, { maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer(),
        (fields, no, value) => {
          let message = new Uint8Array(0) as Uint8Array;
          for (const each of fields)
            message = each.no % 2 ? withNumber(message, each.no, each.number) : withBytes(message, each.no, each.text);
          const changed = withNumber(message, no, value, true);
          expect(numberIn(changed, no)).toBe(value);
          for (const each of fields) {
            if (each.no === no) continue;
            expect(numberIn(changed, each.no)).toEqual(numberIn(message, each.no));
            expect(everyIn(changed, each.no)).toEqual(everyIn(message, each.no));
          }
        },
      ),
    );
  });

  it("bytes that are no message have no fields, and never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 300 }), (bytes, no) => {
        for (const read of [numberIn, bytesIn, everyIn]) expect(() => read(bytes, no + 1)).not.toThrow();
      }),
    );
    expect(isMessage(Uint8Array.of(0x0a, 5, 1))).toBe(false);
    expect(numberIn(Uint8Array.of(0x0a, 5, 1), 1)).toBeUndefined();
  });

  it("a negative power is a negative number", () => {
    expect(numberIn(withNumber(new Uint8Array(0), 10, -5), 10)).toBe(-5);
  });
});

describe("orders and answers", () => {
  it("device settings are asked for by the number 0, which is said", () => {
    const message = decode<Plain>("AdminMessage", ASK.config(1).message);
    expect(message).toEqual({ ok: true, value: { getConfigRequest: 0 } });
  });

  it("an answer to another question is none", () => {
    const lora = encode("AdminMessage", { getConfigResponse: { lora: { hopLimit: 3 } } });
    expect(ASK.config(6).read(lora)).toEqual(withNumber(new Uint8Array(0), 8, 3));
    expect(ASK.config(1).read(lora)).toBeUndefined();
    expect(ASK.module(6).read(lora)).toBeUndefined();
    expect(ASK.owner().read(lora)).toBeUndefined();
  });

  it("the session key of an answer goes with an order", () => {
    const key = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const answer = encode("AdminMessage", { getOwnerResponse: { longName: utf8("x") }, sessionPasskey: key });
    const order = decode<Plain>("AdminMessage", withPasskey(ORDER.begin().message, passkeyIn(answer)));
    expect(order).toEqual({ ok: true, value: { beginEditSettings: true, sessionPasskey: key } });
  });
});

describe("links", () => {
  const psk = new Uint8Array(32).fill(7);
  const relief = {
    role: "secondary",
    name: "Relief",
    psk,
    uplinkEnabled: false,
    downlinkEnabled: false,
    positionPrecision: 0,
  } as const;
  const settings: RadioSettings = {
    owner: withBytes(new Uint8Array(0), 2, utf8("Elm Street")),
    channels: [
      withChannel(new Uint8Array(0), 0, { ...relief, role: "primary", name: "", psk: Uint8Array.of(1) }),
      withChannel(new Uint8Array(0), 1, relief),
      withChannel(new Uint8Array(0), 2, { ...relief, role: "disabled" }),
    ],
    config: new Map([[6, withNumber(aNumber(7, 3), 8, 3)]]),
    modules: new Map(),
    canned: "",
  };

  it("a channel link brings the channels that are on, and the LoRa settings", () => {
    const shared = readChannelUrl(channelUrl(settings));
    if (typeof shared === "string") throw new Error(shared);
    expect(shared.channels.map(channelIn)).toEqual(settings.channels.slice(0, 2).map(channelIn));
    expect(shared.lora).toEqual(settings.config.get(6));
  });

  it("a contact link names the radio and its owner", () => {
    const read = readContactUrl(contactUrl(nodeNum(0x8e5e6017), settings.owner));
    expect(read).toMatchObject({ node: 0x8e5e6017 });
  });

  it.each([
    ["https://example.org/e/#CgcSAQE", /does not begin with/],
    ["https://meshtastic.org/e/", /does not begin with/],
    ["https://meshtastic.org/e/#", /cut off/],
    ["https://meshtastic.org/e/#CgcSAQE6Ag", /cut off/],
    ["https://meshtastic.org/v/#CgcSAQE6AggN", /does not begin with/],
  ])("%s is refused in words", (url, words) => {
    expect(readChannelUrl(url)).toMatch(words);
  });
});
