// What residents ask of what the neighbourhood knows, and how they are answered: one packet each, of the class that gives way to
// everything else, and the rest when they say `more`. Which words ask for what: wire/grammar/inquiry.ts.

import { firstLetters } from "#base/text.ts";
import { nodeId } from "#base/ids.ts";
import { tellSeldom } from "#store/world.ts";
import { inquiriesOf } from "#wire/grammar/inquiry.ts";
import type { Inquiry } from "#wire/grammar/language.ts";
import { fill } from "#wire/grammar/reply.ts";
import { answerWith, storedWords } from "#gateway/mesh/answering.ts";
import { calendarWords, signUp, signUpWords } from "./calendar.ts";
import { findProcedures, listWords, procedureWords } from "./procedures.ts";
import { missedWords, noteRead } from "#gateway/mesh/missed.ts";
import { answerInPages, firstPage } from "#gateway/mesh/paging.ts";
import { servicesWords, watchAll } from "./services.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Kept, Understood } from "#gateway/understanding.ts";

/** In the language in which it was asked, unless it is written in another. */
type Words = string | { readonly text: string; readonly language: string };

interface Answerer {
  /** Undefined: only people can answer that. Changes nothing. */
  readonly words: (turn: Turn, heard: Understood) => Words | undefined;
  /** What else comes of having asked, after the words were made. */
  readonly after?: (turn: Turn, heard: Understood) => void;
}

const INQUIRIES: Readonly<Record<Inquiry, Answerer>> = {
  info: { words: infoWords },
  services: {
    words: (turn, { intention }) => servicesWords(turn, intention.language),
    after: (turn, { utterance, intention }) =>
      watchAll(turn, { place: `mesh:${nodeId(utterance.from)}`, language: intention.language }),
  },
  inbox: { words: (turn, heard) => missedWords(turn, heard, "inbox"), after: noteRead },
  messages: { words: (turn, heard) => missedWords(turn, heard, "messages"), after: noteRead },
  calendar: { words: (turn, { intention }) => calendarWords(turn, intention.language) },
  join: { words: signUpWords, after: signUp },
};

type Ask = (turn: Turn, heard: Understood, kept: Kept) => boolean;

/** Rows for the table of what a text does (acts.ts). */
export const INQUIRY_ACTS = Object.fromEntries(Object.keys(INQUIRIES).map((kind) => [kind, answered])) as Readonly<
  Record<Inquiry, Ask>
>;

const MINUTE = 60_000;

/** Answers; the same question of the same radio at most once a minute. False: nobody but people can. */
function answered(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, utterance } = heard;
  const { words, after } = INQUIRIES[intention.kind as Inquiry];
  const said = words(turn, heard);
  if (said === undefined) return kept.ledger !== undefined && tellNotFound(turn, heard, kept);
  const { text, language } = inLanguageOf(heard, said);
  const same = { what: "asked", about: `${utterance.from} ${text}`, within: MINUTE };
  if (!tellSeldom(turn.store, same, turn.now)) return true;
  answerInPages(turn, utterance.from, text, kept.inbox, language);
  after?.(turn, heard);
  return true;
}

/** The first packet of the answer, for those who try a text out. */
export function inquiryReply(turn: Turn, heard: Understood): string | undefined {
  const { kind } = heard.intention;
  if (!Object.hasOwn(INQUIRIES, kind)) return undefined;
  const said = INQUIRIES[kind as Inquiry].words(turn, heard);
  if (said === undefined) return undefined;
  const { text, language } = inLanguageOf(heard, said);
  return firstPage(text, language).page;
}

function inLanguageOf({ intention }: Understood, said: Words): Exclude<Words, string> {
  return typeof said === "string" ? { text: said, language: intention.language } : said;
}

function infoWords(turn: Turn, { intention, speaker }: Understood): Words | undefined {
  const { note, language } = intention;
  if (note === undefined) return listWords(turn, speaker.role, language);
  const [best] = findProcedures(turn, note, { ...speaker, fallback: language });
  return best && { text: procedureWords(best), language: best.language };
}

const LONGEST_ECHO = 24;

function tellNotFound(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { note, language } = heard.intention;
  const { notFound, nothingWritten } = inquiriesOf(language);
  const words =
    note === undefined
      ? nothingWritten
      : fill(notFound, { words: firstLetters(note, LONGEST_ECHO), stored: storedWords(turn, heard, kept) });
  return answerWith(turn, heard, kept, words);
}
