// muster event and muster roll, as they are typed.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { serveControl } from "#cli/service/control.ts";
import { askDesk } from "#cli/service/desk.ts";
import { typed, type Ended } from "#test/harness/typed.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { setHousehold } from "#store/people.ts";
import { Bench, START } from "#test/harness/gateway.ts";

let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-roll-"));
  config = join(folder, "muster.yaml");
  writeFileSync(
    config,
    "meshtastic: { connection_type: tcp, port: 1 }\ndatabase: { path: m.db }\ncontrol: { socket: c.sock }\nhttp: { listen: 127.0.0.1:0 }\n",
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const type = (...argv: string[]): Promise<Ended> => typed(...argv, "--config", config);

/** A gateway in this process that answers at the control socket. */
async function running(): Promise<{ bench: Bench; close: () => Promise<void> }> {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    for (const house of ["12", "14"]) setHousehold(bench.store, { ...emptyHousehold(house), zone: 1 }, START);
  });
  const control = await serveControl(join(folder, "c.sock"), (verb, args) =>
    askDesk(bench.pump, bench.store, verb, args),
  );
  return { bench, close: () => control.close() };
}

describe("event", () => {
  test("opens, lists and closes, also while nothing runs", async () => {
    expect((await type("event", "list")).err).toContain("no event yet");
    const opened = await type("event", "open", "autumn", "drill", "--drill", "--json");
    expect(JSON.parse(opened.out)).toMatchObject({ number: 1, name: "autumn drill", drill: true, mark: "EXERCISE" });
    expect((await type("event", "open", "again", "--drill")).code).toBe(1);
    expect((await type("event", "list")).out).toMatch(/^e1 {2}EXERCISE "autumn drill" {2}opened .*, open\n$/);
    expect(JSON.parse((await type("event", "close", "--json")).out)).toMatchObject({ state: "closed" });
    const { code, err } = await type("event", "close");
    expect([code, err]).toEqual([1, expect.stringContaining("no event is open")]);
  });
});

describe("roll", () => {
  test("needs the running service to say something, and says so", async () => {
    expect((await type("roll", "open")).err).toContain("no household is on the list");
    writeFileSync(join(folder, "people.csv"), "household,name,zone,radios\n14,Ana,1,!11111111\n");
    await type("people", "import", join(folder, "people.csv"));
    const { code, err } = await type("roll", "open");
    expect([code, err]).toEqual([1, expect.stringContaining("only the running service can do that")]);
    expect((await type("roll", "status")).err).toContain("There was no roll call yet.");
    expect((await type("roll", "open", "--zone", "1", "--house", "14")).code).toBe(2);
  });

  test("prints what it will cost, opens, shows how it stands, closes", async () => {
    const { bench, close } = await running();
    const dry = await type("roll", "open", "--dry-run", "--json");
    expect(JSON.parse(dry.out)).toMatchObject({ ok: true, forecast: { households: 2, packets: 1 } });
    expect(dry.err).toMatch(/2 households \(0 with a radio\)\. Calls: 1 packet, 0\.\d s of air/);
    expect((await type("roll", "status")).code).toBe(1);
    expect(await type("roll", "open")).toMatchObject({ code: 0, out: "r1\n" });
    bench.clock.advance(60_000);
    const status = JSON.parse((await type("roll", "status", "r1", "--json")).out) as Record<string, unknown>;
    expect(status).toMatchObject({ accounted: 0, silent: 2, need: 0, urgent: 0, airtimeSeconds: expect.any(Number) });
    expect(status["byZone"]).toMatchObject([{ zone: 1, silent: ["12", "14"] }]);
    expect(status["waves"]).toMatchObject([
      { kind: "channel", done: true },
      { kind: "direct", done: false },
    ]);
    expect((await type("roll", "status")).out).toMatch(/0 of 2 accounted for, 2 silent[\s\S]*silent {3}12 14/);
    expect((await type("roll", "status", "r9")).err).toContain("no roll call r9");
    expect(JSON.parse((await type("roll", "close", "--json")).out)).toMatchObject({ state: "closed", silent: 2 });
    expect((await type("roll", "close")).err).toContain("no roll call is open");
    const planned = await type("roll", "open", "--daily", "19:00");
    expect(planned).toMatchObject({ code: 0, out: "r2\n" });
    expect((await type("roll", "status")).err).toMatch(/r2 is planned for .*19:00:00.000Z and every day at 19:00/);
    expect((await type("roll", "close", "r2")).err).toContain("taken back");
    expect((await type("roll", "open", "--daily", "25:00")).err).toContain("no moment to come");
    await close();
  });
});
