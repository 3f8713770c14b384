// What other gateways say about needs and offers (sharing.ts says ours). Only a gateway that holds the group's key and has
// answered a challenge moves anything.
//
// An item that another gateway keeps stands here as one of ours would, with that gateway as its owner: it is on the boards, our
// people are asked for it, and take it. Of its keeper's words about the item the one with the newest counter stands; of words
// about one claim the furthest (domain/aid/claims.ts). So losses, repeats and a different order lead to the same end. Of two
// takers on two sides of an outage the one whom the keeper stored first has it, and the other is told when the keeper's word
// arrives.
//
// Limits: whoever holds the key can say it for anybody; keys are for gateways, not for people.

import type { Millis } from "#base/clock.ts";
import {
  freeOf,
  isActive,
  moved,
  partOf,
  type Item,
  type Match,
  type MatchEvent,
  type MatchState,
  type Party,
} from "#domain/aid/aid.ts";
import { afterClaimer, afterKeeper } from "#domain/aid/claims.ts";
import type { Claim, Done, HandOver, Message, Need, Offer, Withdrawn } from "#domain/wire-words.ts";
import { addItem, addMatch, changeItem, changeMatch, itemByRef, itemRow, matchesOf, takenRefs } from "#store/aid.ts";
import {
  claimRow,
  claimsOf,
  setClaim,
  setShared,
  sharedRow,
  type ClaimRow,
  type SharedRow,
} from "#store/aid-shared.ts";
import { setTimer, tellOnce } from "#store/world.ts";
import { freeRef, gatewayOf } from "#wire/references.ts";
import { defuseName } from "#wire/text.ts";
import { itemChanged, tellItem } from "./board.ts";
import { arrange, endItem, giverWords, settle, whatOf } from "./deals.ts";
import { closeItem, REF_RESTS, supplyOf, touchItem } from "./items.ts";
import { airName, refOf, tellParty, type Doer } from "./people.ts";
import { claimerOf, claimKey, ITEM_KEY, sayAgain } from "./sharing.ts";
import { ownNumber, type Heard } from "#gateway/mesh/machine-peers.ts";
import { tellOperators } from "#gateway/say.ts";
import { namesOf, type Turn } from "#gateway/turn.ts";

type Act = (turn: Turn, sender: number, heard: Heard) => boolean;
type About = Claim | HandOver | Done | Withdrawn;

export const AID_ACTS: Readonly<Partial<Record<Message["type"], Act>>> = {
  need: announced,
  offer: announced,
  claim: moves,
  "hand-over": moves,
  done: moves,
  withdrawn: moves,
};

const HOUR: Millis = 3_600_000;

/** Those around the keeper are asked first. */
const HEAD_START: Millis = 5 * 60_000;

/** The counter of a word that may move something, later ones greater; undefined: it may not. */
function versionOf(turn: Turn, { vouched, freshness }: Heard): number | undefined {
  const isTrusted = ownNumber(turn) !== undefined && vouched.by === "group-key" && freshness === "proven";
  return isTrusted ? vouched.keyId * COUNTERS + vouched.counter : undefined;
}

const COUNTERS = 2 ** 24;

/** Counters of different keys cannot be compared: what comes with another key is believed to be newer. */
function isNewer(version: number, than: number): boolean {
  return Math.floor(version / COUNTERS) !== Math.floor(than / COUNTERS) || version > than;
}

/** Somebody behind another gateway; nobody here tells them anything. */
function behind(turn: Turn, machine: number, zone?: number): Party {
  return { name: airName(namesOf(turn, machine).long), machine, ...(zone === undefined ? {} : { zone }) };
}

// ───────────────────────────── items that others keep ─────────────────────────────

function announced(turn: Turn, sender: number, heard: Heard): boolean {
  const version = versionOf(turn, heard);
  const message = heard.message as Need | Offer;
  if (version === undefined) return false;
  if (gatewayOf(message.ref) === ownNumber(turn)) return sameNumber(turn, sender);
  const shared = sharedRow(turn.store, sender, message.ref);
  if (shared && !isNewer(version, shared.heard)) return true;
  const known = itemIn(turn, shared);
  // What our side has closed, and the keeper has not heard of, stays closed; any other closed one has come back under its number.
  const isKnown = known !== undefined && (known.state === "open" || (known.state !== "expired" && shared?.ended === 0));
  if (isKnown) setShared(turn.store, { ...shared!, heard: version });
  if (isKnown && known.state === "open") renew(turn, known, message);
  if (isKnown) return true;
  const item = mirror(turn, sender, message);
  const row = {
    machine: sender,
    ref: message.ref,
    item: item?.id ?? null,
    heard: version,
    ended: 0,
    said: "{}",
  } as const;
  setShared(turn.store, row);
  if (item) itemChanged(turn, item);
  return true;
}

