// The tables of mutual aid. A part of schema.ts.

export const AID_SQL = `CREATE TABLE aid_items (        -- what somebody needs, offers, can do or has
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ref INTEGER NOT NULL,                 -- a31 on the air; comes back some time after the item is closed
  kind TEXT NOT NULL CHECK (kind IN ('need', 'offer', 'skill', 'have')),
  code INTEGER,                         -- of the taxonomy
  amount INTEGER,
  unit INTEGER,
  supply TEXT NOT NULL CHECK (supply IN ('once', 'returns', 'endless')),
  urgency TEXT NOT NULL CHECK (urgency IN ('ordinary', 'soon', 'urgent', 'life')),
  owner TEXT NOT NULL,                  -- JSON: domain/aid Party
  note TEXT,
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'expired', 'dropped')),
  at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  expires_at INTEGER,
  asked INTEGER NOT NULL DEFAULT 0,     -- whether it still stands
  event INTEGER,                        -- the drill that it belongs to
  reminded INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX aid_items_ref ON aid_items (ref);
CREATE INDEX aid_items_open ON aid_items (kind) WHERE state = 'open';

CREATE TABLE aid_matches (              -- what two sides agreed about items
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  need INTEGER,                         -- aid_items.id
  offer INTEGER,
  giver TEXT NOT NULL,                  -- JSON: domain/aid Party
  receiver TEXT NOT NULL,
  claimed_by TEXT NOT NULL CHECK (claimed_by IN ('giver', 'receiver')),
  amount INTEGER,
  state TEXT NOT NULL CHECK (state IN ('claimed', 'confirmed', 'handed', 'done', 'dropped')),
  at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX aid_matches_need ON aid_matches (need);
CREATE INDEX aid_matches_offer ON aid_matches (offer);

CREATE TABLE aid_asked (                -- whom we have asked for help with what, so that the next is asked next
  need INTEGER NOT NULL,
  offer INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (need, offer)
) STRICT, WITHOUT ROWID;

CREATE TABLE dependencies (             -- things that many share, and who keeps them
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  keeper TEXT NOT NULL,                 -- people by name
  deputy TEXT NOT NULL,
  needs TEXT NOT NULL,                  -- JSON: names of other things
  serves TEXT NOT NULL                  -- JSON
) STRICT, WITHOUT ROWID;
`;
