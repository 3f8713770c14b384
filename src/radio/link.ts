// The link to one radio, without a port: bytes in, events out; messages in, writes out; and when it wants to be woken.
//
// Phases: closed → waking (wake-up bytes are out) → dumping (want_config is out) → live. A reboot, a lost session or the
// ladder of liveness.ts lead back to waking. States for people (`radio-state`) follow the phases, but a radio that was
// called silent stays silent until it proves a session.
//
// The holder of the port calls a method, then takes events and writes, then sets its timers by wakeAt() and tornAt(). Every
// packet the radio hands over becomes an event in any phase, because it is handed over only once. The link keeps no message:
// a send goes out at once or is answered with `written: false`.

import { utf8 } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";
import type { Random } from "#base/random.ts";

import { BootWatch } from "./console.ts";
import { isDump } from "./dump.ts";
import type { LinkReport, LinkRequest, LinkState, RadioEvent, RadioInfo, Send, Write } from "./events.ts";
import { Framer, LONGEST_PAYLOAD } from "./framing.ts";
import { Handshake } from "./handshake.ts";
import { Liveness } from "./liveness.ts";
import type { Rung } from "./liveness.ts";
import { Outbox } from "./outbox.ts";
import { nodeOf, packetEvent, packetMessage, read } from "./packets.ts";
import { isPlausible, packetBytes } from "./plausible.ts";
import { ADMIN, disconnect, heartbeat, packetToRadio, requestPacket } from "./requests.ts";
import { FromRadioSchema, MeshPacketSchema } from "./schemas.ts";
import type { ClientNotification, FromRadio, QueueStatus } from "./schemas.ts";

/** As the Python client does: wakes a sleeping UART. */
const WAKE_BYTES = 32;

/** The radio closes a session 15 minutes after our last word; the Python client says one every 5. */
const HEARTBEAT: Millis = 5 * 60_000;
const CLOCK_AGAIN: Millis = 12 * 60 * 60_000;
const CLOCK_UNTRUSTED: Millis = 60_000;

export interface LinkOptions {
  readonly random: Random;
  /** True while the host's clock is good enough to set the radio's by. */
  readonly trustClock: () => boolean;
  /** The date to set it to, ms since 1970; by default the time that each call brings. */
  readonly calendar?: () => Millis;
}

type Phase = "closed" | "waking" | "dumping" | "live";

export class RadioLink {
  readonly #trustClock: () => boolean;
  readonly #calendar: (() => Millis) | undefined;
  readonly #framer: Framer;
  readonly #liveness = new Liveness();
  readonly #boot = new BootWatch();
  readonly #out: Outbox;
  readonly #handshake: Handshake;
  #events: RadioEvent[] = [];

  #phase: Phase = "closed";
  #said: { state: LinkState; reason: string } | undefined;
  /** The time of the call that is being handled. */
  #now: Millis = 0;
  #info: RadioInfo | undefined;

  #rebootTold = false;
  #heardBytes = false;
  /** The nodes have been listed since the port was opened. */
  #nodesKnown = false;
  /** Console text has come since the session began. */
  #chatty = false;
  #remedying = false;

  #clockAt: Millis = 0;

