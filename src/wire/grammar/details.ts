// The numbers of a message: which are people, which are households, which are neither.
//
// A number is people when it says so ("3 people", "12p", "four of us") or when it stands alone after a status. It is a
// household when it says so ("house 14", "16a"), when it stands before the status ("14 ok"), and when two or more stand
// together. A captain's lone number is a household if his zone has one of that number. Times, quantities and references
// are none of these.

import { compareHouses, isHouse } from "#wire/houses.ts";
import { parseRef } from "#wire/references.ts";
import { UNITS } from "#wire/taxonomy.ts";
import type { House } from "#domain/wire-words.ts";
import type { Context } from "./intention.ts";
import type { Lexicon, Phrases, StatusHit } from "./lexicon.ts";
import { needsIn } from "./needs.ts";
import { troubleAt } from "./trouble.ts";
import { fold, longestAt, type Token } from "./words.ts";

export interface Details {
  readonly households: readonly House[];
  readonly perhapsPeople?: number;
  readonly people?: number;
  readonly animals?: number;
  readonly reference?: string;
  /** Tokens that the numbers and their words take up. */
  readonly used: ReadonlySet<number>;
}

/** Nobody has more at home; beyond it the number means something else. */
const MOST_PEOPLE = 999;

const UNIT_WORDS: ReadonlySet<string> = new Set(
  UNITS.flatMap(([, , english, spanish]) => [...english, ...spanish].map(fold)).filter(
    (word) => !["people", "person", "persons", "personas", "persona"].includes(word),
  ),
);
const MORE_UNITS: ReadonlySet<string> = new Set([
  "am",
  "pm",
  "min",
  "mins",
  "minutes",
  "minutos",
  "km",
  "miles",
  "kw",
  "percent",
  "volts",
  "v",
  "th",
  "st",
  "nd",
  "rd",
  "weeks",
  "semanas",
]);

export function detailsOf(
  tokens: readonly Token[],
  hit: StatusHit | undefined,
  lexicon: Lexicon,
  context: Context,
): Details {
  const reading = new Reading(tokens, lexicon, context);
  reading.explicit();
  if (hit) {
    for (let index = hit.at; index < hit.at + hit.length; index++) reading.used.add(index);
    reading.beforeStatus(hit);
    reading.afterStatus(hit);
  }
  return reading.details();
}

class Reading {
  readonly used = new Set<number>();
  readonly #houses: House[] = [];
  readonly #tokens: readonly Token[];
  readonly #lexicon: Lexicon;
  readonly #context: Context;
  #people: number | undefined;
  #animals: number | undefined;
  #perhaps: number | undefined;
  #reference: string | undefined;

  constructor(tokens: readonly Token[], lexicon: Lexicon, context: Context) {
    this.#tokens = tokens;
    this.#lexicon = lexicon;
    this.#context = context;
  }

