// What we tell other gateways about needs and offers. Only a zone and a reference go on the air, never a house, a name or words as
// they were typed; medical things go to a channel for machines or to each gateway by itself.
//
// The gateway that gave out an item's reference keeps it: what is free of it, and who has it, is what the keeper says. For each
// item we make statements from the rows as they stand. What is not what we said last is said now; everything is said again after a
// while, because a broadcast has no receipt. What we ask of a keeper is said until the keeper has answered. Nothing is said where
// no other gateway is known. What others say is taken in by machines.ts.

import type { Millis } from "#base/clock.ts";
import { freeOf, isActive, type Item, type Match, type MatchState, type Party } from "#domain/aid/aid.ts";
import { awaitsKeeper } from "#domain/aid/claims.ts";
import type { KnownMessage } from "#domain/wire-words.ts";
import { itemRow, matchesOf } from "#store/aid.ts";
import {
  claimsOf,
  OURSELVES,
  setClaim,
  setShared,
  sharedItems,
  sharedOfItem,
  takenClaims,
  type ClaimRow,
  type SharedRow,
} from "#store/aid-shared.ts";
import { setTimer } from "#store/world.ts";
import { freeRef, gatewayOf } from "#wire/references.ts";
import { REF_RESTS } from "./items.ts";
import { isMedical } from "./people.ts";
import { knownMachines, machineChannel, ownNumber } from "#gateway/mesh/machine-peers.ts";
import { sayMessage } from "#gateway/mesh/machine-saying.ts";
import { EVERYONE, type Turn } from "#gateway/turn.ts";

const MINUTE: Millis = 60_000;
const HOUR = 60 * MINUTE;

/** Pauses before a statement is said again; the last one goes on for as long as the item is open, and `STILL_TOLD` after. */
const SAID_AGAIN: readonly Millis[] = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR];
/** The same for what a keeper has not answered. */
const ASKED_AGAIN: readonly Millis[] = [MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR];
/** What is closed is told for so long to those who were away. */
const STILL_TOLD: Millis = 48 * HOUR;

interface Statement {
  /** Of an item, there is one statement of each key. */
  readonly key: string;
  readonly message: KnownMessage;
  /** Said again when this changes. */
  readonly form: string;
  readonly pauses: readonly Millis[];
}

type Said = Readonly<Record<string, { readonly form: string; readonly times: number; readonly at: Millis }>>;

/** Whether other gateways may know of it: a need or an offer with a code, not of a drill, ours under our own number or another's. */
function isShared(turn: Turn, { kind, code, event, owner, ref }: Item): boolean {
  const number = ownNumber(turn);
  if (number === undefined || code === undefined || event !== undefined) return false;
  return (kind === "need" || kind === "offer") && (owner.machine !== undefined || gatewayOf(ref) === number);
}

/** Timer: says what is due about an item. */
export function shareDue(turn: Turn, id: number): void {
  const item = itemRow(turn.store, id);
  if (!item || !isShared(turn, item) || knownMachines(turn).length === 0) return;
  const shared = sharedOf(turn, item);
  const before = JSON.parse(shared.said) as Said;
  const said: Record<string, Said[string]> = {};
  const isOver = item.state !== "open" && item.changedAt + STILL_TOLD <= turn.now;
  let wakeAt = Infinity;
  for (const { key, message, form, pauses } of isOver ? [] : statementsOf(turn, item, shared)) {
    const last = before[key]?.form === form ? before[key] : undefined;
    const dueAt = last === undefined ? turn.now : last.at + pauseAfter(pauses, last.times);
    const isSaid = dueAt <= turn.now && tell(turn, item, message);
    const now = isSaid ? { form, times: (last?.times ?? 0) + 1, at: turn.now } : last;
    if (now) said[key] = now;
    const next =
      now === undefined || (dueAt <= turn.now && !isSaid) ? MINUTE + turn.now : now.at + pauseAfter(pauses, now.times);
    wakeAt = Math.min(wakeAt, next);
  }
  setShared(turn.store, { ...shared, said: JSON.stringify(said) });
  if (wakeAt !== Infinity) setTimer(turn.store, "aid-share", id, wakeAt);
}

const pauseAfter = (pauses: readonly Millis[], times: number): Millis => pauses[times - 1] ?? pauses.at(-1)!;

function sharedOf(turn: Turn, { id, ref }: Item): SharedRow {
  const known = sharedOfItem(turn.store, id);
  return known ?? { machine: OURSELVES, ref, item: id, heard: 0, ended: 0, said: "{}" };
}

/** Another gateway is there, again or for the first time: it is told everything. */
export function shareAll(turn: Turn): void {
  for (const id of sharedItems(turn.store, turn.now - STILL_TOLD)) sayAgain(turn, id);
}

/** Says what stands about an item once more, now; `key`: this statement alone. */
export function sayAgain(turn: Turn, id: number, key?: string): void {
  const shared = sharedOfItem(turn.store, id);
  if (shared) {
    const said = Object.entries(JSON.parse(shared.said) as Said).filter(([each]) => key !== undefined && each !== key);
    setShared(turn.store, { ...shared, said: JSON.stringify(Object.fromEntries(said)) });
  }
  setTimer(turn.store, "aid-share", id, turn.now);
}

/** False: it cannot be said now. */
function tell(turn: Turn, item: Item, message: KnownMessage): boolean {
  const channel = machineChannel(turn);
  const isPrivate = isMedical(item) && channel === PRIMARY;
  const whom = isPrivate ? knownMachines(turn) : [EVERYONE];
  const said = whom.map((to) => sayMessage(turn, message, { to, channel, carrier: "port", form: "proven" }));
  return said.every(({ ok }) => ok);
}

