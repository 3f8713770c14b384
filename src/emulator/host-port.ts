// One connection between a gateway radio and a host: the serial port, or TCP 4403. Each has its own session; both share the
// radio's one queue of packets (meshtastic-facts 1.4, 1.7).
//
// A session is live between a finished handshake and an idle quarter of an hour, a disconnect, a reboot or the closing of
// the connection. Without one the radio still transmits what it is given and answers heartbeats, but hands nothing over.
// The radio looks after its port every 5 ms while there is traffic and four times a second otherwise.

import type { Millis } from "#base/clock.ts";
import { utf8 } from "#base/bytes.ts";
import { below } from "#base/random.ts";
import { FrameReader, frame } from "./frames.ts";
import type { GatewayRadio } from "./gateway-radio.ts";
import { NONCE_CONFIG_ONLY, dump } from "./handshake.ts";
import type { World } from "./world.ts";
import type { Plain, WireToRadio } from "./proto.ts";
import { decode, encode } from "./proto.ts";

export type PortKind = "tcp" | "serial";

const IDLE_CLOSE: Millis = 15 * 60_000;
const BUSY_POLL: Millis = 5;
const IDLE_POLL: Millis = 250;
/** How long after traffic the radio polls busily. */
const BUSY_FOR: Millis = 2000;
/** From want_config to the dump: 40 to 100 ms in all on real firmware. */
const DUMP_AFTER: Millis = 40;

export class HostPort {
  readonly kind: PortKind;
  /** False while the cable is pulled: nobody can open the port. */
  plugged = true;
  readonly #world: World;
  readonly #radio: GatewayRadio;
  readonly #reader = new FrameReader();
  #out: Uint8Array[] = [];
  #replay: Plain[] = [];
  #open = false;
  #live = false;
  #closing = false;
  #dumpSet: (() => void) | undefined;
  #pollSet: (() => void) | undefined;
  #lastToRadio: Millis = 0;
  /** One watch for the idle quarter of an hour at a time. */
  #idleWatched = false;
  /** When the host last spoke on which port: the rate limits are per connection. */
  readonly #spokeAt = new Map<number, Millis>();

  constructor(world: World, radio: GatewayRadio, kind: PortKind) {
    this.#world = world;
    this.#radio = radio;
    this.kind = kind;
  }

  get live(): boolean {
    return this.#live;
  }

