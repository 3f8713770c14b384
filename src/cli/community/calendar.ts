// muster calendar import|list|attend|export: trainings and drills.

import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { askService } from "#cli/ask.ts";
import { outline } from "#cli/outline.ts";
import { answerJson, Failure, type Cli } from "#cli/verb.ts";

export function defineCalendar(command: Command, cli: Cli): void {
  command
    .command("import")
    .description("add and change dates from an iCalendar file; called off is what the file says is cancelled")
    .argument("<file>", "the .ics file; - for standard input")
    .option("--json", "print {ok, added, changed, same}")
    .action((file: string, options: { json?: boolean }) => importFile(cli, file, options.json === true));
  command
    .command("list")
    .description("trainings ahead, who signed up, and who has which training")
    .option("--all", "those that are over, too")
    .option("--json", "print {trainings: [...], trained: [{name, skill, at}]}")
    .action(async (options: { all?: boolean; json?: boolean }) =>
      print(cli, await askService(cli, "calendar list", { all: options.all === true }), options.json === true),
    );
  command
    .command("attend")
    .description("record that somebody was there; a training with a skill gives it to them")
    .argument("<training>", "like t3")
    .argument("<name...>", "the person")
    .option("--absent", "was signed up and did not come")
    .option("--json", "print {ok, training, name, skill, registered}")
    .action(async (training: string, name: string[], options: { absent?: boolean; json?: boolean }) => {
      const args = { training, name: name.join(" "), absent: options.absent === true };
      print(cli, done(await askService(cli, "calendar attend", args)), options.json === true);
    });
  command
    .command("export")
    .description("print all dates as an iCalendar file, without people")
    .option("--out <file>", "write it to this file")
    .action(async (options: { out?: string }) => {
      const { ics } = (await askService(cli, "calendar export", {})) as { ics: string };
      if (options.out === undefined) cli.answer(ics.trimEnd());
      else writeFileSync(options.out, ics);
    });
}

async function importFile(cli: Cli, file: string, json: boolean): Promise<void> {
  let ics: string;
  try {
    ics = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  print(cli, done(await askService(cli, "calendar import", { ics })), json);
}

function done(value: unknown): unknown {
  const outcome = value as { readonly ok: boolean; readonly reason?: string };
  if (!outcome.ok)
    throw new Failure(`Nothing was changed: ${outcome.reason ?? "no reason was given"}.`, { ...outcome });
  return value;
}

function print(cli: Cli, value: unknown, json: boolean): void {
  if (json) answerJson(cli, value);
  else for (const line of outline(value)) cli.answer(line);
}