const PRIMARY = 0;

// ───────────────────────────── what stands ─────────────────────────────

function statementsOf(turn: Turn, item: Item, shared: SharedRow): Statement[] {
  return item.owner.machine === undefined ? asKeeper(turn, item) : asClaimer(turn, item, shared);
}

export const ITEM_KEY = "item";
export const claimKey = (claim: number): string => `claim ${claim}`;

function statement(key: string, message: KnownMessage, pauses: readonly Millis[], form = message as object): Statement {
  return { key, message, form: JSON.stringify(form), pauses };
}

/** The item itself, and every claim that other gateways have made on it. */
function asKeeper(turn: Turn, item: Item): Statement[] {
  const matches = matchesOf(turn.store, item.id);
  const claims = claimsOf(turn.store, item.id);
  const theirs = new Set(claims.map(({ match }) => match));
  const rest = freeOf(
    item,
    matches.filter(({ id }) => !theirs.has(id)),
  );
  const about = claims.map(({ claim, match }) => {
    const of = matches.find(({ id }) => id === match);
    const message: KnownMessage =
      of === undefined
        ? { type: "withdrawn", ref: item.ref, reason: "elsewhere", claim }
        : claimWords(item, item.ref, of, claim);
    return statement(claimKey(claim), message, SAID_AGAIN);
  });
  return [itemStatement(turn, item, rest), ...about];
}

/** As open, with what is left of it for others; as taken; as closed. */
function itemStatement(turn: Turn, item: Item, rest: number): Statement {
  const { ref, state, owner, expiresAt, code = 0, amount, unit, urgency } = item;
  if (state === "done") return statement(ITEM_KEY, { type: "done", ref }, SAID_AGAIN);
  if (state !== "open") {
    const why = state === "expired" ? { reason: "expired" as const } : {};
    return statement(ITEM_KEY, { type: "withdrawn", ref, ...why }, SAID_AGAIN);
  }
  if (rest <= 0) return statement(ITEM_KEY, { type: "claim", ref }, SAID_AGAIN);
  const common = {
    ref,
    what: code,
    ...(amount === undefined ? {} : { quantity: rest }),
    ...(amount === undefined || unit === undefined ? {} : { unit }),
    ...(expiresAt === undefined ? {} : { hours: Math.max(1, Math.ceil((expiresAt - turn.now) / HOUR)) }),
    ...(owner.zone === undefined ? {} : { zone: owner.zone }),
  };
  const message: KnownMessage =
    item.kind === "need"
      ? { type: "need", ...common, ...(urgency === "ordinary" ? {} : { urgency }) }
      : { type: "offer", ...common, ...(item.supply === "endless" ? { endless: true as const } : {}) };
  return statement(ITEM_KEY, message, SAID_AGAIN, { ...message, hours: expiresAt });
}

/** What our people did about an item that another gateway keeps, as far as it has not answered. */
function asClaimer(turn: Turn, item: Item, { ref, ended }: SharedRow): Statement[] {
  const own = matchesOf(turn.store, item.id).filter((match) => claimerOf(item, match).machine === undefined);
  const claims = claimsOf(turn.store, item.id);
  const about = own.flatMap((match) => {
    const row = claims.find((each) => each.match === match.id) ?? numbered(turn, item, match);
    if (row === undefined || !awaitsKeeper(match.state, row.answered)) return [];
    return [statement(claimKey(row.claim), claimWords(item, ref, match, row.claim), ASKED_AGAIN)];
  });
  const isOurs = ended === 0 && (item.state === "done" || item.state === "dropped");
  const end: KnownMessage = { type: item.state === "done" ? "done" : "withdrawn", ref };
  return isOurs ? [...about, statement(ITEM_KEY, end, ASKED_AGAIN)] : about;
}

/** The side that claims: who brings what is needed, who asks for what is offered. */
export function claimerOf({ kind }: Pick<Item, "kind">, { giver, receiver }: Pick<Match, "giver" | "receiver">): Party {
  return kind === "need" ? giver : receiver;
}

/** A claim that is over before anybody was told of it needs no number. */
function numbered(turn: Turn, item: Item, match: Match): ClaimRow | undefined {
  if (!isActive(match) && match.state !== "done") return undefined;
  const claim = freeRef(ownNumber(turn) ?? 0, takenClaims(turn.store, turn.now - REF_RESTS));
  if (claim === undefined) return undefined;
  const row: ClaimRow = { claim, item: item.id, match: match.id, answered: null };
  setClaim(turn.store, row);
  return row;
}

const CLAIM_TYPES = {
  claimed: "claim",
  confirmed: "claim",
  handed: "hand-over",
  done: "done",
  dropped: "withdrawn",
} as const satisfies Record<MatchState, KnownMessage["type"]>;

/** How one claim stands. */
function claimWords(item: Item, ref: number, { state, amount }: Match, claim: number): KnownMessage {
  const much = {
    ...(amount === undefined ? {} : { quantity: amount }),
    ...(amount === undefined || item.unit === undefined ? {} : { unit: item.unit }),
  };
  const type = CLAIM_TYPES[state];
  if (type === "done") return { type, ref, claim };
  if (type === "withdrawn") return { type, ref, reason: "unable", claim };
  if (type === "hand-over") return { type, ref, ...much, claim };
  return { type, ref, ...much, claim, ...(state === "confirmed" ? { agreed: true as const } : {}) };
}
