// Twenty-six things that can be wrong, and what the doctor says about each: a finding that names it, and what to do.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkClock, checkSecrets, checkSerialPort, checkTcp, checkTimezone, diskFound } from "#cli/doctor/machine.ts";
import { CHECKS, examine } from "#cli/doctor/doctor.ts";
import { loadConfig } from "#cli/config/config.ts";
import type { Diagnosis } from "#gateway/diagnosis.ts";
import type { RadioFacts } from "#gateway/turn.ts";
import { MIGRATIONS } from "#store/schema.ts";
import { RADIO_INFO, settings, STREET, uplink } from "#test/harness/gateway.ts";
import type { CheckFinding, Patient } from "#cli/doctor/check.ts";
import { openStore } from "#store/open.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-doctor-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const ROOM = { uplink: "street", room: STREET, joined: true, maySpeak: true, encrypted: false, reason: "" };
const { nodes: _nodes, ...FACTS } = RADIO_INFO;
const WELL: Diagnosis = {
  radio: {
    state: "ready",
    reason: "",
    facts: { ...FACTS, channels: [{ index: 0, name: "Street", role: "primary", pskLength: 32 }] },
  },
  uplinks: [{ name: "street", state: "ready", reason: "" }],
  rooms: [ROOM],
};

function patient(over: Partial<Patient> = {}): Patient {
  return {
    config: { ok: true, file: "muster.yaml", settings: settings(), findings: [] },
    settings: settings(),
    running: true,
    status: undefined,
    seen: WELL,
    recovered: undefined,
    kept: 0,
    refusal: undefined,
    ...over,
  };
}

async function found(check: string, over: Partial<Patient>): Promise<CheckFinding[]> {
  return examine(patient(over), { [check]: CHECKS[check]! });
}

const radio = (state: string, reason: string) =>
  found("radio", { seen: { ...WELL, radio: { state, reason, facts: null } } });
const facts = (check: string, over: Partial<RadioFacts>) =>
  found(check, { seen: { ...WELL, radio: { ...WELL.radio, facts: { ...WELL.radio.facts!, ...over } } } });
const street = (state: string, reason: string) =>
  found("uplinks", { seen: { ...WELL, uplinks: [{ name: "street", state, reason }] } });
const room = (over: object) => found("rooms", { seen: { ...WELL, rooms: [{ ...ROOM, ...over }] } });
const file = (name: string, text = "") => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
};
const database = (path: string) => found("integrity", { running: false, settings: settings({ database: { path } }) });
const config = (text: string) => found("config", { config: loadConfig(file("bad.yaml", text), {}) });
const machine = (findings: readonly Omit<CheckFinding, "check">[]) =>
  findings.map((each) => ({ check: "machine", ...each }));

function newerDatabase(): string {
  const path = join(folder, "newer.db");
  const version = MIGRATIONS.at(-1)!.version + 1;
  openStore(path, { migrations: [...MIGRATIONS, { version, worksFrom: version, sql: "SELECT 1" }] }).close();
  return path;
}

function rottenDatabase(): string {
  const path = join(folder, "rotten.db");
  const store = openStore(path);
  store.run("INSERT INTO inbox (source, received_at, raw, body) VALUES ('radio', 1, x'00', '{}')");
  store.run("UPDATE inbox SET sum = sum + 1");
  store.close();
  return path;
}

interface Fault {
  readonly fault: string;
  readonly look: () => CheckFinding[] | Promise<CheckFinding[]>;
  readonly finding: RegExp;
  readonly advice: RegExp;
  /** Told, but no reason to fail. */
  readonly warning?: true;
}

