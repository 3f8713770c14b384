// The stream protocol as the radio's side reads and writes it: 0x94 0xC3, 16-bit big-endian length, protobuf.
//
// The firmware's reader has two habits that a host has to live with, and both are kept here (meshtastic-facts 1.1, 7.1):
// a byte after 0x94 that is not 0xC3 sends it back to hunting and is itself consumed, and it has no deadline between
// bytes, so a torn frame swallows what follows until its length is filled.

const START1 = 0x94;
const START2 = 0xc3;
/** MAX_TO_FROM_RADIO_SIZE, both directions. */
const MAX_FRAME_PAYLOAD = 512;

/** A protobuf message in its frame. */
export function frame(payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(4 + payload.length);
  framed.set([START1, START2, payload.length >> 8, payload.length & 0xff]);
  framed.set(payload, 4);
  return framed;
}

/** Collects frames from a stream of bytes; everything that is no frame is ignored. */
export class FrameReader {
  #head: number[] = [];
  #payload: Uint8Array | undefined;
  #filled = 0;

  /** The payloads completed by `chunk`, in order. */
  push(chunk: Uint8Array): Uint8Array[] {
    const complete: Uint8Array[] = [];
    for (const byte of chunk) {
      if (this.#payload) {
        this.#payload[this.#filled++] = byte;
      } else if (!this.#header(byte)) {
        continue;
      }
      if (this.#payload && this.#filled === this.#payload.length) {
        complete.push(this.#payload);
        this.reset();
      }
    }
    return complete;
  }

  /** Forgets a frame in progress, as a reboot or a new connection does. */
  reset(): void {
    this.#head = [];
    this.#payload = undefined;
    this.#filled = 0;
  }

  /** Takes one byte of a header; true when the header is complete and good. */
  #header(byte: number): boolean {
    const at = this.#head.length;
    if ((at === 0 && byte !== START1) || (at === 1 && byte !== START2)) {
      this.#head = [];
      return false;
    }
    this.#head.push(byte);
    if (at < 3) return false;
    const length = (this.#head[2]! << 8) | byte;
    this.#head = [];
    if (length > MAX_FRAME_PAYLOAD) return false;
    this.#payload = new Uint8Array(length);
    this.#filled = 0;
    return true;
  }
}
