// What was said about households, the calls for help that are open, and the questions that wait for an answer.

import type { Millis } from "#base/clock.ts";
import { standingOf, type Fact, type Means, type Source, type Standing } from "#domain/welfare/standing.ts";
import type { Trust } from "#domain/people/trust.ts";
import type { House, Status } from "#domain/wire-words.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

// ───────────────────────────── facts ─────────────────────────────

/** A fact as it is written down; `echo` is the ledger row whose confirmation it waits for. */
export type NewFact = Omit<Fact, "id" | "pending"> & { readonly echo?: number; readonly ledger?: number };

interface FactRow {
  readonly id: number;
  readonly at: Millis;
  readonly clockSure: 0 | 1;
  readonly house: House | null;
  readonly node: number | null;
  readonly member: number | null;
  readonly by: string;
  readonly source: Source;
  readonly means: Means;
  readonly trust: Trust;
  readonly status: Status;
  readonly people: number | null;
  readonly animals: number | null;
  readonly needs: string;
  readonly place: string | null;
  readonly note: string | null;
  readonly reference: string | null;
  readonly event: number | null;
  readonly pending: 0 | 1;
}

const FACT =
  "w.id, w.at, w.clock_sure AS clockSure, w.house, w.node, w.member, w.by_whom AS by, w.source, w.means, w.trust, w.status, w.people, " +
  "w.animals, w.needs, w.place, w.note, w.reference, w.event, " +
  "(w.echo IS NOT NULL AND coalesce(l.state, '') NOT IN ('confirmed', 'answered')) AS pending " +
  "FROM welfare w LEFT JOIN ledger l ON l.id = w.echo WHERE w.echo IS NOT 0";

function factOf(row: FactRow): Fact {
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  return {
    ...(given as unknown as Fact),
    clockSure: row.clockSure === 1,
    needs: JSON.parse(row.needs) as number[],
    pending: row.pending === 1,
  };
}

export function addFact(store: Store, fact: NewFact): number {
  const id = store.run(
    "INSERT INTO welfare (at, clock_sure, house, node, member, by_whom, source, means, trust, status, people, animals, needs, place, note, " +
      "reference, event, echo, ledger) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    fact.at,
    fact.clockSure ? 1 : 0,
    fact.house ?? null,
    fact.node ?? null,
    fact.member ?? null,
    fact.by,
    fact.source,
    fact.means,
    fact.trust,
    fact.status,
    fact.people ?? null,
    fact.animals ?? null,
    JSON.stringify(fact.needs),
    fact.place ?? null,
    fact.note ?? null,
    fact.reference ?? null,
    fact.event ?? null,
    fact.echo ?? null,
    fact.ledger ?? null,
  ).lastInsertRowid;
  journal(store, "welfare", { ...fact, fact: id }, fact.at);
  return id;
}

/** Where whoever said it is; `place` none: not known any more. */
export function placeFact(store: Store, id: number, place: string | undefined, now: Millis): void {
  store.run("UPDATE welfare SET place = ? WHERE id = ?", place ?? null, id);
  journal(store, "welfare", { fact: id, place }, now);
}

/** A captain's lone number was people after all: what was booked for the household of that number no longer counts. */
export function takeBack(store: Store, node: number, house: House): void {
  store.run("UPDATE welfare SET echo = 0 WHERE node = ? AND house = ? AND echo > 0", node, house);
}

/** In the order of arrival; `event` none for the real record. */
export function factsOf(store: Store, house: House, event?: number): Fact[] {
  return store
    .all<FactRow>(`SELECT ${FACT} AND w.house = ? AND w.event IS ? ORDER BY w.id`, house, event ?? null)
    .map(factOf);
}

/** Those of `factsOf` that arrived after the fact `since`. */
export function factsSince(store: Store, house: House, since: number, event?: number): Fact[] {
  return store
    .all<FactRow>(
      `SELECT ${FACT} AND w.house = ? AND w.id > ? AND w.event IS ? ORDER BY w.id`,
      house,
      since,
      event ?? null,
    )
    .map(factOf);
}

/** Whether one of the receipts that this radio's owner has not been given is for words of a drill. */
export function owesDrillReceipt(store: Store, node: number): boolean {
  const row = store.get(
    "SELECT 1 FROM welfare w WHERE w.event IS NOT NULL AND w.ledger IN (SELECT ledger FROM receipts WHERE node = ?) LIMIT 1",
    node,
  );
  return row !== undefined;
}

/** What radios said that belong to no household yet, newest last. */
export function unattachedFacts(store: Store): Fact[] {
  return store.all<FactRow>(`SELECT ${FACT} AND w.house IS NULL ORDER BY w.id`).map(factOf);
}

/** What this radio said since then, in the order of arrival, with the message it was said in. */
export function factsOfNode(store: Store, node: number, since: Millis): (Fact & { readonly ledger?: number })[] {
  return store
    .all<FactRow>(`SELECT w.ledger, ${FACT} AND w.node = ? AND w.at >= ? ORDER BY w.id`, node, since)
    .map(factOf);
}

/** Everything said that answers this reference, in the order of arrival. */
export function factsAnswering(store: Store, reference: string): Fact[] {
  return store.all<FactRow>(`SELECT ${FACT} AND w.reference = ? ORDER BY w.id`, reference).map(factOf);
}

/** How one household stands now. */
export function standing(store: Store, house: House, event?: number): Standing {
  return standingOf(factsOf(store, house, event), event === undefined && openCallOfHouse(store, house) !== undefined);
}

// ───────────────────────────── calls for help ─────────────────────────────

