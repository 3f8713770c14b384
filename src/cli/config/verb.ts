// muster config check|example|import-mmrelay

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { wallClock } from "#base/clock.ts";
import { matrixPlace } from "#gateway/turn.ts";
import { addMapped, readMmrelayMap } from "#store/mmrelay-map.ts";
import { openStore } from "#store/open.ts";
import { findingText, loadConfig, parseConfig, type ConfigResult } from "./config.ts";
import { exampleConfig } from "./example.ts";
import { importMmrelay } from "./import-mmrelay.ts";
import { answerJson, Failure, type Cli } from "#cli/verb.ts";

export function defineConfig(command: Command, cli: Cli): void {
  command
    .command("check")
    .description("say everything that is wrong with a config file")
    .argument("[file]", "default: the file that `muster run` would take")
    .option("--json", "print {ok, file, findings} as JSON")
    .action((file: string | undefined, options: { json?: boolean }) => check(cli, file, options.json === true));
  command
    .command("example")
    .description("print a complete config file with the defaults")
    .action(() => cli.answer(exampleConfig().trimEnd()));
  command
    .command("import-mmrelay")
    .description("turn a config of mmrelay into one of ours")
    .argument("<file>", "mmrelay's config.yaml")
    .option("--credentials <file>", "mmrelay's credentials.json; without it the one beside the config, if there is one")
    .option("--token-file <file>", "where to put the access token, if there is one; default: beside mmrelay's config")
    .option("--message-map <file>", "mmrelay's database (meshtastic.sqlite): its message map is taken over")
    .option("--database <file>", "our database for the message map; default: the one that `muster run` would take")
    .action((file: string, options: ImportOptions) => importConfig(cli, file, options));
}

interface ImportOptions {
  readonly credentials?: string;
  readonly tokenFile?: string;
  readonly messageMap?: string;
  readonly database?: string;
}

/** Our config on standard output, what a person has to know on standard error. */
function importConfig(cli: Cli, file: string, options: ImportOptions): void {
  const folder = dirname(resolve(file));
  const beside = join(folder, "credentials.json");
  const credentials = options.credentials ?? (existsSync(beside) ? beside : undefined);
  const tokenFile = resolve(options.tokenFile ?? join(folder, "muster-token"));
  const imported = importMmrelay(textOf(file), credentials === undefined ? {} : jsonOf(credentials), tokenFile);
  if (typeof imported === "string") throw new Failure(`${file} ${imported}`);
  if (imported.token !== undefined) {
    writeFileSync(tokenFile, `${imported.token}\n`, { mode: 0o600 });
    cli.say(`The access token was written to ${tokenFile}.`);
  }
  for (const note of imported.notes) cli.say(note);
  const result = parseConfig(imported.yaml, "the imported config", cli.environment);
  for (const finding of result.findings) cli.say(findingText(finding));
  if (options.messageMap !== undefined) importMap(cli, options.messageMap, options.database, result);
  else if (imported.database !== undefined)
    cli.say(`mmrelay's message map: --message-map ${imported.database} takes it over.`);
  cli.answer(imported.yaml.trimEnd());
}

function importMap(cli: Cli, file: string, database: string | undefined, config: ConfigResult): void {
  const messages = readMmrelayMap(file);
  if (typeof messages === "string") throw new Failure(`${file} ${messages}`);
  const path = database ?? (config.ok ? config.settings.database.path : undefined);
  if (path === undefined) throw new Failure("--message-map needs --database FILE while the config has mistakes.");
  const rooms = config.ok ? config.settings.uplinks.flatMap((uplink) => uplink.matrixRooms) : [];
  // An alias cannot be resolved from here; where there is one room, it is that one.
  const only = rooms.length === 1 ? rooms[0]!.id : undefined;
  const store = openStore(path);
  try {
    const place = (room: string): string => matrixPlace("matrix", only ?? room);
    cli.say(`${addMapped(store, messages, place, wallClock.now())} messages of mmrelay's map were taken over.`);
  } finally {
    store.close();
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function jsonOf(file: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(textOf(file)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${file} is not JSON.`);
  }
}

function check(cli: Cli, file: string | undefined, json: boolean): void {
  const result = loadConfig(file ?? cli.configFile, cli.environment);
  const errors = result.findings.filter((finding) => finding.severity === "error").length;
  if (json) answerJson(cli, { ok: result.ok, file: result.file, findings: result.findings });
  for (const finding of result.findings) cli.say(findingText(finding));
  cli.say(
    result.ok ? `${result.file} is fine.` : `${result.file} has ${errors === 1 ? "1 mistake" : `${errors} mistakes`}.`,
  );
  cli.finish(result.ok ? 0 : 1);
}
