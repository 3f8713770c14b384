// Two gateways, every type of message, both carriers, both firmwares, and an air that loses 30 % and keeps no order.

import { describe, expect, it } from "vitest";

import { fromHex } from "#base/bytes.ts";
import { nodeNum } from "#base/ids.ts";
import { chance, pick, seededRandom, systemRandom, type Random } from "#base/random.ts";
import type { Message } from "#domain/wire-words.ts";
import type { Path } from "#wire/carriers.ts";
import { fromJson } from "#wire/json.ts";
import { MAX_PRIVATE_BROADCAST, MAX_PRIVATE_DIRECT, MAX_SIGNED_PRIVATE, MAX_SIGNED_TEXT } from "#wire/limits.ts";
import type { Received } from "#wire/receive.ts";
import { TYPES_BY_NAME } from "#wire/schema.ts";
import { keyOf, Station, type Packet, type ProofForm } from "#test/wire/station.ts";
import { accepted } from "#test/wire/vectors.ts";

const KEY = { id: 7, secret: Uint8Array.from({ length: 32 }, (_, i) => 200 - i) };

function pair(): { elm: Station; oak: Station } {
  const elm = new Station(0x0a0b0c0d, KEY);
  const oak = new Station(0x01020304, KEY);
  elm.trusts(oak);
  oak.trusts(elm);
  return { elm, oak };
}

/** Every golden message once, and two that need more than one packet. */
const MESSAGES: readonly Message[] = [
  ...new Map(accepted.map((vector) => [JSON.stringify(vector.value), vector.value])).values(),
  {
    type: "journal",
    gateway: 1,
    sequence: 9,
    entry: { type: "knowledge-part", page: "gas", part: 1, of: 1, text: "g".repeat(220) },
  },
  { type: "list", households: [{ household: "14", status: "ok", people: 3 }], note: "n".repeat(200) },
].map((value) => {
  const message = fromJson(value);
  if (!message.ok) throw new Error(JSON.stringify(message.refusal));
  return message.value;
});

const whole = (messages: readonly Message[]): readonly Message[] => messages.filter(({ type }) => type !== "fragment");

const PATHS: readonly (readonly [name: string, path: Path])[] = (["2.7", "2.8"] as const).flatMap((firmware) =>
  (["port", "text"] as const).flatMap((carrier) =>
    (["channel", "direct"] as const).map((to): readonly [string, Path] => [
      `${carrier}, ${to}, firmware ${firmware}`,
      { to, firmware, relaysPrivatePorts: carrier === "text" ? "no" : "yes", machinesChannel: true },
    ]),
  ),
);

const LIMITS = {
  "channel/2.7": MAX_PRIVATE_BROADCAST,
  "channel/2.8": MAX_PRIVATE_BROADCAST,
  direct: MAX_PRIVATE_DIRECT,
};

