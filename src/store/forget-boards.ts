// Forgetting what people were shown: boards, cards, reactions, results of roll calls. A part of forget.ts.

import { forgetLedger } from "./prune.ts";
import type { Store } from "./store.ts";

/** Calls for help with all that hangs on them: cards, reactions, what was journaled. */
export function forgetCalls(store: Store, ids: readonly number[]): void {
  const list = JSON.stringify(ids);
  const these = "SELECT value FROM json_each(?)";
  forgetAbout(store, "call", ids);
  forgetAbout(store, "closing", ids);
  store.run(`DELETE FROM journal WHERE body ->> '$.call' IN (${these})`, list);
  store.run(`DELETE FROM calls WHERE id IN (${these})`, list);
}

/** Roll calls with whom they were for and how they ended. */
export function forgetRolls(store: Store, numbers: readonly number[]): void {
  const list = JSON.stringify(numbers);
  const these = "SELECT value FROM json_each(?)";
  forgetAbout(store, "roll", numbers);
  forgetLedger(
    store,
    store
      .all<{ ledger: number }>(`SELECT ledger FROM roll_sends WHERE roll IN (${these})`, list)
      .map((row) => row.ledger),
  );
  for (const table of ["roll_houses", "roll_waves", "roll_sends"])
    store.run(`DELETE FROM ${table} WHERE roll IN (${these})`, list);
  store.run(`DELETE FROM journal WHERE kind = 'roll' AND body ->> '$.roll' IN (${these})`, list);
  store.run(
    `DELETE FROM questions WHERE kind = 'roll-call' AND reference IN (SELECT 'r' || value FROM json_each(?))`,
    list,
  );
  store.run(`DELETE FROM rolls WHERE number IN (${these})`, list);
}

/** Pages, with what was sent for them. */
export function forgetPages(store: Store, numbers: readonly number[]): void {
  const list = JSON.stringify(numbers);
  const these = "SELECT value FROM json_each(?)";
  forgetAbout(store, "page", numbers);
  forgetLedger(
    store,
    store
      .all<{ ledger: number }>(`SELECT ledger FROM call_page_sends WHERE page IN (${these})`, list)
      .map((row) => row.ledger),
  );
  store.run(`DELETE FROM call_page_sends WHERE page IN (${these})`, list);
  store.run(`DELETE FROM journal WHERE kind = 'page' AND body ->> '$.page' IN (${these})`, list);
  store.run(`DELETE FROM call_pages WHERE number IN (${these})`, list);
}

/** Messages about these things, their boards and threads, and what was reacted. */
function forgetAbout(store: Store, kind: string, numbers: readonly number[]): void {
  const list = JSON.stringify(numbers);
  const these = "SELECT value FROM json_each(?)";
  const keys = "SELECT ? || ' ' || value FROM json_each(?)";
  forgetLedger(
    store,
    store
      .all<{ ledger: number }>(`SELECT ledger FROM subjects WHERE kind = ? AND number IN (${these})`, kind, list)
      .map((row) => row.ledger),
  );
  store.run(`DELETE FROM matrix_outbox WHERE id IN (SELECT sending FROM boards WHERE key IN (${keys}))`, kind, list);
  store.run(`DELETE FROM boards WHERE key IN (${keys})`, kind, list);
  store.run(`DELETE FROM threads WHERE person IN (SELECT 'board:' || ? || ' ' || value FROM json_each(?))`, kind, list);
  store.run(`DELETE FROM acts WHERE kind = ? AND number IN (${these})`, kind, list);
}

/**
 * What boards show, or wait to show, is not kept, because anybody may be named there; those that are still in use are drawn
 * anew. One whose first message was under way at this very moment may come twice.
 */
export function blankBoards(store: Store): void {
  store.run("DELETE FROM matrix_outbox WHERE id IN (SELECT sending FROM boards WHERE sending IS NOT NULL)");
  store.run("UPDATE boards SET words = '{}', revision = revision + 1, said_revision = revision + 1");
}

/** Names and numbers in the results of closed roll calls. */
export function blankInResults(store: Store, words: readonly string[]): void {
  for (const word of words)
    store.run(
      "UPDATE rolls SET result = replace(result, ?, '') WHERE result IS NOT NULL AND instr(result, ?) > 0",
      word,
      word,
    );
}

/** Operators' commands, posted lists and talk among themselves: anybody may be named there, and none of it is a message of ours. */
export function forgetTalk(store: Store): void {
  store.run(
    "DELETE FROM inbox WHERE source <> 'radio' AND state <> 'waiting' AND id NOT IN " +
      "(SELECT inbox FROM ledger WHERE inbox IS NOT NULL AND direction = 'matrix-to-mesh')",
  );
}

/** What only points at messages that are gone. */
export function forgetLoose(store: Store): void {
  for (const table of ["reference_of", "subjects"])
    store.run(`DELETE FROM ${table} WHERE ledger NOT IN (SELECT id FROM ledger)`);
}
