// What people need, have and can, as codes: names and aliases per language, and a community's own additions.
// On the air a code is a folded number (numbers.ts), so that codes 0–47 take one byte. A code that is not in the table
// is not an error: a newer program or another community sent it, and it is shown as its number.

import { assert } from "#base/assert.ts";
import { parsed, refused, type Parsed } from "#base/parsed.ts";
import { GROUPS, SERVICES, TABLE, UNITS, type Group, type TaxonomyRow, type UnitRow } from "./taxonomy-table.ts";

export { GROUPS, SERVICES, UNITS, type Group };

/** Codes that the standard never assigns: 480 to 511. */
export const COMMUNITY_CODES = { from: 480, to: 511 } as const;
/** Codes below this take one byte. */
export const ONE_BYTE_CODES = 48;

export interface Term {
  readonly code: number;
  /** The one name in JSON, exports and documentation. */
  readonly name: string;
  readonly group: Group;
  /** Says something about somebody's health: never on the primary channel. */
  readonly medical: boolean;
  /** Per language, the word that is shown first. */
  readonly words: { readonly [language: string]: readonly string[] };
}

export interface Taxonomy {
  readonly terms: readonly Term[];
  readonly byCode: ReadonlyMap<number, Term>;
  /** Folded alias or name → term, per language. */
  readonly byWord: ReadonlyMap<string, ReadonlyMap<string, Term>>;
}

/** Lower case, without accents, single spaces: how words are compared. */
export function foldWord(word: string): string {
  return word
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[\s-]+/g, " ")
    .trim();
}

function termOf([code, name, group, en, es, medical]: TaxonomyRow): Term {
  return { code, name, group, medical: medical !== undefined, words: { en, es } };
}

/** A taxonomy from terms; refused with words when a code, a name or an alias would stand for two things. */
function build(terms: readonly Term[]): Parsed<Taxonomy> {
  const byCode = new Map<number, Term>();
  const byWord = new Map<string, Map<string, Term>>();
  const names = new Set<string>();
  for (const term of terms) {
    const owner = byCode.get(term.code);
    if (owner !== undefined) return refused(`code ${term.code} stands for ${owner.name} and ${term.name}`);
    if (names.has(term.name)) return refused(`the name ${term.name} is used twice`);
    byCode.set(term.code, term);
    names.add(term.name);
    for (const [language, words] of Object.entries(term.words)) {
      const known = byWord.get(language) ?? new Map<string, Term>();
      byWord.set(language, known);
      for (const word of words.map(foldWord)) {
        const other = known.get(word);
        if (other !== undefined) return refused(`"${word}" (${language}) stands for ${other.name} and ${term.name}`);
        known.set(word, term);
      }
    }
  }
  return parsed({ terms, byCode, byWord });
}

function standard(): Taxonomy {
  const built = build(TABLE.map(termOf));
  assert(built.ok, built.ok ? "" : built.refusal);
  return built.value;
}

/** The standard table. */
export const TAXONOMY: Taxonomy = standard();

/** The standard table and a community's own terms, which have codes 480–511 and may bring any language. */
export function withCommunityTerms(own: readonly Term[]): Parsed<Taxonomy> {
  const outside = own.find(
    ({ code }) => !Number.isInteger(code) || code < COMMUNITY_CODES.from || code > COMMUNITY_CODES.to,
  );
  if (outside !== undefined) return refused(`the code of ${outside.name} is not from 480 to 511`);
  return build([...TAXONOMY.terms, ...own]);
}

/** The term for a word as typed, by its language's aliases first, then by those of any other, then by name. */
export function termFor(taxonomy: Taxonomy, word: string, language: string): Term | undefined {
  const wanted = foldWord(word);
  const own = taxonomy.byWord.get(language)?.get(wanted);
  if (own !== undefined) return own;
  for (const words of taxonomy.byWord.values()) {
    const term = words.get(wanted);
    if (term !== undefined) return term;
  }
  return taxonomy.terms.find((term) => foldWord(term.name) === wanted);
}

/** How a code is shown: its first word in the language, in English, or "#number" when it is not known here. */
export function wordFor(taxonomy: Taxonomy, code: number, language: string): string {
  const words = taxonomy.byCode.get(code)?.words;
  return words?.[language]?.[0] ?? words?.en?.[0] ?? `#${code}`;
}

/** The code of a unit or service as typed. */
export function codeFor(table: readonly UnitRow[], word: string, language: "en" | "es"): number | undefined {
  const wanted = foldWord(word);
  const column = language === "en" ? 2 : 3;
  const row =
    table.find((candidate) => candidate[column].some((alias) => foldWord(alias) === wanted)) ??
    table.find((candidate) => foldWord(candidate[1]) === wanted);
  return row?.[0];
}
