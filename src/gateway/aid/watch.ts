// What the gateway does about mutual aid by itself: it asks those who could help, one after the other; brings up again what is
// stuck; asks before something ends. Every item that is open has one timer; what is due is found anew each time from the rows.

import type { Millis } from "#base/clock.ts";
import { freeOf, type Item, type Match, type MatchState, type Side } from "#domain/aid/aid.ts";
import { byUrgency, likeness, suppliersFor, type Supplier } from "#domain/aid/matching.ts";
import {
  askedFor,
  askedLately,
  changeItem,
  forgetAsked,
  itemRow,
  lastAsked,
  matchesOf,
  noteAsked,
  openItems,
} from "#store/aid.ts";
import { askQuestion } from "#store/welfare.ts";
import { setTimer } from "#store/world.ts";
import type { AidReplies } from "#wire/grammar/language.ts";
import { repliesOf } from "#wire/grammar/reply.ts";
import { STUCK_AFTER, tellItem } from "./board.ts";
import { closeItem, extendItem } from "./items.ts";
import { placeOf, refOf, tellParty, whatWords, whereWords } from "./people.ts";
import type { Turn } from "#gateway/turn.ts";

const MINUTE: Millis = 60_000;
const HOUR = 60 * MINUTE;

const isPressing = ({ urgency }: Item): boolean => urgency === "urgent" || urgency === "life";

/** How long somebody who was asked has for an answer before the next is asked. */
const askNext = (item: Item): Millis => (isPressing(item) ? 5 : 15) * MINUTE;
/** When everybody was asked, the first is asked again after this. */
const askAgain = (item: Item): Millis => (isPressing(item) ? 1 : 6) * HOUR;
/** The question whether it still stands comes so long before its end, or after three quarters of a short life. */
const BEFORE_END: Millis = 6 * HOUR;

// ───────────────────────────── asking those who could ─────────────────────────────

/** Those who could help, the best first. */
export function suppliers(turn: Turn, need: Item): Supplier[] {
  const supplies = openItems(turn.store, ["offer", "skill", "have"])
    .filter((item) => likeness(need.code, item.code) !== undefined)
    .map((item) => ({ item, matches: matchesOf(turn.store, item.id), place: placeOf(turn, item.owner) }));
  return suppliersFor(need, placeOf(turn, need.owner), supplies);
}

/** Asks the next one who could; false: there is nobody (left) to ask. */
function askSupplier(turn: Turn, need: Item): boolean {
  const asked = askedFor(turn.store, need.id);
  const next = suppliers(turn, need).find(({ item }) => {
    if (asked.has(item.id) || item.owner.node === undefined) return false;
    // One thing is not asked for by two at once.
    return (
      item.supply === "endless" ||
      item.amount !== undefined ||
      !askedLately(turn.store, item.id, turn.now - askNext(need))
    );
  })?.item;
  if (!next) return false;
  noteAsked(turn.store, need.id, next.id, turn.now);
  const urgent = (language: string): string => (isPressing(need) ? repliesOf(language).aid.urgent : "");
  tellParty(turn, next.owner, need, "wanted", (language) => ({
    what: whatWords(need, language),
    urgent: urgent(language),
    where: whereWords(need.owner, language),
  }));
  if (asked.size === 0)
    tellParty(turn, need.owner, need, "mayBe", (language) => ({
      what: whatWords(next, language),
      where: whereWords(next.owner, language),
      offer: refOf(next),
    }));
  tellItem(turn, need, `${refOf(next)} (${whereWords(next.owner, "en")}) could, and is asked.`);
  return true;
}

/** Something new can be had: whoever waits for it, the most urgent first. */
function offerToNeeds(turn: Turn, supply: Item): void {
  const waiting = openItems(turn.store, ["need"])
    .filter(
      (need) => likeness(need.code, supply.code) !== undefined && freeOf(need, matchesOf(turn.store, need.id)) > 0,
    )
    .toSorted(byUrgency);
  for (const need of waiting.slice(0, MOST_AT_ONCE)) setTimer(turn.store, "aid", need.id, turn.now);
}

const MOST_AT_ONCE = 3;

// ───────────────────────────── what is stuck ─────────────────────────────

/** How long a match may stay in a state before it is brought up again, and with whom. */
const STUCK: Readonly<
  Partial<
    Record<
      MatchState,
      {
        readonly after: Millis;
        readonly pressing: Millis;
        readonly ask: (match: Match) => Side;
        readonly words: keyof AidReplies;
      }
    >
  >