const FAULTS: readonly Fault[] = [
  {
    fault: "a mistyped key",
    look: () => config("meshtastic: { connection_type: tcp, prot: 1 }"),
    finding: /prot.*no such key/,
    advice: /Correct that line/,
  },
  {
    fault: "a time zone that is none",
    look: () => config("node: { timezone: Mars/Phobos }"),
    finding: /timezone.*no time zone/,
    advice: /Correct that line/,
  },
  {
    fault: "no radio plugged in",
    look: () => machine(checkSerialPort(join(folder, "by-id/none"))),
    finding: /is not there/,
    advice: /Plug the radio in/,
  },
  {
    fault: "a wrong device path",
    look: () => machine(checkSerialPort(file("tty"))),
    finding: /is no serial port/,
    advice: /serial_port/,
  },
  {
    fault: "a dangling name",
    look: () => {
      symlinkSync(join(folder, "gone"), join(folder, "link"));
      return machine(checkSerialPort(join(folder, "link")));
    },
    finding: /is not there/,
    advice: /Plug/,
  },
  {
    fault: "no permission for the port",
    look: () => radio("down", "no permission to open /dev/ttyUSB0: add the gateway's user to the group dialout"),
    finding: /no permission/,
    advice: /usermod -aG dialout/,
  },
  {
    fault: "a busy port",
    look: () => radio("down", "/dev/ttyUSB0 is busy: another program has it open"),
    finding: /busy/,
    advice: /fuser/,
  },
  {
    fault: "another device on the port",
    look: () => radio("configuring", "the port is open"),
    finding: /configuring/,
    advice: /right device/,
  },
  {
    fault: "a radio that says nothing",
    look: () => radio("silent", "no answer"),
    finding: /silent/,
    advice: /power away/,
  },
  {
    fault: "no radio in the network",
    look: async () => machine(await checkTcp("127.0.0.1", 1)),
    finding: /cannot be reached/,
    advice: /4403/,
  },
  {
    fault: "firmware with known keys",
    look: () => facts("firmware", { firmware: "2.5.20.abc" }),
    finding: /CVE-2025-52464/,
    advice: /flasher/,
  },
  {
    fault: "old firmware",
    look: () => facts("firmware", { firmware: "2.7.3.abc" }),
    finding: /CVE-2025-53627/,
    advice: /flasher/,
    warning: true,
  },
  {
    fault: "no region",
    look: () => facts("region", { region: "UNSET" }),
    finding: /region is not set/,
    advice: /Region/,
  },
  {
    fault: "a bridged channel that the radio lacks",
    look: () => facts("channels", { channels: [{ index: 1, name: "", role: "secondary", pskLength: 32 }] }),
    finding: /channel 0 is bridged/,
    advice: /Add the channel/,
  },
  {
    fault: "a public key",
    look: () => facts("keys", { channels: [{ index: 0, name: "", role: "primary", pskLength: 1 }] }),
    finding: /public default key/,
    advice: /key of its own/,
    warning: true,
  },
  {
    fault: "a clock in 1970",
    look: () => machine([checkClock(1_000)]),
    finding: /1970.*cannot be/,
    advice: /timedatectl/,
  },
  {
    fault: "another time zone",
    look: () => machine(checkTimezone("America/Los_Angeles", "Asia/Tokyo")),
    finding: /in Asia\/Tokyo/,
    advice: /node.timezone/,
  },
  {
    fault: "a disk that is nearly full",
    look: () => machine([diskFound("/var/lib", 5_000_000)]),
    finding: /only 4 MiB/,
    advice: /Make room/,
  },
  {
    fault: "a damaged database",
    look: () => database(file("garbage.db", "this is no database, ".repeat(100))),
    finding: /not a database|damaged/,
    advice: /repairs it/,
  },
  {
    fault: "damaged rows",
    look: () => database(rottenDatabase()),
    finding: /1 stored rows are damaged/,
    advice: /dmesg/,
  },
  {
    fault: "a database of a newer Muster",
    look: () => database(newerDatabase()),
    finding: /written by a newer Muster/,
    advice: /./,
  },
  {
    fault: "a homeserver that is away",
    look: () => street("down", "nothing listens at http://127.0.0.1:1"),
    finding: /street is down: nothing listens/,
    advice: /homeserver runs/,
  },
  {
    fault: "a wrong token",
    look: () => street("held", "the homeserver does not know our token (M_UNKNOWN_TOKEN)"),
    finding: /held: .*token/,
    advice: /access_token_file/,
  },
  {
    fault: "not in the room",
    look: () => room({ joined: false, reason: "not invited" }),
    finding: /not in !street.*not invited/,
    advice: /Invite/,
  },
  {
    fault: "no power in the room",
    look: () => room({ maySpeak: false }),
    finding: /may not speak/,
    advice: /power level/,
  },
  {
    fault: "an encrypted room",
    look: () => room({ encrypted: true }),
    finding: /encrypted/,
    advice: /new room without/,
  },
  {
    fault: "a token that others can read",
    look: () => machine(checkSecrets(settings({ uplinks: [uplink({ accessTokenFile: file("token", "secret") })] }))),
    finding: /others can read/,
    advice: /chmod 600/,
  },
];

describe("doctor", () => {
  it.each(FAULTS)("names $fault, and what to do", async ({ look, finding, advice, warning }) => {
    const all = await look();
    const named = all.find((each) => finding.test(each.finding));
    expect(named, `${JSON.stringify(all)} names it`).toBeDefined();
    expect(named!.ok).toBe(warning === true);
    expect(named!.advice).toMatch(advice);
  });

  it("finds nothing wrong where nothing is", async () => {
    const { radio: radioCheck, firmware, region, channels, keys, uplinks, rooms } = CHECKS;
    const all = await examine(patient(), {
      radioCheck,
      firmware,
      region,
      channels,
      keys,
      uplinks,
      rooms,
    } as typeof CHECKS);
    expect(all.filter((each) => !each.ok)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(7);
  });
});
