import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import { aidDetails, type AidDetails } from "#wire/grammar/aid-details.ts";
import { aidWords } from "#wire/grammar/aid-replies.ts";
import type { Context, Intention } from "#wire/grammar/intention.ts";
import type { AidReplies } from "#wire/grammar/language.ts";
import { LANGUAGES } from "#wire/grammar/languages.ts";
import { parse } from "#wire/grammar/parse.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";

interface Utterance extends Partial<Intention>, Partial<AidDetails> {
  readonly said: string;
  readonly kind: Intention["kind"];
}

interface Table {
  readonly about: string;
  readonly context: { readonly who: "resident" | "captain"; readonly direct?: boolean };
  readonly utterances: readonly Utterance[];
}

const TABLES = JSON.parse(
  readFileSync(new URL("../vectors/aid/utterances.json", import.meta.url), "utf8"),
) as readonly Table[];
const HOUSES = new Set(["12", "14", "16", "16a", "18", "20"]);

function contextOf({ who, direct = true }: Table["context"]): Context {
  return {
    fallback: "en",
    isHouse: (house) => HOUSES.has(house),
    household: "14",
    direct,
    names: ["ELM"],
    open: [],
    ...(who === "captain" ? { speaksFor: HOUSES } : {}),
  };
}

describe("what is said about aid", () => {
  for (const { about, context, utterances } of TABLES)
    test.each(utterances.map((utterance) => [utterance.said, utterance] as const))(`${about} %j`, (text, utterance) => {
      const { said: _said, amount, unit, until, day, endless, ...expected } = utterance;
      const intention = parse(text, contextOf(context));
      expect(intention).toMatchObject(expected);
      expect(intention.distress === "none" || intention.urgency === "urgent").toBe(true);
      const details = aidDetails(text, intention.households);
      expect(details).toEqual({
        endless: endless ?? false,
        ...(amount === undefined ? {} : { amount }),
        ...(unit === undefined ? {} : { unit }),
        ...(until === undefined ? {} : { until }),
        ...(day === undefined ? {} : { day }),
      });
    });

  it("is at least a hundred and fifty utterances in two languages", () => {
    expect(TABLES.flatMap(({ utterances }) => utterances).length).toBeGreaterThanOrEqual(150);
    expect(TABLES.filter(({ about }) => /English|Spanish/.test(about))).toHaveLength(2);
  });
});

describe("what is answered about aid", () => {
  it("fits one packet that firmware 2.8 signs, with a drill's mark, whatever it names", () => {
    const long = "ñ".repeat(200);
    const values = {
      ref: "a65535",
      offer: "a65535",
      what: `${long} 1000000 kg`,
      where: "zone 999",
      name: "Ñandú".repeat(4),
      address: long,
      list: long,
      urgent: " URGENTLY",
      until: " until Fri 23:59",
      time: "Fri 23:59",
      zone: 999,
      house: "9999z",
    };
    for (const { code, replies } of LANGUAGES)
      for (const key of Object.keys(replies.aid) as (keyof AidReplies)[]) {
        const words = aidWords(key, code, values);
        expect(utf8Length(`EXERCISE: ${words}`)).toBeLessThanOrEqual(MAX_SIGNED_TEXT);
        expect(words).not.toContain("{");
      }
  });
});
