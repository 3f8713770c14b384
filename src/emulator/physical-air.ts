// The air as it is: whoever is near enough hears a frame, if nothing louder is in the way.
//
// Each radio contends for itself, as the firmware does (F mesh/RadioLibInterface.cpp): a random number of slots, then a
// look whether the channel is in use, then the most important packet of its queue; a busy channel costs another draw. A
// timer that runs is never set anew. One channel, one frequency; a frame that overlaps another at a receiver survives if
// it is 6 dB stronger, or if only its first 11 preamble symbols were hit (a receiver needs 5 of the 16). Interferers are
// judged one by one, their powers are not added. A radio that sends hears nothing.
//
// Levels are whole centi-dB and moments whole microseconds from `origin`; the agenda's milliseconds carry them as
// fractions, whose error (0.25 µs in this century) never reaches a microsecond.

import { assert } from "#base/assert.ts";
import type { Millis } from "#base/clock.ts";
import type { Random } from "#base/random.ts";
import { below, chance, seededRandom } from "#base/random.ts";
import type { Agenda } from "./agenda.ts";
import type { Air, Lost } from "./air.ts";
import type { Micros, Preset } from "./airtime.ts";
import { PREAMBLE_SYMBOLS, airtimeMicros, cadMicros, slotMs, symbolMicros } from "./airtime.ts";
import type { CentiDb } from "./decibels.ts";
import { normal } from "./decibels.ts";
import type { Layout, Links } from "./links.ts";
import { CAPTURE } from "./links.ts";
import type { MeshNode } from "./node.ts";
import type { Frame, Reception } from "./packet.ts";
import { isRouting } from "./packet.ts";
import { ownWindow, relaySlots, worstRelaySlots } from "./router-rules.ts";
import type { Waiting } from "./tx-queue.ts";

/** What became of a frame at one receiver. */
export const FATE = { heard: 0, collided: 1, sending: 2, off: 3, weak: 4, lost: 5 } as const;
export type Fate = (typeof FATE)[keyof typeof FATE];

/** One frame on the air. */
export interface Transmission {
  /** The sender's number in the layout. */
  readonly station: number;
  readonly frame: Frame;
  readonly relay: boolean;
  /** Microseconds since the air's beginning. */
  readonly start: Micros;
  readonly end: Micros;
  /** From here on it must not be disturbed. */
  readonly critical: Micros;
  /** Who might hear it, how loud, and what became of it there. */
  readonly receivers: Int32Array;
  readonly levels: Int32Array;
  readonly fates: Uint8Array;
}

/** Whoever keeps books of the air. */
export interface Watcher {
  /** A frame has ended; its `fates` are final. */
  (transmission: Transmission, now: Millis): void;
}

/** Symbols of preamble that a receiver needs (Meshtasticator lib/phy.py; Bor et al. 2016). */
const SYMBOLS_NEEDED = 5;
/** Activity is detected 3 dB below what is understood (Meshtasticator lib/config.py). */
const CAD_GAIN: CentiDb = 300;
/** A radio's report of signal over noise ends here: a measured SNR is hardly ever better. */
const BEST_SNR: CentiDb = 1200;
const FADES = 1024;

interface Arrival {
  readonly of: Transmission;
  /** Its place in the transmission's lists. */
  readonly at: number;
  readonly level: CentiDb;
}

interface Station {
  readonly node: MeshNode;
  /** What reaches it now. */
  readonly arrivals: Arrival[];
  /** What its receiver follows. */
  lock: Arrival | undefined;
  /** Until when it sends. */
  sendingUntil: Micros;
  waiting: boolean;
  /** More noise than the air's own. */
  noise: CentiDb;
}

export class PhysicalAir implements Air {
  readonly links: Links;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #preset: Preset;
  readonly #origin: Millis;
  readonly #symbol: Micros;
  readonly #fades: Int32Array;
  readonly #stations: Station[] = [];
  readonly #loss: Record<Lost, number> = { acks: 0, packets: 0 };
  readonly #watchers: Watcher[] = [];

