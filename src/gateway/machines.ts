// Messages for machines (src/wire): what other gateways and companion programs say, on the private port or armoured inside
// a text. What we say to them is machine-saying.ts.
//
// A message is received whole: outside, proof, replay, content. What is refused is counted by its reason and moves nothing.
// What a person said through a program is also shown to people. A restored backup must not repeat a counter, nor trust that
// what it hears is new: both are seen to at the start (`restored`).

import { isoTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import type { MessageClass } from "#domain/message.ts";
import type { Message } from "#domain/wire-words.ts";
import { markSeen, packetKey } from "#store/inbox.ts";
import { addMachineRow, keepMachineMemory, listMachineRows, machineMemory } from "#store/machines.ts";
import { journal, setTimer } from "#store/world.ts";
import { unload } from "#wire/carriers.ts";
import { askMissing, gather, NO_PIECES, type Reassembly } from "#wire/fragments.ts";
import { toJson } from "#wire/json.ts";
import { decodeMessage } from "#wire/message.ts";
import { EMPTY_MEMORY, receive, type Memory, type Received } from "#wire/receive.ts";
import { counted, wordsFor, type Refusal } from "#wire/refusals.ts";
import { afterRestore, FIRST_COUNTER, jumpAhead, type Carrier, type CounterState } from "#wire/replay.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { AID_ACTS } from "./aid/machines.ts";
import { shareAll } from "./aid/sharing.ts";
import type { MeshPacket } from "./inputs.ts";
import { machineHeard } from "./mesh/machine-peers.ts";
import { keyring, sayMessage } from "./mesh/machine-saying.ts";
import { PAGE_ACTS } from "./calltree/machines.ts";
import { tellOperators } from "./say.ts";
import { EVERYONE, namesOf, type Turn, type Handled } from "./turn.ts";
import { WORDS } from "./words.ts";

// ───────────────────────────── hearing ─────────────────────────────

/** What became of a packet for machines; undefined when it is a person's text after all. */
export function fromMachine(turn: Turn, packet: MeshPacket): Handled | undefined {
  const load = unload(packet.portnum, packet.payload, turn.settings.meshtastic.privatePort);
  if (load === undefined || (load.carrier === "text" && !mayBeText(turn, packet))) return undefined;
  // "~sorry" begins like an armoured message and is none: it goes on as the text that it is.
  if (!load.bytes.ok && load.carrier === "text") return undefined;
  if (!markSeen(turn.store, packetKey(packet.from, packet.id, packet.portnum, packet.payload), turn.now)) {
    return { end: "duplicate", reason: "heard before" };
  }
  return load.bytes.ok ? take(turn, packet, load.bytes.value, load.carrier) : refuse(turn, load.bytes.refusal);
}

/** Every handheld beeps at an armoured text, so it is only looked for where it is meant to be. */
function mayBeText(turn: Turn, packet: MeshPacket): boolean {
  return packet.to !== EVERYONE || (turn.settings.meshtastic.machineChannels ?? []).includes(packet.channel);
}

function take(turn: Turn, packet: MeshPacket, bytes: Uint8Array, carrier: Carrier): Handled {
  const piece = decodeMessage(bytes);
  if (!piece.ok || piece.value.type !== "fragment") return hear(turn, packet, bytes, carrier);
  const { gathered, state } = gather(
    machineMemory<Reassembly>(turn.store, "pieces", NO_PIECES),
    packet.from,
    piece.value,
    turn.now,
  );
  keepMachineMemory(turn.store, "pieces", state);
  ask(turn);
  if (gathered.is === "refused") return refuse(turn, gathered.refusal);
  return gathered.is === "more"
    ? { end: "handled", reason: "a piece of more" }
    : hear(turn, packet, gathered.bytes, carrier);
}

function hear(turn: Turn, packet: MeshPacket, bytes: Uint8Array, carrier: Carrier): Handled {
  const { received, memory } = receive(
    bytes,
    {
      sender: packet.from,
      carrier,
      radio: packet.pkiEncrypted ? "pinned-key" : packet.xeddsaSigned ? "signature" : "nobody",
      keys: keyring(turn),
      awaited: machineMemory<readonly string[]>(turn.store, "awaited", []),
    },
    machineMemory<Memory>(turn.store, "memory", EMPTY_MEMORY),
  );
  keepMachineMemory(turn.store, "memory", memory);
  if (!received.ok) return { end: "handled", reason: `refused: ${wordsFor(received.refusal)}` };
  if (machineHeard(turn, packet.from, received)) shareAll(turn);
  const taken = ACTS[received.message.type]?.(turn, packet.from, received, packet) ?? false;
  keep(turn, packet, received, taken);
  answer(turn, packet, received.message);
  return { end: "handled", reason: `a ${received.message.type} from another program` };
}

function refuse(turn: Turn, refusal: Refusal): Handled {
  const memory = machineMemory<Memory>(turn.store, "memory", EMPTY_MEMORY);
  keepMachineMemory(turn.store, "memory", { ...memory, refused: counted(memory.refused, refusal.reason) });
  return { end: "handled", reason: `refused: ${wordsFor(refusal)}` };
}

type Good = Extract<Received, { ok: true }>;

/** What a message does; false: nothing, it is only shown. */
type Act = (turn: Turn, sender: number, heard: Good, packet: MeshPacket) => boolean;
const ACTS: Readonly<Partial<Record<Message["type"], Act>>> = { ...AID_ACTS, ...PAGE_ACTS };

/** Types that a person may have spoken through a program: shown to people as well. */
const FOR_PEOPLE: Readonly<Partial<Record<Message["type"], MessageClass>>> = {
  "check-in": "chat",
  list: "chat",
  need: "chat",
  offer: "information",
  text: "chat",
  page: "page",
};

/** `taken`: people are shown what came of it instead. */
function keep(turn: Turn, packet: MeshPacket, { message, vouched, freshness, mayAct }: Good, taken: boolean): void {
  const json = JSON.stringify(toJson(message));
  addMachineRow(turn.store, {
    at: turn.now,
    sender: packet.from,
    type: message.type,
    message: json,
    vouched: vouched.by,
    freshness,
    mayAct: mayAct ? 1 : 0,
  });
  journal(turn.store, "machine-message", { from: nodeId(packet.from), id: packet.id, type: message.type }, turn.now);
  const messageClass = FOR_PEOPLE[message.type];
  if (messageClass === undefined || taken) return;
  const urgent = "status" in message && message.status === "urgent";
  const name = defuseName(namesOf(turn, packet.from).long);
  tellOperators(turn, WORDS.machine(name, vouched.by === "nobody", defuse(json)), urgent ? "distress" : messageClass);
}

/** Another gateway asks whether we are there now: the echo proves it. */
function answer(turn: Turn, packet: MeshPacket, message: Message): void {
  if (message.type !== "challenge") return;
  sayMessage(
    turn,
    { type: "echo", nonce: message.nonce },
    { to: packet.from, channel: 0, carrier: "port", form: "proven" },
  );
}

/** Pieces that are missing are asked for, and the timer is set for the next time. */
export function ask(turn: Turn): void {
  const { asks, state, wakeAt } = askMissing(machineMemory<Reassembly>(turn.store, "pieces", NO_PIECES), turn.now);
  keepMachineMemory(turn.store, "pieces", state);
  if (wakeAt !== undefined) setTimer(turn.store, "pieces", 0, wakeAt);
  for (const { to, message } of asks) sayMessage(turn, message, { to, channel: 0, carrier: "port" });
}

// ───────────────────────────── starting anew ─────────────────────────────

/** This database was restored from a backup: counters jump ahead, and nothing heard is believed to be new until shown. */
export function restored(turn: Turn): void {
  keepMachineMemory(
    turn.store,
    "counter",
    jumpAhead(machineMemory<CounterState>(turn.store, "counter", FIRST_COUNTER)),
  );
  const memory = machineMemory<Memory>(turn.store, "memory", EMPTY_MEMORY);
  keepMachineMemory(turn.store, "memory", { ...memory, replay: afterRestore(memory.replay) });
}

// ───────────────────────────── being asked ─────────────────────────────

export interface MachinesView {
  readonly messages: readonly {
    readonly at: string;
    readonly sender: string;
    readonly message: unknown;
    readonly vouchedBy: string;
    readonly freshness: string;
    readonly mayAct: boolean;
  }[];
  /** How many were refused, by reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What other gateways and programs said since `since`, oldest first. */
export function machinesView(store: Turn["store"], since: Millis): MachinesView {
  return {
    messages: listMachineRows(store, since).map((row) => ({
      at: isoTime(row.at),
      sender: nodeId(row.sender),
      message: JSON.parse(row.message) as unknown,
      vouchedBy: row.vouched,
      freshness: row.freshness,
      mayAct: row.mayAct === 1,
    })),
    refused: machineMemory<Memory>(store, "memory", EMPTY_MEMORY).refused,
  };
}
