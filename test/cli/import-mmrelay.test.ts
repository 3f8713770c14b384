// mmrelay's own sample config, and three as people run them: imported, checked, and relaying.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { PROGRAM, MusterProcess } from "#test/harness/muster.ts";
import { testSynapse, type Person, type TestSynapse } from "#test/harness/synapse.ts";
import { RadioServer } from "#test/serial/bench.ts";
import { packetsHeard, textFrame } from "#test/radio/peer.ts";
import { pythonWith } from "#test/setup/python-venv.ts";
import { until } from "#test/harness/synapse.ts";

type Config = Record<string, Record<string, unknown>>;

let synapse: TestSynapse;
let ada: Person;
let bot: Person;
let sample: string;

beforeAll(async () => {
  const python = await pythonWith("mmrelay", "requirements-mmrelay.txt");
  const where = "import importlib.util as u; print(u.find_spec('mmrelay').submodule_search_locations[0])";
  const folder = spawnSync(python, ["-c", where], { encoding: "utf8" }).stdout.trim();
  sample = readFileSync(join(folder, "tools", "sample_config.yaml"), "utf8");
  synapse = await testSynapse();
  [ada, bot] = [await synapse.person("ada"), await synapse.person("relay")];
}, 300_000);
afterAll(() => synapse.stop());

