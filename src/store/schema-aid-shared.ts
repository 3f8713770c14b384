// What gateways know of each other's aid items. A part of schema.ts.

export const AID_SHARED_SQL = `CREATE TABLE aid_shared (  -- items that other gateways were told of, or told us of
  machine INTEGER NOT NULL,             -- the node of the gateway that keeps the item; 0: we do
  ref INTEGER NOT NULL,                 -- by which gateways know it
  item INTEGER REFERENCES aid_items (id) ON DELETE CASCADE,   -- none: it ended before we heard of it
  heard INTEGER NOT NULL DEFAULT 0,     -- the counter of its keeper's newest word about it
  ended INTEGER NOT NULL DEFAULT 0,     -- its keeper has said that it is closed
  said TEXT NOT NULL DEFAULT '{}',      -- JSON: what we said last about it, when and how often (gateway/aid/sharing.ts)
  PRIMARY KEY (machine, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX aid_shared_item ON aid_shared (item);

CREATE TABLE aid_claims (               -- claims that gateways told each other of
  claim INTEGER PRIMARY KEY,            -- numbered like references by the gateway of the one who claims
  item INTEGER NOT NULL REFERENCES aid_items (id) ON DELETE CASCADE,
  match INTEGER REFERENCES aid_matches (id) ON DELETE SET NULL,   -- none: refused, somebody was first
  answered TEXT                         -- the state in which the item's keeper last said it is
) STRICT;
CREATE INDEX aid_claims_item ON aid_claims (item);
CREATE INDEX aid_claims_match ON aid_claims (match);
`;
