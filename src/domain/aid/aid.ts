// Mutual aid: what somebody needs, offers, can do or has (an item), and what two people agreed about it (a match).
//
// An item is open until it is done, expired or dropped. A match is claimed by one side, confirmed by the other, handed over and
// done; these are the states that relief workers know (field.md §1). Whatever an item has left after its matches is free, so that
// twenty litres may come from three people, and who claims first is who is stored first: nothing else decides.

import { parsed, refused, type Parsed } from "#base/parsed.ts";
import type { House } from "#domain/wire-words.ts";

export const AID_KINDS = ["need", "offer", "skill", "have"] as const;
export type AidKind = (typeof AID_KINDS)[number];

export const AID_URGENCIES = ["ordinary", "soon", "urgent", "life"] as const;
export type AidUrgency = (typeof AID_URGENCIES)[number];

/** Somebody on one side: behind a radio, in Matrix, or a household that others speak for. */
export interface Party {
  readonly name: string;
  /** The radio that is told. */
  readonly node?: number;
  readonly member?: number;
  readonly house?: House;
  readonly zone?: number;
  /** A Matrix id. */
  readonly user?: string;
  /** The node of the gateway that speaks for them: they are told through it, and by nobody else. */
  readonly machine?: number;
}

export type ItemState = "open" | "done" | "expired" | "dropped";

/** What giving takes away: the thing, the thing until it comes back, nothing. */
export type Supply = "once" | "returns" | "endless";

export interface Item {
  readonly id: number;
  /** a31 on the air. */
  readonly ref: number;
  readonly kind: AidKind;
  /** Of the taxonomy; none: something that it has no word for. */
  readonly code?: number;
  /** Whole numbers of the unit; none: one, or as much as it takes. */
  readonly amount?: number;
  /** Of the units' table; none: pieces. */
  readonly unit?: number;
  readonly supply: Supply;
  readonly urgency: AidUrgency;
  readonly owner: Party;
  /** As it was said; may hold anything, so it is shown only where everything may be. */
  readonly note?: string;
  readonly state: ItemState;
  readonly at: number;
  readonly changedAt: number;
  readonly expiresAt?: number;
  /** Its owner was asked whether it still stands. */
  readonly asked: boolean;
  /** The drill that it belongs to. */
  readonly event?: number;
  /** How often it was brought up again in its present state. */
  readonly reminded: number;
}

export type MatchState = "claimed" | "confirmed" | "handed" | "done" | "dropped";
export type Side = "giver" | "receiver";
export type Actor = Side | "coordinator";

export interface Match {
  readonly id: number;
  /** Items; at least one of them. */
  readonly need?: number;
  readonly offer?: number;
  readonly giver: Party;
  readonly receiver: Party;
  readonly claimedBy: Side;
  /** In the unit of its items; none: all of it. */
  readonly amount?: number;
  readonly state: MatchState;
  readonly at: number;
  readonly changedAt: number;
}

export type MatchEvent = "confirm" | "hand" | "finish" | "drop";

interface Move {
  readonly to: MatchState;
  readonly by: readonly Actor[];
}

const ALL: readonly Actor[] = ["giver", "receiver", "coordinator"];
const GIVES: readonly Actor[] = ["giver", "coordinator"];
const GETS: readonly Actor[] = ["receiver", "coordinator"];

/** Real life skips steps: what is in somebody's hands need not have been confirmed. */
const MOVES: Readonly<Record<MatchState, Readonly<Partial<Record<MatchEvent, Move>>>>> = {
  claimed: {
    confirm: { to: "confirmed", by: ALL },
    hand: { to: "handed", by: GIVES },
    finish: { to: "done", by: GETS },
    drop: { to: "dropped", by: ALL },
  },
  confirmed: {
    hand: { to: "handed", by: GIVES },
    finish: { to: "done", by: GETS },
    drop: { to: "dropped", by: ALL },
  },
  handed: { finish: { to: "done", by: GETS }, drop: { to: "dropped", by: GETS } },
  done: {},
  dropped: {},
};

/** Where an event takes a match; refused when the state has no such move or it is not this one's to make. */
export function moved(
  { state, claimedBy }: Pick<Match, "state" | "claimedBy">,
  event: MatchEvent,
  by: Actor,
): Parsed<MatchState, "state" | "actor"> {
  const move = MOVES[state][event];
  if (!move) return refused("state");
  if (!move.by.includes(by) || (event === "confirm" && by === claimedBy)) return refused("actor");
  return parsed(move.to);
}

/** Holds some of its items. */
export function isActive({ state }: Pick<Match, "state">): boolean {
  return state === "claimed" || state === "confirmed" || state === "handed";
}

/** How much of an item nobody has claimed, in its unit; 1 or 0 where it has no amount. */
export function freeOf(item: Item, matches: readonly Match[]): number {
  if (item.state !== "open") return 0;
  const whole = item.amount ?? 1;
  if (item.supply === "endless") return whole;
  const holding = matches.filter((match) => isActive(match) || (match.state === "done" && item.supply === "once"));
  return Math.max(0, whole - holding.reduce((sum, match) => sum + (match.amount ?? whole), 0));
}

/** So much of an item, as it was said: without a unit, in the item's own. */
export interface Wanted {
  readonly amount: number;
  readonly unit?: number;
}

/**
 * How much of the `most` that may be booked is meant, in the item's unit; all of it where nothing was said or the item has no
 * amount. Refused when it is counted in another unit: nobody guesses how many litres ten bottles are.
 */
export function partOf(
  item: Pick<Item, "amount" | "unit">,
  most: number,
  wanted: Wanted | undefined,
): Parsed<{ readonly amount?: number; readonly isShort: boolean }, "unit"> {
  if (item.amount === undefined) return parsed({ isShort: false });
  if (wanted === undefined) return parsed({ amount: most, isShort: false });
  if (wanted.unit !== undefined && wanted.unit !== (item.unit ?? PIECES)) return refused("unit");
  return parsed({ amount: Math.min(most, wanted.amount), isShort: wanted.amount > most });
}

/** What is counted without a unit is counted in pieces (the units' table). */
const PIECES = 19;

/** Whether all of it was handed over and has arrived. */
export function isFulfilled(item: Item, matches: readonly Match[]): boolean {
  if (item.supply !== "once" || matches.some(isActive)) return false;
  return freeOf({ ...item, state: "open" }, matches) === 0;
}

export type ShownState = ItemState | Exclude<MatchState, "done" | "dropped">;

/** As people are shown it: an item nothing of which is free stands as its least advanced match. */
export function shownState(item: Item, matches: readonly Match[]): ShownState {
  if (item.state !== "open" || freeOf(item, matches) > 0) return item.state;
  const order = ["claimed", "confirmed", "handed"] as const;
  return order.find((state) => matches.some((match) => match.state === state)) ?? "open";
}

/** Whether two are the same household or, without one, the same person. */
export function isSameParty(a: Party, b: Party): boolean {
  if (a.house !== undefined && a.house === b.house) return true;
  if (a.user !== undefined && a.user === b.user) return true;
  return a.house === undefined && b.house === undefined && a.node !== undefined && a.node === b.node;
}
