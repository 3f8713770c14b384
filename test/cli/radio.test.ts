// `muster radio` against emulated radios as from the factory: what is set is what the official client reads afterwards.

import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { utf8Length } from "#base/bytes.ts";
import { askControl } from "#cli/service/control.ts";
import { CANNED } from "#cli/radio/profile.ts";
import { ServiceLine } from "#cli/radio/service-line.ts";
import { RadioSession } from "#cli/radio/session.ts";
import { provisionRadio } from "#cli/radio/write.ts";
import type { Cli } from "#cli/verb.ts";
import { ORDER } from "#radio/admin.ts";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { MusterProcess, PROGRAM } from "#test/harness/muster.ts";
import { until } from "#test/harness/synapse.ts";
import { typed } from "#test/harness/typed.ts";
import { Terminal } from "#test/harness/terminal.ts";
import { meshtasticPython } from "#test/setup/meshtastic-client.ts";

const READER = fileURLToPath(new URL("../setup/radio-settings.py", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "muster-radio-"));
const config = join(folder, "muster.yaml");
const run = promisify(execFile);
let python: string;

beforeAll(async () => {
  python = await meshtasticPython();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly answer: string;
  readonly said: string;
}

/** `muster radio` with this config. */
async function radioVerb(file: string, ...args: string[]): Promise<Ended> {
  const { code, out, err } = await typed("--config", file, "radio", ...args);
  return { code, answer: out, said: err };
}

const muster = (...args: string[]): Promise<Ended> => radioVerb(config, ...args);

interface Read {
  readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly channels: readonly Readonly<Record<string, unknown>>[];
  readonly user: Readonly<Record<string, unknown>>;
  readonly url: string;
  readonly canned: string;
}

/** What the official client makes of it. */
async function officially(emulator: EmulatorProcess): Promise<Read> {
  const { stdout } = await run(python, [READER, "127.0.0.1", String(emulator.tcpPort())]);
  return JSON.parse(stdout) as Read;
}

async function fresh(firmware: string): Promise<EmulatorProcess> {
  const emulator = await EmulatorProcess.start(["--fresh", "--firmware", firmware, "--seed", "7", "--clock-rate", "8"]);
  const meshtastic = { connection_type: "tcp", host: "127.0.0.1", port: emulator.tcpPort() };
  const own = { database: { path: join(folder, "muster.db") }, control: { socket: join(folder, "control.sock") } };
  writeFileSync(config, stringify({ meshtastic, ...own }));
  return emulator;
}

describe("what must not be set", () => {
  let emulator: EmulatorProcess;
  beforeAll(async () => {
    emulator = await fresh("2.7");
  });
  afterAll(async () => void (await emulator.stop()));

  it.each([
    [["--yes"], /no region/],
    [["--region", "EU_868", "--preset", "SHORT_TURBO", "--yes"], /SHORT_TURBO does not fit into EU_868/],
    [["--region", "EU868", "--yes"], /did you mean EU_868/],
    [
      ["--region", "EU_868", "--name", "a name that is much too long for it", "--yes"],
      /35 bytes, and a radio keeps 24/,
    ],
    [["--region", "EU_868", "--short-name", "ELMST", "--yes"], /keeps 4/],
    [["--region", "EU_868"], /no terminal to ask at/],
    [["--handheld", "--yes"], /--handheld needs --port/],
  ])("provision %j is refused", async (args, words) => {
    const { code, answer, said } = await muster("provision", ...args);
    expect(code).toBeGreaterThan(0);
    expect(answer).toBe("");
    expect(said).toMatch(words);
  });

  it("and nothing of that was written", async () => {
    const { config: read } = await officially(emulator);
    expect(read["lora"]!["region"]).toBeUndefined();
  });
});

describe.each(["2.7", "2.8"])("firmware %s", (firmware) => {
  let emulator: EmulatorProcess;
  let urls: string[];
  const backup = join(folder, `radio-${firmware}.json`);
  beforeAll(async () => {
    emulator = await fresh(firmware);
  });
  afterAll(async () => void (await emulator.stop()));

  it("check finds that a radio from the factory has no region", async () => {
    const { code, answer } = await muster("check", "--json");
    const { ok, findings } = JSON.parse(answer) as { ok: boolean; findings: { check: string; ok: boolean }[] };
    expect([code, ok]).toEqual([1, false]);
    expect(findings.filter((each) => !each.ok).map((each) => each.check)).toEqual(["law", "settings", "channels"]);
  });

  it("provision sets it, and the official client reads what was planned", async () => {
    const qr = join(folder, `${firmware}.svg`);
    const asked = ["--region", "eu_868", "--name", "Elm Street Gateway", "--short-name", "ELM", "--qr", qr];
    const { code, answer, said } = await muster("provision", ...asked, "--yes");
    expect(said).toContain("Verified");
    expect(code).toBe(0);
    urls = answer.trim().split("\n");
    const read = await officially(emulator);
    expect(read.config["lora"]).toMatchObject({ region: "EU_868", use_preset: true, hop_limit: 3 });
    // The proto3 default, LONG_FAST or CLIENT, is not spelled out.
    expect(read.config["lora"]!["modem_preset"]).toBeUndefined();
    expect(read.config["bluetooth"]!["enabled"]).toBeUndefined();
    expect(read.user).toMatchObject({ longName: "Elm Street Gateway", shortName: "ELM" });
    expect(read.channels[1]).toMatchObject({ role: "SECONDARY", settings: { name: "Relief" } });
    expect(Buffer.from((read.channels[1]!["settings"] as { psk: string }).psk, "base64")).toHaveLength(32);
    expect(urls[0]).toBe(read.url);
    expect(statSync(qr).mode & 0o777).toBe(0o600);
    expect((await muster("check")).code).toBe(0);
  });

  it("a second time there is nothing to change, and the keys are the same", async () => {
    const { answer, said } = await muster("provision", "--yes");
    expect(said).toContain("nothing to change");
    expect(answer.trim().split("\n")).toEqual(urls);
  });

  it("backup is for its owner alone, and does not replace another", async () => {
    expect((await muster("backup", backup)).code).toBe(0);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    expect((await muster("backup", backup)).said).toContain("is there already");
  });

  it("restore brings back settings and keys into another radio", async () => {
    await emulator.stop();
    emulator = await fresh(firmware);
    const { code, said } = await muster("restore", backup, "--yes");
    expect(said).toContain("Verified");
    expect(code).toBe(0);
    const read = await officially(emulator);
    expect(read.url).toBe(urls[0]);
    expect((await muster("restore", backup, "--yes")).said).toContain("nothing to change");
  });

  it("a handheld joins: channels, canned messages, alarm", async () => {
    const handheld = await EmulatorProcess.start([
      "--fresh",
      "--firmware",
      firmware,
      "--seed",
      "8",
      "--clock-rate",
      "8",
    ]);
    try {
      const at = `127.0.0.1:${handheld.tcpPort()}`;
      const links = ["--url", urls[0]!, "--contact", urls[1]!];
      const { code, said } = await muster(
        "provision",
        "--handheld",
        "--port",
        at,
        ...links,
        "--language",
        "es",
        "--yes",
      );
      expect(said).toContain("Verified");
      expect(code).toBe(0);
      const read = await officially(handheld);
      expect(read.url).toBe(urls[0]);
      expect(read.canned).toBe(CANNED["es"]!.join("|"));
      expect(read.modules["external_notification"]).toMatchObject({ enabled: true, alert_bell_buzzer: true });
      const shown = JSON.parse((await muster("show", "--port", at, "--json")).answer) as { favourites: number };
      expect(shown.favourites).toBe(1);
    } finally {
      await handheld.stop();
    }
  });

  it("observe keeps what was seen, by version", async () => {
    const { code, answer } = await muster("observe", "--json");
    const { file, versions } = JSON.parse(answer) as {
      file: string;
      versions: Record<string, { handshakeMs: number }>;
    };
    expect(code).toBe(0);
    const version = Object.keys(versions).find((each) => each.startsWith(firmware))!;
    expect(versions[version]!.handshakeMs).toBeGreaterThan(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(versions);
    expect((await muster("observe", "--markdown")).answer).toContain(`## ${version}`);
  });
});

describe("while the service runs, with its radio on a pty", () => {
  let emulator: EmulatorProcess;
  let service: MusterProcess;
  let radio: string;
  beforeAll(async () => {
    const port = join(folder, "ttyBESIDE");
    emulator = await EmulatorProcess.start(["--seed", "7", "--clock-rate", "8", "--pty", port]);
    radio = emulator.ready.streams[0]!.radio;
    service = new MusterProcess({ config: { meshtastic: { connection_type: "serial", serial_port: port } } });
    await service.start();
    await service.ready();
  });
  afterAll(async () => {
    await service.remove();
    await emulator.stop();
  });

  /** As a person beside the service would. */
  const beside = (...args: string[]): Promise<Ended> => radioVerb(service.configFile, ...args);
  /** A radio that is restarting is asked again. */
  const hops = (): Promise<unknown> =>
    until("the radio to say its hop limit", async () => {
      const shown = JSON.parse((await beside("show", "--json")).answer) as { settings?: Record<string, unknown> };
      return shown.settings?.["lora.hop_limit"];
    });
  const visit = async (): Promise<RadioSession> =>
    new RadioSession((await ServiceLine.open(join(service.folder, "control.sock")))!);

  it("show, check and backup ask by way of it, and no key is shown", async () => {
    const { code, answer } = await beside("show", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(answer)).toMatchObject({ running: true, settings: { "lora.region": "EU_868" } });
    expect(answer).not.toMatch(/psk"|private/i);
    expect(JSON.parse((await beside("check", "--json")).answer)).toHaveProperty("findings");
    const { code: kept, said } = await beside("backup", join(folder, "beside.json"));
    expect([kept, said]).toEqual([0, expect.stringContaining("Kept the settings of")]);
    expect((await beside("observe")).code).toBe(0);
    const { said: busy } = await beside("show", "--port", join(folder, "ttyBESIDE"));
    expect(busy).toMatch(/is busy.*muster radio without --port/);
  });

  it("provision and restore set the radio while messages go both ways", async () => {
    const before = await hops();
    const from = emulator.ready.handhelds[0]!;
    const setting = beside("provision", "--hops", "5", "--yes");
    await emulator.say(from, "meanwhile", { to: radio });
    expect((await setting).said).toContain("Verified");
    expect(await hops()).toBe(5);
    const diagnosis = await askControl(join(service.folder, "control.sock"), "diagnosis");
    expect(diagnosis).toMatchObject({ value: { radio: { facts: { hopLimit: 5 } } } });
    const later = emulator.events.length;
    await emulator.say(from, "still there?", { to: radio });
    await emulator.event(
      (event) => event.at === "received" && event["node"] === from && String(event["text"]).startsWith("Stored"),
      { from: later },
    );
    for (const text of ["meanwhile", "still there?"])
      await until(`"${text}"`, () => service.messages().some((each) => each.text.includes(text)));
    const restored = await beside("restore", join(folder, "beside.json"), "--yes");
    expect(restored.said).toContain("Verified");
    expect(await hops()).toBe(before);
    expect(service.said).toMatch(/radio: set from the command line what=/);
  });

  it("one visitor sets it at a time; whom the service leaves alone half way is told, and the old settings are back", async () => {
    const before = await hops();
    const session = await visit();
    const order = session.order.bind(session);
    let again: Promise<void> | undefined;
    let another: unknown;
    session.order = async (each) => {
      if (each.about === "lora" && !again) {
        await order(each);
        another = await (await visit()).order(ORDER.begin()).catch(String);
        await service.stop("SIGKILL");
        again = service.start();
      }
      return order(each);
    };
    const said: string[] = [];
    const cli = { say: (text: string) => said.push(text), answer: () => undefined } as unknown as Cli;
    await expect(provisionRadio(cli, session, { handheld: false, hops: 6 }, { yes: true })).rejects.toThrow(
      "The radio restarts and has its old settings.",
    );
    expect(another).toContain("Somebody else is setting this radio");
    await again;
    await until("the radio to be back", async () => (await hops()) === before);
  });

  it("a radio that is away is told of in words", async () => {
    emulator.command({ radio, do: "unplug" });
    await until("the service to miss it", () => service.status().radio.state === "down");
    const { code, said } = await beside("show");
    expect([code, said]).toEqual([1, expect.stringMatching(/Muster runs, and its radio cannot be asked: it is down/)]);
  });
});

describe("what the radio hands over", () => {
  it("during a visit is kept for the next run", async () => {
    const emulator = await EmulatorProcess.start(["--seed", "9", "--rate-limits", "off"]);
    try {
      const meshtastic = { connection_type: "tcp", host: "127.0.0.1", port: emulator.tcpPort() };
      const own = { database: { path: join(folder, "kept.db") }, control: { socket: join(folder, "control.sock") } };
      writeFileSync(config, stringify({ meshtastic, ...own }));
      const from = emulator.ready.handhelds[0]!;
      await emulator.say(from, "help, water in the cellar", { to: emulator.ready.streams[0]!.radio });
      await until("the visit to be handed the call", async () => {
        expect((await muster("check")).code).toBe(1);
        const status = spawnSync(PROGRAM, ["--config", config, "status", "--json"], { encoding: "utf8" });
        return (JSON.parse(status.stdout) as { inbox: { waiting: number } }).inbox.waiting > 0;
      });
    } finally {
      await emulator.stop();
    }
  });
});

describe("canned messages", () => {
  it.each(Object.entries(CANNED))("%s fits into a radio", (_language, texts) => {
    expect(utf8Length(texts.join("|"))).toBeLessThanOrEqual(200);
    expect(texts.join("")).not.toContain("|");
  });
});

describe("at a terminal", () => {
  it("provision asks; neither a wrong answer nor a no changes anything, a yes does", async () => {
    const emulator = await fresh("2.7");
    const command = `${PROGRAM} --config ${config} radio provision --region EU_868`;
    const terminals: Terminal[] = [];
    const open = (more = ""): Terminal => {
      const terminal = new Terminal(`${command}${more}`);
      terminals.push(terminal);
      return terminal;
    };
    try {
      const no = open();
      await no.answer("Write this to the radio?", "perhaps");
      await no.answer('"perhaps" is neither yes nor no', "n");
      await no.sees("Nothing was changed");
      expect(await no.ended()).toBe(0);
      const stopped = open();
      await stopped.answer("Write this to the radio?", "\u0003");
      await stopped.sees("Stopped");
      expect(await stopped.ended()).toBe(1);
      expect((await muster("check")).answer).toContain("no region");
      const yes = open(" --channel Elm");
      await yes.answer("Write this to the radio?", "sí");
      await yes.sees("Verified");
      await yes.sees("https://meshtastic.org/e/#");
      expect(await yes.ended()).toBe(0);
      expect((await muster("check")).code).toBe(0);
    } finally {
      for (const terminal of terminals) terminal.kill();
      await emulator.stop();
    }
  });
});