  constructor(options: LinkOptions) {
    this.#trustClock = options.trustClock;
    this.#calendar = options.calendar;
    this.#out = new Outbox(options.random);
    this.#handshake = new Handshake(options.random);
    this.#framer = new Framer({
      accepts: isPlausible,
      frame: (payload) => this.#frame(payload),
      console: (bytes) => this.#console(bytes),
    });
  }

  // ── what the holder of the port tells ──

  /** A first attempt to open the port begins. */
  opening(now: Millis): void {
    this.#at(now);
    if (this.#said === undefined) this.#say("opening", "");
  }

  /** The port could not be opened. */
  openFailed(now: Millis, reason: string): void {
    this.#at(now);
    this.#remedying = false;
    this.#liveness.lost();
    this.#say("down", reason);
  }

  /** The port is open. `torn`: our last write may have ended inside a frame, whose rest the radio still waits for. */
  opened(now: Millis, torn = false): void {
    this.#at(now);
    this.#framer.reset();
    this.#out.take();
    this.#heardBytes = false;
    this.#nodesKnown = false;
    this.#remedying = false;
    this.#liveness.opened(now);
    this.#wake(torn ? LONGEST_PAYLOAD : WAKE_BYTES);
    this.#say("configuring", "the port is open");
  }

  /** The port is gone or was closed; `reason` in words. */
  closed(now: Millis, reason: string): void {
    this.#at(now);
    this.#phase = "closed";
    this.#refuseWrites(reason);
    if (this.#remedying) return;
    this.#liveness.lost();
    this.#say("down", reason);
  }

  /** Bytes from the port, in any pieces. `wall`: the wall clock's time, where `now` runs at another rate. */
  receive(bytes: Uint8Array, now: Millis, wall: Millis = now): void {
    this.#at(now);
    if (bytes.length > 0) this.#heardBytes = true;
    this.#framer.push(bytes, wall);
  }

  /** When `wake` is wanted: the moment on the clock that `now` comes from. */
  wakeAt(): Millis | undefined {
    if (this.#phase === "closed") return undefined;
    const own = this.#phase === "live" ? Math.min(this.#out.lastAt + HEARTBEAT, this.#clockAt) : this.#handshake.askAt;
    return Math.min(own, this.#liveness.wakeAt);
  }

  /** When `wake` is wanted for the sake of an unfinished frame, in wall time. */
  tornAt(): Millis | undefined {
    return this.#framer.tornAt();
  }

  wake(now: Millis, wall: Millis = now): void {
    this.#at(now);
    this.#framer.expire(wall);
    if (this.#phase === "closed") return;
    if (this.#phase === "live") this.#keep();
    else if (now >= this.#handshake.askAt) this.#ask();
    const rung = this.#liveness.due(now, this.#info !== undefined);
    if (rung) this.#climb(rung);
  }

  // ── what the gateway asks ──

  /** Hands a packet over at once, in order. The outcome of the write is `mesh-written`, told by the holder of the port. */
  send(send: Send, now: Millis): void {
    this.#at(now);
    const info = this.#info;
    if (this.#phase !== "live" || !info) {
      return this.#unwritten(send.sendId, `the radio is ${this.#said?.state ?? "down"}`);
    }
    const payload = packetToRadio(packetMessage(send, info.node));
    if (payload.length > LONGEST_PAYLOAD) return this.#unwritten(send.sendId, "too long for the radio's protocol");
    this.#out.write(payload, this.#now, send.sendId);
  }

  /** Asks something of the radio itself. Nothing is promised: what cannot be asked now is noted and dropped. */
  request(request: LinkRequest, now: Millis): void {
    this.#at(now);
    const info = this.#info;
    if (this.#phase !== "live" || !info) return this.#note(`${request.kind} dropped: the radio is not ready`);
    const payload = requestPacket(request, info, this.#out.ownId());
    if (typeof payload === "string") return this.#note(payload);
    this.#out.write(payload, now);
  }

  /** Hands an AdminMessage to our own radio. Its packet id, which the `admin-answer` names; undefined while not live. */
  ask(message: Uint8Array, now: Millis): number | undefined {
    this.#at(now);
    const info = this.#info;
    return this.#phase === "live" && info ? this.#out.ask(info.node, message, now) : undefined;
  }

  /** Takes leave, so that the radio keeps what it hears from now on for our next session. */
  leave(now: Millis): void {
    this.#at(now);
    if (this.#phase !== "closed") this.#out.write(disconnect(), this.#now);
  }

  takeEvents(): RadioEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  takeWrites(): Write[] {
    return this.#out.take();
  }

  /** A clock that is set back would put every deadline off; they keep their distance, and the radio's clock is set anew. */
  #at(now: Millis): void {
    const step = now - this.#now;
    this.#now = now;
    if (step >= 0) return;
    this.#liveness.shift(step);
    this.#handshake.shift(step);
    this.#out.shift(step);
    this.#clockAt = now;
  }

  // ── bytes in ──

  #console(bytes: Uint8Array): void {
    this.#events.push({ kind: "console", bytes: bytes.slice() });
    if (this.#boot.saw(bytes)) return this.#rebooted("the radio is booting");
    // Firmware falls silent on the console once a client speaks its protocol: text again may mean that it rebooted.
    if (this.#phase === "live" && !this.#chatty) this.#liveness.doubt(this.#now);
    this.#chatty = true;
  }

  #frame(payload: Uint8Array): void {
    if (payload.length === 0) return;
    const raw = packetBytes(payload);
    if (raw) return this.#packet(raw);
    const message = read(FromRadioSchema, payload);
    if (!message) return this.#note(`a frame of ${payload.length} bytes is not a FromRadio`);
    const variant = message.payloadVariant;
    if (!isDump(variant)) return this.#takeLive(variant);
    this.#proof();
    this.#takeDump(variant);
  }

  #proof(): void {
    this.#liveness.proof(this.#now);
    if (this.#said?.state === "silent") this.#say("configuring", "the radio answers again");
  }

  #packet(raw: Uint8Array): void {
    this.#proof();
    const message = read(MeshPacketSchema, raw);
    if (!message) return this.#note("a packet that cannot be read");
    const event = packetEvent(raw, message);
    const { from, requestId, portnum, payload } = event.packet;
    if (from === this.#info?.node && this.#out.owns(requestId)) {
      if (this.#out.isAsked(requestId)) this.#events.push({ kind: "admin-answer", requestId, portnum, payload });
      return;
    }
    this.#events.push(event);
  }

  #takeLive(variant: FromRadio["payloadVariant"]): void {
    if (variant.case === "queueStatus") this.#queueStatus(variant.value);
    else if (variant.case === "rebooted") this.#rebooted("the radio says that it rebooted");
    else if (variant.case === "clientNotification") this.#notification(variant.value);
    else if (variant.case === "logRecord") {
      this.#events.push({ kind: "console", bytes: utf8(`${variant.value.message}\n`) });
    }
  }

  #queueStatus({ res, free, maxlen, meshPacketId }: QueueStatus): void {
    const packetId = this.#out.owns(meshPacketId) ? 0 : meshPacketId;
    this.#events.push({ kind: "queue-status", packetId, res, free, maxlen });
  }

  #notification({ level, message, replyId }: ClientNotification): void {
    this.#events.push({ kind: "radio-notification", level, text: message, replyId: replyId ?? 0 });
  }

  // ── the session ──

  #wake(fillers: number): void {
    this.#phase = "waking";
    this.#handshake.begin(this.#now);
    this.#out.fill(fillers, this.#now);
  }

  #ask(): void {
    this.#phase = "dumping";
    this.#out.write(this.#handshake.ask(this.#now, this.#nodesKnown ? this.#info?.nodes : undefined), this.#now);
  }

  #takeDump(variant: FromRadio["payloadVariant"]): void {
    if (this.#phase !== "dumping") {
      // The list of nodes may still grow while we are live; the rest is the end of a dump that we no longer wait for.
      if (variant.case === "nodeInfo") this.#events.push({ kind: "radio-node", node: nodeOf(variant.value) });
      return;
    }
    const answer = this.#handshake.take(variant, this.#now, this.#info?.node);
    if (answer.is === "more") return;
    if (answer.is === "complete") return this.#complete(answer.info);
    if (answer.is === "another-radio") this.#nodesKnown = false;
    this.#note(`the configuration is asked for again: ${answer.is}`);
    this.#ask();
  }

  #complete(info: RadioInfo): void {
    const before = this.#info;
    if (before?.node === info.node && before.rebootCount !== info.rebootCount) this.#tellReboot();
    this.#rebootTold = false;
    this.#info = info;
    this.#nodesKnown = true;
    this.#chatty = false;
    this.#phase = "live";
    this.#tell({ kind: "radio-configured", info });
    this.#say("ready", "");
    this.#setClock(info.node);
  }

  #rebooted(words: string): void {
    if (this.#phase === "closed") return;
    // First that nothing can be sent: what the reboot is told to would send.
    this.#say("configuring", words);
    this.#tellReboot();
    this.#liveness.opened(this.#now);
    this.#wake(WAKE_BYTES);
  }

  #tellReboot(): void {
    if (this.#info && !this.#rebootTold) this.#tell({ kind: "radio-rebooted" });
    this.#rebootTold = true;
  }

  // ── keeping it ──

  #keep(): void {
    const node = this.#info?.node;
    if (node === undefined) return;
    if (this.#now >= this.#clockAt) this.#setClock(node);
    if (this.#now >= this.#out.lastAt + HEARTBEAT) this.#out.write(heartbeat(0), this.#now);
  }

  #setClock(node: NodeNum): void {
    const trusted = this.#trustClock();
    this.#clockAt = this.#now + (trusted ? CLOCK_AGAIN : CLOCK_UNTRUSTED);
    const date = this.#calendar?.() ?? this.#now;
    if (trusted) this.#out.admin(node, ADMIN.setTime(Math.floor(date / 1000)), this.#now);
  }

  #climb(rung: Rung): void {
    const node = this.#info?.node;
    const act: Readonly<Record<Rung, () => void>> = {
      probe: () =>
        this.#phase === "live" && node !== undefined && this.#out.admin(node, ADMIN.probe(), this.#now, true),
      "want-config": () => {
        this.#say("configuring", "the session gave no answer");
        this.#wake(WAKE_BYTES);
      },
      reopen: () => this.#remedy("reopen"),
      "toggle-dtr": () => {
        this.#remedy("toggle-dtr");
        this.#wake(WAKE_BYTES);
      },
      reboot: () => {
        if (node !== undefined) this.#out.admin(node, ADMIN.reboot(1), this.#now);
        this.#wake(WAKE_BYTES);
      },
    };
    act[rung]();
  }

  #remedy(remedy: "reopen" | "toggle-dtr"): void {
    const reason = this.#whySilent();
    this.#say("silent", reason);
    this.#remedying = remedy === "reopen";
    this.#events.push({ kind: "remedy", remedy, reason });
  }

  #whySilent(): string {
    if (this.#info) return "the port is open, but the radio does not answer";
    if (this.#heardBytes) return "what is on this port sends bytes, but no Meshtastic frames: is it the right device?";
    return "nothing on this port answers: is it the right device, and is its serial API switched on?";
  }

  // ── out ──

  #refuseWrites(reason: string): void {
    for (const { sendId } of this.takeWrites()) if (sendId !== undefined) this.#unwritten(sendId, reason);
  }

  #unwritten(sendId: number, reason: string): void {
    this.#tell({ kind: "mesh-written", sendId, written: false, reason });
  }

  #say(state: LinkState, reason: string): void {
    // A radio that was called silent has to prove a session before anything better is said of it.
    if (state === "configuring" && this.#liveness.silent) return;
    if (this.#said?.state === state && this.#said.reason === reason) return;
    this.#said = { state, reason };
    this.#tell({ kind: "radio-state", state, reason });
  }

  #tell(report: LinkReport): void {
    this.#events.push(report);
  }

  #note(words: string): void {
    this.#events.push({ kind: "note", words });
  }
}
