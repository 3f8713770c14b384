// Procedures by radio and in Matrix: `info` lists their names, `info water` gives the summary, `more` goes on. Whatever no
// procedure answers goes to people, because somebody who asks wants an answer.

import { inLanguage, mayRead, type Procedure } from "#domain/knowledge/procedure.ts";
import type { Role } from "#domain/people/people.ts";
import { listProcedures } from "#store/knowledge.ts";
import { inquiriesOf } from "#wire/grammar/inquiry.ts";
import { fill } from "#wire/grammar/reply.ts";
import { searchProcedures } from "#wire/search.ts";
import type { Turn } from "#gateway/turn.ts";

export interface Reader {
  readonly role: Role;
  /** Chosen for this reader. */
  readonly language?: string;
  /** What the reader probably speaks, where a word means the same in two. */
  readonly fallback: string;
}

/** Best first, those that the reader may read, in the reader's language, else in that in which they were found. */
export function findProcedures(turn: Turn, words: string, reader: Reader): Procedure[] {
  const readable = listProcedures(turn.store)
    .filter(({ audience }) => mayRead(reader.role, audience))
    .toSorted((a, b) => Number(b.language === reader.fallback) - Number(a.language === reader.fallback));
  return searchProcedures(readable, words).map(
    ({ slug, language }) =>
      inLanguage(
        readable.filter((each) => each.slug === slug),
        reader.language ?? language,
      )[0]!,
  );
}

/** The names of all that the reader may read; undefined: there are none. */
export function listWords(turn: Turn, role: Role, language: string): string | undefined {
  const readable = listProcedures(turn.store).filter(({ audience }) => mayRead(role, audience));
  if (readable.length === 0) return undefined;
  const names = inLanguage(readable, language).map(({ name }) => name);
  return fill(inquiriesOf(language).list, { names: names.join(" ") });
}

/** What a handheld is told: the summary, and after it what `more` goes on with. */
export function procedureWords({ summary, body }: Procedure): string {
  return body === "" ? summary : `${summary}\n${body}`;
}

/** The same for a room, where there is room. */
export function procedurePage({ title, summary, markdown, reviewed }: Procedure): string {
  const text = markdown.replace(/^#[^\n]*\n/, "").trim();
  return [title, summary, text, `(${reviewed})`].filter((part) => part !== "").join("\n\n");
}
