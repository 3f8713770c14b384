// The stream protocol's frames: 94 C3, a big-endian 16-bit length of at most 512, and that many bytes of protobuf. There is
// no checksum and no escaping, the payload may hold 94 C3 itself, and a radio mixes console text between frames, stops in
// the middle of one when it reboots, and starts talking before anybody listens.
//
// So a frame is believed only when its payload is well formed (`accepts`); if it is not, the search goes on one byte after
// the header that deceived us, inside the bytes it claimed. A frame that is begun and not finished is given up
// `TORN_AFTER` after its first byte, in wall time: this is about bytes on a wire, not about the mesh. What is not a frame
// is console text, except the bytes that a broken header claimed: those may be a piece of the radio's private key.
//
// Keeps less than `HEADER + LONGEST_PAYLOAD` bytes between calls. A byte may be looked at again once for every false header
// that claims it, and `accepts` decides what that costs: 1 MiB of the worst that we could think of takes less than 50 ms.

import { concatBytes } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";

const START_1 = 0x94;
const START_2 = 0xc3;
const HEADER = 4;

/** MAX_TO_FROM_RADIO_SIZE in the firmware's mesh/PhoneAPI.h, in both directions. */
export const LONGEST_PAYLOAD = 512;

/** A whole frame takes 45 ms at 115200 baud; recovery from a broken header is promised within 500 ms. */
const TORN_AFTER: Millis = 400;

/** A look at the deadline that comes later than this means that we were held up; the bytes may lie in the kernel unread. */
const HELD_UP: Millis = 50;

const NOTHING = new Uint8Array(0);

export interface FramerSink {
  /** True when the payload, `bytes` from `from` up to `to`, is well formed. Must not throw. */
  accepts(bytes: Uint8Array, from: number, to: number): boolean;
  /** One frame's payload; the bytes are the receiver's own. */
  frame(payload: Uint8Array): void;
  /** Bytes between frames, in order; a view that is valid during the call only. */
  console(bytes: Uint8Array): void;
}

/** The payload behind a header, ready to be written; at most LONGEST_PAYLOAD bytes of payload. */
export function framed(payload: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(START_1, START_2, payload.length >> 8, payload.length & 0xff), payload]);
}

export class Framer {
  readonly #sink: FramerSink;
  /** Begins with 94 or is empty. */
  #held: Uint8Array = NOTHING;
  #heldSince: Millis = 0;
  #lastAt: Millis = 0;
  /** How many of the held bytes were claimed by a broken header and so must not become console text. */
  #muted = 0;
  #graceGiven = false;

  constructor(sink: FramerSink) {
    this.#sink = sink;
  }

  /** Bytes as they came, in any pieces. `wall` is the wall clock's time. */
  push(bytes: Uint8Array, wall: Millis): void {
    if (bytes.length === 0) return;
    this.#lastAt = wall;
    // As a plain Uint8Array: slices of a Buffer would be views of memory that is not ours.
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#held.length === 0) this.#scan(plain, wall, wall);
    else this.#scan(concatBytes([this.#held, plain]), this.#heldSince, wall);
  }

  /** When an unfinished frame is to be given up (wall time), if there is one. */
  tornAt(): Millis | undefined {
    return this.#held.length === 0 ? undefined : this.#heldSince + TORN_AFTER;
  }

  /** Gives up unfinished frames that are due, and looks for others in what they claimed. */
  expire(wall: Millis): void {
    // The clock was set back: count from now.
    if (wall < this.#heldSince) this.#heldSince = this.#lastAt = wall;
    for (let due = this.tornAt(); due !== undefined && due <= wall; due = this.tornAt()) {
      if (wall > due + HELD_UP && !this.#graceGiven) {
        this.#graceGiven = true;
        this.#heldSince = wall + HELD_UP - TORN_AFTER;
        return;
      }
      const held = this.#held;
      const claimed = held.length < HEADER ? 0 : HEADER + lengthAt(held, 0);
      if (claimed === 0 && this.#muted === 0) this.#sink.console(held.subarray(0, 1));
      this.#muted = Math.max(this.#muted - 1, claimed - 1, 0);
      this.#scan(held.subarray(1), this.#lastAt, this.#lastAt);
    }
  }

  /** Forgets what was held: the port was opened anew. */
  reset(): void {
    this.#held = NOTHING;
    this.#muted = 0;
  }

  /** `headSince`: when the first byte of `work` came; `restSince`: when the newest did. */
  #scan(work: Uint8Array, headSince: Millis, restSince: Millis): void {
    let textFrom = Math.max(0, this.#muted);
    let at = 0;
    for (;;) {
      const start = work[at] === START_1 ? at : work.indexOf(START_1, at);
      if (start < 0) return this.#hold(work, work.length, textFrom, restSince);
      const room = work.length - start;
      if (room >= 2 && work[start + 1] !== START_2) {
        at = start + 1;
        continue;
      }
      if (room < HEADER) return this.#hold(work, start, textFrom, start === 0 ? headSince : restSince);
      const length = lengthAt(work, start);
      if (length > LONGEST_PAYLOAD) {
        at = start + 1;
        continue;
      }
      const end = start + HEADER + length;
      if (end > work.length) return this.#hold(work, start, textFrom, start === 0 ? headSince : restSince);
      if (this.#sink.accepts(work, start + HEADER, end)) {
        this.#text(work, textFrom, start);
        this.#sink.frame(length === 0 ? NOTHING : work.slice(start + HEADER, end));
        at = end;
      } else {
        this.#text(work, textFrom, start);
        at = start + 1;
      }
      textFrom = Math.max(textFrom, end);
    }
  }

  #text(work: Uint8Array, from: number, to: number): void {
    if (from < to) this.#sink.console(work.subarray(from, to));
  }

  #hold(work: Uint8Array, from: number, textFrom: number, since: Millis): void {
    this.#text(work, textFrom, from);
    this.#muted = Math.max(0, textFrom - from);
    if (from === work.length) {
      // What a broken header claimed may still be on its way.
      this.#held = NOTHING;
      return;
    }
    if (since !== this.#heldSince || this.#held.length === 0) this.#graceGiven = false;
    this.#heldSince = since;
    this.#held = work.slice(from);
  }
}

function lengthAt(bytes: Uint8Array, start: number): number {
  return (bytes[start + 2]! << 8) | bytes[start + 3]!;
}
