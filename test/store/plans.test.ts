// The gateway's tables grow for ninety days, and a step is taken for every packet: none of its questions may read a table whole.

import { afterEach, expect, it, vi } from "vitest";
import { Store } from "#store/store.ts";
import { ANA, Bench, DIRECT, OPS } from "#test/harness/gateway.ts";

afterEach(() => void vi.restoreAllMocks());

/** Everything asked of the database while `work` runs. */
function asked(work: () => void): string[] {
  const spies = (["all", "get", "run"] as const).map((name) => vi.spyOn(Store.prototype, name));
  work();
  const found = spies.flatMap((spy) => spy.mock.calls.map(([sql]) => sql));
  vi.restoreAllMocks();
  return [...new Set(found)];
}

const GROWING = /^SCAN (ledger|inbox|seen|journal|mesh_outbox|matrix_outbox|mesh_attempts|marks|nodes)$/;

/** Looks from the newest back, and ends at the first that is old. */
const NEWEST = /\(SELECT id FROM \w+ WHERE \w+ <= \? ORDER BY id DESC LIMIT 1\)/g;

function readWhole(bench: Bench, whole: string): boolean {
  const sql = whole.replaceAll(NEWEST, "(1)");
  const values = sql.match(/\?/g)?.map(() => 1) ?? [];
  const plan = bench.store.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values);
  return plan.some(({ detail }) => GROWING.test(detail));
}

it("a step reads no growing table whole", () => {
  const bench = new Bench().ready();
  bench.hear(ANA, "good morning", DIRECT);
  bench.clock.advance(120_000);
  const questions = asked(() => {
    bench.pump.wake();
    bench.hear(ANA, "the well is dry", DIRECT);
    bench.hear(ANA, "hello");
    const id = bench.write("who is there");
    bench.clock.advance(5_000);
    bench.routing(ANA, bench.sent.at(-1)!.packetId, 0);
    bench.write("", { type: "m.room.redaction", redacts: id, content: {} });
    bench.hear(ANA, "sos", DIRECT);
    bench.clock.advance(150_000);
    bench.hear(ANA, "inbox", DIRECT);
    bench.write("!who", { room: OPS });
    bench.clock.advance(5_000);
  });
  expect(questions.length).toBeGreaterThan(100);
  expect(questions.filter((sql) => readWhole(bench, sql))).toEqual([]);
});
