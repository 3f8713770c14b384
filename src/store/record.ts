// The record as reports need it: what went over the air in a span of time, and what was done. Reads only.

import type { Millis } from "#base/clock.ts";
import type { LedgerRow } from "./ledger.ts";
import type { Store } from "./store.ts";

export interface AirRow extends Pick<
  LedgerRow,
  "id" | "class" | "direction" | "origin" | "destination" | "text" | "state"
> {
  readonly at: Millis;
  /** Said to everybody on a channel. */
  readonly open: 0 | 1;
}

/**
 * Every message that came or went by radio, once, in the order of arrival: what one packet became in several rooms is one row.
 * What was said on a channel is known by its packet; where that is gone, it counts as private.
 */
export function airRecord(store: Store, from: Millis, to: Millis): AirRow[] {
  return store.all<AirRow>(
    "SELECT min(l.id) AS id, l.accepted_at AS at, l.class, l.direction, l.origin, l.destination, l.text, l.state, " +
      "(l.destination LIKE 'mesh:^all/%' OR coalesce(i.body ->> '$.packet.to' = 4294967295, 0)) AS open " +
      "FROM ledger l LEFT JOIN inbox i ON i.id = l.inbox AND i.source = 'radio' AND l.direction = 'mesh-to-matrix' " +
      "WHERE l.direction <> 'gateway-to-matrix' AND l.accepted_at BETWEEN ? AND ? " +
      "GROUP BY CASE WHEN l.direction = 'mesh-to-matrix' AND l.inbox IS NOT NULL THEN 'in ' || l.inbox ELSE 'id ' || l.id END " +
      "ORDER BY id",
    from,
    to,
  );
}

export interface JournalRow {
  readonly at: Millis;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** In the order in which it was done. */
export function journalRecord(store: Store, kinds: readonly string[], from: Millis, to: Millis): JournalRow[] {
  return store
    .all<{ at: Millis; kind: string; body: string }>(
      "SELECT at, kind, body FROM journal WHERE kind IN (SELECT value FROM json_each(?)) AND at BETWEEN ? AND ? ORDER BY sequence",
      JSON.stringify(kinds),
      from,
      to,
    )
    .map((row) => ({ ...row, body: JSON.parse(row.body) as JournalRow["body"] }));
}

/** The first and the last moment of which anything is kept; undefined when nothing is. */
export function recordSpan(store: Store): { from: Millis; to: Millis } | undefined {
  const { from, to } = store.get<{ from: Millis | null; to: Millis | null }>(
    "SELECT min(at) AS 'from', max(at) AS 'to' FROM (SELECT min(accepted_at) AS at FROM ledger UNION ALL " +
      "SELECT max(accepted_at) FROM ledger UNION ALL SELECT min(at) FROM journal UNION ALL SELECT max(at) FROM journal)",
  )!;
  return from === null || to === null ? undefined : { from, to };
}
