// A coordinator's radio: `roll` opens a roll call for all, `roll zone 2` for a zone, `roll r7` asks how one stands. From anybody
// else these are words like any others.

import { speaksForAll } from "#domain/people/people.ts";
import { fill, fits, repliesOf, statusWord } from "#wire/grammar/reply.ts";
import { parseRef } from "#wire/references.ts";
import { answerWith } from "#gateway/mesh/answering.ts";
import { exercise, marked } from "#gateway/events.ts";
import { forecastRollCall, LEAVES_AFTER, openRollCall, type RollAnswer, type RollWish } from "./roll.ts";
import { rollStatus, type RollView } from "./roll-status.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Kept, Understood } from "#gateway/understanding.ts";

/** False: not a coordinator's, or not proven to be. */
export function rollByRadio(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { speaker, intention } = heard;
  if (!speaksForAll(speaker.role)) return false;
  const words =
    intention.reference === undefined
      ? openedWords(turn, heard, openRollCall(turn, wishOf(heard)))
      : stands(turn, heard, intention.reference);
  return answerWith(turn, heard, kept, words);
}

/** What would be answered; opens nothing. */
export function rollReply(turn: Turn, heard: Understood): string | undefined {
  const { speaker, intention } = heard;
  if (!speaksForAll(speaker.role)) return undefined;
  if (intention.reference !== undefined) return stands(turn, heard, intention.reference);
  return openedWords(turn, heard, forecastRollCall(turn, wishOf(heard)));
}

function wishOf({ speaker, intention: { zone } }: Understood): RollWish {
  return { scope: zone === undefined ? { all: true } : { zones: [zone] }, by: speaker.name };
}

function openedWords(turn: Turn, { intention }: Understood, answer: RollAnswer): string {
  const replies = repliesOf(intention.language);
  const words = answer.ok
    ? fill(replies.rollOpened, {
        reference: answer.reference ?? "r?",
        homes: answer.forecast.households,
        packets: answer.forecast.packets,
        seconds: answer.forecast.airSeconds,
        wait: LEAVES_AFTER / 1000,
      })
    : fill(replies.rollRefused, { reason: answer.reason });
  return exercise(turn, words);
}

function stands(turn: Turn, { intention }: Understood, reference: string): string {
  const { language } = intention;
  const view = rollStatus(turn, parseRef(reference)?.ref);
  if (!view) return fill(repliesOf(language).rollRefused, { reason: ROLL_WORDS.noSuch(reference) });
  for (let most = view.households; most > 1; most--) {
    const words = rollWords(view, language, most);
    if (fits(words)) return words;
  }
  return rollWords(view, language, 1);
}

/** Silent first: the one list that somebody has to act on. At most so many houses of each kind are named. */
function rollWords(view: RollView, language: string, most: number): string {
  const lists = (["silent", "urgent", "need"] as const).flatMap((kind) => {
    const houses = view.byZone.flatMap((zone) => zone[kind]);
    if (houses.length === 0) return [];
    const more = houses.length > most ? ` … (${houses.length})` : "";
    const word = statusWord(kind === "silent" ? "unknown" : kind, language);
    return [`${word} ${houses.slice(0, most).join(" ")}${more}`];
  });
  const { reference, accounted, households, exercise: drill } = view;
  const stands = { reference, accounted, homes: households, lists: lists.join("; ") };
  const words = fill(repliesOf(language).rollStands, stands).trim();
  return drill ? marked(words) : words;
}