export interface CallRow {
  readonly id: number;
  readonly at: Millis;
  readonly node: number | null;
  readonly house: House | null;
  /** `possible`: asked about, and not raised yet. */
  readonly state: "possible" | "open" | "closed";
  /** What came back to "Emergency?": "", "yes", "no", "?" or "silence". */
  readonly said: string;
  readonly ledger: number | null;
  readonly closedAt: Millis | null;
  readonly closedBy: string | null;
  readonly closedReason: string | null;
}

const CALL =
  "id, at, node, house, state, said, ledger, closed_at AS closedAt, closed_by AS closedBy, closed_reason AS closedReason";

export function callRow(store: Store, id: number): CallRow | undefined {
  return store.get<CallRow>(`SELECT ${CALL} FROM calls WHERE id = ?`, id);
}

/** Those that no person has closed, oldest first. */
export function openCalls(store: Store): CallRow[] {
  return store.all<CallRow>(`SELECT ${CALL} FROM calls WHERE state <> 'closed' ORDER BY id`);
}

export function openCallOfNode(store: Store, node: number): CallRow | undefined {
  return store.get<CallRow>(
    `SELECT ${CALL} FROM calls WHERE node = ? AND state <> 'closed' ORDER BY id DESC LIMIT 1`,
    node,
  );
}

export function openCallOfHouse(store: Store, house: House): CallRow | undefined {
  return store.get<CallRow>(
    `SELECT ${CALL} FROM calls WHERE house = ? AND state <> 'closed' ORDER BY id DESC LIMIT 1`,
    house,
  );
}

export function addCall(
  store: Store,
  call: {
    readonly at: Millis;
    readonly node?: number;
    readonly house?: House;
    readonly state: "possible" | "open";
    readonly ledger?: number;
  },
): number {
  const id = store.run(
    "INSERT INTO calls (at, node, house, state, said, ledger) VALUES (?, ?, ?, ?, '', ?)",
    call.at,
    call.node ?? null,
    call.house ?? null,
    call.state,
    call.ledger ?? null,
  ).lastInsertRowid;
  journal(store, "call", { call: id, node: call.node, house: call.house, state: call.state }, call.at);
  return id;
}

/** A possible call becomes a full one. A call never goes back. */
export function raiseCall(store: Store, id: number, said: string, now: Millis): void {
  store.run("UPDATE calls SET state = 'open', said = ? WHERE id = ? AND state = 'possible'", said, id);
  journal(store, "call", { call: id, state: "open", said }, now);
}

/** What came back is shown beside the call, which stays as it is. */
export function noteCall(store: Store, id: number, said: string, now: Millis): void {
  store.run("UPDATE calls SET said = ? WHERE id = ? AND state <> 'closed'", said, id);
  journal(store, "call", { call: id, said }, now);
}

/** Only ever called for a person, who gives a reason. True if it was open. */
export function closeCall(store: Store, id: number, by: string, reason: string, now: Millis): boolean {
  const closed = store.run(
    "UPDATE calls SET state = 'closed', closed_at = ?, closed_by = ?, closed_reason = ? WHERE id = ? AND state <> 'closed'",
    now,
    by,
    reason,
    id,
  );
  if (closed.changes > 0) journal(store, "call", { call: id, state: "closed", by, reason }, now);
  return closed.changes > 0;
}

// ───────────────────────────── questions ─────────────────────────────

const EVERYBODY = 0xffff_ffff;

export interface QuestionRow {
  readonly id: number;
  readonly kind: "help" | "roll-call" | "page" | "expiry";
  readonly reference: string;
  readonly node: number;
  readonly at: Millis;
  readonly ledger: number | null;
}

const QUESTION = "id, kind, reference, node, at, ledger";

/** `node` 4294967295: everybody is asked. `ledger`: the packet that asks, so that a reply to it finds the question. */
export function askQuestion(store: Store, question: Omit<QuestionRow, "id">): number {
  return store.run(
    "INSERT INTO questions (kind, reference, node, at, ledger) VALUES (?, ?, ?, ?, ?)",
    question.kind,
    question.reference,
    question.node,
    question.at,
    question.ledger,
  ).lastInsertRowid;
}

/** What this radio's owner has been asked and not answered, newest first; each reference once. */
export function openQuestions(store: Store, node: number): QuestionRow[] {
  const rows = store.all<QuestionRow>(
    `SELECT ${QUESTION} FROM questions WHERE closed = 0 AND (node = ? OR node = ?) ORDER BY id DESC`,
    node,
    EVERYBODY,
  );
  return rows.filter(
    (row, index) => rows.findIndex(({ kind, reference }) => kind === row.kind && reference === row.reference) === index,
  );
}

/** The question that this packet of ours asked. */
export function questionOfPacket(store: Store, packetId: number): QuestionRow | undefined {
  return store.get<QuestionRow>(
    `SELECT ${QUESTION} FROM questions WHERE ledger IN (SELECT id FROM ledger WHERE packet_id = ? UNION ` +
      "SELECT o.ledger FROM mesh_attempts a JOIN mesh_outbox o ON o.id = a.send WHERE a.packet_id = ?) ORDER BY id DESC LIMIT 1",
    packetId,
    packetId,
  );
}

/** Closes what was asked under this kind and reference: of one radio, or (without `node`) of everybody. */
export function closeQuestions(store: Store, kind: QuestionRow["kind"], reference: string, node?: number): void {
  store.run(
    "UPDATE questions SET closed = 1 WHERE kind = ? AND reference = ? AND (? IS NULL OR node = ?)",
    kind,
    reference,
    node ?? null,
    node ?? null,
  );
}
