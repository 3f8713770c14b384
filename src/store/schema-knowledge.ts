// The tables of what the neighbourhood knows and shares: procedures, services, the calendar. A part of schema.ts.

export const KNOWLEDGE_SQL = `CREATE TABLE procedures (   -- what a community wrote down, as it was last imported
  slug TEXT NOT NULL,
  language TEXT NOT NULL,
  name TEXT NOT NULL,                   -- what is said after info
  title TEXT NOT NULL,
  summary TEXT NOT NULL,                -- one packet
  body TEXT NOT NULL,                   -- plain text, for the air
  markdown TEXT NOT NULL,
  words TEXT NOT NULL,
  reviewed TEXT NOT NULL,
  audience TEXT NOT NULL,
  PRIMARY KEY (slug, language)
) STRICT, WITHOUT ROWID;

CREATE TABLE services (                 -- how the services of the config were when last looked at
  name TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('up', 'down')),
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  checked_at INTEGER NOT NULL,
  failures INTEGER NOT NULL             -- in a row, while it still counts as up
) STRICT, WITHOUT ROWID;

CREATE TABLE service_watches (          -- who asked how a service is, and hears of its next change, once
  service TEXT NOT NULL,
  place TEXT NOT NULL,                  -- mesh:!hex or matrix:UPLINK/ROOM
  language TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (service, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading (                  -- when a radio last asked what it had missed
  node INTEGER NOT NULL,
  kind TEXT NOT NULL,                   -- inbox or messages
  at INTEGER NOT NULL,
  PRIMARY KEY (node, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE trainings (                -- dates of the calendar; one row for each time that a repeated one takes place
  number INTEGER PRIMARY KEY AUTOINCREMENT,   -- t3 on the air
  uid TEXT NOT NULL,
  occurrence TEXT NOT NULL,             -- RECURRENCE-ID, or empty
  sequence INTEGER NOT NULL,
  title TEXT NOT NULL,
  place TEXT NOT NULL,
  notes TEXT NOT NULL,
  skill TEXT NOT NULL,                  -- what those who attended can do afterwards; empty: nothing
  starts INTEGER NOT NULL,              -- by the calendar, not by our steady time
  ends INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  reminded INTEGER NOT NULL DEFAULT 0,  -- reminders said so far
  UNIQUE (uid, occurrence)
) STRICT;
CREATE INDEX trainings_starts ON trainings (starts);

CREATE TABLE attendance (
  training INTEGER NOT NULL REFERENCES trainings (number),
  person TEXT NOT NULL,                 -- member:3, mesh:!hex, a Matrix id, or a name
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('signed', 'attended', 'absent')),
  at INTEGER NOT NULL,
  by_whom TEXT NOT NULL,
  PRIMARY KEY (training, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE share_files (              -- what both sides of the share last had in common
  path TEXT PRIMARY KEY,
  etag TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
