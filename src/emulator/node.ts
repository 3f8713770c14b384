// One radio's router: what it sends, relays, acknowledges, repeats and remembers. Handhelds and gateway radios are alike
// here; the difference is who owns them (a person with a phone, or a host on a port).
//
// Managed flooding as firmware does it: a client relays what it can after 16 slots and a random wait (short for weak
// signals), unless it hears somebody else do so first; an overheard relay of one's own packet counts as an ack.
// Next-hop routing is not modelled: unicasts are flooded too, until their ack is heard.

import type { Millis } from "#base/clock.ts";
import { fromHex } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { BROADCAST, nodeNum } from "#base/ids.ts";
import { below } from "#base/random.ts";
import { slotMs } from "./airtime.ts";
import { channelSeal } from "./channels.ts";
import type { Identity } from "./identity.ts";
import { userOf } from "./identity.ts";
import { NodeDb } from "./node-db.ts";
import type { Frame, Reception } from "./packet.ts";
import { PORT, PRIORITY, RES_QUEUE_FULL, ROUTING_ERROR, TRANSPORT_LORA, isRouting } from "./packet.ts";
import type { WireChannel, WireData, WirePacket, WireUser } from "./proto.ts";
import { decode, encode } from "./proto.ts";
import type { NodeOwner, World } from "./world.ts";
import { HOP_LIMIT, hasModule, priorityOf, relayWindow, responseHops } from "./router-rules.ts";
import { Retries } from "./retries.ts";
import type { Keyring, Opened } from "./sealing.ts";
import { open, seal } from "./sealing.ts";
import type { Waiting } from "./tx-queue.ts";
import { TxQueue } from "./tx-queue.ts";

/** Share of an hour that a radio may send in EU_868 (meshtastic-facts 4.3). */
const DUTY_CYCLE: Millis = 0.1 * 3_600_000;
const HOUR: Millis = 3_600_000;
/** Slots that a client leaves to routers before it relays (meshtastic-facts 4.5). */
const CLIENT_OFFSET_SLOTS = 16;
/** Own NodeInfo is given on request at most this often, and broadcast by order at most once a minute. */
const NODE_INFO_REPLY_INTERVAL: Millis = 600_000;
const NODE_INFO_ORDER_INTERVAL: Millis = 60_000;
/** The same stranger is asked for its NodeInfo at most this often. */
const STRANGER_INTERVAL: Millis = 300_000;
/** Packets remembered against duplicates (PacketHistory). */
const HISTORY = 200;
export interface Counters {
  tx: number;
  rx: number;
  rxDupe: number;
  txRelay: number;
  relayCanceled: number;
  txDropped: number;
}

export class MeshNode {
  readonly identity: Identity;
  readonly nodes = new NodeDb();
  readonly queue = new TxQueue();
  readonly counters: Counters = { tx: 0, rx: 0, rxDupe: 0, txRelay: 0, relayCanceled: 0, txDropped: 0 };
  user: WireUser;
  channels: WireChannel[];
  powered = true;
  readonly #world: World;
  readonly #owner: NodeOwner;
  readonly #retries: Retries;
  readonly #history = new Set<string>();
  readonly #asked = new Map<NodeNum, Millis>();
  readonly #spent: { readonly at: Millis; readonly length: Millis }[] = [];
  #repliedAt = -NODE_INFO_REPLY_INTERVAL;
  #orderedAt = -NODE_INFO_ORDER_INTERVAL;

