import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Settings } from "#gateway/settings.ts";
import { exampleConfig } from "#cli/config/example.ts";
import { parseConfig, type Environment } from "#cli/config/config.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-config-"));
  writeFileSync(join(folder, "token"), "syt_c2VjcmV0\n", { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

function settingsOf(text: string, environment: Environment = {}): Settings {
  const result = parseConfig(text, join(folder, "muster.yaml"), environment);
  expect(result.findings).toEqual([]);
  return (result as { settings: Settings }).settings;
}

const TCP = "meshtastic: { connection_type: tcp }\n";
const BOT = `${TCP}uplinks:
  - name: street
    homeserver: http://127.0.0.1:8008/
    mode: bot
    user_id: "@muster:street.lan"
    access_token_file: token
    matrix_rooms: [{ id: "#street:street.lan", meshtastic_channel: 2 }]
  - name: internet
    homeserver: https://matrix.example.org
    mode: bot
    user_id: "@muster:example.org"
    access_token_file: token
    operators_room: "!abc:example.org"
`;

describe("the sample", () => {
  test("is without mistakes", () => {
    const settings = settingsOf(exampleConfig());
    expect(settings.meshtastic).toMatchObject({ messageDelay: 2.5, privatePort: 293, port: 4403 });
  });

  test("can be put to use by taking the # away", () => {
    const live = exampleConfig()
      .replace(/^uplinks: \[\].*$/m, "uplinks:")
      .replaceAll(/^# ( +(- )?[a-z_]+:)/gm, "$1")
      .replace("/etc/muster/token", join(folder, "token"));
    const { findings } = parseConfig(live, join(folder, "muster.yaml"));
    // All that may be left to say is about the appservice, whose registration is not there.
    const left = findings.map((finding) => finding.path);
    expect(left.filter((path) => path !== "uplinks[0].mode" && path !== "uplinks[0].registration_file")).toEqual([]);
  });
});

test("the smallest config of the README is without mistakes", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const block = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1];
  const settings = settingsOf(block!.replaceAll(/^ {3}/gm, ""));
  expect(settings.uplinks[0]).toMatchObject({ mode: "bot", directMessages: true });
});

describe("defaults", () => {
  test("fill in everything but the radio's place", () => {
    expect(settingsOf(TCP)).toMatchObject({
      node: { name: "Muster", timezone: "UTC", language: "en" },
      meshtastic: { host: "127.0.0.1", port: 4403, prefixFormat: "{display5}[M]: ", serialPort: "" },
      uplinks: [],
      access: { matrixUsers: [], airtimeSharePerUser: 0.1 },
      airtime: { budgetPercent: 8, emergencyReservePercent: 4, utilisationCeiling: 25, urgentCeiling: 40 },
      control: { socket: "/run/muster/control.sock" },
      retention: { messagesDays: 90 },
    });
  });

  test("direct messages go to the first uplink that has operators", () => {
    expect(settingsOf(BOT).uplinks.map((uplink) => uplink.directMessages)).toEqual([false, true]);
  });

  test("a bot's rooms say who spoke", () => {
    const [street] = settingsOf(BOT).uplinks;
    expect(street!.matrixRooms).toEqual([
      { id: "#street:street.lan", meshtasticChannel: 2, mayShow: [], prefixFormat: "[{long}/{mesh}]: " },
    ]);
    expect(street!.homeserver).toBe("http://127.0.0.1:8008");
    expect(street!.accessToken).toBe("syt_c2VjcmV0");
  });

  test("an empty prefix is one", () => {
    expect(settingsOf('meshtastic: { connection_type: tcp, prefix_format: "" }').meshtastic.prefixFormat).toBe("");
  });

  test("relative paths start at the file", () => {
    expect(settingsOf(`${TCP}database: { path: data/m.db }`).database.path).toBe(join(folder, "data/m.db"));
  });
});

describe("the environment", () => {
  test("replaces values, decoded from JSON where it parses", () => {
    const settings = settingsOf(BOT, {
      MUSTER__UPLINKS__0__HOMESERVER: "https://other.example.org",
      MUSTER__MESHTASTIC__PORT: "4405",
      MUSTER__ACCESS__MATRIX_USERS: '["@*:street.lan"]',
      MUSTER__UPLINKS__1__DIRECT_MESSAGES: "false",
    });
    expect(settings.uplinks[0]!.homeserver).toBe("https://other.example.org");
    expect(settings.meshtastic.port).toBe(4405);
    expect(settings.access.matrixUsers).toEqual(["@*:street.lan"]);
    expect(settings.uplinks[1]!.directMessages).toBe(false);
  });

  test("text that looks like a number stays text where text belongs", () => {
    expect(settingsOf(TCP, { MUSTER__NODE__NAME: "12" }).node.name).toBe("12");
    const uplink = settingsOf(BOT, { MUSTER__UPLINKS__0__ACCESS_TOKEN: "1234567890123456789012" }).uplinks[0]!;
    expect(uplink.accessToken).toBe("1234567890123456789012");
  });

  test("can add what the file has not", () => {
    const settings = settingsOf(BOT, {
      MUSTER__UPLINKS__0__MATRIX_ROOMS__1__ID: "#two:street.lan",
      MUSTER__UPLINKS__0__MATRIX_ROOMS__1__MESHTASTIC_CHANNEL: "3",
    });
    expect(settings.uplinks[0]!.matrixRooms.map((room) => room.meshtasticChannel)).toEqual([2, 3]);
  });

  test.each([
    ["MUSTER__MESHTASTIC__PROT", "1", "meshtastic.prot", /no such key/, "port"],
    ["MUSTER__MESHTASTIC__PORT", "many", "meshtastic.port", /must be a number/, undefined],
    ["MUSTER__UPLINKS__5__NAME", "x", "", /only 0 before/, undefined],
    ["MUSTER__UPLINKS__FIRST__NAME", "x", "uplinks", /must be a list/, undefined],
    ["MUSTER__MESHTASTIC__PORT__X", "x", "meshtastic.port", /must be a number/, undefined],
    ["MUSTER__", "x", "", /empty part/, undefined],
  ])("%s=%s is refused by its name", (name, value, path, says, near) => {
    const { ok, findings } = parseConfig(TCP, "muster.yaml", { [name]: value });
    expect(ok).toBe(false);
    const finding = findings.find((each) => each.file === `$${name}`);
    expect(finding).toMatchObject({ path, ...(near === undefined ? {} : { nearest: near }) });
    expect(finding!.message).toMatch(says);
  });

  test("a bare token file is a systemd credential where there are any", () => {
    const credentials = mkdtempSync(join(tmpdir(), "muster-credentials-"));
    writeFileSync(join(credentials, "token"), "syt_credential");
    expect(settingsOf(BOT, { CREDENTIALS_DIRECTORY: credentials }).uplinks[0]!.accessToken).toBe("syt_credential");
    rmSync(credentials, { recursive: true });
  });
});

describe("places for backups", () => {
  const findingsOf = (...to: string[]) =>
    parseConfig(
      `${TCP}backup: { to: ${JSON.stringify(to)}, recipients: [age1${"q".repeat(58)}] }\n`,
      join(folder, "muster.yaml"),
    ).findings.map(({ severity, path, message }) => ({ severity, path, message }));

  test.each([
    "https://cloud.example.org/dav/",
    "http://cloud.lan/dav",
    "http://192.168.1.7:8080/",
    "http://[fd00::7]/",
    "http://nas/",
  ])("%s is one", (place) => expect(findingsOf(place)).toEqual([]));

  test.each([
    ["http://cloud.example.org/dav", "warning", /the password can be read on the way to cloud.example.org/],
    ["http://172.32.0.1/", "warning", /can be read/],
    ["https://muster:secret@cloud.lan/", "error", /^(?!.*secret).*without user and password/],
    ["ftp://cloud.lan/", "error", /a WebDAV folder like https/],
  ])("%s is complained of: %s", (place, severity, message) =>
    expect(findingsOf(place)).toMatchObject([
      { severity, path: "backup.to[0]", message: expect.stringMatching(message) },
    ]),
  );

  test("on two servers would take one password to both", () => {
    expect(findingsOf("https://a.lan/x", "https://a.lan/y")).toEqual([]);
    expect(findingsOf("https://a.lan/x", "https://b.lan/x")).toMatchObject([
      { severity: "error", message: expect.stringContaining("2 servers (a.lan, b.lan)") },
    ]);
  });
});

describe("whatever is written", () => {
  test.each([
    "",
    "   \n",
    "# nothing\n",
    "42",
    "[]",
    "- a\n- b",
    "a: b: c",
    "\u0000",
    "node: !!binary x",
    "%YAML 9\n---\na: 1",
    "{",
    "a: *b",
    "---\n---\n",
  ])("%j is answered, not thrown at", (text) => {
    const result = parseConfig(text, "muster.yaml");
    expect(result.ok).toBe(false);
    expect(result.findings.length).toBeGreaterThan(0);
  });
});
