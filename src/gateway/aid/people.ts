// Who stands on which side of mutual aid, where they are, and how they are told. To others goes a zone and a reference; the exact
// address goes to the matched giver alone, by direct message, and the ledger keeps that message without it.

import { utf8 } from "#base/bytes.ts";
import { firstLetters } from "#base/text.ts";
import { isSameParty, type Item, type Party } from "#domain/aid/aid.ts";
import type { Place } from "#domain/aid/matching.ts";
import { isProven } from "#domain/people/trust.ts";
import { speaksForAll } from "#domain/people/people.ts";
import type { House } from "#domain/wire-words.ts";
import { household, member, membersOfHouse, radiosOfMember } from "#store/people.ts";
import { nodeRow } from "#store/world.ts";
import { aidWords, type AidValues } from "#wire/grammar/aid-replies.ts";
import type { AidReplies } from "#wire/grammar/language.ts";
import { fill, repliesOf } from "#wire/grammar/reply.ts";
import { refName } from "#wire/references.ts";
import { TAXONOMY, UNITS, wordFor } from "#wire/taxonomy.ts";
import { cleanForMesh } from "#wire/text.ts";
import { marked } from "#gateway/events.ts";
import { tellMesh } from "#gateway/say.ts";
import type { Speaker } from "#gateway/people/speaker.ts";
import type { Turn } from "#gateway/turn.ts";

/** Somebody who does something about an item. */
export interface Doer {
  readonly party: Party;
  /** May act for everybody. */
  readonly coordinator: boolean;
  /** It is them: a key or an operators' room says so. */
  readonly sure: boolean;
  readonly language: string;
}

const LONGEST_NAME = 20;

/** A name for the air: one line, short. */
export function airName(name: string): string {
  return firstLetters(cleanForMesh(name).replaceAll("\n", " "), LONGEST_NAME);
}

export function partyOf(turn: Turn, speaker: Speaker): Party {
  return {
    name: airName(speaker.name),
    node: speaker.node,
    ...(speaker.member === undefined || !isProven(speaker.trust) ? {} : { member: speaker.member.number }),
    ...(speaker.house === undefined ? {} : { house: speaker.house, ...zoneOf(turn, speaker.house) }),
  };
}

/** A household that somebody else speaks for; `node`: whom to tell where it has no radio. */
export function partyOfHouse(turn: Turn, house: House, node?: number): Party {
  const own = membersOfHouse(turn.store, house).flatMap(({ number }) => radiosOfMember(turn.store, number))[0]?.node;
  const told = own ?? node;
  return { name: `house ${house}`, house, ...zoneOf(turn, house), ...(told === undefined ? {} : { node: told }) };
}

const zoneOf = (turn: Turn, house: House): { zone?: number } => {
  const zone = household(turn.store, house)?.zone;
  return zone === undefined ? {} : { zone };
};

export function doerOf(turn: Turn, speaker: Speaker, language: string): Doer {
  return {
    party: partyOf(turn, speaker),
    coordinator: speaksForAll(speaker.role),
    sure: isProven(speaker.trust) || speaker.trust === "unpinned",
    language,
  };
}

/** Whether they are this side, or the one who is told for it: a captain, for a household without a radio. */
export function isFor({ party }: Doer, side: Party): boolean {
  return isSameParty(party, side) || (side.node !== undefined && side.node === party.node);
}

/** Where somebody is, for judging distances. */
export function placeOf(turn: Turn, party: Party): Place {
  const node = party.node === undefined ? undefined : nodeRow(turn.store, party.node);
  const who = party.member === undefined ? undefined : member(turn.store, party.member);
  const home = party.house === undefined ? undefined : household(turn.store, party.house);
  const known = node !== undefined && node.latitudeI !== null && node.longitudeI !== null;
  return {
    languages: [...(who?.language === undefined ? [] : [who.language]), ...(home?.languages ?? [])],
    ...(party.zone === undefined ? {} : { zone: party.zone }),
    ...(known ? { latitude: node.latitudeI / 1e7, longitude: node.longitudeI / 1e7 } : {}),
  };
}

// ───────────────────────────── words ─────────────────────────────

export const refOf = ({ ref }: Pick<Item, "ref">): string => refName("a", ref);

/** "water 20 L"; `amount`: another than the item's own. */
export function whatWords({ code, amount, unit }: Item, language: string, other = amount): string {
  const word = code === undefined ? repliesOf(language).aid.something : wordFor(TAXONOMY, code, language);
  if (other === undefined) return word;
  const name = UNITS.find(([each]) => each === unit)?.[1];
  return `${word} ${other}${name === undefined ? "" : ` ${name}`}`;
}

export function isMedical({ code }: Item): boolean {
  return code !== undefined && TAXONOMY.byCode.get(code)?.medical === true;
}

export function whereWords({ zone }: Party, language: string): string {
  const { aid } = repliesOf(language);
  return zone === undefined ? aid.somewhere : fill(aid.zone, { zone });
}

export function languageOf(turn: Turn, party: Party): string {
  const who = party.member === undefined ? undefined : member(turn.store, party.member);
  const home = party.house === undefined ? undefined : household(turn.store, party.house);
  return who?.language ?? home?.languages[0] ?? turn.settings.node.language;
}

/** Where exactly, for the one who brings it. */
export function addressWords(turn: Turn, receiver: Party, language: string): string {
  const home = receiver.house === undefined ? undefined : household(turn.store, receiver.house);
  const house = receiver.house === undefined ? "" : fill(repliesOf(language).aid.house, { house: receiver.house });
  const parts = [house, home?.address ?? "", receiver.name].map((part) => cleanForMesh(part).replaceAll("\n", " "));
  return parts.filter((part, index) => part !== "" && parts.indexOf(part) === index).join(", ");
}

// ───────────────────────────── telling ─────────────────────────────

/** What may be said to one person and is kept without it. */
const KEPT_BACK = "…";

/** Words by direct message to somebody who has a radio; the ledger row, if there is one. */
export function tellParty(
  turn: Turn,
  party: Party,
  item: Item,
  key: keyof AidReplies,
  values: (language: string) => AidValues,
): number | undefined {
  if (party.node === undefined) return undefined;
  const language = languageOf(turn, party);
  return tellNode(turn, party.node, item, [key, language, { ref: refOf(item), ...values(language) }]);
}

export function tellNode(
  turn: Turn,
  node: number,
  item: Pick<Item, "event" | "urgency">,
  [key, language, values]: readonly [keyof AidReplies, string, AidValues],
): number {
  const words = (given: AidValues): string => {
    const text = aidWords(key, language, given);
    return item.event === undefined ? text : marked(text);
  };
  const text = words(values);
  const kept = values["address"] === undefined ? text : words({ ...values, address: KEPT_BACK });
  return tellMesh(turn, {
    class: item.urgency === "urgent" || item.urgency === "life" ? "receipt" : "answer",
    to: node,
    text: kept,
    payload: utf8(text),
  });
}
