// Aid items and their matches. Every change is also a journal row, because other gateways would have to learn it.

import type { Millis } from "#base/clock.ts";
import type { AidKind, Item, Match, Party } from "#domain/aid/aid.ts";
import type { Dependency } from "#domain/aid/dependencies.ts";
import type { House } from "#domain/wire-words.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

type Row = Readonly<Record<string, string | number | null>>;

function given(row: Row): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

// ───────────────────────────── items ─────────────────────────────

const ITEM =
  "SELECT id, ref, kind, code, amount, unit, supply, urgency, owner, note, state, at, changed_at AS changedAt, " +
  "expires_at AS expiresAt, asked, event, reminded FROM aid_items";

function itemOf(row: Row): Item {
  return { ...given(row), asked: row["asked"] === 1, owner: JSON.parse(String(row["owner"])) as Party } as Item;
}

export type NewItem = Omit<Item, "id" | "ref" | "changedAt" | "asked" | "reminded" | "state">;

export function addItem(store: Store, ref: number, item: NewItem): Item {
  const id = store.run(
    "INSERT INTO aid_items (ref, kind, code, amount, unit, supply, urgency, owner, note, state, at, changed_at, expires_at, event) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?)",
    ref,
    item.kind,
    item.code ?? null,
    item.amount ?? null,
    item.unit ?? null,
    item.supply,
    item.urgency,
    JSON.stringify(item.owner),
    item.note ?? null,
    item.at,
    item.at,
    item.expiresAt ?? null,
    item.event ?? null,
  ).lastInsertRowid;
  journal(store, "aid", { item: id, ref, house: item.owner.house, is: item }, item.at);
  return itemRow(store, id)!;
}

export function itemRow(store: Store, id: number): Item | undefined {
  const row = store.get<Row>(`${ITEM} WHERE id = ?`, id);
  return row && itemOf(row);
}

/** The newest that has or had this reference. */
export function itemByRef(store: Store, ref: number): Item | undefined {
  const row = store.get<Row>(`${ITEM} WHERE ref = ? ORDER BY id DESC LIMIT 1`, ref);
  return row && itemOf(row);
}

/** In the order of arrival; of all kinds without `kinds`. */
export function openItems(store: Store, kinds?: readonly AidKind[]): Item[] {
  const rows = store.all<Row>(`${ITEM} WHERE state = 'open' ORDER BY id`).map(itemOf);
  return kinds === undefined ? rows : rows.filter(({ kind }) => kinds.includes(kind));
}

/** Newest last, closed ones too. */
export function allItems(store: Store): Item[] {
  return store.all<Row>(`${ITEM} ORDER BY id`).map(itemOf);
}

/** References that must not be given out: of what is open, and of what was closed after `since`. */
export function takenRefs(store: Store, since: Millis): Set<number> {
  const rows = store.all<{ ref: number }>(
    "SELECT DISTINCT ref FROM aid_items WHERE state = 'open' OR changed_at > ?",
    since,
  );
  return new Set(rows.map(({ ref }) => ref));
}

type Changes = Partial<Pick<Item, "state" | "urgency" | "amount" | "unit" | "expiresAt" | "asked" | "reminded">>;

export function changeItem(store: Store, item: Item, changes: Changes, now: Millis): Item {
  const next = { ...item, ...changes };
  store.run(
    "UPDATE aid_items SET state = ?, urgency = ?, amount = ?, unit = ?, expires_at = ?, asked = ?, reminded = ?, changed_at = ? WHERE id = ?",
    next.state,
    next.urgency,
    next.amount ?? null,
    next.unit ?? null,
    next.expiresAt ?? null,
    next.asked ? 1 : 0,
    next.reminded,
    now,
    item.id,
  );
  if (changes.reminded === undefined)
    journal(store, "aid", { item: item.id, house: item.owner.house, ...changes }, now);
  return { ...next, changedAt: now };
}

// ───────────────────────────── matches ─────────────────────────────

const MATCH =
  "SELECT id, need, offer, giver, receiver, claimed_by AS claimedBy, amount, state, at, changed_at AS changedAt FROM aid_matches";

function matchOf(row: Row): Match {
  const party = (key: string): Party => JSON.parse(String(row[key])) as Party;
  return { ...given(row), giver: party("giver"), receiver: party("receiver") } as Match;
}

export function addMatch(store: Store, match: Omit<Match, "id" | "changedAt">): Match {
  const id = store.run(
    "INSERT INTO aid_matches (need, offer, giver, receiver, claimed_by, amount, state, at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    match.need ?? null,
    match.offer ?? null,
    JSON.stringify(match.giver),
    JSON.stringify(match.receiver),
    match.claimedBy,
    match.amount ?? null,
    match.state,
    match.at,
    match.at,
  ).lastInsertRowid;
  journalMatch(store, { ...match, id }, match.at);
  return { ...match, id, changedAt: match.at };
}

/** Of an item, in the order of storing. */
export function matchesOf(store: Store, item: number): Match[] {
  return store.all<Row>(`${MATCH} WHERE need = ? OR offer = ? ORDER BY id`, item, item).map(matchOf);
}

