// What people do about items: take, confirm, hand over, finish, drop. Whoever says it and wherever (by radio, in Matrix, at the
// command line), the step that stores it decides, so of two takers the first stored has it and the other is told at once.
// Each answers with the words for the one who did it and tells the other side itself.

import {
  freeOf,
  isFulfilled,
  moved,
  partOf,
  type Actor,
  type Item,
  type Match,
  type MatchEvent,
  type MatchState,
  type Side,
  type Wanted,
} from "#domain/aid/aid.ts";
import { likeness } from "#domain/aid/matching.ts";
import { addMatch, changeMatch, hurryAsked, matchesOf, openItems } from "#store/aid.ts";
import type { AidValues } from "#wire/grammar/aid-replies.ts";
import type { AidReplies } from "#wire/grammar/language.ts";
import { repliesOf } from "#wire/grammar/reply.ts";
import { defuseName } from "#wire/text.ts";
import { tellItem } from "./board.ts";
import { activeMatches, closeItem, extendItem, touchItem } from "./items.ts";
import { addressWords, isFor, refOf, tellParty, whatWords, whereWords, type Doer } from "./people.ts";
import type { Turn } from "#gateway/turn.ts";

/** The words for the one who did it, about this item. */
export interface Done {
  readonly ok: boolean;
  readonly key: keyof AidReplies;
  readonly values: AidValues;
}

const said = (key: keyof AidReplies, values: AidValues = {}): Done => ({ ok: true, key, values });
const not = (key: keyof AidReplies, values: AidValues = {}): Done => ({ ok: false, key, values });

// ───────────────────────────── taking ─────────────────────────────

/** Claims what is free of an item, or so much of it, and says how much it was; for the owner it is a yes to whoever waits. */
export function take(turn: Turn, doer: Doer, item: Item, wanted?: Wanted): Done {
  if (item.state !== "open") return not("unknown");
  if (isFor(doer, item.owner) && !doer.coordinator) return agreeOr(turn, doer, item, not("own"));
  const mine = activeMatches(turn, item).find((match) => sideIn(doer, match) !== undefined);
  if (mine) return agreeOr(turn, doer, item, takenWords(item, mine, doer));
  const free = freeOf(item, matchesOf(turn.store, item.id));
  if (free <= 0) return not("late");
  const { own, most } = supplyFor(turn, doer, item, free);
  const part = partOf(item, most, wanted);
  if (!part.ok) return not("otherUnit", standing(item, doer));
  const { amount, isShort } = part.value;
  const match = addMatch(turn.store, claimOf(turn, doer, item, own, amount));
  for (const id of [match.need, match.offer]) touchItem(turn, id);
  const { giver, receiver } = match;
  if (match.state === "confirmed") {
    arrange(turn, item, match);
    tellParty(turn, receiver, item, "comes", (language) => ({ name: giver.name, what: whatOf(item, match, language) }));
    return said(giverWords(turn, match), yoursValues(turn, item, match, doer.language, isShort));
  }
  const [other, key] = match.claimedBy === "giver" ? ([receiver, "willBring"] as const) : ([giver, "asksFor"] as const);
  tellParty(turn, other, item, key, (language) => ({
    name: doer.party.name,
    where: whereWords(doer.party, language),
    what: whatOf(item, match, language),
  }));
  return takenWords(item, match, doer, isShort);
}

/** A yes where somebody waits for one. */
function agreeOr(turn: Turn, doer: Doer, item: Item, otherwise: Done): Done {
  return waiting(turn, doer, item) === undefined ? otherwise : agree(turn, doer, item);
}

/** What they have or need of it themselves is used with it, and may be less than what is free. */
function supplyFor(turn: Turn, doer: Doer, item: Item, free: number): { own: Item | undefined; most: number } {
  const gives = item.kind === "need";
  const own = openItems(turn.store).find((other) => {
    const like = gives ? likeness(item.code, other.code) : likeness(other.code, item.code);
    const fits = (other.kind === "need") !== gives && like !== undefined && other.event === item.event;
    return fits && isFor(doer, other.owner) && freeOf(other, matchesOf(turn.store, other.id)) > 0;
  });
  const theirs = own?.amount !== undefined && own.unit === item.unit && own.supply === "once";
  return { own, most: theirs ? Math.min(free, freeOf(own, matchesOf(turn.store, own.id))) : free };
}

/** Who takes a need brings it, who takes anything else gets it. */
function claimOf(
  turn: Turn,
  doer: Doer,
  item: Item,
  own: Item | undefined,
  amount: number | undefined,
): Omit<Match, "id" | "changedAt"> {
  const gives = item.kind === "need";
  const [need, offer] = gives ? [item.id, own?.id] : [own?.id, item.id];
  return {
    giver: gives ? doer.party : item.owner,
    receiver: gives ? item.owner : doer.party,
    claimedBy: gives ? "giver" : "receiver",
    // Whoever is answered for by the operators' room need not be vouched for by the one in need.
    state: gives && doer.coordinator ? "confirmed" : "claimed",
    at: turn.now,
    ...(need === undefined ? {} : { need }),
    ...(offer === undefined ? {} : { offer }),
    ...(amount === undefined ? {} : { amount }),
  };
}

