// What waits to be taken by the holder of the port, and which packet ids are those of our own talk with the radio: the
// answers to them are nobody else's business.

import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";
import type { Random } from "#base/random.ts";

import type { Write } from "./events.ts";
import { framed } from "./framing.ts";
import { admin, adminBytes } from "./requests.ts";
import type { AdminVariant } from "./requests.ts";

const OWN_IDS_KEPT = 32;
/** Means nothing outside a frame; inside one that was torn it fills up what the radio still waits for. */
const FILLER = 0xc3;

export class Outbox {
  readonly #random: Random;
  readonly #ownIds: number[] = [];
  readonly #asked: number[] = [];
  #writes: Write[] = [];
  #lastAt: Millis = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** When something was last written. */
  get lastAt(): Millis {
    return this.#lastAt;
  }

  /** The clock was set: the distance to the last write stays. */
  shift(by: Millis): void {
    this.#lastAt += by;
  }

  write(payload: Uint8Array, now: Millis, sendId?: number): void {
    this.#push({ bytes: framed(payload), ...(sendId !== undefined && { sendId }) }, now);
  }

  fill(count: number, now: Millis): void {
    this.#push({ bytes: new Uint8Array(count).fill(FILLER) }, now);
  }

  admin(to: NodeNum, message: AdminVariant, now: Millis, wantResponse = false): void {
    this.write(admin(to, this.ownId(), message, wantResponse), now);
  }

  /** An admin message in bytes, whose answer is wanted: `isAsked` knows its id, which is returned. */
  ask(to: NodeNum, message: Uint8Array, now: Millis): number {
    const id = this.ownId();
    this.#asked.push(id);
    if (this.#asked.length > OWN_IDS_KEPT) this.#asked.shift();
    this.write(adminBytes(to, id, message, true), now);
    return id;
  }

  isAsked(packetId: number): boolean {
    return this.#asked.includes(packetId);
  }

  /** A fresh packet id, remembered as ours. */
  ownId(): number {
    const id = this.#random.u32() || 1;
    this.#ownIds.push(id);
    if (this.#ownIds.length > OWN_IDS_KEPT) this.#ownIds.shift();
    return id;
  }

  owns(packetId: number): boolean {
    return this.#ownIds.includes(packetId);
  }

  take(): Write[] {
    const writes = this.#writes;
    this.#writes = [];
    return writes;
  }

  #push(write: Write, now: Millis): void {
    this.#lastAt = now;
    this.#writes.push(write);
  }
}
