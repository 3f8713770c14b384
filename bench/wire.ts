// npm run bench -- wire [--json]: sizes over the frozen corpus, speed, and what proof, armour and airtime cost.
//
// Speeds are the best of a hundred rounds of ten milliseconds: this measures the code, not the machine's other work.

import { armouredLength } from "#wire/armour.ts";
import { decodeMessage, encodeMessage } from "#wire/message.ts";
import { MAC_OVERHEAD, SIGNATURE_OVERHEAD } from "#wire/proof.ts";
import { corpus, sum, type CorpusEntry } from "#test/wire/corpus.ts";
import { vectors } from "#test/wire/vectors.ts";

const ROUNDS = 100;
const ROUND_MS = 10;

/** How often per second `work` can be done. */
function perSecond(work: () => unknown): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const from = process.hrtime.bigint();
    let times = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      for (let i = 0; i < 500; i++) work();
      times += 500;
      elapsed = Number(process.hrtime.bigint() - from) / 1e6;
    }
    best = Math.max(best, (times / elapsed) * 1000);
  }
  return Math.round(best);
}

function entry(name: string): CorpusEntry {
  return corpus.find((candidate) => candidate.name === name)!;
}

function speedOf({ message, bytes }: CorpusEntry): { encodePerSecond: number; decodePerSecond: number } {
  return {
    encodePerSecond: perSecond(() => encodeMessage(message)),
    decodePerSecond: perSecond(() => decodeMessage(bytes)),
  };
}

/** Refusals of every vector that is refused, one after the other. */
function refusals(): number {
  const inputs = vectors.filter((vector) => vector.refused).map((vector) => Buffer.from(vector.hex, "hex"));
  let next = 0;
  return perSecond(() => decodeMessage(inputs[next++ % inputs.length]!));
}

// LongFast: spreading factor 11, 250 kHz, coding rate 4/5. RadioLib's SX126x::calculateTimeOnAir, meshtastic-facts §4.2.
const SPREADING = 11;
const SYMBOL_MS = 2 ** SPREADING / 250;
const FRAME_HEADER = 16;
/** Data around a payload on a private port: port number 3, payload's head 2 (3 from 128 bytes), bitfield 2. */
const DATA_OVERHEAD = 7;
const RADIO_SIGNATURE = 66;

/** Milliseconds that one LongFast frame with `payload` bytes on a private port occupies the air. */
function airtimeMs(payload: number, radioSigns = false): number {
  const length = FRAME_HEADER + DATA_OVERHEAD + payload + (payload >= 128 ? 1 : 0) + (radioSigns ? RADIO_SIGNATURE : 0);
  const symbols = Math.ceil((8 * length + 16 - 4 * SPREADING + 8 + 20) / (4 * SPREADING));
  return Math.round(SYMBOL_MS * (16 + 8 + 4.25 + symbols * 5));
}

function airtimes(name: string): Record<string, number | string> {
  const { bytes } = entry(name);
  return {
    name,
    bare: airtimeMs(bytes.length),
    mac: airtimeMs(bytes.length + MAC_OVERHEAD),
    signature: airtimeMs(bytes.length + SIGNATURE_OVERHEAD),
    radioSigned: airtimeMs(bytes.length, true),
  };
}

const totals = (entries: readonly CorpusEntry[]): { cbor: number; json: number } => ({
  cbor: sum(entries.map(({ bytes }) => bytes.length)),
  json: sum(entries.map(({ json }) => json)),
});

function measure(): object {
  const typeByte = sum(corpus.map((one) => one.typeByte));
  const oneof = sum(corpus.map((one) => one.oneof));
  const better = typeByte <= oneof ? "typeByte" : "oneof";
  return {
    messages: corpus.map((one) => ({ name: one.name, cbor: one.bytes.length, json: one.json, protobuf: one[better] })),
    corpus: { ...totals(corpus), protobuf: Math.min(typeByte, oneof) },
    corpusWithoutText: totals(corpus.filter(({ freeText }) => !freeText)),
    speed: {
      small: speedOf(entry("OK, 4 people")),
      full: speedOf(entry("check-in with four optional fields")),
    },
    refusePerSecond: refusals(),
    overhead: { mac: MAC_OVERHEAD, signature: SIGNATURE_OVERHEAD },
    armour: { bytes: 80, characters: armouredLength(80) },
    airtimeMs: ["OK, 4 people", "claim", "page, text of 60 bytes"].map(airtimes),
  };
}

/** Prints the figures; words only say where to look, since every figure is in the JSON. */
export function run(options: readonly string[]): void {
  const figures = measure();
  process.stdout.write(`${JSON.stringify(figures, null, options.includes("--json") ? 0 : 2)}\n`);
}
