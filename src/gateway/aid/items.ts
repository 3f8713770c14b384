// Opening and closing aid items: references, how long they stand, what is one fact with what was said before.

import { nextTimeOfDay, timeOfDay, weekdayAt } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import {
  isActive,
  isSameParty,
  type AidKind,
  type AidUrgency,
  type Item,
  type Party,
  type Supply,
} from "#domain/aid/aid.ts";
import { addItem, changeItem, itemRow, matchesOf, openItems, takenRefs, type NewItem } from "#store/aid.ts";
import { closeQuestions } from "#store/welfare.ts";
import { clearTimer, setTimer } from "#store/world.ts";
import type { AidDetails, Until } from "#wire/grammar/aid-details.ts";
import { freeRef, refName } from "#wire/references.ts";
import { TAXONOMY } from "#wire/taxonomy.ts";
import { itemChanged } from "./board.ts";
import { calendarTime, clockSure, type Turn } from "#gateway/turn.ts";

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;

/** How long an item stands when nothing was said about it. Skills and tools stay on the list until somebody says otherwise. */
const STANDS: Readonly<Record<AidKind, Millis | undefined>> = {
  need: 3 * DAY,
  offer: 7 * DAY,
  skill: undefined,
  have: undefined,
};

/** A closed item's reference does not come back before everybody has forgotten it. */
export const REF_RESTS: Millis = 7 * DAY;

/** What is there for everybody and is not used up: charging, internet, a shower, a well, a toilet, company, information. */
const ENDLESS_CODES: ReadonlySet<number> = new Set([25, 121, 99, 56, 22, 43, 44, 150, 152]);

export interface Wish {
  readonly kind: AidKind;
  readonly code?: number;
  readonly details: AidDetails;
  readonly urgency: AidUrgency;
  readonly owner: Party;
  readonly note?: string;
  readonly event?: number;
}

/** Opens an item, or brings the open one of the same owner, kind and thing up to date: saying it twice is one fact. */
export function openItem(turn: Turn, wish: Wish): { item: Item; isNew: boolean } | undefined {
  const { details } = wish;
  const same = openItems(turn.store, [wish.kind]).find(
    (item) => item.code === wish.code && item.event === wish.event && isSameParty(item.owner, wish.owner),
  );
  // "ride tomorrow 9am" is offered for that day; who needs something tomorrow still needs it the day after.
  const expiresAt = endOf(turn, wish.kind, details.until ?? (wish.kind === "offer" ? details.day : undefined));
  if (same) {
    const urgency = greater(same.urgency, wish.urgency);
    const amount = details.amount === undefined ? {} : given({ amount: details.amount, unit: details.unit });
    const changes = { ...amount, ...given({ expiresAt }), urgency, asked: false };
    return { item: stored(turn, changeItem(turn.store, same, changes, turn.now)), isNew: false };
  }
  const ref = freeRef(turn.settings.node.gatewayNumber ?? 0, takenRefs(turn.store, turn.now - REF_RESTS));
  if (ref === undefined) return undefined;
  const item: NewItem = {
    kind: wish.kind,
    supply: supplyOf(wish),
    urgency: wish.urgency,
    owner: wish.owner,
    at: turn.now,
    ...given({
      code: wish.code,
      amount: details.amount,
      unit: details.unit,
      note: wish.note,
      event: wish.event,
      expiresAt,
    }),
  };
  return { item: stored(turn, addItem(turn.store, ref, item)), isNew: true };
}

function stored(turn: Turn, item: Item): Item {
  setTimer(turn.store, "aid", item.id, turn.now);
  itemChanged(turn, item);
  return item;
}

/** Leaves out what was not said. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

const URGENCIES: readonly AidUrgency[] = ["ordinary", "soon", "urgent", "life"];
const greater = (a: AidUrgency, b: AidUrgency): AidUrgency => (URGENCIES.indexOf(a) >= URGENCIES.indexOf(b) ? a : b);

export function supplyOf({ kind, code, details }: Pick<Wish, "kind" | "code" | "details">): Supply {
  if (kind === "need") return "once";
  if (kind === "skill" || details.endless || (code !== undefined && ENDLESS_CODES.has(code))) return "endless";
  const lent = kind === "have" || (code !== undefined && TAXONOMY.byCode.get(code)?.group === "transport");
  return lent ? "returns" : "once";
}

/** The moment of our own time at which it ends. */
function endOf(turn: Turn, kind: AidKind, until: Until | undefined): Millis | undefined {
  const usual = STANDS[kind];
  if (until === undefined) return usual === undefined ? undefined : turn.now + usual;
  if (until.is === "hours") return turn.now + until.hours * HOUR;
  if (!clockSure(turn.wall)) return usual === undefined ? undefined : turn.now + usual;
  const { timezone } = turn.settings.node;
  const at = (time: string): Millis =>
    (nextTimeOfDay(turn.wall, time, timezone) ?? turn.wall + DAY) - turn.wall + turn.now;
  if (until.is === "time") return at(until.time);
  const days = until.is === "days" ? until.days : (until.weekday - weekdayAt(turn.wall, timezone) + 7) % 7;
  return at("23:59") + days * DAY;
}

/** "Fri 14:02" as the wall shows it; nothing for what has no end or while our clock is unsure. */
export function endWords(turn: Turn, { expiresAt }: Pick<Item, "expiresAt">): string | undefined {
  if (expiresAt === undefined || !clockSure(turn.wall)) return undefined;
  const { timezone } = turn.settings.node;
  const wall = calendarTime(turn, expiresAt);
  const far = expiresAt - turn.now > DAY;
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekdayAt(wall, timezone)]!;
  return far ? `${day} ${timeOfDay(wall, timezone)}` : timeOfDay(wall, timezone);
}

/** Done, expired or dropped; what was asked about it is no longer asked. */
export function closeItem(turn: Turn, item: Item, state: "done" | "expired" | "dropped"): Item {
  const closed = changeItem(turn.store, item, { state }, turn.now);
  clearTimer(turn.store, "aid", item.id);
  closeQuestions(turn.store, "expiry", refName("a", item.ref));
  itemChanged(turn, closed);
  return closed;
}

/** It stands as long again. */
export function extendItem(turn: Turn, item: Item): Item {
  const expiresAt = endOf(turn, item.kind, undefined);
  const kept = changeItem(
    turn.store,
    item,
    { asked: false, ...(expiresAt === undefined ? {} : { expiresAt }) },
    turn.now,
  );
  closeQuestions(turn.store, "expiry", refName("a", item.ref));
  return stored(turn, kept);
}

/** After something happened to a match of it: looked at anew from the beginning. */
export function touchItem(turn: Turn, id: number | undefined): Item | undefined {
  const item = id === undefined ? undefined : itemRow(turn.store, id);
  if (!item) return undefined;
  const fresh = changeItem(turn.store, item, { reminded: 0 }, turn.now);
  if (fresh.state === "open") setTimer(turn.store, "aid", fresh.id, turn.now);
  itemChanged(turn, fresh);
  return fresh;
}

export const activeMatches = (turn: Turn, item: Item) => matchesOf(turn.store, item.id).filter(isActive);
