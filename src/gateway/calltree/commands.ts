// `!page` and `!tree` in the operators' room. A part of commands.ts.

import { changePage, confirmPage, endPage, startPage, type PageDone } from "./page.ts";
import { drawTree, importTree, treeViews } from "./desk.ts";
import { pageNumberOf, pageStatus } from "./status.ts";
import { pageSummary } from "./words.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Asked, Command } from "#gateway/matrix/command.ts";

const USAGE = {
  page: "!page start [urgent] TREE TEXT | yes p5 | status [p5] | text p5 TEXT | stop [p5] | allclear [p5]",
  tree: "!tree [list | draw NAME | import NAME and below it a CSV]",
} as const;

export const PAGE_COMMANDS: Readonly<Record<string, Command>> = {
  page: {
    usage: USAGE.page,
    does: "send a page down a call tree (`zones` is always there); the board below shows how far it is",
    operators: true,
    changes: true,
    answer: page,
  },
  tree: { usage: USAGE.tree, does: "call trees: who asks whom", operators: true, changes: true, answer: tree },
};

const notDone = (reason: string): string => `Not done: ${reason}.`;

function page(turn: Turn, { args, said }: Asked): string {
  const [, verb = "status", rest = ""] = /^([a-z]+)?\s*([\s\S]*)$/i.exec(args) ?? [];
  const by = said.sender;
  switch (verb.toLowerCase()) {
    case "start": {
      const [, urgent, name = "", text = ""] = /^(urgent\s+)?(\S+)\s*([\s\S]*)$/i.exec(rest) ?? [];
      const answer = startPage(turn, { tree: name, text, urgent: urgent !== undefined, by });
      return answer.ok ? "" : notDone(answer.reason);
    }
    case "yes":
      return onPage(turn, rest, (number) => confirmPage(turn, number, by));
    case "stop":
      return onPage(turn, rest, (number) => endPage(turn, number, "stop", by));
    case "allclear":
      return onPage(turn, rest, (number) => endPage(turn, number, "all-clear", by));
    case "text": {
      const [, reference = "", text = ""] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
      return onPage(turn, reference, (number) => changePage(turn, number, text, by));
    }
    case "status": {
      const view = pageStatus(turn, rest.trim());
      return typeof view === "string" ? notDone(view) : [view.mark ?? "", pageSummary(view)].join(" ").trim();
    }
    default:
      return `Write ${USAGE.page}`;
  }
}

/** What was done is told in the page's thread. */
function onPage(
  turn: Turn,
  reference: string,
  work: (number: number) => PageDone | { readonly ok: true } | { readonly ok: false; readonly reason: string },
): string {
  const number = pageNumberOf(turn, reference.trim());
  if (typeof number === "string") return notDone(number);
  const done = work(number);
  return done.ok ? "" : notDone(done.reason);
}

function tree(turn: Turn, { args, said }: Asked): string {
  const [, verb = "list", name = "", rest = ""] = /^([a-z]+)?\s*(\S*)\s*([\s\S]*)$/i.exec(args) ?? [];
  if (verb.toLowerCase() === "draw") {
    const drawn = drawTree(turn, name);
    return "reason" in drawn ? notDone(drawn.reason) : drawn.text.join("\n");
  }
  if (verb.toLowerCase() === "import" && rest.trim() !== "") {
    const csv = rest
      .split("\n")
      .filter((line) => !line.startsWith("```"))
      .join("\n");
    const { ok, nodes, mistakes, faults } = importTree(turn, csv, name, said.sender, false);
    const wrong = mistakes.map(({ line, column, what }) => `line ${line}${column ? `, ${column}` : ""}: ${what}`);
    const weak = faults.map(({ node, what }) => `${node ?? name}: ${what}`);
    return [ok ? `Call tree "${name}" taken over: ${nodes} nodes.` : "Nothing was changed:", ...wrong, ...weak].join(
      "\n",
    );
  }
  if (verb.toLowerCase() !== "list") return `Write ${USAGE.tree}`;
  return treeViews(turn)
    .map(
      (each) =>
        `${each.name}: ${each.nodes} nodes in ${each.rings} rings${each.faults > 0 ? `, ${each.faults} errors` : ""}`,
    )
    .join("\n");
}
