// muster aid list|add|take|done|drop|match, muster skills list|import|export, muster dependencies: mutual aid and the registers.

import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import type { AidView, DependenciesView } from "#gateway/aid/desk.ts";
import { SKILL_COLUMNS, THING_COLUMNS } from "#wire/aid-csv.ts";
import type { Mistake } from "#wire/csv.ts";
import { askService } from "#cli/ask.ts";
import { outline } from "#cli/outline.ts";
import { answerJson, Failure, numberOption, UsageError, type Cli } from "#cli/verb.ts";

interface Json {
  readonly json?: boolean;
}

export function defineAid(command: Command, cli: Cli): void {
  command
    .command("list")
    .description("what is needed and offered, the most urgent first; zones and references, no houses")
    .option("--kind <kind>", "need, offer, skill or have")
    .option("--zone <number>", "only this zone", numberOption("--zone", 1, 999))
    .option("--all", "what is closed too")
    .option("--full", "with households, people and medical words")
    .option("--json", "print {items: [...]}")
    .action(async (options: { kind?: string; zone?: number; all?: boolean; full?: boolean } & Json) => {
      const value = (await askService(cli, "aid list", { ...options })) as { readonly items: readonly AidView[] };
      if (options.json) return answerJson(cli, value);
      if (value.items.length === 0) cli.say("Nothing is open.");
      for (const item of value.items) cli.answer(line(item));
    });
  command
    .command("add")
    .description("something that a household needs, offers, can do or has")
    .argument("<kind>", "need, offer, skill or have")
    .argument("<words...>", "what, how much, until when, like: water 20L till fri")
    .requiredOption("--household <number>", "whose it is")
    .option("--urgent", "before the others")
    .option("--json", "print the item as JSON")
    .action((kind: string, words: string[], options: { household: string; urgent?: boolean } & Json) =>
      changed(
        cli,
        "aid add",
        { kind, words: words.join(" "), household: options.household, urgent: options.urgent },
        options,
      ),
    );
  for (const [name, what] of Object.entries(DEEDS))
    command
      .command(name)
      .description(what)
      .argument("<reference>", "like a31")
      .option("--by <who>", "the household or person who does it")
      .option("--amount <quantity>", "so much of it, like 10L")
      .option("--json", "print the item as JSON")
      .action((reference: string, options: { by?: string; amount?: string } & Json) =>
        changed(cli, `aid ${name}`, { reference, by: options.by, amount: options.amount }, options),
      );
  command
    .command("match")
    .description("who could help, the best first")
    .argument("[reference]", "a need like a31; without it each that is open")
    .option("--json", "print {needs: [{..., suppliers: [...]}]}")
    .action(async (reference: string | undefined, options: Json) => {
      const value = (await askService(cli, "aid match", { reference })) as {
        readonly needs: readonly (AidView & { readonly suppliers: readonly AidView[] })[];
      };
      if (reference !== undefined && value.needs.length === 0) throw new Failure(`There is no ${reference}.`);
      if (options.json) return answerJson(cli, value);
      for (const need of value.needs) {
        cli.answer(line(need));
        for (const supplier of need.suppliers) cli.answer(`  ${line(supplier)}`);
      }
    });
}

const DEEDS = {
  take: "somebody does it (a need) or gets it (an offer)",
  done: "it has arrived, or is settled in another way",
  drop: "it is taken back",
} as const;

export function defineSkills(command: Command, cli: Cli): void {
  command
    .command("list")
    .description("who can do what, who has what")
    .option("--json", "print {skills: [...]}")
    .action(async (options: Json) => {
      const value = await askService(cli, "skills list", {});
      if (options.json) answerJson(cli, value);
      else for (const each of outline(value)) cli.answer(each);
    });
  command
    .command("import")
    .description("add and change skills and tools from a CSV file; nothing is removed")
    .argument("<file>", "the CSV file; - for standard input")
    .option("--dry-run", "say what would change, and change nothing")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", guide(SKILL_COLUMNS))
    .action((file: string, options: { dryRun?: boolean } & Json) =>
      imported(cli, "skills import", file, { dryRun: options.dryRun === true }, options),
    );
  command
    .command("export")
    .description("print them as CSV")
    .option("--out <file>", "write it to this file, for its owner alone")
    .option("--json", "as JSON, without the notes")
    .action(async (options: { out?: string } & Json) => {
      if (options.json) return answerJson(cli, await askService(cli, "skills list", {}));
      return exported(cli, "skills export", options.out);
    });
}

