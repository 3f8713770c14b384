// muster event open|close|list: a storm, a quake, a drill.

import type { Command } from "commander";
import type { EventChange, EventView } from "#gateway/welfare/event-changes.ts";
import { askService } from "#cli/ask.ts";
import { answerJson, Failure, type Cli } from "#cli/verb.ts";

export function defineEvent(command: Command, cli: Cli): void {
  command
    .command("open")
    .description("open an event: roll calls that follow belong to it")
    .argument("<name...>", "what it is called, like: storm")
    .option("--drill", "an exercise: everything is marked EXERCISE, and the real record stays as it is")
    .option("--json", "print the event as JSON")
    .action((words: string[], options: { drill?: boolean; json?: boolean }) =>
      change(cli, "event open", { name: words.join(" "), drill: options.drill === true }, options.json === true),
    );
  command
    .command("close")
    .description("close the event that is open, and its roll calls")
    .option("--json", "print the event as JSON")
    .action((options: { json?: boolean }) => change(cli, "event close", {}, options.json === true));
  command
    .command("list")
    .description("events, oldest first")
    .option("--json", "print {events: [...]}")
    .action(async (options: { json?: boolean }) => {
      const value = (await askService(cli, "event list", {})) as { readonly events: readonly EventView[] };
      if (options.json) return answerJson(cli, value);
      if (value.events.length === 0) cli.say("There was no event yet.");
      for (const event of value.events) cli.answer(line(event));
    });
}

async function change(cli: Cli, verb: string, args: Readonly<Record<string, unknown>>, json: boolean): Promise<void> {
  const value = (await askService(cli, verb, args)) as EventChange;
  if (!value.ok) throw new Failure(`Nothing was changed: ${value.reason}.`, value);
  if (json) answerJson(cli, value.event);
  else cli.answer(line(value.event));
}

function line({ number, name, mark, state, openedAt, openedBy, closedAt, closedBy }: EventView): string {
  const closed = state === "open" ? "open" : `closed ${closedAt ?? ""} by ${closedBy ?? ""}`;
  return `e${number}  ${mark === undefined ? "" : `${mark} `}"${name}"  opened ${openedAt} by ${openedBy}, ${closed}`;
}