  constructor(world: World, identity: Identity, channels: readonly WireChannel[], owner: NodeOwner) {
    this.#world = world;
    this.identity = identity;
    this.channels = [...channels];
    this.#owner = owner;
    this.user = userOf(identity);
    this.nodes.meet(identity.num).user = this.user;
    this.#retries = new Retries(world.agenda, world.preset, {
      again: (frame, now) => this.#enqueue(frame, now, false),
      gaveUp: (frame, now) => this.tellApp(frame.id, ROUTING_ERROR.maxRetransmit, now),
    });
  }

  get num(): NodeNum {
    return this.identity.num;
  }

  get ring(): Keyring {
    return {
      num: this.num,
      key: this.identity.publicKey,
      firmware: this.#world.firmware,
      channels: this.channels,
      presetName: this.#world.preset.channelName,
      nodes: this.nodes,
    };
  }

  /** Forgets what lived in memory: packets waiting, acks awaited, packets seen. */
  restart(): void {
    this.queue.clear();
    this.#retries.clear();
    this.#history.clear();
  }

  newId(): number {
    return this.#world.random.u32() || 1;
  }

  // ───────────────────────────── sending ─────────────────────────────

  /**
   * Hands an app's packet to the mesh. Answers as queueStatus.res does: 0, a Routing.Error, or 32 when the queue is full
   * (with want_ack the radio then still holds a copy and repeats it). Refusals are also told by a ROUTING packet.
   */
  send(packet: WirePacket, now: Millis): number {
    const to = nodeNum(packet.to ?? 0);
    const id = packet.id ?? 0;
    const sealed = seal(this.ring, packet, to, this.#world.random);
    const error = !sealed.ok ? sealed.refusal : this.#overDuty(now) ? ROUTING_ERROR.dutyCycleLimit : undefined;
    if (!sealed.ok || error !== undefined) {
      this.tellApp(id, error!, now);
      return error!;
    }
    const hopLimit = packet.hopLimit ?? 0;
    const hops = hopLimit === 0 && packet.wantAck ? HOP_LIMIT : hopLimit;
    const frame: Frame = {
      from: this.num,
      to,
      id,
      hopLimit: hops,
      hopStart: hops,
      wantAck: packet.wantAck === true && to !== BROADCAST,
      relayNode: this.num & 0xff,
      seal: sealed.value.seal,
      data: sealed.value.data,
      length: sealed.value.length,
      priority: priorityOf(packet),
    };
    this.#remember(frame);
    if (packet.wantAck) this.#retries.start(frame, now);
    return this.#enqueue(frame, now, false) ? 0 : RES_QUEUE_FULL;
  }

  /** Introduces itself: to all, or to one node (asking back, or answering its request). */
  sendNodeInfo(to: NodeNum, now: Millis, ask: { wantResponse?: boolean; requestId?: number } = {}, hopLimit = 3): void {
    const id = this.newId();
    const decoded: WireData = { portnum: PORT.nodeInfo, payload: encode("User", this.user), ...ask };
    const priority = PRIORITY.background;
    this.send({ from: this.num, to, id, decoded, hopLimit, priority }, now);
    this.#owner.selfSent(id, now);
    if (to !== BROADCAST) return;
    this.#owner.deliver({ from: this.num, to, id, decoded, rxTime: this.#owner.radioTime(now), hopLimit }, now);
  }

  /** The host ordered an introduction to all; at most once a minute it is obeyed. */
  announce(now: Millis): void {
    if (now - this.#orderedAt < NODE_INFO_ORDER_INTERVAL) return;
    this.#orderedAt = now;
    this.sendNodeInfo(BROADCAST, now);
  }

  /** Share of the last hour that this radio sent, 0 to 1. */
  airShare(now: Millis): number {
    while (this.#spent.length > 0 && this.#spent[0]!.at <= now - HOUR) this.#spent.shift();
    return this.#spent.reduce((sum, each) => sum + each.length, 0) / HOUR;
  }

  /** Milliseconds until the duty cycle allows sending again. */
  dutyWait(now: Millis): Millis {
    return this.#overDuty(now) ? Math.max(0, this.#spent[0]!.at + HOUR - now) : 0;
  }

  #overDuty(now: Millis): boolean {
    return this.#world.limits && this.airShare(now) * HOUR > DUTY_CYCLE;
  }

  #enqueue(frame: Frame, now: Millis, relay: boolean, delay?: Millis): boolean {
    if (!this.powered) return false;
    if (this.queue.has(frame.from, frame.id)) return true;
    const readyAt = delay === undefined ? this.#world.air.ownReadyAt(now) : now + delay;
    const added = this.queue.add({ frame, readyAt, sequence: this.#world.nextSequence(), relay });
    if (added.evicted || !added.taken) this.counters.txDropped += 1;
    this.#world.air.offer(now);
    return added.taken;
  }

  // ───────────────────────────── what the air asks ─────────────────────────────

  readyAt(): Millis | undefined {
    return this.powered ? this.queue.readyAt() : undefined;
  }

  firstReady(now: Millis): Waiting | undefined {
    return this.powered ? this.queue.first(now) : undefined;
  }

  beginSending(waiting: Waiting, length: Millis, now: Millis): void {
    this.queue.remove(waiting);
    this.#spent.push({ at: now, length });
    this.counters.tx += 1;
    if (waiting.relay) this.counters.txRelay += 1;
    this.#retries.extend(length, waiting.frame.id);
  }

  // ───────────────────────────── hearing ─────────────────────────────

  hear(frame: Frame, reception: Reception, length: Millis, now: Millis): void {
    if (frame.from === this.num) return this.#hearOwn(frame, now);
    this.#retries.extend(length);
    this.counters.rx += 1;
    if (!this.#remember(frame)) return this.#hearAgain(frame, now);
    const opened = open(this.ring, frame);
    if (opened.ok && frame.to !== BROADCAST && opened.value.data.requestId) {
      // A direct message that is answered need not be relayed any more.
      this.#cancelRelay(frame.to, opened.value.data.requestId);
    }
    if (frame.to !== this.num) this.#relay(frame, reception, now);
    if (frame.to !== this.num && frame.to !== BROADCAST) return;
    if (opened.ok) this.#receive(frame, opened.value, reception, now);
    else this.#cannotOpen(frame, opened.refusal, reception, now);
  }

  /** A relay of our own packet: somebody heard it. */
  #hearOwn(frame: Frame, now: Millis): void {
    // Firmware 2.8 no longer counts a relay of its own direct message under keys (meshtastic-facts 2.4).
    if (this.#world.firmware === "2.8" && frame.seal.kind === "pki") return;
    if (!this.#retries.stop(frame.id)) return;
    this.queue.cancel(this.num, frame.id, false);
    this.tellApp(frame.id, ROUTING_ERROR.none, now);
  }

  #hearAgain(frame: Frame, now: Millis): void {
    this.counters.rxDupe += 1;
    this.#cancelRelay(frame.from, frame.id);
    // The sender repeats itself: our ack was lost.
    const repeated = frame.hopStart === frame.hopLimit && frame.hopStart > 0;
    if (repeated && frame.to === this.num && frame.wantAck && open(this.ring, frame).ok) this.#ack(frame, now);
  }

  #cancelRelay(from: NodeNum, id: number): void {
    if (this.queue.cancel(from, id, true)) this.counters.relayCanceled += 1;
  }

  #relay(frame: Frame, reception: Reception, now: Millis): void {
    if (frame.hopLimit === 0) return;
    const slots = CLIENT_OFFSET_SLOTS + below(this.#world.random, 2 ** relayWindow(reception.snr));
    const relayed = { ...frame, hopLimit: frame.hopLimit - 1, relayNode: this.num & 0xff };
    this.#enqueue(relayed, now, true, slots * slotMs(this.#world.preset));
  }

  #cannotOpen(frame: Frame, error: number, reception: Reception, now: Millis): void {
    if (frame.to === this.num && frame.wantAck) this.#answerRouting(frame, error, now);
    if (this.#world.firmware === "2.8") return;
    const encrypted = Uint8Array.from({ length: frame.length - 16 }, () => below(this.#world.random, 256));
    const channel = frame.seal.kind === "channel" ? frame.seal.hash : 0;
    this.#owner.deliver({ ...this.#received(frame, reception, now), channel, encrypted }, now);
  }

  #receive(frame: Frame, opened: Opened, reception: Reception, now: Millis): void {
    const entry = this.nodes.meet(frame.from);
    entry.snr = reception.snr;
    entry.hopsAway = frame.hopStart - frame.hopLimit;
    entry.lastHeard = this.#owner.radioTime(now);
    const keyKnown = this.nodes.keyOf(frame.from) !== undefined;
    const xeddsaSigned = keyKnown && opened.data.xeddsaSignature !== undefined;
    if (xeddsaSigned) entry.signs = true;
    const answered = this.#modules(frame, opened.data, now);
    if (frame.wantAck && !answered) this.#ack(frame, now);
    const pki = opened.pkiKey ? { publicKey: fromHex(opened.pkiKey)!, pkiEncrypted: true } : {};
    const { channel, data } = opened;
    this.#owner.deliver(
      { ...this.#received(frame, reception, now), ...pki, channel, decoded: data, xeddsaSigned },
      now,
    );
    if (!keyKnown && this.nodes.keyOf(frame.from) === undefined) this.#askStranger(frame.from, now);
  }

  #received(frame: Frame, reception: Reception, now: Millis): WirePacket {
    return {
      from: frame.from,
      to: frame.to,
      id: frame.id,
      rxTime: this.#owner.radioTime(now),
      rxSnr: reception.snr,
      rxRssi: reception.rssi,
      hopLimit: frame.hopLimit,
      hopStart: frame.hopStart,
      wantAck: frame.wantAck,
      relayNode: frame.relayNode,
      transportMechanism: TRANSPORT_LORA,
    };
  }

  /** What the radio itself does with a packet; true if it answered, which stands for the ack. */
  #modules(frame: Frame, data: WireData, now: Millis): boolean {
    const forUs = frame.to === this.num;
    if (data.portnum === PORT.nodeInfo) {
      const user = decode<WireUser>("User", data.payload ?? new Uint8Array(0));
      if (user.ok) this.nodes.introduce(frame.from, user.value);
      if (!data.wantResponse || !forUs || now - this.#repliedAt < NODE_INFO_REPLY_INTERVAL) return false;
      this.#repliedAt = now;
      this.sendNodeInfo(frame.from, now, { requestId: frame.id }, responseHops(frame));
      return true;
    }
    if (data.portnum === PORT.routing && forUs && data.requestId) {
      const reason = decode<{ errorReason?: number }>("Routing", data.payload ?? new Uint8Array(0));
      if (this.#retries.stop(data.requestId)) this.queue.cancel(this.num, data.requestId, false);
      if (reason.ok && reason.value.errorReason === ROUTING_ERROR.pkiUnknownPubkey) this.sendNodeInfo(frame.from, now);
      return false;
    }
    if (data.requestId && forUs) this.#retries.stop(data.requestId);
    if (data.wantResponse && !hasModule(data.portnum ?? 0)) {
      this.#answerRouting(frame, ROUTING_ERROR.noResponse, now);
      return true;
    }
    return false;
  }

  #askStranger(num: NodeNum, now: Millis): void {
    if (now - (this.#asked.get(num) ?? -STRANGER_INTERVAL) < STRANGER_INTERVAL) return;
    this.#asked.set(num, now);
    this.sendNodeInfo(num, now, { wantResponse: true });
  }

  // ───────────────────────────── acks and NAKs ─────────────────────────────

  #ack(frame: Frame, now: Millis): void {
    this.#answerRouting(frame, ROUTING_ERROR.none, now);
  }

  /** Acks and NAKs travel under the primary channel's key with two hops to spare; acks of acks do not travel at all. */
  #answerRouting(frame: Frame, errorReason: number, now: Millis): void {
    const ofAnAck = isRouting(frame);
    const hopLimit = ofAnAck ? 0 : responseHops(frame);
    const answer: Frame = {
      from: this.num,
      to: frame.from,
      id: this.newId(),
      hopLimit,
      hopStart: hopLimit,
      // The ack of a text is itself acknowledged (since 2.7.12).
      wantAck: frame.data.portnum === PORT.text && errorReason === ROUTING_ERROR.none,
      relayNode: ofAnAck ? 0 : this.num & 0xff,
      seal: frame.seal.kind === "channel" ? frame.seal : channelSeal(this.channels[0]!, this.ring.presetName),
      data: { portnum: PORT.routing, payload: encode("Routing", { errorReason }), requestId: frame.id, bitfield: 0 },
      // 16 bytes of header; port, payload, request id and bitfield make 13.
      length: 29,
      priority: PRIORITY.ack,
    };
    this.#remember(answer);
    if (answer.wantAck) this.#retries.start(answer, now);
    this.#enqueue(answer, now, false, below(this.#world.random, 8) * slotMs(this.#world.preset));
  }

  /** What became of our own packet, told to our own app. */
  tellApp(requestId: number, errorReason: number, now: Millis): void {
    this.#owner.deliver(
      {
        from: this.num,
        to: this.num,
        id: this.newId(),
        decoded: { portnum: PORT.routing, payload: encode("Routing", { errorReason }), requestId },
        rxTime: this.#owner.radioTime(now),
        priority: PRIORITY.ack,
      },
      now,
    );
  }

  /** False if the packet was seen before. */
  #remember(frame: Frame): boolean {
    const key = `${frame.from}:${frame.id}`;
    if (this.#history.has(key)) return false;
    this.#history.add(key);
    if (this.#history.size > HISTORY) this.#history.delete(this.#history.keys().next().value!);
    return true;
  }
}
