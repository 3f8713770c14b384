// muster page start|status|text|stop|allclear: a page down a call tree.

import type { Command } from "commander";
import type { PageAnswer } from "#gateway/calltree/page.ts";
import type { PageView } from "#gateway/calltree/words.ts";
import { askService } from "#cli/ask.ts";
import { answerJson, Failure, numberOption, type Cli } from "#cli/verb.ts";

interface Json {
  readonly json?: boolean;
}
interface StartOptions extends Json {
  readonly urgent?: boolean;
  readonly minutes?: number;
  readonly by?: string;
  readonly mayStop?: readonly string[];
}
type Shown = PageView & { readonly drawn: readonly string[]; readonly svg: string };
type Refused = { readonly ok: false; readonly reason: string };

export function definePage(command: Command, cli: Cli): void {
  command
    .command("start")
    .description("send a page down a call tree; or say the second yes that a page to everybody needs (start p5)")
    .argument("<tree>", "the tree's name (zones is always there), or a page that waits, like p5")
    .argument("[text...]", "what is said")
    .option("--urgent", "by all ways at once, with the bell")
    .option("--minutes <n>", "until its deadline; 360 without it", numberOption("--minutes", 1, 48 * 60))
    .option("--by <name>", "who says so")
    .option("--may-stop <names...>", "Matrix ids of those who may stop it; without it every operator")
    .option("--json", "print {reference, state, deadline, words} as JSON")
    .action((tree: string, text: readonly string[], options: StartOptions) => start(cli, tree, text, options));
  command
    .command("status")
    .description("who was reached, who was skipped, who has to be visited")
    .argument("[reference]", "like p5; without it the newest")
    .option("--svg", "print the tree as an SVG picture")
    .option(
      "--json",
      "print {reached, answered, declined, skipped, pending, rings[], packets, airtimeSeconds, finishedAt} and more",
    )
    .action((reference: string | undefined, options: Json & { svg?: boolean }) => status(cli, reference, options));
  command
    .command("text")
    .description("say it in other words: to those who have heard of it now, to the others when their turn comes")
    .argument("<reference>", "like p5")
    .argument("<text...>", "the new words")
    .option("--by <name>", "who says so")
    .option("--json", "print the outcome as JSON")
    .action((reference: string, text: readonly string[], options: Json & { by?: string }) =>
      changed(cli, "page text", { reference, text: text.join(" "), by: options.by }, options.json === true),
    );
  for (const [verb, does] of [
    ["stop", "nobody else is asked; those who have heard of it are told"],
    ["allclear", "it is over: those who have heard of it are told"],
  ] as const)
    command
      .command(verb)
      .description(does)
      .argument("[reference]", "like p5; without it the one that is under way")
      .option("--by <name>", "who says so")
      .option("--json", "print the result as JSON")
      .action((reference: string | undefined, options: Json & { by?: string }) =>
        changed(cli, `page ${verb}`, { reference, by: options.by }, options.json === true),
      );
}

async function start(cli: Cli, tree: string, text: readonly string[], options: StartOptions): Promise<void> {
  const { json, ...how } = options;
  const args = { tree, text: text.join(" "), ...how };
  const answer = (await askService(cli, "page start", args)) as PageAnswer;
  if (!answer.ok) throw new Failure(`Nothing was said: ${answer.reason}.`, answer);
  if (json) return answerJson(cli, answer);
  cli.say(answer.mark === undefined ? answer.words : `${answer.mark}: ${answer.words}`);
  cli.answer(answer.reference);
}

async function changed(cli: Cli, verb: string, args: Readonly<Record<string, unknown>>, json: boolean): Promise<void> {
  const value = (await askService(cli, verb, args)) as { readonly ok: true; readonly reference: string } | Refused;
  if (!value.ok) throw new Failure(`Nothing was changed: ${value.reason}.`, value);
  if (json) answerJson(cli, value);
  else cli.answer(`${value.reference}: done.`);
}

async function status(cli: Cli, reference: string | undefined, options: Json & { svg?: boolean }): Promise<void> {
  const value = (await askService(cli, "page status", { reference })) as Shown | Refused;
  if ("reason" in value) throw new Failure(`${value.reason}.`, value);
  const { drawn, svg, ...view } = value;
  if (options.json) return answerJson(cli, view);
  if (options.svg) return cli.answer(svg);
  const { mark, reached, nodes, answered, declined, skipped, pending, packets, airtimeSeconds, state } = view;
  cli.answer(`${mark === undefined ? "" : `${mark}: `}${view.reference} “${view.text}”, ${state}`);
  cli.answer(
    `${reached} of ${nodes} reached (${view.percent} %): ${answered} answered, ${declined} cannot; ${skipped} skipped, ` +
      `${pending} to come; ${packets} packets, ${airtimeSeconds} s of air`,
  );
  for (const line of drawn) cli.answer(line);
  for (const { name, house } of view.visits) cli.answer(`visit ${house ?? ""} ${name}`);
}