const itemIn = (turn: Turn, shared: SharedRow | undefined): Item | undefined =>
  typeof shared?.item === "number" ? itemRow(turn.store, shared.item) : undefined;

/** Two gateways with one number would give out the same references. */
function sameNumber(turn: Turn, sender: number): true {
  const name = defuseName(namesOf(turn, sender).long);
  if (tellOnce(turn.store, `gateway number ${sender}`, turn.now))
    tellOperators(turn, `${name} has the same node.gateway_number as we: give each gateway its own.`);
  return true;
}

const endOf = (turn: Turn, { hours }: Need | Offer): { expiresAt?: Millis } =>
  hours === undefined ? {} : { expiresAt: turn.now + hours * HOUR };

/** Under the keeper's reference, or one of ours where something else stands under that. */
function mirror(turn: Turn, sender: number, message: Need | Offer): Item | undefined {
  const taken = takenRefs(turn.store, turn.now - REF_RESTS);
  const ref = taken.has(message.ref) ? freeRef(ownNumber(turn) ?? 0, taken) : message.ref;
  if (ref === undefined) return undefined;
  const endless = message.type === "offer" && message.endless === true;
  const item = addItem(turn.store, ref, {
    kind: message.type,
    code: message.what,
    supply: supplyOf({ kind: message.type, code: message.what, details: { endless } }),
    urgency: (message.type === "need" ? message.urgency : undefined) ?? "ordinary",
    owner: behind(turn, sender, message.zone),
    at: turn.now,
    ...(message.quantity === undefined ? {} : { amount: message.quantity }),
    ...(message.unit === undefined ? {} : { unit: message.unit }),
    ...endOf(turn, message),
  });
  setTimer(turn.store, "aid", item.id, turn.now + HEAD_START);
  return item;
}

/** It is there, or there again, with so much of it. */
function renew(turn: Turn, item: Item, message: Need | Offer): void {
  release(turn, item, "dropped");
  const { quantity, unit } = message;
  const changes = {
    ...(quantity === undefined ? {} : { amount: quantity }),
    ...(unit === undefined ? {} : { unit }),
    ...endOf(turn, message),
    urgency: (message.type === "need" ? message.urgency : undefined) ?? "ordinary",
  } as const;
  const isSame = quantity === item.amount && unit === item.unit && changes.urgency === item.urgency;
  changeItem(turn.store, item, changes, turn.now);
  if (!isSame) touchItem(turn, item.id);
}

/** What the keeper's own people hold of it: one match, without a number. */
function heldByKeeper(turn: Turn, item: Item): Match[] {
  const numbered = new Set(claimsOf(turn.store, item.id).map(({ match }) => match));
  return matchesOf(turn.store, item.id).filter(
    (match) => isActive(match) && claimerOf(item, match).machine !== undefined && !numbered.has(match.id),
  );
}

function release(turn: Turn, item: Item, state: "done" | "dropped"): void {
  for (const match of heldByKeeper(turn, item)) changeMatch(turn.store, match, { state }, turn.now);
}

function hold(turn: Turn, item: Item): void {
  if (heldByKeeper(turn, item).length > 0) return;
  const sides = {
    giver: item.owner,
    receiver: item.owner,
    claimedBy: item.kind === "need" ? "giver" : "receiver",
  } as const;
  addMatch(turn.store, {
    ...sides,
    [item.kind === "need" ? "need" : "offer"]: item.id,
    state: "claimed",
    at: turn.now,
  });
  touchItem(turn, item.id);
}

// ───────────────────────────── what becomes of items ─────────────────────────────

function moves(turn: Turn, sender: number, heard: Heard): boolean {
  const version = versionOf(turn, heard);
  const message = heard.message as About;
  if (version === undefined) return false;
  if (gatewayOf(message.ref) !== ownNumber(turn)) {
    if (message.claim === undefined) keeperOnItem(turn, sender, message, version);
    else keeperOnClaim(turn, sender, message, message.claim);
    return true;
  }
  const item = itemByRef(turn.store, message.ref);
  if (!item || item.owner.machine !== undefined) return true;
  if (message.claim === undefined) closedElsewhere(turn, sender, item, message);
  else claimerOnClaim(turn, sender, item, { ...message, claim: message.claim });
  return true;
}