export function defineDependencies(command: Command, cli: Cli): void {
  command
    .option("--without <person>", "what would fail without them")
    .option("--import <file>", "add and change things that many share, from a CSV file")
    .option("--export", "print the things as CSV")
    .option("--json", "print {dependencies, singlePoints, without?, fails?}")
    .addHelpText("after", guide(THING_COLUMNS))
    .action(async (options: { without?: string; import?: string; export?: boolean } & Json) => {
      if (options.import !== undefined) return imported(cli, "dependencies import", options.import, {}, options);
      if (options.export) return exported(cli, "dependencies export", undefined);
      const value = (await askService(cli, "dependencies", { without: options.without })) as DependenciesView;
      if (options.json) return answerJson(cli, value);
      if (value.fails) {
        if (value.fails.length === 0) cli.answer(`Nothing fails without ${value.without ?? ""}.`);
        for (const { what, why } of value.fails) cli.answer(`${what}: ${why}`);
        return undefined;
      }
      for (const each of value.dependencies)
        cli.answer(
          `${each.name}: ${each.keeper || "nobody"}${each.deputy === "" ? ", no deputy" : `, ${each.deputy}`}`,
        );
      for (const { person, fails } of value.singlePoints)
        cli.answer(`without ${person}: ${fails.map(({ what }) => what).join(", ")}`);
      return undefined;
    });
}

function guide(columns: readonly (readonly [string, string, string])[]): string {
  return `\nColumns:\n${columns.map(([name, what, example]) => `  ${name.padEnd(16)} ${what} (${example})`).join("\n")}`;
}

function line({
  reference,
  kind,
  what,
  amount,
  unit,
  urgency,
  state,
  zone,
  origin,
  household,
  exercise,
}: AidView): string {
  const much = amount === undefined ? "" : ` ${amount}${unit === undefined ? "" : ` ${unit}`}`;
  const at = household === undefined ? (zone === undefined ? "zone ?" : `zone ${zone}`) : `house ${household}`;
  const where = origin === undefined ? at : `${at}, by ${origin}`;
  const urgent = urgency === "urgent" || urgency === "life" ? "  URGENT" : "";
  return `${exercise ? "EXERCISE " : ""}${reference}  ${kind}  ${what}${much}  ${where}  ${state}${urgent}`;
}

async function changed(cli: Cli, verb: string, args: Readonly<Record<string, unknown>>, { json }: Json): Promise<void> {
  const value = (await askService(cli, verb, args)) as { ok: boolean; reason?: string; words?: string; item?: AidView };
  const reason = (value.reason ?? "no reason was given").replace(/\.$/, "");
  if (!value.ok) throw new Failure(`Nothing was changed: ${reason}.`, value);
  if (json) answerJson(cli, value.item);
  else cli.answer(value.words ?? "");
}

async function imported(
  cli: Cli,
  verb: string,
  file: string,
  args: Readonly<Record<string, unknown>>,
  { json }: Json,
): Promise<void> {
  let csv: string;
  try {
    csv = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const outcome = (await askService(cli, verb, { csv, ...args })) as {
    ok: boolean;
    mistakes: readonly Mistake[];
    added?: number;
    changed: number;
  };
  if (json) answerJson(cli, outcome);
  for (const { line: at, column, what } of outcome.mistakes)
    cli.say(`${file}:${at} ${column === undefined ? "" : `${column}: `}${what}`);
  cli.say(outcome.ok ? `${outcome.added ?? 0} new, ${outcome.changed} changed.` : "Nothing was changed.");
  cli.finish(outcome.ok ? 0 : 1);
}

async function exported(cli: Cli, verb: string, out: string | undefined): Promise<void> {
  const { csv } = (await askService(cli, verb, {})) as { csv: string };
  if (out === undefined) return cli.answer(csv.trimEnd());
  writeFileSync(out, csv, { mode: 0o600 });
  cli.say(`Written to ${out}, readable for its owner alone.`);
}
