// What a rehearsal is: who lives where, with which radios, what they are like, and what happens when. Read strictly from a
// plain object (scenarios/*.yaml): an unknown key is an error, because a misspelt disaster would be a calm day.

import type { Millis } from "#base/clock.ts";
import type { Parsed } from "#base/parsed.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { PresetName } from "#emulator/airtime.ts";
import { PRESETS } from "#emulator/airtime.ts";
import type { Firmware } from "#emulator/identity.ts";
import type { PathLoss, Place } from "#emulator/path-loss.ts";
import type { RegionName } from "#emulator/region.ts";
import { REGIONS } from "#emulator/region.ts";

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly region: RegionName;
  readonly preset: PresetName;
  readonly firmware: Firmware;
  readonly length: Millis;
  /** Handhelds, spread evenly over a rectangle of metres, the gateway's place among them. */
  readonly households: number;
  readonly width: number;
  readonly depth: number;
  /** Antennas of handhelds, metres above the ground. */
  readonly height: number;
  readonly gateway: Place;
  readonly routers: readonly Place[];
  /** Share of handhelds that relay nothing. */
  readonly mute: number;
  readonly pathLoss: Exclude<PathLoss["model"], "measured">;
  /** Standard deviations in dB: of a link, between its directions, from frame to frame. */
  readonly shadowing: number;
  readonly asymmetry: number;
  readonly fading: number;
  readonly people: PeopleSettings;
  readonly events: readonly ScenarioEvent[];
}

export interface PeopleSettings {
  /** Things that a household says in a day of its own accord. */
  readonly perDay: number;
  /** Share of them that answer when they are asked. */
  readonly answer: number;
  /** Share of their words with a slip of the finger. */
  readonly typos: number;
  /** Share of what they say that goes to the gateway's radio alone instead of the channel. */
  readonly direct: number;
  readonly languages: readonly string[];
}

/** Something that happens at a moment, for a while, to a share of the households. */
export interface ScenarioEvent {
  readonly at: Millis;
  readonly do: (typeof DEEDS)[number];
  readonly lasts: Millis;
  /** Of the households, 0 to 1. */
  readonly share: number;
  /** What it does how much: see DEEDS. */
  readonly amount: number;
  readonly text: string;
}

/**
 * ask: a coordinator writes `text` in the Matrix room · talk: that share of households says `amount` things an hour, most
 * of them for help · noise: `amount` dB more noise where they are · fail: their radios die, one after the other in half of
 * the time, and return at its end · split: the east hears no west · walk: they go `amount` metres a minute ·
 * flood: a stranger's radio says something every `amount` seconds.
 */
const DEEDS = ["ask", "talk", "noise", "fail", "split", "walk", "flood"] as const;

const FIRMWARES = ["2.7", "2.8"] as const;
const MODELS = ["3gpp-suburban", "3gpp-urban", "log-distance"] as const;
const MOST_HOUSEHOLDS = 2000;
const UNITS: Readonly<Record<string, Millis>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `30m`, `6h`, `5d` in milliseconds; undefined for anything else. */
export function readDuration(text: string): Millis | undefined {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined;
}

/** Takes named values from an object and remembers what was wrong, and what was never asked for. */
class Reader {
  readonly wrong: string[];
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #asked = new Set<string>();

  constructor(given: unknown, where: string, wrong: string[]) {
    this.wrong = wrong;
    this.#where = where;
    const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
    if (!isObject && given !== undefined) wrong.push(`${where || "the scenario"} is not a mapping`);
    this.#given = isObject ? (given as Readonly<Record<string, unknown>>) : {};
  }

  number(key: string, least: number, most: number, otherwise?: number): number {
    const value = this.#take(key) ?? otherwise;
    if (typeof value === "number" && value >= least && value <= most) return value;
    return this.#bad(key, `a number from ${least} to ${most}`, least);
  }

  text(key: string, otherwise?: string): string {
    const value = this.#take(key) ?? otherwise;
    return typeof value === "string" ? value : this.#bad(key, "text", "");
  }