const stateOf = (message: About): MatchState =>
  message.type === "claim" ? (message.agreed ? "confirmed" : "claimed") : STATES[message.type];
const STATES = { "hand-over": "handed", done: "done", withdrawn: "dropped" } as const;

const muchOf = (message: About): number | undefined =>
  message.type === "claim" || message.type === "hand-over" ? message.quantity : undefined;

/** The keeper says that its own people have all of it, or that it is closed. */
function keeperOnItem(turn: Turn, sender: number, message: About, version: number): void {
  const shared = sharedRow(turn.store, sender, message.ref);
  if (shared && !isNewer(version, shared.heard)) return;
  const item = itemIn(turn, shared);
  const ends = message.type === "done" || message.type === "withdrawn";
  if (!shared && !ends) return;
  setShared(turn.store, {
    ...(shared ?? { machine: sender, ref: message.ref, item: null, said: "{}" }),
    heard: version,
    ended: ends ? 1 : (shared?.ended ?? 0),
  });
  if (!item) return;
  if (!ends) return item.state === "open" ? hold(turn, item) : undefined;
  release(turn, item, message.type === "done" ? "done" : "dropped");
  // What became of claims of ours is asked for until it is known.
  for (const row of claimsOf(turn.store, item.id)) {
    const match = matchOf(turn, item, row);
    if (match && isActive(match)) setClaim(turn.store, { ...row, answered: null });
  }
  const expired = message.type === "withdrawn" && message.reason === "expired";
  const state = message.type === "done" ? "done" : expired ? "expired" : "dropped";
  if (item.state !== state) closeItem(turn, item, state);
}

const matchOf = (turn: Turn, item: Item, { match }: ClaimRow): Match | undefined =>
  matchesOf(turn.store, item.id).find(({ id }) => id === match);

/** The keeper says how a claim stands: ours, or a third gateway's. */
function keeperOnClaim(turn: Turn, sender: number, message: About, claim: number): void {
  const shared = sharedRow(turn.store, sender, message.ref);
  const item = itemIn(turn, shared);
  if (!item) return;
  const known = claimRow(turn.store, claim);
  const isOurs = gatewayOf(claim) === ownNumber(turn);
  if (known?.item !== item.id && isOurs) return;
  const row = known?.item === item.id ? known : thirdClaim(turn, sender, item, message, claim);
  const heard = stateOf(message);
  const match = row && matchOf(turn, item, row);
  if (!row || !match) return;
  setClaim(turn.store, { ...row, answered: row.answered === null ? heard : afterKeeper(row.answered, heard) });
  const much = muchOf(message);
  const amount = much !== undefined && match.amount !== undefined && much < match.amount ? { amount: much } : {};
  const state = afterKeeper(match.state, heard);
  if (state === match.state && amount.amount === undefined) return;
  const next = changeMatch(turn.store, match, { state, ...amount }, turn.now);
  settle(turn, next);
  if (state === match.state) return;
  const isLate = message.type === "withdrawn" && message.reason === "elsewhere";
  tellMoved(turn, item, next, isLate);
}

function thirdClaim(turn: Turn, sender: number, item: Item, message: About, claim: number): ClaimRow | undefined {
  if (message.type === "withdrawn" || message.type === "done" || item.state !== "open") return undefined;
  const who: Party = { name: `gateway ${gatewayOf(claim)}`, machine: sender };
  return booked(turn, item, who, claim, muchOf(message));
}

/** A new claim of somebody behind another gateway. */
function booked(turn: Turn, item: Item, who: Party, claim: number, amount: number | undefined): ClaimRow {
  const isNeed = item.kind === "need";
  const match = addMatch(turn.store, {
    giver: isNeed ? who : item.owner,
    receiver: isNeed ? item.owner : who,
    claimedBy: isNeed ? "giver" : "receiver",
    [isNeed ? "need" : "offer"]: item.id,
    state: "claimed",
    at: turn.now,
    ...(amount === undefined ? {} : { amount }),
  });
  const row: ClaimRow = { claim, item: item.id, match: match.id, answered: null };
  setClaim(turn.store, row);
  touchItem(turn, item.id);
  return row;
}