  constructor(agenda: Agenda, random: Random, preset: Preset, layout: Layout, links: Links, origin: Millis) {
    this.#agenda = agenda;
    this.#random = random;
    this.#preset = preset;
    this.links = links;
    this.#origin = origin;
    this.#symbol = symbolMicros(preset);
    const dice = seededRandom(0);
    this.#fades = Int32Array.from({ length: layout.fading === 0 ? 0 : FADES }, () => normal(dice, layout.fading));
  }

  join(node: MeshNode): void {
    node.station = this.#stations.length;
    assert(node.station < this.links.size, "a node without a place in the layout");
    this.#stations.push({ node, arrivals: [], lock: undefined, sendingUntil: 0, waiting: false, noise: 0 });
  }

  readyAt(_node: MeshNode, _heard: Reception | undefined, now: Millis): Millis {
    return now;
  }

  offer(node: MeshNode, now: Millis): void {
    this.#contend(this.#stations[node.station]!, now);
  }

  lose(what: Lost, share: number): void {
    this.#loss[what] = share;
  }

  watch(watcher: Watcher): void {
    this.#watchers.push(watcher);
  }

  /** Raises or lowers the noise at a node: an interferer nearby. */
  setNoise(station: number, noise: CentiDb): void {
    this.#stations[station]!.noise = noise;
  }

  /** Whole microseconds since the beginning. */
  micros(now: Millis): Micros {
    return Math.round((now - this.#origin) * 1000);
  }

  #after(now: Millis, span: Micros, run: (then: Millis) => void): void {
    this.#agenda.at(this.#origin + (this.micros(now) + span) / 1000, run);
  }

  // ───────────────────────────── contention ─────────────────────────────

  #contend(station: Station, now: Millis): void {
    if (station.waiting || !station.node.powered) return;
    const first = station.node.queue.head();
    if (!first) return;
    station.waiting = true;
    this.#after(now, this.#delay(station, first, now), (then) => this.#look(station, then));
  }

