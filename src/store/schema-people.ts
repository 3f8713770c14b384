// The tables about people: who lives where, what was said about them, who calls for help, what was asked. A part of schema.ts.

export const PEOPLE_SQL = `CREATE TABLE zones (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  captain INTEGER,                      -- members.number
  deputy INTEGER
) STRICT;

CREATE TABLE households (
  house TEXT PRIMARY KEY,               -- the short number that is said on the air: 14, 16a
  zone INTEGER,
  people INTEGER,
  animals INTEGER,
  languages TEXT NOT NULL,              -- separated by spaces
  needs_power INTEGER NOT NULL,
  mobility TEXT NOT NULL,
  medical TEXT NOT NULL,
  medical_readers TEXT NOT NULL,        -- roles and Matrix ids, separated by spaces
  contacts TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  house TEXT,
  role TEXT NOT NULL CHECK (role IN ('resident', 'captain', 'coordinator', 'operator')),
  language TEXT,
  matrix TEXT NOT NULL                  -- ids separated by spaces
) STRICT;
CREATE INDEX members_house ON members (house);

CREATE TABLE radios (                   -- which member a radio is; its key is pinned and only changed by somebody's hand
  node INTEGER PRIMARY KEY,
  public_key BLOB,
  member INTEGER NOT NULL REFERENCES members (number)
) STRICT;
CREATE INDEX radios_key ON radios (public_key) WHERE public_key IS NOT NULL;
CREATE INDEX radios_member ON radios (member);

CREATE TABLE welfare (                  -- what was said about households: added to, never changed
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  clock_sure INTEGER NOT NULL,
  house TEXT,                           -- none: said by a radio that belongs to no household yet
  node INTEGER,                         -- the radio it was said by
  member INTEGER,
  by_whom TEXT NOT NULL,
  source TEXT NOT NULL,
  means TEXT NOT NULL,
  trust TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ok', 'need', 'urgent', 'evacuated', 'unknown')),
  people INTEGER,
  animals INTEGER,
  needs TEXT NOT NULL,                  -- JSON: codes of the taxonomy
  place TEXT,
  note TEXT,
  reference TEXT,
  event INTEGER,
  echo INTEGER,                         -- ledger row of the question that has to be confirmed before this counts
  ledger INTEGER                        -- what was said, as it was said
) STRICT;
CREATE INDEX welfare_house ON welfare (house, id);
CREATE INDEX welfare_node ON welfare (node, id) WHERE house IS NULL;

CREATE TABLE calls (                    -- calls for help: only a person closes one
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  node INTEGER,
  house TEXT,
  state TEXT NOT NULL CHECK (state IN ('possible', 'open', 'closed')),
  said TEXT NOT NULL,                   -- what was answered to the question: yes, no, silence
  ledger INTEGER,
  closed_at INTEGER,
  closed_by TEXT,
  closed_reason TEXT
) STRICT;
CREATE INDEX calls_open ON calls (node) WHERE state <> 'closed';

CREATE TABLE questions (                -- what was asked and waits for an answer
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('help', 'roll-call', 'page', 'expiry')),
  reference TEXT NOT NULL,              -- r7, p5, a31; empty after a bare "help"
  node INTEGER NOT NULL,                -- whom; 4294967295 everybody
  at INTEGER NOT NULL,
  ledger INTEGER,                       -- the packet that asks: a reply to it answers this
  closed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX questions_open ON questions (node) WHERE closed = 0;
CREATE INDEX questions_ledger ON questions (ledger);
`;
