// muster matrix registration

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { findingText, loadConfig } from "#cli/config/config.ts";
import { newRegistration, readRegistration } from "./registration.ts";
import { Failure, UsageError, type Cli } from "#cli/verb.ts";

interface Options {
  readonly uplink?: string;
  readonly url?: string;
  readonly out?: string;
}

export function defineMatrix(command: Command, cli: Cli): void {
  command
    .command("registration")
    .description("write the appservice registration for the homeserver, or show the one that is there")
    .option("--uplink <name>", "which uplink of the config; without it the first with mode: appservice")
    .option("--url <url>", "where the homeserver reaches us; without it the uplink's listen address")
    .option("--out <file>", "the file; without it the uplink's registration_file")
    .action((options: Options) => registration(cli, options));
}

/** Writes the file unless it is there: tokens that a homeserver has read must not change under it. Prints it either way. */
function registration(cli: Cli, options: Options): void {
  const uplink = appserviceOf(cli, options);
  const file = options.out === undefined ? uplink?.file : resolve(options.out);
  const url = options.url ?? (uplink?.listen === undefined ? "http://127.0.0.1:9470" : `http://${uplink.listen}`);
  if (!URL.canParse(url)) throw new UsageError(`--url must be a URL like http://127.0.0.1:9470, not "${url}".`);
  if (file !== undefined && existsSync(file)) {
    const text = read(file);
    const known = readRegistration(text);
    if (typeof known === "string") throw new Failure(`${file} ${known}`);
    cli.say(`${file} is there already; this is it. Delete it for new tokens (the homeserver must then read it again).`);
    return cli.answer(text.trimEnd());
  }
  const text = newRegistration(url);
  if (file === undefined) cli.say("No config names a registration_file: write this into one of your choice.");
  else {
    write(file, text);
    cli.say(
      `Wrote ${file}. Name it in the homeserver's configuration (Synapse: app_service_config_files) and restart it.`,
    );
  }
  cli.answer(text.trimEnd());
}

function appserviceOf(cli: Cli, options: Options): { file?: string; listen?: string } | undefined {
  const result = loadConfig(cli.configFile, cli.environment, { registrationMayLack: true });
  if (!result.ok) {
    // Without any config there is still a registration to be had.
    if (cli.configFile === undefined && options.uplink === undefined) return undefined;
    for (const finding of result.findings) cli.say(findingText(finding));
    throw new Failure("The config has mistakes; nothing was done.", { findings: result.findings });
  }
  const uplinks = result.settings.uplinks.filter((each) => each.mode === "appservice");
  const found = options.uplink === undefined ? uplinks[0] : uplinks.find((each) => each.name === options.uplink);
  if (!found)
    throw new Failure(
      options.uplink === undefined
        ? "No uplink of the config has mode: appservice, so there is nothing to register."
        : `The config has no uplink "${options.uplink}" with mode: appservice.`,
    );
  return {
    ...(found.registrationFile === undefined ? {} : { file: found.registrationFile }),
    ...(found.listen === undefined ? {} : { listen: found.listen }),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new Failure(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}
