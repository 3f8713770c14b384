// The orderly air of a short street: every radio that is on hears every other, one packet at a time.
//
// Whoever wants to send waits for the channel and its turn: answers first, then in the order of asking, so that what was
// typed first is heard first. There are no positions, no collisions and no hidden nodes here; what is lost is lost by the
// share that `lose` says. Tests of the gateway want that; how a real channel treats it, physical-air.ts shows.

import type { Millis } from "#base/clock.ts";
import type { Random } from "#base/random.ts";
import { below, chance } from "#base/random.ts";
import type { Agenda } from "./agenda.ts";
import type { Air, Lost } from "./air.ts";
import type { Preset } from "./airtime.ts";
import { airtime, slotMs } from "./airtime.ts";
import type { MeshNode } from "./node.ts";
import type { Frame, Reception } from "./packet.ts";
import { PRIORITY, isRouting } from "./packet.ts";
import { relaySlots } from "./router-rules.ts";
import type { Waiting } from "./tx-queue.ts";

/** Contention window of a calm channel: 2^3 slots (meshtastic-facts 4.5). */
const CW_MIN = 3;
/** From "send this" to the radio chip, however early the slot. */
const HANDING_OVER: Millis = 10;

export class OrderlyAir implements Air {
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #preset: Preset;
  readonly #nodes: MeshNode[] = [];
  readonly #links = new Map<string, Reception>();
  readonly #loss: Record<Lost, number> = { acks: 0, packets: 0 };
  #sending = false;
  #lastOwnReady: Millis = 0;
  #cancelGrant: (() => void) | undefined;

  constructor(agenda: Agenda, random: Random, preset: Preset) {
    this.#agenda = agenda;
    this.#random = random;
    this.#preset = preset;
  }

  join(node: MeshNode): void {
    this.#nodes.push(node);
  }

  /** From now on this share of receptions is lost: of everything, or of acks and of overheard relays only. */
  lose(what: Lost, share: number): void {
    this.#loss[what] = share;
  }

  readyAt(node: MeshNode, heard: Reception | undefined, now: Millis): Millis {
    if (!heard) return this.#ownReadyAt(now);
    return now + relaySlots(this.#random, heard.snr, node.rulesFor().early) * slotMs(this.#preset);
  }

  offer(_node: MeshNode, now: Millis): void {
    this.#next(now);
  }

  #next(now: Millis): void {
    if (this.#sending) return;
    this.#cancelGrant?.();
    let earliest: Millis | undefined;
    for (const node of this.#nodes) {
      const at = node.readyAt();
      if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
    }
    if (earliest === undefined) return;
    this.#cancelGrant = this.#agenda.at(Math.max(now, earliest), (at) => this.#grant(at));
  }

  /**
   * When a radio's own packet may go out: after a random backoff, but never before an own packet that was ready earlier.
   * Real radios do not know each other's queues; a street of tests wants its messages in the order they were typed.
   */
  #ownReadyAt(now: Millis): Millis {
    const drawn = now + HANDING_OVER + below(this.#random, 2 ** CW_MIN) * slotMs(this.#preset);
    this.#lastOwnReady = Math.max(this.#lastOwnReady, drawn);
    return this.#lastOwnReady;
  }

  #grant(now: Millis): void {
    let sender: MeshNode | undefined;
    let turn: Waiting | undefined;
    for (const node of this.#nodes) {
      const first = node.firstReady(now);
      if (first && (!turn || this.#comesBefore(first, turn))) [sender, turn] = [node, first];
    }
    if (!sender || !turn) return this.#next(now);
    const length = Math.round(airtime(this.#preset, turn.frame.length));
    const from = sender;
    const frame = turn.frame;
    this.#sending = true;
    from.beginSending(turn, length, now);
    this.#agenda.at(now + length, (end) => {
      this.#sending = false;
      for (const node of this.#nodes) if (node !== from) this.#reach(from, node, frame, length, end);
      this.#next(end);
    });
  }

  #comesBefore(a: Waiting, b: Waiting): boolean {
    const [answerA, answerB] = [a.frame.priority >= PRIORITY.ack, b.frame.priority >= PRIORITY.ack];
    return answerA === answerB ? a.sequence < b.sequence : answerA;
  }

  #reach(from: MeshNode, to: MeshNode, frame: Frame, length: Millis, now: Millis): void {
    if (!to.powered) return;
    to.airLog.received(length, now);
    const isAck = isRouting(frame) || frame.from === to.num;
    if (chance(this.#random, this.#loss.packets) || (isAck && chance(this.#random, this.#loss.acks))) return;
    to.hear(frame, this.#link(from, to), length, now);
  }

  /** A link is as good at noon as at night, and the same both ways: 6 dB give or take, as good indoor links are. */
  #link(a: MeshNode, b: MeshNode): Reception {
    const key = a.num < b.num ? `${a.num}-${b.num}` : `${b.num}-${a.num}`;
    let link = this.#links.get(key);
    if (!link) {
      const spread = below(this.#random, 33);
      link = { snr: 2 + spread / 4, rssi: -100 + spread };
      this.#links.set(key, link);
    }
    return link;
  }
}
