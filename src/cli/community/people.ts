// muster people import|export|list|show|bind|purge, and muster say.

import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import type { Imported } from "#gateway/people/desk.ts";
import { COLUMNS } from "#wire/people-csv.ts";
import { askService } from "#cli/ask.ts";
import { outline } from "#cli/outline.ts";
import { answerJson, Failure, numberOption, UsageError, type Cli } from "#cli/verb.ts";

export function definePeople(command: Command, cli: Cli): void {
  const guide = COLUMNS.map(([name, what, example]) => `  ${name.padEnd(16)} ${what} (${example})`).join("\n");
  command
    .command("import")
    .description("add and change households and people from a CSV file; nobody is removed")
    .argument("<file>", "the CSV file; - for standard input")
    .option("--dry-run", "say what would change, and change nothing")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", `\nColumns, the first four to start with:\n${guide}`)
    .action((file: string, options: { dryRun?: boolean; json?: boolean }) => importFile(cli, file, options));
  command
    .command("export")
    .description("print everybody as CSV, with addresses and medical words")
    .option("--out <file>", "write it to this file, for its owner alone")
    .action((options: { out?: string }) => exportFile(cli, options.out));
  command
    .command("list")
    .description("households, their members and how they stand")
    .option("--json", "print the list as JSON")
    .action((options: { json?: boolean }) => shown(cli, "people list", {}, options.json === true));
  command
    .command("show")
    .description("one household with everything that was said about it")
    .argument("<household>", "its short number")
    .option("--json", "print it as JSON")
    .action((house: string, options: { json?: boolean }) =>
      shown(cli, "people show", { house: house.toLowerCase() }, options.json === true),
    );
  command
    .command("bind")
    .description("say whose radio this is; the key it shows now is the one it is believed by")
    .argument("<radio>", "its number, like !a1b2c3d4")
    .argument("<household>", "the member's household")
    .option("--name <name>", "the member, where the household has several")
    .option("--key <hex>", "the radio's public key, if it has not been heard yet")
    .option("--json", "print the outcome as JSON")
    .action((radio: string, house: string, options: { name?: string; key?: string; json?: boolean }) =>
      changed(
        cli,
        "people bind",
        { radio, house: house.toLowerCase(), name: options.name, key: options.key },
        options.json === true,
      ),
    );
  command
    .command("purge")
    .description("forget for good: a household, an event, or what was said long ago")
    .option("--household <number>", "this household, its people, radios and all that they said")
    .option(
      "--older-than <days>",
      "what was said about anybody more than so many days ago",
      numberOption("--older-than", 0),
    )
    .option(
      "--event <number>",
      "this event, its roll calls and all that was said meanwhile",
      numberOption("--event", 1),
    )
    .option("--retention", "all that is older than the config's retention")
    .option("--force", "even if a call for help is still open")
    .option("--json", "print the outcome as JSON")
    .action((options: PurgeOptions) => {
      const { household, olderThan, event, retention, force } = options;
      if ([household, olderThan, event, retention].filter((given) => given !== undefined).length !== 1)
        throw new UsageError("Say one of --household, --event, --older-than and --retention.");
      const args = { house: household?.toLowerCase(), olderThanDays: olderThan, event, retention, force };
      return changed(cli, "people purge", args, options.json === true);
    });
}

interface PurgeOptions {
  readonly household?: string;
  readonly olderThan?: number;
  readonly event?: number;
  readonly retention?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function defineSay(command: Command, cli: Cli): void {
  command
    .argument("<text...>", "what is said, as a direct message to the gateway")
    .requiredOption("--as <radio>", "the radio that says it, like !a1b2c3d4")
    .option("--json", "print {kind, urgency, household?, people?, reference?, reply, reachesHuman}")
    .action(async (words: string[], options: { as: string; json?: boolean }) => {
      const value = (await askService(cli, "say", { as: options.as, text: words.join(" ") })) as { error?: string };
      if (value.error !== undefined) throw new UsageError(value.error);
      print(cli, value, options.json === true);
    });
}

async function importFile(cli: Cli, file: string, options: { dryRun?: boolean; json?: boolean }): Promise<void> {
  let csv: string;
  try {
    csv = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const outcome = (await askService(cli, "people import", { csv, dryRun: options.dryRun === true })) as Imported;
  if (options.json) answerJson(cli, outcome);
  for (const { line, column, what } of outcome.mistakes)
    cli.say(`${file}:${line} ${column === undefined ? "" : `${column}: `}${what}`);
  const { households, members, radios } = outcome;
  cli.say(
    outcome.ok
      ? `${outcome.dryRun ? "Would be" : "Done"}: households ${households.added} new, ${households.changed} changed; ` +
          `people ${members.added} new, ${members.changed} changed; radios bound ${radios}.`
      : `${outcome.mistakes.length} mistake${outcome.mistakes.length === 1 ? "" : "s"}; nothing was changed.`,
  );
  cli.finish(outcome.ok ? 0 : 1);
}

async function exportFile(cli: Cli, out: string | undefined): Promise<void> {
  const { csv } = (await askService(cli, "people export", {})) as { csv: string };
  if (out === undefined) return cli.answer(csv.trimEnd());
  writeFileSync(out, csv, { mode: 0o600 });
  cli.say(`Written to ${out}, readable for its owner alone.`);
}

async function shown(cli: Cli, verb: string, args: Readonly<Record<string, unknown>>, json: boolean): Promise<void> {
  const value = await askService(cli, verb, args);
  if ((value as { found?: boolean } | null)?.found === false) throw new Failure("No such household is known.");
  print(cli, value, json);
}

async function changed(cli: Cli, verb: string, args: Readonly<Record<string, unknown>>, json: boolean): Promise<void> {
  const value = (await askService(cli, verb, args)) as { ok: boolean; reason?: string };
  if (!value.ok) throw new Failure(`Nothing was changed: ${value.reason ?? "no reason was given"}.`, value);
  print(cli, value, json);
}

function print(cli: Cli, value: unknown, json: boolean): void {
  if (json) answerJson(cli, value);
  else for (const line of outline(value)) cli.answer(line);
}
