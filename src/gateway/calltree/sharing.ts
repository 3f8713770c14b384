// What other gateways and companion programs are told of a page: that it has begun, its new words, and how it ended. One packet each, once, by
// its own right of way, and nothing where no other gateway is known. What they say is taken in by machines.ts.
//
// A page to one person, or about homes that are silent, stays here: it goes out as direct messages, and is nobody else's business.

import type { KnownMessage } from "#domain/wire-words.ts";
import { addPageSend, listTrees, machineSends, pageNumbers, type PageRow } from "#store/pages.ts";
import { freeRef } from "#wire/references.ts";
import { knownMachines, machineChannel, ownNumber } from "#gateway/mesh/machine-peers.ts";
import { sayMessage } from "#gateway/mesh/machine-saying.ts";
import { ZONES } from "./people.ts";
import { classOf } from "./sending.ts";
import { isSilentTree } from "./silent.ts";
import { PAGE_WORDS } from "./words.ts";
import { dropSend } from "#gateway/mesh/outcomes.ts";
import { EVERYONE, type Turn } from "#gateway/turn.ts";

const MINUTE = 60_000;
const MOST_TREES = 255;

/** A number that no other gateway gives out; without a gateway's number of our own, simply the next. */
export function numberOf(turn: Turn): { number?: number } {
  const own = ownNumber(turn);
  const number = own === undefined ? undefined : freeRef(own, new Set([0, ...pageNumbers(turn.store)]));
  return number === undefined ? {} : { number };
}

function isShared(turn: Turn, { tree, plan }: PageRow): boolean {
  if (ownNumber(turn) === undefined || knownMachines(turn).length === 0 || isSilentTree(tree)) return false;
  return new Set(plan.nodes.flatMap(({ contacts }) => contacts)).size > 1;
}

/** It has begun. */
export function tellMachines(turn: Turn, page: PageRow): void {
  if (!isShared(turn, page)) return;
  const { number, body, drill, plan } = page;
  tell(turn, page, {
    type: "page",
    ref: number,
    tree: placeOf(turn, page),
    step: 0,
    text: body,
    within: Math.ceil((plan.deadline - turn.now) / MINUTE),
    ...(plan.urgent ? { urgency: "urgent" } : {}),
    ...(drill ? { drill: true } : {}),
  });
}

/** The zones are 0, the others are counted by name. */
function placeOf(turn: Turn, { tree }: PageRow): number {
  const place = listTrees(turn.store).findIndex(({ name }) => name === tree);
  return tree === ZONES ? 0 : Math.min(place + 1, MOST_TREES);
}

/** It is over, or says something else now: told to those who were told of it. */
export function tellMachinesEnd(turn: Turn, page: PageRow, how: "stop" | "all-clear" | "changed"): void {
  const sends = machineSends(turn.store, page.number);
  const waiting = sends.filter((send) => send.is === "waiting");
  for (const { id } of waiting) dropSend(turn, id, "cancelled", PAGE_WORDS.stoppedMeanwhile);
  if (sends.every((send) => send.is !== "left"))
    return how === "changed" && waiting.length > 0 ? tellMachines(turn, page) : undefined;
  tell(turn, page, {
    type: "end",
    what: "page",
    ref: page.number,
    how,
    ...(how === "changed" ? { text: page.body } : {}),
  });
}

function tell(turn: Turn, page: PageRow, message: KnownMessage): void {
  const towards = { to: EVERYONE, channel: machineChannel(turn), carrier: "port", class: classOf(page) } as const;
  const said = sayMessage(turn, message, towards);
  if (said.ok) for (const ledger of said.value) addPageSend(turn.store, page.number, ledger, []);
}
