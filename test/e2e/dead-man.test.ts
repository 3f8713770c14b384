// The dead-man's switch at a real Synapse: a gateway process that is stopped in order, started again, killed, and comes back.

import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MusterProcess, PROGRAM } from "#test/harness/muster.ts";
import { testSynapse, until, type Person, type TestSynapse } from "#test/harness/synapse.ts";
import type { CheckFinding } from "#cli/doctor/check.ts";

let synapse: TestSynapse;
beforeAll(async () => {
  synapse = await testSynapse({ extraConfig: { max_event_delay_duration: "24h" } });
}, 300_000);
afterAll(async () => synapse.stop());

/** Longer than the test; and short enough to wait for, with a margin for a machine with much else to do. */
const LONG = 60;
const SHORT = 0.1;

interface Held {
  readonly delay_id: string;
  readonly delay: number;
  readonly running_since: number;
  readonly content: { readonly body: string };
}

async function heldFor(bot: Person): Promise<readonly Held[]> {
  const answer = await bot.call("GET", "/_matrix/client/unstable/org.matrix.msc4140/delayed_events");
  return answer["delayed_events"] as readonly Held[];
}

/** The one message that is held back, once it is one, and `fits`. */
function theHeld(bot: Person, what: string, fits: (held: Held) => boolean): Promise<Held> {
  return until(what, async () => {
    const held = await heldFor(bot);
    return held.length === 1 && fits(held[0]!) ? held[0] : undefined;
  });
}

it("stopped in order, restarted, killed: the operators read it once, and that the gateway is back", async () => {
  const maria = await synapse.person("maria");
  const bot = await synapse.person("muster");
  const operators = await maria.createRoom({ invite: [bot.userId] });
  await bot.join(operators);
  const config = (minutes: number): Readonly<Record<string, unknown>> => ({
    node: { name: "Elm Street", timezone: "UTC" },
    meshtastic: { connection_type: "tcp", host: "127.0.0.1", port: 1 },
    notices: { dead_man_minutes: minutes },
    uplinks: [
      {
        name: "street",
        homeserver: synapse.baseUrl,
        mode: "bot",
        user_id: bot.userId,
        access_token_file: "token",
        operators_room: operators,
      },
    ],
  });
  const muster = new MusterProcess({ token: bot.accessToken, config: config(LONG) });
  const said = async (): Promise<string[]> =>
    (await maria.bodies(operators)).filter((body) => body.includes("Elm Street"));
  const isAlarm = ({ content }: Held): boolean => content.body.includes("has not been heard of");

  await muster.start();
  await theHeld(bot, "an alarm held back", isAlarm);
  const doctor = spawnSync(PROGRAM, ["--config", muster.configFile, "doctor", "--json"], { encoding: "utf8" });
  const findings = JSON.parse(doctor.stdout) as CheckFinding[];
  expect(findings.filter(({ check }) => check === "dead-man")).toMatchObject([
    { ok: true, finding: "street tells operators when this gateway is silent for 60 minutes" },
  ]);
  await muster.stop();
  await theHeld(bot, "the words of a clean stop", ({ content }) => content.body.includes("was stopped in order"));

  muster.configure(config(SHORT));
  await muster.start();
  const short = await theHeld(bot, "an alarm of the new time", (held) => isAlarm(held) && held.delay === 6000);
  await theHeld(
    bot,
    "the same one, put off",
    (held) => held.delay_id === short.delay_id && held.running_since > short.running_since,
  );
  expect(await said()).toEqual([]);

  await muster.stop("SIGKILL");
  const alarm = expect.stringContaining("has not been heard of for 0.1 minutes");
  await until("the alarm", async () => (await said()).length > 0);
  expect(await said()).toEqual([alarm]);
  expect(await heldFor(bot)).toEqual([]);

  muster.configure(config(LONG));
  await muster.start();
  await theHeld(bot, "an alarm again", isAlarm);
  expect(await said()).toEqual([alarm, "Elm Street: the gateway is back."]);
  await muster.remove();
}, 120_000);
