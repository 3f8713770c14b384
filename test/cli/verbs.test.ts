// The command line as a program sees it: exit codes, what stands on standard output, and who answers.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveControl } from "#cli/service/control.ts";
import { typed as type } from "#test/harness/typed.ts";
import { withoutRateLimits } from "#cli/service/run.ts";
import { checkClock, checkSerialPort, checkTcp } from "#cli/doctor/machine.ts";
import { CHECKS, examine } from "#cli/doctor/doctor.ts";
import type { Patient } from "#cli/doctor/check.ts";

let folder: string;
let config: string;
let broken: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-verbs-"));
  config = join(folder, "muster.yaml");
  broken = join(folder, "broken.yaml");
  writeFileSync(
    config,
    "meshtastic: { connection_type: tcp, port: 1 }\ndatabase: { path: m.db }\ncontrol: { socket: c.sock }\nhttp: { listen: 127.0.0.1:0 }\n",
  );
  writeFileSync(broken, "meshtastic: { connection_type: tcp, prot: 1 }\nlogging: { level: loud }\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("wrong usage is exit code 2, with words on standard error only", () => {
  test.each([
    [[], /Usage: muster/],
    [["statsu"], /Did you mean status/],
    [["status", "--jsn"], /Did you mean --json/],
    [["status", "extra"], /too many arguments/],
    [["config"], /Usage: muster config/],
    [["config", "chek"], /Did you mean check/],
    [["config", "import-mmrelay"], /missing required argument/],
    [["--config"], /argument missing/],
    [["messages", "--since", "yesterday"], /--since must be a moment/],
    [["messages", "--state", "qeued"], /Did you mean "queued"/],
    [["run", "--clock-rate", "fast"], /--clock-rate must be a number/],
    [["run", "--rate-limits", "none"], /real or off/],
  ])("%j", async (argv, words) => {
    const { code, out, err } = await type(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(words);
  });
});

describe("what was asked for is exit code 0", () => {
  test.each([
    [["--version"], /^\d+\.\d+\.\d+\n$/],
    [["--help"], /Usage: muster/],
    [["help", "messages"], /--since/],
    [["messages", "--help"], /--config/],
    [["config", "example"], /^meshtastic:/m],
  ])("%j", async (argv, words) => {
    const { code, out, err } = await type(...argv);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(words);
  });
});

test("what cannot be read is exit code 1, in words", async () => {
  const { code, out, err } = await type("config", "import-mmrelay", "x.yaml");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/cannot be read/);
});

test("the registration is printed, written once, and read again by the config", async () => {
  const file = join(folder, "registration.yaml");
  const first = await type("matrix", "registration", "--out", file);
  expect(first.code).toBe(0);
  const again = await type("matrix", "registration", "--out", file);
  expect(again.out).toBe(first.out);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const street = join(folder, "appservice.yaml");
  writeFileSync(
    street,
    `meshtastic: { connection_type: tcp }\nuplinks:\n  - { name: s, homeserver: "http://127.0.0.1:1", mode: appservice, registration_file: registration.yaml, listen: "127.0.0.1:9470" }\n`,
  );
  expect((await type("config", "check", street)).code).toBe(0);
  const missing = join(folder, "missing.yaml");
  writeFileSync(missing, readFileSync(street, "utf8").replace("registration.yaml", "later.yaml"));
  expect((await type("config", "check", missing)).err).toMatch(/muster matrix registration/);
  expect((await type("--config", missing, "matrix", "registration")).code).toBe(0);
  expect((await type("config", "check", missing)).code).toBe(0);
});

test("config check says all, before and after the verb, and as JSON", async () => {
  const plain = await type("config", "check", broken);
  expect(plain.code).toBe(1);
  expect(plain.err).toContain('broken.yaml:1:37 meshtastic.prot there is no such key. Did you mean "port"?');
  expect(plain.err).toContain("2 mistakes");
  const json = await type("--config", broken, "config", "check", "--json");
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, findings: [{ line: 1, nearest: "port" }, { line: 2 }] });
  expect((await type("config", "check", config)).code).toBe(0);
});

test("a config that cannot be used is one JSON value too", async () => {
  const { code, out } = await type("status", "--json", "--config", broken);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ findings: [{ path: "meshtastic.prot" }, { path: "logging.level" }] });
});

test("without a service, status and messages come from the database", async () => {
  const status = await type("status", "--json", "--config", config);
  expect(status.code).toBe(0);
  expect(JSON.parse(status.out)).toMatchObject({
    radio: { state: "down", node: null, firmware: null, lastHeardAt: null },
    uplinks: [],
    outbox: { mesh: { queued: 0 } },
    database: { ok: true },
  });
  const messages = await type("messages", "--json", "--config", config);
  expect([messages.code, JSON.parse(messages.out)]).toEqual([0, []]);
});

