// A mutation fuzzer for everything that a stranger's bytes meet: envelope, scanner, cbor-x, schema, armour. Run as a process
// of its own by fuzz.test.ts (under a small heap), or by hand: node --expose-gc test/wire/fuzz.ts INPUTS SEED
// Prints one JSON value. An input that takes longer than a millisecond is timed again, best of five, because the collector
// and the machine's other work also take time.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { below, seededRandom, type Random } from "#base/random.ts";
import { armour, dearmour } from "#wire/armour.ts";
import { decodeAnyForm, openEnvelope } from "#wire/envelope.ts";
import { encodeBody } from "#wire/message.ts";

const LIMIT_MS = 1;
// The largest payload of a packet; a hostile sender is not held to what we would send.
const LARGEST = 237;
// Heads and values at the edges of CBOR.
const EDGES = [0, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1f, 0x20, 0x38, 0x3b, 0x40, 0x5b, 0x5f, 0x60, 0x78, 0x7b, 0x7f];
const MORE_EDGES = [
  0x80, 0x97, 0x98, 0x9b, 0x9f, 0xa0, 0xa1, 0xbb, 0xbf, 0xc0, 0xd8, 0xdb, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfb,
  0xfc, 0xfe, 0xff,
];
const INTERESTING = [...EDGES, ...MORE_EDGES];

interface Report {
  readonly inputs: number;
  readonly accepted: number;
  readonly exceptions: readonly string[];
  readonly mismatches: readonly string[];
  readonly slow: readonly string[];
  readonly heapGrowthBytes: number;
  readonly seed: number;
}

function seeds(): Buffer[] {
  const folder = new URL("../vectors/wire/", import.meta.url);
  const files = ["messages.json", "others.json", "proofs.json", "refused.json"];
  return files.flatMap((file) => {
    const rows = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { hex: string }[];
    return rows.map((row) => Buffer.from(row.hex, "hex")).filter((bytes) => bytes.length > 0);
  });
}

/** One to four changes to a message: bits, edge values, cuts, repeats, pieces of another. */
function mutate(source: Buffer, other: Buffer, random: Random, into: Buffer): number {
  let length = source.copy(into, 0, 0, Math.min(source.length, LARGEST));
  for (let changes = 1 + below(random, 4); changes > 0; changes--) {
    const at = below(random, length);
    const kind = below(random, 6);
    if (kind === 0) into[at]! ^= 1 << below(random, 8);
    else if (kind === 1) into[at] = INTERESTING[below(random, INTERESTING.length)]!;
    else if (kind === 2) into[at] = below(random, 256);
    else if (kind === 3 && at > 0) length = at;
    else if (kind === 4 && length < LARGEST) {
      into.copyWithin(at + 1, at, length++);
      into[at] = INTERESTING[below(random, INTERESTING.length)]!;
    } else {
      const copied = other.copy(into, at, below(random, other.length), Math.min(other.length, LARGEST));
      length = Math.min(LARGEST, Math.max(length, at + copied));
    }
  }
  return length;
}

/** Everything that may happen to received bytes; what is accepted must be written the same again. */
function handle(bytes: Buffer, asText: boolean): "accepted" | "refused" | "mismatch" {
  if (asText) {
    const text = bytes.toString("latin1");
    const message = dearmour(`~${text}`);
    if (message.ok && armour(message.value) !== `~${text}`) return "mismatch";
  }
  const decoded = decodeAnyForm(bytes);
  if (!decoded.ok) return "refused";
  const envelope = openEnvelope(bytes);
  const again = encodeBody(decoded.value, -1);
  const same = envelope.ok && again.ok && Buffer.compare(again.value, envelope.value.body) === 0;
  return same ? "accepted" : "mismatch";
}

const elapsed = (from: bigint): number => Number(process.hrtime.bigint() - from) / 1e6;

function isSlow(bytes: Buffer, asText: boolean): boolean {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const from = process.hrtime.bigint();
    handle(bytes, asText);
    best = Math.min(best, elapsed(from));
  }
  return best > LIMIT_MS;
}

function collected(): number {
  const gc = (globalThis as { gc?: () => void }).gc;
  if (gc === undefined) throw new Error("run with --expose-gc");
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

function fuzz(inputs: number, seed: number): Report {
  const random = seededRandom(seed);
  const sources = seeds();
  const space = Buffer.alloc(1024);
  const exceptions: string[] = [];
  const mismatches: string[] = [];
  const slow: string[] = [];
  let accepted = 0;
  const one = (): void => {
    const source = sources[below(random, sources.length)]!;
    const length = mutate(source, sources[below(random, sources.length)]!, random, space);
    // A copy, as each packet is: exactly its own bytes.
    const bytes = Buffer.from(space.subarray(0, length));
    const asText = below(random, 8) === 0;
    const from = process.hrtime.bigint();
    try {
      const outcome = handle(bytes, asText);
      if (outcome === "accepted") accepted++;
      if (outcome === "mismatch") mismatches.push(bytes.toString("hex"));
    } catch (error) {
      exceptions.push(`${bytes.toString("hex")}: ${String(error)}`);
    }
    if (elapsed(from) > LIMIT_MS && isSlow(bytes, asText)) slow.push(bytes.toString("hex"));
  };
  // The first tenth warms the compiler up; what that allocates is not growth.
  for (let i = 0; i < inputs / 10; i++) one();
  const before = collected();
  for (let i = inputs / 10; i < inputs; i++) one();
  const heapGrowthBytes = collected() - before;
  return { inputs, accepted, exceptions, mismatches, slow, heapGrowthBytes, seed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [inputs = "1000000", seed = "1"] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(fuzz(Number(inputs), Number(seed)))}\n`);
}
