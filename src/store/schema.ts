// The tables, as numbered migrations. A migration names the oldest program (by the schema it was written for) that can
// still work on the file afterwards; an older one refuses the file in words instead of damaging it.
//
// Nouns. inbox: what was said to us, committed before it is understood. ledger: one row for each accepted message and
// destination, for as long as messages are kept. outboxes: what still has to leave, with the frozen bytes. timers: every
// deadline. journal: what another gateway would have to learn. Times are milliseconds since 1970 by our clock.

export interface Migration {
  readonly version: number;
  /** The oldest schema version whose program still works on the migrated file. */
  readonly worksFrom: number;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    worksFrom: 1,
    sql: `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE positions (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,                 -- 'radio' or 'matrix:UPLINK'
  received_at INTEGER NOT NULL,
  raw BLOB NOT NULL,                    -- the MeshPacket's bytes, or the event as JSON
  body TEXT NOT NULL,                   -- as the edge read it, JSON; the raw bytes not repeated
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'handled', 'duplicate', 'quarantined')),
  reason TEXT,
  deaths INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 'waiting';

CREATE TABLE seen (                     -- (node, packet id, hash of port and payload), or a Matrix event id
  key BLOB PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  class TEXT NOT NULL,
  direction TEXT NOT NULL,
  origin TEXT NOT NULL,
  destination TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  accepted_at INTEGER NOT NULL,
  settled_at INTEGER,
  packet_id INTEGER,
  event_id TEXT,
  inbox INTEGER,                        -- the arrival it came from
  answers INTEGER                       -- the ledger row it answers
) STRICT;
CREATE INDEX ledger_packet ON ledger (packet_id) WHERE packet_id IS NOT NULL;
CREATE INDEX ledger_event ON ledger (event_id) WHERE event_id IS NOT NULL;

CREATE TABLE mesh_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ledger INTEGER NOT NULL REFERENCES ledger (id),
  rank INTEGER NOT NULL,                -- right of way, 0 first
  status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'writing', 'uncertain', 'repeated', 'taken', 'done')),
  not_before INTEGER NOT NULL,
  to_node INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  portnum INTEGER NOT NULL,
  payload BLOB NOT NULL,
  reply_id INTEGER NOT NULL,
  emoji INTEGER NOT NULL,
  want_ack INTEGER NOT NULL,
  packet_id INTEGER,                    -- of the attempt in hand
  from_node INTEGER,
  attempt INTEGER NOT NULL DEFAULT 0,   -- attempts begun, counting the one in hand
  first_written_at INTEGER,             -- of the packet id in hand
  written_at INTEGER,
  slot_until INTEGER,                   -- an unanswered ack holds a place until then
  keys_exchanged INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mesh_outbox_waiting ON mesh_outbox (rank, id) WHERE status = 'waiting';
CREATE INDEX mesh_outbox_open ON mesh_outbox (status) WHERE status IN ('writing', 'uncertain', 'repeated');
CREATE INDEX mesh_outbox_slots ON mesh_outbox (slot_until) WHERE slot_until IS NOT NULL;
CREATE INDEX mesh_outbox_ledger ON mesh_outbox (ledger);

CREATE TABLE mesh_attempts (            -- an ack may come for an attempt that was given up
  packet_id INTEGER PRIMARY KEY,
  send INTEGER NOT NULL REFERENCES mesh_outbox (id)
) STRICT;
CREATE INDEX mesh_attempts_send ON mesh_attempts (send);

CREATE TABLE matrix_outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ledger INTEGER NOT NULL REFERENCES ledger (id),
  urgent INTEGER NOT NULL,
  uplink TEXT NOT NULL,
  room TEXT NOT NULL,                   -- as the config spells it
  status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'requesting')),
  not_before INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  type TEXT NOT NULL,
  txn_id TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL,                -- JSON; complete once frozen
  frozen INTEGER NOT NULL DEFAULT 0,
  person TEXT,                          -- goes into this resident's thread
  reply_packet INTEGER,                 -- replies to the event of this mesh packet in the same room
  reply_event TEXT
) STRICT;
CREATE INDEX matrix_outbox_order ON matrix_outbox (uplink, room, urgent DESC, id);
CREATE INDEX matrix_outbox_ledger ON matrix_outbox (ledger);

CREATE TABLE pacing (                   -- when a text, a position … was last handed to the radio
  portnum INTEGER PRIMARY KEY,
  written_at INTEGER NOT NULL
) STRICT;

CREATE TABLE timers (
  kind TEXT NOT NULL,
  subject INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_at);

CREATE TABLE requests (                 -- asked of our own radio; handed over once
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE links (                    -- 'radio' and each uplink, as last reported
  name TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}',
  paused_until INTEGER NOT NULL DEFAULT 0   -- the homeserver asked us to wait
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
  uplink TEXT NOT NULL,
  configured TEXT NOT NULL,
  room TEXT,
  joined INTEGER NOT NULL,
  may_speak INTEGER NOT NULL,
  encrypted INTEGER NOT NULL,
  held INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (uplink, configured)
) STRICT, WITHOUT ROWID;

CREATE TABLE nodes (
  num INTEGER PRIMARY KEY,
  long_name TEXT,
  short_name TEXT,
  public_key BLOB,
  last_heard_at INTEGER,
  snr REAL,
  hops INTEGER,
  battery INTEGER,
  latitude_i INTEGER,
  longitude_i INTEGER
) STRICT;

CREATE TABLE threads (                  -- one thread a resident in each operators' room
  uplink TEXT NOT NULL,
  room TEXT NOT NULL,
  person TEXT NOT NULL,
  node INTEGER NOT NULL,                -- the radio this person last wrote from
  event_id TEXT,
  PRIMARY KEY (uplink, room, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_event ON threads (event_id) WHERE event_id IS NOT NULL;

CREATE TABLE receipts (                 -- stored direct messages whose sender has not been told yet
  ledger INTEGER PRIMARY KEY REFERENCES ledger (id),
  node INTEGER NOT NULL,
  reference TEXT NOT NULL
) STRICT;
CREATE TABLE receipt_times (node INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;

CREATE TABLE told (                     -- what operators were told once, until it changes
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
`,
  },
];

export const SCHEMA_VERSION = MIGRATIONS.at(-1)!.version;