test("with a service, it is the service that answers", async () => {
  const asked: unknown[] = [];
  const control = await serveControl(join(folder, "c.sock"), (verb, args) => {
    asked.push([verb, args]);
    if (verb === "messages") throw new Error("too busy");
    return { radio: { state: "ready" }, uplinks: [{ name: "street", queued: 0 }] };
  });
  const status = await type("status", "--config", config);
  expect([status.code, status.out]).toEqual([
    0,
    "radio\n  state  ready\nuplinks\n  street\n    name    street\n    queued  0\n",
  ]);
  const messages = await type("messages", "--since", "2026-11-22T14:00:00Z", "--state", "sent", "--config", config);
  expect([messages.code, messages.err]).toEqual([1, "too busy\n"]);
  expect(asked).toEqual([
    ["status", {}],
    ["messages", { since: 1_795_356_000_000, state: "sent" }],
  ]);
  await control.close();
});

describe("rate limits off", () => {
  const radio = {
    connectionType: "tcp" as const,
    serialPort: "",
    host: "127.0.0.1",
    port: 4403,
    messageDelay: 2.5,
    prefixFormat: "",
    privatePort: 293,
    staleAfterHours: 12,
  };
  test("on loopback there is no pause between texts", () => {
    expect(withoutRateLimits(radio).messageDelay).toBe(0);
  });
  test.each([
    { host: "192.168.1.7" },
    { host: "localhost.example.org" },
    { connectionType: "serial" as const, serialPort: "/dev/null" },
    { connectionType: "serial" as const, serialPort: "/dev/pts/no-such" },
  ])("is refused with %j", (change) => {
    expect(() => withoutRateLimits({ ...radio, ...change })).toThrow(/emulated radios/);
  });
});

describe("doctor", () => {
  test("finds an unreachable radio, says what to do, and ends with 1", async () => {
    const { code, out } = await type("doctor", "--json", "--config", config);
    expect(code).toBe(1);
    const findings = JSON.parse(out) as { check: string; ok: boolean; advice?: string }[];
    expect(findings.find((finding) => finding.check === "config")).toMatchObject({ ok: true });
    expect(findings.find((finding) => finding.check === "port")).toMatchObject({ ok: false });
    expect(findings.filter((finding) => !finding.ok && !finding.advice)).toEqual([]);
  });

  test("shows each mistake of the config, and what else can be seen without it", async () => {
    const { code, out } = await type("doctor", "--config", broken);
    expect(code).toBe(1);
    expect(out).toMatch(/FAIL config: .*:1:37 meshtastic\.prot/);
    expect(out).toMatch(/^ok {3}clock/m);
  });

  test("serial ports: absent, and not one", () => {
    expect(checkSerialPort("/dev/serial/by-id/none")).toMatchObject([
      { ok: false, finding: "/dev/serial/by-id/none is not there" },
    ]);
    expect(checkSerialPort(config)).toMatchObject([{ ok: false }]);
  });

  test("a radio that listens can be reached", async () => {
    const { createServer } = await import("node:net");
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    expect(await checkTcp("127.0.0.1", port)).toMatchObject([{ ok: true }]);
    await new Promise((resolve) => server.close(resolve));
    expect(await checkTcp("127.0.0.1", port)).toMatchObject([{ ok: false }]);
  });

  test("a clock that was never set is one finding", () => {
    expect(checkClock(0)).toMatchObject({ ok: false });
    expect(checkClock(1_795_356_000_000)).toMatchObject({ ok: true });
  });

  test("the service's own words about radio and uplinks are findings", async () => {
    const patient = {
      config: { ok: true, file: "x", findings: [] },
      settings: undefined,
      running: true,
      refusal: undefined,
      kept: 0,
      recovered: undefined,
      seen: {
        radio: { state: "silent", reason: "", facts: null },
        uplinks: [{ name: "street", state: "held", reason: "401" }],
        rooms: [],
      },
      status: {
        radio: { state: "silent", reason: "", node: null, firmware: null, region: null, lastHeardAt: null },
        uplinks: [{ name: "street", state: "held", reason: "401", queued: 3 }],
        inbox: { waiting: 0 },
        outbox: { mesh: { queued: 0 } },
        database: { ok: false, path: "" },
        now: "",
      },
    } as unknown as Patient;
    const findings = await examine(patient, {
      radio: CHECKS["radio"]!,
      uplinks: CHECKS["uplinks"]!,
      integrity: CHECKS["integrity"]!,
    });
    expect(findings.map(({ check, ok }) => [check, ok])).toEqual([
      ["radio", false],
      ["uplinks", false],
      ["integrity", false],
    ]);
    expect(findings[1]!.finding).toBe("street is held: 401");
  });

  test("a check that throws is a finding, not the doctor's end", async () => {
    const bad = () => {
      throw new Error("oops");
    };
    expect(await examine({} as Patient, { bad })).toMatchObject([{ check: "bad", ok: false }]);
  });
});
