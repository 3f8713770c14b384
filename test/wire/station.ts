// A gateway as far as the wire goes: keys, counters, memory, both carriers, fragments. Its state is saved and loaded as
// JSON, as the store will. For tests; the real one lives in gateway/.

import { fromHex, toHex } from "#base/bytes.ts";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import type { Message } from "#domain/wire-words.ts";
import { chooseCarrier, DEFAULT_PRIVATE_PORT, messageLimit, unload, type Path } from "#wire/carriers.ts";
import { sealMessage, type Keyring, type Seal } from "#wire/envelope.ts";
import { fragment, gather, NO_PIECES, type Reassembly } from "#wire/fragments.ts";
import { decodeMessage, encodeMessage } from "#wire/message.ts";
import { MAX_MAC_COUNTER, signingKey, type GroupKey, type SigningKey } from "#wire/proof.ts";
import { EMPTY_MEMORY, needsProof, receive, type Memory, type RadioVouches, type Received } from "#wire/receive.ts";
import { afterRestore, FIRST_COUNTER, jumpAhead, takeCounter, type CounterState } from "#wire/replay.ts";

/** One packet on the air, as the radio would hand it over. */
export interface Packet {
  readonly from: NodeNum;
  readonly portnum: number;
  readonly payload: Uint8Array;
  readonly radio: RadioVouches;
}

export type ProofForm = "mac" | "signature";

const unwrap = <T>(result: { ok: true; value: T } | { ok: false; refusal: { reason: string } }): T => {
  if (!result.ok) throw new Error(result.refusal.reason);
  return result.value;
};

export class Station {
  readonly node: NodeNum;
  readonly groupKey: GroupKey;
  readonly signingKey: SigningKey;
  counters: CounterState = FIRST_COUNTER;
  memory: Memory = EMPTY_MEMORY;
  reassembly: Reassembly = NO_PIECES;
  awaited: string[] = [];
  readonly heard: Extract<Received, { ok: true }>[] = [];
  private readonly signers: Uint8Array[] = [];

  constructor(node: number, groupKey: GroupKey) {
    this.node = nodeNum(node);
    this.groupKey = groupKey;
    this.signingKey = signingKey(Uint8Array.from({ length: 32 }, (_, i) => (node + i) & 0xff));
  }

  trusts(other: Station): void {
    this.signers.push(other.signingKey.publicKey);
  }

  /** The packets that say `message` on this path; several when it must be cut. */
  say(message: Message, path: Path, form: ProofForm): readonly Packet[] {
    const direct = path.to === "direct";
    const bytes = unwrap(sealMessage(message, needsProof(message, direct) ? this.seal(form) : { form: "bare" }));
    return this.carry(bytes, path);
  }

  /** Proven bytes, whatever the radio vouches for. */
  sealed(message: Message, form: ProofForm): Uint8Array {
    return unwrap(sealMessage(message, this.seal(form)));
  }

  carry(bytes: Uint8Array, path: Path): readonly Packet[] {
    const radioVouch = (signs: boolean): RadioVouches =>
      path.to === "direct" ? "pinned-key" : signs ? "signature" : "nobody";
    const whole = chooseCarrier(bytes, path, DEFAULT_PRIVATE_PORT);
    if (whole.ok) {
      const { portnum, payload, radioSigns } = whole.value;
      return [{ from: this.node, portnum, payload, radio: radioVouch(radioSigns) }];
    }
    return unwrap(fragment(bytes, messageLimit(path))).flatMap((piece) =>
      this.carry(unwrap(encodeMessage(piece)), path),
    );
  }

  /** Takes in one packet; what came of it, or undefined when it was a piece of more. */
  hear(packet: Packet, now: number): Received | undefined {
    const load = unload(packet.portnum, packet.payload, DEFAULT_PRIVATE_PORT);
    if (load === undefined) return undefined;
    if (!load.bytes.ok) return { ok: false, refusal: load.bytes.refusal };
    const piece = decodeMessage(load.bytes.value);
    if (piece.ok && piece.value.type === "fragment") {
      const { gathered, state } = gather(this.reassembly, packet.from, piece.value, now);
      this.reassembly = state;
      return gathered.is === "whole" ? this.take(gathered.bytes, packet, load.carrier) : undefined;
    }
    return this.take(load.bytes.value, packet, load.carrier);
  }

  challenge(nonce: string): Message {
    this.awaited = [nonce];
    return { type: "challenge", nonce: fromHex(nonce)! };
  }

  /** What a backup holds. */
  save(): string {
    return JSON.stringify({ counters: this.counters, memory: this.memory });
  }

  load(saved: string): void {
    const { counters, memory } = JSON.parse(saved) as { counters: CounterState; memory: Memory };
    this.counters = counters;
    this.memory = memory;
    this.reassembly = NO_PIECES;
  }

  restore(backup: string): void {
    this.load(backup);
    this.counters = jumpAhead(this.counters);
    this.memory = { ...this.memory, replay: afterRestore(this.memory.replay) };
  }

  private take(bytes: Uint8Array, packet: Packet, carrier: "port" | "text"): Received {
    const keys: Keyring = { group: [this.groupKey], signers: this.signers };
    const circumstances = { sender: packet.from, carrier, radio: packet.radio, keys, awaited: this.awaited };
    const { received, memory } = receive(bytes, circumstances, this.memory);
    this.memory = memory;
    if (received.ok) this.heard.push(received);
    return received;
  }

  private seal(form: ProofForm): Seal {
    const taken = takeCounter(this.counters, MAX_MAC_COUNTER);
    if (taken === undefined) throw new Error("a new key is due");
    this.counters = taken.state;
    if (form === "signature") return { form, key: this.signingKey, counter: taken.counter };
    return { form, key: this.groupKey, sender: this.node, counter: taken.counter };
  }
}

/** For comparing messages that hold bytes. */
export const keyOf = (message: Message): string =>
  JSON.stringify(message, (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));
