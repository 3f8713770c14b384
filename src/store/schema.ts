// The tables, as numbered migrations. A migration names the oldest program (by the schema it was written for) that can
// still work on the file afterwards; an older one refuses the file in words instead of damaging it.
//
// Nouns. inbox: what was said to us, committed before it is understood. ledger: one row for each accepted message and
// destination, for as long as messages are kept. outboxes: what still has to leave, with the frozen bytes. timers: every
// deadline. journal: what another gateway would have to learn. Times are milliseconds since 1970 by our clock.

import { AID_SQL } from "./schema-aid.ts";
import { AID_SHARED_SQL } from "./schema-aid-shared.ts";
import { BOARD_SQL } from "./schema-board.ts";
import { KNOWLEDGE_SQL } from "./schema-knowledge.ts";
import { PAGE_SQL } from "./schema-page.ts";
import { PEOPLE_SQL } from "./schema-people.ts";
import { ROLL_SQL } from "./schema-roll.ts";
import { ROLL_PAGE_SQL } from "./schema-roll-page.ts";
import { SUMS_SQL } from "./sums.ts";
import { REFERENCES_SQL } from "./trace.ts";

/** Every step asks which sends are in somebody's hands; nearly all rows are done. */
const BUSY_SQL = `
CREATE INDEX mesh_outbox_busy ON mesh_outbox (status, id) WHERE status <> 'done';`;

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
  keys_exchanged INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER,                   -- worth nothing if not handed over by then
  once_key TEXT,                        -- what waits under this key already is not queued again
  latest_key TEXT,                      -- takes the place of what waits under the same key
  join_key TEXT,                        -- may travel in one packet with others of this key
  held_until INTEGER                    -- nobody acknowledged it: said again when its radio is heard, until then
) STRICT;
CREATE INDEX mesh_outbox_expiry ON mesh_outbox (expires_at) WHERE status = 'waiting' AND expires_at IS NOT NULL;
CREATE INDEX mesh_outbox_held ON mesh_outbox (to_node, id) WHERE held_until IS NOT NULL;
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
  ledger INTEGER,                       -- none for a mark on a writer's message
  urgent INTEGER NOT NULL,              -- right of way: 3 distress, 2 page, 1 the summary of a backlog, 0 the rest
  uplink TEXT NOT NULL,
  room TEXT NOT NULL,                   -- as the config spells it
  status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'requesting')),
  not_before INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  type TEXT NOT NULL,
  txn_id TEXT NOT NULL,
  content TEXT NOT NULL,                -- JSON; complete once frozen
  frozen INTEGER NOT NULL DEFAULT 0,
  person TEXT,                          -- goes into this resident's thread
  reply_packet INTEGER,                 -- replies to the event of this mesh packet in the same room
  reply_event TEXT,
  ghost TEXT,                           -- appservice: which radio says it (ghosts.id); none: the bot
  ghost_name TEXT,
  heard_at INTEGER,                     -- when it was said, where that may differ from when it is shown
  tried_at INTEGER,                     -- when it was first asked for
  look_first INTEGER NOT NULL DEFAULT 0,    -- asked for so long ago that the homeserver may have forgotten the transaction
  redacts TEXT,                         -- type m.room.redaction: the event to take back
  digest INTEGER                        -- said as a part of this row, which holds what several rows had to say
) STRICT;
-- One index does it all, because every index is one more page in each commit: 'requesting' sorts before 'waiting'.
CREATE INDEX matrix_outbox_order ON matrix_outbox (uplink, room, status, urgent DESC, id) WHERE digest IS NULL;
CREATE INDEX matrix_outbox_digest ON matrix_outbox (digest) WHERE digest IS NOT NULL;

CREATE TABLE carried (                  -- words that travel in the packet of another row
  send INTEGER NOT NULL REFERENCES mesh_outbox (id),
  ledger INTEGER NOT NULL REFERENCES ledger (id),
  PRIMARY KEY (send, ledger)
) STRICT, WITHOUT ROWID;

