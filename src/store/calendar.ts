// Trainings and drills, who signed up, who was there.

import type { Millis } from "#base/clock.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

export interface NewTraining {
  readonly uid: string;
  readonly occurrence: string;
  readonly sequence: number;
  readonly title: string;
  readonly place: string;
  readonly notes: string;
  readonly skill: string;
  /** By the calendar. */
  readonly starts: Millis;
  readonly ends: Millis;
  readonly cancelled: boolean;
}

export interface TrainingRow extends Omit<NewTraining, "cancelled"> {
  readonly number: number;
  readonly cancelled: 0 | 1;
  /** Reminders said so far. */
  readonly reminded: number;
}

const TRAINING = "number, uid, occurrence, sequence, title, place, notes, skill, starts, ends, cancelled, reminded";

/** Adds or changes the date; an older version of a known one changes nothing. */
export function setTraining(store: Store, row: NewTraining, now: Millis): "added" | "changed" | "same" {
  const known = store.get<TrainingRow>(
    `SELECT ${TRAINING} FROM trainings WHERE uid = ? AND occurrence = ?`,
    row.uid,
    row.occurrence,
  );
  const cancelled = row.cancelled ? 1 : 0;
  if (known) {
    const facts = ["sequence", "title", "place", "notes", "skill", "starts", "ends"] as const;
    const same = facts.every((fact) => known[fact] === row[fact]) && known.cancelled === cancelled;
    if (same || row.sequence < known.sequence) return "same";
  }
  const { number } = store.get<{ number: number }>(
    "INSERT INTO trainings (uid, occurrence, sequence, title, place, notes, skill, starts, ends, cancelled) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid, occurrence) DO UPDATE SET sequence = excluded.sequence, " +
      "title = excluded.title, place = excluded.place, notes = excluded.notes, skill = excluded.skill, starts = excluded.starts, " +
      "ends = excluded.ends, cancelled = excluded.cancelled, reminded = CASE WHEN starts = excluded.starts THEN reminded ELSE 0 END " +
      "RETURNING number",
    row.uid,
    row.occurrence,
    row.sequence,
    row.title,
    row.place,
    row.notes,
    row.skill,
    row.starts,
    row.ends,
    cancelled,
  )!;
  journal(store, "training", { number, uid: row.uid, starts: row.starts, cancelled: row.cancelled }, now);
  return known ? "changed" : "added";
}

export function trainingRow(store: Store, number: number): TrainingRow | undefined {
  return store.get<TrainingRow>(`SELECT ${TRAINING} FROM trainings WHERE number = ?`, number);
}

/** All that end after `since` (by the calendar), the next first. */
export function listTrainings(store: Store, since: Millis): TrainingRow[] {
  return store.all<TrainingRow>(`SELECT ${TRAINING} FROM trainings WHERE ends >= ? ORDER BY starts, number`, since);
}

export function setReminded(store: Store, number: number, reminded: number): void {
  store.run("UPDATE trainings SET reminded = ? WHERE number = ?", reminded, number);
}

export type Attending = "signed" | "attended" | "absent";

export interface AttendanceRow {
  readonly training: number;
  /** "member:3", "mesh:!hex", a Matrix id, or a name. */
  readonly person: string;
  readonly name: string;
  readonly state: Attending;
  readonly by: string;
}

/** Signing up changes nothing for somebody who has been marked already. */
export function setAttendance(store: Store, row: AttendanceRow, now: Millis): void {
  store.run(
    "INSERT INTO attendance (training, person, name, state, at, by_whom) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " +
      "name = excluded.name, state = excluded.state, at = excluded.at, by_whom = excluded.by_whom WHERE excluded.state <> 'signed'",
    row.training,
    row.person,
    row.name,
    row.state,
    now,
    row.by,
  );
  journal(store, "attendance", { training: row.training, person: row.person, state: row.state, by: row.by }, now);
}

export function attendanceOf(store: Store, training: number): AttendanceRow[] {
  return store.all<AttendanceRow>(
    "SELECT training, person, name, state, by_whom AS 'by' FROM attendance WHERE training = ? ORDER BY name, person",
    training,
  );
}

/** Whoever it was: that they signed up or were there, under any of these names for them, and what they asked for. */
export function forgetAttendance(store: Store, persons: readonly string[]): void {
  const named = JSON.stringify(persons);
  store.run("DELETE FROM attendance WHERE person IN (SELECT value FROM json_each(?))", named);
  store.run(
    "DELETE FROM journal WHERE kind = 'attendance' AND EXISTS (SELECT 1 FROM json_each(?) WHERE value IN " +
      "(json_extract(body, '$.person'), json_extract(body, '$.by'), 'mesh:' || json_extract(body, '$.by')))",
    named,
  );
  store.run("DELETE FROM service_watches WHERE place IN (SELECT value FROM json_each(?))", named);
}

export interface TrainedRow {
  readonly person: string;
  readonly name: string;
  readonly skill: string;
  /** When the training began, by the calendar. */
  readonly at: Millis;
}

/** Who has which training, the latest of each: what the skills register is fed with. */
export function listTrained(store: Store): TrainedRow[] {
  return store.all<TrainedRow>(
    "SELECT a.person, a.name, t.skill, max(t.starts) AS at FROM attendance a JOIN trainings t ON t.number = a.training " +
      "WHERE a.state = 'attended' AND t.skill <> '' GROUP BY a.person, t.skill ORDER BY t.skill, a.name",
  );
}
