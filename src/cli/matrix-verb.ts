// muster matrix registration

import type { Command } from "commander";
import { Failure, type Cli } from "./verb.ts";

export function defineMatrix(command: Command, _cli: Cli): void {
  command
    .command("registration")
    .description("print the appservice registration for the homeserver")
    .action(() => {
      throw new Failure(
        "This version connects as a bot only, so there is nothing to register. Write mode: bot, with user_id and access_token_file.",
      );
    });
}
