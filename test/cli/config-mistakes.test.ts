// Twenty mistakes in one file get twenty answers, each with its line and, where a name was mistyped, the right one.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findingText, loadConfig, type Finding } from "#cli/config/config.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-config-"));
  writeFileSync(join(folder, "token"), "syt_c2VjcmV0\n", { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One line of the file, and what must be said about it. */
interface Mistake {
  readonly line: string;
  readonly path: string;
  readonly says: RegExp;
  readonly nearest?: string;
}

/** A line by itself is right; with `path` it is a mistake. */
const FILE: readonly (string | Mistake)[] = [
  "nod:",
  "  name: Elm Street",
  "node:",
  {
    line: "  timezone: America/Los_Angelos",
    path: "node.timezone",
    says: /no time zone/,
    nearest: "America/Los_Angeles",
  },
  { line: "  language: klingon", path: "node.language", says: /en or es/ },
  "meshtastic:",
  { line: "  connection_type: seriel", path: "meshtastic.connection_type", says: /serial or tcp/, nearest: "serial" },
  { line: "  prot: 4403", path: "meshtastic.prot", says: /no such key/, nearest: "port" },
  { line: "  message_delay: 1", path: "meshtastic.message_delay", says: /2\.5 or more/ },
  { line: '  prefix_format: "{dispaly}: "', path: "meshtastic.prefix_format", says: /no variable/, nearest: "display" },
  { line: "  private_port: 256", path: "meshtastic.private_port", says: /from 257 to 511/ },
  "uplinks:",
  "  - name: street",
  { line: "    homeserver: matrix.example.org", path: "uplinks[0].homeserver", says: /https?:\/\// },
  "    mode: bot",
  { line: "    user_id: muster", path: "uplinks[0].user_id", says: /whole Matrix user id/ },
  { line: "    access_token_file: tokn", path: "uplinks[0].access_token_file", says: /not there/, nearest: "token" },
  { line: "    direct_messages: yes", path: "uplinks[0].direct_messages", says: /true or false/ },
  "    operators_room: '#ops:example.org'",
  "    matrix_rooms:",
  { line: "      - id: street", path: "uplinks[0].matrix_rooms[0].id", says: /start with # or !/ },
  { line: "        meshtastic_channel: 8", path: "uplinks[0].matrix_rooms[0].meshtastic_channel", says: /from 0 to 7/ },
  {
    line: "        may_show: [adresses]",
    path: "uplinks[0].matrix_rooms[0].may_show[0]",
    says: /addresses/,
    nearest: "addresses",
  },
  { line: "  - name: street", path: "uplinks[1].name", says: /name of its own/ },
  "    homeserver: https://matrix.example.org",
  "    mode: appservice",
  {
    line: "    registration_file: reg.yaml",
    path: "uplinks[1].registration_file",
    says: /not there.*matrix registration/,
  },
  { line: "    listen: 9470", path: "uplinks[1].listen", says: /must be text/ },
  "access:",
  { line: "  airtime_share_per_user: lots", path: "access.airtime_share_per_user", says: /must be a number/ },
  "database: { path: muster.db }",
  { line: "database: { path: other.db }", path: "", says: /written twice/ },
  { line: "http: { listen: 8470 }", path: "http.listen", says: /must be text/ },
  { line: "logging: { level: infos }", path: "logging.level", says: /error or warn/, nearest: "info" },
  { line: "retention: { messages_days: 0 }", path: "retention.messages_days", says: /from 1 to/ },
];

function check(lines: readonly string[]): readonly Finding[] {
  const file = join(folder, "muster.yaml");
  writeFileSync(file, lines.join("\n"));
  return loadConfig(file, {}).findings;
}

test("every mistake is found at once, at its line, with the nearest right name", () => {
  const mistakes = FILE.flatMap((row, index): (Omit<Mistake, "line"> & { at: number })[] => {
    // The unknown section is written over two lines, so it stands in the file as it is.
    if (row === "nod:") return [{ path: "nod", says: /no such key/, nearest: "node", at: index + 1 }];
    return typeof row === "string" ? [] : [{ ...row, at: index + 1 }];
  });
  expect(mistakes.length).toBeGreaterThanOrEqual(20);
  const findings = check(FILE.map((row) => (typeof row === "string" ? row : row.line)));
  for (const mistake of mistakes) {
    const said = findings.filter((finding) => finding.line === mistake.at && finding.path === mistake.path);
    expect(said, `line ${mistake.at} ${mistake.path}\n${findings.map(findingText).join("\n")}`).toHaveLength(1);
    expect(said[0]!.message).toMatch(mistake.says);
    if (mistake.nearest === undefined) continue;
    // A file's nearest name comes with its folder.
    expect(said[0]!.nearest?.endsWith(mistake.nearest), `${mistake.path}: ${said[0]!.nearest}`).toBe(true);
  }
});

const BOT = [
  "uplinks:",
  "  - name: street",
  "    homeserver: http://127.0.0.1:8008",
  "    mode: bot",
  "    user_id: '@muster:street.lan'",
  "    access_token_file: token",
];
const RADIO = ["meshtastic: { connection_type: tcp }"];

/** Further mistakes, each alone in a file that is otherwise right: the lines, and the finding's line, path and words. */
const ALONE: readonly [string, readonly string[], number, string, RegExp][] = [
  ["a serial radio without a port", ["node: { name: Elm }"], 1, "meshtastic.serial_port", /connection_type is serial/],
  [
    "the operators' room bound to a channel",
    [...RADIO, ...BOT, "    operators_room: '#a:b'", "    matrix_rooms: [{ id: '#a:b', meshtastic_channel: 0 }]"],
    9,
    "uplinks[0].matrix_rooms[0].id",
    /operators' room/,
  ],
  [
    "boards in the operators' room",
    [...RADIO, ...BOT, "    operators_room: '#a:b'", "    boards_room: '#a:b'"],
    9,
    "uplinks[0].boards_room",
    /a room of their own/,
  ],
  [
    "a room bound twice",
    [
      ...RADIO,
      ...BOT,
      "    matrix_rooms:",
      "      - { id: '#a:b', meshtastic_channel: 0 }",
      "      - { id: '#a:b', meshtastic_channel: 1 }",
    ],
    10,
    "uplinks[0].matrix_rooms[1].id",
    /bound above already/,
  ],
  [
    "direct messages without operators",
    [...RADIO, ...BOT, "    direct_messages: true"],
    8,
    "uplinks[0].direct_messages",
    /operators_room/,
  ],
  ["a bot without login", [...RADIO, ...BOT.slice(0, 5)], 3, "uplinks[0].access_token_file", /login/],
  [
    "a token in the file",
    [...RADIO, ...BOT.slice(0, 5), "    access_token: syt_abc"],
    7,
    "uplinks[0].access_token",
    /shown around/,
  ],
  ["a key without a value", [...RADIO, "node:", "  name:"], 3, "node.name", /no value/],
  ["a list where keys belong", ["meshtastic: [tcp]"], 1, "meshtastic", /must be keys/],
  ["a number in quotes", ['meshtastic: { connection_type: tcp, port: "4403" }'], 1, "meshtastic.port", /quotes away/],
  ["an anchor", [...RADIO, "node: &n { name: Elm }"], 2, "", /anchors/],
  ["a tab", [...RADIO, "node:", "\tname: Elm"], 3, "", /tab/],
];

test.each(ALONE)("%s", (_name, lines, line, path, says) => {
  const findings = check(lines);
  expect(findings.map((finding) => [finding.line, finding.path])).toContainEqual([line, path]);
  expect(findings.find((finding) => finding.path === path && finding.line === line)!.message).toMatch(says);
});

test("ports that others use are a warning, and the file can be used", () => {
  const findings = check(["meshtastic: { connection_type: tcp, private_port: 257 }"]);
  expect(findings).toMatchObject([{ severity: "warning", path: "meshtastic.private_port", line: 1 }]);
});

test("a missing file's nearest neighbour is named", () => {
  const result = loadConfig(join(folder, "muster.yml"), {});
  expect(result).toMatchObject({ ok: false, findings: [{ nearest: join(folder, "muster.yaml") }] });
});

test("a secret never stands in a finding", () => {
  writeFileSync(join(folder, "two"), "syt_first syt_second");
  const findings = check([...RADIO, ...BOT.slice(0, 5), "    access_token_file: two"]);
  expect(findings).toHaveLength(1);
  expect(JSON.stringify(findings)).not.toContain("syt_");
});
