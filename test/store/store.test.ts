import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MIGRATIONS } from "#store/schema.ts";
import { StoreRefusal } from "#store/store.ts";
import { openStore } from "#store/open.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the database file", () => {
  it("runs with synchronous=FULL at every open", () => {
    for (let open = 0; open < 3; open++) {
      const store = openStore(join(folder, "a.db"));
      expect(store.pragma("synchronous")).toBe(2);
      expect(store.pragma("journal_mode")).toBe("wal");
      store.close();
    }
  });

  it("is refused in words when a newer program wrote it, unless that version says we may", () => {
    const path = join(folder, "b.db");
    const next = MIGRATIONS.at(-1)!.version + 1;
    openStore(path, { migrations: [...MIGRATIONS, { version: next, worksFrom: 1, sql: "SELECT 1" }] }).close();
    openStore(path).close();
    openStore(path, {
      migrations: [
        ...MIGRATIONS,
        { version: next, worksFrom: 1, sql: "SELECT 1" },
        { version: next + 1, worksFrom: next + 1, sql: "SELECT 1" },
      ],
    }).close();
    expect(() => openStore(path)).toThrow(StoreRefusal);
    expect(() => openStore(path)).toThrow(/newer Muster.*Nothing was changed/s);
  });

  it("is refused when it is somebody else's", () => {
    const path = join(folder, "c.db");
    const store = openStore(path);
    store.run("SELECT 1 WHERE 0") as unknown;
    store.close();
    const other = openStore(path);
    other.pragma("application_id = 5");
    other.close();
    expect(() => openStore(path)).toThrow(/not a Muster database/);
  });

  it("rolls back all of a transaction that throws", () => {
    const store = openStore(":memory:");
    expect(() =>
      store.transaction(() => {
        store.run("INSERT INTO positions (name, value) VALUES ('a', 'b')");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(store.all("SELECT * FROM positions")).toEqual([]);
  });
});
