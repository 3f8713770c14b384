// The questions of `muster init`, at most eight, each with a flag that answers it. A wrong answer is explained and asked again;
// a wrong flag is explained too, and asked again where there is somebody to ask.

import { utf8Length } from "#base/bytes.ts";
import { USABLE_REGIONS } from "#delivery/regions.ts";
import { nearest } from "#cli/config/nearest.ts";
import { Unfit, type Prompt } from "#cli/prompt.ts";
import { LONGEST_NAME } from "#cli/radio/profile.ts";
import { UsageError } from "#cli/verb.ts";

export interface Question<T> {
  readonly flag: string;
  readonly words: string;
  readonly read: (typed: string) => T | Promise<T>;
  readonly fallback?: string;
  readonly secret?: boolean;
}

export class Interview {
  readonly #prompt: Prompt | undefined;
  readonly #flags: Readonly<Record<string, string | undefined>>;
  readonly #say: (words: string) => void;
  /** Questions that were put to a person. */
  asked = 0;

  /** `flags` by their long names. */
  constructor(
    prompt: Prompt | undefined,
    flags: Readonly<Record<string, string | undefined>>,
    say: (words: string) => void,
  ) {
    this.#prompt = prompt;
    this.#flags = flags;
    this.#say = say;
  }

  /** Throws `UsageError` when there is nobody to ask and the flag is missing or wrong. */
  async put<T>({ flag, words, read, fallback, secret }: Question<T>): Promise<T> {
    const given = this.#flags[flag];
    if (given !== undefined) {
      try {
        return await read(given.trim());
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        if (!this.#prompt) throw new UsageError(`--${flag}: ${error.message}`);
        this.#say(`--${flag}: ${error.message}`);
      }
    }
    if (!this.#prompt) throw new UsageError(`There is no terminal to ask at. Answer with --${flag}: ${words}`);
    this.asked += 1;
    const options = { ...(fallback === undefined ? {} : { fallback }), ...(secret === undefined ? {} : { secret }) };
    return this.#prompt.ask(`${this.asked}. ${words}`, read, options);
  }
}

export function readStreet(typed: string): string {
  if (typed === "") throw new Unfit("A name is needed: residents see it on their radios, and it names the rooms.");
  if (/\p{Cc}/u.test(typed)) throw new Unfit("That holds a control character. Write plain text.");
  const long = utf8Length(typed);
  if (long > LONGEST_NAME)
    throw new Unfit(`That has ${long} bytes, and a radio keeps ${LONGEST_NAME}. Write a shorter name.`);
  return typed;
}

const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  en: "en",
  english: "en",
  inglés: "en",
  es: "es",
  spanish: "es",
  español: "es",
};

export function readLanguage(typed: string): string {
  const found = LANGUAGE_NAMES[typed.toLowerCase()];
  if (found === undefined) throw new Unfit(`Muster speaks en (English) and es (español), not "${typed}".`);
  return found;
}

export function readRegion(typed: string): string {
  const region = typed.toUpperCase().replaceAll("-", "_");
  if (USABLE_REGIONS.includes(region)) return region;
  const near = nearest(region, USABLE_REGIONS);
  throw new Unfit(
    `There is no region "${typed}"${near === undefined ? "" : `; did you mean ${near}?`} There are: ${USABLE_REGIONS.join(", ")}.`,
  );
}

/** "appservice", or a whole user id. */
export function readAccount(typed: string): string {
  if (typed.toLowerCase() === "appservice") return "appservice";
  if (/^@[^:\s]+:[^\s]+$/.test(typed)) return typed;
  const hint = typed.startsWith("@") ? "the server's name is missing after a colon" : "it begins with @";
  throw new Unfit(`"${typed}" is no user id: ${hint}. Write one like @muster:example.org, or appservice.`);
}

/** User ids apart by spaces or commas; "none" is nobody, and no rooms. */
export function readOperators(typed: string): readonly string[] {
  if (typed.toLowerCase() === "none") return [];
  const ids = typed.split(/[\s,]+/).filter((each) => each !== "");
  if (ids.length === 0)
    throw new Unfit("Write your own Matrix id like @anna:example.org, or none if you have rooms already.");
  const wrong = ids.find((each) => !/^@[^:\s]+:[^\s]+$/.test(each));
  if (wrong !== undefined)
    throw new Unfit(`"${wrong}" is no user id. Write ids like @anna:example.org with spaces between them, or none.`);
  return ids;
}
