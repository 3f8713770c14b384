// What a text from a resident means. Total: any string has an intention, and what is not understood is `unclear`, which is kept
// and shown to people. A text is tried in every language; where they disagree the stronger meaning stands.

import { aidSaying } from "./aid-sayings.ts";
import { answer, doneWithPage, tapback } from "./answers.ts";
import { checkIn, isFiller } from "./check-in.ts";
import { detailsOf } from "./details.ts";
import { distressOf, type Distress } from "./distress.ts";
import { inquiry } from "./inquiry.ts";
import type { Context, Intention, Kind, UrgencyWord } from "./intention.ts";
import type { StatusWord, Verb } from "./language.ts";
import { VERBS } from "./language.ts";
import { languageOf } from "./languages.ts";
import { LEXICONS, NEGATIONS, NOTHING, statusHits } from "./lexicon.ts";
import { needsIn } from "./needs.ts";
import { parseRef } from "#wire/references.ts";
import { hitsThatHold, isNegated, strongest } from "./status-hits.ts";
import { spokenIn } from "./spoken.ts";
import { plain, type Meaning, type Recogniser, type Said } from "./said.ts";
import { fearsForSomebody, troubleAt } from "./trouble.ts";
import { fold, longestAt, phrase, tokensOf, visible, type Token } from "./words.ts";

export function parse(text: string, context: Context): Intention {
  const distress = distressOf(text, context.portnum);
  const { rest, addressed } = address(visible(text).trim(), context);
  const tokens = tokensOf(rest);
  const own = languageOf(context.language ?? context.fallback).code;
  const ordered = LEXICONS.toSorted((a, b) => Number(b.language.code === own) - Number(a.language.code === own));
  let best: { meaning: Meaning; language: string } | undefined;
  for (const lexicon of ordered) {
    const meaning = meaningOf({ text: rest, tokens, lexicon, context, addressed });
    if (meaning && (!best || strength(meaning) > strength(best.meaning)))
      best = { meaning, language: lexicon.language.code };
  }
  const meaning = best?.meaning ?? plain(addressed ? "unclear" : "chat");
  const language = context.language === undefined ? (best?.language ?? spokenIn(tokens) ?? own) : own;
  return withDistress(meaning, orTrouble(distress, meaning, tokens, rest), language, tokens, context);
}

/** What nobody has understood but for the trouble in it. "I am 7 and my mom is hurt" is no registration, "hay un muerto" no offer. */
const EXPLAINS_NOTHING: ReadonlySet<Kind> = new Set(["unclear", "register", "have"]);

/** Said to the gateway: trouble that is all that is understood is asked about, as loudly as a bare "help"; beside a need it is urgent. */
function orTrouble(distress: Distress, { kind, needs }: Meaning, tokens: readonly Token[], text: string): Distress {
  if (distress !== "none") return distress;
  if (kind === "urgent") return "urgent";
  if (kind !== "need" && !EXPLAINS_NOTHING.has(kind)) return "none";
  // "I have oxygen", "need a ventilator": the thing itself.
  const told = [...troubleAt(tokens, text)].filter(
    (at) => kind === "unclear" || needsIn([tokens[at]!], 0, new Set()).length === 0,
  );
  if (kind === "need") return told.length > 0 ? "urgent" : "none";
  if (kind === "have" && needs.length > told.length) return "none";
  return told.length > 0 || (kind === "unclear" && fearsForSomebody(tokens)) ? "possible" : "none";
}

/** Only meanings about somebody's safety compete; otherwise the resident's own language goes first. */
const STRENGTH: Partial<Record<Kind, number>> = {
  urgent: 4,
  need: 4,
  no: 3,
  evacuated: 2,
  // What names an item by its reference is about that, whatever its words resemble in another language ("gave", "grave").
  take: 5,
  give: 5,
  done: 5,
  drop: 5,
};
/** Between equals, the language that leaves nothing over has understood. */
function strength({ kind, note, needs, urgency }: Meaning): number {
  return (
    (STRENGTH[kind] ?? 1) +
    (note === undefined ? 0.5 : 0) +
    (needs.length > 0 ? 0.2 : 0) +
    (urgency === "urgent" ? 0.1 : 0)
  );
}

// ───────────────────────────── to whom ─────────────────────────────

function address(text: string, context: Context): { rest: string; addressed: boolean } {
  const bang = /^[!/](?=\S)/.test(text);
  const rest = bang ? text.slice(1) : text;
  for (const name of context.names) {
    const words = phrase(name);
    const tokens = tokensOf(rest);
    if (words.length > 0 && tokens.length > words.length && longestAt(tokens, 0, [words], "exact") > 0)
      return { rest: rest.slice(tokens[words.length - 1]!.end).replace(/^[\s:,.!-]+/, ""), addressed: true };
  }
  return { rest, addressed: context.direct || bang };
}

// ───────────────────────────── meanings, in the order they are looked for ─────────────────────────────

