// What a message of ours in Matrix is about: a call for help, a roll call, a page … The message's ledger row says it, so the
// event that the message becomes is known by it, and reactions and replies to that event act (acting.ts).

import { setSubject, subjectOfEvent } from "#store/boards.ts";
import type { Turn } from "#gateway/turn.ts";

export const SUBJECT_KINDS = ["call", "closing", "import", "roll", "page", "aid"] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export interface Subject {
  readonly kind: SubjectKind;
  /** As the store numbers things of this kind. */
  readonly number: number;
}

/** The message of this ledger row is about the subject. */
export function about(turn: Turn, ledger: number, { kind, number }: Subject): void {
  setSubject(turn.store, ledger, kind, number);
}

export function subjectOf(turn: Turn, eventId: string): Subject | undefined {
  const found = subjectOfEvent(turn.store, eventId);
  return found && { kind: found.kind as SubjectKind, number: found.number };
}
