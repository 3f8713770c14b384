// The captures of real firmware, asked again: an emulated radio of the same firmware is given the host bytes at their times
// and answers as the real one did: the same kinds in the same order, with the same fields.
//
// Ids, times of arrival and signal reports are nobody's to repeat; everything else is compared. What the neighbour did by
// hand in the recording it does here by command. Kept apart by theme, because the neighbour's own moment (when it answers
// with its NodeInfo) is chance: each dump, what was answered to each packet of ours, and what came unasked.

import { describe, expect, it } from "vitest";
import { textOf, toHex } from "#base/bytes.ts";
import { BROADCAST, nodeId, nodeNum } from "#base/ids.ts";
import { FrameReader } from "#emulator/frames.ts";
import type { Identity } from "#emulator/identity.ts";
import { macOf } from "#emulator/identity.ts";
import type { Plain, WirePacket } from "#emulator/proto.ts";
import { decode } from "#emulator/proto.ts";
import { Street } from "#emulator/street.ts";
import type { CaptureLine } from "#test/radio/capture.ts";
import { CAPTURES, readCapture } from "#test/radio/capture.ts";

const FIRMWARE = { "firmware-2.7.26": "2.7", "firmware-2.8.0-dev": "2.8" } as const;

interface Said extends Plain {
  readonly packet?: WirePacket;
}

/** What a stream of bytes from a radio holds, frame by frame, and how much was between the frames. */
function heard(chunks: readonly Uint8Array[]): { messages: Said[]; noise: number } {
  const reader = new FrameReader();
  let framed = 0;
  const messages = chunks
    .flatMap((chunk) => reader.push(chunk))
    .map((payload) => {
      framed += payload.length + 4;
      const message = decode<Said>("FromRadio", payload);
      expect(message.ok).toBe(true);
      return message.ok ? message.value : {};
    });
  return { messages, noise: chunks.reduce((sum, chunk) => sum + chunk.length, 0) - framed };
}

function bytesOf(lines: readonly CaptureLine[], dir: "rx" | "tx"): Uint8Array[] {
  return lines.flatMap((line) => (line.dir === dir && line.bytes ? [line.bytes] : []));
}

interface User {
  readonly longName: Uint8Array;
  readonly shortName: Uint8Array;
  readonly publicKey: Uint8Array;
}

function identity(num: number, user: User, privateKey: Uint8Array): Identity {
  return {
    num: nodeNum(num),
    longName: textOf(user.longName),
    shortName: textOf(user.shortName),
    publicKey: toHex(user.publicKey),
    privateKey: toHex(privateKey),
    macaddr: macOf(nodeNum(num === 11 || num === 22 ? num : num === 0x1e2f730f ? 11 : 22)),
  };
}

/** The two radios of a recording, from what they said. */
function radiosOf(messages: readonly Said[]): { gateways: [Identity]; handhelds: [Identity] } {
  const own = messages.find((each) => each["nodeInfo"])!["nodeInfo"] as { num: number; user: User };
  const config = messages.find((each) => (each["config"] as Plain | undefined)?.["security"])!["config"] as {
    security: { privateKey: Uint8Array };
  };
  const packet = messages.find((each) => each.packet?.decoded?.portnum === 4)!.packet!;
  const user = decode<User>("User", packet.decoded!.payload!);
  expect(user.ok).toBe(true);
  const peer = identity(packet.from!, user.ok ? user.value : own.user, new Uint8Array(32));
  return { gateways: [identity(own.num, own.user, config.security.privateKey)], handhelds: [peer] };
}

/** What the neighbour did, by the recording's notes; `gateway` is our number. */
function neighbourDid(note: string, gateway: number): Plain | undefined {
  const ours = nodeId(gateway);
  if (note.startsWith("neighbour sends a direct message")) return { to: ours, text: "need insulin, 14 Elm" };
  if (note.startsWith("neighbour sends")) return { to: "^all", text: "ok 3 ñandú 👍", wantAck: false };
  if (note.startsWith("broadcast on private port")) return { to: "^all", portnum: 300, payload: "0194c30a" };
  return undefined;
}

/** The emulated radio's bytes in answer to a recording's host bytes. */
function replay(name: (typeof CAPTURES)[number], lines: readonly CaptureLine[], messages: readonly Said[]) {
  const identities = radiosOf(messages);
  const street = new Street({
    seed: 3,
    firmware: FIRMWARE[name],
    startAt: 0,
    identities,
    channels: [],
    acquainted: false,
  });
  const port = street.port(0, "serial");
  const chunks: Uint8Array[] = [];
  street.hostOpened(port, 0);
  for (const { t, dir, bytes, note } of lines) {
    // As the CLI does it: time first, then what happens.
    street.wake(t);
    if (dir === "tx" && bytes) street.hostBytes(port, bytes, t);
    const did = note === undefined ? undefined : neighbourDid(note, identities.gateways[0].num);
    if (did) {
      const complaint = street.command({ node: nodeId(identities.handhelds[0].num), channel: 0, ...did }, t);
      expect(complaint).toBeUndefined();
    }
    chunks.push(...port.take());
  }
  return heard(chunks);
}

