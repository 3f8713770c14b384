// A question to the gateway: to the running service over its control socket, or, when none runs, to its database.

import type { ControlAnswer } from "./service/control.ts";
import { askControl } from "./service/control.ts";
import { answerOffline } from "./offline.ts";
import { Failure, needSettings, type Cli } from "./verb.ts";

/** The answer's JSON value; throws `Failure` when there is none. */
export async function askService(cli: Cli, verb: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { settings } = needSettings(cli);
  const answer: ControlAnswer = await askControl(settings.control.socket, verb, args);
  if (answer.is === "answered") return answer.value;
  if (answer.is === "refused") throw new Failure(answer.error);
  cli.say("Muster is not running; this is what its database holds.");
  return answerOffline(settings, verb, args);
}
