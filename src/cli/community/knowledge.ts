// muster knowledge import|check|publish|search: what the neighbourhood wrote down.

import type { Command } from "commander";
import { wallClock } from "#base/clock.ts";
import type { ImportedKnowledge } from "#gateway/knowledge/desk.ts";
import { clockSure } from "#gateway/turn.ts";
import { checkFolder, type Finding } from "#wire/procedures.ts";
import type { ShareOutcome } from "#gateway/knowledge/share.ts";
import { askService } from "#cli/ask.ts";
import { askControl } from "#cli/service/control.ts";
import { readFolder } from "./folder.ts";
import { answerJson, Failure, needSettings, UsageError, type Cli } from "#cli/verb.ts";

export function defineKnowledge(command: Command, cli: Cli): void {
  command
    .command("import")
    .description("take in a folder of procedures as a whole; what is not in it any more is gone")
    .argument("[folder]", "Markdown files like water.en.md; default knowledge.folder of the config")
    .option("--dry-run", "say what is wrong, and change nothing")
    .option("--json", "print the outcome as JSON")
    .action((folder: string | undefined, options: { dryRun?: boolean; json?: boolean }) =>
      importFolder(cli, folder, options),
    );
  command
    .command("check")
    .description("look for what is wrong in a folder of procedures; needs no running gateway")
    .argument("[folder]", "default knowledge.folder of the config")
    .option("--json", "print {ok, procedures, languages, findings: [{file, severity, what}]}")
    .action((folder: string | undefined, options: { json?: boolean }) => check(cli, folder, options.json === true));
  command
    .command("publish")
    .description("bring the folder in step with the shared one (knowledge.webdav_url) now, and publish the pages there")
    .option("--json", "print {ok, uploaded, downloaded, news, trouble}")
    .action((options: { json?: boolean }) => publish(cli, options.json === true));
  command
    .command("search")
    .description("what somebody who asks with these words would be given, best first")
    .argument("<words...>")
    .option("--language <code>", "in this language where there is one")
    .option("--json", "print {found: [{slug, language, name, title, summary, reviewed, audience}]}")
    .action((words: string[], options: { language?: string; json?: boolean }) => search(cli, words, options));
}

function folderOr(cli: Cli, folder: string | undefined): string {
  const configured = folder ?? needSettings(cli).settings.knowledge.folder;
  if (configured === "") throw new UsageError("Name a folder, or set knowledge.folder in the config.");
  return configured;
}

async function importFolder(
  cli: Cli,
  folder: string | undefined,
  options: { dryRun?: boolean; json?: boolean },
): Promise<void> {
  const files = readFolder(folderOr(cli, folder));
  const value = (await askService(cli, "knowledge import", {
    files,
    dryRun: options.dryRun === true,
  })) as ImportedKnowledge;
  if (options.json) answerJson(cli, value);
  sayFindings(cli, value.findings);
  cli.say(
    value.ok
      ? `${value.procedures} procedures in ${value.languages.join(", ") || "no language"}; pages ${value.added} new, ${value.changed} changed, ${value.removed} gone.`
      : "Nothing was changed.",
  );
  cli.finish(value.ok ? 0 : 1);
}

function check(cli: Cli, folder: string | undefined, json: boolean): void {
  const wall = wallClock.wall();
  const { procedures, findings } = checkFolder(readFolder(folderOr(cli, folder)), clockSure(wall) ? wall : undefined);
  const ok = !findings.some(({ severity }) => severity === "error");
  const languages = [...new Set(procedures.map(({ language }) => language))].toSorted();
  const count = new Set(procedures.map(({ slug }) => slug)).size;
  if (json) answerJson(cli, { ok, procedures: count, languages, findings });
  sayFindings(cli, findings);
  cli.say(`${count} procedures in ${languages.join(", ") || "no language"}: ${ok ? "all well" : "not good yet"}.`);
  cli.finish(ok ? 0 : 1);
}

function sayFindings(cli: Cli, findings: readonly Finding[]): void {
  for (const { file, severity, what } of findings)
    cli.say(`${file}: ${severity === "warning" ? "(warning) " : ""}${what}`);
}

async function publish(cli: Cli, json: boolean): Promise<void> {
  const { settings } = needSettings(cli);
  if (settings.knowledge.webdavUrl === "") throw new UsageError("Set knowledge.webdav_url in the config.");
  const answer = await askControl(settings.control.socket, "knowledge publish", {}, LONGEST_ROUND);
  if (answer.is !== "answered")
    throw new Failure(
      answer.is === "refused" ? answer.error : "Muster is not running: only the running service publishes.",
    );
  const { uploaded, downloaded, news, trouble } = answer.value as ShareOutcome;
  const ok = trouble === undefined;
  if (json) answerJson(cli, { ok, uploaded, downloaded, news, trouble: trouble ?? null });
  for (const line of news) cli.say(line);
  cli.say(ok ? `In step: ${uploaded} uploaded, ${downloaded} downloaded.` : `Not in step: ${trouble}.`);
  cli.finish(ok ? 0 : 1);
}

/** A slow server and many files. */
const LONGEST_ROUND = 120_000;

interface Found {
  readonly found: readonly {
    readonly slug: string;
    readonly name: string;
    readonly title: string;
    readonly summary: string;
  }[];
}

async function search(
  cli: Cli,
  words: readonly string[],
  options: { language?: string; json?: boolean },
): Promise<void> {
  const value = (await askService(cli, "knowledge search", {
    words: words.join(" "),
    language: options.language,
  })) as Found;
  if (options.json) answerJson(cli, value);
  else for (const { name, title, summary } of value.found) cli.answer(`${name}: ${title}\n  ${summary}`);
  if (value.found.length > 0) return;
  cli.say("Nothing about that.");
  cli.finish(1);
}
