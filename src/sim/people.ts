// The residents of a scenario: they talk now and then, answer when they are asked (or not), late, with slips of the finger,
// in their own language, some with words that nobody can use; and in a panic they say it again and again.
//
// Everything is decided by the seed and by what their screens show. They act through their handhelds alone.

import type { Millis } from "#base/clock.ts";
import { utf8 } from "#base/bytes.ts";
import { BROADCAST, nodeId } from "#base/ids.ts";
import type { Random } from "#base/random.ts";
import { below, chance, pick, seededRandom } from "#base/random.ts";
import type { Handheld, Line } from "#emulator/handheld.ts";
import type { Street } from "#emulator/street.ts";
import type { Mood } from "./phrases.ts";
import { PHRASES } from "./phrases.ts";
import type { PeopleSettings } from "./scenario.ts";

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;
const TEXT_PORT = 1;
/** From reading to answering: at least this and up to so much more; one in five is busy for much longer. */
const READING: Millis = 10_000;
const TYPING: Millis = 80_000;
const BUSY: Millis = 900_000;
const BUSY_ONE_IN = 5;
/** Said again in a panic: so often at most, so far apart. */
const PANIC_TIMES = 4;
const PANIC_PAUSE: Millis = 20_000;

/** By chance in a hundred: what is said of one's own accord, in answer, and while the ground shakes. */
const MOODS: Readonly<Record<"calm" | "answer" | "panic", readonly (readonly [Mood, number])[]>> = {
  calm: [
    ["talk", 80],
    ["need", 8],
    ["fine", 6],
    ["wrong", 6],
  ],
  answer: [
    ["fine", 78],
    ["need", 14],
    ["distress", 2],
    ["wrong", 6],
  ],
  panic: [
    ["distress", 30],
    ["need", 30],
    ["talk", 25],
    ["fine", 10],
    ["wrong", 5],
  ],
};

/** A household is told when somebody said something, for the record. */
export type Heard = (said: {
  readonly node: Handheld;
  readonly mood: Mood;
  readonly direct: boolean;
  readonly at: Millis;
}) => void;

export class People {
  readonly #street: Street;
  readonly #settings: PeopleSettings;
  readonly #random: Random;
  readonly #gateway: string;
  readonly #byId: ReadonlyMap<string, Handheld>;
  readonly #heard: Heard;
  readonly #languages = new Map<Handheld, string>();
  readonly #silent = new Set<Handheld>();

  /** `households`: those handhelds of the street in which somebody lives. */
  constructor(street: Street, households: readonly Handheld[], settings: PeopleSettings, seed: number, heard: Heard) {
    this.#street = street;
    this.#settings = settings;
    this.#random = seededRandom(seed);
    this.#gateway = nodeId(street.radios[0]!.node.num);
    this.#byId = new Map(households.map((each) => [each.id, each]));
    this.#heard = heard;
    for (const each of households) {
      this.#languages.set(each, pick(this.#random, settings.languages));
      if (!chance(this.#random, settings.answer)) this.#silent.add(each);
    }
  }

  /** Begins the day's talk. */
  start(now: Millis): void {
    if (this.#settings.perDay === 0) return;
    for (const each of this.#byId.values()) this.#chat(each, DAY / this.#settings.perDay, "calm", Infinity, now);
  }

  /** These households talk so often per hour until `end`, most of them for help. */
  excite(households: readonly Handheld[], perHour: number, end: Millis, now: Millis): void {
    for (const each of households) this.#chat(each, HOUR / perHour, "panic", end, now);
  }

  /** What a handheld's screen shows. */
  read(line: Line, now: Millis): void {
    if (line["at"] !== "received" || line["from"] !== this.#gateway || line["portnum"] !== TEXT_PORT) return;
    const reader = this.#byId.get(String(line["node"]));
    const text = line["text"];
    if (!reader || typeof text !== "string" || !text.includes("?") || this.#silent.has(reader)) return;
    const busy = below(this.#random, BUSY_ONE_IN) === 0 ? below(this.#random, BUSY) : 0;
    const takes = READING + below(this.#random, TYPING) + busy;
    this.#street.later(now + takes, (then) => this.#say(reader, this.#mood("answer"), chance(this.#random, 0.5), then));
  }

  /** One thing now and then: the pauses are uniform, with the given mean. */
  #chat(who: Handheld, pause: Millis, kind: "calm" | "panic", end: Millis, now: Millis): void {
    const at = now + below(this.#random, Math.ceil(2 * pause));
    if (at >= end) return;
    this.#street.later(at, (then) => {
      const mood = this.#mood(kind);
      this.#say(who, mood, chance(this.#random, this.#settings.direct), then);
      if (kind === "panic" && mood === "distress") this.#repeat(who, below(this.#random, PANIC_TIMES), then);
      this.#chat(who, pause, kind, end, then);
    });
  }

  #repeat(who: Handheld, times: number, now: Millis): void {
    for (let time = 1; time <= times; time++) {
      this.#street.later(now + time * PANIC_PAUSE, (then) => this.#say(who, "distress", true, then));
    }
  }

  #say(who: Handheld, mood: Mood, direct: boolean, now: Millis): void {
    if (!who.node.powered) return;
    const phrases = PHRASES[this.#languages.get(who) ?? "en"] ?? PHRASES["en"]!;
    const text = this.#slip(pick(this.#random, phrases[mood]));
    const to = direct ? this.#street.radios[0]!.node.num : BROADCAST;
    this.#heard({ node: who, mood, direct, at: now });
    who.type({ to, channel: 0, portnum: TEXT_PORT, payload: utf8(text) }, now);
  }

  #mood(kind: keyof typeof MOODS): Mood {
    let dice = below(this.#random, 100);
    for (const [mood, share] of MOODS[kind]) {
      if (dice < share) return mood;
      dice -= share;
    }
    return "talk";
  }

  /** Two letters changed places, or one was left out. */
  #slip(text: string): string {
    const letters = Array.from(text);
    if (letters.length < 3 || !chance(this.#random, this.#settings.typos)) return text;
    const at = below(this.#random, letters.length - 1);
    if (chance(this.#random, 0.5)) letters.splice(at, 1);
    else [letters[at], letters[at + 1]] = [letters[at + 1]!, letters[at]!];
    return letters.join("");
  }
}
