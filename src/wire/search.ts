// Finding a procedure by words as people type them: accents, case and typos are forgiven; what a procedure is called weighs more
// than what it says. Total: any words have an answer, which may be none.

import MiniSearch from "minisearch";
import type { Procedure } from "#domain/knowledge/procedure.ts";
import { fold, latin, near, tokensOf, visible } from "./grammar/words.ts";

export interface Hit {
  readonly slug: string;
  /** That its words were found in. */
  readonly language: string;
  /** Greater is better; comparable within one answer only. */
  readonly score: number;
}

const FIELDS = ["name", "title", "words", "summary", "body"] as const;
const WEIGHTS = { name: 8, title: 4, words: 4, summary: 2, body: 1 };

/** Words that say nothing about what is wanted, in both languages. */
const SMALL = new Set(
  "the a an of for to in on at and or is are my our i we how do what please info about el la los las un una de del para en y o es mi como que por favor sobre".split(
    " ",
  ),
);

/** Best first, each procedure once; between equals, the procedure that was given first. A name that is typed as it is written comes before everything else. */
export function searchProcedures(procedures: readonly Procedure[], query: string): Hit[] {
  const words = tokensOf(visible(query))
    .map(({ word }) => latin(word))
    .filter((word) => !SMALL.has(word));
  if (words.length === 0) return [];
  const search = new MiniSearch<Procedure>({
    fields: [...FIELDS],
    idField: "id",
    extractField: (procedure, field) =>
      field === "id" ? `${procedure.slug} ${procedure.language}` : procedure[field as keyof Procedure],
    tokenize: (text) => tokensOf(visible(text)).map(({ word }) => latin(word)),
    processTerm: (term) => (SMALL.has(term) ? null : term),
  });
  search.addAll(procedures);
  const found = search.search(words.join(" "), {
    boost: WEIGHTS,
    fuzzy: (term) => (term.length < 4 || /\d/.test(term) ? false : term.length < 8 ? 1 : 2),
    prefix: (term) => term.length >= 4,
  });
  const best = new Map<string, Hit>();
  const offer = ({ slug, language }: Pick<Hit, "slug" | "language">, score: number): void => {
    if (score > (best.get(slug)?.score ?? 0)) best.set(slug, { slug, language, score });
  };
  for (const { id, score } of found) {
    const [slug = "", language = ""] = String(id).split(" ");
    offer({ slug, language }, score);
  }
  for (const procedure of procedures) {
    const name = fold(procedure.name);
    if (words.length === 1 && near(words[0]!, name, "loose")) offer(procedure, TYPED);
    if (words.join("-") === name) offer(procedure, NAMED);
    else if (words.join("-") === procedure.slug) offer(procedure, NAMED / 2);
  }
  return [...best.values()].toSorted((a, b) => b.score - a.score);
}

/** Above whatever a search gives. */
const NAMED = 1e9;
const TYPED = 1e6;