const RECOGNISERS: readonly Recogniser[] = [
  tapback,
  question,
  answer,
  slashes,
  registration,
  inquiry,
  aidSaying,
  verb,
  checkIn,
];

function meaningOf(said: Said): Meaning | undefined {
  for (const recognise of RECOGNISERS) {
    const meaning = recognise(said);
    if (meaning) return said.addressed || unmistakable(said, meaning) ? meaning : undefined;
  }
  return undefined;
}

/** On a channel, without being spoken to: only what nobody says to neighbours in passing. */
function unmistakable({ tokens, context, lexicon, text }: Said, meaning: Meaning): boolean {
  // Whoever was asked several things and answers with one word is asked back, on a channel as well.
  if (meaning.answers !== undefined || meaning.kind === "which") return true;
  if (meaning.reference !== undefined && ["ok", "no", "ack", "cannot", "done"].includes(meaning.kind)) return true;
  if (!["ok", "need", "urgent", "evacuated"].includes(meaning.kind)) return false;
  if (text.split("/").length >= 4) return true;
  if (statusHits(tokens, lexicon)[0]?.checkin) return true;
  return context.open.some(({ kind }) => kind === "roll-call") && meaning.note === undefined;
}

/** "?" alone is the list of words; any other question is for people. */
function question({ text, tokens }: Said): Meaning | undefined {
  if (tokens.length === 0 && /^[?¿!]*[?¿][?¿!]*$/.test(text)) return plain("menu");
  return undefined;
}

/** `NAME / STATUS / LOCATION / NEEDS`. */
function slashes(said: Said): Meaning | undefined {
  const fields = said.text.split("/").map((field) => field.trim());
  if (fields.length < 3 || fields.length > 5) return undefined;
  for (const at of [1, 0]) {
    const tokens = tokensOf(fields[at]!);
    const hits = tokens.length === 0 ? [] : hitsThatHold(tokens, said.lexicon);
    const hit = strongest(hits);
    if (!hit) continue;
    const [place = "", needs = ""] = fields.slice(at + 1);
    const wanted = tokensOf(needs);
    const codes = needsIn(wanted, 0, new Set());
    const nothing = wanted.length === 0 || longestAt(wanted, 0, NOTHING, "exact") > 0;
    const negated = hit.status === "ok" && isNegated(tokens, hits);
    const status: StatusWord = (hit.status === "ok" && (!nothing || codes.length > 0)) || negated ? "need" : hit.status;
    const who = detailsOf(tokensOf(at === 1 ? fields[0]! : ""), undefined, said.lexicon, said.context);
    const number = at === 1 && /^[1-9]\d{0,3}[a-z]?$/i.test(fields[0]!) ? [fields[0]!.toLowerCase()] : who.households;
    return {
      kind: status,
      status,
      households: number,
      needs: codes,
      ...(at === 1 && number.length === 0 && fields[0] !== "" ? { name: fields[0]! } : {}),
      ...(place === "" ? {} : { place }),
      ...(nothing ? {} : { note: needs }),
    };
  }
  return undefined;
}

/** "i am 14 ana, 3 people". */
function registration({ text, tokens, lexicon, context }: Said): Meaning | undefined {
  const lead = longestAt(tokens, 0, lexicon.register, "exact");
  if (lead === 0 || text.includes("?")) return undefined;
  const inner = longestAt(tokens, lead, lexicon.house, "exact");
  const number = tokens[lead + inner];
  if (!number || !/^[1-9]\d{0,3}[a-z]?$/.test(number.word)) return undefined;
  const after = tokens.slice(lead + inner + 1);
  const details = detailsOf(after, undefined, lexicon, context);
  const free = after.filter((_, index) => !details.used.has(index));
  const name = free.slice(0, 3).filter((token) => /^\p{L}/u.test(token.word));
  // "we are 4 people" and "i am 40" name no household.
  if (
    name.length === 0 ||
    strongest(hitsThatHold(tokens, lexicon)) ||
    longestAt(tokens, lead + inner + 1, lexicon.people, "strict") > 0
  )
    return undefined;
  return plain("register", {
    households: [number.word],
    name: name.map((token) => token.raw).join(" "),
    ...(details.people === undefined ? {} : { people: details.people }),
    ...(details.animals === undefined ? {} : { animals: details.animals }),
  });
}

const ALONE: ReadonlySet<Verb> = new Set(["menu", "status", "who", "ping", "needs", "offers"]);

