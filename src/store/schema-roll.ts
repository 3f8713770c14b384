// The tables of events and roll calls. A part of schema.ts.

export const ROLL_SQL = `CREATE TABLE events (   -- storm, quake, drill: at most one is open
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  drill INTEGER NOT NULL,               -- what is said about people meanwhile is of the drill alone
  opened_at INTEGER NOT NULL,
  opened_by TEXT NOT NULL,
  closed_at INTEGER,
  closed_by TEXT
) STRICT;
CREATE UNIQUE INDEX events_open ON events (coalesce(closed_at, 0)) WHERE closed_at IS NULL;

CREATE TABLE rolls (                    -- roll calls
  number INTEGER PRIMARY KEY AUTOINCREMENT,   -- r7 on the air
  event INTEGER,                        -- events.number, if one was open
  drill INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'open', 'closed')),
  scope TEXT NOT NULL,                  -- JSON: {"all":true}, {"zones":[2]}, {"houses":["14"]}
  question TEXT NOT NULL,
  language TEXT NOT NULL,
  minutes INTEGER NOT NULL,             -- how long it stays open
  opened_by TEXT NOT NULL,
  planned_wall INTEGER,                 -- planned: when, by the calendar
  daily TEXT,                           -- planned: at this time of every day, "19:00"
  opened_at INTEGER,
  deadline INTEGER,
  since INTEGER,                        -- facts with greater ids answer it: arrival decides, not clocks
  stage TEXT CHECK (stage IN ('channel', 'direct', 'captain', 'waiting')),
  stage_at INTEGER,                     -- when the stage begins, or goes on
  part INTEGER NOT NULL DEFAULT 0,      -- households that the next call on the channel may be for
  air_micros INTEGER NOT NULL DEFAULT 0,
  closed_at INTEGER,
  closed_by TEXT,
  result TEXT                           -- JSON: how it stood when it was closed
) STRICT;
CREATE INDEX rolls_open ON rolls (state) WHERE state <> 'closed';

CREATE TABLE roll_houses (              -- whom a roll call is for, and what was done about each so far
  roll INTEGER NOT NULL,
  house TEXT NOT NULL,
  zone INTEGER,
  called_at INTEGER,                    -- on the channel
  asked_at INTEGER,                     -- by direct message
  listed_at INTEGER,                    -- to its captain
  PRIMARY KEY (roll, house)
) STRICT, WITHOUT ROWID;

CREATE TABLE roll_waves (               -- what was said so far
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  roll INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('channel', 'direct', 'captain')),
  at INTEGER NOT NULL,
  households INTEGER NOT NULL,
  packets INTEGER NOT NULL
) STRICT;
CREATE INDEX roll_waves_roll ON roll_waves (roll);

CREATE TABLE roll_sends (               -- which packets are a roll call's, to book their air
  ledger INTEGER PRIMARY KEY,
  roll INTEGER NOT NULL
) STRICT;
`;
