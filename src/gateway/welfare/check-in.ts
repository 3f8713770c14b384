// Check-ins: what somebody says about a household becomes facts, with who said it of whom, how, and how sure that is.

import { speaksForAll } from "#domain/people/people.ts";
import type { Source } from "#domain/welfare/standing.ts";
import type { House } from "#domain/wire-words.ts";
import { nodeId } from "#base/ids.ts";
import { addFact, closeQuestions, takeBack } from "#store/welfare.ts";
import { replyTo } from "#wire/grammar/reply.ts";
import { exercise, recordOf } from "#gateway/events.ts";
import { neededRefs, openNeeds } from "#gateway/aid/by-radio.ts";
import { answerWith, factsFor, tell } from "#gateway/mesh/answering.ts";
import { isMerging } from "#gateway/mesh/many.ts";
import { joinLine } from "#gateway/mesh/receipts.ts";
import { rollAnswered } from "./roll-waves.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import { tellOperators } from "#gateway/say.ts";
import { housesFor, type Speaker } from "#gateway/people/speaker.ts";
import { clockSure, type Turn } from "#gateway/turn.ts";
import type { Kept, Understood } from "#gateway/understanding.ts";
import { WELFARE_WORDS } from "./words.ts";

export function checkIn(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, speaker, utterance, call } = heard;
  if (intention.people !== undefined && intention.households.length === 0)
    takeBack(turn.store, utterance.from, String(intention.people));
  const echo =
    intention.perhapsPeople === undefined
      ? undefined
      : tell(turn, heard, kept, replyTo(intention, factsFor(turn, heard))!);
  book(turn, heard, kept, echo);
  close(turn, heard);
  tellNotOk(turn, heard);
  if (call && intention.status !== "urgent")
    tellOperators(turn, WELFARE_WORDS.stillOpen(speaker.name, nodeId(speaker.node), intention.status ?? ""));
  if (echo !== undefined) return true;
  // In a surge one line names everybody whose OK was stored; only those who need more get words of their own.
  const own = intention.households.length === 0 && call === undefined;
  if (intention.kind === "ok" && own && kept.ledger !== undefined && isMerging(turn)) {
    joinLine(turn, utterance.from, kept.ledger);
    return true;
  }
  return answerWith(
    turn,
    heard,
    kept,
    replyTo(intention, { ...factsFor(turn, heard), needed: neededRefs(turn, heard) }),
  );
}

/** "No" to a roll call: people look at once. */
function tellNotOk(turn: Turn, { intention, speaker }: Understood): void {
  if (intention.kind !== "no" || intention.answers?.kind !== "roll-call") return;
  const house = speaker.house ?? ROLL_WORDS.noHousehold;
  tellOperators(turn, exercise(turn, ROLL_WORDS.notOk(intention.answers.reference, speaker.name, house)), "page");
}

export function book(turn: Turn, heard: Understood, kept: Kept, echo?: number): void {
  const { intention, speaker, utterance } = heard;
  const event = recordOf(turn, heard);
  const houses: readonly (House | undefined)[] =
    intention.households.length > 0 ? intention.households : [speaker.house];
  for (const house of houses) {
    addFact(turn.store, {
      at: turn.now,
      clockSure: clockSure(turn.wall),
      node: utterance.from,
      by: speaker.name,
      source: sourceOf(turn, speaker, house),
      means: utterance.portnum !== TEXT_PORT ? "machine" : utterance.emoji === 0 ? "text" : "tapback",
      trust: speaker.trust,
      status: intention.status ?? "unknown",
      needs: intention.needs,
      ...(house === undefined ? {} : { house }),
      ...(speaker.member === undefined ? {} : { member: speaker.member.number }),
      ...(intention.people === undefined ? {} : { people: intention.people }),
      ...(intention.animals === undefined ? {} : { animals: intention.animals }),
      ...(intention.place === undefined ? {} : { place: intention.place }),
      ...(intention.note === undefined ? {} : { note: intention.note }),
      ...(intention.reference === undefined ? {} : { reference: intention.reference }),
      ...(event === undefined ? {} : { event }),
      ...(echo === undefined ? {} : { echo }),
      ...(kept.ledger === undefined ? {} : { ledger: kept.ledger }),
    });
    if (house !== undefined) rollAnswered(turn, house);
  }
  openNeeds(turn, heard);
}

const TEXT_PORT = 1;

function sourceOf(turn: Turn, speaker: Speaker, house: House | undefined): Source {
  if (house === undefined || house === speaker.house) return "self";
  if (speaksForAll(speaker.role)) return "coordinator";
  return housesFor(turn, speaker)?.has(house) ? "captain" : "neighbour";
}

/** An answer closes what was asked of this radio alone. A roll call stays open until its end: the newer answer counts. */
function close(turn: Turn, { intention, utterance }: Understood): void {
  const answered = intention.answers;
  if (answered && answered.kind !== "roll-call")
    closeQuestions(turn.store, answered.kind, answered.reference, utterance.from);
}
