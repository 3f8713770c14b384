// Somebody whom a page did not reach, and whose radio is heard again: it was switched off, or behind a hill. They are asked once more
// (domain/calltree/page.ts says when), together with others who are heard within a short while.
//
// An acknowledgement is no sign of that: it says that our question arrived, not that it had not.

import { holdSend } from "#store/mesh-outbox.ts";
import { heldOfPage, pageRow, pagesMissing } from "#store/pages.ts";
import { radioByNode } from "#store/people.ts";
import type { PortBody } from "#gateway/inputs.ts";
import { move } from "./page.ts";
import type { Turn } from "#gateway/turn.ts";

/** Anything was heard from this radio. */
export function heardByPages(turn: Turn, node: number, body: PortBody | undefined): void {
  if (body?.kind === "routing") return;
  const person = radioByNode(turn.store, node)?.member;
  if (person === undefined) return;
  for (const number of pagesMissing(turn.store, person, turn.now)) {
    const page = pageRow(turn.store, number)!;
    const { silent, heardAt = 0, askedAt = 0 } = page.state.people[person]!;
    if (!silent && heardAt > askedAt) continue;
    const { state } = move(turn, page, { kind: "heard", person });
    // The one question replaces what out-of-reach.ts would say again.
    if (state.people[person]?.againAt !== undefined)
      for (const send of heldOfPage(turn.store, number, person)) holdSend(turn.store, send, undefined);
  }
}