CREATE TABLE spent_air (                -- airtime of what was handed to the radio, once for each packet
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  micros INTEGER NOT NULL,
  transmissions INTEGER NOT NULL        -- that the radio makes of it at most
) STRICT;
CREATE INDEX spent_air_at ON spent_air (at);

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
  longitude_i INTEGER,
  position_at INTEGER,
  voltage REAL,
  channel_utilization REAL,
  air_util_tx REAL
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
  reference TEXT NOT NULL,
  digest_since INTEGER                  -- to be told in a line for many, since then
) STRICT;
CREATE TABLE stored_from (              -- who last had something stored when: how fast residents report in
  node INTEGER PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE pages (                    -- the rest of a long answer, for whoever says "more"
  node INTEGER PRIMARY KEY,
  rest TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE receipt_times (node INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;

CREATE TABLE told (                     -- what operators were told once, until it changes
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ghosts (                   -- a Matrix user for each radio that speaks
  id TEXT PRIMARY KEY,                  -- what distinguishes its user id
  node INTEGER NOT NULL,                -- the number it last spoke under
  public_key BLOB                       -- once known: numbers change, keys stay
) STRICT, WITHOUT ROWID;
CREATE INDEX ghosts_node ON ghosts (node);
CREATE INDEX ghosts_key ON ghosts (public_key) WHERE public_key IS NOT NULL;

CREATE TABLE marks (                    -- the reaction on a writer's message that shows what became of it
  event_id TEXT PRIMARY KEY,
  uplink TEXT NOT NULL,
  room TEXT NOT NULL,
  due_at INTEGER,                       -- when to look whether it still shows the truth; none: nothing has changed
  shown TEXT,                           -- the key that is there
  shown_event TEXT,
  revision INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_due ON marks (uplink, room, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE reactions (                -- what we reacted in rooms, for a radio (ghost) or as the bot ('')
  event_id TEXT PRIMARY KEY,
  target TEXT NOT NULL,
  ghost TEXT NOT NULL,
  node INTEGER NOT NULL,
  key TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_target ON reactions (target);

CREATE TABLE barred (                   -- radios whose channel texts do not go to Matrix
  node INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('opted-out', 'muted')),
  by_whom TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE airtime (                  -- what each Matrix user has said in the last hour, in ms on the air
  id INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  at INTEGER NOT NULL,
  ms INTEGER NOT NULL
) STRICT;
CREATE INDEX airtime_user ON airtime (user, at);

CREATE TABLE polls (
  event_id TEXT PRIMARY KEY,
  question TEXT NOT NULL,
  options TEXT NOT NULL,                -- JSON: [[answer id, words], …]
  closed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE votes (
  poll TEXT NOT NULL REFERENCES polls (event_id),
  voter TEXT NOT NULL,                  -- a Matrix user, or mesh:!hex
  choice INTEGER NOT NULL,              -- from 1
  PRIMARY KEY (poll, voter)
) STRICT, WITHOUT ROWID;

CREATE TABLE waypoints (
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  latitude_i INTEGER NOT NULL,
  longitude_i INTEGER NOT NULL,
  expire INTEGER NOT NULL,              -- seconds since 1970; 0 never
  at INTEGER NOT NULL
) STRICT;

${PEOPLE_SQL}
CREATE TABLE machine_messages (         -- what other gateways and programs said
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  type TEXT NOT NULL,
  message TEXT NOT NULL,
  vouched TEXT NOT NULL,
  freshness TEXT NOT NULL,
  may_act INTEGER NOT NULL
) STRICT;

CREATE TABLE journal (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
`,
  },
  {
    version: 2,
    worksFrom: 2,
    sql: `${SUMS_SQL}
${REFERENCES_SQL}
${BUSY_SQL}`,
  },
  { version: 3, worksFrom: 3, sql: ROLL_SQL },
  { version: 4, worksFrom: 4, sql: BOARD_SQL },
  { version: 5, worksFrom: 5, sql: PAGE_SQL },
  { version: 6, worksFrom: 6, sql: AID_SQL },
  { version: 7, worksFrom: 7, sql: KNOWLEDGE_SQL },
  { version: 8, worksFrom: 7, sql: AID_SHARED_SQL },
  { version: 9, worksFrom: 7, sql: ROLL_PAGE_SQL },
];

export const SCHEMA_VERSION = MIGRATIONS.at(-1)!.version;
