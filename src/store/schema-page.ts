// The tables of call trees and pages. A part of schema.ts.

export const PAGE_SQL = `CREATE TABLE trees (
  name TEXT PRIMARY KEY,
  tree TEXT NOT NULL,                   -- JSON: domain/calltree/tree.ts
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE call_pages (
  number INTEGER PRIMARY KEY AUTOINCREMENT,   -- p5 on the air
  tree TEXT NOT NULL,
  event INTEGER,
  drill INTEGER NOT NULL,
  body TEXT NOT NULL,                   -- what is said
  opened_by TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  second TEXT,                          -- whose yes it needed
  may_stop TEXT NOT NULL,               -- Matrix ids and roles, separated by spaces; none: every operator
  plan TEXT NOT NULL,                   -- JSON: domain/calltree/plan.ts
  state TEXT NOT NULL,                  -- JSON: the same
  phase TEXT NOT NULL,                  -- as in state
  air_micros INTEGER NOT NULL DEFAULT 0,
  packets INTEGER NOT NULL DEFAULT 0,
  ended_by TEXT
) STRICT;
CREATE INDEX call_pages_phase ON call_pages (phase);

CREATE TABLE call_page_sends (               -- which messages are a page's, and whom they ask
  ledger INTEGER NOT NULL,
  page INTEGER NOT NULL,
  member INTEGER NOT NULL,              -- 0: nobody, it only tells
  PRIMARY KEY (ledger, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_page_sends_page ON call_page_sends (page);
`;
