// The radio's edge: moves bytes between a line and the link, and what the link understands to the gateway's door. It decides
// nothing but when to open the line again, which it does for ever.
//
// Arrivals of one read are committed in one call before anything else is done with what that read brought; reports follow.
// Writes leave one at a time, in order, each with a deadline in wall time: what was queued behind a stuck write certainly did
// not leave, what was under way may have. A line is closed when a write is stuck, because the radio may be left waiting for
// the rest of a frame; the next session begins with enough filler for that.

import type { Cancel, Clock, Millis } from "#base/clock.ts";
import { wallClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Door, MeshSend, RadioArrival, RadioEdge, RadioRequest, Report } from "#gateway/inputs.ts";
import type { MeshtasticSettings } from "#gateway/settings.ts";
import type { AdminAnswer, RadioEvent, Remedy, Write } from "#radio/events.ts";
import { RadioLink } from "#radio/link.ts";

import { ConsoleLog } from "./console-log.ts";
import { Held } from "./held.ts";
import type { Line, LineEvents } from "./line.ts";
import { openSerialLine } from "./serial-line.ts";
import { openTcpLine } from "./tcp-line.ts";

/** Between attempts to open the line; doubled each time. A radio that is plugged in is to be back within 5 s. */
const REOPEN_FIRST: Millis = 250;
const REOPEN_MOST: Millis = 2_000;

const WRITE_DEADLINE: Millis = 5_000;
const MOST_QUEUED_BYTES = 64 * 1024;

const ACCEPT_AGAIN: Millis = 1_000;

/** After taking leave we go on reading for this long: what the radio was handing over is handed over once. */
const LINGER: Millis = 250;
const LEAVE_DEADLINE: Millis = 2_500;

export interface RadioEdgeOptions {
  readonly settings: MeshtasticSettings;
  readonly door: Door;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** True while the host's clock is good enough to set the radio's by. Default: never. */
  readonly trustClock?: () => boolean;
  /** Told of every answer to what was asked by `ask`. */
  readonly answered?: (answer: AdminAnswer) => void;
}

/** What `createRadioEdge` makes: an edge that is started and stopped. */
export type RunningRadioEdge = Edge;

/** The edge to the radio that `settings` name; nothing happens before `start`. Outcomes come through the door. */
export function createRadioEdge(options: RadioEdgeOptions): RunningRadioEdge {
  return new Edge(options);
}

class Edge implements RadioEdge {
  readonly #settings: MeshtasticSettings;
  readonly #door: Door;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #link: RadioLink;
  readonly #console: ConsoleLog;
  readonly #answered: ((answer: AdminAnswer) => void) | undefined;
  readonly #held = new Held();

  #line: Line | undefined;
  #open = false;
  #stopping = false;
  #stopped = false;
  #gone: (() => void) | undefined;
  #backoff: Millis = REOPEN_FIRST;
  #torn = false;
  #reopening = false;

  #queue: Write[] = [];
  #queuedBytes = 0;
  #writing: Write | undefined;

  #reopenTimer: Cancel | undefined;
  #wakeTimer: Cancel | undefined;
  #tornTimer: Cancel | undefined;
  #writeTimer: Cancel | undefined;
  #acceptTimer: Cancel | undefined;

  constructor({ settings, door, clock, random, log, trustClock, answered }: RadioEdgeOptions) {
    this.#settings = settings;
    this.#door = door;
    this.#clock = clock;
    this.#log = log;
    this.#link = new RadioLink({ random, trustClock: trustClock ?? (() => false), calendar: () => clock.wall() });
    this.#console = new ConsoleLog(log);
    this.#answered = answered;
  }

