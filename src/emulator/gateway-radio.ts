// A radio that a gateway hangs on: a mesh node, and what its firmware does for a host.
//
// Packets for the host wait in memory, few of them, whether the host is there or not; they survive its absence, not a
// restart of the radio (meshtastic-facts 1.6). The radio limits how often a host may speak, answers each packet with a
// queueStatus of which only two are kept, and forgets repeated ids among the last twenty.

import { crc32 } from "node:zlib";
import type { Millis } from "#base/clock.ts";
import { BROADCAST } from "#base/ids.ts";
import { below } from "#base/random.ts";
import { administer } from "./admin.ts";
import { Drafts } from "./drafts.ts";
import { LocalTelemetry } from "./local-telemetry.ts";
import type { ConfigKind } from "./handshake.ts";
import { factoryConfig, factoryModules } from "./handshake.ts";
import { HostPort } from "./host-port.ts";
import type { Firmware } from "./identity.ts";
import type { Make, NodeOwner, World } from "./world.ts";
import { MeshNode } from "./node.ts";
import { HOP_LIMIT, hasModule } from "./router-rules.ts";
import { PORT, PRIORITY, ROUTING_ERROR, TRANSPORT_LORA } from "./packet.ts";
import type { Plain, WirePacket, WireQueueStatus } from "./proto.ts";
import { decode, encode } from "./proto.ts";
import { TX_QUEUE_LENGTH } from "./tx-queue.ts";

/** queueStatus while the region is not set (meshtastic-facts 7.2). */
const TX_DISABLED = 34;
const STATUSES_KEPT = 2;
const NOTIFICATIONS_KEPT = 2;
const IDS_REMEMBERED = 20;
/** From here on the firmware's decoder gives up on the whole message. */
const UNREADABLE_PAYLOAD = 235;
const BOOT_TIME: Millis = 3000;
/** ClientNotification.level. */
const LEVEL_WARNING = 30;

/** How often a host may speak on a port (meshtastic-facts 1.5); others are free. */
const TEXT_INTERVAL: Millis = 2000;
const SLOW_INTERVAL: Millis = 10_000;
const INTERVALS: Readonly<Record<number, Millis>> = {
  [PORT.text]: TEXT_INTERVAL,
  [PORT.position]: SLOW_INTERVAL,
  [PORT.waypoint]: SLOW_INTERVAL,
  [PORT.alert]: SLOW_INTERVAL,
  [PORT.telemetry]: SLOW_INTERVAL,
  [PORT.traceroute]: 30_000,
};
/** What evicts the oldest packet from a full queue; everything else is dropped on arrival. */
const EVICTS: readonly number[] = [PORT.text, PORT.rangeTest];

export class GatewayRadio implements NodeOwner {
  readonly node: MeshNode;
  readonly firmware: Firmware;
  readonly config: Record<ConfigKind, Plain>;
  readonly modules: Plain[];
  canned = new Uint8Array(0);
  readonly drafts = new Drafts();
  readonly tcp: HostPort;
  readonly serial: HostPort;
  /** False while it restarts. */
  up = true;
  /** Deaf and dumb towards its host, as a hung radio is. */
  muted = false;
  /** Whether a host has spoken since the start; it ends the console text. */
  spokenTo = false;
  rebootCount = 1;
  readonly #world: World;
  readonly #queueLength: number;
  readonly #packets: WirePacket[] = [];
  readonly #statuses: WireQueueStatus[] = [];
  readonly #notifications: Plain[] = [];
  readonly #recentIds: number[] = [];
  readonly #telemetry: LocalTelemetry;
  #clockOffset: Millis | undefined;

