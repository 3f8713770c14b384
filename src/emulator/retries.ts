// Packets that wait for an ack: three transmissions in all, then the radio itself says MAX_RETRANSMIT (meshtastic-facts
// 2.4, 7.3); a relay on a route tries twice. An ack, a NAK or an overheard relay ends the waiting.

import type { Millis } from "#base/clock.ts";
import type { Agenda } from "./agenda.ts";
import type { Preset } from "./airtime.ts";
import { airtime, slotMs } from "./airtime.ts";
import type { Frame } from "./packet.ts";
import { CLIENT_OFFSET_SLOTS, CW_MAX, CW_MIN, ownWindow } from "./router-rules.ts";

/** Transmissions in all: one's own packet (NUM_RELIABLE_RETX), a relayed one on a route (NUM_INTERMEDIATE_RETX). */
export const TRANSMISSIONS = { own: 3, relay: 2 } as const;
/** Fixed part of the wait: the time that others need to process. */
const PROCESSING: Millis = 4500;
/** A client in the middle of the range of signals: half-way between the widest and the narrowest window. */
const MIDDLE_WINDOW = (CW_MAX + CW_MIN) >> 1;

interface Pending {
  readonly frame: Frame;
  left: number;
  due: Millis;
}

export interface RetryHandlers {
  /** Says it again; `last`: for the last time. */
  again(frame: Frame, last: boolean, now: Millis): void;
  gaveUp(frame: Frame, now: Millis): void;
  /** Channel utilisation as the radio sees it, 0 to 1. */
  utilisation(now: Millis): number;
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

  start(frame: Frame, transmissions: number, now: Millis): void {
    const pending = { frame, left: transmissions - 1, due: now + this.#wait(frame, now) };
    this.#pending.set(frame.key, pending);
    this.#watch(pending);
  }

  /** Ends the waiting for the packet with this key; true if there was any. */
  stop(key: number): boolean {
    return this.#pending.delete(key);
  }

  /** Airtime that passed for others' packets does not count against the wait. */
  extend(by: Millis, except?: number): void {
    if (this.#pending.size === 0) return;
    for (const [key, pending] of this.#pending) if (key !== except) pending.due += by;
  }

  clear(): void {
    this.#pending.clear();
  }

  /** getRetransmissionMsec. */
  #wait(frame: Frame, now: Millis): Millis {
    const slots = 2 ** ownWindow(this.#handlers.utilisation(now)) + CLIENT_OFFSET_SLOTS + 2 ** MIDDLE_WINDOW;
    return Math.round(2 * airtime(this.#preset, frame.length) + slots * slotMs(this.#preset) + PROCESSING);
  }

  #watch(pending: Pending): void {
    this.#agenda.at(pending.due, (now) => {
      if (this.#pending.get(pending.frame.key) !== pending) return;
      if (pending.due > now) return this.#watch(pending);
      if (pending.left === 0) {
        this.#pending.delete(pending.frame.key);
        this.#handlers.gaveUp(pending.frame, now);
        return;
      }
      pending.left -= 1;
      pending.due = now + this.#wait(pending.frame, now);
      this.#watch(pending);
      this.#handlers.again(pending.frame, pending.left === 0, now);
    });
  }
}
