// One radio's router: what it sends, relays, acknowledges, repeats and remembers. Handhelds and gateway radios are alike
// here; the difference is who owns them (a person with a phone, or a host on a port).
//
// Broadcasts are flooded: who hears one relays it after a wait (short for weak signals), unless it hears somebody else do
// so first. Unicasts are flooded until an answer has shown a way; then each copy names the one radio that is to relay it.
// An overheard relay of one's own packet counts as an ack. After F mesh/{FloodingRouter,NextHopRouter,ReliableRouter}.cpp
// (meshtastic-facts 2.4, 4.5).

import type { Millis } from "#base/clock.ts";
import { fromHex } from "#base/bytes.ts";
import { BROADCAST, nodeNum, type NodeNum } from "#base/ids.ts";
import { below } from "#base/random.ts";
import { AirLog } from "./air-log.ts";
import { slotMs } from "./airtime.ts";
import { History, type Seen } from "./history.ts";
import type { Identity } from "./identity.ts";
import { userOf } from "./identity.ts";
import { Introductions } from "./introductions.ts";
import { NodeDb, userIn } from "./node-db.ts";
import { appFrame, receivedPacket, routingFrame } from "./frame-making.ts";
import { type Frame, type Reception, PORT, PRIORITY, RES_QUEUE_FULL, ROUTING_ERROR, packetKey } from "./packet.ts";
import type { WireChannel, WireData, WirePacket, WireUser } from "./proto.ts";
import { decode, encode } from "./proto.ts";
import { Retries, TRANSMISSIONS } from "./retries.ts";
import { ROLE, isCorePort, rulesOf, type RoleRules } from "./roles.ts";
import { HOP_LIMIT, hasModule, hopsTravelled, responseHops, worstRelaySlots } from "./router-rules.ts";
import { open, seal, type Keyring, type Opened } from "./sealing.ts";
import { TxQueue, type Waiting } from "./tx-queue.ts";
import type { Make, NodeOwner, Traits, World } from "./world.ts";

export interface Counters {
  tx: number;
  rx: number;
  rxBad: number;
  rxDupe: number;
  txRelay: number;
  relayCanceled: number;
  txDropped: number;
}

export class MeshNode {
  readonly identity: Identity;
  readonly nodes: NodeDb;
  readonly queue = new TxQueue();
  readonly airLog = new AirLog();
  readonly counters: Counters = { tx: 0, rx: 0, rxBad: 0, rxDupe: 0, txRelay: 0, relayCanceled: 0, txDropped: 0 };
  readonly channels: WireChannel[];
  readonly ring: Keyring;
  readonly traits: Traits;
  user: WireUser;
  powered = true;
  /** Its number in the air's books, given by the air. */
  station = -1;
  readonly #world: World;
  readonly #owner: NodeOwner;
  readonly #retries: Retries;
  readonly #history: History;
  readonly #introductions = new Introductions();
  readonly #rules: RoleRules;