  constructor(world: World, make: Make, queueLength: number, now: Millis) {
    this.#world = world;
    this.#queueLength = queueLength;
    this.firmware = world.firmware;
    this.node = new MeshNode(world, make, this);
    this.config = factoryConfig(make.identity, world);
    this.modules = factoryModules(world.firmware);
    this.tcp = new HostPort(world, this, "tcp");
    this.serial = new HostPort(world, this, "serial");
    this.#telemetry = new LocalTelemetry(world, this.node, (packet, at) => {
      if (this.up && this.#packets.length === 0 && this.#livePort()) this.deliver(packet, at);
    });
    this.#telemetry.start(now);
  }

  // ───────────────────────────── towards the host ─────────────────────────────

  deliver(packet: WirePacket, now: Millis): void {
    if (this.#packets.length >= this.#queueLength) {
      if (!EVICTS.includes(packet.decoded?.portnum ?? 0)) return;
      this.#packets.shift();
    }
    this.#packets.push(packet);
    this.#livePort()?.poke(now);
  }

  selfSent(id: number, now: Millis): void {
    this.status(0, id, now);
  }

  radioTime(now: Millis): number {
    return this.#clockOffset === undefined ? 0 : Math.floor((now + this.#clockOffset) / 1000);
  }

  queueStatus(res: number, meshPacketId: number): WireQueueStatus {
    return { res, free: this.node.queue.free, maxlen: TX_QUEUE_LENGTH, meshPacketId };
  }

  status(res: number, meshPacketId: number, now: Millis): void {
    this.#statuses.push(this.queueStatus(res, meshPacketId));
    if (this.#statuses.length > STATUSES_KEPT) this.#statuses.shift();
    this.#livePort()?.poke(now);
  }

  /** The next FromRadio message in the firmware's order of precedence. */
  nextForHost(): Plain | undefined {
    const status = this.#statuses.shift();
    if (status) return { queueStatus: status };
    const notification = this.#notifications.shift();
    if (notification) return { clientNotification: notification };
    const packet = this.#packets.shift();
    return packet && { packet };
  }

  /** What firmware 2.8 replays after a handshake: looks like live packets, with ids that stay the same. */
  cached(): Plain[] {
    const replayed: Plain[] = [];
    for (const entry of this.node.nodes.all()) {
      if (entry.num === this.node.num) continue;
      const said: [number, Uint8Array][] = [];
      if (entry.position) said.push([PORT.position, encode("Position", entry.position)]);
      if (entry.deviceMetrics) {
        said.push([PORT.telemetry, encode("Telemetry", { time: entry.lastHeard, deviceMetrics: entry.deviceMetrics })]);
      }
      for (const [portnum, payload] of said) {
        replayed.push({
          from: entry.num,
          to: BROADCAST,
          id: crc32(payload, (entry.num ^ portnum) >>> 0),
          decoded: { portnum, payload },
          rxTime: entry.lastHeard,
          priority: PRIORITY.background,
          transportMechanism: TRANSPORT_LORA,
        });
      }
    }
    return replayed;
  }

  /** The port whose host gets the packets: of two, the one that spoke last. */
  #livePort(): HostPort | undefined {
    const live = [this.tcp, this.serial].filter((port) => port.live);
    return live.sort((a, b) => b.lastToRadio - a.lastToRadio)[0];
  }

  // ───────────────────────────── from the host ─────────────────────────────

  /** A packet from a host; `spokeAt` is that connection's memory of when it last spoke on which port. */
  fromHost(given: WirePacket, spokeAt: Map<number, Millis>, now: Millis): void {
    const data = given.decoded;
    if (!data || (data.payload?.length ?? 0) >= UNREADABLE_PAYLOAD) return;
    const id = given.id || this.node.newId();
    if (this.#recentIds.includes(id)) return;
    this.#recentIds.push(id);
    if (this.#recentIds.length > IDS_REMEMBERED) this.#recentIds.shift();
    const packet: WirePacket = { ...given, id, from: this.node.num };
    if (this.#tooSoon(data.portnum ?? 0, spokeAt, now)) {
      this.status(0, id, now);
      const hearsRefusal = data.portnum === PORT.text && given.from === this.node.num;
      if (hearsRefusal) this.node.tellApp(id, ROUTING_ERROR.rateLimitExceeded, now);
      return;
    }
    if (given.to === this.node.num) return this.#toSelf(packet, now);
    if (!this.config.lora["region"]) return this.status(TX_DISABLED, id, now);
    if (data.wantResponse && !hasModule(data.portnum ?? 0)) {
      this.node.tellApp(id, ROUTING_ERROR.noResponse, now);
    }
    const res = this.node.send(packet, now);
    if (res === ROUTING_ERROR.dutyCycleLimit) this.#notifyDutyCycle(id, now);
    this.status(res, id, now);
  }

  /** Whether it is on the street's frequency: another region or preset hears nobody, and nobody hears it. */
  #tuned(): boolean {
    const { region, modemPreset = 0 } = this.config.lora;
    return region === this.#world.region.number && modemPreset === this.#world.preset.number;
  }

  /** As from the factory: no region, so no keys and nothing on the air; the public channel alone. */
  unset(): void {
    const { publicKey: _publicKey, privateKey: _privateKey, ...security } = this.config.security;
    this.config.security = security;
    this.config.lora = { ...this.config.lora, region: 0 };
    const { publicKey: _key, ...user } = this.node.user;
    this.node.user = user;
    const { channels } = this.node;
    for (let index = 1; index < channels.length; index++) channels[index] = { index, settings: {}, role: 0 };
    this.node.powered = false;
  }

  #tooSoon(portnum: number, spokeAt: Map<number, Millis>, now: Millis): boolean {
    const interval = INTERVALS[portnum];
    if (interval === undefined || !this.#world.limits) return false;
    const last = spokeAt.get(portnum);
    if (last !== undefined && now - last < interval) return true;
    spokeAt.set(portnum, now);
    return false;
  }

  #notifyDutyCycle(replyId: number, now: Millis): void {
    const minutes = Math.ceil(this.node.dutyWait(now) / 60_000);
    const message = `Duty cycle limit exceeded. You can send again in ${minutes} mins`;
    this.#notifications.push({ replyId, time: this.radioTime(now), level: LEVEL_WARNING, message });
    if (this.#notifications.length > NOTIFICATIONS_KEPT) this.#notifications.shift();
  }

  /** Packets to the radio itself: admin messages are obeyed, everything is acknowledged. */
  #toSelf(packet: WirePacket, now: Millis): void {
    const id = packet.id!;
    const data = packet.decoded!;
    const message =
      data.portnum === PORT.admin ? decode<Plain>("AdminMessage", data.payload ?? new Uint8Array(0)) : undefined;
    const answer = message?.ok ? administer(this, message.value, now) : undefined;
    if (!answer && !packet.wantAck) return this.status(0, id, now);
    const answerId = this.node.newId();
    // The answer passes the same door as the question and earns a queueStatus too; 2.8 reports them the other way round.
    const reported = data.wantResponse ? [id, answerId] : [id];
    if (this.firmware === "2.8") reported.reverse();
    for (const each of reported) this.status(0, each, now);
    const decoded = answer
      ? { portnum: PORT.admin, payload: encode("AdminMessage", { ...answer, sessionPasskey: this.#passkey() }) }
      : { portnum: PORT.routing, payload: encode("Routing", { errorReason: ROUTING_ERROR.none }) };
    this.deliver(
      {
        from: this.node.num,
        to: this.node.num,
        id: answerId,
        decoded: { ...decoded, requestId: id },
        rxTime: this.radioTime(now),
        hopLimit: HOP_LIMIT,
        priority: answer ? PRIORITY.response : PRIORITY.ack,
      },
      now,
    );
  }

  #passkey(): Uint8Array {
    return Uint8Array.from({ length: 8 }, () => below(this.#world.random, 256));
  }

  // ───────────────────────────── its life ─────────────────────────────

  setClock(seconds: number, now: Millis): void {
    this.#clockOffset = seconds * 1000 - now;
  }

  rebootAfter(delay: Millis, now: Millis): void {
    this.#world.agenda.at(now + delay, (then) => this.reboot(then));
  }

  /** Restarts: whatever was in memory is gone, sessions too; the port itself stays, as on a UART bridge. */
  reboot(now: Millis, downFor: Millis = BOOT_TIME): void {
    if (!this.up) return;
    this.up = false;
    this.spokenTo = false;
    this.node.powered = false;
    this.node.restart();
    this.drafts.forget();
    for (const list of [this.#packets, this.#statuses, this.#notifications, this.#recentIds]) list.length = 0;
    this.#clockOffset = undefined;
    this.rebootCount += 1;
    for (const port of [this.tcp, this.serial]) port.endSession(true);
    this.serial.console("Rebooting\r\nold queue is gone");
    if (this.firmware === "2.7") this.serial.say({ rebooted: true });
    this.serial.console("//\\ E S H T /\\ S T / C\r\n\r\nBooting");
    this.#world.agenda.at(now + downFor, (then) => {
      this.up = true;
      this.node.powered = this.#tuned();
      this.serial.console(`Set radio: region=${this.#world.region.name}, node number 0x${this.node.num.toString(16)}`);
      this.#telemetry.start(then);
      this.#world.air.offer(this.node, then);
    });
  }

  mute(): void {
    this.muted = true;
  }

  unmute(now: Millis): void {
    this.muted = false;
    this.#livePort()?.poke(now);
  }
}
