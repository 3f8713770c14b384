// The calendar of trainings and drills: said on the first channel and in its rooms a day and two hours before, signed up for by one
// word, attendance recorded by whoever leads it. What somebody was trained in is the store's `listTrained`.
//
// Dates are of the calendar, timers of our steady time: a timer only says when to look again, so that a clock that is set does
// no harm. Nothing is said while our clock cannot be believed.

import { timeOfDay, wallTime, weekdayOf } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { clipped } from "#base/text.ts";
import {
  attendanceOf,
  listTrainings,
  setAttendance,
  setReminded,
  trainingRow,
  type Attending,
  type TrainingRow,
} from "#store/calendar.ts";
import { setTimer } from "#store/world.ts";
import { inquiriesOf } from "#wire/grammar/inquiry.ts";
import { fill, fits } from "#wire/grammar/reply.ts";
import { cleanForMesh } from "#wire/text.ts";
import { tellRoom, tellMesh } from "#gateway/say.ts";
import type { Speaker } from "#gateway/people/speaker.ts";
import { bridgedRooms, clockSure, EVERYONE, type Turn } from "#gateway/turn.ts";
import type { Understood } from "#gateway/understanding.ts";

const HOUR: Millis = 3_600_000;
/** How long before it begins, by the number of reminders said already. */
const REMINDERS: readonly Millis[] = [24 * HOUR, 2 * HOUR];
const LOOK_EVERY: Millis = HOUR / 4;

/** "t3": what is said on the air. */
export const trainingReference = ({ number }: Pick<TrainingRow, "number">): string => `t${number}`;

export function upcoming(turn: Turn): TrainingRow[] {
  return listTrainings(turn.store, turn.wall).filter(({ cancelled }) => cancelled === 0);
}

/** "Sat 28.11. 14:00" */
export function whenWords(turn: Turn, at: Millis, language: string): string {
  const { timezone } = turn.settings.node;
  const wall = wallTime(at, timezone)!;
  return `${inquiriesOf(language).days[weekdayOf(wall)]!} ${wall.day}.${wall.month}. ${timeOfDay(at, timezone)}`;
}

const LONGEST_TITLE = 48;
const titleOf = ({ title }: TrainingRow): string => clipped(cleanForMesh(title).replaceAll(/\s+/g, " "), LONGEST_TITLE);

export function calendarWords(turn: Turn, language: string): string {
  const words = inquiriesOf(language);
  const lines = upcoming(turn).map(
    (training) => `${trainingReference(training)} ${whenWords(turn, training.starts, language)} ${titleOf(training)}`,
  );
  return lines.length === 0 ? words.noTrainings : [words.trainings, ...lines].join("\n");
}

// ───────────────────────────── signing up ─────────────────────────────

/** The training named; without a name, the next. */
export function trainingMeant(turn: Turn, reference: string | undefined): TrainingRow | undefined {
  const all = upcoming(turn);
  return reference === undefined ? all[0] : all.find((training) => trainingReference(training) === reference);
}

export function signedUpWords(turn: Turn, training: TrainingRow | undefined, language: string): string {
  const words = inquiriesOf(language);
  if (!training) return words.noSuchTraining;
  return fill(words.signedUp, {
    reference: trainingReference(training),
    title: titleOf(training),
    when: whenWords(turn, training.starts, language),
  });
}

export function signUpWords(turn: Turn, { intention }: Understood): string {
  return signedUpWords(turn, trainingMeant(turn, intention.reference), intention.language);
}

export function signUp(turn: Turn, { intention, speaker }: Understood): void {
  const training = trainingMeant(turn, intention.reference);
  if (training) attend(turn, training.number, personOf(speaker), "signed", nodeId(speaker.node));
}

export interface Attendee {
  readonly person: string;
  readonly name: string;
}

function personOf({ member, node, name }: Speaker): Attendee {
  return { person: member === undefined ? `mesh:${nodeId(node)}` : `member:${member.number}`, name };
}

export function attend(turn: Turn, training: number, { person, name }: Attendee, state: Attending, by: string): void {
  setAttendance(turn.store, { training, person, name, state, by }, turn.now);
}

// ───────────────────────────── reminders ─────────────────────────────

/** Has the calendar looked at soon; called whenever it changed. */
export function watchCalendar(turn: Turn): void {
  if (upcoming(turn).length > 0) setTimer(turn.store, "calendar", 0, turn.now);
}

/** Timer: looks for what has to be said now, and sets itself again while there is anything ahead. */
export function calendarDue(turn: Turn): void {
  const ahead = upcoming(turn).filter(({ starts }) => starts > turn.wall);
  if (ahead.length === 0) return;
  if (clockSure(turn.wall)) for (const training of ahead) remindOf(turn, training);
  const next = ahead.flatMap(({ starts, number }) => {
    const before = REMINDERS[trainingRow(turn.store, number)!.reminded];
    return before === undefined ? [] : [starts - before - turn.wall];
  });
  setTimer(turn.store, "calendar", 0, turn.now + Math.max(1_000, Math.min(LOOK_EVERY, ...next)));
}

function remindOf(turn: Turn, training: TrainingRow): void {
  const due = REMINDERS.filter((before) => training.starts - before <= turn.wall).length;
  if (due <= training.reminded) return;
  setReminded(turn.store, training.number, due);
  const text = reminderWords(turn, training, turn.settings.node.language);
  tellMesh(turn, {
    class: "information",
    to: EVERYONE,
    text,
    latestKey: `training ${training.number}`,
  });
  for (const { uplink, room } of bridgedRooms(turn, 0)) tellRoom(turn, uplink.name, room, text);
}

/** One packet: the place is left out where there is no room for it. */
export function reminderWords(turn: Turn, training: TrainingRow, language: string): string {
  const words = (place: string): string =>
    fill(inquiriesOf(language).reminder, {
      title: titleOf(training),
      when: whenWords(turn, training.starts, language),
      place,
      reference: trainingReference(training),
    });
  const place = cleanForMesh(training.place).replaceAll(/\s+/g, " ");
  const whole = words(place === "" ? "" : `, ${place}`);
  return fits(whole) ? whole : words("");
}

// ───────────────────────────── for the command line ─────────────────────────────

export interface TrainingView {
  readonly reference: string;
  readonly title: string;
  readonly place: string;
  readonly skill: string;
  readonly starts: Millis;
  readonly ends: Millis;
  readonly cancelled: boolean;
  readonly people: readonly { readonly name: string; readonly state: Attending }[];
}

export function trainingViews(turn: Turn, since: Millis): TrainingView[] {
  return listTrainings(turn.store, since).map((training) => ({
    reference: trainingReference(training),
    title: training.title,
    place: training.place,
    skill: training.skill,
    starts: training.starts,
    ends: training.ends,
    cancelled: training.cancelled === 1,
    people: attendanceOf(turn.store, training.number).map(({ name, state }) => ({ name, state })),
  }));
}
