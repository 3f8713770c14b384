import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";

import { textOf, utf8 } from "#base/bytes.ts";
import { BROADCAST } from "#base/ids.ts";
import type { RadioEvent } from "#radio/events.ts";
import { framed } from "#radio/framing.ts";
import { PORT, UserSchema } from "#radio/schemas.ts";
import { fromRadio, OWN, packetFrame, rawPacket } from "#test/radio/peer.ts";
import { ready, Street } from "#test/radio/street.ts";

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