/** Messages that start with what is to be done. */
function verb(said: Said): Meaning | undefined {
  const { tokens, lexicon, context, text } = said;
  if (text.includes("?") && !(tokens.length === 1 && /^\S+\?+$/.test(text))) return undefined;
  for (const name of VERBS) {
    const length = longestAt(tokens, 0, lexicon.verbs[name], "strict");
    if (length === 0) continue;
    const rest = tokens.slice(length);
    if (name === "roll") return rollCall(rest);
    const page = name === "done" ? doneWithPage(rest, context) : undefined;
    if (page) return page;
    if (ALONE.has(name)) {
      if (rest.length === 0) return plain(name);
      if (name === "needs" || name === "offers" || name === "who") {
        const codes = needsIn(rest, 0, new Set());
        if (codes.length > 0 && rest.length <= 3 && name !== "needs") return plain(name, { needs: codes });
      }
      continue;
    }
    const details = detailsOf(rest, { status: "need", at: 0, length: 0, checkin: false }, lexicon, context);
    if (name === "silent") {
      const houses = rest.filter(({ word }) => /^[1-9]\d{0,3}[a-z]?$/.test(word)).map(({ word }) => word);
      if (houses.length > 0) return plain("silent", { status: "unknown", households: houses });
      continue;
    }
    if (SAYS_WHAT.has(name)) {
      const meaning = whatIsThere(said, name, rest);
      if (meaning) return meaning;
      continue;
    }
    const needs = needsIn(rest, 0, new Set());
    const note = rest.length === 0 ? {} : { note: text.slice(rest[0]!.start) };
    if (details.reference !== undefined) return plain(name, { reference: details.reference, needs, ...note });
  }
  return undefined;
}

const SAYS_WHAT: ReadonlySet<Verb> = new Set(["offer", "skill", "have"]);
/** Around the thing and how much of it; with more than that it is a story, which is for people. */
const MOST_BESIDES = 4;

/** "offer generator 2kW till fri", "have chainsaw"; "we have no water" is a need. */
function whatIsThere({ lexicon, text }: Said, name: Verb, rest: readonly Token[]): Meaning | undefined {
  const needs = needsIn(rest, 0, new Set());
  if (needs.length === 0 || statusHits(rest, lexicon).some(({ status }) => status !== "ok")) return undefined;
  const said = { needs, note: text.slice(rest[0]!.start) };
  if (name === "have" && rest.some((_, at) => longestAt(rest, at, NEGATIONS, "exact") > 0))
    return plain("need", { ...said, status: "need" });
  const free = rest.filter((_, at) => !isFiller(rest, at, lexicon) && !/^\d/.test(rest[at]!.word));
  return name === "have" && free.length > needs.length + MOST_BESIDES ? undefined : plain(name, said);
}

const ZONE_WORDS: ReadonlySet<string> = new Set(["zone", "zona"]);
const ALL_WORDS: ReadonlySet<string> = new Set(["all", "todos", "todo"]);

/** `roll`, `roll all`, `roll zone 2`, `roll 2`, `roll r7`; anything else is people talking. */
function rollCall(rest: readonly Token[]): Meaning | undefined {
  const words = rest.map(({ word }) => word).filter((word) => !ZONE_WORDS.has(word));
  const [only] = words;
  if (words.length > 1 || (only === undefined && rest.length > 0)) return undefined;
  if (only === undefined || (ALL_WORDS.has(only) && rest.length === 1)) return plain("roll");
  if (parseRef(only)?.space === "r") return plain("roll", { reference: only });
  return /^[1-9]\d{0,2}$/.test(only) ? plain("roll", { zone: Number(only) }) : undefined;
}

// ───────────────────────────── distress has the last word ─────────────────────────────

const URGENCY: Partial<Record<Kind, UrgencyWord>> = {
  urgent: "urgent",
  need: "soon",
  no: "soon",
  silent: "soon",
  evacuated: "ordinary",
};

const CALLS_AS_NUMBER = new Set(["911", "112", "999"]);

function withDistress(
  meaning: Meaning,
  distress: Intention["distress"],
  language: string,
  tokens: readonly Token[],
  context: Context,
): Intention {
  const heard = { ...meaning, distress, language, urgency: meaning.urgency ?? URGENCY[meaning.kind] ?? "ordinary" };
  if (distress === "none") return heard;
  // An answer to "Emergency?" may well repeat the word.
  if (meaning.answers?.kind === "help") return heard;
  const needs = meaning.needs.length > 0 ? meaning.needs : needsIn(tokens, 0, new Set());
  if (distress === "urgent")
    return ["need", "urgent"].includes(meaning.kind)
      ? { ...heard, urgency: "urgent" }
      : { ...heard, kind: "urgent", status: "urgent", urgency: "urgent", needs };
  const number = meaning.households.some((house) => CALLS_AS_NUMBER.has(house) && context.isHouse(house));
  if (
    distress === "call" &&
    number &&
    distressOf(
      tokens
        .filter(({ word }) => !CALLS_AS_NUMBER.has(word))
        .map(({ raw }) => raw)
        .join(" "),
    ) === "none"
  )
    return { ...heard, urgency: "urgent" };
  const households =
    meaning.households.length > 0
      ? meaning.households
      : tokens
          .map(({ word }) => fold(word))
          .filter((word) => /^\d+[a-z]?$/.test(word) && context.isHouse(word) && context.speaksFor?.has(word));
  const { perhapsPeople: _perhaps, ...rest } = heard;
  return distress === "call"
    ? { ...rest, kind: "sos", status: "urgent", urgency: "life", needs, households }
    : { ...rest, kind: "help", urgency: "urgent", needs, households };
}
