// muster messages: the ledger, one row per accepted message and destination.

import type { Command } from "commander";
import { parseIsoTime } from "#base/calendar.ts";
import { STATES } from "#domain/message.ts";
import { askService } from "./ask.ts";
import { nearest } from "./config/nearest.ts";
import { answerJson, UsageError, type Cli } from "./verb.ts";

interface Options {
  readonly json?: boolean;
  readonly since?: number;
  readonly state?: string;
}

export function defineMessages(command: Command, cli: Cli): void {
  command
    .option("--json", "print the rows as JSON")
    .option("--since <time>", "accepted at or after this moment, like 2026-11-22 or 2026-11-22T14:00:00Z", readSince)
    .option("--state <state>", `only rows in this state: ${STATES.join(", ")}`, readState)
    .action(async ({ json, since, state }: Options) => {
      const value = await askService(cli, "messages", { since, state });
      if (json) return answerJson(cli, value);
      const rows = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
      for (const row of rows) cli.answer(rowText(row));
      cli.say(rows.length === 1 ? "1 message" : `${rows.length} messages`);
    });
}

/** "2026-11-22T14:02:07.123Z distress sent mesh:!0a1b2c3d -> matrix:street/!r:x/* "help"  (no relay overheard)" */
function rowText(row: Record<string, unknown>): string {
  const words = (key: string): string => (typeof row[key] === "string" ? row[key] : JSON.stringify(row[key] ?? ""));
  const reason = row["reason"] ? `  (${words("reason")})` : "";
  return `${words("acceptedAt")} ${words("class")} ${words("state")} ${words("origin")} -> ${words("destination")} ${JSON.stringify(row["text"] ?? "")}${reason}`;
}

function readSince(text: string): number {
  const at = parseIsoTime(text);
  if (at === undefined) throw new UsageError(`--since must be a moment like 2026-11-22T14:00:00Z, not "${text}".`);
  return at;
}

function readState(text: string): string {
  if ((STATES as readonly string[]).includes(text)) return text;
  const near = nearest(text, STATES);
  throw new UsageError(
    `--state "${text}" is no state. ${near === undefined ? `There are: ${STATES.join(", ")}.` : `Did you mean "${near}"?`}`,
  );
}
