// A resident with a handheld radio: types what standard input says, and tells standard output what the screen shows.
//
// The app hands the radio one message after another as its queue takes them, so a resident who types twenty messages has
// them all said in that order; a radio that is away keeps what was typed until it is back.

import type { Millis } from "#base/clock.ts";
import { strictTextOf, textOf, toHex } from "#base/bytes.ts";
import { BROADCAST, nodeId } from "#base/ids.ts";
import type { Make, NodeOwner, World } from "./world.ts";
import { MeshNode } from "./node.ts";
import { HOP_LIMIT } from "./router-rules.ts";
import { PORT, RES_QUEUE_FULL } from "./packet.ts";
import type { WirePacket } from "./proto.ts";
import { decode } from "./proto.ts";

/** One line of standard output. */
export type Line = Readonly<Record<string, unknown>>;

export interface Typed {
  readonly to: number;
  readonly channel: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
  readonly replyId?: number;
  readonly isEmoji?: boolean;
  /** Absent: as the apps set it for this port. */
  readonly wantAck?: boolean;
}

/** Ports that a phone keeps to itself. */
const NOT_SHOWN: readonly number[] = [PORT.nodeInfo, PORT.routing, PORT.admin];
/** The app leaves room in the radio's queue for acks and relays. */
const ROOM_LEFT = 12;

export class Handheld implements NodeOwner {
  readonly node: MeshNode;
  readonly #world: World;
  readonly #print: (line: Line) => void;
  readonly #outbox: WirePacket[] = [];
  readonly #mine = new Set<number>();
  #retrySet = false;

  constructor(world: World, make: Make, print: (line: Line) => void) {
    this.#world = world;
    this.#print = print;
    this.node = new MeshNode(world, make, this);
  }

  get id(): string {
    return nodeId(this.node.num);
  }

  type(typed: Typed, now: Millis): void {
    const id = this.node.newId();
    this.#mine.add(id);
    this.#outbox.push({
      from: this.node.num,
      to: typed.to,
      channel: typed.channel,
      id,
      hopLimit: HOP_LIMIT,
      // Phone apps ask for acks of texts, on channels too.
      wantAck: typed.wantAck ?? (typed.portnum === PORT.text || typed.to !== BROADCAST),
      decoded: {
        portnum: typed.portnum,
        payload: typed.payload,
        ...(typed.replyId === undefined ? {} : { replyId: typed.replyId }),
        ...(typed.isEmoji ? { emoji: 1 } : {}),
      },
    });
    this.#print({ at: "sent", node: this.id, id });
    this.#flush(now);
  }

  away(): void {
    this.node.powered = false;
  }

  back(now: Millis): void {
    this.node.powered = true;
    this.#world.air.offer(this.node, now);
    this.#flush(now);
  }

  deliver(packet: WirePacket, now: Millis): void {
    const data = packet.decoded;
    if (!data) return;
    if (data.portnum === PORT.routing) return this.#acked(packet, now);
    if (packet.from === this.node.num || NOT_SHOWN.includes(data.portnum ?? 0)) return;
    const payload = data.payload ?? new Uint8Array(0);
    const text = data.portnum === PORT.text ? strictTextOf(payload) : undefined;
    this.#print({
      at: "received",
      node: this.id,
      from: nodeId(packet.from ?? 0),
      to: packet.to === BROADCAST ? "^all" : nodeId(packet.to ?? 0),
      channel: packet.channel ?? 0,
      id: packet.id,
      portnum: data.portnum ?? 0,
      ...(text === undefined ? { payload: toHex(payload) } : { text }),
      ...(data.replyId ? { replyTo: data.replyId } : {}),
      ...(data.emoji ? { emoji: textOf(payload) } : {}),
      pki: packet.pkiEncrypted === true,
      time: now,
    });
  }

  selfSent(): void {
    // A phone is not told of its radio's own introductions.
  }

  radioTime(now: Millis): number {
    return Math.floor(now / 1000);
  }

  /** Tells what became of a message typed here; `from` is the radio that says so (oneself: a relay was heard). */
  #acked(packet: WirePacket, now: Millis): void {
    const id = packet.decoded?.requestId ?? 0;
    if (!this.#mine.has(id)) return;
    const routing = decode<{ errorReason?: number }>("Routing", packet.decoded?.payload ?? new Uint8Array(0));
    const error = routing.ok ? (routing.value.errorReason ?? 0) : 0;
    this.#print({ at: "acked", node: this.id, id, from: nodeId(packet.from ?? 0), error, time: now });
  }

  #flush(now: Millis): void {
    while (this.#outbox.length > 0 && this.node.powered && this.node.queue.free > ROOM_LEFT) {
      const res = this.node.send(this.#outbox[0]!, now);
      if (res === RES_QUEUE_FULL) break;
      this.#outbox.shift();
    }
    if (this.#outbox.length === 0 || !this.node.powered || this.#retrySet) return;
    this.#retrySet = true;
    this.#world.agenda.at(now + 100, (then) => {
      this.#retrySet = false;
      this.#flush(then);
    });
  }
}