// ───────────────────────────── themes ─────────────────────────────

/** The messages of each dump, from my_info or the first node_info to config_complete. */
function dumps(messages: readonly Said[]): Said[][] {
  const found: Said[][] = [];
  let current: Said[] = [];
  for (const message of messages) {
    if (message.packet || message["queueStatus"] || message["rebooted"]) continue;
    current.push(message);
    if (message["configCompleteId"] === undefined) continue;
    found.push(current);
    current = [];
  }
  expect(current).toEqual([]);
  return found;
}

/** Without what counts reboots, files' sizes, and what was learned of neighbours (the recorded radio forgot them). */
function comparable(dump: readonly Said[], own: number): Plain[] {
  return dump
    .filter((message) => {
      const nodeInfo = message["nodeInfo"] as { num: number } | undefined;
      return nodeInfo === undefined || nodeInfo.num === own;
    })
    .map((message) => {
      const [kind, value] = Object.entries(message)[0]!;
      const { rebootCount: _count, nodedbCount: _size, sizeBytes: _bytes, ...rest } = Object(value) as Plain;
      return { [kind]: typeof value === "object" ? rest : value };
    });
}

/** Which fields of a packet are there, and those whose values are not chance. */
function shape(packet: WirePacket, own: number): Plain {
  const { id, rxTime, rxSnr, rxRssi, from, to, relayNode, nextHop: _next, publicKey, decoded, ...rest } = packet;
  const { payload, requestId, xeddsaSignature, ...data } = decoded ?? {};
  return {
    ...rest,
    from: from === own ? "self" : "peer",
    to: to === own ? "self" : to === BROADCAST ? "all" : "peer",
    has: Object.entries({ id, rxTime, rxSnr, rxRssi, relayNode, publicKey, requestId })
      .filter(([, value]) => value !== undefined)
      .map(([field]) => field),
    data: { ...data, payload: toHex(payload ?? new Uint8Array(0)), signature: xeddsaSignature?.length },
  };
}

/** What was answered to each of our packets, by the packet's id, in the order of the answers. */
function answers(messages: readonly Said[], asked: readonly WirePacket[], own: number): Plain[] {
  return asked.map(({ id }) => ({
    id,
    answers: messages.flatMap((message): Plain[] => {
      const { packet } = message;
      const status = message["queueStatus"] as { meshPacketId?: number } | undefined;
      if (status?.meshPacketId === id) return [message];
      return packet && packet.decoded?.requestId === id ? [shape(packet, own)] : [];
    }),
  }));
}

/** What came from the neighbour by itself: words and introductions, and the acks of our acks. */
function unasked(messages: readonly Said[], asked: readonly WirePacket[], own: number): Plain[] {
  const ours = new Set(asked.map(({ id }) => id));
  return messages.flatMap(({ packet }) =>
    packet && packet.from !== own && !ours.has(packet.decoded?.requestId) ? [shape(packet, own)] : [],
  );
}

function statusesWithoutPacket(messages: readonly Said[]): number {
  return messages.filter((each) => {
    const status = each["queueStatus"] as { meshPacketId?: number } | undefined;
    return status && !status.meshPacketId;
  }).length;
}

describe.each(CAPTURES)("the recorded host of %s", (name) => {
  const lines = readCapture(name);
  const real = heard(bytesOf(lines, "rx"));
  const emulated = replay(name, lines, real.messages);
  const own = (real.messages.find((each) => each["myInfo"])!["myInfo"] as { myNodeNum: number }).myNodeNum;
  const reader = new FrameReader();
  const asked = bytesOf(lines, "tx")
    .flatMap((chunk) => reader.push(chunk))
    .flatMap((payload) => {
      const message = decode<{ packet?: WirePacket }>("ToRadio", payload);
      return message.ok && message.value.packet ? [message.value.packet] : [];
    });

  it("is told the same configuration, three times over", () => {
    const [theirs, ours] = [dumps(real.messages), dumps(emulated.messages)];
    expect(theirs).toHaveLength(3);
    expect(ours.map((dump) => comparable(dump, own))).toEqual(theirs.map((dump) => comparable(dump, own)));
  });

  it("is answered the same to each packet", () => {
    expect(asked).toHaveLength(10);
    expect(answers(emulated.messages, asked, own)).toEqual(answers(real.messages, asked, own));
  });

  it("hears the same from the neighbour", () => {
    expect(unasked(emulated.messages, asked, own)).toEqual(unasked(real.messages, asked, own));
  });

  it("sees the same signs of life", () => {
    expect(statusesWithoutPacket(emulated.messages)).toBe(statusesWithoutPacket(real.messages));
    const rebooted = (messages: readonly Said[]) => messages.filter((each) => each["rebooted"]).length;
    expect(rebooted(emulated.messages)).toBe(rebooted(real.messages));
    expect(emulated.noise).toBeGreaterThan(0);
  });
});
