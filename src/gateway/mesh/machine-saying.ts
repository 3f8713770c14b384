// Saying something to other gateways and programs: proven where its type demands it, cut into pieces where it is long, on the
// carrier that was asked for. The counter is stored in the step that stores the bytes.

import { toHex } from "#base/bytes.ts";
import { nodeNum } from "#base/ids.ts";
import type { Parsed } from "#base/parsed.ts";
import { refused } from "#base/parsed.ts";
import type { MessageClass } from "#domain/message.ts";
import type { Message } from "#domain/wire-words.ts";
import { keepMachineMemory, machineMemory } from "#store/machines.ts";
import { chooseCarrier, messageLimit, type Path } from "#wire/carriers.ts";
import { sealMessage, type Keyring } from "#wire/envelope.ts";
import { fragment } from "#wire/fragments.ts";
import { encodeMessage } from "#wire/message.ts";
import { MAX_MAC_COUNTER } from "#wire/proof.ts";
import { needsProof } from "#wire/receive.ts";
import type { Refusal } from "#wire/refusals.ts";
import { FIRST_COUNTER, takeCounter, type Carrier, type CounterState } from "#wire/replay.ts";
import { tellMesh } from "#gateway/say.ts";
import { EVERYONE, radioFacts, type Turn } from "#gateway/turn.ts";

export interface Towards {
  /** A node's number, or everyone on the channel. */
  readonly to: number;
  readonly channel: number;
  readonly carrier: Carrier;
  /** "proven": with our group key whether or not the type demands it. */
  readonly form?: "proven";
  /** Its right of way, where that is not the one of its type. */
  readonly class?: MessageClass;
}

/** Queues a message for machines, proven where its type demands it; the ledger ids of its packets, or why not. */
export function sayMessage(turn: Turn, message: Message, towards: Towards): Parsed<readonly number[], Refusal> {
  const path = pathOf(turn, towards);
  const bytes = seal(turn, message, towards, path);
  if (!bytes.ok) return bytes;
  const limit = messageLimit(path);
  if (bytes.value.length <= limit) return say(turn, bytes.value, message, towards, path);
  const pieces = fragment(bytes.value, limit);
  if (!pieces.ok) return pieces;
  const ids: number[] = [];
  for (const piece of pieces.value) {
    const encoded = encodeMessage(piece);
    const said = encoded.ok ? say(turn, encoded.value, piece, towards, path) : encoded;
    if (!said.ok) return said;
    ids.push(...said.value);
  }
  return { ok: true, value: ids };
}

function pathOf(turn: Turn, { to, channel, carrier }: Towards): Path {
  return {
    to: to === EVERYONE ? "channel" : "direct",
    firmware: radioFacts(turn)?.firmware.startsWith("2.8") ? "2.8" : "2.7",
    relaysPrivatePorts: carrier === "text" ? "no" : "yes",
    machinesChannel: (turn.settings.meshtastic.machineChannels ?? []).includes(channel),
  };
}

/** The radio vouches for a direct message; for a broadcast only the key of the group does. */
function seal(turn: Turn, message: Message, towards: Towards, path: Path): Parsed<Uint8Array, Refusal> {
  const needed = towards.form === "proven" || needsProof(message, path.to === "direct");
  if (!needed) return encodeMessage(message);
  const key = turn.settings.meshtastic.groupKeys?.[0];
  const node = radioFacts(turn)?.node;
  if (key === undefined || node === undefined) return refused({ reason: "unknown-key", at: 0 });
  const taken = takeCounter(machineMemory<CounterState>(turn.store, "counter", FIRST_COUNTER), MAX_MAC_COUNTER);
  if (taken === undefined) return refused({ reason: "range", at: 0, field: "counter" });
  keepMachineMemory(turn.store, "counter", taken.state);
  return sealMessage(message, { form: "mac", key, sender: nodeNum(node), counter: taken.counter });
}

const RIGHT_OF_WAY: Readonly<Partial<Record<Message["type"], MessageClass>>> = {
  page: "page",
  "roll-call": "roll-call",
  // Somebody waits for these.
  claim: "answer",
  "hand-over": "answer",
  done: "answer",
  withdrawn: "answer",
};

function say(
  turn: Turn,
  bytes: Uint8Array,
  message: Message,
  towards: Towards,
  path: Path,
): Parsed<readonly number[], Refusal> {
  const carriage = chooseCarrier(bytes, path, turn.settings.meshtastic.privatePort);
  if (!carriage.ok) return carriage;
  const { portnum, payload } = carriage.value;
  const id = tellMesh(turn, {
    class: towards.class ?? RIGHT_OF_WAY[message.type] ?? "information",
    to: towards.to,
    channel: towards.channel,
    text: `${message.type} ${toHex(bytes)}`,
    portnum,
    payload,
    wantAck: towards.to !== EVERYONE,
  });
  return { ok: true, value: [id] };
}

export function keyring(turn: Turn): Keyring {
  return { group: turn.settings.meshtastic.groupKeys ?? [], signers: [] };
}
