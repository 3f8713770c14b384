// Forgetting one household forgets nobody else; what is kept for so many days, and what is only remembered, goes by itself.

import { expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { forgetHousehold } from "#store/forget.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import { ANA, BEN, Bench, DIRECT, START, STREET } from "#test/harness/gateway.ts";

const DAY = 86_400_000;

function street(): Bench {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    setHousehold(bench.store, emptyHousehold("14"), START);
    const fields = { name: "Ana", house: "14", role: "resident", matrix: ["@a_a:example.org"] } as const;
    bindRadio(bench.store, { node: ANA, member: addMember(bench.store, fields, START) }, START);
  });
  return bench;
}

it("a Matrix id with an underscore is not everybody whose id looks like it", () => {
  const bench = street();
  bench.write("mine", { sender: "@a_a:example.org" });
  bench.write("not mine", { sender: "@aba:example.org" });
  bench.write("nor mine", { sender: "@A_A:example.org" });
  bench.store.transaction(() => forgetHousehold(bench.store, "14", START));
  expect(bench.ledger().map(({ text }) => text)).toEqual(["Maria[M]: not mine", "Maria[M]: nor mine"]);
});

it("a household's radio is in no table any more", () => {
  const bench = street();
  for (const node of [ANA, BEN]) {
    bench.hear(node, "where is the water", DIRECT);
    bench.hear(node, "?", DIRECT);
    bench.hear(node, "services", DIRECT);
    bench.hear(node, "inbox", DIRECT);
  }
  bench.clock.advance(60_000);
  bench.store.transaction(() => forgetHousehold(bench.store, "14", START));
  const tables = bench.store
    .all<{ name: string }>(
      "SELECT DISTINCT m.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'node'",
    )
    .map(({ name }) => name);
  expect(tables).toContain("pages");
  for (const table of tables)
    expect([table, bench.store.all(`SELECT * FROM ${table} WHERE node = ?`, ANA)]).toEqual([table, []]);
  expect(bench.store.all("SELECT * FROM stored_from WHERE node = ?", BEN)).not.toEqual([]);
});

it("what radios and rooms once were is forgotten after as many days as messages are", () => {
  const bench = street();
  const stranger = nodeNum(0x4444_0001);
  for (const node of [ANA, stranger]) bench.hear(node, "where is the water", DIRECT);
  bench.hear(stranger, "👍", { replyId: bench.hear(ANA, "hello"), emoji: 1 });
  const answers = [1, 2].map((n) => ({ id: `a${n}`, "org.matrix.msc1767.text": `option ${n}` }));
  const poll = { question: { "org.matrix.msc1767.text": "which one" }, answers };
  const content = { "org.matrix.msc3381.poll.start": poll };
  bench.write("", { type: "org.matrix.msc3381.poll.start", content, room: STREET });
  const expire = START / 1000 + 3_600;
  const waypoint = { id: 5, name: "pump", description: "", latitudeI: 1, longitudeI: 1, expire };
  bench.hear(stranger, "", { portnum: 8 }, { kind: "waypoint", waypoint });
  const rows = (table: string) => bench.store.all(`SELECT * FROM ${table}`).length;
  const kept = ["reactions", "polls", "waypoints", "receipt_times"];
  for (const table of kept) expect([table, rows(table) > 0]).toEqual([table, true]);
  const known = () => bench.store.all<{ num: number }>("SELECT num FROM nodes ORDER BY num").map(({ num }) => num);
  expect(known()).toEqual([ANA, stranger]);
  bench.clock.advance(89 * DAY);
  expect(known()).toEqual([ANA, stranger]);
  bench.clock.advance(3 * DAY);
  for (const table of kept) expect([table, rows(table)]).toEqual([table, 0]);
  expect(known(), "a radio that belongs to somebody stays").toEqual([ANA]);
});
