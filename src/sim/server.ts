// A homeserver with faults, in virtual time. It remembers transaction ids as Synapse does; answers may come late, not at all
// after it has stored the event, or say that it is too much; for hours it may be away. What users write is kept in one
// timeline and handed over again from the position that the gateway stored.

import type { Millis } from "#base/clock.ts";
import { below, chance, type Random } from "#base/random.ts";
import type { Door, MatrixArrival, MatrixOutcome, MatrixSend } from "#gateway/inputs.ts";

export interface Said {
  readonly eventId: string;
  readonly room: string;
  readonly body: string;
}

const POSITION = "sync:street";
const POLL: Millis = 2_000;
const HANG: Millis = 30_000;

export class FaultyServer {
  readonly #random: Random;
  readonly #rooms: readonly string[];
  readonly #stored = new Map<string, string>();
  readonly #timeline: MatrixArrival[] = [];
  readonly #due: { at: Millis; sequence: number; run: () => void }[] = [];
  #sequence = 0;
  #door: Door | undefined;
  #session = 0;
  #pollAt: Millis;
  #now: Millis;
  #away = false;
  /** Events of the gateway as rooms show them, in order. */
  readonly events: Said[] = [];
  /** Share of requests that go wrong. */
  faults = 0.1;

  constructor(random: Random, rooms: readonly string[], now: Millis) {
    this.#random = random;
    this.#rooms = rooms;
    this.#now = now;
    this.#pollAt = now;
  }

  /** A process has logged in. */
  connect(door: Door): void {
    this.#door = door;
    this.#session++;
    this.#pollAt = this.#now;
    this.#tellState();
  }

  disconnect(): void {
    this.#door = undefined;
    this.#session++;
  }

  away(away: boolean): void {
    this.#away = away;
    this.#tellState();
  }

  /** A user writes into a room. */
  write(room: string, sender: string, body: string): void {
    const event = {
      type: "m.room.message",
      event_id: `$user${this.#timeline.length}`,
      sender,
      content: { msgtype: "m.text", body },
    };
    this.#timeline.push({
      kind: "matrix",
      uplink: "street",
      room,
      event,
      senderName: sender.slice(1, 6),
      senderMaySpeak: true,
    });
  }

  /** The gateway asks for an event to be stored. */
  ask(send: MatrixSend): void {
    const session = this.#session;
    const answer = (after: Millis, outcome: MatrixOutcome): void =>
      this.#later(after, () => {
        if (session === this.#session) this.#door?.report({ kind: "matrix-outcome", sendId: send.sendId, outcome });
      });
    if (this.#away) return answer(HANG, { is: "retry", reason: "no answer" });
    const wait = 20 + below(this.#random, 500);
    if (!chance(this.#random, this.faults)) return answer(wait, { is: "delivered", eventId: this.#store(send) });
    switch (below(this.#random, 4)) {
      case 0:
        return answer(wait, { is: "retry", reason: "502" });
      case 1:
        return answer(wait, { is: "retry", reason: "slower", retryAfter: 5_000, rateLimited: true });
      case 2:
        this.#store(send);
        return answer(wait, { is: "retry", reason: "connection reset" });
      default:
        this.#store(send);
        return answer(HANG, { is: "retry", reason: "no answer" });
    }
  }

  nextAt(): Millis | undefined {
    const due = this.#due.length === 0 ? undefined : Math.min(...this.#due.map(({ at }) => at));
    if (!this.#door || this.#away || this.#unread().length === 0) return due;
    return Math.min(due ?? Infinity, Math.max(this.#pollAt, this.#now));
  }

  wake(now: Millis): void {
    this.#now = now;
    for (;;) {
      const due = this.#due.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
      if (!due) break;
      this.#due.splice(this.#due.indexOf(due), 1);
      due.run();
    }
    if (now >= this.#pollAt) this.#poll();
  }

  #poll(): void {
    this.#pollAt = this.#now + POLL;
    const unread = this.#unread();
    if (!this.#door || this.#away || unread.length === 0) return;
    this.#door.accept(unread, { name: POSITION, value: String(this.#timeline.length) });
  }

  #unread(): MatrixArrival[] {
    return this.#timeline.slice(Number(this.#door?.position(POSITION) ?? "0"));
  }

  #store(send: MatrixSend): string {
    const known = this.#stored.get(send.txnId);
    if (known !== undefined) return known;
    const eventId = `$gateway${this.#stored.size}`;
    this.#stored.set(send.txnId, eventId);
    const body = send.content["body"];
    this.events.push({ eventId, room: send.room, body: typeof body === "string" ? body : "" });
    return eventId;
  }

  #later(after: Millis, run: () => void): void {
    this.#due.push({ at: this.#now + after, sequence: this.#sequence++, run });
  }

  #tellState(): void {
    const door = this.#door;
    if (!door) return;
    const state = this.#away ? "down" : "ready";
    door.report({ kind: "uplink-state", uplink: "street", state, reason: "", userId: "@muster:example.org" });
    if (this.#away) return;
    for (const room of this.#rooms) {
      const facts = { room, joined: true, maySpeak: true, encrypted: false };
      this.#door?.report({ kind: "room-state", uplink: "street", configured: room, ...facts });
    }
  }
}