  /** Whether a host can open it: a restarting radio still has its serial port, but takes no connections. */
  get reachable(): boolean {
    return this.plugged && (this.kind === "serial" || this.#radio.up);
  }

  get lastToRadio(): Millis {
    return this.#lastToRadio;
  }

  // ───────────────────────────── what the outside does ─────────────────────────────

  /** A host opened the port or connected; one that was there before is gone. */
  opened(now: Millis): void {
    this.endSession();
    this.#open = true;
    this.#closing = false;
    this.#out = [];
    this.#lastToRadio = now;
    if (this.kind === "tcp") this.#spokeAt.clear();
    this.console(`[Power] Battery 101, ${this.#radio.node.nodes.size} nodes known`);
  }

  closed(): void {
    this.endSession();
    this.#open = false;
    this.#out = [];
  }

  /** Bytes from the host. */
  bytes(chunk: Uint8Array, now: Millis): void {
    if (!this.#open || !this.#radio.up || this.#radio.muted) return;
    for (const payload of this.#reader.push(chunk)) {
      const message = decode<WireToRadio>("ToRadio", payload);
      // The firmware ignores what it cannot read in silence.
      if (message.ok) this.#toRadio(message.value, now);
    }
  }

  /** Bytes for the host since the last call, in the chunks they were written in. */
  take(): Uint8Array[] {
    const taken = this.#out;
    this.#out = [];
    return taken;
  }

  /** True once after the radio itself ended the connection (TCP only). */
  takeClosing(): boolean {
    const closing = this.#closing;
    this.#closing = false;
    return closing;
  }

  // ───────────────────────────── what the radio does ─────────────────────────────

  /** Something for the host is there. */
  poke(now: Millis): void {
    if (!this.#live || this.#pollSet) return;
    const busy = now - this.#lastToRadio < BUSY_FOR;
    const delay = busy ? BUSY_POLL : BUSY_POLL + below(this.#world.random, IDLE_POLL);
    this.#pollSet = this.#world.agenda.at(now + delay, () => this.#poll());
  }

  /** Console text; it stops when the host first speaks, but the captured 2.7 goes on. Never on TCP. */
  console(line: string): void {
    if (this.kind !== "serial" || !this.#open) return;
    if (this.#radio.spokenTo && this.#world.firmware === "2.8") return;
    this.noise(utf8(`${line}\r\n`));
  }

  /** Bytes that are no frame. */
  noise(bytes: Uint8Array): void {
    if (this.#open && !this.#radio.muted) this.#out.push(bytes);
  }

  say(message: Plain): void {
    if (this.#open && !this.#radio.muted) this.#out.push(frame(encode("FromRadio", message)));
  }

  /** Ends the session; over TCP a restarting or idle radio also closes the connection. */
  endSession(hangUp = false): void {
    this.#live = false;
    this.#dumpSet?.();
    this.#pollSet?.();
    this.#dumpSet = this.#pollSet = undefined;
    this.#replay = [];
    this.#reader.reset();
    if (hangUp && this.kind === "tcp" && this.#open) {
      this.#open = false;
      this.#closing = true;
    }
  }

  #toRadio(message: WireToRadio, now: Millis): void {
    this.#radio.spokenTo = true;
    this.#lastToRadio = now;
    this.#watchIdle(now);
    if (message.wantConfigId !== undefined) this.#wantConfig(message.wantConfigId, now);
    else if (message.heartbeat) this.#heartbeat(message.heartbeat.nonce ?? 0, now);
    else if (message.disconnect) this.endSession(true);
    else if (message.packet) this.#radio.fromHost(message.packet, this.#spokeAt, now);
  }

  #heartbeat(nonce: number, now: Millis): void {
    if (nonce === 1) return this.#radio.node.announce(now);
    if (nonce !== 0) return;
    // Without a session it is answered at once, and once more after the next handshake.
    if (!this.#live) this.say({ queueStatus: this.#radio.queueStatus(0, 0) });
    this.#radio.status(0, 0, now);
  }

  #wantConfig(nonce: number, now: Millis): void {
    this.#live = false;
    this.#dumpSet?.();
    this.#dumpSet = this.#world.agenda.at(now + DUMP_AFTER, (then) => {
      this.#dumpSet = undefined;
      this.console(`[SerialConsole] Client wants config, nonce=${nonce}`);
      for (const message of dump(this.#radio, nonce)) {
        this.console(`[SerialConsole] Send ${Object.keys(message).join()}`);
        this.say(message);
      }
      this.#live = true;
      this.#replay = this.#world.firmware === "2.8" && nonce !== NONCE_CONFIG_ONLY ? this.#radio.cached() : [];
      this.poke(then);
    });
  }

  #poll(): void {
    this.#pollSet = undefined;
    if (!this.#radio.up || this.#radio.muted) return;
    for (let next = this.#radio.nextForHost(); next; next = this.#radio.nextForHost()) {
      if (next["packet"]) this.console("[SerialConsole] Send packet");
      this.say(next);
    }
    for (const packet of this.#replay) this.say({ packet });
    this.#replay = [];
  }

  /** Looks again when it finds that the host has spoken meanwhile. */
  #watchIdle(now: Millis): void {
    if (this.#idleWatched) return;
    this.#idleWatched = true;
    this.#world.agenda.at(now + IDLE_CLOSE, (then) => {
      this.#idleWatched = false;
      if (then - this.#lastToRadio >= IDLE_CLOSE) this.endSession(true);
      else this.#watchIdle(this.#lastToRadio);
    });
  }
}
