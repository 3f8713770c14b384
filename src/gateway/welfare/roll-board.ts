// The board of a roll call: one thread in each operators' room, headed by a message that is edited in place. What is said
// about the roll call (opened, closed, nobody to look after the silent) is said in its thread. Rooms of boards, which everybody
// may read, have the figures of each zone; which houses they are is an empty home's address.
//
// Drawing it asks about every household, so changes are gathered for a moment; the edits themselves are slower still (board.ts).
// How it stands when it is closed is how it stays.

import { parseIsoTime, timeOfDay } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import type { MessageClass } from "#domain/message.ts";
import { rollStanding } from "#domain/welfare/roll-call.ts";
import { rollsInState, type RollRow } from "#store/rolls.ts";
import { hasTimer, setTimer } from "#store/world.ts";
import { repliesOf } from "#wire/grammar/reply.ts";
import { defuse } from "#wire/text.ts";
import { keepBoard, tellThread } from "#gateway/matrix/board.ts";
import { marked } from "#gateway/events.ts";
import { boardsPlaces, mayShow, operatorsPlaces } from "#gateway/matrix/places.ts";
import { rollHousesNow, rollStatus, unprovenWords, type RollView, type RollWaveView } from "./roll-status.ts";
import type { Subject } from "#gateway/matrix/subjects.ts";
import { surveyOf } from "./survey.ts";
import { surveyFigures, surveyWords } from "./survey-words.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";

const GATHER: Millis = 2_000;

const keyOf = (number: number): string => `roll ${number}`;
const subjectOf = (number: number): Subject => ({ kind: "roll", number });

/** Something was said or done that a board may show. */
export function boardsChanged(turn: Turn): void {
  if (hasTimer(turn.store, "boards", 0) || rollsInState(turn.store, "open").length === 0) return;
  setTimer(turn.store, "boards", 0, turn.now + GATHER);
}

/** Timer: draws the boards of all that are open. */
export function drawBoards(turn: Turn): void {
  for (const row of rollsInState(turn.store, "open")) showRoll(turn, row);
}

/** Draws the board as the roll call stands now. */
export function showRoll(turn: Turn, row: RollRow): void {
  const view = rollStatus(turn, row.number);
  if (!view) return;
  const homes = rollHousesNow(turn, row).map((home) => ({
    house: home.house,
    standing: rollStanding(home),
    ...(home.zone === undefined ? {} : { zone: home.zone }),
  }));
  const [head, zones] = [headWords(turn, row, view), surveyOf(turn, homes)];
  const words = surveyWords(turn, head, zones, footWords(turn, view));
  for (const place of operatorsPlaces(turn, false))
    keepBoard(turn, place, keyOf(row.number), words, { subject: subjectOf(row.number), class: "roll-call" });
  for (const place of boardsPlaces(turn)) {
    const may = mayShow(turn, place);
    const isOpen = may.has("addresses") && may.has("medical");
    keepBoard(turn, place, keyOf(row.number), isOpen ? words : surveyFigures(turn, head, zones));
  }
}

/** Words about this roll call, in its thread. */
export function tellRoll(turn: Turn, row: RollRow, words: string, messageClass: MessageClass = "information"): void {
  for (const place of operatorsPlaces(turn, false))
    tellThread(turn, place, keyOf(row.number), row.drill ? marked(words) : words, {
      class: messageClass,
      subject: subjectOf(row.number),
    });
}

function headWords(turn: Turn, row: RollRow, view: RollView): string[] {
  const question = defuse(row.question || repliesOf(row.language).rollQuestion);
  const title = `Roll call ${view.reference}: ${view.accounted} of ${view.households} accounted for${unprovenWords(view.unproven)}`;
  const time = (at: Millis | null): string =>
    at === null ? "?" : timeOfDay(calendarTime(turn, at), turn.settings.node.timezone);
  const span =
    view.state === "open"
      ? `open ${time(row.openedAt)} to ${time(row.deadline)}`
      : `closed ${time(row.closedAt)} by ${view.closedBy ?? "?"}`;
  return [row.drill ? marked(title) : title, `“${question}” · ${span}`];
}

function footWords(turn: Turn, { unattached, waves, state, reference, pageSilent }: RollView): string[] {
  const strangers = unattached.map(({ radio, name, status }) => `${defuse(name)} (${radio}) ${status}`);
  const next = state === "open" ? waves.find(({ done }) => !done) : undefined;
  return [
    ...(strangers.length === 0 ? [] : [`On no list: ${strangers.join(", ")}`]),
    ...(next === undefined
      ? []
      : [
          `Next: ${pageSilent && next.kind === "captain" ? PAGED : WAVES[next.kind]}, ${timeOfDay(parseIsoTime(next.at) ?? 0, turn.settings.node.timezone)}`,
        ]),
    ...(state === "open" ? [`!set 14 ok seen at school · !who 14 · !roll close ${reference}`] : []),
  ];
}

const PAGED = "the captains of the silent are paged";
const WAVES: Readonly<Record<RollWaveView["kind"], string>> = {
  channel: "a call on the channel",
  direct: "the silent are asked directly",
  captain: "captains are given the list of the silent",
};
