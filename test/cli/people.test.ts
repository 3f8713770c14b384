import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { nodeNum } from "#base/ids.ts";
import { askDesk } from "#cli/service/desk.ts";
import { typed, type Ended } from "#test/harness/typed.ts";
import { readPeople, writePeople } from "#wire/people-csv.ts";
import { Bench, DIRECT, START } from "#test/harness/gateway.ts";
import { openStore } from "#store/open.ts";

const KEY = "01".repeat(32);
const CSV = [
  "household,name,zone,zone_name,radios,role,people,animals,languages,needs_power,medical,address,matrix",
  `14,Zenobia Quill,1,Elm,!11111111=${KEY},resident,4,2,es en,yes,insulin,14 Wyvern Lane,@zen:street.lan`,
  "14,Tom Quill,,,,,,,,,,,",
  "12,Ben,1,,!22222222,captain,,,,,,,",
  "16A,,1,,,,,,,,,,",
  "20,Dora,1,,,deputy,,,,,,=HYPERLINK(1),",
].join("\n");

let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-people-"));
  config = join(folder, "muster.yaml");
  writeFileSync(
    config,
    "meshtastic: { connection_type: tcp, port: 1 }\ndatabase: { path: m.db }\ncontrol: { socket: c.sock }\nhttp: { listen: 127.0.0.1:0 }\n",
  );
  writeFileSync(join(folder, "people.csv"), CSV);
});
afterEach(() => rmSync(folder, { recursive: true }));

const type = (...argv: string[]): Promise<Ended> => typed(...argv, "--config", config);

const file = (name = "people.csv"): string => join(folder, name);

/** Every byte of the database and what lies beside it. */
function bytes(): string {
  return readdirSync(folder)
    .filter((name) => name.startsWith("m.db"))
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("");
}

describe("people", () => {
  test("import says what it would do, does it once, and changes nothing the second time", async () => {
    const dry = await type("people", "import", file(), "--dry-run", "--json");
    expect(JSON.parse(dry.out)).toMatchObject({
      ok: true,
      dryRun: true,
      households: { added: 4 },
      members: { added: 4 },
      radios: 2,
    });
    expect(JSON.parse((await type("people", "list", "--json")).out)).toEqual([]);
    expect((await type("people", "import", file())).err).toContain(
      "households 4 new, 0 changed; people 4 new, 0 changed; radios bound 2",
    );
    expect((await type("people", "import", file())).err).toContain(
      "households 0 new, 0 changed; people 0 new, 0 changed; radios bound 0",
    );
    const show = JSON.parse((await type("people", "show", "14", "--json")).out) as unknown;
    expect(show).toMatchObject({
      house: "14",
      zone: 1,
      people: 4,
      needsPower: true,
      languages: ["es", "en"],
      members: [{ name: "Zenobia Quill", radios: [{ node: "!11111111", pinned: true }] }, { name: "Tom Quill" }],
      status: "unknown",
    });
  });

  test("export is what can be imported again, and no spreadsheet computes it", async () => {
    await type("people", "import", file());
    const { out } = await type("people", "export");
    expect(out).toContain("'=HYPERLINK(1)");
    writeFileSync(file("again.csv"), out);
    expect((await type("people", "import", file("again.csv"))).err).toContain(
      "households 0 new, 0 changed; people 0 new, 0 changed; radios bound 0",
    );
    const read = readPeople(CSV);
    expect(read.ok && readPeople(writePeople(read.value)).ok).toBe(true);
  });

  test("names every mistake with its line, and changes nothing", async () => {
    writeFileSync(
      file("bad.csv"),
      'household;name;role;radios;people\n0;Ana;resident;;\n14;Ana;king;!1;\n14;"Ben\nB";captain;!11111111;many\n15;Eve;;!11111111;\n',
    );
    const { code, err } = await type("people", "import", file("bad.csv"));
    expect(code).toBe(1);
    for (const words of [
      'bad.csv:2 household: "0" is no short number',
      "bad.csv:3 radios:",
      'bad.csv:3 role: "king"',
      'bad.csv:5 people: "many"',
      "bad.csv:5 zone: a captain needs a zone",
      "bad.csv:6 radios: !11111111 is somebody else's on line 5",
    ])
      expect(err).toContain(words);
    expect(JSON.parse((await type("people", "list", "--json")).out)).toEqual([]);
    writeFileSync(file("bad.csv"), "household,nmae\n14,Ana\n");
    expect((await type("people", "import", file("bad.csv"))).err).toContain("bad.csv:1 nmae: there is no such column");
    writeFileSync(file("bad.csv"), 'household,name\n14,"Ana\n');
    expect((await type("people", "import", file("bad.csv"))).err).toMatch(/bad\.csv:\d .*Quote/);
  });

  test("purge leaves no trace in the file", async () => {
    await type("people", "import", file());
    const clock = new VirtualClock(START);
    const bench = new Bench({}, openStore(join(folder, "m.db")), clock).ready();
    const who = { ...DIRECT, publicKey: new Uint8Array(32).fill(1) };
    for (let n = 0; n < 40; n++) {
      bench.hear(nodeNum(0x11111111), `need insulin for Zebulon ${n}`, who);
      bench.hear(nodeNum(0x22222222), `ok for everybody else ${n}`, {
        ...DIRECT,
        publicKey: new Uint8Array(32).fill(2),
      });
      clock.advance(60_000);
    }
    expect(bytes()).toMatch(/Zebulon/);
    expect(bytes()).toMatch(/Zenobia Quill/);
    expect(askDesk(bench.pump, bench.store, "people purge", { house: "14" })).toEqual({ ok: true, forgotten: 1 });
    const rest = bytes();
    for (const trace of ["Zenobia", "Zebulon", "Quill", "Wyvern", "@zen:", "!11111111"])
      expect([trace, rest.includes(trace)]).toEqual([trace, false]);
    expect(rest).toContain("everybody else");
    bench.clock.advance(3_600_000);
    expect(bench.fatal).toEqual([]);
    bench.store.close();
    expect((await type("people", "show", "14")).code).toBe(1);
    expect((await type("people", "show", "12")).code).toBe(0);
  });

  test("purge waits while somebody there calls for help", async () => {
    await type("people", "import", file());
    const bench = new Bench({}, openStore(join(folder, "m.db"))).ready();
    bench.hear(nodeNum(0x11111111), "sos", DIRECT);
    bench.store.close();
    const refused = await type("people", "purge", "--household", "14", "--json");
    expect([refused.code, JSON.parse(refused.out)]).toMatchObject([
      1,
      { ok: false, reason: expect.stringContaining("open call") },
    ]);
    expect((await type("people", "purge", "--household", "14", "--force")).code).toBe(0);
    expect((await type("people", "purge")).code).toBe(2);
  });

  test("bind says whose radio it is", async () => {
    await type("people", "import", file());
    const { out } = await type("people", "bind", "!33333333", "14", "--name", "Tom Quill", "--key", KEY, "--json");
    expect(JSON.parse(out)).toEqual({ ok: true, radio: "!33333333", member: "Tom Quill", pinned: true });
    expect((await type("people", "bind", "!33333333", "14")).err).toContain("several members");
  });
});