> = {
  claimed: {
    after: 20 * MINUTE,
    pressing: 5 * MINUTE,
    ask: ({ claimedBy }) => (claimedBy === "giver" ? "receiver" : "giver"),
    words: "answerNow",
  },
  confirmed: { after: 3 * HOUR, pressing: 45 * MINUTE, ask: () => "giver", words: "howFar" },
  handed: { after: 2 * HOUR, pressing: HOUR, ask: () => "receiver", words: "arrived" },
};

/** Reminds of one match if it is due; when to look again. */
function remind(turn: Turn, item: Item, match: Match): Millis | undefined {
  const rule = STUCK[match.state];
  if (!rule) return undefined;
  const pause = (isPressing(item) ? rule.pressing : rule.after) * 2 ** item.reminded;
  const dueAt = match.changedAt + pause;
  if (dueAt > turn.now) return dueAt;
  const side = rule.ask(match);
  const other = side === "giver" ? match.receiver : match.giver;
  if (item.reminded < MOST_REMINDERS)
    tellParty(turn, match[side], item, rule.words, (language) => ({
      name: other.name,
      what: whatWords(item, language, match.amount),
    }));
  const next = changeItem(turn.store, item, { reminded: item.reminded + 1 }, item.changedAt);
  if (next.reminded === STUCK_AFTER)
    tellItem(
      turn,
      next,
      `⏳ ${refOf(item)} is stuck: ${match.state} for a while, the ${side} does not answer. Please look.`,
      true,
    );
  return turn.now + pause * 2;
}

const MOST_REMINDERS = 3;

// ───────────────────────────── the timer of an item ─────────────────────────────

export function aidDue(turn: Turn, id: number): void {
  const item = itemRow(turn.store, id);
  if (!item || item.state !== "open") return;
  const matches = matchesOf(turn.store, id);
  const ending = endingOf(turn, item, matches);
  if (ending === "closed") return;
  const own = matches.filter((match) => (match.need ?? match.offer) === id);
  const due = [
    ending,
    ...own.map((match) => remind(turn, itemRow(turn.store, id)!, match)),
    search(turn, item, matches),
  ];
  const next = due.filter((at) => at !== undefined);
  if (next.length > 0) setTimer(turn.store, "aid", id, Math.max(turn.now + 1_000, Math.min(...next)));
}

function search(turn: Turn, item: Item, matches: readonly Match[]): Millis | undefined {
  if (item.kind !== "need") {
    if (item.changedAt === turn.now) offerToNeeds(turn, item);
    return undefined;
  }
  if (item.code === undefined || freeOf(item, matches) <= 0) return undefined;
  const last = lastAsked(turn.store, item.id);
  if (last !== undefined && last + askNext(item) > turn.now) return last + askNext(item);
  if (askSupplier(turn, item)) return turn.now + askNext(item);
  if (last !== undefined && last + askAgain(item) <= turn.now) {
    forgetAsked(turn.store, item.id);
    return askSupplier(turn, item) ? turn.now + askNext(item) : turn.now + askAgain(item);
  }
  return (last ?? turn.now) + (last === undefined ? askNext(item) : askAgain(item));
}

/** Asks before the end, and ends; what is urgent, or in somebody's hands, does not end by itself. */
function endingOf(turn: Turn, item: Item, matches: readonly Match[]): Millis | "closed" | undefined {
  if (item.expiresAt === undefined) return undefined;
  const askAt = Math.max(item.expiresAt - BEFORE_END, item.at + (item.expiresAt - item.at) * 0.75);
  if (turn.now < askAt) return askAt;
  if (turn.now < item.expiresAt) {
    if (!item.asked) askStill(turn, item);
    return item.expiresAt;
  }
  const busy = matches.some(({ state }) => state === "claimed" || state === "confirmed" || state === "handed");
  if (busy || (item.kind === "need" && isPressing(item))) {
    extendItem(turn, item);
    tellItem(turn, item, `${refOf(item)} would have ended, and nobody has answered; it stays open. Please look.`, true);
    return undefined;
  }
  closeItem(turn, item, "expired");
  tellParty(turn, item.owner, item, "expired", (language) => ({ what: whatWords(item, language) }));
  return "closed";
}

function askStill(turn: Turn, item: Item): void {
  changeItem(turn.store, item, { asked: true }, item.changedAt);
  const ledger = tellParty(turn, item.owner, item, "still", (language) => ({ what: whatWords(item, language) }));
  if (ledger !== undefined && item.owner.node !== undefined)
    askQuestion(turn.store, { kind: "expiry", reference: refOf(item), node: item.owner.node, at: turn.now, ledger });
}
