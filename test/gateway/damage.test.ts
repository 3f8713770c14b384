// Rows whose bytes changed on the disk: never believed, never sent, never dropped in silence.

import { describe, expect, it } from "vitest";
import { SUMMED_TABLES, findDamaged, type SummedTable } from "#store/sums.ts";
import { addArrival, packBody } from "#store/inbox.ts";
import { ANA, arrival, Bench, DIRECT, OPS, STREET } from "#test/harness/gateway.ts";

const FLIPS: Readonly<Record<SummedTable, string>> = {
  inbox: "UPDATE inbox SET body = replace(body, 'radio', 'rbdio'), sum = 1 WHERE id = ?",
  ledger: "UPDATE ledger SET text = replace(text, 'e', 'd') WHERE id = ?",
  mesh_outbox: "UPDATE mesh_outbox SET payload = CAST(replace(CAST(payload AS TEXT), 'e', 'd') AS BLOB) WHERE id = ?",
  matrix_outbox: "UPDATE matrix_outbox SET content = replace(content, 'e', 'd') WHERE id = ?",
};

/** Changes a row's bytes behind the triggers' backs, as a failing disk would. */
function flip(bench: Bench, table: SummedTable, id: number): void {
  bench.store.run(FLIPS[table], id);
  bench.store.run(`UPDATE ${table} SET sum = sum + 1 WHERE id = ?`, id);
}

function lastId(bench: Bench, table: SummedTable): number {
  return bench.store.get<{ id: number }>(`SELECT max(id) AS id FROM ${table}`)!.id;
}

function damaged(bench: Bench): number {
  return SUMMED_TABLES.reduce((sum, table) => sum + findDamaged(bench.store, table, 0, 1e6).damaged.length, 0);
}

describe("a damaged row", () => {
  it("of an arrival that waits is set aside and its raw text shown as a call for help would be", () => {
    const bench = new Bench().ready();
    const { raw, ...rest } = arrival(ANA, "my roof leaks");
    const id = addArrival(bench.store, "radio", raw, packBody(rest), bench.clock.now());
    flip(bench, "inbox", id);
    bench.pump.wake();
    expect(bench.bodies(STREET)).toEqual([]);
    expect(bench.bodies(OPS).at(-1)).toMatch(/damaged on disk.*my roof leaks/);
    expect(bench.ledger()).toContainEqual(expect.objectContaining({ state: "quarantined", text: "my roof leaks" }));
    expect(damaged(bench)).toBe(0);
  });

  it("of a text for the mesh is not sent: its writer is asked to write it again", () => {
    const bench = new Bench().ready();
    bench.pump.report({ kind: "radio-state", state: "down", reason: "unplugged" });
    bench.write("meet at the school");
    const row = bench.ledger().at(-1)!;
    flip(bench, "mesh_outbox", lastId(bench, "mesh_outbox"));
    bench.pump.report({ kind: "radio-state", state: "ready", reason: "" });
    expect(bench.texts()).toEqual([]);
    expect(bench.ledger().find(({ id }) => id === row.id)).toMatchObject({
      state: "failed",
      reason: "damaged on disk",
    });
    expect(bench.bodies(STREET).at(-1)).toMatch(/meet at the school.*write it again/);
    expect(bench.bodies(OPS).at(-1)).toContain("meet at the school");
  });

  it("of a request to a homeserver is not made: operators read from the ledger what it said", () => {
    const bench = new Bench().ready();
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "no network" });
    bench.hear(ANA, "the bridge is gone");
    flip(bench, "matrix_outbox", lastId(bench, "matrix_outbox"));
    bench.online();
    expect(bench.bodies(STREET)).toEqual([]);
    expect(bench.bodies(OPS).at(-1)).toMatch(/damaged on the disk.*the bridge is gone/);
  });

  it("of history is marked in its own words, and operators are told once a day", () => {
    const bench = new Bench().ready();
    for (const text of ["one", "two", "three"]) bench.hear(ANA, text, DIRECT);
    for (const id of [1, 3]) {
      flip(bench, "ledger", id);
      bench.pump.report({ kind: "row-damaged", table: "ledger", id });
    }
    expect(bench.ledger()[0]!.text).toMatch(/^\(damaged on disk\)/);
    expect(bench.bodies(OPS).filter((body) => body.includes("damaged on the disk"))).toHaveLength(1);
    expect(damaged(bench)).toBe(0);
  });

  it("that is reported by mistake is left alone", () => {
    const bench = new Bench().ready();
    bench.hear(ANA, "all is well");
    bench.pump.report({ kind: "row-damaged", table: "ledger", id: 1 });
    expect(bench.ledger()[0]).toMatchObject({ text: "all is well", state: "confirmed" });
  });
});