  start(): void {
    if (this.#line || this.#stopping) return;
    this.#reopening = false;
    this.#link.opening(this.#clock.now());
    this.#flow();
    const events: LineEvents = {
      opened: () => this.#opened(),
      data: (bytes) => {
        this.#link.receive(bytes, this.#clock.now(), wallClock.now());
        this.#flow();
      },
      closed: (reason) => this.#closed(reason),
    };
    const { connectionType, serialPort, host, port } = this.#settings;
    this.#line = connectionType === "tcp" ? openTcpLine(host, port, events) : openSerialLine(serialPort, events);
  }

  send(send: MeshSend): void {
    this.#link.send(send, this.#clock.now());
    this.#flow();
  }

  request(request: RadioRequest): void {
    this.#link.request(request, this.#clock.now());
    this.#flow();
  }

  /** Hands an AdminMessage to our own radio; its packet id, undefined while there is no session. */
  ask(message: Uint8Array): number | undefined {
    const id = this.#link.ask(message, this.#clock.now());
    this.#flow();
    return id;
  }

  /** Turns once; true while the port is held, or will be opened again. */
  turn(): boolean {
    this.#link.wake(this.#clock.now(), wallClock.now());
    this.#flow();
    return this.#line !== undefined || this.#reopening;
  }

  /** Takes leave of the radio and frees the port. No call of the door follows. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#reopenTimer?.();
    const line = this.#line;
    if (line) {
      let giveUp: Cancel | undefined;
      await new Promise<void>((resolve) => {
        this.#gone = resolve;
        this.#link.leave(this.#clock.now());
        this.#flow();
        wallClock.after(this.#open ? LINGER : 0, () => line.close("the gateway stops"));
        giveUp = wallClock.after(LEAVE_DEADLINE, resolve);
      });
      giveUp?.();
    }
    this.#stopped = true;
    for (const cancel of [this.#wakeTimer, this.#tornTimer, this.#writeTimer, this.#acceptTimer]) cancel?.();
  }

  // ── the line ──

  #opened(): void {
    this.#open = true;
    this.#link.opened(this.#clock.now(), this.#torn);
    this.#torn = false;
    this.#flow();
  }

  #closed(told: string): void {
    const reason = this.#stopping ? "the gateway stops" : told;
    const wasOpen = this.#open;
    this.#open = false;
    this.#line = undefined;
    this.#abandonWrites(reason);
    if (wasOpen) this.#link.closed(this.#clock.now(), reason);
    else this.#link.openFailed(this.#clock.now(), reason);
    this.#flow();
    if (this.#stopping) return this.#gone?.();
    this.#reopening = true;
    this.#reopenTimer = this.#clock.after(this.#backoff, () => this.start());
    this.#backoff = Math.min(this.#backoff * 2, REOPEN_MOST);
  }

  #remedy(remedy: Remedy, reason: string): void {
    this.#log.warn(`trying to bring the radio back: ${remedy}`, { reason });
    if (remedy === "reopen") this.#line?.close(reason);
    else this.#line?.pulse();
  }

  // ── from the link ──

  /** Carries out what the last call of the link has led to. */
  #flow(): void {
    if (this.#stopped) return;
    const events = this.#link.takeEvents();
    this.#accept(events.filter((event) => event.kind === "radio"));
    for (const event of events) this.#handle(event);
    for (const write of this.#link.takeWrites()) this.#enqueue(write);
    this.#writeNext();
    this.#arm();
  }

  #handle(event: RadioEvent): void {
    if (event.kind === "radio") return;
    if (event.kind === "admin-answer") this.#answered?.(event);
    else if (event.kind === "console") this.#console.write(event.bytes);
    else if (event.kind === "note") this.#log.info(event.words);
    else if (event.kind === "remedy") this.#remedy(event.remedy, event.reason);
    else this.#report(event);
  }

  #report(report: Report): void {
    if (report.kind === "radio-state") {
      if (report.state === "ready") this.#backoff = REOPEN_FIRST;
      const bad = (report.state === "down" || report.state === "silent") && !this.#stopping;
      const level = bad ? "warn" : "info";
      this.#log[level](`radio ${report.state}`, { reason: report.reason || undefined });
    }
    this.#door.report(report);
  }

  #accept(arrivals: readonly RadioArrival[]): void {
    if (arrivals.length === 0 && this.#held.size === 0) return;
    if (this.#held.size > 0 && arrivals.length === 0 && this.#acceptTimer) return;
    this.#held.add(arrivals);
    this.#acceptTimer?.();
    this.#acceptTimer = undefined;
    if (this.#door.accept(this.#held.all())) return this.#held.clear();
    this.#log.error("arrivals cannot be stored and are kept in memory", {
      kept: this.#held.size,
      dropped: this.#held.dropped,
    });
    this.#acceptTimer = this.#clock.after(ACCEPT_AGAIN, () => {
      this.#acceptTimer = undefined;
      this.#accept([]);
    });
  }

  /** Sets the two timers by what the link wants. */
  #arm(): void {
    this.#wakeTimer?.();
    this.#tornTimer?.();
    const wake = (): void => {
      this.#link.wake(this.#clock.now(), wallClock.now());
      this.#flow();
    };
    const [wakeAt, tornAt] = [this.#link.wakeAt(), this.#link.tornAt()];
    this.#wakeTimer = wakeAt === undefined ? undefined : this.#clock.after(wakeAt - this.#clock.now(), wake);
    this.#tornTimer = tornAt === undefined ? undefined : wallClock.after(tornAt - wallClock.now(), wake);
  }

  // ── to the line ──

  #enqueue(write: Write): void {
    if (this.#queuedBytes + write.bytes.length > MOST_QUEUED_BYTES) {
      return this.#told(write, false, "the port takes no bytes");
    }
    this.#queue.push(write);
    this.#queuedBytes += write.bytes.length;
  }

  #writeNext(): void {
    const line = this.#line;
    if (this.#writing || !this.#open || !line) return;
    const write = this.#queue.shift();
    if (!write) return;
    this.#queuedBytes -= write.bytes.length;
    this.#writing = write;
    this.#writeTimer = wallClock.after(WRITE_DEADLINE, () => line.close("the port takes no bytes"));
    line.write(write.bytes, (failure) => {
      if (this.#writing !== write) return;
      if (failure !== undefined) return line.close(failure);
      this.#writeTimer?.();
      this.#writing = undefined;
      this.#told(write, true);
      this.#writeNext();
    });
  }

  #abandonWrites(reason: string): void {
    this.#writeTimer?.();
    const [under, queued] = [this.#writing, this.#queue];
    this.#writing = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#torn ||= under !== undefined;
    // Some or all of its bytes may have left: to be treated as written and unanswered.
    if (under) this.#told(under, true, reason);
    for (const write of queued) this.#told(write, false, reason);
  }

  #told({ sendId }: Write, written: boolean, reason?: string): void {
    if (sendId === undefined) return;
    this.#report({ kind: "mesh-written", sendId, written, ...(reason !== undefined && { reason }) });
  }
}
