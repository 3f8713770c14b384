// `muster init` by somebody at a terminal who gets every question wrong first, with a radio from the factory and a real Synapse.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { makeRooms } from "#cli/init/rooms.ts";
import type { Cli } from "#cli/verb.ts";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { PROGRAM } from "#test/harness/muster.ts";
import { testSynapse, type Person, type TestSynapse } from "#test/harness/synapse.ts";
import { Terminal } from "#test/harness/terminal.ts";
import type { CheckFinding } from "#cli/doctor/check.ts";

let synapse: TestSynapse;
let anna: Person;
let emulator: EmulatorProcess;
const folder = mkdtempSync(join(tmpdir(), "muster-init-"));
const config = join(folder, "muster.yaml");
const PASSWORD_USER = "gateway";

beforeAll(async () => {
  synapse = await testSynapse();
  anna = await synapse.person("anna");
  emulator = await EmulatorProcess.start(["--fresh", "--seed", "3", "--clock-rate", "8"]);
}, 300_000);
afterAll(async () => {
  await emulator.stop();
  await synapse.stop();
  rmSync(folder, { recursive: true, force: true });
});

let terminal: Terminal | undefined;
afterEach(() => terminal?.kill());

interface Written {
  readonly node: Readonly<Record<string, unknown>>;
  readonly uplinks: readonly {
    operators_room: string;
    operators_may_show: string[];
    boards_room: string;
    matrix_rooms: { id: string; meshtastic_channel: number }[];
  }[];
}

describe("at a terminal", () => {
  it("every question's wrong answers are explained and asked again; the end is the doctor's word", async () => {
    const bot = await synapse.person(PASSWORD_USER);
    const radio = `127.0.0.1:${emulator.tcpPort()}`;
    const me = (terminal = new Terminal(`${PROGRAM} --config ${config} init --timezone UTC`));
    await me.answer("1. Where is the radio?", "");
    await me.answer("Nothing was typed", "over there!");
    await me.answer('not at "over there!"', "/dev/no-such-port");
    await me.answer("/dev/no-such-port is not there", "127.0.0.1:1");
    await me.answer("nothing listens at 127.0.0.1:1", radio);
    await me.sees("region UNSET");
    await me.answer("2. What is the street", "");
    await me.answer("A name is needed", "A very long name for a rather short street");
    await me.answer("a radio keeps 24", "Elm Street");
    await me.answer("3. Which language", "klingon");
    await me.answer("Muster speaks en", "español");
    await me.answer("4. Which region", "EU868");
    await me.answer("did you mean EU_868", "ITU1_70CM");
    await me.answer("There is no region", "eu_868");
    await me.sees("Verified:");
    await me.sees("Residents join with this link");
    await me.answer("5. Where is the Matrix homeserver?", "not an address");
    await me.answer("is no address", "http://127.0.0.1:1");
    await me.answer("cannot be reached", synapse.baseUrl);
    await me.answer("6. Which account", "gateway");
    await me.answer("begins with @", "@gateway");
    await me.answer("after a colon", bot.userId);
    await me.answer("7. Password or access token", "wrong");
    await me.answer("Neither the password nor", anna.accessToken);
    await me.answer(`an access token of ${anna.userId}`, bot.accessToken);
    await me.answer("8. Whose Matrix ids", "");
    await me.answer("Write your own Matrix id", "anna");
    await me.answer("is no user id", "@nobody-here:street.lan");
    await me.answer("knows no @nobody-here", anna.userId);
    await me.sees("Made the space");
    await me.sees(`Wrote ${config}`);
    await me.sees("All green. Start it: muster");
    expect(await me.ended()).toBe(0);
    expect(me.shown).not.toContain(bot.accessToken);
  }, 240_000);

  it("what it wrote is the radio's street, with secrets for their owner alone", () => {
    const written = parse(readFileSync(config, "utf8")) as Written;
    expect(written.node).toEqual({ name: "Elm Street", timezone: "UTC", language: "es" });
    expect(statSync(join(folder, "credentials", "token")).mode & 0o777).toBe(0o600);
    expect(written.uplinks[0]!.matrix_rooms.map((room) => room.meshtastic_channel)).toEqual([0, 1]);
    const doctor = spawnSync(PROGRAM, ["--config", config, "doctor", "--json"], { encoding: "utf8" });
    const findings = JSON.parse(doctor.stdout) as CheckFinding[];
    expect(findings.filter((each) => !each.ok)).toEqual([]);
    const hint = expect.stringMatching(/^hint: street will not tell anybody .* \(Synapse: max_event_delay_duration\)/);
    expect(findings.filter(({ check }) => check === "dead-man")).toMatchObject([{ ok: true, finding: hint }]);
  });

  it("the operator is invited into a space with the channels' rooms, the operators' room and the boards, and has power there", async () => {
    const { uplinks } = parse(readFileSync(config, "utf8")) as Written;
    const { operators_room, boards_room, matrix_rooms, operators_may_show } = uplinks[0]!;
    const sync = await anna.call("GET", "/_matrix/client/v3/sync?timeout=0");
    const invited = Object.keys((sync["rooms"] as { invite: object }).invite);
    expect(invited).toHaveLength(5);
    const rooms = [operators_room, boards_room, ...matrix_rooms.map((room) => room.id)];
    const [space] = invited.filter((room) => !rooms.includes(room));
    for (const room of invited) await anna.join(room);
    for (const room of rooms) {
      expect(await anna.state(space!, "m.space.child", room)).toMatchObject({ via: ["street.lan"] });
      expect(await anna.state(room, "m.room.power_levels")).toMatchObject({ users: { [anna.userId]: 100 } });
      expect(await anna.state(room, "m.room.encryption")).toEqual({});
    }
    expect(operators_may_show).toEqual(["addresses", "medical"]);
  });

  it("who is in the space may read the boards, and not write; the operators' room stays shut", async () => {
    const { uplinks } = parse(readFileSync(config, "utf8")) as Written;
    const { operators_room, boards_room } = uplinks[0]!;
    const ben = await synapse.person("ben");
    await expect(ben.join(boards_room)).rejects.toThrow("403");
    const { joined_rooms: joined } = await anna.call("GET", "/_matrix/client/v3/joined_rooms");
    const types = (joined as string[]).map(async (room) => (await anna.state(room, "m.room.create"))["type"]);
    const space = (joined as string[])[(await Promise.all(types)).indexOf("m.space")]!;
    await anna.invite(space, ben.userId);
    await ben.join(space);
    await ben.join(boards_room);
    await expect(ben.say(boards_room, "hello")).rejects.toThrow("M_FORBIDDEN");
    await expect(ben.join(operators_room)).rejects.toThrow("403");
  });

  it("broken off in the middle, it goes on with the rooms that it made; a stranger's name is left to the stranger", async () => {
    const bot = await synapse.person("second");
    const login = { base: synapse.baseUrl, userId: bot.userId, token: bot.accessToken };
    const heard: string[] = [];
    const cli = { say: (words: string) => void heard.push(words) } as Cli;
    const radio = { street: "Elm Street", channels: [{ index: 0, name: "Street" }] };
    await makeRooms(cli, login, { ...radio, channels: [] }, [bot.userId]);
    const first = await makeRooms(cli, login, radio, [anna.userId]);
    expect(await makeRooms(cli, login, radio, [anna.userId])).toEqual(first);
    const { joined_rooms: joined } = await bot.call("GET", "/_matrix/client/v3/joined_rooms");
    expect(joined).toHaveLength(4);
    const { room_id: theirs } = await bot.call(
      "GET",
      `/_matrix/client/v3/directory/room/${encodeURIComponent("#elm-street-operators:street.lan")}`,
    );
    expect(joined).not.toContain(theirs);
    for (const room of joined as string[])
      expect(await bot.state(room, "m.room.power_levels")).toMatchObject({ users: { [anna.userId]: 100 } });
  });

  it("a second time it does not overwrite", () => {
    const again = spawnSync(PROGRAM, ["--config", config, "init"], { encoding: "utf8", input: "" });
    expect(again.status).toBe(1);
    expect(again.stderr).toContain("is there already");
  });
});

