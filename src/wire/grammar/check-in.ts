// "ok 4", "need insulin", "evacuated to school": what a text says about a household. An OK is believed only when nothing beside it
// undoes it: a denial before or behind it, a question, a doubt, a thing that is lacking, a word of trouble.

import { unreachable } from "#base/assert.ts";
import { detailsOf, range, type Details } from "./details.ts";
import type { StatusWord } from "./language.ts";
import { CHAT, DOUBTS, isPlainOk, type Lexicon, type StatusHit } from "./lexicon.ts";
import { needsIn } from "./needs.ts";
import type { Meaning, Said } from "./said.ts";
import { hitsThatHold, isNegated, lacks, strongest } from "./status-hits.ts";
import { troubleAt } from "./trouble.ts";
import { longestAt, type Token } from "./words.ts";

/** ok, need, urgent, evacuated: with whom, where and what. */
export function checkIn(said: Said): Meaning | undefined {
  const { tokens, lexicon, context, text } = said;
  const hits = hitsThatHold(tokens, lexicon);
  const hit = strongest(hits);
  if (!hit) return withoutThings(said);
  const details = detailsOf(tokens, hit, lexicon, context);
  if (hit.status === "ok" && isNegated(tokens, hits)) return about(said, hit, details, "no");
  const asks = /[?¿]/.test(text);
  const calms = hit.status === "ok" || hit.status === "evacuated";
  if (calms && (asks || isAsked(tokens, hit, lexicon))) return undefined;
  const first = leadsIn(tokens, hit.at, lexicon, details.used);
  const lacking = lacks(tokens, hit, details.used);
  switch (hit.status) {
    case "ok": {
      if (!first || isSmallTalk(tokens, hits, details, lexicon)) return undefined;
      if (isTroubled(said, hits)) return { ...about(said, hit, details, "need", lacking), urgency: "urgent" };
      if (lacking.length > 0) return about(said, hit, details, "need", lacking);
      return about(said, hit, details, isDoubtful(said, hits) ? "need" : "ok");
    }
    case "evacuated": {
      if (!first) return undefined;
      const evacuated = about(said, hit, details, "evacuated");
      // Away from the danger, and not unharmed.
      if (isTroubled(said, hits)) return { ...evacuated, kind: "need", status: "need", urgency: "urgent" };
      return isDoubtful(said, hits) ? { ...evacuated, kind: "need", status: "need" } : evacuated;
    }
    case "need": {
      const after = needsIn(tokens, hit.at + hit.length, details.used);
      const needs = after.length > 0 ? after : needsIn(tokens, 0, details.used);
      const besidesOk = hits.some((other) => other.status === "ok" && leadsIn(tokens, other.at, lexicon, details.used));
      if (!first && !besidesOk && (asks || needs.length === 0)) return undefined;
      if (asks && !/^\p{L}/u.test(text)) return undefined;
      return { ...about(said, hit, details, "need", needs), ...(saysNow(tokens) ? { urgency: "urgent" } : {}) };
    }
    case "urgent":
      return hits.some(({ status }) => status === "need")
        ? { ...about(said, hit, details, "need", needsIn(tokens, 0, details.used)), urgency: "urgent" }
        : about(said, hit, details, "urgent", needsIn(tokens, 0, details.used));
    default:
      return unreachable(hit.status);
  }
}

/** From the word of lack to the thing: "no drinking water", "no hay nada de agua". */
const LACK_REACH = 3;

/** "No water", "no tenemos comida": a need that has no word for it. */
function withoutThings(said: Said): Meaning | undefined {
  const { tokens, lexicon, context, text } = said;
  const at = tokens.findIndex((_, index) => longestAt(tokens, index, lexicon.lacking, "exact") > 0);
  if (at < 0 || /[?¿]/.test(text)) return undefined;
  const hit: StatusHit = {
    status: "need",
    at,
    length: longestAt(tokens, at, lexicon.lacking, "exact"),
    checkin: false,
  };
  const details = detailsOf(tokens, hit, lexicon, context);
  const until = hit.at + hit.length + LACK_REACH;
  const lacks = needsIn(tokens.slice(0, until), hit.at + hit.length, details.used);
  if (lacks.length === 0 || !leadsIn(tokens, at, lexicon, details.used)) return undefined;
  return about(said, hit, details, "need", needsIn(tokens, hit.at + hit.length, details.used));
}

