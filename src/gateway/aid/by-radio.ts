// Mutual aid by radio: what residents say (`need water 20L`, `take a31`) and what they are answered, in one packet each. What is
// needed, offered and agreed lies in items.ts and deals.ts.

import { freeOf, isSameParty, shownState, type AidUrgency, type Item, type Wanted } from "#domain/aid/aid.ts";
import { byUrgency, likeness } from "#domain/aid/matching.ts";
import { itemByRef, matchesOf, openItems } from "#store/aid.ts";
import { aidDetails } from "#wire/grammar/aid-details.ts";
import { aidWords, type AidValues } from "#wire/grammar/aid-replies.ts";
import type { AidReplies } from "#wire/grammar/language.ts";
import { fill, fits, repliesOf } from "#wire/grammar/reply.ts";
import { parseRef } from "#wire/references.ts";
import { TAXONOMY, wordFor } from "#wire/taxonomy.ts";
import { answerWith } from "#gateway/mesh/answering.ts";
import { agree, decline, drop, finish, give, take, type Done } from "./deals.ts";
import { endWords, openItem } from "./items.ts";
import {
  doerOf,
  isFor,
  isMedical,
  partyOf,
  partyOfHouse,
  refOf,
  tellNode,
  whatWords,
  whereWords,
  type Doer,
} from "./people.ts";
import { marked, recordNow, recordOf } from "#gateway/events.ts";
import { EVERYONE, type Turn } from "#gateway/turn.ts";
import type { Kept, Understood } from "#gateway/understanding.ts";

/** What was said to be needed becomes items, one a thing and household; the texts are booked elsewhere. */
export function openNeeds(turn: Turn, heard: Understood): void {
  const { intention, speaker, utterance } = heard;
  if (!OPENS.has(intention.kind) || intention.needs.length === 0) return;
  const owners =
    intention.households.length === 0 || intention.households.every((house) => house === speaker.house)
      ? [partyOf(turn, speaker)]
      : intention.households.map((house) => partyOfHouse(turn, house, utterance.from));
  const details = intention.needs.length > 1 ? { endless: false } : aidDetails(utterance.text, intention.households);
  const event = recordOf(turn, heard);
  for (const owner of owners)
    for (const code of intention.needs)
      openItem(turn, {
        kind: "need",
        code,
        details,
        urgency: intention.urgency satisfies AidUrgency,
        owner,
        note: utterance.text.slice(0, LONGEST_NOTE),
        ...(event === undefined ? {} : { event }),
      });
}

const OPENS: ReadonlySet<string> = new Set(["need", "urgent", "sos"]);
const LONGEST_NOTE = 200;

/** References of what this text's households need, for the answer. */
export function neededRefs(turn: Turn, heard: Understood): string[] {
  const { intention, speaker, utterance } = heard;
  if (!OPENS.has(intention.kind) || intention.needs.length === 0) return [];
  const houses = intention.households.length > 0 ? intention.households : [speaker.house];
  const event = recordOf(turn, heard);
  return openItems(turn.store, ["need"])
    .filter(({ code, owner, event: of }) => {
      const theirs = owner.house === undefined ? owner.node === utterance.from : houses.includes(owner.house);
      return of === event && theirs && code !== undefined && intention.needs.includes(code);
    })
    .map(refOf);
}

// ───────────────────────────── what is there ─────────────────────────────

const OFFERED = { offer: "offered", skill: "skilled", have: "has" } as const;

/** `offer generator 2kW till fri`, `skill nurse`, `have chainsaw`: one item a thing. */
export function offerByRadio(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, speaker, utterance } = heard;
  const kind = intention.kind as keyof typeof OFFERED;
  if (intention.needs.length === 0) return false;
  const needed = kind === "have" ? ownNeed(turn, heard) : undefined;
  // "got water", from somebody who needs it: it has come, perhaps.
  if (needed)
    return answer(turn, heard, kept, needed, [
      "arrived",
      { ref: refOf(needed), what: whatWords(needed, intention.language) },
    ]);
  const { amount, unit, ...ends } = aidDetails(utterance.text);
  const counted = { ...ends, ...(amount === undefined ? {} : { amount }), ...(unit === undefined ? {} : { unit }) };
  const details = intention.needs.length > 1 ? ends : counted;
  const event = kind === "offer" ? recordNow(turn) : undefined;
  const opened = intention.needs.flatMap((code) => {
    const note = utterance.text.slice(0, LONGEST_NOTE);
    const wish = { kind, code, details, urgency: "ordinary" as const, owner: partyOf(turn, speaker), note };
    return openItem(turn, event === undefined ? wish : { ...wish, event })?.item ?? [];
  });
  const [item] = opened;
  if (!item) return false;
  const { language } = intention;
  const end = endWords(turn, item);
  const untilWords = end === undefined ? "" : fill(repliesOf(language).aid.until, { time: end });
  const what = opened.map((each) => whatWords(each, language)).join(", ");
  return answer(turn, heard, kept, item, [
    OFFERED[kind],
    { ref: opened.map(refOf).join(" "), what, until: untilWords },
  ]);
}

/** What they need and have named, if it is open: of one thing alone. */
function ownNeed(turn: Turn, { intention, speaker, utterance }: Understood): Item | undefined {
  const [code, more] = intention.needs;
  if (code === undefined || more !== undefined) return undefined;
  return openItems(turn.store, ["need"]).find(
    (item) => item.code === code && isSameParty(item.owner, partyOf(turn, speaker)) && utterance.to !== EVERYONE,
  );
}

