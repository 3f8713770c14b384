import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { typed, type Ended } from "#test/harness/typed.ts";
import { setHouse } from "#gateway/welfare/survey-desk.ts";
import { importPeople } from "#gateway/people/desk.ts";
import { ANA, Bench, DIRECT, OPS, START, STREET } from "#test/harness/gateway.ts";
import { picturesOf, textOfPdf } from "#test/harness/pictures.ts";
import { openStore } from "#store/open.ts";

const NAMES = ["Ana Ruíz", "Łukasz Żółć", "Ελένη Παπά", "Иван Петров", "Søren Ødegård", "Zoë Ångström", "Nguyễn Bảo"];
const SECRETS = ["Wyvern", "insulin", "roof leaks", "my husband fell", "bruises"];
const CSV = [
  "household,name,zone,zone_name,radios,role,people,needs_power,medical,address",
  `14,${NAMES[0]},1,Elm,!11111111=${"01".repeat(32)},captain,4,yes,insulin,14 Wyvern Lane`,
  ...NAMES.slice(1).map((name, n) => `${20 + n},${name},1,,,,,,,`),
  "40,=HYPERLINK(1),2,Oak,,,,,,",
].join("\n");

let folder: string;
let config: string;

/** A street where something has happened, in a database that no service holds. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-report-"));
  config = join(folder, "muster.yaml");
  writeFileSync(
    config,
    "node: { name: Elm Street, timezone: UTC }\nmeshtastic: { connection_type: tcp, port: 1 }\ndatabase: { path: m.db }\n" +
      "control: { socket: c.sock }\nhttp: { listen: 127.0.0.1:0 }\n",
  );
  const store = openStore(join(folder, "m.db"));
  const bench = new Bench({}, store, new VirtualClock(START)).ready();
  bench.pump.ask((turn) => importPeople(turn, CSV, false));
  bench.hear(ANA, "anybody with a ladder?");
  bench.write("I have one", { room: STREET });
  bench.hear(ANA, "14 need insulin, roof leaks", DIRECT);
  bench.hear(ANA, "sos my husband fell", DIRECT);
  bench.clock.advance(60_000);
  bench.pump.ask((turn) => setHouse(turn, "20 ok seen at school", "@maria:example.org"));
  bench.write("!close k1 bruises only", { room: OPS });
  bench.clock.advance(60_000);
  bench.pump.stop();
  store.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

const report = (...argv: string[]): Promise<Ended> => typed("report", ...argv, "--config", config);

const at = (name: string): string => join(folder, name);

test("an ICS 309 has every message of the air once, and no private words unless asked", async () => {
  const { code, out } = await report("ics309", "--out", at("log.csv"), "--json", "--by", "Maria");
  expect(code).toBe(0);
  const log = JSON.parse(out) as { log: { from: string; to: string; message: string }[] };
  expect(log).toMatchObject({ form: "ICS 309", incidentName: "Elm Street", radioOperator: "Maria, 0a0a !0a0a0a0a" });
  expect(log.log.slice(0, 3)).toMatchObject([
    { from: "1111 !11111111 (house 14)", to: "0a0a !0a0a0a0a", message: "anybody with a ladder?" },
    { from: "@maria:example.org by 0a0a !0a0a0a0a", to: "all, channel 0", message: "Maria[M]: I have one" },
    { from: "1111 !11111111 (house 14)", message: "direct message (words not shown)" },
  ]);
  expect(log.log.filter(({ message }) => message.startsWith("call for help")).length).toBeGreaterThanOrEqual(2);
  const csv = readFileSync(at("log.csv"), "utf8");
  for (const secret of SECRETS) expect(out + csv).not.toContain(secret);
  expect(statSync(at("log.csv")).mode & 0o777).toBe(0o600);
  expect((await report("ics309", "--json", "--with-private")).out).toContain("my husband fell");
});

test("an ICS 214 says what was done, when and by whom", async () => {
  const plain = await report("ics214", "--json");
  const activities = (JSON.parse(plain.out) as { activities: { activity: string }[] }).activities;
  expect(activities.map(({ activity }) => activity)).toEqual([
    "Call for help 1 of house 14 is open",
    "House 20 set to OK by @maria:example.org",
    "Call for help 1 closed by @maria:example.org",
  ]);
  for (const secret of SECRETS) expect(plain.out).not.toContain(secret);
  expect((await report("ics214", "--json", "--with-private")).out).toContain("bruises only");
  expect((await report("ics214", "--json", "--since", "2027-01-01")).out).toContain('"activities": []');
});

test("the CSV holds how every household stands; what a spreadsheet would run stays text", async () => {
  expect((await report("csv", "--out", at("all.csv"))).code).toBe(0);
  const text = readFileSync(at("all.csv"), "utf8");
  const rows = parse<Record<string, string>>(text, { columns: true });
  expect(rows).toHaveLength(8);
  expect(rows.find(({ household }) => household === "20")).toMatchObject({
    status: "OK",
    trust: "operator",
    names: NAMES[1],
  });
  expect(rows.find(({ household }) => household === "40")!["names"]).toMatch(/^'=/);
  for (const secret of ["Wyvern", "roof leaks"]) expect(text).not.toContain(secret);
  expect((await report("csv", "--out", at("private.csv"), "--with-private")).code).toBe(0);
  expect(readFileSync(at("private.csv"), "utf8")).toContain("14 Wyvern Lane");
});

test("forms and block sheets are drawn: every name, two pages a zone, ink where it belongs", async () => {
  for (const [kind, name] of [
    ["ics309", "309.pdf"],
    ["ics214", "214.pdf"],
    ["blocksheet", "sheet.pdf"],
  ] as const)
    expect((await report(kind, "--out", at(name))).code).toBe(0);
  expect(textOfPdf(at("309.pdf"))).toMatch(/COMMUNICATIONS LOG\s+ICS 309[\s\S]*anybody with a ladder\?/);
  expect(textOfPdf(at("214.pdf"))).toMatch(/ACTIVITY LOG\s+ICS 214[\s\S]*House 20 set to OK/);
  const sheet = textOfPdf(at("sheet.pdf")).normalize();
  for (const name of NAMES) expect(sheet).toContain(name.normalize());
  expect(sheet).toContain("Elm: when radios fail");
  for (const secret of ["Wyvern", "roof leaks"]) expect(sheet).not.toContain(secret);
  const pages = picturesOf(at("sheet.pdf"));
  expect(pages).toHaveLength(4);
  for (const page of pages) {
    expect(page.height).toBeGreaterThan(page.width);
    expect(page.dark).toBeGreaterThan(0.005);
    expect(page.light).toBeGreaterThan(0.7);
  }
  // The silent homes of the front are white on black.
  expect(pages[0]!.dark).toBeGreaterThan(0.02);
  expect(picturesOf(at("309.pdf"))).toHaveLength(1);
  expect(picturesOf(at("214.pdf"))).toHaveLength(1);
});

test("what is asked wrongly is answered with what to do", async () => {
  expect(await report("ics999", "--json")).toMatchObject({ code: 2, err: expect.stringContaining("ics309, ics214") });
  expect(await report("csv", "--out", at("x.pdf"))).toMatchObject({ code: 2, err: expect.stringContaining(".csv") });
  expect(await report("csv")).toMatchObject({ code: 2, err: expect.stringContaining("--out") });
  expect(await report("ics214", "--json", "--event", "7")).toMatchObject({ code: 1 });
  expect(await report("blocksheet", "--json", "--zone", "9")).toMatchObject({ code: 1 });
  expect(await report("ics309", "--json", "--since", "noon")).toMatchObject({ code: 2 });
});
