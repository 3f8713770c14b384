// Procedures: what a community wrote down for bad days (boil water, shut off gas), as values. A procedure has a slug (its file's
// name), and for each language a name that is said on the air, a summary of one packet and a text.

import type { Role } from "#domain/people/people.ts";

export const AUDIENCES = ["everyone", "captains", "coordinators", "operators"] as const;
export type Audience = (typeof AUDIENCES)[number];

export interface Procedure {
  /** "water": the file is water.en.md. */
  readonly slug: string;
  /** BCP 47, the first part: "en". */
  readonly language: string;
  /** What is said on the air after `info`; one word. */
  readonly name: string;
  readonly title: string;
  /** One packet. */
  readonly summary: string;
  /** The whole as plain text, a line each step; what `more` goes on with. */
  readonly body: string;
  /** As it was written. */
  readonly markdown: string;
  /** Further words that it is found by. */
  readonly words: string;
  /** "2026-10-01". */
  readonly reviewed: string;
  readonly audience: Audience;
}

const LEAST_ROLE: Readonly<Record<Audience, number>> = { everyone: 0, captains: 1, coordinators: 2, operators: 3 };
const RANK: Readonly<Record<Role, number>> = { resident: 0, captain: 1, coordinator: 2, operator: 3 };

export function mayRead(role: Role, audience: Audience): boolean {
  return RANK[role] >= LEAST_ROLE[audience];
}

/** Each procedure once: in the reader's language, else in the first that there is. Sorted by name. */
export function inLanguage(all: readonly Procedure[], language: string): Procedure[] {
  const bySlug = new Map<string, Procedure>();
  for (const procedure of all) {
    const known = bySlug.get(procedure.slug);
    if (!known || (known.language !== language && procedure.language === language))
      bySlug.set(procedure.slug, procedure);
  }
  return [...bySlug.values()].toSorted((a, b) => a.name.localeCompare(b.name, language));
}