/** `needs`, `offers water`, `who nurse`: a reference, what, and the zone, nothing nearer; of things medical only that they are. */
export function listByRadio(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, speaker } = heard;
  const doer = doerOf(turn, speaker, intention.language);
  const listed = itemsFor(turn, heard, doer);
  const { aid } = repliesOf(intention.language);
  const lines = listed.map((item) => lineOf(item, doer));
  for (let most = lines.length; most > 0; most--) {
    const list = lines.slice(0, most).join("; ") + (most < lines.length ? ` … (${lines.length})` : "");
    const words = fill(aid.list, { list });
    if (fits(words) || most === 1) return answerWith(turn, heard, kept, fits(words) ? words : lines[0]!.slice(0, 100));
  }
  const [code] = intention.needs;
  const hint = code === undefined ? "" : fill(aid.nothingOf, { what: wordFor(TAXONOMY, code, intention.language) });
  return answerWith(turn, heard, kept, aid.nothing + hint);
}

const LISTS: Readonly<Record<string, readonly Item["kind"][]>> = {
  needs: ["need"],
  offers: ["offer", "have", "skill"],
  who: ["skill", "have", "offer"],
};

function itemsFor(turn: Turn, { intention, speaker }: Understood, doer: Doer): Item[] {
  const [wanted] = intention.needs;
  const record = recordNow(turn);
  const near = ({ owner }: Item): number => (owner.zone !== undefined && owner.zone === doer.party.zone ? 0 : 1);
  return openItems(turn.store, LISTS[intention.kind] ?? [])
    .filter((item) => item.event === record || item.kind === "skill" || item.kind === "have")
    .filter(({ code }) => wanted === undefined || likeness(wanted, code) !== undefined)
    .filter((item) => freeOf(item, matchesOf(turn.store, item.id)) > 0 || item.owner.node === speaker.node)
    .toSorted((a, b) => near(a) - near(b) || byUrgency(a, b));
}

function lineOf(item: Item, doer: Doer): string {
  const { language } = doer;
  const { aid } = repliesOf(language);
  const known = !isMedical(item) || isFor(doer, item.owner) || doer.coordinator || item.kind !== "need";
  const urgent = item.urgency === "urgent" || item.urgency === "life" ? "!" : "";
  return `${refOf(item)}${urgent} ${known ? whatWords(item, language) : aid.medical} ${whereWords(item.owner, language)}`;
}

// ───────────────────────────── what is done about it ─────────────────────────────

type Deed = (turn: Turn, doer: Doer, item: Item, wanted?: Wanted) => Done;

/** Deeds that may be done in part. */
const COUNTED: ReadonlySet<string> = new Set(["take", "give"]);

const DEEDS: Readonly<Record<string, Deed>> = { take, give, done: finish, drop, yes: agree, no: decline };

/** `take a31`, `give a31 10L`, `done a31`, `drop a31`, `yes a31`, `no a31`. False: not about an aid item. */
export function dealByRadio(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, speaker, utterance } = heard;
  const deed = Object.hasOwn(DEEDS, intention.kind) ? DEEDS[intention.kind] : undefined;
  const needed = intention.kind === "drop" && intention.reference === undefined ? ownNeed(turn, heard) : undefined;
  const named = needed === undefined ? intention.reference : refOf(needed);
  const reference = named === undefined ? undefined : parseRef(named);
  if (!deed || named === undefined || reference?.space !== "a") return false;
  const item = itemByRef(turn.store, reference.ref);
  const doer = doerOf(turn, speaker, intention.language);
  const values = { ref: named };
  if (!item) return answerWith(turn, heard, kept, aidWords("unknown", intention.language, values));
  if (!doer.sure) return answer(turn, heard, kept, item, ["direct", values]);
  const wanted = COUNTED.has(intention.kind) ? wantedIn(utterance.text) : undefined;
  const also = intention.kind === "drop" ? droppedToo(turn, doer, heard, named) : [];
  const done = deed(turn, doer, item, wanted);
  if (also.length > 0) {
    const ref = (done.ok ? [named, ...also] : also).join(" ");
    return answer(turn, heard, kept, item, ["dropped", { ref }]);
  }
  const what = { what: whatWords(item, intention.language) };
  return answer(turn, heard, kept, item, [done.key, { ...what, ...values, ...done.values }]);
}

/** "drop a0 a16": what was said together is taken back together. */
function droppedToo(turn: Turn, doer: Doer, { utterance }: Understood, first: string): string[] {
  const named = [...new Set(utterance.text.toLowerCase().match(/\ba\d{1,5}\b/g))].filter((each) => each !== first);
  return named.filter((each) => {
    const reference = parseRef(each);
    const item = reference === undefined ? undefined : itemByRef(turn.store, reference.ref);
    return item !== undefined && drop(turn, doer, item).ok;
  });
}

/** "10", "10 L", "2.5 kW" beside a reference. */
export function wantedIn(text: string): Wanted | undefined {
  const { amount, unit } = aidDetails(text);
  return amount === undefined ? undefined : { amount, ...(unit === undefined ? {} : { unit }) };
}

/** The answer to what somebody said. An address in it is for them alone, and is not kept (people.ts). */
function answer(
  turn: Turn,
  heard: Understood,
  kept: Kept,
  item: Item,
  [key, values]: readonly [keyof AidReplies, AidValues],
): boolean {
  const { language } = heard.intention;
  if (values["address"] !== undefined) {
    tellNode(turn, heard.utterance.from, item, [key, language, values]);
    return true;
  }
  const words = aidWords(key, language, values);
  return answerWith(turn, heard, kept, item.event === undefined ? words : marked(words));
}

/** How an item stands, for views. */
export const standingOf = (turn: Turn, item: Item) => shownState(item, matchesOf(turn.store, item.id));
