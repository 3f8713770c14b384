// Packets that wait for an ack: three transmissions in all, then the radio itself says MAX_RETRANSMIT (meshtastic-facts
// 2.4, 7.3). An ack, a NAK or an overheard relay ends the waiting.

import type { Millis } from "#base/clock.ts";
import type { Agenda } from "./agenda.ts";
import type { Preset } from "./airtime.ts";
import { airtime, slotMs } from "./airtime.ts";
import type { Frame } from "./packet.ts";

/** NUM_RELIABLE_RETX. */
const TRANSMISSIONS = 3;
/** Fixed part of the wait: the time that others need to process. */
const PROCESSING: Millis = 4500;
/** 2^CW at low utilisation, twice the clients' offset, and the widest relay window, in slots. */
const WAIT_SLOTS = 8 + 2 * 8 + 32;

interface Pending {
  readonly frame: Frame;
  left: number;
  due: Millis;
}

export interface RetryHandlers {
  again(frame: Frame, now: Millis): void;
  gaveUp(frame: Frame, now: Millis): void;
}

export class Retries {
  readonly #agenda: Agenda;
  readonly #preset: Preset;
  readonly #handlers: RetryHandlers;
  readonly #pending = new Map<number, Pending>();

  constructor(agenda: Agenda, preset: Preset, handlers: RetryHandlers) {
    this.#agenda = agenda;
    this.#preset = preset;
    this.#handlers = handlers;
  }

  start(frame: Frame, now: Millis): void {
    const pending = { frame, left: TRANSMISSIONS - 1, due: now + this.#wait(frame) };
    this.#pending.set(frame.id, pending);
    this.#watch(pending);
  }

  /** The packet with this id, while it waits. */
  find(id: number): Frame | undefined {
    return this.#pending.get(id)?.frame;
  }

  /** Ends the waiting; true if there was any. */
  stop(id: number): boolean {
    return this.#pending.delete(id);
  }

  /** Airtime that passed for others' packets does not count against the wait. */
  extend(by: Millis, except?: number): void {
    for (const [id, pending] of this.#pending) if (id !== except) pending.due += by;
  }

  clear(): void {
    this.#pending.clear();
  }

  #wait(frame: Frame): Millis {
    return Math.round(2 * airtime(this.#preset, frame.length) + WAIT_SLOTS * slotMs(this.#preset) + PROCESSING);
  }

  #watch(pending: Pending): void {
    this.#agenda.at(pending.due, (now) => {
      if (this.#pending.get(pending.frame.id) !== pending) return;
      if (pending.due > now) return this.#watch(pending);
      if (pending.left === 0) {
        this.#pending.delete(pending.frame.id);
        this.#handlers.gaveUp(pending.frame, now);
        return;
      }
      pending.left -= 1;
      pending.due = now + this.#wait(pending.frame);
      this.#watch(pending);
      this.#handlers.again(pending.frame, now);
    });
  }
}