/** Loses 30 %, shuffles what is left, and hands it over. */
function air(random: Random, packets: readonly Packet[], to: Station, now: number): Received[] {
  let left = packets.filter(() => !chance(random, 0.3));
  const outcomes: Received[] = [];
  while (left.length > 0) {
    const packet = pick(random, left);
    left = left.filter((other) => other !== packet);
    const outcome = to.hear(packet, now);
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

describe("two gateways on a bad day", () => {
  it.each(PATHS)("hear every type of message: %s", (_, path) => {
    const seed = systemRandom.u32() >>> 8;
    const random = seededRandom(seed);
    const { elm, oak } = pair();
    const wanted = new Map(whole(MESSAGES).map((message) => [keyOf(message), message]));
    for (let round = 0; round < 40 && wanted.size > 0; round++) {
      const form: ProofForm = round % 2 === 0 ? "mac" : "signature";
      // Said again with a fresh counter: the same proven bytes twice on one carrier would be a replay.
      const packets = [...wanted.values()].flatMap((message) => [...elm.say(message, path, form)]);
      for (const { payload, portnum } of packets) {
        const limit = LIMITS[path.to === "direct" ? "direct" : (`channel/${path.firmware}` as const)];
        expect(payload.length).toBeLessThanOrEqual(portnum === 1 ? limit + 1 : limit);
      }
      for (const outcome of air(random, packets, oak, round)) {
        expect(outcome, `seed ${seed}`).toMatchObject({ ok: true });
        if (outcome.ok) wanted.delete(keyOf(outcome.message));
      }
    }
    expect([...wanted.keys()], `seed ${seed}`).toEqual([]);
    expect(oak.memory.refused).toEqual({});
    expect(new Set(oak.heard.map(({ message }) => message.type)).size).toBe(TYPES_BY_NAME.size);
  });

  it("a 2.8 radio vouches for what it signs, and our proof pushes nothing over that edge unseen", () => {
    const { elm, oak } = pair();
    const path: Path = { to: "channel", firmware: "2.8", relaysPrivatePorts: "yes", machinesChannel: false };
    const [short] = elm.say({ type: "text", text: "a" }, path, "mac");
    expect(short!.radio).toBe("signature");
    const [long] = elm.say({ type: "text", text: "a".repeat(MAX_SIGNED_PRIVATE) }, path, "mac");
    expect(long!.radio).toBe("nobody");
    expect(MAX_SIGNED_TEXT - MAX_SIGNED_PRIVATE).toBe(1);
    const done: Message = { type: "done", ref: 5 };
    // Left out where the radio signs: still vouched for.
    const [bare] = elm.carry(fromHex("fc820b22")!, path);
    expect(oak.hear(bare!, 0)).toMatchObject({ ok: true, message: done, vouched: { by: "radio-signature" } });
  });
});

describe("what is refused, and counted by reason", () => {
  const path: Path = { to: "channel", firmware: "2.7", relaysPrivatePorts: "yes", machinesChannel: true };
  const asText: Path = { ...path, relaysPrivatePorts: "no" };
  const page: Message = { type: "page", ref: 5, tree: 1, step: 2, text: "Creek over the road", urgency: "urgent" };
  const allClear: Message = { type: "end", what: "page", ref: 5, how: "all-clear" };
  const reason = (outcome: Received | undefined): string =>
    outcome?.ok === false ? outcome.refusal.reason : "accepted";
  const only = (packets: readonly Packet[]): Packet => packets[0]!;

  it("forged: without proof, with another's number, with a wrong key, with changed bytes", () => {
    const { elm, oak } = pair();
    const mallory = new Station(0x66, { id: 7, secret: new Uint8Array(32) });
    const stranger = new Station(0x67, { id: 9, secret: new Uint8Array(32) });
    const honest = only(elm.say(page, path, "mac"));
    const changed = honest.payload.slice();
    changed[10]! ^= 1;
    const attempts: readonly (readonly [Packet, string])[] = [
      [{ ...honest, payload: fromHex("fc820b22")! }, "no-proof"],
      [{ ...honest, from: mallory.node }, "forged"],
      [{ ...honest, payload: changed }, "forged"],
      [{ ...only(mallory.say(page, path, "mac")), from: elm.node }, "forged"],
      [only(stranger.say(page, path, "mac")), "unknown-key"],
      [only(mallory.say(page, path, "signature")), "unknown-key"],
    ];
    for (const [packet, expected] of attempts) expect(reason(oak.hear(packet, 0))).toBe(expected);
    expect(oak.memory.refused).toEqual({ "no-proof": 1, forged: 3, "unknown-key": 2 });
    expect(oak.heard).toEqual([]);
    // None of it used up the honest counter.
    expect(reason(oak.hear(honest, 0))).toBe("accepted");
  });

  it("a call for help under an unknown key is still shown", () => {
    const { oak } = pair();
    const stranger = new Station(0x67, { id: 9, secret: new Uint8Array(32) });
    const bytes = stranger.sealed({ type: "check-in", status: "urgent", note: "help" }, "signature");
    const outcome = oak.hear(only(stranger.carry(bytes, path)), 0);
    expect(outcome).toMatchObject({ ok: true, message: { status: "urgent" }, vouched: { by: "nobody" } });
  });

  it("replayed, on one carrier, also after a restart; by the other carrier it is a duplicate", () => {
    const { elm, oak } = pair();
    const bytes = elm.sealed(page, "mac");
    const byPort = only(elm.carry(bytes, path));
    const byText = only(elm.carry(bytes, asText));
    expect(byText.portnum).toBe(1);
    expect(reason(oak.hear(byPort, 0))).toBe("accepted");
    expect(reason(oak.hear(byText, 0))).toBe("duplicate");
    expect(reason(oak.hear(byPort, 0))).toBe("replayed");
    oak.load(oak.save());
    expect(reason(oak.hear(byPort, 0))).toBe("replayed");
    expect(reason(oak.hear(byText, 0))).toBe("replayed");
    expect(oak.memory.refused).toEqual({ duplicate: 1, replayed: 3 });
    expect(oak.heard.length).toBe(1);
  });

  it("replayed after the receiver was restored from a backup: moves nothing, and is refused after a challenge", () => {
    const { elm, oak } = pair();
    oak.hear(only(elm.say(page, path, "mac")), 0);
    const backup = oak.save();
    const recorded = only(elm.say(allClear, path, "mac"));
    expect(reason(oak.hear(recorded, 0))).toBe("accepted");
    oak.restore(backup);
    // The backup does not know this counter. It is let through to people's eyes, marked, and moves nothing.
    expect(oak.hear(recorded, 0)).toMatchObject({ ok: true, freshness: "unproven", mayAct: false });
    oak.restore(backup);
    const [challenge] = oak.say(oak.challenge("9f3a61c2"), path, "mac");
    const asked = elm.hear(challenge!, 0);
    expect(asked).toMatchObject({ ok: true, message: { type: "challenge" } });
    const echo = only(elm.say({ type: "echo", nonce: fromHex("9f3a61c2")! }, path, "mac"));
    expect(oak.hear(echo, 0)).toMatchObject({ ok: true, freshness: "proven" });
    expect(reason(oak.hear(recorded, 0))).toBe("replayed");
    expect(oak.hear(only(elm.say(allClear, path, "mac")), 0)).toMatchObject({ freshness: "proven", mayAct: true });
  });

  it("a sender restored from a backup jumps ahead; without the jump everybody would refuse it", () => {
    const { elm, oak } = pair();
    elm.say(page, path, "mac");
    const backup = elm.save();
    for (let i = 0; i < 20; i++) oak.hear(only(elm.say(page, path, "mac")), 0);
    elm.load(backup);
    expect(reason(oak.hear(only(elm.say(page, path, "mac")), 0))).toBe("replayed");
    elm.restore(backup);
    expect(reason(oak.hear(only(elm.say(page, path, "mac")), 0))).toBe("accepted");
  });

  it("truncated: every cut of every proven message", () => {
    const { elm, oak } = pair();
    let cuts = 0;
    for (const form of ["mac", "signature"] as const) {
      const packet = only(elm.say(page, path, form));
      for (let length = 0; length < packet.payload.length; length++) {
        cuts++;
        expect(reason(oak.hear({ ...packet, payload: packet.payload.subarray(0, length) }, 0))).not.toBe("accepted");
      }
    }
    const counts = Object.values(oak.memory.refused).reduce((a, b) => a + b, 0);
    expect(counts).toBe(cuts);
    expect(Object.keys(oak.memory.refused).sort()).toEqual(["empty", "truncated"]);
  });

  it("somebody else's port and somebody's talk are not ours to refuse", () => {
    const { oak } = pair();
    const text = {
      from: nodeNum(5),
      portnum: 1,
      payload: new Uint8Array(Buffer.from("~ maybe later")),
      radio: "nobody" as const,
    };
    expect(oak.hear(text, 0)).toBeUndefined();
    expect(oak.hear({ ...text, portnum: 257 }, 0)).toBeUndefined();
    expect(oak.memory.refused).toEqual({});
  });
});
