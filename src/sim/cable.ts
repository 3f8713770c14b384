// The serial cable between an emulated radio and a link of ours, in virtual time: bytes go both ways until nobody has any
// left, and time goes on to whatever is due next in the street, in the link, or on the clock.

import type { VirtualClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import type { Random } from "#base/random.ts";
import type { HostPort } from "#emulator/host-port.ts";
import type { Street } from "#emulator/street.ts";
import type { MeshSend, RadioRequest } from "#gateway/inputs.ts";
import type { RadioEvent } from "#radio/events.ts";
import { RadioLink } from "#radio/link.ts";

export class Cable {
  readonly #street: Street;
  readonly #clock: VirtualClock;
  readonly #port: HostPort;
  readonly #link: RadioLink;
  readonly #events: (events: readonly RadioEvent[]) => void;
  #moving = false;

  /** `events` is told what the link understood, in the order it came. */
  constructor(street: Street, clock: VirtualClock, random: Random, events: (events: readonly RadioEvent[]) => void) {
    this.#street = street;
    this.#clock = clock;
    this.#port = street.port(0, "serial");
    this.#link = new RadioLink({ random, trustClock: () => true });
    this.#events = events;
  }

  plug(): void {
    const now = this.#clock.now();
    this.#link.opening(now);
    this.#street.hostOpened(this.#port, now);
    this.#link.opened(now);
    this.#move();
  }

  send(send: MeshSend): void {
    this.#link.send(send, this.#clock.now());
    this.#move();
  }

  request(request: RadioRequest): void {
    this.#link.request(request, this.#clock.now());
    this.#move();
  }

  /** When something is due next, in the street, the link or on the clock. */
  nextAt(): Millis | undefined {
    const moments = [this.#street.wakeAt(), this.#link.wakeAt(), this.#link.tornAt(), this.#clock.nextAt()].filter(
      (at) => at !== undefined,
    );
    // The street reckons in fractions of a millisecond; our clocks do not.
    return moments.length === 0 ? undefined : Math.ceil(Math.min(...moments));
  }

  /** Goes to this moment, which is not after `nextAt`. */
  goTo(at: Millis): void {
    this.#clock.advanceTo(Math.max(at, this.#clock.now()));
    const now = this.#clock.now();
    this.#street.wake(now);
    if (Math.min(this.#link.wakeAt() ?? Infinity, this.#link.tornAt() ?? Infinity) <= now) this.#link.wake(now);
    this.#move();
  }

  #move(): void {
    if (this.#moving) return;
    this.#moving = true;
    for (let moved = true; moved;) {
      moved = false;
      const now = this.#clock.now();
      for (const bytes of this.#port.take()) {
        moved = true;
        this.#link.receive(bytes, now);
      }
      const events = this.#link.takeEvents();
      if (events.length > 0) {
        moved = true;
        this.#events(events);
      }
      for (const write of this.#link.takeWrites()) {
        moved = true;
        this.#street.hostBytes(this.#port, write.bytes, now);
        if (write.sendId !== undefined) this.#events([{ kind: "mesh-written", sendId: write.sendId, written: true }]);
      }
    }
    this.#moving = false;
  }
}
