// muster tree import|check|draw|list|reach: call trees.

import { readFileSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import type { Command } from "commander";
import { parse } from "yaml";
import type { Fault } from "#domain/calltree/tree.ts";
import type { TreeImported, TreeView } from "#gateway/calltree/desk.ts";
import type { ReachView } from "#gateway/calltree/self-test.ts";
import { TREE_COLUMNS } from "#wire/tree-file.ts";
import { askService } from "#cli/ask.ts";
import { answerJson, Failure, UsageError, type Cli } from "#cli/verb.ts";

interface Json {
  readonly json?: boolean;
}

export function defineTree(command: Command, cli: Cli): void {
  const guide = TREE_COLUMNS.map(([name, what, example]) => `  ${name.padEnd(12)} ${what} (${example})`).join("\n");
  command
    .command("import")
    .description("take over a call tree from a CSV or YAML file, in place of the one of that name")
    .argument("<file>", "the file; - for CSV on standard input")
    .option("--name <name>", "the tree's name; without it the file's")
    .option("--dry-run", "only check it")
    .option("--json", "print {ok, name, nodes, mistakes[], faults[]} as JSON")
    .addHelpText("after", `\nColumns, or keys of each node in YAML:\n${guide}`)
    .action((file: string, options: Json & { name?: string; dryRun?: boolean }) => importFile(cli, file, options));
  command
    .command("check")
    .description("circles, nodes that no page gets to, people who are not there, single people on whom too much hangs")
    .argument("[name]", "the tree; without it all")
    .option("--json", "print {ok, trees[]} as JSON")
    .action((name: string | undefined, options: Json) => check(cli, name, options.json === true));
  command
    .command("draw")
    .description("draw it as text, or as SVG")
    .argument("[name]", "the tree; without it the one of the zones")
    .option("--svg", "as an SVG picture")
    .option("--out <file>", "write it to this file")
    .option("--json", "print {text[], svg} as JSON")
    .action((name: string | undefined, options: Json & { svg?: boolean; out?: string }) => draw(cli, name, options));
  command
    .command("list")
    .description("which call trees there are; `zones` is built from the zones and always there")
    .option("--json", "print {trees[]} as JSON")
    .action(async (options: Json) => {
      const value = (await askService(cli, "tree list", {})) as { trees: readonly TreeView[] };
      if (options.json) return answerJson(cli, value);
      for (const { name, nodes, rings, faults } of value.trees)
        cli.answer(`${name}: ${nodes} nodes in ${rings} rings${faults > 0 ? `, ${faults} errors` : ""}`);
    });
  command
    .command("reach")
    .description("whom a page would reach today, as far as is known without asking anybody")
    .argument("[name]", "the tree; without it the one of the zones")
    .option("--json", "print {tree, good, weak[]} as JSON")
    .action((name: string | undefined, options: Json) => reach(cli, name, options.json === true));
}

function sourceOf(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (![".yaml", ".yml"].includes(extname(file))) return text;
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new Failure(`${file} is no YAML: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

async function importFile(cli: Cli, file: string, options: Json & { name?: string; dryRun?: boolean }): Promise<void> {
  const name = options.name ?? (file === "-" ? "" : basename(file, extname(file)));
  if (name === "") throw new UsageError("A tree from standard input needs --name.");
  const args = { source: sourceOf(file), name, dryRun: options.dryRun === true };
  const value = (await askService(cli, "tree import", args)) as TreeImported;
  for (const { line, column, what } of value.mistakes)
    cli.say(`line ${line}${column === undefined ? "" : `, ${column}`}: ${what}`);
  sayFaults(cli, value.name, value.faults);
  if (!value.ok) throw new Failure("Nothing was changed.", { ...value });
  if (options.json) return answerJson(cli, value);
  cli.answer(`${value.name}: ${value.nodes} nodes${options.dryRun ? " would be taken over" : ""}.`);
}

function sayFaults(cli: Cli, tree: string, faults: readonly Fault[]): void {
  for (const { node, kind, what } of faults)
    cli.say(`${kind}: ${tree}${node === undefined ? "" : ` ${node}`}: ${what}`);
}

interface Checked {
  readonly ok: boolean;
  readonly reason?: string;
  readonly trees?: readonly { readonly name: string; readonly faults: readonly Fault[] }[];
}

async function check(cli: Cli, name: string | undefined, json: boolean): Promise<void> {
  const value = (await askService(cli, "tree check", { name })) as Checked;
  for (const tree of value.trees ?? []) sayFaults(cli, tree.name, tree.faults);
  if (!value.ok) throw new Failure(value.reason ?? "A tree has errors: no page can go down it.", { ...value });
  if (json) answerJson(cli, value);
  else cli.answer(`${value.trees!.map((tree) => tree.name).join(", ")}: nothing is wrong.`);
}

async function draw(
  cli: Cli,
  name: string | undefined,
  options: Json & { svg?: boolean; out?: string },
): Promise<void> {
  const value = (await askService(cli, "tree draw", { name })) as
    | { readonly text: readonly string[]; readonly svg: string }
    | { readonly ok: false; readonly reason: string };
  if ("reason" in value) throw new Failure(value.reason, value);
  if (options.json) return answerJson(cli, value);
  const drawn = options.svg ? value.svg : value.text.join("\n");
  if (options.out === undefined) cli.answer(drawn);
  else writeFileSync(options.out, `${drawn}\n`);
}

async function reach(cli: Cli, name: string | undefined, json: boolean): Promise<void> {
  const value = (await askService(cli, "tree reach", { name })) as
    | ReachView
    | { readonly ok: false; readonly reason: string };
  if ("reason" in value) throw new Failure(value.reason, value);
  if (json) return answerJson(cli, value);
  cli.answer(`${value.tree}: ${value.good} would be reached, ${value.weak.length} are doubtful`);
  for (const { name: who, house, reach: how, lastHeard, below } of value.weak)
    cli.answer(`  ${how.padEnd(5)} ${house ?? ""} ${who}, ${below} below, last heard ${lastHeard ?? "never"}`);
}
