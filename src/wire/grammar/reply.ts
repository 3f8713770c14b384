// The words in which a resident is answered: always one packet that firmware 2.8 still signs, whatever was said.

import { utf8Length } from "#base/bytes.ts";
import { firstLetters } from "#base/text.ts";
import type { House, Status } from "#domain/wire-words.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";
import { TAXONOMY, wordFor } from "#wire/taxonomy.ts";
import type { Intention, Kind } from "./intention.ts";
import { languageOf } from "./languages.ts";
import { INQUIRY_KINDS, type Replies } from "./language.ts";

/** What the gateway knows beyond the text itself. */
export interface ReplyFacts {
  /** "Stored 14:02, k7." where something was stored for people. */
  readonly stored?: string;
  /** The speaker's own household. */
  readonly household?: House;
  readonly captain: boolean;
  /** Named households that no list knows. */
  readonly unknown: readonly House[];
  /** The speaker has an open call for help. */
  readonly callOpen: boolean;
  /** A radio that has no household may not name one by its own word alone (registration). */
  readonly registered?: "done" | "elsewhere" | "unsure";
  /** References of the open questions, for `which`. */
  readonly open: readonly string[];
  /** Of what is needed: "a31". */
  readonly needed?: readonly string[];
}

/** Whether people are shown the text itself; what is not, the gateway has answered by itself. */
const FOR_THE_GATEWAY_ALONE: ReadonlySet<Kind> = new Set([
  "menu",
  "status",
  "who",
  "ping",
  "needs",
  "offers",
  ...INQUIRY_KINDS,
]);

export function reachesHuman({ kind, distress }: Pick<Intention, "kind" | "distress">): boolean {
  return distress !== "none" || !FOR_THE_GATEWAY_ALONE.has(kind);
}

/** Fills a template; an unknown place is left as it is. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function repliesOf(language: string): Replies {
  return languageOf(language).replies;
}

/** The reply to what was understood; undefined where the plain receipt (or nothing) is right. */
export function replyTo(intention: Intention, facts: ReplyFacts): string | undefined {
  const replies = repliesOf(intention.language);
  const stored = facts.stored === undefined ? "" : `${facts.stored} `;
  const still = facts.callOpen ? replies.stillOpen : "";
  switch (intention.kind) {
    case "sos":
      return fill(replies.call, { stored });
    case "help":
      return fill(replies.emergency, { stored });
    case "yes":
      return intention.answers?.kind === "help" ? fill(replies.raised, { stored }) : undefined;
    case "no":
      return intention.answers?.kind === "help" ? replies.notRaised : `${replies.notOk}${still}`;
    case "ok":
    case "need":
    case "urgent":
    case "evacuated":
    case "silent":
      return bookedWords(intention, facts, replies);
    case "which":
      return fill(replies.which, { a: facts.open[0] ?? "r1", b: facts.open[1] ?? "p1" });
    case "menu":
      return facts.captain ? replies.captainMenu : replies.menu;
    case "register":
      return registeredWords(intention, facts, replies);
    default:
      return undefined;
  }
}

function bookedWords(intention: Intention, facts: ReplyFacts, replies: Replies): string {
  const { households, perhapsPeople } = intention;
  const tail = [
    perhapsPeople === undefined ? "" : fill(replies.meantPeople, { n: perhapsPeople }),
    facts.unknown.length === 0 ? "" : fill(replies.unknownHouse, { house: facts.unknown[0]! }),
    households.length === 0 && facts.household === undefined ? replies.whoAreYou : "",
    facts.callOpen ? replies.stillOpen : "",
  ];
  const [ref] = facts.needed ?? [];
  const needed = ref === undefined ? "" : fill(replies.aid.needed, { ref, list: facts.needed!.slice(0, 6).join(" ") });
  const status = replies.statuses[intention.status ?? "unknown"];
  const more = moreWords(intention, replies, intention.language);
  const whole = (subject: string, details: string, rest: readonly string[]): string =>
    fill(replies.booked, { subject, status, more: details }) + rest.join("");
  // What matters least is left out first: hints, then what was needed, then the names of many houses.
  const shapes = [
    whole(subjectOf(households, facts, replies), more, [needed, ...tail]),
    whole(subjectOf(households, facts, replies), more, [needed, ...tail.slice(0, 1)]),
    whole(subjectOf(households, facts, replies), more, tail.slice(0, 1)),
    whole(subjectOf(households, facts, replies), "", tail.slice(0, 1)),
  ];
  return shapes.find(fits) ?? whole(fewHouses(households, replies), "", []);
}

export function fits(text: string): boolean {
  return utf8Length(text) <= MAX_SIGNED_TEXT;
}

function subjectOf(households: readonly House[], facts: ReplyFacts, replies: Replies): string {
  if (households.length > 1) return fill(replies.houses, { houses: households.join(" ") });
  const house = households[0] ?? facts.household;
  return house === undefined ? replies.you : fill(replies.house, { house });
}

function fewHouses(households: readonly House[], replies: Replies): string {
  const shown = households.slice(0, 8).join(" ");
  return `${fill(replies.houses, { houses: shown })} … (${households.length})`;
}

/** ", 4 people, 2 animals: insulin, water" */
export function moreWords(
  what: { readonly people?: number; readonly animals?: number; readonly needs: readonly number[] },
  replies: Replies,
  language: string,
): string {
  const people =
    what.people === undefined ? "" : what.people === 1 ? replies.person : fill(replies.people, { n: what.people });
  const animals = what.animals === undefined ? "" : fill(replies.animals, { n: what.animals });
  const words = what.needs.map((code) => wordFor(TAXONOMY, code, language)).join(", ");
  return `${people}${animals}${words === "" ? "" : fill(replies.needs, { needs: words })}`;
}

const LONGEST_NAME = 24;

function registeredWords(intention: Intention, facts: ReplyFacts, replies: Replies): string {
  const house = intention.households[0] ?? "";
  if (facts.registered === "elsewhere") return fill(replies.registeredElsewhere, { house: facts.household ?? house });
  if (facts.registered === "unsure") return fill(replies.registerUnsure, { house });
  const name = firstLetters(intention.name ?? "", LONGEST_NAME);
  const whole = fill(replies.registered, { name, house, more: moreWords(intention, replies, intention.language) });
  return fits(whole) ? whole : fill(replies.registered, { name: house, house, more: "" });
}

/** The word for a status of the record, "unknown" included. */
export function statusWord(status: Status, language: string): string {
  return repliesOf(language).statuses[status];
}