  /** setTransmitDelay: how long before the radio looks whether it may send. */
  #delay({ node }: Station, first: Waiting, now: Millis): Micros {
    const slot = slotMs(this.#preset) * 1000;
    const { heard } = first;
    const slots = heard
      ? relaySlots(this.#random, heard.snr, first.early ?? false)
      : below(this.#random, 2 ** ownWindow(node.airLog.utilisation(now)));
    if (first.lateAt === undefined) return slots * slot;
    const added = (slots * slot) / 1000;
    const latest = now + (2 * worstRelaySlots(heard?.snr ?? 0) * slot) / 1000;
    first.lateAt = Math.min(Math.max(first.lateAt + added, now + added), latest);
    return this.micros(first.lateAt) - this.micros(now);
  }

  /** The delay is over. */
  #look(station: Station, now: Millis): void {
    station.waiting = false;
    const first = station.node.powered ? station.node.queue.head() : undefined;
    if (!first) return;
    if (station.lock !== undefined || station.sendingUntil > this.micros(now)) return this.#contend(station, now);
    station.waiting = true;
    const late = first.lateAt === undefined ? 0 : this.micros(first.lateAt) - this.micros(now);
    if (late > 0) return this.#after(now, late, (then) => this.#look(station, then));
    this.#after(now, cadMicros(this.#preset), (then) => this.#detected(station, then));
  }

  /** The channel has been listened to for two symbols and a half. */
  #detected(station: Station, now: Millis): void {
    station.waiting = false;
    const first = station.node.powered ? station.node.queue.head() : undefined;
    if (!first) return;
    if (this.#busy(station, this.micros(now))) return this.#contend(station, now);
    this.#send(station, first, now);
  }

  /** What began less than a symbol ago is not noticed. */
  #busy(station: Station, at: Micros): boolean {
    const audible = this.links.sensitivity + station.noise - CAD_GAIN;
    return station.arrivals.some((each) => each.level >= audible && each.of.start <= at - this.#symbol);
  }

  // ───────────────────────────── sending and receiving ─────────────────────────────

  #send(station: Station, waiting: Waiting, now: Millis): void {
    const start = this.micros(now);
    const length = airtimeMicros(this.#preset, waiting.frame.length);
    const { nodes, levels } = this.links.neighbours(station.node.station);
    const transmission: Transmission = {
      station: station.node.station,
      frame: waiting.frame,
      relay: waiting.relay,
      start,
      end: start + length,
      critical: start + (PREAMBLE_SYMBOLS - SYMBOLS_NEEDED) * this.#symbol,
      receivers: nodes,
      levels: this.#faded(levels),
      fates: new Uint8Array(nodes.length),
    };
    station.sendingUntil = transmission.end;
    for (const arrival of station.arrivals) spoil(arrival, FATE.sending);
    station.lock = undefined;
    for (let at = 0; at < nodes.length; at++) this.#reach(this.#stations[nodes[at]!], transmission, at);
    station.node.beginSending(waiting, length / 1000, now);
    this.#after(now, length, (then) => this.#ended(station, transmission, then));
  }

  #faded(levels: Int32Array): Int32Array {
    if (this.#fades.length === 0) return levels;
    return levels.map((level) => level + this.#fades[below(this.#random, FADES)]!);
  }

  #reach(receiver: Station | undefined, of: Transmission, at: number): void {
    if (!receiver) return;
    const level = of.levels[at]!;
    const arrival: Arrival = { of, at, level };
    if (!receiver.node.powered) spoil(arrival, FATE.off);
    else if (receiver.sendingUntil > of.critical) spoil(arrival, FATE.sending);
    else if (level < this.links.sensitivity + receiver.noise) spoil(arrival, FATE.weak);
    for (const other of receiver.arrivals) {
      if (other.level < level + CAPTURE && of.end > other.of.critical) spoil(other, FATE.collided);
      if (level < other.level + CAPTURE && other.of.end > of.critical) spoil(arrival, FATE.collided);
    }
    receiver.arrivals.push(arrival);
    const deaf = !receiver.node.powered || receiver.sendingUntil > of.start;
    if (deaf || level < this.links.sensitivity + receiver.noise) return;
    if (receiver.lock === undefined || level >= receiver.lock.level + CAPTURE) receiver.lock = arrival;
  }

  #ended(station: Station, of: Transmission, now: Millis): void {
    const length = (of.end - of.start) / 1000;
    const heard: Arrival[] = [];
    for (let at = 0; at < of.receivers.length; at++) {
      const receiver = this.#stations[of.receivers[at]!];
      if (receiver) this.#arrived(receiver, of, at, length, heard, now);
    }
    for (const watcher of this.#watchers) watcher(of, now);
    for (const arrival of heard) {
      const receiver = this.#stations[of.receivers[arrival.at]!]!;
      receiver.node.hear(of.frame, this.#reception(receiver, arrival.level), length, now);
    }
    this.#contend(station, now);
  }

  /** Takes a frame that is over from a receiver's ear. */
  #arrived(receiver: Station, of: Transmission, at: number, length: Millis, heard: Arrival[], now: Millis): void {
    const { arrivals } = receiver;
    const found = arrivals.findIndex((each) => each.of === of);
    const arrival = arrivals[found]!;
    arrivals.splice(found, 1);
    const locked = receiver.lock === arrival;
    if (locked) receiver.lock = undefined;
    if (!receiver.node.powered) spoil(arrival, FATE.off);
    if (of.fates[at] === FATE.heard && this.#isLost(of.frame, receiver.node)) of.fates[at] = FATE.lost;
    const good = of.fates[at] === FATE.heard;
    if (receiver.node.powered && (good || locked)) {
      receiver.node.airLog.received(length, now);
      if (!good) receiver.node.counters.rxBad += 1;
    }
    if (good) heard.push(arrival);
    // A receiver that falls silent goes on with what it had waiting.
    if (locked) this.#contend(receiver, now);
  }

  #isLost(frame: Frame, to: MeshNode): boolean {
    const { acks, packets } = this.#loss;
    if (packets > 0 && chance(this.#random, packets)) return true;
    return acks > 0 && (isRouting(frame) || frame.from === to.num) && chance(this.#random, acks);
  }

  /** As the radio reports it: dB in quarters, whole dBm. */
  #reception(receiver: Station, level: CentiDb): Reception {
    const snr = Math.min(BEST_SNR, level - this.links.floor - receiver.noise);
    return { snr: Math.floor(snr / 25) / 4, rssi: Math.round(level / 100) };
  }
}

/** The first misfortune counts. */
function spoil({ of, at }: Arrival, fate: Fate): void {
  if (of.fates[at] === FATE.heard) of.fates[at] = fate;
}
