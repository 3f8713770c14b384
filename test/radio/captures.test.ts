import { expect, test } from "vitest";

import { textOf, toHex } from "#base/bytes.ts";
import { BROADCAST } from "#base/ids.ts";
import { below, seededRandom } from "#base/random.ts";
import type { Random } from "#base/random.ts";
import type { RadioEvent } from "#radio/events.ts";
import { RadioLink } from "#radio/link.ts";
import { CAPTURES, readCapture } from "#test/radio/capture.ts";

/** The nonce of the recording first, so that the recorded answer is ours. */
function recordedRandom(): Random {
  const rest = seededRandom(1);
  const first = [31337];
  return { u32: () => first.shift() ?? rest.u32() };
}

/** Feeds what the radio said; `cut` decides how many bytes of a read come in the next piece. */
function replay(name: (typeof CAPTURES)[number], cut: (left: number) => number): RadioEvent[] {
  const link = new RadioLink({ random: recordedRandom(), trustClock: () => true });
  const events: RadioEvent[] = [];
  link.opened(0);
  for (const { t, dir, bytes } of readCapture(name)) {
    for (;;) {
      const at = Math.min(link.wakeAt() ?? Infinity, link.tornAt() ?? Infinity);
      if (at > t) break;
      link.wake(at);
    }
    if (dir !== "rx" || !bytes) continue;
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + cut(bytes.length - from));
      link.receive(bytes.subarray(from, to), t);
      from = to;
    }
    events.push(...link.takeEvents());
  }
  return events;
}

/** An event in a few words; console text left out. */
function words(event: RadioEvent): string | undefined {
  if (event.kind === "console" || event.kind === "note" || event.kind === "remedy") return undefined;
  if (event.kind === "radio-state") return event.state;
  if (event.kind === "queue-status") return event.packetId === 0 ? undefined : `queue ${event.res}`;
  if (event.kind === "radio-configured") return `${event.info.firmware} ${event.info.region} ${event.info.modemPreset}`;
  if (event.kind !== "radio") return event.kind;
  const { packet, body } = event;
  const marks = `${packet.pkiEncrypted ? " pki" : ""}${packet.xeddsaSigned ? " signed" : ""}${event.replayed ? " replayed" : ""}`;
  const to = packet.to === BROADCAST ? "all" : "us";
  if (body?.kind === "routing")
    return `ack ${body.error}${packet.hopStart === 0 && packet.rxRssi === 0 ? " self" : ""}`;
  if (body?.kind === "node-info") return `node ${body.node.longName}`;
  if (packet.portnum === 1) return `${to}: ${textOf(packet.payload)}${marks}`;
  return `${to}: port ${packet.portnum} ${toHex(packet.payload)}${marks}`;
}

const SESSION = {
  "firmware-2.7.26": ["2.7.26.54e0d8d EU_868 LONG_FAST", ""],
  "firmware-2.8.0-dev": ["2.8.0.7754068 EU_868 LONG_FAST", " signed"],
} as const;

const STORY = (configured: string, signed: string, early: boolean): string[] => [
  "configuring",
  configured,
  "ready",
  // The recording host set the clock itself, with an id that is not ours.
  "queue 0",
  "ack 0 self",
  "queue 0",
  "all: ok 3 ñandú 👍",
  // 2.8 answers the newcomer before our broadcast went out, 2.7 after.
  ...(early ? ["node Node 2", "queue 0"] : ["queue 0", "node Node 2"]),
  "ack 0 self",
  "us: need insulin, 14 Elm pki",
  "ack 0",
  "queue 0",
  "ack 0",
  // Two texts within 2 s: the second was refused, the first is heard.
  "queue 0",
  "queue 0",
  "ack 38 self",
  "ack 0 self",
  "queue 0",
  "ack 0",
  `all: port 300 0194c30a${signed}`,
  "queue 39",
  "ack 39 self",
  "queue 6",
  "ack 6 self",
  "queue 7",
  "ack 7 self",
  "queue 0",
  "queue 0",
  "ack 0 self",
  "configuring",
  "radio-rebooted",
];

for (const name of CAPTURES) {
  const [configured, signed] = SESSION[name];
  const story = STORY(configured, signed, name === "firmware-2.8.0-dev");

  test(`${name}: the recorded session is understood, as it was read`, () => {
    const said = replay(name, (left) => left)
      .map(words)
      .filter((word) => word !== undefined);
    expect(said.slice(0, story.length)).toEqual(story);
    // The recording host let us wait, then asked with the nonces that we use ourselves: 69420, and 69421 for the nodes.
    const afterwards = said.slice(story.length).filter((word) => word !== "configuring");
    expect(afterwards).toEqual([configured, "ready", "radio-node"]);
  });

  test(`${name}: and in any other pieces`, () => {
    const whole = replay(name, (left) => left).filter((event) => event.kind !== "console");
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const cut = replay(name, () => 1 + below(random, seed % 2 === 0 ? 7 : 300));
      expect(
        cut.filter((event) => event.kind !== "console"),
        `seed ${seed}`,
      ).toEqual(whole);
    }
  });

  test(`${name}: no key but public ones leaves the link`, () => {
    const secrets = [/12 ?20([0-9a-f]{64})2801/].flatMap((pattern) =>
      readCapture(name)
        .filter((line) => line.dir === "rx")
        .map((line) => pattern.exec(toHex(line.bytes!))?.[1])
        .filter((secret) => secret !== undefined),
    );
    expect(secrets.length).toBeGreaterThan(0);
    const shown = JSON.stringify(
      replay(name, (left) => left),
      (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value),
    );
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });
}

test("the packets' bytes are handed on exactly as they came", () => {
  for (const name of CAPTURES) {
    const stream = readCapture(name)
      .filter((line) => line.dir === "rx")
      .map((line) => toHex(line.bytes!))
      .join("");
    const raws = replay(name, (left) => left).flatMap((event) => (event.kind === "radio" ? [toHex(event.raw)] : []));
    expect(raws.length).toBeGreaterThan(10);
    // Only a packet that console text or two reads have split cannot be found as it is.
    expect(raws.filter((raw) => !stream.includes(raw))).toEqual([]);
  }
});
