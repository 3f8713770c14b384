// The tables about what coordinators see: boards that are edited in place, what an event of ours is about, who acted on it.
// A part of schema.ts.

export const BOARD_SQL = `CREATE TABLE boards (           -- one message of the gateway's own in a room, kept up to date
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uplink TEXT NOT NULL,
  room TEXT NOT NULL,                   -- as the config spells it
  key TEXT NOT NULL,
  thread TEXT NOT NULL,                 -- threads.person: the thread it is in, or heads
  words TEXT NOT NULL,                  -- JSON: the content that it is to show
  revision INTEGER NOT NULL,            -- of the words
  said_revision INTEGER NOT NULL DEFAULT 0,   -- what was last queued for the room
  sending INTEGER,                      -- matrix_outbox.id: what was queued last; gone there: settled
  event_id TEXT,                        -- the message that is edited
  said_at INTEGER,                      -- when the homeserver last took one
  UNIQUE (uplink, room, key)
) STRICT;
CREATE INDEX boards_sending ON boards (sending) WHERE sending IS NOT NULL;

CREATE TABLE subjects (                 -- what a message is about, so that reactions and replies to its event act
  ledger INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  number INTEGER NOT NULL
) STRICT;

CREATE TABLE acts (                     -- a reaction that acted, by its own event: redacted, it is undone
  event_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  number INTEGER NOT NULL,
  emoji TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX acts_subject ON acts (kind, number);
`;
