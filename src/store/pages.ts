// Call trees, and pages on their way down them: rows around what domain/calltree makes of them.

import type { Millis } from "#base/clock.ts";
import type { PagePlan, PageState } from "#domain/calltree/plan.ts";
import type { Tree } from "#domain/calltree/tree.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

// ───────────────────────────── trees ─────────────────────────────

export function setTree(store: Store, tree: Tree, by: string, now: Millis): void {
  store.run(
    "INSERT INTO trees (name, tree, changed_at, changed_by) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET tree = excluded.tree, " +
      "changed_at = excluded.changed_at, changed_by = excluded.changed_by",
    tree.name,
    JSON.stringify(tree),
    now,
    by,
  );
  journal(store, "tree", { tree: tree.name, nodes: tree.nodes.length, by }, now);
}

export function treeRow(store: Store, name: string): Tree | undefined {
  const row = store.get<{ tree: string }>("SELECT tree FROM trees WHERE name = ?", name);
  return row && (JSON.parse(row.tree) as Tree);
}

/** By name. */
export function listTrees(store: Store): Tree[] {
  return store
    .all<{ tree: string }>("SELECT tree FROM trees ORDER BY name")
    .map(({ tree }) => JSON.parse(tree) as Tree);
}

// ───────────────────────────── pages ─────────────────────────────

export interface PageRow {
  readonly number: number;
  readonly tree: string;
  readonly event: number | null;
  readonly drill: boolean;
  readonly body: string;
  readonly openedBy: string;
  readonly openedAt: Millis;
  readonly second: string | null;
  /** None: every operator. */
  readonly mayStop: readonly string[];
  readonly plan: PagePlan;
  readonly state: PageState;
  readonly airMicros: number;
  readonly packets: number;
  readonly endedBy: string | null;
}

interface Stored extends Omit<PageRow, "drill" | "mayStop" | "plan" | "state"> {
  readonly drill: 0 | 1;
  readonly mayStop: string;
  readonly plan: string;
  readonly state: string;
}

const PAGE =
  "number, tree, event, drill, body, opened_by AS openedBy, opened_at AS openedAt, second, may_stop AS mayStop, plan, state, " +
  "air_micros AS airMicros, packets, ended_by AS endedBy";

function pageOf(row: Stored): PageRow {
  return {
    ...row,
    drill: row.drill === 1,
    mayStop: row.mayStop.split(" ").filter((each) => each !== ""),
    plan: JSON.parse(row.plan) as PagePlan,
    state: JSON.parse(row.state) as PageState,
  };
}

export function addPage(
  store: Store,
  page: Pick<PageRow, "tree" | "drill" | "body" | "openedBy" | "mayStop" | "plan" | "state"> & {
    readonly event?: number;
    /** The next one unless given. */
    readonly number?: number;
  },
  now: Millis,
): number {
  const number = store.run(
    "INSERT INTO call_pages (number, tree, event, drill, body, opened_by, opened_at, may_stop, plan, state, phase) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    page.number ?? null,
    page.tree,
    page.event ?? null,
    page.drill ? 1 : 0,
    page.body,
    page.openedBy,
    now,
    page.mayStop.join(" "),
    JSON.stringify(page.plan),
    JSON.stringify(page.state),
    page.state.phase,
  ).lastInsertRowid;
  const { tree, body, openedBy: by } = page;
  journal(store, "page", { page: number, tree, body, by, drill: page.drill }, now);
  return number;
}

export function pageRow(store: Store, number: number): PageRow | undefined {
  const row = store.get<Stored>(`SELECT ${PAGE} FROM call_pages WHERE number = ?`, number);
  return row && pageOf(row);
}

export function pageNumbers(store: Store): number[] {
  return store.all<{ number: number }>("SELECT number FROM call_pages").map(({ number }) => number);
}

/** In any of these phases, oldest first. */
export function pagesIn(store: Store, ...phases: readonly PageState["phase"][]): PageRow[] {
  return store
    .all<Stored>(
      `SELECT ${PAGE} FROM call_pages WHERE phase IN (SELECT value FROM json_each(?)) ORDER BY number`,
      JSON.stringify(phases),
    )
    .map(pageOf);
}

/** A page lasts two days at most, and a second person's yes does not take a week. */
const LONGEST: Millis = 9 * 86_400_000;

/**
 * Pages that nobody has called off, before their deadline, in which this person was asked and said nothing, nor was asked once more.
 * Those whose radio acknowledged the question have it.
 */
export function pagesMissing(store: Store, member: number, now: Millis): number[] {
  const of = `$.people."${member}"`;
  return store
    .all<{ number: number }>(
      "SELECT number FROM call_pages WHERE phase IN ('running', 'finished') AND opened_at > ? AND json_extract(plan, '$.deadline') > ? " +
        "AND json_extract(state, ?) > 0 AND json_extract(state, ?, ?) = '[null,null]' AND NOT EXISTS (SELECT 1 FROM call_page_sends s " +
        "JOIN ledger l ON l.id = s.ledger WHERE s.page = number AND s.member = ? AND l.state = 'confirmed') ORDER BY number",
      now - LONGEST,
      now,
      `${of}.asked`,
      `${of}.said`,
      `${of}.again`,
      member,
    )
    .map(({ number }) => number);
}