  span(key: string, otherwise?: Millis): Millis {
    const value = this.#take(key);
    if (value === undefined && otherwise !== undefined) return otherwise;
    const span = typeof value === "string" ? readDuration(value) : undefined;
    return span ?? this.#bad(key, "a time like 90s, 30m, 6h or 5d", 0);
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[], otherwise?: T): T {
    const value = this.#take(key) ?? otherwise;
    return allowed.find((each) => each === value) ?? this.#bad(key, `one of ${allowed.join(", ")}`, allowed[0]!);
  }

  list<T>(key: string, read: (given: unknown, where: string) => T): T[] {
    const value = this.#take(key) ?? [];
    if (!Array.isArray(value)) return this.#bad(key, "a list", []);
    return value.map((each, index) => read(each, this.#path(`${key}[${index}]`)));
  }

  child(key: string): Reader {
    return new Reader(this.#take(key), this.#path(key), this.wrong);
  }

  /** Complains of what nobody asked for. */
  end(): void {
    for (const key of Object.keys(this.#given)) {
      if (!this.#asked.has(key)) this.wrong.push(`${this.#path(key)} means nothing here`);
    }
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return this.#given[key];
  }

  #path(key: string): string {
    return this.#where ? `${this.#where}.${key}` : key;
  }

  #bad<T>(key: string, wanted: string, instead: T): T {
    this.wrong.push(`${this.#path(key)} is not ${wanted}`);
    return instead;
  }
}

function readPlace(from: Reader): Place {
  const far = 100_000;
  const place = {
    x: from.number("x", -far, far),
    y: from.number("y", -far, far),
    height: from.number("height", 1, 300, 8),
  };
  from.end();
  return place;
}

function readPeople(from: Reader): PeopleSettings {
  const people: PeopleSettings = {
    perDay: from.number("per_day", 0, 1000, 2),
    answer: from.number("answer", 0, 1, 0.8),
    typos: from.number("typos", 0, 1, 0.1),
    direct: from.number("direct", 0, 1, 0.3),
    languages: from.list("languages", (each) => String(each)),
  };
  from.end();
  return { ...people, languages: people.languages.length > 0 ? people.languages : ["en"] };
}

function readEvent(from: Reader): ScenarioEvent {
  const event = {
    at: from.span("at"),
    do: from.oneOf("do", DEEDS),
    lasts: from.span("lasts", 0),
    share: from.number("share", 0, 1, 1),
    amount: from.number("amount", 0, 10_000, 0),
    text: from.text("text", ""),
  };
  from.end();
  return event;
}

/** Reads a scenario; a refusal lists everything that is wrong with it. */
export function readScenario(given: unknown): Parsed<Scenario> {
  const wrong: string[] = [];
  const from = new Reader(given, "", wrong);
  const scenario: Scenario = {
    name: from.text("name"),
    about: from.text("about", ""),
    region: from.oneOf("region", Object.keys(REGIONS) as RegionName[], "EU_868"),
    preset: from.oneOf("preset", Object.keys(PRESETS) as PresetName[], "LONG_FAST"),
    firmware: from.oneOf("firmware", FIRMWARES, "2.7"),
    length: from.span("length"),
    households: from.number("households", 1, MOST_HOUSEHOLDS),
    width: from.number("width", 1, 100_000),
    depth: from.number("depth", 1, 100_000),
    height: from.number("height", 1, 100, 1.5),
    gateway: readPlace(from.child("gateway")),
    routers: from.list("routers", (each, where) => readPlace(new Reader(each, where, wrong))),
    mute: from.number("mute", 0, 1, 0),
    pathLoss: from.oneOf("path_loss", MODELS, "3gpp-suburban"),
    shadowing: from.number("shadowing", 0, 20, 4),
    asymmetry: from.number("asymmetry", 0, 20, 1.5),
    fading: from.number("fading", 0, 20, 1),
    people: readPeople(from.child("people")),
    events: from.list("events", (each, where) => readEvent(new Reader(each, where, wrong))),
  };
  from.end();
  return wrong.length > 0 ? refused(wrong.join("; ")) : parsed(scenario);
}
