// An upgrade starts on whatever database the older program left: each version there has been, with something in it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SUMMED_TABLES, findDamaged } from "#store/sums.ts";
import { MIGRATIONS, SCHEMA_VERSION } from "#store/schema.ts";
import type { Row, Store } from "#store/store.ts";
import { openStore } from "#store/open.ts";

const folder = mkdtempSync(join(tmpdir(), "muster-migrations-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the first version had: something said, on its way to a room and to a radio, and a deadline. */
const SAID = `
INSERT INTO inbox (id, source, received_at, raw, body) VALUES (3, 'radio', 1, x'0a0b', '{"kind":"text"}');
INSERT INTO ledger (id, class, direction, origin, destination, text, state, accepted_at) VALUES
  (5, 'chat', 'mesh-to-matrix', '!00000001', '#street', 'the roof leaks ☂', 'stored', 1);
INSERT INTO matrix_outbox (id, ledger, urgent, uplink, room, not_before, type, txn_id, content) VALUES
  (7, 5, 0, 'street', '#street', 1, 'm.room.message', 't1', '{"body":"the roof leaks"}');
INSERT INTO mesh_outbox (id, ledger, rank, not_before, to_node, channel, portnum, payload, reply_id, emoji, want_ack) VALUES
  (9, 5, 4, 1, 4294967295, 0, 1, x'6869', 0, 0, 0);
INSERT INTO timers (kind, subject, due_at) VALUES ('stale', 9, 99);
INSERT INTO nodes (num, long_name) VALUES (1, 'Ana');`;

const shape = (store: Store): Row[] =>
  store.all("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name");

describe.each(MIGRATIONS.slice(0, -1).map(({ version }) => version))("a database of version %i", (version) => {
  const path = join(folder, `${version}.db`);

  test("is brought to this one with what was in it, and cannot be told from a new one", () => {
    const older = openStore(path, { migrations: MIGRATIONS.filter((each) => each.version <= version) });
    expect(older.pragma("user_version")).toBe(version);
    for (const each of SAID.split(";").filter((part) => part.trim() !== "")) older.run(each);
    older.close();

    const store = openStore(path);
    expect(store.pragma("user_version")).toBe(SCHEMA_VERSION);
    expect(shape(store)).toEqual(shape(openStore(":memory:")));
    expect(store.get("SELECT text, state FROM ledger WHERE id = 5")).toEqual({
      text: "the roof leaks ☂",
      state: "stored",
    });
    expect(store.get("SELECT content FROM matrix_outbox WHERE id = 7")).toEqual({
      content: '{"body":"the roof leaks"}',
    });
    expect(store.get("SELECT due_at FROM timers WHERE kind = 'stale'")).toEqual({ due_at: 99 });
    expect(SUMMED_TABLES.flatMap((table) => findDamaged(store, table, 0, 10).damaged)).toEqual([]);
    expect(store.quickCheck()).toBe(true);
    expect(store.all("PRAGMA foreign_key_check")).toEqual([]);
    store.close();
  });
});
