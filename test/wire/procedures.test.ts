// A folder of procedures: what is believed, what is found wrong, and what words find.

import { assert as always, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import { LANGUAGES } from "#wire/grammar/languages.ts";
import { checkFolder, summaryLimit, type KnowledgeFile } from "#wire/procedures.ts";
import { searchProcedures } from "#wire/search.ts";
import { communityFiles } from "#test/harness/knowledge.ts";

const TODAY = Date.UTC(2026, 10, 22);

const GOOD = `---
language: en
name: water
summary: Boil it for a minute.
reviewed: 2026-10-01
audience: everyone
---

# Water

1. Boil **it**.
2. See [gas](gas.en.md).
`;

const other = { path: "gas.en.md", text: GOOD.replace("name: water", "name: gas").replace("gas.en.md", "water.en.md") };
const folder = (text: string, path = "water.en.md"): KnowledgeFile[] => [{ path, text }, other];
const wrongs = (files: readonly KnowledgeFile[]): string[] =>
  checkFolder(files, TODAY).findings.map(({ file, severity, what }) => `${file} ${severity}: ${what}`);

describe("a folder of procedures", () => {
  it("is read as it was meant", () => {
    const { procedures, findings } = checkFolder(folder(GOOD), TODAY);
    expect(findings).toEqual([]);
    expect(procedures[0]).toMatchObject({ slug: "water", title: "Water", body: "1. Boil it.\n2. See gas." });
  });

  it.each([
    ["a summary that fits no packet", GOOD.replace("Boil it", "é".repeat(80)), "Shorten it by"],
    ["no summary", GOOD.replace(/summary:.*\n/, ""), "has no summary"],
    ["a link that leads nowhere", GOOD.replace("gas.en.md", "gaz.en.md"), "links to gaz.en.md"],
    ["no day of review", GOOD.replace("2026-10-01", "soon"), 'reviewed is "soon"'],
    ["a review that is still to come", GOOD.replace("2026-10-01", "2027-10-01"), "still to come"],
    ["an old review", GOOD.replace("2026-10-01", "2024-10-01"), "warning: was last reviewed on 2024-10-01"],
    ["a name that calls for help", GOOD.replace("name: water", "name: sos"), "is a call for help"],
    ["a name of two words", GOOD.replace("name: water", "name: boil water"), "Write one word"],
    ["another language than the file's name", GOOD.replace("language: en", "language: es"), "file's name says en"],
    ["an unknown audience", GOOD.replace("everyone", "friends"), 'audience is "friends"'],
    ["an unknown key", GOOD.replace("audience:", "readers:"), "is not understood"],
    ["a key twice", GOOD.replace("audience:", "name: x\naudience:"), "says name twice"],
    ["no heading", GOOD.replace("# Water", "Water"), "has no heading"],
    ["no front matter", "# Water", "does not begin with front matter"],
    [
      "a link into the internet",
      GOOD.replace("gas.en.md", "https://example.org/"),
      "warning: links to https://example.org/",
    ],
    ["another's name", GOOD.replace("name: water", "name: gas"), 'has the name "gas"'],
  ])("names %s", (_, text, what) => {
    expect(wrongs(folder(text)).join("\n")).toContain(what);
  });

  it("names a file that nobody could ask for", () => {
    expect(wrongs(folder(GOOD, "Water.md"))[0]).toContain("NAME.LANGUAGE.md");
  });

  it("passes over what is no procedure", () => {
    const files = [
      ...folder(GOOD),
      { path: "water.en.conflict-1a2b3c4d.md", text: "" },
      { path: "README.md", text: "" },
    ];
    expect(checkFolder(files, TODAY)).toMatchObject({ findings: [], procedures: { length: 2 } });
  });

  it("reads whatever it is given", () => {
    always(
      property(string({ unit: "binary", maxLength: 400 }), (text) => {
        const { procedures } = checkFolder([{ path: "a.en.md", text: `---\n${text}\n---\n${text}` }], TODAY);
        expect(procedures).toEqual([]);
        expect(searchProcedures(checkFolder(folder(GOOD), TODAY).procedures, text).length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the test community's procedures", () => {
  const { procedures, findings } = checkFolder(communityFiles(), TODAY);

  it("are thirty in two languages, without a finding", () => {
    expect(findings).toEqual([]);
    for (const { code } of LANGUAGES) expect(procedures.filter(({ language }) => language === code)).toHaveLength(30);
    for (const { summary, language } of procedures)
      expect(utf8Length(summary)).toBeLessThanOrEqual(summaryLimit(language));
  });

  it.each([
    ["water", "water"],
    ["watter", "water"],
    ["boil water", "water"],
    ["agua", "water"],
    ["AGUÁ", "water"],
    ["bleech", "bleach"],
    ["lejía", "bleach"],
    ["generater", "generator"],
    ["earthqake", "quake"],
    ["terremto", "quake"],
    ["how do i start the pump", "pump"],
    ["fire extinguisher", "fire"],
    ["insuline", "meds"],
    ["formula milk", "baby"],
  ])('finds "%s"', (words, slug) => {
    expect(searchProcedures(procedures, words)[0]?.slug).toBe(slug);
  });

  it("finds each by its name with a letter wrong, in both languages", () => {
    const lost: string[] = [];
    for (const { name, slug, language } of procedures.filter((each) => each.name.length >= 6)) {
      for (const at of [1, Math.floor(name.length / 2), name.length - 1]) {
        const typed = `${name.slice(0, at)}q${name.slice(at + 1)}`;
        if (searchProcedures(procedures, typed)[0]?.slug !== slug) lost.push(`${typed} (${language})`);
      }
    }
    expect(lost).toEqual([]);
  });

  it("finds nothing where there is nothing", () => {
    expect(searchProcedures(procedures, "zeppelin")).toEqual([]);
    expect(searchProcedures(procedures, "the of")).toEqual([]);
  });
});