test("coordinators put right what they know on the machine too", async () => {
  await type("people", "import", file());
  expect((await type("house", "silent")).out).toContain("14");
  expect((await type("house", "set", "14", "ok", "seen", "at", "school")).out).toContain("House 14 stands as OK");
  expect((await type("house", "silent")).out).not.toContain("14");
  expect((await type("house", "who", "14")).out).toContain("seen at school");
  expect((await type("house", "set", "99", "ok")).code).toBe(1);
  expect((await type("call", "list")).out).toContain("No call for help is open.");
  expect((await type("call", "close", "k7", "seen")).code).toBe(1);
});

describe("say", () => {
  const keys = ["household", "kind", "people", "reference", "reply", "reachesHuman", "urgency"];
  test.each([
    ["!11111111", "ok 4", { kind: "ok", urgency: "ordinary", household: "14", people: 4, reachesHuman: true }],
    ["!22222222", "ok 12 14 16a", { kind: "ok", household: ["12", "14", "16a"] }],
    ["!44444444", "HELP", { kind: "help", urgency: "urgent", reachesHuman: true }],
    ["!11111111", "ok r7", { kind: "ok", reference: "r7" }],
    ["!11111111", "qwertz", { kind: "unclear", reply: "Guardado, lo leera una persona." }],
    ["!11111111", "?", { kind: "menu", reachesHuman: false }],
  ])("--as %s %j", async (as, said, expected) => {
    await type("people", "import", file());
    const { out } = await type("say", "--as", as, said, "--json");
    const value = JSON.parse(out) as Record<string, unknown>;
    expect(value).toMatchObject(expected);
    expect(Object.keys(value).filter((key) => !keys.includes(key))).toEqual([]);
    expect(Object.keys(value)).toEqual(expect.arrayContaining(["kind", "urgency", "reply", "reachesHuman"]));
  });
});
