// muster call list|close and muster house who|silent|set: what coordinators do in their room, on the machine itself.

import type { Command } from "commander";
import { askService } from "#cli/ask.ts";
import { answerJson, Failure, numberOption, type Cli } from "#cli/verb.ts";

interface Json {
  readonly json?: boolean;
}

export function defineCall(command: Command, cli: Cli): void {
  command
    .command("list")
    .description("calls for help that are open, the oldest first")
    .option("--json", "print {ok, words}")
    .action((options: Json) => ask(cli, "call list", {}, options));
  command
    .command("close")
    .description("close a call for help; the resident is told by radio")
    .argument("<call>", "its reference, like k7, or the household")
    .argument("<reason...>", "why it may be closed: kept")
    .option("--json", "print {ok, words}")
    .action((call: string, reason: string[], options: Json) =>
      ask(cli, "call close", { call, reason: reason.join(" ") }, options),
    );
}

export function defineHouse(command: Command, cli: Cli): void {
  command
    .command("who")
    .description("a household: its people, and who said what about it")
    .argument("<household>", "its short number")
    .option("--json", "print {ok, words}")
    .action((house: string, options: Json) => ask(cli, "house who", { house }, options));
  command
    .command("silent")
    .description("households that nothing was heard of, by zone")
    .option("--zone <number>", "only this zone", numberOption("--zone", 1))
    .option("--json", "print {ok, words}")
    .action((options: Json & { zone?: number }) => ask(cli, "house silent", { zone: options.zone }, options));
  command
    .command("set")
    .description("how a household stands, and how you know: 14 ok seen at school")
    .argument("<words...>", "household, one of ok need urgent evacuated silent, and a note")
    .option("--json", "print {ok, words}")
    .action((words: string[], options: Json) => ask(cli, "house set", { words: words.join(" ") }, options));
}

async function ask(cli: Cli, verb: string, args: Readonly<Record<string, unknown>>, { json }: Json): Promise<void> {
  const value = (await askService(cli, verb, args)) as { ok: boolean; words?: string; reason?: string };
  if (!value.ok) throw new Failure(value.reason ?? "Nothing was changed.", value);
  if (json) answerJson(cli, value);
  else cli.answer(value.words ?? "");
}