function importFile(file: string, ...options: string[]): { yaml: string; notes: string } {
  const done = spawnSync(PROGRAM, ["config", "import-mmrelay", file, ...options], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
  return { yaml: done.stdout, notes: done.stderr };
}

function written(text: string, credentials?: object): string {
  const folder = mkdtempSync(join(tmpdir(), "mmrelay-"));
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  if (credentials) writeFileSync(join(folder, "credentials.json"), JSON.stringify(credentials));
  return file;
}

/** Imports a config whose placeholders were filled in, runs it, and carries a word each way. */
async function relays(text: string, credentials?: object): Promise<string> {
  const radio = await RadioServer.start();
  const street = await ada.createRoom({ invite: [bot.userId], alias: `street-${radio.port}` });
  const filled = text
    .replaceAll("PORT", String(radio.port))
    .replaceAll("ROOM", street)
    .replaceAll("ALIAS", `#street-${radio.port}:street.lan`);
  const { yaml, notes } = importFile(written(filled, credentials));
  const muster = new MusterProcess({ config: parse(yaml) as Config });
  await muster.start();
  await muster.ready();
  radio.say(textFrame(radio.port, "hello from the mesh"));
  const shown = await ada.waitForBody(street, "hello from the mesh");
  await ada.say(street, "hello from Matrix");
  await until("the text on the radio", () =>
    packetsHeard(radio.radio).some((packet) => {
      const data = packet.payloadVariant.case === "decoded" ? packet.payloadVariant.value : undefined;
      return data !== undefined && Buffer.from(data.payload).toString().endsWith("hello from Matrix");
    }),
  );
  await muster.remove();
  await radio.stop();
  expect(shown.content["body"]).toContain("hello from the mesh");
  return notes;
}

test("mmrelay's own sample is imported with a note on everything that a person has to do, and relays once filled in", async () => {
  const { yaml, notes } = importFile(written(sample));
  const config = parse(yaml) as Config;
  expect(config["meshtastic"]).toMatchObject({ connection_type: "tcp", host: "meshtastic.local" });
  expect(notes).toMatch(/homeserver: guessed/);
  expect(notes).toMatch(/plugins.weather: dropped/);
  expect(notes).toMatch(/plugins.nodes: mapped/);
  const own = parse(sample) as Config;
  own["meshtastic"] = { ...own["meshtastic"], host: "127.0.0.1", port: "PORT" };
  const whole = { ...own, matrix_rooms: [{ id: "ROOM", meshtastic_channel: 0 }] };
  const filled = stringify(whole, { defaultStringType: "QUOTE_DOUBLE" }).replace('"PORT"', "PORT");
  await relays(filled, {
    homeserver: synapse.baseUrl,
    user_id: bot.userId,
    access_token: bot.accessToken,
    device_id: "X",
  });
}, 120_000);

test.each([
  [
    "an old one, with the token in it",
    (): string => `
matrix: { homeserver: "${synapse.baseUrl}", access_token: "${bot.accessToken}", bot_user_id: "${bot.userId}" }
matrix_rooms: [{ id: "ALIAS", meshtastic_channel: 0 }]
meshtastic: { connection_type: tcp, host: 127.0.0.1, port: PORT, meshnet_name: Elm Street, broadcast_enabled: true, message_delay: 2.2 }
plugins: { ping: { active: true }, map: { active: true } }
`,
    /raised to 2.5 s/,
  ],
  [
    "one with prefixes of its own and many plugins",
    (): string => `
matrix:
  homeserver: ${synapse.baseUrl}
  access_token: ${bot.accessToken}
  bot_user_id: "${bot.userId}"
  prefix_format: "<{long10}> "
matrix_rooms: [{ id: "ROOM", meshtastic_channel: 0 }]
meshtastic:
  connection_type: tcp
  host: 127.0.0.1
  port: PORT
  broadcast_enabled: true
  prefix_format: "{display}: "
  message_interactions: { reactions: true, replies: true }
  detection_sensor: true
plugins: { telemetry: { active: true }, weather: { active: true }, drop: { active: false } }
community-plugins: { sitrep: { active: true, repository: "https://example.org/x.git" } }
logging: { level: debug }
`,
    /community-plugins.sitrep: dropped/,
  ],
  [
    "one with rooms by name and encryption",
    (): string => `
matrix: { homeserver: "${synapse.baseUrl}", access_token: "${bot.accessToken}", bot_user_id: "${bot.userId}", e2ee: { enabled: true } }
matrix_rooms: { main: { id: "ROOM", meshtastic_channel: 0 }, broken: { id: nowhere, meshtastic_channel: 12 } }
meshtastic: { connection_type: tcp, host: 127.0.0.1, port: PORT, broadcast_enabled: true, prefix_enabled: false }
database: { path: /var/lib/mmrelay/meshtastic.sqlite, msg_map: { msgs_to_keep: 500 } }
`,
    /without a usable id.*encrypted rooms/s,
  ],
])(
  "%s relays",
  async (_, text, note) => {
    expect(await relays(text())).toMatch(note);
  },
  120_000,
);

test("the token goes into a file of its own, and the message map lets old messages be answered", () => {
  const file = written(`
matrix: { homeserver: "http://127.0.0.1:1", access_token: syt_secret, bot_user_id: "@relay:street.lan" }
matrix_rooms: [{ id: "#street:street.lan", meshtastic_channel: 0 }]
meshtastic: { connection_type: tcp, host: 127.0.0.1, broadcast_enabled: false }
`);
  const map = join(mkdtempSync(join(tmpdir(), "mmrelay-map-")), "meshtastic.sqlite");
  const db = new Database(map);
  db.exec(
    "CREATE TABLE message_map (meshtastic_id INTEGER, matrix_event_id TEXT PRIMARY KEY, matrix_room_id TEXT, meshtastic_text TEXT, meshtastic_meshnet TEXT)",
  );
  db.prepare("INSERT INTO message_map VALUES (?, ?, ?, ?, ?)").run(77, "$old", "!room:street.lan", "hello", "Elm");
  db.prepare("INSERT INTO message_map VALUES (?, ?, ?, ?, ?)").run(0, "$bad", "!room:street.lan", "no id", "Elm");
  db.close();
  const ours = `${map}.muster`;
  const { yaml, notes } = importFile(file, "--message-map", map, "--database", ours);
  expect(yaml).not.toContain("syt_secret");
  const token = (parse(yaml) as { uplinks: { access_token_file: string }[] }).uplinks[0]!.access_token_file;
  expect(readFileSync(token, "utf8")).toBe("syt_secret\n");
  expect(statSync(token).mode & 0o777).toBe(0o600);
  expect(notes).toContain("1 messages of mmrelay's map were taken over");
  expect(notes).toContain("nobody in Matrix may write");
  const kept = new Database(ours, { readonly: true });
  expect(kept.prepare("SELECT packet_id, event_id, destination, state FROM ledger").all()).toEqual([
    { packet_id: 77, event_id: "$old", destination: "matrix:matrix/#street:street.lan", state: "confirmed" },
  ]);
  kept.close();
});
