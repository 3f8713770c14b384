// muster roll open|status|close: asking everybody whether they are safe.

import type { Command } from "commander";
import type { RollAnswer, RollClosed } from "#gateway/welfare/roll.ts";
import type { PlannedView } from "#gateway/welfare/roll-plan.ts";
import type { RollView } from "#gateway/welfare/roll-status.ts";
import { askService } from "#cli/ask.ts";
import { answerJson, Failure, numberOption, UsageError, type Cli } from "#cli/verb.ts";

interface OpenOptions {
  readonly zone?: readonly string[];
  readonly house?: readonly string[];
  readonly question?: string;
  readonly minutes?: number;
  readonly language?: string;
  readonly pageSilent?: boolean;
  readonly at?: string;
  readonly daily?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function defineRoll(command: Command, cli: Cli): void {
  command
    .command("open")
    .description("ask everybody, some zones or some households; the cost is told first, and the call leaves 10 s later")
    .option("--zone <number...>", "only these zones")
    .option("--house <number...>", "only these households: asked directly, without a call on the channel")
    .option("--question <text>", "in place of the usual question")
    .option("--minutes <n>", "how long it stays open", numberOption("--minutes", 1, 24 * 60))
    .option("--language <code>", "en or es; without it the gateway's own")
    .option("--page-silent", "in the end, a page to the captains of those who are silent, in place of lists")
    .option("--at <time>", "plan it for this moment, like 2026-12-24T10:00Z")
    .option("--daily <hh:mm>", "plan it for this time of every day, in the gateway's time zone")
    .option("--dry-run", "only tell the cost")
    .option("--json", "print {reference, forecast, words} as JSON")
    .action((options: OpenOptions) => open(cli, options));
  command
    .command("status")
    .description("who is accounted for, who is silent, who needs something")
    .argument("[reference]", "like r7; without it the newest")
    .option("--json", "print {accounted, silent, need, urgent, byZone[], waves[], airtimeSeconds} and more")
    .action((reference: string | undefined, options: { json?: boolean }) =>
      status(cli, reference, options.json === true),
    );
  command
    .command("close")
    .description("nothing more of it is said; how it stands is its result. Also takes back a planned one")
    .argument("[reference]", "like r7; without it the one that is open")
    .option("--json", "print the result as JSON")
    .action(async (reference: string | undefined, options: { json?: boolean }) => {
      const value = (await askService(cli, "roll close", { reference })) as RollClosed & Partial<RollView>;
      if (!value.ok) throw new Failure(`Nothing was changed: ${value.reason}.`, value);
      if (options.json) answerJson(cli, value);
      else if (value.byZone) show(cli, value as unknown as RollView);
      else cli.say(`${value.reference} is taken back.`);
    });
}

async function open(cli: Cli, options: OpenOptions): Promise<void> {
  if (options.at !== undefined && options.daily !== undefined) throw new UsageError("Say either --at or --daily.");
  if (options.zone && options.house) throw new UsageError("Say either --zone or --house.");
  const args = {
    zones: options.zone?.map(Number),
    houses: options.house?.map((house) => house.toLowerCase()),
    question: options.question,
    minutes: options.minutes,
    language: options.language,
    pageSilent: options.pageSilent,
    at: options.at,
    daily: options.daily,
  };
  const forecast = (await askService(cli, "roll forecast", args)) as RollAnswer;
  if (forecast.ok) cli.say(mark(forecast, forecast.words));
  const answer = options.dryRun || !forecast.ok ? forecast : ((await askService(cli, "roll open", args)) as RollAnswer);
  if (!answer.ok) throw new Failure(`Nothing was said: ${answer.reason}.`, answer);
  if (options.json) answerJson(cli, answer);
  else if (answer.reference !== undefined) cli.answer(mark(answer, answer.reference));
}

const mark = (of: { readonly mark?: string }, words: string): string => (of.mark ? `${of.mark}: ${words}` : words);

async function status(cli: Cli, reference: string | undefined, json: boolean): Promise<void> {
  const value = (await askService(cli, "roll status", { reference })) as RollView | { ok: false; reason: string };
  if ("reason" in value) throw new Failure(`${value.reason[0]!.toUpperCase()}${value.reason.slice(1)}.`, value);
  if (json) return answerJson(cli, value);
  show(cli, value);
  const { planned } = (await askService(cli, "roll planned", {})) as { readonly planned: readonly PlannedView[] };
  for (const each of planned)
    cli.say(
      `${each.reference} is planned for ${each.at}${each.daily === null ? "" : ` and every day at ${each.daily}`}.`,
    );
}

/** The silent first, zone by zone. */
function show(cli: Cli, view: RollView): void {
  const state = view.state === "open" ? `open until ${view.deadline}` : `closed by ${view.closedBy ?? ""}`;
  cli.answer(mark(view, `${view.reference}, opened ${view.openedAt} by ${view.openedBy}, ${state}`));
  const { accounted, households, silent, need, urgent, airtimeSeconds } = view;
  const unproven = view.byZone.reduce((all, zone) => all + zone.unproven.length, 0);
  cli.answer(
    `${accounted} of ${households} accounted for${unproven === 0 ? "" : ` (${unproven} not proven)`}, ${silent} silent, ${need} need, ${urgent} urgent; ${airtimeSeconds} s of air`,
  );
  for (const zone of view.byZone) {
    cli.answer(`${zone.name === "" ? "no zone" : zone.name}: ${zone.accounted} of ${zone.households}`);
    for (const [word, houses] of [
      ["silent", zone.silent],
      ["urgent", zone.urgent],
      ["need", zone.need],
      ["unproven", zone.unproven],
    ] as const)
      if (houses.length > 0) cli.answer(`  ${word.padEnd(8)} ${houses.join(" ")}`);
    for (const { house, by, status: word } of zone.waiting) cli.answer(`  waiting  ${by}: ${word} ${house}?`);
  }
  for (const { radio, name, status: word } of view.unattached) cli.answer(`no household: ${name} (${radio}) ${word}`);
}
