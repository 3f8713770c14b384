// Boards (messages of the gateway's own that are edited in place) and what an event of ours is about.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

// ───────────────────────────── boards ─────────────────────────────

export interface BoardRow {
  readonly id: number;
  readonly uplink: string;
  readonly room: string;
  readonly thread: string;
  /** The content of its message, JSON. */
  readonly words: string;
  readonly revision: number;
  readonly saidRevision: number;
  /** Row of the Matrix outbox; once that is gone, it is settled. */
  readonly sending: number | null;
  readonly eventId: string | null;
  readonly saidAt: Millis | null;
}

const BOARD =
  "SELECT id, uplink, room, thread, words, revision, said_revision AS saidRevision, sending, event_id AS eventId, " +
  "said_at AS saidAt FROM boards";

export function boardRow(store: Store, id: number): BoardRow | undefined {
  return store.get<BoardRow>(`${BOARD} WHERE id = ?`, id);
}

export function boardSending(store: Store, outbox: number): BoardRow | undefined {
  return store.get<BoardRow>(`${BOARD} WHERE sending = ?`, outbox);
}

/** New words for the board, which may be new itself. Returns its id; undefined: it is to show that already. */
export function reviseBoard(
  store: Store,
  place: { readonly uplink: string; readonly room: string },
  key: string,
  thread: string,
  words: string,
): number | undefined {
  return store.get<{ id: number }>(
    "INSERT INTO boards (uplink, room, key, thread, words, revision) VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET " +
      "words = excluded.words, revision = revision + 1 WHERE words <> excluded.words RETURNING id",
    place.uplink,
    place.room,
    key,
    thread,
    words,
  )?.id;
}

/** The words of this revision are on their way in a row of the outbox. */
export function setBoardSending(store: Store, id: number, outbox: number, revision: number): void {
  store.run("UPDATE boards SET sending = ?, said_revision = ? WHERE id = ?", outbox, revision, id);
}

export function setBoardSaid(store: Store, id: number, eventId: string, now: Millis): void {
  store.run(
    "UPDATE boards SET event_id = coalesce(event_id, ?), sending = NULL, said_at = ? WHERE id = ?",
    eventId,
    now,
    id,
  );
}

/** Its message cannot be edited any more: the next words are a message of their own. */
export function dropBoardEvent(store: Store, id: number): void {
  store.run("UPDATE boards SET event_id = NULL, sending = NULL, revision = revision + 1 WHERE id = ?", id);
}

/** Boards that have not changed since then are history: nobody edits them any more. */
export function pruneBoards(store: Store, before: Millis): void {
  store.run("DELETE FROM boards WHERE said_at < ? AND sending IS NULL", before);
  store.run("DELETE FROM threads WHERE person LIKE 'board:%' AND person NOT IN (SELECT thread FROM boards)");
  store.run("DELETE FROM acts WHERE at < ?", before);
}

// ───────────────────────────── subjects ─────────────────────────────

/** `ledger`: the message that is about it. */
export function setSubject(store: Store, ledger: number, kind: string, number: number): void {
  store.run(
    "INSERT INTO subjects (ledger, kind, number) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind, number = excluded.number",
    ledger,
    kind,
    number,
  );
}

/** What the message that became this event is about. */
export function subjectOfEvent(store: Store, eventId: string): { kind: string; number: number } | undefined {
  return store.get(
    "SELECT s.kind, s.number FROM ledger l JOIN subjects s ON s.ledger = l.id WHERE l.event_id = ? ORDER BY l.id LIMIT 1",
    eventId,
  );
}

// ───────────────────────────── acts ─────────────────────────────

export interface ActRow {
  readonly eventId: string;
  readonly kind: string;
  readonly number: number;
  readonly emoji: string;
  /** A Matrix id. */
  readonly by: string;
  readonly at: Millis;
}

export function addAct(store: Store, act: ActRow): void {
  const { eventId, kind, number, emoji, by, at } = act;
  store.run(
    "INSERT INTO acts (event_id, kind, number, emoji, by_whom, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    eventId,
    kind,
    number,
    emoji,
    by,
    at,
  );
}

/** For other gateways, and for the record: who did what about it, or (`removed`) took that back. */
export function journalAct(store: Store, { kind, number, emoji, by, at }: ActRow, removed = false): void {
  journal(store, "act", { [kind]: number, emoji, by, ...(removed ? { removed } : {}) }, at);
}

const ACT = "SELECT event_id AS eventId, kind, number, emoji, by_whom AS 'by', at FROM acts";

export function actOfEvent(store: Store, eventId: string): ActRow | undefined {
  return store.get<ActRow>(`${ACT} WHERE event_id = ?`, eventId);
}

/** Oldest first. */
export function actsOn(store: Store, kind: string, number: number): ActRow[] {
  return store.all<ActRow>(`${ACT} WHERE kind = ? AND number = ? ORDER BY at, event_id`, kind, number);
}

export function dropAct(store: Store, { eventId }: ActRow): void {
  store.run("DELETE FROM acts WHERE event_id = ?", eventId);
}
