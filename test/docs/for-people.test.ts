// What the pages for residents and operators promise, held against the program.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CHECKS } from "#cli/doctor/doctor.ts";
import { muster } from "#cli/muster.ts";
import { CANNED } from "#cli/radio/profile.ts";
import { lawOf, USABLE_REGIONS } from "#delivery/regions.ts";
import { MARKS } from "#gateway/matrix/marks.ts";
import type { Context } from "#wire/grammar/intention.ts";
import { parse } from "#wire/grammar/parse.ts";

const page = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

const NOTES = readdirSync(new URL("../../firmware-notes/", import.meta.url)).filter((name) => name.endsWith(".md"));
const VERBS_WITH_PARTS = new Set(["radio", "people", "config", "matrix", "wire", "event", "roll"]);

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

describe("docs/operator.md", () => {
  it("knows every check of the doctor by its name", () => {
    const text = page("docs/operator.md");
    for (const check of Object.keys(CHECKS)) expect(text).toContain(`\`${check}\``);
  });
});

describe("docs/matrix-user.md", () => {
  const text = page("docs/matrix-user.md");

  it("explains every mark", () => {
    for (const { key } of Object.values(MARKS)) expect(text).toContain(`| ${key} |`);
  });

  it("names only commands that there are", () => {
    const source = ["commands", "welfare/commands", "knowledge/desk"]
      .map((name) => page(`src/gateway/${name}.ts`))
      .join("");
    const named = new Set([...text.matchAll(/`!([a-zA-Z]+)/g)].map((match) => match[1]!.toLowerCase()));
    const known = new Set([...source.matchAll(/usage: "!([a-zA-Z]+)/g)].map((match) => match[1]!.toLowerCase()));
    expect([...named].filter((name) => !known.has(name)).toSorted()).toEqual(["long", "nomatrix"]);
  });
});

it("every `muster` command line in the pages is one that the program takes", async () => {
  const names = [
    "docs/operator.md",
    "docs/matrix-user.md",
    "README.md",
    ...NOTES.map((name) => `firmware-notes/${name}`),
  ];
  const lines = names.flatMap((name) => [...page(name).matchAll(/(?:^|`|sudo |bin\/|; )muster ([a-z][^`\n#;]*)/gm)]);
  const verbs = new Set(lines.map((match) => match[1]!.trim().split(/\s+/).slice(0, 2).join(" ")));
  expect(verbs.size).toBeGreaterThan(12);
  const options = new Map<string, Set<string>>();
  for (const [, line] of lines) {
    const words = line!.trim().split(/\s+/);
    const verb = VERBS_WITH_PARTS.has(words[0]!) ? words.slice(0, 2).join(" ") : words[0]!;
    const used = words.filter((word) => word.startsWith("--")).map((word) => word.split("=")[0]!);
    options.set(verb, new Set([...(options.get(verb) ?? []), ...used]));
  }
  for (const [verb, used] of options) {
    const [said, complained]: string[][] = [[], []];
    const outputs = { stdout: (text: string) => said!.push(text), stderr: (text: string) => complained!.push(text) };
    const code = await muster([...verb.split(" "), "--help"], { ...outputs, environment: {} });
    expect({ verb, code, complained }).toEqual({ verb, code: 0, complained: [] });
    expect([...used].filter((option) => !said!.join("").includes(option))).toEqual([]);
  }
});
