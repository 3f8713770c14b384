// muster config check|example|import-mmrelay

import type { Command } from "commander";
import { findingText, loadConfig } from "./config.ts";
import { exampleConfig } from "./config-example.ts";
import { answerJson, Failure, type Cli } from "./verb.ts";

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
    .action(() => {
      throw new Failure(
        "This version cannot import mmrelay's config yet. Start from `muster config example`: matrix_rooms, meshtastic_channel and prefix_format mean the same there.",
      );
    });
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