/** "is 14 ok", without the mark; "are fine" and "is ok" leave out who. */
function isAsked(tokens: readonly Token[], hit: StatusHit, lexicon: Lexicon): boolean {
  return hit.at > 1 && longestAt(tokens, 0, lexicon.asking, "exact") > 0;
}

/** "ok thanks", "ok see you at 5"; but "we are ok, thanks" says who is. */
function isSmallTalk(
  tokens: readonly Token[],
  hits: readonly StatusHit[],
  details: Details,
  lexicon: Lexicon,
): boolean {
  if (!hits.every(({ status, at, length }) => status === "ok" && length === 1 && isPlainOk(tokens[at]!))) return false;
  if (details.people !== undefined || details.households.length > 0) return false;
  const until = hits[0]!.at;
  const subject = range(0, until).some(
    (at) => longestAt(tokens, at, lexicon.weAre, "exact") > 0 || longestAt(tokens, at, lexicon.register, "exact") > 0,
  );
  return !subject && tokens.some((_, at) => longestAt(tokens, at, CHAT, "exact") > 0);
}

/** "ok, mom fell". */
function isTroubled({ tokens, text }: Said, hits: readonly StatusHit[]): boolean {
  const calming = calmingAt(hits);
  return [...troubleAt(tokens, text)].some((at) => at >= hits[0]!.at && !calming.has(at));
}

/** "ok but …": something besides that may undo it. */
function isDoubtful({ tokens }: Said, hits: readonly StatusHit[]): boolean {
  const calming = calmingAt(hits);
  return range(hits[0]!.at, tokens.length).some((at) => !calming.has(at) && longestAt(tokens, at, DOUBTS, "exact") > 0);
}

/** "nobody is hurt" is no hurt. */
function calmingAt(hits: readonly StatusHit[]): ReadonlySet<number> {
  return new Set(hits.flatMap(({ at, length }) => range(at, at + length)));
}

const NOW: ReadonlySet<string> = new Set(["now", "ya", "ahora"]);

/** "need insulin now", "necesito insulina ya"; not "for now". */
function saysNow(tokens: readonly Token[]): boolean {
  return NOW.has(tokens.at(-1)?.word ?? "") && !["for", "por"].includes(tokens.at(-2)?.word ?? "");
}

function about(
  { tokens, text, lexicon }: Said,
  hit: StatusHit,
  details: Details,
  kind: StatusWord | "no",
  needs: readonly number[] = [],
): Meaning {
  const rest = tokens.slice(hit.at + hit.length).filter((_, index) => !details.used.has(index + hit.at + hit.length));
  const left = tokens.filter((_, index) => !details.used.has(index) && !isFiller(tokens, index, lexicon));
  const to = rest.findIndex((_, index) => longestAt(rest, index, lexicon.to, "exact") > 0);
  const place = kind === "evacuated" && to >= 0 && rest[to + 1] ? text.slice(rest[to + 1]!.start) : undefined;
  return {
    kind,
    status: kind === "no" ? "need" : kind,
    households: details.households,
    needs,
    ...(kind === "no" ? { urgency: "soon" as const } : {}),
    ...(details.people === undefined ? {} : { people: details.people }),
    ...(details.animals === undefined ? {} : { animals: details.animals }),
    ...(details.perhapsPeople === undefined || kind === "no" ? {} : { perhapsPeople: details.perhapsPeople }),
    ...(details.reference === undefined ? {} : { reference: details.reference }),
    ...(place === undefined ? {} : { place }),
    ...(left.length === 0 ? {} : { note: text }),
  };
}

export function isFiller(tokens: readonly Token[], at: number, lexicon: Lexicon): boolean {
  return longestAt(tokens, at, lexicon.fillers, "exact") > 0 || longestAt(tokens, at, lexicon.and, "exact") > 0;
}

/** Nothing but small words and numbers stands before the status. */
function leadsIn(tokens: readonly Token[], until: number, lexicon: Lexicon, used: ReadonlySet<number>): boolean {
  for (let at = 0; at < until;) {
    const length = used.has(at)
      ? 1
      : Math.max(longestAt(tokens, at, lexicon.fillers, "exact"), longestAt(tokens, at, lexicon.and, "exact"));
    if (length === 0) return false;
    at += length;
  }
  return true;
}