/** `isShort`: more was wanted than there is. */
function takenWords(item: Item, match: Match, { language }: Doer, isShort = false): Done {
  const what = whatOf(item, match, language) + (isShort ? repliesOf(language).aid.allThereIs : "");
  return said("taken", { what, where: whereWords(item.owner, language) });
}

export const whatOf = (item: Item, match: Match, language: string): string =>
  whatWords(item, language, match.amount ?? item.amount);

function sideIn(doer: Doer, { giver, receiver }: Match): Side | undefined {
  return isFor(doer, giver) ? "giver" : isFor(doer, receiver) ? "receiver" : undefined;
}

// ───────────────────────────── agreeing ─────────────────────────────

/** The claim that waits for this one's yes. */
function waiting(turn: Turn, doer: Doer, item: Item): Match | undefined {
  return matchesOf(turn.store, item.id).find(
    (match) => match.state === "claimed" && moved(match, "confirm", sideIn(doer, match) ?? actorless(doer)).ok,
  );
}

/** Somebody who is on no side acts as a coordinator, or as the one who claimed, which confirms nothing. */
const actorless = ({ coordinator }: Doer): Actor => (coordinator ? "coordinator" : "giver");

/** Yes: to a claim, or to the question whether it still stands. */
export function agree(turn: Turn, doer: Doer, item: Item): Done {
  const match = waiting(turn, doer, item);
  const side = match && sideIn(doer, match);
  if (!match || (side === undefined && !doer.coordinator)) {
    if (item.state !== "open") return not("unknown");
    if (!isFor(doer, item.owner) && !doer.coordinator) return not("notYours");
    extendItem(turn, item);
    return said("kept");
  }
  settle(turn, changeMatch(turn.store, match, { state: "confirmed" }, turn.now));
  arrange(turn, item, match);
  const toGiver = giverWords(turn, match);
  const toReceiver = (language: string): AidValues => ({
    name: match.giver.name,
    what: whatOf(item, match, language),
  });
  if (side !== "giver")
    tellParty(turn, match.giver, item, toGiver, (language) => yoursValues(turn, item, match, language));
  if (side !== "receiver") tellParty(turn, match.receiver, item, "comes", toReceiver);
  if (side === "giver") return said(toGiver, yoursValues(turn, item, match, doer.language));
  return side === "receiver" ? said("comes", toReceiver(doer.language)) : said("confirmed");
}

/** Between two gateways no address goes on the air: people bring the two sides together. */
export function arrange(turn: Turn, item: Item, { giver, receiver }: Match): void {
  const far = giver.machine === undefined ? receiver : giver;
  if (far.machine === undefined) return;
  const words = `${refOf(item)} is agreed with somebody by ${defuseName(far.name)}. Please arrange with their coordinators where.`;
  tellItem(turn, item, words, true);
}

/** The exact address is for somebody on the list alone; anybody else is brought together by a coordinator. */
export const giverWords = (turn: Turn, { giver, receiver }: Match): "yours" | "noAddress" =>
  giver.member !== undefined && receiver.machine === undefined && addressWords(turn, receiver, "en") !== ""
    ? "yours"
    : "noAddress";

function yoursValues(turn: Turn, item: Item, match: Match, language: string, isShort = false): AidValues {
  const what = whatOf(item, match, language) + (isShort ? repliesOf(language).aid.allThereIs : "");
  const said = { name: match.giver.name, what };
  return giverWords(turn, match) === "yours"
    ? { ...said, address: addressWords(turn, match.receiver, language) }
    : said;
}

// ───────────────────────────── going on ─────────────────────────────

/** Who may be meant when somebody with no match of their own says it. */
function matchFor(turn: Turn, doer: Doer, item: Item, event: MatchEvent): { match: Match; as: Actor } | undefined {
  const order: readonly MatchState[] = ["handed", "confirmed", "claimed"];
  const able = activeMatches(turn, item)
    .map((match) => ({ match, as: sideIn(doer, match) ?? (doer.coordinator ? ("coordinator" as const) : undefined) }))
    .filter(
      (each): each is { match: Match; as: Actor } => each.as !== undefined && moved(each.match, event, each.as).ok,
    );
  return able.toSorted((a, b) => order.indexOf(a.match.state) - order.indexOf(b.match.state))[0];
}

