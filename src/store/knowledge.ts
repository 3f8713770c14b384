// What the neighbourhood knows: procedures as they were last imported, how the shared services are, who waits to hear of them,
// when a radio last asked what it had missed.

import type { Millis } from "#base/clock.ts";
import type { Procedure } from "#domain/knowledge/procedure.ts";
import { ACCEPTED_AFTER } from "./ledger.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

const PROCEDURE = "slug, language, name, title, summary, body, markdown, words, reviewed, audience";

export function listProcedures(store: Store): Procedure[] {
  return store.all<Procedure>(`SELECT ${PROCEDURE} FROM procedures ORDER BY slug, language`);
}

/** What is not among them any more is gone. Returns how many are new, changed and gone. */
export function replaceProcedures(
  store: Store,
  procedures: readonly Procedure[],
  now: Millis,
): { added: number; changed: number; removed: number } {
  const before = new Map(listProcedures(store).map((row) => [`${row.slug} ${row.language}`, JSON.stringify(row)]));
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const procedure of procedures) {
    const key = `${procedure.slug} ${procedure.language}`;
    const known = before.get(key);
    before.delete(key);
    const { slug, language, name, title, summary, body, markdown, words, reviewed, audience } = procedure;
    const row = { slug, language, name, title, summary, body, markdown, words, reviewed, audience };
    if (known === JSON.stringify(row)) continue;
    counts[known === undefined ? "added" : "changed"]++;
    const values = Object.values(row);
    store.run(
      `INSERT OR REPLACE INTO procedures (${PROCEDURE}) VALUES (${values.map(() => "?").join(", ")})`,
      ...values,
    );
  }
  for (const key of before.keys()) {
    counts.removed++;
    store.run("DELETE FROM procedures WHERE slug || ' ' || language = ?", key);
  }
  if (counts.added + counts.changed + counts.removed > 0) journal(store, "knowledge", counts, now);
  return counts;
}

// ───────────────────────────── services ─────────────────────────────

export interface ServiceRow {
  readonly name: string;
  readonly state: "up" | "down";
  readonly reason: string;
  readonly since: Millis;
  readonly checkedAt: Millis;
  readonly failures: number;
}

const SERVICE = "name, state, reason, since, checked_at AS checkedAt, failures";

export function serviceRow(store: Store, name: string): ServiceRow | undefined {
  return store.get<ServiceRow>(`SELECT ${SERVICE} FROM services WHERE name = ?`, name);
}

export function setService(store: Store, row: ServiceRow): void {
  store.run(
    "INSERT OR REPLACE INTO services (name, state, reason, since, checked_at, failures) VALUES (?, ?, ?, ?, ?, ?)",
    row.name,
    row.state,
    row.reason,
    row.since,
    row.checkedAt,
    row.failures,
  );
}

export interface WatchRow {
  readonly place: string;
  readonly language: string;
}

export function watchService(store: Store, service: string, watch: WatchRow, now: Millis): void {
  store.run(
    "INSERT OR REPLACE INTO service_watches (service, place, language, at) VALUES (?, ?, ?, ?)",
    service,
    watch.place,
    watch.language,
    now,
  );
}

/** Takes those who asked about the service after `since`; whoever asked before has lost interest. */
export function takeWatches(store: Store, service: string, since: Millis): WatchRow[] {
  return store
    .all<WatchRow & { at: Millis }>(
      "DELETE FROM service_watches WHERE service = ? RETURNING place, language, at",
      service,
    )
    .filter(({ at }) => at > since)
    .map(({ place, language }) => ({ place, language }))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1));
}

// ───────────────────────────── what was missed ─────────────────────────────

export function lastRead(store: Store, node: number, kind: string): Millis | undefined {
  return store.get<{ at: Millis }>("SELECT at FROM reading WHERE node = ? AND kind = ?", node, kind)?.at;
}

export function setLastRead(store: Store, node: number, kind: string, now: Millis): void {
  store.run("INSERT OR REPLACE INTO reading (node, kind, at) VALUES (?, ?, ?)", node, kind, now);
}

export interface SaidRow {
  readonly direction: "mesh-to-matrix" | "matrix-to-mesh";
  readonly origin: string;
  readonly destination: string;
  readonly text: string;
  readonly acceptedAt: Millis;
  readonly inbox: number | null;
}

const SAID = "SELECT direction, origin, destination, text, accepted_at AS acceptedAt, inbox FROM ledger";

/** What people said after `since` to the channels, newest first, each once however many rooms show it; some of it may be direct. */
export function saidSince(store: Store, since: Millis, most: number): SaidRow[] {
  return store.all<SaidRow>(
    `${SAID} WHERE ${ACCEPTED_AFTER} AND (direction = 'mesh-to-matrix' OR (direction = 'matrix-to-mesh' AND destination ` +
      "LIKE 'mesh:^all%' AND state NOT IN ('failed', 'cancelled', 'queued'))) GROUP BY coalesce(inbox, -id), direction " +
      "ORDER BY id DESC LIMIT ?",
    since,
    most,
  );
}

/** What people said after `since` to this radio alone and it never acknowledged, newest first. */
export function unheardBy(store: Store, place: string, since: Millis, most: number): SaidRow[] {
  return store.all<SaidRow>(
    `${SAID} WHERE ${ACCEPTED_AFTER} AND direction = 'matrix-to-mesh' AND destination = ? AND state NOT IN ` +
      "('failed', 'cancelled', 'confirmed', 'answered') ORDER BY id DESC LIMIT ?",
    since,
    place,
    most,
  );
}

/** The Matrix places in which this radio's channel words were shown after `since`: it has the keys of their channels. */
export function placesOfSpeaker(store: Store, origin: string, since: Millis): string[] {
  return store
    .all<{ destination: string }>(
      `SELECT DISTINCT destination FROM ledger WHERE ${ACCEPTED_AFTER} AND origin = ? AND direction = 'mesh-to-matrix' AND class = 'chat'`,
      since,
      origin,
    )
    .map(({ destination }) => destination);
}