/** The page's questions to this person that are held until their radio is heard. */
export function heldOfPage(store: Store, number: number, member: number): number[] {
  return store
    .all<{ id: number }>(
      "SELECT o.id FROM call_page_sends s JOIN mesh_outbox o ON o.ledger = s.ledger WHERE s.page = ? AND s.member = ? " +
        "AND o.held_until IS NOT NULL ORDER BY o.id",
      number,
      member,
    )
    .map(({ id }) => id);
}

export function latestPage(store: Store): PageRow | undefined {
  const row = store.get<Stored>(`SELECT ${PAGE} FROM call_pages ORDER BY phase = 'running' DESC, number DESC LIMIT 1`);
  return row && pageOf(row);
}

export function setPageState(store: Store, number: number, state: PageState): void {
  store.run("UPDATE call_pages SET state = ?, phase = ? WHERE number = ?", JSON.stringify(state), state.phase, number);
}

/** What was decided about it by a person. */
export function notePage(
  store: Store,
  number: number,
  change: { readonly second?: string; readonly body?: string; readonly endedBy?: string; readonly plan?: PagePlan },
  now: Millis,
): void {
  store.run(
    "UPDATE call_pages SET second = coalesce(?, second), body = coalesce(?, body), ended_by = coalesce(?, ended_by), plan = coalesce(?, plan) " +
      "WHERE number = ?",
    change.second ?? null,
    change.body ?? null,
    change.endedBy ?? null,
    change.plan === undefined ? null : JSON.stringify(change.plan),
    number,
  );
  const { plan: _, ...said } = change;
  journal(store, "page", { page: number, ...said }, now);
}

// ───────────────────────────── messages ─────────────────────────────

/** This message is the page's; `members` are asked by it. */
export function addPageSend(store: Store, number: number, ledger: number, members: readonly number[]): void {
  for (const member of members.length === 0 ? [0] : members)
    store.run("INSERT INTO call_page_sends (ledger, page, member) VALUES (?, ?, ?)", ledger, number, member);
}

/** Packets that ask somebody and are not done, with whom they ask. */
export function pageSendsUnderWay(store: Store, number: number): { id: number; members: number[] }[] {
  return store
    .all<{ id: number; members: string }>(
      "SELECT o.id, json_group_array(s.member) AS members FROM call_page_sends s JOIN mesh_outbox o ON o.ledger = s.ledger " +
        "WHERE s.page = ? AND s.member <> 0 AND o.status <> 'done' GROUP BY o.id ORDER BY o.id",
      number,
    )
    .map(({ id, members }) => ({ id, members: JSON.parse(members) as number[] }));
}

/** Packets to other gateways about the page, oldest first: those that wait in the outbox, and those that have left it. */
export function machineSends(store: Store, number: number): { id: number; is: "waiting" | "left" | "dropped" }[] {
  return store.all(
    "SELECT o.id, CASE WHEN o.attempt > 0 THEN 'left' WHEN o.status = 'done' THEN 'dropped' ELSE 'waiting' END AS \"is\" " +
      "FROM call_page_sends s JOIN mesh_outbox o ON o.ledger = s.ledger WHERE s.page = ? AND o.portnum <> 1 ORDER BY o.id",
    number,
  );
}

/** The page that this message was about. */
export function pageOfSend(store: Store, ledger: number): number | undefined {
  return store.get<{ page: number }>("SELECT page FROM call_page_sends WHERE ledger = ?", ledger)?.page;
}

/** Whose newest question has not left yet. */
export function unsentOfPage(store: Store, number: number): number[] {
  return store
    .all<{ member: number }>(
      "SELECT s.member FROM call_page_sends s JOIN ledger l ON l.id = s.ledger WHERE s.page = ? AND s.member <> 0 AND l.state = 'queued' " +
        "AND s.ledger = (SELECT max(t.ledger) FROM call_page_sends t WHERE t.page = s.page AND t.member = s.member)",
      number,
    )
    .map(({ member }) => member);
}

/** A packet was handed to the radio. */
export function bookPageAir(store: Store, ledger: number, micros: number): void {
  store.run(
    "UPDATE call_pages SET air_micros = air_micros + ?, packets = packets + 1 WHERE number IN (SELECT page FROM call_page_sends WHERE ledger = ?)",
    micros,
    ledger,
  );
}

// ───────────────────────────── forgetting ─────────────────────────────

/** Takes contacts out of every tree: people who are forgotten. A tree that needs them is told by its check. */
export function forgetContacts(store: Store, contacts: readonly string[]): void {
  const gone = new Set(contacts.map((contact) => contact.toLowerCase()));
  const stays = (contact: string): boolean => !gone.has(contact.toLowerCase());
  for (const tree of listTrees(store)) {
    const nodes = tree.nodes.map((node) => ({
      ...node,
      contacts: node.contacts.filter(stays),
      alternates: node.alternates.filter(stays),
    }));
    store.run("UPDATE trees SET tree = ? WHERE name = ?", JSON.stringify({ ...tree, nodes }), tree.name);
  }
}
