// muster status

import type { Command } from "commander";
import { askService } from "./ask.ts";
import { outline } from "./outline.ts";
import { answerJson, type Cli } from "./verb.ts";

export function defineStatus(command: Command, cli: Cli): void {
  command.option("--json", "print the status as JSON").action(async (options: { json?: boolean }) => {
    const value = await askService(cli, "status", {});
    if (options.json) answerJson(cli, value);
    else for (const line of outline(value)) cli.answer(line);
  });
}
