// Rehearsals: every scenario can be read and lived, a seed decides everything, each deed does what it says, and the verb and
// the report show it. The report is opened in a real browser: Debian's chromium.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { loadScenario } from "#cli/emulate/simulate.ts";
import { muster } from "#cli/muster.ts";
import { reportPage } from "#sim/report.ts";
import type { Scenario, ScenarioEvent } from "#sim/scenario.ts";
import { readDuration, readScenario } from "#sim/scenario.ts";
import type { Result } from "#sim/simulation.ts";
import { BEGIN, Simulation } from "#sim/simulation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NAMES = readdirSync(new URL("../../scenarios/", import.meta.url)).map((file) => file.replace(/\.yaml$/, ""));
const folder = mkdtempSync(join(tmpdir(), "muster-simulate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("scenarios", () => {
  it.each(NAMES)("%s can be read and lived", (name) => {
    const scenario = loadScenario(name);
    expect(scenario.name).not.toBe("");
    const minutes = scenario.households > 200 ? 3 : 20;
    const result = new Simulation(scenario, 3).run(minutes * MINUTE).result();
    expect(result.simulatedSeconds).toBe(minutes * 60);
    expect(result.nodes).toBeGreaterThan(scenario.households);
    expect(result.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it("are read strictly", () => {
    const good = { name: "x", length: "1h", households: 3, width: 100, depth: 50, gateway: { x: 1, y: 2 } };
    expect(readScenario(good)).toMatchObject({
      ok: true,
      value: { length: HOUR, preset: "LONG_FAST", region: "EU_868" },
    });
    const wrong = {
      ...good,
      housholds: 4,
      preset: "LONGFAST",
      people: { per_day: -1 },
      events: [{ at: "soon", do: "rain" }],
    };
    const refused = readScenario(wrong);
    expect(refused.ok).toBe(false);
    for (const word of ["housholds", "preset", "people.per_day", "events[0].at", "events[0].do"]) {
      expect(!refused.ok && refused.refusal).toContain(word);
    }
    expect(readScenario("x").ok).toBe(false);
    expect(["90s", "30m", "6h", "5d", "1.5h", "5", "h"].map(readDuration)).toEqual([
      90_000,
      1_800_000,
      21_600_000,
      432_000_000,
      5_400_000,
      undefined,
      undefined,
    ]);
  });
});

it("the same seed gives the same run to the last byte, another seed another", () => {
  const scenario = loadScenario("neighbourhood-60-earthquake");
  const run = (seed: number): Result => new Simulation(scenario, seed).run(65 * MINUTE).result();
  const first = run(5);
  expect(run(5)).toEqual(first);
  expect(run(6).digest).not.toBe(first.digest);
  // The ground shakes: people talk, and the gateway hears and answers them.
  expect(first.toGateway.said).toBeGreaterThan(30);
  expect(first.toGateway.arrived).toBeGreaterThan(first.toGateway.said * 0.8);
  expect(first.airtimeSeconds.gateway).toBeGreaterThan(1);
});

describe("deeds", () => {
  const calm: Scenario = { ...loadScenario("street-12-calm"), length: HOUR, events: [] };
  const quiet = { ...calm.people, perDay: 0 };

  function after(event: Partial<ScenarioEvent>, minutes: number, more: Partial<Scenario> = {}): Simulation {
    const full: ScenarioEvent = { at: MINUTE, do: "ask", lasts: 30 * MINUTE, share: 1, amount: 0, text: "", ...event };
    return new Simulation({ ...calm, people: quiet, events: [full], ...more }, 2).run(minutes * MINUTE);
  }

  it("ask: residents read it and answer", () => {
    // A router hears it too, but nobody reads it there.
    const router = { x: 110, y: 20, height: 30 };
    const result = after({ do: "ask", text: "Is everybody all right?" }, 30, { routers: [router] }).result();
    expect(result.toResidents).toMatchObject({ said: 12, arrived: 12 });
    expect(result.toGateway.said).toBeGreaterThan(4);
    expect(result.toGateway.arrived).toBeGreaterThan(4);
  });

  it("talk: for help, most of all", () => {
    const result = after({ do: "talk", amount: 10 }, 30).result();
    expect(result.toGateway.said).toBeGreaterThan(30);
    expect(result.distress.said).toBeGreaterThan(5);
    expect(result.airtimeSeconds.distress).toBeGreaterThan(3);
  });

  it("noise: nobody understands anything, until it is over", () => {
    const loud = after({ do: "noise", amount: 150 }, 29);
    const { weak } = loud.result().receptions;
    expect(weak).toBeGreaterThan(0);
    const heard = loud.result().receptions.heard;
    loud.run(HOUR);
    expect(loud.result().receptions.heard).toBeGreaterThan(heard);
  });

  it("fail: radios die and return", () => {
    const failed = after({ do: "fail" }, 20);
    expect(failed.cast.households.filter(({ node }) => node.powered)).toHaveLength(0);
    failed.run(40 * MINUTE);
    expect(failed.cast.households.filter(({ node }) => node.powered)).toHaveLength(12);
  });

  it("split: the east hears no west, for a while", () => {
    const split = after({ do: "split" }, 10);
    const { links } = split.street.physical!;
    const stations = split.cast.households.map(({ node }) => node.station);
    const cut = (): number =>
      stations.flatMap((a) => stations.filter((b) => a !== b && links.level(a, b) < links.sensitivity)).length;
    expect(cut()).toBeGreaterThan(50);
    split.run(40 * MINUTE);
    expect(cut()).toBe(0);
  });

  it("walk: they are elsewhere afterwards", () => {
    const { cast, street } = after({ do: "walk", amount: 60 }, 20);
    const before = new Simulation({ ...calm, people: quiet }, 2);
    const placeOf = (air: typeof street, index: number) =>
      air.physical!.links.place(cast.households[index]!.node.station);
    for (const index of cast.households.keys())
      expect(placeOf(street, index)).not.toEqual(placeOf(before.street, index));
  });

  it("flood: a stranger takes the channel", () => {
    const result = after({ do: "flood", amount: 5 }, 30).result();
    expect(result.airtimeSeconds.stranger).toBeGreaterThan(300);
    expect(result.utilisation.peak).toBeGreaterThan(50);
  });
});

describe("the verb", () => {
  async function say(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ["", ""];
    const stdout = (text: string): void => void (out += text);
    const stderr = (text: string): void => void (err += text);
    const code = await muster(argv, { stdout, stderr, environment: {} });
    return { code, out, err };
  }

  it("answers in words and in JSON, with another preset and firmware", async () => {
    const words = await say("simulate", "street-12-calm", "--seed", "4", "--until", "30m");
    expect(words).toMatchObject({ code: 0, out: expect.stringContaining("times faster than life") });
    const options = ["--seed", "4", "--until", "30m", "--preset", "medium_fast", "--firmware", "2.8", "--json"];
    const json = await say("simulate", "street-12-calm", ...options);
    expect(JSON.parse(json.out)).toMatchObject({
      seed: 4,
      nodes: 13,
      preset: "MEDIUM_FAST",
      firmware: "2.8",
      simulatedSeconds: 1800,
    });
  });

  it("says what is wrong", async () => {
    expect(await say("simulate", "no-such-place")).toMatchObject({ code: 1 });
    expect(await say("simulate", "street-12-calm", "--until", "soon")).toMatchObject({ code: 2 });
    expect(await say("simulate", "street-12-calm", "--preset", "FASTEST")).toMatchObject({ code: 2 });
    const file = join(folder, "typo.yaml");
    writeFileSync(file, "name: x\nhousehold: 3\n");
    expect(await say("simulate", file)).toMatchObject({
      code: 1,
      err: expect.stringContaining("household means nothing"),
    });
  });

  it("--realtime opens the gateway's radio on TCP, and lives so long", async () => {
    const options = ["--realtime", "--clock-rate", "1000", "--until", "10m", "--seed", "2"];
    const { code, out } = await say("simulate", "street-12-calm", ...options);
    expect(code).toBe(0);
    const ready: unknown = JSON.parse(out.split("\n")[0]!);
    expect(ready).toMatchObject({ at: "ready", listen: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
  });
});

it("the report opens in a browser, shows map and curves, and its console stays empty", async () => {
  const event = { lasts: 10 * MINUTE, share: 1, amount: 0, text: "" };
  const scenario: Scenario = {
    ...loadScenario("street-12-calm"),
    name: "A <b>name</b> & more",
    length: 40 * MINUTE,
    events: [
      { ...event, at: 2 * MINUTE, do: "ask", text: "Is everybody all right?" },
      { ...event, at: 15 * MINUTE, do: "talk", amount: 10 },
    ],
  };
  const simulation = new Simulation(scenario, 1).run(scenario.length);
  const file = join(folder, "report.html");
  writeFileSync(file, reportPage(simulation));
  const page = readFileSync(file, "utf8");
  expect(page).not.toMatch(/https?:|src=|@import|url\(/);
  const profile = `--user-data-dir=${join(folder, "profile")}`;
  const options = ["--headless", "--no-sandbox", "--disable-gpu", profile, "--enable-logging=stderr", "--v=0"];
  const opened = await promisify(execFile)("chromium", [...options, "--dump-dom", `file://${file}`], {
    timeout: 50_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(opened.stderr.split("\n").filter((line) => /CONSOLE/.test(line))).toEqual([]);
  const dom = opened.stdout;
  // The script has run and found every radio on the map.
  expect(dom).toContain(`data-ready="${simulation.street.nodes().length}"`);
  for (const id of ["map", "airtime", "heard", "delivery", "figures"]) expect(dom).toContain(`<section id="${id}">`);
  const curves = dom.slice(dom.indexOf('<section id="delivery">')).match(/<polyline [^>]*points="([^"]+)"/g) ?? [];
  expect(curves).toHaveLength(3);
  expect(dom).toContain("A &lt;b&gt;name&lt;/b&gt; &amp; more");
  expect(simulation.now).toBe(BEGIN + scenario.length);
});
