// The registers and mutual aid from the command line, without a running service.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { deskOffline } from "#cli/service/desk.ts";
import { settings } from "#test/harness/gateway.ts";

let config: ReturnType<typeof settings>;
const ask = (verb: string, args = {}): Record<string, unknown> =>
  deskOffline(config, verb, args) as Record<string, unknown>;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "muster-aid-"));
  config = settings({ database: { path: join(folder, "muster.db") } });
  const people = ["household,name,zone,role", "12,Ben,1,operator", "14,Ana,1,captain", "30,Carla,2,resident", ""].join(
    "\n",
  );
  ask("people import", { csv: people });
});

it("adds, matches, takes and closes", () => {
  expect(ask("aid add", { kind: "need", words: "water 20L", household: "14" })).toMatchObject({
    ok: true,
    item: { reference: "a0" },
  });
  expect(ask("aid add", { kind: "offer", words: "water 50L", household: "30" })).toMatchObject({ ok: true });
  expect(ask("aid add", { kind: "need", words: "nonsense", household: "14" })).toMatchObject({ ok: false });
  expect(ask("aid match")).toMatchObject({ needs: [{ reference: "a0", suppliers: [{ reference: "a16", zone: 2 }] }] });
  expect(ask("aid take", { reference: "a0", by: "Carla" })).toMatchObject({
    ok: true,
    words: "a0 agreed: Carla brings water 20 L. done a0 when you have it.",
    item: { state: "confirmed" },
  });
  expect(ask("aid take", { reference: "a0", by: "Ben" })).toMatchObject({ ok: false });
  expect(ask("aid done", { reference: "a0" })).toMatchObject({ ok: true, item: { state: "done" } });
  expect(ask("aid list", { kind: "offer" })).toMatchObject({
    items: [{ reference: "a16", state: "open", matches: [{ amount: 20 }] }],
  });
});

it("imports a spreadsheet of skills, names mistakes by line, and gives back what it took", () => {
  expect(ask("skills import", { csv: "household,what\n14,nurse\n99,chainsaw\n14,wizardry\n" })).toMatchObject({
    ok: false,
    mistakes: [{ line: 4, column: "what" }],
  });
  const csv =
    "household,name,kind,what,quantity,note\n14,Ana,skill,nurse,,works nights\n30,Carla,have,generator,2000 W,\n";
  expect(ask("skills import", { csv, dryRun: true })).toMatchObject({ ok: true, added: 2 });
  expect(ask("skills list")).toEqual({ skills: [] });
  expect(ask("skills import", { csv })).toMatchObject({ ok: true, added: 2 });
  expect(ask("skills export")).toEqual({ csv });
  expect(ask("skills import", { csv })).toMatchObject({ ok: true, added: 0, changed: 0 });
});

it("answers what would fail without Ana, for things and for the work of people", () => {
  const csv = "name,kind,keeper,deputy,needs,serves\nwell,well,Carla,Ben,pump,12 + 14\npump,pump,Ana,,,\n";
  expect(ask("dependencies import", { csv })).toMatchObject({ ok: true });
  expect(ask("dependencies", { without: "Ana" })).toMatchObject({
    fails: [{ what: "pump" }, { what: "zone 1 (Zone 1)" }, { what: "well", why: "needs pump" }],
  });
  expect(ask("dependencies", { without: "Ben" })).toMatchObject({ fails: [{ what: "the operators' work" }] });
  expect(ask("dependencies import", { csv: "name,needs\nwell,moon\n" })).toMatchObject({ ok: false });
});