  constructor(world: World, { identity, channels, traits }: Make, owner: NodeOwner) {
    this.#world = world;
    this.identity = identity;
    this.channels = [...channels];
    this.traits = traits;
    this.#owner = owner;
    this.#rules = rulesOf(traits.role, false);
    this.user = { ...userOf(identity), ...(traits.role === ROLE.client ? {} : { role: traits.role }) };
    this.nodes = new NodeDb(identity.num, traits.maxNodes, world.firmware === "2.8" ? traits.maxNodes : 0);
    this.nodes.meet(identity.num).user = this.user;
    this.#history = new History(Math.max(2 * traits.maxNodes, 100), identity.num);
    this.ring = {
      num: identity.num,
      key: identity.publicKey,
      firmware: world.firmware,
      channels: this.channels,
      presetName: world.preset.channelName,
      nodes: this.nodes,
    };
    this.#retries = new Retries(world.agenda, world.preset, {
      again: (frame, last, now) => this.#again(frame, last, now),
      gaveUp: (frame, now) => {
        if (frame.from === this.num) this.tellApp(frame.id, ROUTING_ERROR.maxRetransmit, now);
      },
      utilisation: (now) => this.airLog.utilisation(now),
    });
  }

  get num(): NodeNum {
    return this.identity.num;
  }

  /** What its role lets it do. */
  rulesFor(frame?: Frame): RoleRules {
    if (this.traits.role !== ROLE.clientBase || !frame) return this.#rules;
    const favourite = [frame.from, frame.to].some((num) => this.nodes.find(num)?.favorite);
    return rulesOf(this.traits.role, favourite);
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
    const frame = appFrame(this.num, to, packet, sealed.value, this.#nextHop(to));
    this.#history.note(frame);
    const transmissions = packet.wantAck
      ? TRANSMISSIONS.own
      : frame.nextHop !== 0 && frame.hopLimit > 0
        ? TRANSMISSIONS.relay
        : 0;
    if (transmissions > 0) this.#retries.start(frame, transmissions, now);
    return this.#enqueue(frame, now) ? 0 : RES_QUEUE_FULL;
  }

  /** Introduces itself to one node: asking back, or answering its request. */
  #introduceTo(
    to: NodeNum,
    ask: Pick<WireData, "wantResponse" | "requestId">,
    now: Millis,
    hopLimit = HOP_LIMIT,
  ): void {
    const id = this.newId();
    const decoded: WireData = { portnum: PORT.nodeInfo, payload: encode("User", this.user), ...ask };
    this.send({ from: this.num, to, id, decoded, hopLimit, priority: PRIORITY.background }, now);
    this.#owner.selfSent(id, now);
  }

  /** Introduces itself to all. */
  introduce(now: Millis): void {
    this.sayToAll({ portnum: PORT.nodeInfo, payload: encode("User", this.user) }, now);
  }

  /** The radio itself says something to all; its app is told too. */
  sayToAll(decoded: WireData, now: Millis): void {
    const id = this.newId();
    const [to, hopLimit] = [BROADCAST, HOP_LIMIT];
    this.send({ from: this.num, to, id, decoded, hopLimit, priority: PRIORITY.background }, now);
    this.#owner.selfSent(id, now);
    this.#owner.deliver({ from: this.num, to, id, decoded, rxTime: this.#owner.radioTime(now), hopLimit }, now);
  }

  /** The host ordered an introduction to all; at most once a minute it is obeyed. */
  announce(now: Millis): void {
    if (this.#introductions.mayAnnounce(now)) this.introduce(now);
  }

  /** Milliseconds until the duty cycle allows sending again. */
  dutyWait(now: Millis): Millis {
    return this.airLog.waitBelow(this.#world.region.dutyCycle, now);
  }

  #overDuty(now: Millis): boolean {
    const { dutyCycle } = this.#world.region;
    return this.#world.limits && dutyCycle < 1 && this.airLog.sentShare(now) > dutyCycle;
  }

  #enqueue(frame: Frame, now: Millis, heard?: Reception): boolean {
    if (!this.powered) return false;
    if (this.queue.find(frame.from, frame.id)) return true;
    const readyAt = this.#world.air.readyAt(this, heard, now);
    const how = heard ? { relay: true, heard, early: this.rulesFor(frame).early } : { relay: false };
    return this.#wait({ frame, readyAt, sequence: this.#world.nextSequence(), ...how }, now);
  }

  #wait(waiting: Waiting, now: Millis): boolean {
    const added = this.queue.add(waiting);
    if (added.evicted || !added.taken) this.counters.txDropped += 1;
    this.#world.air.offer(this, now);
    return added.taken;
  }

  /** The last repetition of a unicast takes no route, and the route is forgotten. */
  #again(frame: Frame, last: boolean, now: Millis): void {
    if (last && frame.to !== BROADCAST) {
      const entry = this.nodes.find(frame.to);
      if (entry) entry.nextHop = 0;
    }
    this.#enqueue({ ...frame, nextHop: last ? 0 : this.#nextHop(frame.to) }, now);
  }

  /** Last byte of the radio that is to relay a packet to `to`; 0: flood it. */
  #nextHop(to: NodeNum): number {
    if (to === BROADCAST) return 0;
    const known = this.nodes.find(to)?.nextHop ?? 0;
    return known === (this.num & 0xff) ? 0 : known;
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
    this.airLog.sent(length, now);
    this.counters.tx += 1;
    if (waiting.relay) this.counters.txRelay += 1;
    this.#retries.extend(length, waiting.frame.key);
  }

  // ───────────────────────────── hearing ─────────────────────────────

  /** A frame of `length` ms was received whole at `now`, its end. */
  hear(frame: Frame, reception: Reception, length: Millis, now: Millis): void {
    const seen = this.#history.note(frame);
    if (frame.from === this.num) return this.#hearOwn(frame, now);
    this.#retries.extend(length, frame.key);
    this.counters.rx += 1;
    if (seen) return this.#hearAgain(frame, seen, reception, now);
    const opened = open(this.ring, frame);
    if (opened.ok && this.#rules.coreOnly && !isCorePort(opened.value.data.portnum ?? 0)) return;
    if (opened.ok) this.#followAnswer(frame, opened.value.data);
    // A router of 2.8 passes nothing on that it cannot read (meshtastic-facts 0.8).
    const blind = !opened.ok && this.#rules.coreOnly && this.#world.firmware === "2.8";
    if (!blind) this.#relay(frame, reception, now);
    if (frame.to !== this.num && frame.to !== BROADCAST) return;
    if (opened.ok) this.#receive(frame, opened.value, reception, now);
    else this.#cannotOpen(frame, opened.refusal, reception, now);
  }

  /** A relay of our own packet: somebody heard it. */
  #hearOwn(frame: Frame, now: Millis): void {
    // Firmware 2.8 no longer counts a relay of its own direct message under keys (meshtastic-facts 2.4).
    if (this.#world.firmware === "2.8" && frame.seal.kind === "pki") return;
    if (!this.#retries.stop(frame.key)) return;
    this.queue.cancel(this.num, frame.id, false);
    this.tellApp(frame.id, ROUTING_ERROR.none, now);
  }

  #hearAgain(frame: Frame, seen: Seen, reception: Reception, now: Millis): void {
    this.counters.rxDupe += 1;
    const waiting = this.queue.find(frame.from, frame.id);
    if (seen.upgraded && waiting?.relay && waiting.frame.hopLimit < frame.hopLimit - 1) {
      this.queue.remove(waiting);
      return void this.#relay(frame, reception, now);
    }
    if (frame.to !== BROADCAST) this.#retries.stop(frame.key);
    if (seen.fallback) return void (waiting ?? this.#relay(frame, reception, now));
    const repeated = frame.hopStart === frame.hopLimit && frame.hopStart > 0;
    if (!repeated) return seen.weWereNextHop ? undefined : this.#stepBack(frame, now);
    // The sender repeats itself: it heard no relay, or our ack was lost.
    if (waiting || this.#relay(frame, reception, now)) return;
    if (frame.to === this.num && frame.wantAck && open(this.ring, frame).ok)
      this.#answerRouting(frame, ROUTING_ERROR.none, now);
  }

  /** Somebody else relayed it: our own relay is not needed, or comes last. */
  #stepBack(frame: Frame, now: Millis): void {
    const rules = this.rulesFor(frame);
    if (!rules.always) return this.#cancelRelay(frame.from, frame.id);
    const waiting = this.queue.find(frame.from, frame.id);
    if (!rules.late || !waiting?.relay || waiting.lateAt !== undefined) return;
    waiting.lateAt = now + worstRelaySlots(waiting.heard?.snr ?? 0) * slotMs(this.#world.preset);
  }

  #cancelRelay(from: NodeNum, id: number): void {
    if (this.queue.cancel(from, id, true)) this.counters.relayCanceled += 1;
  }

  /** An answer shows the way to who gave it, and that its question arrived. */
  #followAnswer(frame: Frame, data: WireData): void {
    const answered = data.requestId || data.replyId || 0;
    if (answered === 0 || frame.to === BROADCAST) return;
    const ours = this.#history.relayed(this.num & 0xff, frame.to, answered);
    const both = ours !== "no" && this.#history.relayed(frame.relayNode, frame.to, answered) !== "no";
    const direct = ours === "sole" && hopsTravelled(frame) === 0;
    const entry = this.nodes.find(frame.from);
    if (entry && (both || direct)) entry.nextHop = frame.relayNode;
    if (frame.to === this.num || !data.requestId) return;
    this.#cancelRelay(frame.to, data.requestId);
    this.#retries.stop(packetKey(frame.to, data.requestId));
  }

  /** Passes a packet on if that is for us to do; false if not. */
  #relay(frame: Frame, reception: Reception, now: Millis): boolean {
    const own = this.num & 0xff;
    if (frame.to === this.num || frame.hopLimit === 0 || !this.#rules.relays) return false;
    if (frame.nextHop !== 0 && frame.nextHop !== own) return false;
    if (this.#overDuty(now)) return false;
    // A chain of routers that favour each other takes one hop, after the first.
    const free = this.#rules.keepsHops && hopsTravelled(frame) > 0 && this.nodes.favoursRouter(frame.relayNode);
    const hopLimit = free ? frame.hopLimit : frame.hopLimit - 1;
    const relayed: Frame = { ...frame, hopLimit, relayNode: own, nextHop: this.#nextHop(frame.to) };
    this.#history.note(relayed);
    if (relayed.nextHop !== 0 && (hopLimit > 0 || frame.wantAck)) {
      this.#retries.start(relayed, TRANSMISSIONS.relay, now);
    }
    this.#enqueue(relayed, now, reception);
    return true;
  }

  #cannotOpen(frame: Frame, error: number, reception: Reception, now: Millis): void {
    if (frame.to === this.num && frame.wantAck) this.#answerRouting(frame, error, now);
    if (this.#world.firmware === "2.8") return;
    const encrypted = Uint8Array.from({ length: frame.length - 16 }, () => below(this.#world.random, 256));
    const channel = frame.seal.kind === "channel" ? frame.seal.hash : 0;
    this.#owner.deliver({ ...receivedPacket(frame, reception, this.#owner.radioTime(now)), channel, encrypted }, now);
  }

  #receive(frame: Frame, opened: Opened, reception: Reception, now: Millis): void {
    const roomForStrangers = !this.nodes.isFull;
    const entry = this.nodes.meet(frame.from);
    entry.snr = reception.snr;
    entry.hopsAway = hopsTravelled(frame);
    entry.lastHeard = this.#owner.radioTime(now);
    const keyKnown = this.nodes.keyOf(frame.from) !== undefined;
    const xeddsaSigned = keyKnown && opened.data.xeddsaSignature !== undefined;
    if (xeddsaSigned) entry.signs = true;
    const answered = this.#modules(frame, opened.data, now);
    if (frame.wantAck && !answered) this.#answerRouting(frame, ROUTING_ERROR.none, now);
    const pki = opened.pkiKey ? { publicKey: fromHex(opened.pkiKey)!, pkiEncrypted: true } : {};
    const { channel, data } = opened;
    this.#owner.deliver(
      { ...receivedPacket(frame, reception, entry.lastHeard), ...pki, channel, decoded: data, xeddsaSigned },
      now,
    );
    const stranger = !keyKnown && this.nodes.keyOf(frame.from) === undefined;
    if (!stranger || !roomForStrangers || !this.#rules.meetsStrangers) return;
    if (!this.#introductions.mayAsk(frame.from, this.airLog.utilisation(now), now)) return;
    this.#introduceTo(frame.from, { wantResponse: true }, now);
  }

  /** What the radio itself does with a packet; true if it answered, which stands for the ack. */
  #modules(frame: Frame, data: WireData, now: Millis): boolean {
    const forUs = frame.to === this.num;
    if (data.portnum === PORT.nodeInfo) {
      const user = userIn(data);
      if (user) this.nodes.introduce(frame.from, user);
      if (!data.wantResponse || !forUs) return false;
      if (!this.#introductions.mayReply(this.airLog.utilisation(now), now)) return false;
      this.#introduceTo(frame.from, { requestId: frame.id }, now, responseHops(frame));
      return true;
    }
    if (data.portnum === PORT.routing && forUs && data.requestId) {
      const reason = decode<{ errorReason?: number }>("Routing", data.payload ?? new Uint8Array(0));
      const stopped = this.#retries.stop(packetKey(this.num, data.requestId));
      if (stopped) this.queue.cancel(this.num, data.requestId, false);
      if (reason.ok && reason.value.errorReason === ROUTING_ERROR.pkiUnknownPubkey)
        this.#introduceTo(frame.from, {}, now);
      return false;
    }
    if (data.requestId && forUs) this.#retries.stop(packetKey(this.num, data.requestId));
    if (data.wantResponse && !hasModule(data.portnum ?? 0)) {
      this.#answerRouting(frame, ROUTING_ERROR.noResponse, now);
      return true;
    }
    return false;
  }

  // ───────────────────────────── acks and NAKs ─────────────────────────────

  #answerRouting(frame: Frame, errorReason: number, now: Millis): void {
    const answer = routingFrame(this.ring, frame, this.newId(), errorReason, this.#nextHop(frame.from));
    this.#history.note(answer);
    if (answer.wantAck) this.#retries.start(answer, TRANSMISSIONS.own, now);
    this.#enqueue(answer, now);
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
}