export function changeMatch(
  store: Store,
  match: Match,
  changes: Partial<Pick<Match, "state" | "amount">>,
  now: Millis,
): Match {
  const next = { ...match, ...changes, changedAt: now };
  store.run(
    "UPDATE aid_matches SET state = ?, amount = ?, changed_at = ? WHERE id = ?",
    next.state,
    next.amount ?? null,
    now,
    match.id,
  );
  journalMatch(store, next, now);
  return next;
}

function journalMatch(store: Store, match: Omit<Match, "changedAt">, now: Millis): void {
  journal(store, "aid", { match: match.id, house: match.receiver.house, helper: match.giver.house, is: match }, now);
}

// ───────────────────────────── who was asked ─────────────────────────────

export function noteAsked(store: Store, need: number, offer: number, now: Millis): void {
  store.run("INSERT INTO aid_asked (need, offer, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", need, offer, now);
}

/** Items whose owners were asked for help with this need. */
export function askedFor(store: Store, need: number): Set<number> {
  return new Set(
    store.all<{ offer: number }>("SELECT offer FROM aid_asked WHERE need = ?", need).map(({ offer }) => offer),
  );
}

/** The second round begins: everybody may be asked again. */
export function forgetAsked(store: Store, need: number): void {
  store.run("DELETE FROM aid_asked WHERE need = ?", need);
}

// ───────────────────────────── what many share ─────────────────────────────

export function listDependencies(store: Store): Dependency[] {
  return store
    .all<Row>("SELECT name, kind, keeper, deputy, needs, serves FROM dependencies ORDER BY name")
    .map(
      (row) =>
        ({ ...row, needs: JSON.parse(String(row["needs"])), serves: JSON.parse(String(row["serves"])) }) as Dependency,
    );
}

export function setDependency(store: Store, thing: Dependency, now: Millis): void {
  store.run(
    "INSERT INTO dependencies (name, kind, keeper, deputy, needs, serves) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "kind = excluded.kind, keeper = excluded.keeper, deputy = excluded.deputy, needs = excluded.needs, serves = excluded.serves",
    thing.name,
    thing.kind,
    thing.keeper,
    thing.deputy,
    JSON.stringify(thing.needs),
    JSON.stringify(thing.serves),
  );
  journal(store, "dependency", { ...thing }, now);
}

// ───────────────────────────── forgetting ─────────────────────────────

/** Everything about a household's needs, offers and matches. */
export function forgetAid(store: Store, house: House): void {
  const theirs = "SELECT id FROM aid_items WHERE json_extract(owner, '$.house') = ?";
  store.run(
    "DELETE FROM aid_matches WHERE json_extract(giver, '$.house') = ? OR json_extract(receiver, '$.house') = ? " +
      `OR need IN (${theirs}) OR offer IN (${theirs})`,
    house,
    house,
    house,
    house,
  );
  store.run(`DELETE FROM aid_asked WHERE need IN (${theirs}) OR offer IN (${theirs})`, house, house);
  store.run("DELETE FROM aid_items WHERE json_extract(owner, '$.house') = ?", house);
  store.run(
    "DELETE FROM journal WHERE kind = 'aid' AND (json_extract(body, '$.house') = ? OR json_extract(body, '$.helper') = ?)",
    house,
    house,
  );
}

/** What was needed and offered in a span of time, or (`event`) in a drill, with what came of it. Skills and things stay. */
export function forgetAidOf(
  store: Store,
  time: { readonly from: Millis; readonly to: Millis } | { readonly event: number },
): void {
  const [which, values] =
    "event" in time ? ["event = ?", [time.event]] : ["event IS NULL AND at BETWEEN ? AND ?", [time.from, time.to]];
  const ids = store.all<{ id: number }>(
    `SELECT id FROM aid_items WHERE kind IN ('need', 'offer') AND ${which}`,
    ...values,
  );
  const list = JSON.stringify(ids.map(({ id }) => id));
  const these = "SELECT value FROM json_each(?)";
  const matches = `SELECT id FROM aid_matches WHERE need IN (${these}) OR offer IN (${these})`;
  store.run(`DELETE FROM journal WHERE kind = 'aid' AND body ->> '$.match' IN (${matches})`, list, list);
  store.run(`DELETE FROM journal WHERE kind = 'aid' AND body ->> '$.item' IN (${these})`, list);
  store.run(`DELETE FROM aid_matches WHERE id IN (${matches})`, list, list);
  store.run(`DELETE FROM aid_asked WHERE need IN (${these}) OR offer IN (${these})`, list, list);
  store.run(`DELETE FROM aid_items WHERE id IN (${these})`, list);
}

/** When somebody was last asked for help with this need. */
export function lastAsked(store: Store, need: number): Millis | undefined {
  return store.get<{ at: Millis | null }>("SELECT max(at) AS at FROM aid_asked WHERE need = ?", need)?.at ?? undefined;
}

/** Whether its owner was asked for anything since then. */
export function askedLately(store: Store, offer: number, since: Millis): boolean {
  return store.get("SELECT 1 FROM aid_asked WHERE offer = ? AND at > ?", offer, since) !== undefined;
}

/** Somebody has said no: whoever was asked is not waited for. */
export function hurryAsked(store: Store, need: number, at: Millis): void {
  store.run("UPDATE aid_asked SET at = min(at, ?) WHERE need = ?", at, need);
}