describe("without a terminal", () => {
  it("a missing flag is named, a wrong one explained", () => {
    const file = join(folder, "flags", "muster.yaml");
    const init = (...args: string[]) =>
      spawnSync(PROGRAM, ["--config", file, "init", ...args], { encoding: "utf8", input: "" });
    expect(init().stderr).toContain("Answer with --radio");
    expect(init("--radio", "nowhere else").stderr).toContain("--radio:");
    expect(init("--timezone", "Mars/Olympus").stderr).toContain("no time zone");
    expect(init("--secret-file", join(folder, "none")).stderr).toContain("cannot be read");
    expect(existsSync(file)).toBe(false);
  });

  it("flags alone: an appservice that is registered later ends with the next step", () => {
    const file = join(folder, "later", "muster.yaml");
    const radio = `127.0.0.1:${emulator.tcpPort()}`;
    const flags = ["--radio", radio, "--name", "Elm Street", "--language", "en", "--homeserver", synapse.baseUrl];
    const args = [...flags, "--account", "appservice", "--secret-file", "later", "--set-radio", "yes"];
    const ended = spawnSync(PROGRAM, ["--config", file, "init", ...args], { encoding: "utf8" });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/Next step: The homeserver has not read our registration/);
    expect(ended.stderr).toContain("No rooms were made");
    expect(ended.stderr).toContain("app_service_config_files");
    expect(readFileSync(file, "utf8")).toContain("mode: appservice");
    expect(statSync(join(folder, "later", "credentials", "registration.yaml")).mode & 0o777).toBe(0o600);
  }, 120_000);

  it("an appservice that the homeserver knows: rooms and all green", async () => {
    const place = join(folder, "later");
    const registration = join(place, "credentials", "registration.yaml");
    const known = await testSynapse({ appservices: [registration] });
    try {
      const maria = await known.person("maria");
      const file = join(place, "muster.yaml");
      const radio = `127.0.0.1:${emulator.tcpPort()}`;
      const flags = ["--radio", radio, "--name", "Elm Street", "--language", "en", "--homeserver", known.baseUrl];
      const args = [
        ...flags,
        "--account",
        "appservice",
        "--secret-file",
        "yes",
        "--operators",
        maria.userId,
        "--force",
      ];
      const ended = spawnSync(PROGRAM, ["--config", file, "init", ...args], { encoding: "utf8" });
      expect(ended.stderr).toContain("All green");
      expect(ended.status).toBe(0);
      expect(existsSync(`${file}.before`)).toBe(true);
    } finally {
      await known.stop();
    }
  }, 240_000);
});

it("the file of a secret is read", () => {
  writeFileSync(join(folder, "secret"), "wrong\n");
  const file = join(folder, "secret-flag", "muster.yaml");
  const radio = `127.0.0.1:${emulator.tcpPort()}`;
  const flags = ["--radio", radio, "--name", "Elm Street", "--language", "en", "--homeserver", synapse.baseUrl];
  const args = [...flags, "--account", `@${PASSWORD_USER}:street.lan`, "--secret-file", join(folder, "secret")];
  const ended = spawnSync(PROGRAM, ["--config", file, "init", ...args], { encoding: "utf8" });
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain("Neither the password nor");
  expect(ended.stderr).not.toContain("wrong\n");
}, 60_000);
