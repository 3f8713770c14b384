// What coordinators do with call trees and pages from the command line and in Matrix.

import { drawSvg, drawText, type DrawnNode } from "#domain/calltree/draw.ts";
import { checkTree, ringsOf, type Fault, type Tree } from "#domain/calltree/tree.ts";
import { listTrees, pageRow, setTree } from "#store/pages.ts";
import { member } from "#store/people.ts";
import type { Mistake } from "#wire/csv.ts";
import { refName } from "#wire/references.ts";
import { readTree } from "#wire/tree-file.ts";
import { changePage, confirmPage, endPage, startPage, treeNamed, type PageAnswer } from "./page.ts";
import { peopleOfContact, ZONES } from "./people.ts";
import { drawnPage, pageNumberOf, pageStatus } from "./status.ts";
import { PAGE_WORDS } from "./words.ts";
import { reachabilityView } from "./self-test.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Args, Desk } from "#gateway/desk-verb.ts";

/** Who is told to have done it, if nobody said who they are. */
const BY = "the gateway's command line";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export const PAGE_DESK: Desk = {
  "tree import": {
    changes: true,
    answer: (turn, args) => importTree(turn, args["source"], text(args["name"]), by(args), args["dryRun"] === true),
  },
  "tree check": { changes: false, answer: (turn, args) => checkView(turn, text(args["name"])) },
  "tree draw": { changes: false, answer: (turn, args) => drawTree(turn, text(args["name"])) },
  "tree list": { changes: false, answer: (turn) => ({ trees: treeViews(turn) }) },
  "tree reach": { changes: false, answer: (turn, args) => reachabilityView(turn, text(args["name"]) || ZONES) },
  "page start": { changes: true, live: true, answer: start },
  "page status": { changes: false, answer: status },
  "page text": {
    changes: true,
    live: true,
    answer: (turn, args) => withPage(turn, args, (number) => changePage(turn, number, text(args["text"]), by(args))),
  },
  "page stop": { changes: true, live: true, answer: (turn, args) => ended(turn, args, "stop") },
  "page allclear": { changes: true, live: true, answer: (turn, args) => ended(turn, args, "all-clear") },
};

const by = (args: Args): string => text(args["by"]) || BY;

// ───────────────────────────── trees ─────────────────────────────

export interface TreeImported {
  readonly ok: boolean;
  readonly name: string;
  readonly nodes: number;
  readonly mistakes: readonly Mistake[];
  readonly faults: readonly Fault[];
}

/** Takes the place of a tree of the same name. One with an error in its shape is not taken. */
export function importTree(turn: Turn, source: unknown, name: string, who: string, dryRun: boolean): TreeImported {
  const read = readTree(source, name);
  if (!read.ok) return { ok: false, name, nodes: 0, mistakes: read.refusal, faults: [] };
  const tree = read.value;
  const faults = faultsOf(turn, tree);
  const ok = !faults.some(({ kind }) => kind === "error");
  if (ok && !dryRun) setTree(turn.store, tree, who, turn.now);
  return { ok, name: tree.name, nodes: tree.nodes.length, mistakes: [], faults };
}

const faultsOf = (turn: Turn, tree: Tree): Fault[] => checkTree(tree, (contact) => peopleOfContact(turn, contact));

function checkView(turn: Turn, name: string): unknown {
  const trees = name === "" ? allTrees(turn) : [treeNamed(turn, name)];
  if (trees.includes(undefined)) return { ok: false, reason: PAGE_WORDS.noTree(name) };
  const checked = trees.map((tree) => ({ name: tree!.name, faults: faultsOf(turn, tree!) }));
  return { ok: checked.every(({ faults }) => faults.every(({ kind }) => kind !== "error")), trees: checked };
}

function allTrees(turn: Turn): Tree[] {
  const made = listTrees(turn.store);
  return made.some(({ name }) => name === ZONES) ? made : [treeNamed(turn, ZONES)!, ...made];
}

export interface TreeView {
  readonly name: string;
  readonly nodes: number;
  readonly rings: number;
  readonly faults: number;
}

export function treeViews(turn: Turn): TreeView[] {
  return allTrees(turn).map((tree) => ({
    name: tree.name,
    nodes: tree.nodes.length,
    rings: Math.max(0, ...ringsOf(tree.nodes).values()),
    faults: faultsOf(turn, tree).filter(({ kind }) => kind === "error").length,
  }));
}

/** Text lines, and the same as SVG. */
export function drawTree(
  turn: Turn,
  name: string,
): { text: readonly string[]; svg: string } | { ok: false; reason: string } {
  const tree = treeNamed(turn, name === "" ? ZONES : name);
  if (!tree) return { ok: false, reason: PAGE_WORDS.noTree(name) };
  const nodes = tree.nodes.map(({ id, parent, contacts, alternates, take }): DrawnNode => {
    const who = contacts
      .flatMap((contact) => peopleOfContact(turn, contact))
      .map((number) => member(turn.store, number)?.name);
    const label = [
      contacts.join(" / "),
      ...(who.length === 0 ? [] : [`= ${who.join(", ")}`]),
      ...(alternates.length === 0 ? [] : [`(else ${alternates.join(", ")})`]),
      ...(take === undefined ? [] : [`[${take} of ${who.length}]`]),
    ].join(" ");
    return { id, label, ...(parent === undefined ? {} : { parent }) };
  });
  return { text: drawText(nodes), svg: drawSvg(tree.name, nodes) };
}

// ───────────────────────────── pages ─────────────────────────────

function start(turn: Turn, args: Args): PageAnswer {
  const tree = text(args["tree"]);
  // The second person's yes to one that waits.
  if (/^p\d+$/i.test(tree) && text(args["text"]) === "") {
    const number = pageNumberOf(turn, tree);
    return typeof number === "string" ? { ok: false, reason: number } : confirmPage(turn, number, by(args));
  }
  const mayStop = Array.isArray(args["mayStop"]) ? (args["mayStop"] as unknown[]).map(String) : [];
  return startPage(turn, {
    tree,
    text: text(args["text"]),
    urgent: args["urgent"] === true,
    mayStop,
    by: by(args),
    ...(typeof args["minutes"] === "number" ? { minutes: args["minutes"] } : {}),
  });
}

function status(turn: Turn, args: Args): unknown {
  const view = pageStatus(turn, text(args["reference"]));
  if (typeof view === "string") return { ok: false, reason: view };
  const page = pageRow(turn.store, Number(view.reference.slice(1)))!;
  const drawn = drawnPage(view, page);
  return {
    ...view,
    drawn: drawText(drawn),
    svg: drawSvg(`${view.reference}: ${view.reached} of ${view.nodes} reached`, drawn),
  };
}

function withPage<T>(turn: Turn, args: Args, work: (number: number) => T): T | { ok: false; reason: string } {
  const number = pageNumberOf(turn, text(args["reference"]));
  return typeof number === "string" ? { ok: false, reason: number } : work(number);
}

function ended(turn: Turn, args: Args, kind: "stop" | "all-clear"): unknown {
  return withPage(turn, args, (number) => {
    const done = endPage(turn, number, kind, by(args));
    const view = pageStatus(turn, refName("p", number));
    return done.ok && typeof view !== "string" ? { ...done, ...view } : done;
  });
}
