// The doctor never eats a message: what the radio hands over while it looks is kept for the next run.

import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { MusterProcess, PROGRAM } from "#test/harness/muster.ts";
import { testSynapse, type TestSynapse } from "#test/harness/synapse.ts";
import type { CheckFinding } from "#cli/doctor/check.ts";

let synapse: TestSynapse;
beforeAll(async () => {
  synapse = await testSynapse();
}, 300_000);
afterAll(async () => synapse.stop());

it("five texts held by the radio, doctor, then run: five in Matrix", async () => {
  const maria = await synapse.person("maria");
  const bot = await synapse.person("muster");
  const street = await maria.createRoom({ invite: [bot.userId] });
  const emulator = await EmulatorProcess.start(["--handhelds", "2", "--seed", "5", "--clock-rate", "20"]);
  const muster = new MusterProcess({
    token: bot.accessToken,
    args: ["--clock-rate", "20"],
    config: {
      node: { name: "Elm Street", timezone: "UTC" },
      meshtastic: { connection_type: "tcp", host: "127.0.0.1", port: emulator.tcpPort() },
      uplinks: [
        {
          name: "street",
          homeserver: synapse.baseUrl,
          mode: "bot",
          user_id: bot.userId,
          access_token_file: "token",
          matrix_rooms: [{ id: street, meshtastic_channel: 0 }],
        },
      ],
    },
  });
  await muster.start();
  await muster.ready();
  await emulator.say(emulator.ready.handhelds[0]!, "before");
  await maria.waitForBody(street, "before");
  expect(await muster.stop()).toBe(0);

  const said = [1, 2, 3, 4, 5].map((n) => `held ${n}.`);
  for (const text of said) {
    await emulator.say(emulator.ready.handhelds[0]!, text);
  }
  const doctor = spawnSync(PROGRAM, ["--config", muster.configFile, "doctor", "--json"], { encoding: "utf8" });
  const findings = JSON.parse(doctor.stdout) as CheckFinding[];
  const of = (check: string) => findings.filter((each) => each.check === check);
  expect(of("radio")).toMatchObject([{ ok: true, finding: expect.stringContaining("ready") }]);
  expect(of("kept")).toMatchObject([{ finding: expect.stringMatching(/^([5-9]|\d\d+) arrivals/) }]);
  expect(of("uplinks")).toMatchObject([{ ok: true }]);
  expect(of("rooms")).toMatchObject([{ ok: true }]);
  expect(await maria.bodies(street)).not.toContain(said[0]);

  await muster.start();
  await maria.waitForBody(street, "held 5.");
  const shown = (await maria.bodies(street)).flatMap((body) => /held \d\./.exec(body) ?? []);
  expect(shown).toEqual(said);
  await muster.remove();
  await emulator.stop();
}, 240_000);
