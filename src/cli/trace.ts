// muster trace ID: what happened to one message.

import type { Command } from "commander";
import type { TraceView } from "#gateway/trace.ts";
import { askService } from "./ask.ts";
import { outline } from "./outline.ts";
import { answerJson, Failure, UsageError, type Cli } from "./verb.ts";

export function defineTrace(command: Command, cli: Cli): void {
  command
    .argument("<id>", "a number of `muster messages`, k7, a packet id, !hex, !hex/packet, or a Matrix event id")
    .option("--json", "print it as JSON")
    .action(async (id: string, { json }: { json?: boolean }) => {
      const view = (await askService(cli, "trace", { id })) as TraceView | null;
      if (view === null)
        throw new UsageError(`"${id}" is none of: a number, k7, a packet id, !hex, !hex/packet, $event.`);
      if (view.messages.length + view.arrivals.length === 0)
        throw new Failure(`Nothing is known of ${id} (${view.as}). It may be older than retention.messages_days.`);
      if (json) return answerJson(cli, view);
      for (const line of outline(view)) cli.answer(line);
    });
}