/** Handed over, perhaps only so much; from somebody who has not taken it yet: takes so much of it. */
export function give(turn: Turn, doer: Doer, item: Item, wanted?: Wanted): Done {
  const found = matchFor(turn, doer, item, "hand");
  if (!found)
    return item.kind === "need"
      ? take(turn, doer, item, wanted)
      : not(item.state === "open" ? "notNow" : "unknown", standing(item, doer));
  const part = partOf(item, found.match.amount ?? item.amount ?? 1, wanted);
  if (!part.ok) return not("otherUnit", standing(item, doer));
  const { amount, isShort } = part.value;
  const handed = changeMatch(
    turn.store,
    found.match,
    { state: "handed", ...(amount === undefined ? {} : { amount }) },
    turn.now,
  );
  settle(turn, handed);
  tellParty(turn, handed.receiver, item, "handedTo", (language) => ({
    name: handed.giver.name,
    what: whatOf(item, handed, language),
  }));
  return said("handed", {
    what: whatOf(item, handed, doer.language) + (isShort ? repliesOf(doer.language).aid.allThereIs : ""),
  });
}

/** Arrived; from the giver: handed over; from the owner with nobody helping: settled in another way. */
export function finish(turn: Turn, doer: Doer, item: Item): Done {
  const found = matchFor(turn, doer, item, "finish");
  if (found) {
    const done = changeMatch(turn.store, found.match, { state: "done" }, turn.now);
    settle(turn, done);
    tellParty(turn, done.giver, item, "doneTo", () => ({ name: done.receiver.name }));
    return said("done");
  }
  if (matchFor(turn, doer, item, "hand")) return give(turn, doer, item);
  if (item.state !== "open") return not("unknown");
  if (activeMatches(turn, item).some((match) => sideIn(doer, match) === "giver")) return said("handed");
  if (!isFor(doer, item.owner) && !doer.coordinator) return not("notYours");
  return endItem(turn, doer, item, "done");
}

/** The owner takes the item back; a helper steps back from it, and it is open again. */
export function drop(turn: Turn, doer: Doer, item: Item): Done {
  const own = item.state === "open" && isFor(doer, item.owner);
  const found = own ? undefined : matchFor(turn, doer, item, "drop");
  if (own || (item.state === "open" && doer.coordinator && (found === undefined || found.as === "coordinator")))
    return endItem(turn, doer, item, "dropped");
  if (!found) return not(item.state === "open" ? "notYours" : "unknown");
  backOut(turn, found.match, item, found.as);
  return said("dropped");
}

/** No: to a claim, to "did it arrive?", or to the question whether it still stands. */
export function decline(turn: Turn, doer: Doer, item: Item): Done {
  const found = matchFor(turn, doer, item, "drop");
  if (found) {
    backOut(turn, found.match, item, found.as);
    return said("dropped");
  }
  // Who was asked for help and has not taken anything: the next one is asked.
  if (!isFor(doer, item.owner)) {
    hurryAsked(turn.store, item.id, turn.now - LONG_AGO);
    touchItem(turn, item.id);
    return said("passed");
  }
  return drop(turn, doer, item);
}

/** Longer than anybody has for an answer. */
const LONG_AGO = 3_600_000;

/** A reaction taken back in Matrix: this person's own match alone. */
export function stepBack(turn: Turn, doer: Doer, item: Item): Done {
  const mine = activeMatches(turn, item).find((match) => sideIn(doer, match) === "giver");
  if (!mine || mine.state === "handed") return not("notNow", standing(item, doer));
  backOut(turn, mine, item, "giver");
  return said("dropped");
}

function backOut(turn: Turn, match: Match, item: Item, by: Actor): void {
  settle(turn, changeMatch(turn.store, match, { state: "dropped" }, turn.now));
  const [first, second] = [match.giver, match.receiver];
  if (by !== "giver") tellParty(turn, first, item, "declined", () => ({}));
  if (by !== "receiver") tellParty(turn, second, item, "droppedTo", () => ({ name: first.name }));
}

export function endItem(turn: Turn, doer: Doer, item: Item, state: "done" | "dropped"): Done {
  for (const match of activeMatches(turn, item)) {
    const ended = changeMatch(turn.store, match, { state: state === "done" ? "done" : "dropped" }, turn.now);
    const other = isFor(doer, match.giver) ? match.receiver : match.giver;
    tellParty(turn, other, item, state === "done" ? "doneTo" : "withdrawn", () => ({ name: item.owner.name }));
    for (const id of [ended.need, ended.offer]) if (id !== item.id) touchItem(turn, id);
  }
  closeItem(turn, item, state);
  return said(state);
}

/** After a match moved: what it is about may be fulfilled, or open again. */
export function settle(turn: Turn, match: Match): void {
  for (const id of [match.need, match.offer]) {
    const item = touchItem(turn, id);
    // Whether all has arrived of what another gateway keeps, it knows.
    if (item?.state === "open" && item.owner.machine === undefined && isFulfilled(item, matchesOf(turn.store, item.id)))
      closeItem(turn, item, "done");
  }
}

const standing = (item: Item, { language }: Doer): AidValues => ({ what: whatWords(item, language) });
