// muster services: how the services that the neighbourhood shares are.

import type { Command } from "commander";
import { isoTime } from "#base/calendar.ts";
import type { ServiceView } from "#gateway/knowledge/services.ts";
import { askService } from "#cli/ask.ts";
import { answerJson, type Cli } from "#cli/verb.ts";

export function defineServices(command: Command, cli: Cli): void {
  command
    .option("--json", "print {services: [{name, state, reason, owner, deputy, check, since, checkedAt}]}")
    .action(async (options: { json?: boolean }) => {
      const { services } = (await askService(cli, "services", {})) as { services: readonly ServiceView[] };
      const shown = services.map((each) => ({ ...each, since: iso(each.since), checkedAt: iso(each.checkedAt) }));
      if (options.json) answerJson(cli, { services: shown });
      else for (const each of shown) cli.answer(line(each));
      if (services.length === 0) cli.say("The config names no services.");
      cli.finish(services.some(({ state }) => state === "down") ? 1 : 0);
    });
}

const iso = (at: number | null): string | null => (at === null ? null : isoTime(at));

function line(each: Omit<ServiceView, "since" | "checkedAt"> & { readonly since: string | null }): string {
  const who = each.deputy === null ? each.owner : `${each.owner}, deputy ${each.deputy}`;
  const since = each.since === null ? "" : ` since ${each.since}`;
  return `${each.name}: ${each.state}${since}${each.reason === "" ? "" : ` (${each.reason})`}; ${who}`;
}