  details(): Details {
    return {
      households: [...new Set(this.#houses)].sort(compareHouses),
      used: this.used,
      ...(this.#people === undefined ? {} : { people: this.#people }),
      ...(this.#animals === undefined ? {} : { animals: this.#animals }),
      ...(this.#perhaps === undefined ? {} : { perhapsPeople: this.#perhaps }),
      ...(this.#reference === undefined ? {} : { reference: this.#reference }),
    };
  }

  /** Numbers that say what they are. */
  explicit(): void {
    for (let at = 0; at < this.#tokens.length; at++) {
      if (this.used.has(at)) continue;
      const word = this.#tokens[at]!.word;
      const ref = parseRef(word);
      if (ref) {
        this.#reference ??= `${ref.space}${ref.ref}`;
        this.used.add(at);
      } else if (/^\d{1,3}p$/.test(word)) this.#count("people", Number.parseInt(word, 10), [at]);
      else if (this.#isLetterHouse(word)) this.#house(word, [at]);
      else void (this.#counted(at) || this.#weAre(at) || this.#housed(at));
    }
  }

  #isLetterHouse(word: string): boolean {
    if (!isHouse(word) || /^\d+$/.test(word)) return false;
    return this.#context.isHouse(word) || !(UNIT_WORDS.has(word.at(-1)!) || MORE_UNITS.has(word.at(-1)!));
  }

  /** "3 people", "two dogs", "4 de nosotros". */
  #counted(at: number): boolean {
    const count = this.#number(at);
    if (count === undefined) return false;
    for (const kind of ["people", "animals"] as const) {
      const length = longestAt(this.#tokens, at + 1, this.#lexicon[kind], "strict");
      if (length === 0) continue;
      this.#count(kind, count, range(at, at + 1 + length));
      return true;
    }
    return false;
  }

  /** "we are 4", "somos cuatro"; not "we are 14 ana". */
  #weAre(at: number): boolean {
    const length = longestAt(this.#tokens, at, this.#lexicon.weAre, "exact");
    const next = at + length;
    const count = length > 0 && next < this.#tokens.length ? this.#number(next) : undefined;
    if (count === undefined || this.#isMeasured(next) || this.#isBare(next + 1)) return false;
    this.#count("people", count, range(at, next + 1));
    return true;
  }

  /** "house 14", "casa 16a". */
  #housed(at: number): boolean {
    const length = longestAt(this.#tokens, at, this.#lexicon.house, "exact");
    const next = this.#tokens[at + length];
    if (length === 0 || !next || !isHouse(next.word) || this.#isMeasured(at + length)) return false;
    // "no" is short for "number" only in front of a number that a list knows.
    if (this.#tokens[at]!.word === "no" && !this.#context.isHouse(next.word)) return false;
    this.#house(next.word, range(at, at + length + 1));
    return true;
  }

  /** "14 ok", "12, 14 and 16a: safe". */
  beforeStatus(hit: StatusHit): void {
    let at = hit.at - 1;
    while (
      at >= 0 &&
      (this.used.has(at) || this.#isWord(at, this.#lexicon.fillers) || this.#isWord(at, this.#lexicon.and))
    )
      at--;
    const run: number[] = [];
    while (at >= 0 && (this.#isBare(at) || this.used.has(at) || this.#isWord(at, this.#lexicon.and))) {
      if (this.#isBare(at)) run.unshift(at);
      at--;
    }
    const [only = 0, more] = run;
    // "ok 4 need water": the number belongs to the status before it, unless a phrase goes on from it ("ok 2 out of 5").
    if (
      only > 0 &&
      more === undefined &&
      hit.status !== "ok" &&
      hit.length === 1 &&
      this.#isWord(only - 1, this.#lexicon.statuses.ok)
    )
      return this.#lone(only, { ...hit, status: "ok" });
    for (const index of run) this.#house(this.#tokens[index]!.word, [index]);
  }

  /** "ok 4", "ok 12 14 16a", "need 18 insulin". */
  afterStatus(hit: StatusHit): void {
    const run: number[] = [];
    let named = 0;
    for (let at = hit.at + hit.length; at < this.#tokens.length; at++) {
      if (this.#isBare(at)) run.push(at);
      else if (this.#houses.includes(this.#tokens[at]!.word)) named++;
      else if (!this.#isWord(at, this.#lexicon.and) && parseRef(this.#tokens[at]!.word) === undefined) break;
    }
    if (run.length === 0) return;
    if (run.length + named > 1) {
      for (const index of run) this.#house(this.#tokens[index]!.word, [index]);
      return;
    }
    this.#lone(run[0]!, hit);
  }

  #lone(at: number, hit: StatusHit): void {
    const word = this.#tokens[at]!.word;
    const calm = hit.status === "ok" || hit.status === "evacuated";
    if (this.#context.speaksFor?.has(word)) {
      this.#house(word, [at]);
      if (calm && Number(word) <= MOST_PEOPLE) this.#perhaps = Number(word);
    } else if (calm && this.#people === undefined && Number(word) <= MOST_PEOPLE)
      this.#count("people", Number(word), [at]);
    else if (hit.status === "urgent" && this.#context.isHouse(word)) this.#house(word, [at]);
  }

  #count(kind: "people" | "animals", count: number, indices: readonly number[]): void {
    if (count > MOST_PEOPLE) return;
    if (kind === "people") this.#people = Math.min(MOST_PEOPLE, (this.#people ?? 0) + count);
    else this.#animals = Math.min(MOST_PEOPLE, (this.#animals ?? 0) + count);
    for (const index of indices) this.used.add(index);
  }

  #house(house: House, indices: readonly number[]): void {
    this.#houses.push(house);
    for (const index of indices) this.used.add(index);
  }

  /** A number of no other meaning that could be a household's. */
  #isBare(at: number): boolean {
    const word = this.#tokens[at]?.word;
    return word !== undefined && !this.used.has(at) && /^\d+$/.test(word) && isHouse(word) && !this.#isMeasured(at);
  }

  /** "20 L", "5 pm", and "1 missing", "2 hurt", which are people. */
  #isMeasured(at: number): boolean {
    const next = this.#tokens[at + 1]?.word;
    if (next === undefined) return false;
    return UNIT_WORDS.has(next) || MORE_UNITS.has(next) || this.#isHarm(at + 1);
  }

  /** "hurt", "missing"; "insulin" is a thing. */
  #isHarm(at: number): boolean {
    const word = this.#tokens.slice(at, at + 1);
    return troubleAt(word, "").size > 0 && needsIn(word, 0, new Set()).length === 0;
  }

  #number(at: number): number | undefined {
    const word = this.#tokens[at]!.word;
    return /^\d{1,3}$/.test(word) ? Number(word) : this.#lexicon.numbers.get(word);
  }

  #isWord(at: number, phrases: Phrases): boolean {
    return longestAt(this.#tokens, at, phrases, "exact") > 0;
  }
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
