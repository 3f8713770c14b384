// Counts of what is stored, for those who watch the gateway over months.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";

export interface MessageCount {
  readonly class: string;
  readonly direction: string;
  readonly state: string;
  readonly n: number;
}

/** Accepted after `since`. */
export function messageCounts(store: Store, since: Millis): MessageCount[] {
  return store.all<MessageCount>(
    "SELECT class, direction, state, count(*) AS n FROM ledger WHERE accepted_at > ? GROUP BY class, direction, state ORDER BY 1, 2, 3",
    since,
  );
}

/** Messages ever accepted: forgotten ones too. */
export function messagesEver(store: Store): number {
  return store.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'ledger'")?.seq ?? 0;
}

/** When the oldest message that is still to be sent was accepted. */
export function oldestQueued(store: Store): Millis | undefined {
  return (
    store.get<{ at: Millis | null }>("SELECT min(accepted_at) AS at FROM ledger WHERE state = 'queued'")?.at ??
    undefined
  );
}

export interface HeardNode {
  readonly num: number;
  readonly at: Millis;
  readonly channelUtilization: number | null;
  readonly battery: number | null;
}

/** Radios heard after `since`, by number. */
export function nodesHeard(store: Store, since: Millis): HeardNode[] {
  return store.all<HeardNode>(
    "SELECT num, last_heard_at AS at, channel_utilization AS channelUtilization, battery FROM nodes WHERE last_heard_at > ? ORDER BY num",
    since,
  );
}

/** What people have open: calls for help that nobody closed, roll calls that run. */
export function openCounts(store: Store): { calls: number; rolls: number } {
  const count = (sql: string): number => store.get<{ n: number }>(sql)!.n;
  return {
    calls: count("SELECT count(*) AS n FROM calls WHERE state = 'open'"),
    rolls: count("SELECT count(*) AS n FROM rolls WHERE state = 'open'"),
  };
}
