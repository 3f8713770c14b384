// What the pages for residents and operators promise, held against the program.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CANNED } from "#cli/radio-profile.ts";
import { lawOf, USABLE_REGIONS } from "#delivery/regions.ts";
import type { Context } from "#wire/grammar/intention.ts";
import { parse } from "#wire/grammar/parse.ts";

const page = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

/** Bare of sense by themselves: answers to a person. */
const ANSWERS = new Set(["on my way", "yes", "no", "voy", "sí"]);

function kindOf(text: string, language: string): string {
  const context: Context = { language, fallback: language, isHouse: () => true, direct: true, names: [], open: [] };
  return parse(text, context).kind;
}

describe.each(["en", "es"])("the resident's page, %s", (language) => {
  const text = page(`docs/resident.${language}.md`);

  it("names only words that are understood", () => {
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    const words = rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
    expect(words.length).toBeGreaterThan(8);
    for (const word of words) expect({ word, kind: kindOf(word, language) }).not.toEqual({ word, kind: "unclear" });
  });

  it("tells to keep the gateway as a favourite", () => {
    expect(text).toMatch(/\*\*(keep the gateway as a favourite|guarde la pasarela como favorita)\*\*/);
  });

  it("fits on a page", () => {
    expect(text.split("\n").length).toBeLessThan(75);
  });
});

describe("firmware-notes/settings.md", () => {
  const text = page("firmware-notes/settings.md");

  it.each(Object.entries(CANNED))("lists the one-press answers as they are set, %s", (language, words) => {
    expect(text).toContain(`${language}  ${words.join("|")}`);
    const understood = words.filter((word) => !ANSWERS.has(word));
    for (const word of understood)
      expect({ word, kind: kindOf(word, language) }).not.toEqual({ word, kind: "unclear" });
  });

  it("lists every region that can be chosen", () => {
    for (const region of USABLE_REGIONS) expect(text).toContain(region);
  });

  it("states the law as it is applied", () => {
    const one = /^\| (EU_868|EU_866|EU_N_868|UA_868|TH|EU_433)[^|]*\| ([\d.]+) %[^|]*\| (\d+) \|/gm;
    const rows = [...text.matchAll(one)];
    expect(rows.length).toBeGreaterThan(4);
    for (const [, region, duty, power] of rows)
      expect({ region, duty: Number(duty), power: Number(power) }).toEqual({
        region,
        duty: lawOf(region!)!.duty,
        power: lawOf(region!)!.power,
      });
  });
});
