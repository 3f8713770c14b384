// A host on an emulated radio's port, in virtual time: says ToRadio messages, keeps what it hears.

import { BROADCAST } from "#base/ids.ts";
import { FrameReader, frame } from "#emulator/frames.ts";
import type { HostPort } from "#emulator/host-port.ts";
import type { Plain, WirePacket, WireQueueStatus } from "#emulator/proto.ts";
import { decode, encode } from "#emulator/proto.ts";
import type { StreetOptions } from "#emulator/street.ts";
import { Street } from "#emulator/street.ts";

const START = 1_795_000_000_000;

export interface Heard {
  /** Milliseconds since the street began. */
  readonly at: number;
  readonly message: Plain;
}

export class VirtualStreet {
  readonly street: Street;
  now = START;

  constructor(options: Partial<StreetOptions> = {}) {
    this.street = new Street({ seed: 1, firmware: "2.7", startAt: START, ...options });
  }

  /** Lets time pass, step by step, so that hosts hear things when they are said. */
  run(ms: number, each: (now: number) => void = () => undefined): void {
    const end = this.now + ms;
    for (let at = this.street.wakeAt(); at !== undefined && at <= end; at = this.street.wakeAt()) {
      this.now = at;
      this.street.wake(at);
      each(at);
    }
    this.now = end;
    each(end);
  }
}

export class VirtualHost {
  readonly world: VirtualStreet;
  readonly port: HostPort;
  readonly heard: Heard[] = [];
  noise = 0;
  readonly #reader = new FrameReader();
  #nextId = 1000;

  constructor(world: VirtualStreet, kind: HostPort["kind"] = "tcp", radio = 0) {
    this.world = world;
    this.port = world.street.port(radio, kind);
    world.street.hostOpened(this.port, world.now);
  }

  get num(): number {
    return this.world.street.radios[0]!.node.num;
  }

  say(message: Plain): void {
    this.world.street.hostBytes(this.port, frame(encode("ToRadio", message)), this.world.now);
  }

  /** Says the handshake and waits for its end. */
  connect(nonce = 4711): this {
    this.say({ wantConfigId: nonce });
    this.run(500);
    return this;
  }

  /** Sends a packet as our gateway would; answers its id. */
  send(packet: WirePacket): number {
    const id = packet.id ?? this.#nextId++;
    this.say({ packet: { from: this.num, to: BROADCAST, hopLimit: 3, id, ...packet } });
    return id;
  }

  /** An admin message's bytes. */
  admin(message: Plain): Uint8Array {
    return encode("AdminMessage", message);
  }

  text(text: string | number, more: WirePacket = {}): number {
    const payload = typeof text === "number" ? new Uint8Array(text).fill(0x79) : new TextEncoder().encode(text);
    return this.send({ wantAck: true, ...more, decoded: { portnum: 1, payload, ...more.decoded } });
  }

  run(ms: number): void {
    this.world.run(ms, (now) => this.#listen(now));
  }

  packets(): WirePacket[] {
    return this.heard.flatMap(({ message }) => (message["packet"] ? [message["packet"] as WirePacket] : []));
  }

  texts(): string[] {
    return this.packets()
      .filter((packet) => packet.decoded?.portnum === 1)
      .map((packet) => new TextDecoder().decode(packet.decoded!.payload));
  }

  kinds(): string[] {
    return this.heard.map(({ message }) => Object.keys(message)[0]!);
  }

  /** What was answered to a packet: "res 0", "self 5", "peer 0", each with the time since `from`. */
  answers(id: number, from = START): { readonly what: string; readonly after: number }[] {
    return this.heard.flatMap(({ at, message }) => {
      const status = message["queueStatus"] as WireQueueStatus | undefined;
      if (status?.meshPacketId === id) return [{ what: `res ${status.res ?? 0}`, after: at - from }];
      const packet = message["packet"] as WirePacket | undefined;
      if (packet?.decoded?.requestId !== id || packet.decoded.portnum !== 5) return [];
      const routing = decode<{ errorReason?: number }>("Routing", packet.decoded.payload!);
      const error = routing.ok ? (routing.value.errorReason ?? 0) : -1;
      return [{ what: `${packet.from === this.num ? "self" : "peer"} ${error}`, after: at - from }];
    });
  }

  /** The answers without their times. */
  said(id: number): string[] {
    return this.answers(id).map(({ what }) => what);
  }

  #listen(now: number): void {
    for (const chunk of this.port.take()) {
      const payloads = this.#reader.push(chunk);
      this.noise += chunk.length - payloads.reduce((sum, payload) => sum + payload.length + 4, 0);
      for (const payload of payloads) {
        const message = decode<Plain>("FromRadio", payload);
        if (message.ok) this.heard.push({ at: now, message: message.value });
      }
    }
  }
}