// ───────────────────────────── what others do about ours ─────────────────────────────

/** Another gateway's coordinator has closed it. */
function closedElsewhere(turn: Turn, sender: number, item: Item, message: About): void {
  if (message.type !== "done" && message.type !== "withdrawn") return;
  if (item.state !== "open") return sayAgain(turn, item.id, ITEM_KEY);
  const party = behind(turn, sender);
  const doer: Doer = { party, coordinator: true, sure: true, language: turn.settings.node.language };
  endItem(turn, doer, item, message.type === "done" ? "done" : "dropped");
  tellParty(turn, item.owner, item, message.type === "done" ? "done" : "withdrawn", () => ({}));
  tellItem(turn, item, `${refOf(item)} was closed by ${defuseName(party.name)}.`);
}

/** The gateway of somebody who claims it says what they do: the first that is stored here has it. Answered at once. */
function claimerOnClaim(turn: Turn, sender: number, item: Item, message: About & { readonly claim: number }): void {
  const { claim } = message;
  if (gatewayOf(claim) === ownNumber(turn)) return void sameNumber(turn, sender);
  const known = claimRow(turn.store, claim);
  const row = known?.item === item.id ? known : admitted(turn, sender, item, message);
  const match = matchOf(turn, item, row);
  if (match) advance(turn, item, match, message);
  sayAgain(turn, item.id, claimKey(claim));
}

function admitted(turn: Turn, sender: number, item: Item, message: About & { readonly claim: number }): ClaimRow {
  const free = freeOf(item, matchesOf(turn.store, item.id));
  const much = muchOf(message);
  const unit = message.type === "claim" || message.type === "hand-over" ? message.unit : undefined;
  const wanted = much === undefined ? undefined : { amount: much, ...(unit === undefined ? {} : { unit }) };
  const part = partOf(item, free, wanted);
  if (message.type === "withdrawn" || free <= 0 || !part.ok) {
    const refused: ClaimRow = { claim: message.claim, item: item.id, match: null, answered: null };
    setClaim(turn.store, refused);
    return refused;
  }
  const who = behind(turn, sender);
  const row = booked(turn, item, who, message.claim, part.value.amount);
  // What is further already is told as that.
  if (stateOf(message) === "claimed")
    tellParty(turn, item.owner, item, item.kind === "need" ? "willBringFar" : "asksForFar", (language) => ({
      name: who.name,
      what: whatOf(item, matchOf(turn, item, row)!, language),
    }));
  return row;
}

const EVENTS: Readonly<Partial<Record<MatchState, MatchEvent>>> = {
  confirmed: "confirm",
  handed: "hand",
  done: "finish",
  dropped: "drop",
};

function advance(turn: Turn, item: Item, match: Match, message: About): void {
  const state = afterClaimer(match.state, stateOf(message));
  const event = EVENTS[state];
  if (state === match.state || event === undefined || !moved(match, event, "coordinator").ok) return;
  const much = state === "handed" ? muchOf(message) : undefined;
  const part = much === undefined || match.amount === undefined ? {} : { amount: Math.min(much, match.amount) };
  const next = changeMatch(turn.store, match, { state, ...part }, turn.now);
  settle(turn, next);
  tellMoved(turn, item, next, false);
}

/** Both sides hear what became of it; whoever is behind another gateway hears it there. */
function tellMoved(turn: Turn, item: Item, match: Match, isLate: boolean): void {
  const { giver, receiver, state } = match;
  const what = (language: string): string => whatOf(item, match, language);
  if (state === "confirmed") {
    arrange(turn, item, match);
    tellParty(turn, giver, item, giverWords(turn, match), (language) => ({ what: what(language) }));
    tellParty(turn, receiver, item, "comes", (language) => ({ name: giver.name, what: what(language) }));
  }
  if (state === "handed")
    tellParty(turn, receiver, item, "handedTo", (language) => ({ name: giver.name, what: what(language) }));
  if (state === "done") tellParty(turn, giver, item, "doneTo", () => ({ name: receiver.name }));
  if (state !== "dropped") return;
  const claimer = claimerOf(item, match);
  tellParty(turn, claimer, item, isLate ? "late" : "declined", () => ({}));
  tellParty(turn, item.owner, item, "droppedTo", () => ({ name: claimer.name }));
}
