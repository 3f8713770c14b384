// The loop: takes what the edges bring, keeps it, has the gateway handle it, and hands out what the gateway wrote down.
// It holds the program's one timer. Nothing is decided here.

import type { Cancel, Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { keepArrivals } from "#gateway/arrivals.ts";
import type {
  Arrival,
  Door,
  FileRequest,
  RadioEdge,
  RadioRequest,
  Report,
  SourcePosition,
  UplinkEdge,
} from "#gateway/inputs.ts";
import { matrixSends } from "#gateway/matrix/sending.ts";
import { meshSends } from "#gateway/mesh/sending.ts";
import { answerIn, markInHand, recoverInbox, rowFailed, step, type Gateway, type Input } from "#gateway/step.ts";
import type { Turn } from "#gateway/turn.ts";
import { Followed } from "#store/followed.ts";
import { nextWaiting, positionOf } from "#store/inbox.ts";
import { requestsWait, takeRequests } from "#store/mesh-outbox.ts";
import { isDamage } from "#store/recover.ts";
import { isDiskFull } from "#store/store.ts";
import { dropReserve, freeShare, holdReserve } from "#store/room.ts";
import { setWallOffset } from "#store/timeline.ts";

export interface PumpOptions {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Names this boot of the machine: a death in another one was a power cut, nobody's fault. */
  readonly bootId: string;
  /** Our own bug: nothing more is to be done here but to end the program and be started again. */
  readonly fatal: (error: unknown) => void;
}

/** Rows handled before the event loop gets its turn, so that reading never stops for long. */
const ROWS_AT_ONCE = 16;

/** How long to wait before trying a full disk again. */
const FULL_DISK_PAUSE: Millis = 2_000;
/** Making room is work: not at every arrival of a flood. */
const ROOM_EVERY: Millis = 1_000;
/** With less of the database's own cap free than the first, more is given up; with more than the second, all is normal. */
const LEAST_FREE = 0.02;
const FREE_AGAIN = 0.1;

/** Clocks that are kept by NTP drift less than this in an hour; a date is shown to the second. */
const DRIFT: Millis = 1_000;

/** On a disk that stays full, so many reports are kept; then only those of which each belongs to a send that was made. */
const MOST_OWED = 4_096;
const CLOSES_A_SEND: ReadonlySet<Input["kind"]> = new Set(["matrix-outcome", "mesh-written", "queue-status"]);

export class Pump implements Door {
  readonly #options: PumpOptions;
  readonly #uplinks = new Map<string, UplinkEdge>();
  readonly #handed = new Set<string>();
  #radio: RadioEdge | undefined;
  #cancelWake: Cancel | undefined;
  #nextWake: Millis | undefined;
  #busy = false;
  #alone = false;
  #stopped = false;
  #wallOffset: Millis | undefined;
  readonly #followed = new Followed();
  /** Inputs whose step found the disk full. */
  readonly #owed: Input[] = [];
  #roomTriedAt: Millis = Number.NEGATIVE_INFINITY;
  /** Steps that found the disk full. */
  diskFull = false;
  /** Steps done, for the watchdog: a loop that makes no progress is not alive. */
  steps = 0;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  attach(edges: { radio?: RadioEdge; uplinks?: readonly UplinkEdge[] }): void {
    if (edges.radio) this.#radio = edges.radio;
    for (const uplink of edges.uplinks ?? []) this.#uplinks.set(uplink.uplink, uplink);
  }

  start(): void {
    const { gateway, bootId, clock, random } = this.#options;
    const offset = clock.wall() - clock.now();
    this.#wallOffset = offset;
    gateway.store.transaction(() => setWallOffset(gateway.store, offset));
    this.#alone = recoverInbox(gateway, bootId, clock.now(), random).alone;
    this.report({ kind: "start", bootId });
    holdReserve(gateway.store);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#cancelWake?.();
    this.#step({ kind: "stop" });
    this.#stopped = true;
  }

  // ── the door ──

  accept(arrivals: readonly Arrival[], position?: SourcePosition): boolean {
    if (this.#stopped) return false;
    const { gateway, clock } = this.#options;
    this.#lookAtWall();
    const now = clock.now();
    const keep = (): void => keepArrivals(gateway.store, arrivals, position, now);
    // A radio is told of nothing and asked for nothing again: its packets are on the disk with the step that handles them,
    // which is before anything is said about them. A homeserver forgets what we took.
    const told = arrivals.some(({ kind }) => kind !== "radio") || position !== undefined;
    if (!this.#write(keep, told) && !(this.#makeRoom() && this.#write(keep, told))) return false;
    this.#soon(0);
    return true;
  }

  /** One transaction, durable at once if somebody is told so; false when there is no room for it. */
  #write(work: () => void, told: boolean): boolean {
    const { gateway, log } = this.#options;
    try {
      if (told) gateway.store.transaction(work);
      else gateway.store.lazily(work);
      return true;
    } catch (error) {
      if (!isDiskFull(error)) {
        this.#options.fatal(error);
        return false;
      }
      if (!this.diskFull) log.error("the disk is full: what matters least is given up");
      this.diskFull = true;
      return false;
    }
  }

  /** Gives up what matters least; false when that was tried a moment ago or nothing can be written at all. */
  #makeRoom(): boolean {
    const { gateway, clock, random } = this.#options;
    if (clock.now() < this.#roomTriedAt + ROOM_EVERY) return false;
    this.#roomTriedAt = clock.now();
    dropReserve(gateway.store);
    this.#soon(FULL_DISK_PAUSE);
    try {
      gateway.store.overCap(() => step(gateway, { kind: "disk-full" }, clock.now(), random));
      return true;
    } catch (error) {
      if (!isDiskFull(error)) this.#options.fatal(error);
      return false;
    }
  }

  /** Whether there is room again, with the reserve in its place. */
  #lookForRoom(): void {
    if (!this.diskFull) return;
    const { gateway, log } = this.#options;
    this.#soon(FULL_DISK_PAUSE);
    const free = freeShare(gateway.store);
    if (free < LEAST_FREE) this.#makeRoom();
    if (free < FREE_AGAIN || !holdReserve(gateway.store)) return;
    this.diskFull = false;
    this.#step({ kind: "disk-back" });
    if (!this.diskFull) log.info("there is room on the disk again");
  }

  report(report: Report): void {
    if (this.#stopped) return;
    this.#step(report);
    this.#run();
  }

  /** How late the loop is woken, by this clock; 0 when nothing is late. */
  get lateness(): Millis {
    return Math.max(0, this.#options.clock.now() - (this.#nextWake ?? Number.POSITIVE_INFINITY));
  }

  /** A question or command of the operators, answered at once; what `question` throws, it throws. */
  ask<T>(question: (turn: Turn) => T): T {
    const { gateway, clock, random } = this.#options;
    const { answer, wakeAt } = answerIn(gateway, question, clock.now(), random);
    this.#wakeAt(wakeAt);
    this.#handOut();
    return answer;
  }

  position(name: string): string | undefined {
    return positionOf(this.#options.gateway.store, name);
  }

  /** Everything that is due now is done, and what it wants done is handed out. */
  wake(): void {
    if (this.#stopped) return;
    this.#lookAtWall();
    this.#lookForRoom();
    this.#step({ kind: "tick" });
    this.#run();
  }

  /** What people are shown follows the wall clock, wherever it goes. */
  #lookAtWall(): void {
    const { clock, log } = this.#options;
    const offset = clock.wall() - clock.now();
    if (this.#wallOffset !== undefined && Math.abs(offset - this.#wallOffset) <= DRIFT) return;
    if (this.#wallOffset !== undefined && Math.abs(offset - this.#wallOffset) > 60_000)
      log.warn("the machine's clock was set", { seconds: Math.round((offset - this.#wallOffset) / 1000) });
    this.#wallOffset = offset;
    this.#step({ kind: "wall-clock", offset });
  }

  // ── the loop ──

  #run(): void {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    try {
      for (let count = 0; count < ROWS_AT_ONCE; count++) {
        const row = nextWaiting(this.#options.gateway.store);
        if (!row) {
          this.#alone = false;
          return;
        }
        if (!this.#handle(row.id)) return this.#soon(FULL_DISK_PAUSE);
      }
      this.#soon(0);
    } finally {
      this.#busy = false;
    }
  }

  /** False when the disk is full and the row waits. */
  #handle(id: number): boolean {
    const { gateway, clock, random, log } = this.#options;
    try {
      if (this.#alone) markInHand(gateway, id);
      this.#wakeAt(step(gateway, { kind: "inbox", id }, clock.now(), random));
      this.steps++;
      this.#follow();
      this.#handOut();
      return true;
    } catch (error) {
      if (isDiskFull(error)) {
        this.diskFull = true;
        return false;
      }
      // The row is not to blame for a damaged file.
      if (isDamage(error)) {
        this.#options.fatal(error);
        return true;
      }
      log.error("an arrival could not be handled", { inbox: id, error: String(error) });
      const quarantined = rowFailed(gateway, id, clock.now(), random, String(error));
      if (quarantined) log.error("it was set aside and shown to the operators", { inbox: id });
      return true;
    }
  }

  /** Handles what is owed, in order, and this last. */
  #step(input: Input): void {
    if (
      input.kind === "tick" ? this.#owed.length === 0 : this.#owed.length < MOST_OWED || CLOSES_A_SEND.has(input.kind)
    )
      this.#owed.push(input);
    while (this.#owed.length > 0 && this.#stepFirst());
  }

  /** False when the disk is full: what is owed stays owed, because an outcome that is forgotten blocks its row for ever. */
  #stepFirst(): boolean {
    const { gateway, clock, random } = this.#options;
    try {
      this.#wakeAt(step(gateway, this.#owed[0]!, clock.now(), random));
      this.#owed.shift();
      this.steps++;
      this.#follow();
      this.#handOut();
      return true;
    } catch (error) {
      if (!isDiskFull(error)) {
        this.#owed.length = 0;
        this.#options.fatal(error);
        return false;
      }
      this.diskFull = true;
      this.#soon(FULL_DISK_PAUSE);
      return false;
    }
  }

  #wakeAt(at: Millis | undefined): void {
    if (at !== undefined) this.#soon(at - this.#options.clock.now());
  }

  /** A line for each message that was accepted or moved, by the number that `muster trace` takes; never what it says, or whose it is. */
  #follow(): void {
    const { gateway, log } = this.#options;
    for (const { id, was, ...about } of this.#followed.changes(gateway.store))
      log.info(was === undefined ? "message accepted" : "message moved", { message: id, ...about });
  }

  /** One timer: a sooner wish replaces a later one. */
  #soon(delay: Millis): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const at = clock.now() + Math.max(0, delay);
    if (this.#cancelWake && this.#nextWake !== undefined && this.#nextWake <= at) return;
    this.#cancelWake?.();
    this.#nextWake = at;
    this.#cancelWake = clock.after(Math.max(0, delay), () => {
      this.#cancelWake = undefined;
      this.#nextWake = undefined;
      this.wake();
    });
  }

  // ── handing out ──

  #handing = false;
  #changed = false;

  /** An edge may answer while it is being called; then what was read is stale and is read again. */
  #handOut(): void {
    this.#changed = true;
    if (this.#handing) return;
    this.#handing = true;
    try {
      while (this.#changed) {
        this.#changed = false;
        this.#handOutOnce();
      }
    } finally {
      this.#handing = false;
    }
  }

  #handOutOnce(): void {
    const { store } = this.#options.gateway;
    const mesh = meshSends({ store });
    const matrix = matrixSends({ store });
    const current = new Set([...mesh, ...matrix].map(({ handover }) => handover));
    for (const handover of this.#handed) if (!current.has(handover)) this.#handed.delete(handover);
    if (requestsWait(store)) this.#handOutRequests();
    for (const { handover, send } of mesh) {
      if (this.#changed) return;
      if (this.#radio && this.#first(handover)) this.#radio.send(send);
    }
    for (const { handover, send } of matrix) {
      if (this.#changed) return;
      const edge = this.#uplinks.get(send.uplink);
      if (edge && this.#first(handover)) edge.send(send);
    }
  }

  #first(handover: string): boolean {
    if (this.#handed.has(handover)) return false;
    this.#handed.add(handover);
    // Prepared before it is made, and on the disk before it leaves.
    this.#options.gateway.store.settle();
    return true;
  }

  #handOutRequests(): void {
    const { store } = this.#options.gateway;
    for (const taken of store.transaction(() => takeRequests(store))) {
      const request = taken as RadioRequest | FileRequest;
      if (request.kind === "fetch-file") this.#uplinks.get(request.uplink)?.fetch(request);
      else this.#radio?.request(request);
    }
  }
}
