import { describe, expect, it } from "vitest";

import { encodeMessage } from "#wire/message.ts";
import {
  codeFor,
  GROUPS,
  ONE_BYTE_CODES,
  SERVICES,
  TAXONOMY,
  termFor,
  UNITS,
  withCommunityTerms,
  wordFor,
} from "#wire/taxonomy.ts";

describe("the taxonomy", () => {
  it("has about a hundred terms in six groups, each with words in both languages", () => {
    expect(TAXONOMY.terms.length).toBeGreaterThanOrEqual(95);
    expect(new Set(TAXONOMY.terms.map((term) => term.group))).toEqual(new Set(GROUPS));
    for (const term of TAXONOMY.terms) {
      expect(term.words.en!.length).toBeGreaterThan(0);
      expect(term.words.es!.length).toBeGreaterThan(0);
      expect(term.code).toBeLessThan(480);
    }
  });

  it("writes the common ones in one byte and the rest in two", () => {
    for (const { code } of TAXONOMY.terms) {
      const encoded = encodeMessage({ type: "need", ref: 1, what: code });
      expect(encoded.ok && encoded.value.length).toBe(code < ONE_BYTE_CODES ? 5 : 6);
    }
    expect(TAXONOMY.terms.filter(({ code }) => code < ONE_BYTE_CODES).length).toBe(48);
  });

  it("knows every alias, whatever its case and accents, and only in one meaning", () => {
    for (const term of TAXONOMY.terms) {
      for (const [language, words] of Object.entries(term.words)) {
        for (const word of words) {
          expect(termFor(TAXONOMY, word.toUpperCase(), language)).toBe(term);
          expect(termFor(TAXONOMY, word.normalize("NFD").replaceAll(/\p{M}/gu, ""), language)).toBe(term);
        }
      }
      expect(wordFor(TAXONOMY, term.code, "es")).toBe(term.words.es![0]);
    }
    expect(termFor(TAXONOMY, "pozo", "en")?.name).toBe("well");
    expect(termFor(TAXONOMY, "flux capacitor", "en")).toBeUndefined();
    expect(wordFor(TAXONOMY, 499, "en")).toBe("#499");
  });

  it("takes a community's own terms, and refuses one that would take another's place", () => {
    const sauna = {
      code: 480,
      name: "sauna",
      group: "shelter",
      medical: false,
      words: { en: ["sauna"], fi: ["löyly"] },
    } as const;
    const grown = withCommunityTerms([sauna]);
    expect(grown.ok && termFor(grown.value, "Loyly", "fi")).toBe(sauna);
    expect(withCommunityTerms([{ ...sauna, code: 7 }]).ok).toBe(false);
    expect(withCommunityTerms([{ ...sauna, words: { en: ["water"] } }]).ok).toBe(false);
  });

  it("knows units and services", () => {
    expect(codeFor(UNITS, "Litros", "es")).toBe(0);
    expect(codeFor(UNITS, "kW", "en")).toBeUndefined();
    expect(codeFor(SERVICES, "wiki", "es")).toBe(2);
    for (const table of [UNITS, SERVICES]) expect(new Set(table.map(([code]) => code)).size).toBe(table.length);
  });
});
