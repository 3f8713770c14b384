// Roll calls: what was asked of whom, and how far it is. What was answered are the facts of welfare.ts that arrived since.

import type { Millis } from "#base/clock.ts";
import type { RollScope } from "#domain/welfare/roll-call.ts";
import type { House } from "#domain/wire-words.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

export type RollStage = "channel" | "direct" | "captain" | "waiting";

export interface RollRow {
  /** r7 on the air. */
  readonly number: number;
  readonly event: number | null;
  readonly drill: boolean;
  readonly state: "planned" | "open" | "closed";
  readonly scope: RollScope;
  readonly question: string;
  readonly language: string;
  readonly minutes: number;
  readonly openedBy: string;
  /** The captains of those who are silent in the end are paged. */
  readonly pageSilent: boolean;
  /** p5, once they have been. */
  readonly page: number | null;
  /** Of one that is planned: when, by the calendar, and the time of day if it comes back daily. */
  readonly plannedWall: Millis | null;
  readonly daily: string | null;
  readonly openedAt: Millis | null;
  readonly deadline: Millis | null;
  /** Facts with greater ids answer it. */
  readonly since: number | null;
  readonly stage: RollStage | null;
  readonly stageAt: Millis | null;
  readonly part: number;
  readonly airMicros: number;
  readonly closedAt: Millis | null;
  readonly closedBy: string | null;
  /** How it stood when it was closed, JSON. */
  readonly result: string | null;
}

type Stored = Omit<RollRow, "drill" | "scope" | "pageSilent"> & {
  readonly drill: 0 | 1;
  readonly scope: string;
  readonly pageSilent: 0 | 1;
};

const ROLL =
  "number, event, drill, state, scope, question, language, minutes, opened_by AS openedBy, page_silent AS pageSilent, page, planned_wall AS plannedWall, daily, " +
  "opened_at AS openedAt, deadline, since, stage, stage_at AS stageAt, part, air_micros AS airMicros, closed_at AS closedAt, " +
  "closed_by AS closedBy, result";

function rollOf({ drill, scope, pageSilent, ...row }: Stored): RollRow {
  return { ...row, drill: drill === 1, scope: JSON.parse(scope) as RollScope, pageSilent: pageSilent === 1 };
}

export function rollRow(store: Store, number: number): RollRow | undefined {
  const row = store.get<Stored>(`SELECT ${ROLL} FROM rolls WHERE number = ?`, number);
  return row && rollOf(row);
}

/** Oldest first. */
export function rollsInState(store: Store, state: RollRow["state"]): RollRow[] {
  return store.all<Stored>(`SELECT ${ROLL} FROM rolls WHERE state = ? ORDER BY number`, state).map(rollOf);
}

/** The newest that is open, else the newest that was. */
export function latestRoll(store: Store): RollRow | undefined {
  const row = store.get<Stored>(
    `SELECT ${ROLL} FROM rolls WHERE opened_at IS NOT NULL ORDER BY state = 'open' DESC, number DESC LIMIT 1`,
  );
  return row && rollOf(row);
}

/** Its number is the reference that residents see. */
export function addRoll(
  store: Store,
  roll: Pick<RollRow, "scope" | "question" | "language" | "minutes" | "openedBy" | "pageSilent"> &
    Partial<Pick<RollRow, "plannedWall" | "daily">>,
  now: Millis,
): number {
  const number = store.run(
    "INSERT INTO rolls (drill, state, scope, question, language, minutes, opened_by, page_silent, planned_wall, daily) " +
      "VALUES (0, 'planned', ?, ?, ?, ?, ?, ?, ?, ?)",
    JSON.stringify(roll.scope),
    roll.question,
    roll.language,
    roll.minutes,
    roll.openedBy,
    roll.pageSilent ? 1 : 0,
    roll.plannedWall ?? null,
    roll.daily ?? null,
  ).lastInsertRowid;
  journal(store, "roll", { roll: number, ...roll, state: "planned" }, now);
  return number;
}

export interface RollOpening {
  readonly event?: number;
  readonly drill: boolean;
  readonly deadline: Millis;
  readonly part: number;
  readonly houses: readonly { readonly house: House; readonly zone?: number }[];
}

/** From planned to open: whoever is asked is written down now, and what is said from now on counts. */
export function beginRoll(store: Store, number: number, opening: RollOpening, stageAt: Millis, now: Millis): void {
  const since = store.get<{ n: number }>("SELECT seq AS n FROM sqlite_sequence WHERE name = 'welfare'")?.n ?? 0;
  store.run(
    "UPDATE rolls SET state = 'open', event = ?, drill = ?, opened_at = ?, deadline = ?, since = ?, stage = 'channel', " +
      "stage_at = ?, part = ? WHERE number = ?",
    opening.event ?? null,
    opening.drill ? 1 : 0,
    now,
    opening.deadline,
    since,
    stageAt,
    opening.part,
    number,
  );
  for (const { house, zone } of opening.houses)
    store.run("INSERT INTO roll_houses (roll, house, zone) VALUES (?, ?, ?)", number, house, zone ?? null);
  journal(store, "roll", { roll: number, event: opening.event, drill: opening.drill, state: "open" }, now);
}

export function setStage(store: Store, number: number, stage: RollStage, at: Millis): void {
  store.run("UPDATE rolls SET stage = ?, stage_at = ? WHERE number = ?", stage, at, number);
}

/** Its silent households were handed to this page. */
export function setRollPage(store: Store, number: number, page: number, now: Millis): void {
  store.run("UPDATE rolls SET page = ? WHERE number = ?", page, number);
  journal(store, "roll", { roll: number, page }, now);
}

export function setPart(store: Store, number: number, part: number): void {
  store.run("UPDATE rolls SET part = ? WHERE number = ?", part, number);
}

export function endRoll(store: Store, number: number, by: string, result: object, now: Millis): void {
  store.run(
    "UPDATE rolls SET state = 'closed', closed_at = ?, closed_by = ?, result = ? WHERE number = ? AND state <> 'closed'",
    now,
    by,
    JSON.stringify(result),
    number,
  );
  journal(store, "roll", { roll: number, by, state: "closed" }, now);
}

// ───────────────────────────── whom ─────────────────────────────

export interface RollHouseRow {
  readonly house: House;
  readonly zone: number | null;
  readonly calledAt: Millis | null;
  readonly askedAt: Millis | null;
  readonly listedAt: Millis | null;
}

/** By number, then letter; those that were forgotten meanwhile are left out. */
export function rollHouses(store: Store, number: number): RollHouseRow[] {
  return store.all<RollHouseRow>(
    "SELECT house, r.zone, called_at AS calledAt, asked_at AS askedAt, listed_at AS listedAt FROM roll_houses r " +
      "JOIN households USING (house) WHERE roll = ? ORDER BY CAST(house AS INTEGER), house",
    number,
  );
}

/** Open roll calls that this household was asked in. */
export function openRollsOfHouse(store: Store, house: House): number[] {
  return store
    .all<{ number: number }>(
      "SELECT number FROM rolls JOIN roll_houses ON roll = number WHERE state = 'open' AND house = ? ORDER BY number",
      house,
    )
    .map(({ number }) => number);
}

const STEPS = { channel: "called_at", direct: "asked_at", captain: "listed_at" } as const;
export type WaveKind = keyof typeof STEPS;

export interface WaveRow {
  readonly kind: WaveKind;
  readonly at: Millis;
  readonly households: number;
  readonly packets: number;
}

/** These households were asked in this way; it is never done twice. */
export function addWave(store: Store, number: number, wave: WaveRow, houses: readonly House[]): void {
  store.run(
    "INSERT INTO roll_waves (roll, kind, at, households, packets) VALUES (?, ?, ?, ?, ?)",
    number,
    wave.kind,
    wave.at,
    wave.households,
    wave.packets,
  );
  for (const house of houses)
    store.run(`UPDATE roll_houses SET ${STEPS[wave.kind]} = ? WHERE roll = ? AND house = ?`, wave.at, number, house);
}

export function rollWaves(store: Store, number: number): WaveRow[] {
  return store.all<WaveRow>("SELECT kind, at, households, packets FROM roll_waves WHERE roll = ? ORDER BY id", number);
}

// ───────────────────────────── packets ─────────────────────────────

export function addRollSend(store: Store, number: number, ledger: number): void {
  store.run("INSERT INTO roll_sends (ledger, roll) VALUES (?, ?)", ledger, number);
}

/** Outbox rows of a roll call that are not done: all, or only the questions to this radio (a captain's list is none). */
export function rollSendsUnderWay(store: Store, number: number, node?: number): number[] {
  return store
    .all<{ id: number }>(
      "SELECT o.id FROM roll_sends s JOIN mesh_outbox o ON o.ledger = s.ledger WHERE s.roll = ? AND o.status <> 'done' " +
        "AND (? IS NULL OR (o.to_node = ? AND EXISTS (SELECT 1 FROM questions q WHERE q.ledger = s.ledger))) ORDER BY o.id",
      number,
      node ?? null,
      node ?? null,
    )
    .map(({ id }) => id);
}

/** A packet was handed to the radio: a roll call's own, or (`receipt`) one that answers those who report in meanwhile. */
export function bookRollAir(store: Store, ledger: number, receipt: boolean, micros: number): void {
  const own = store.get<{ roll: number }>("SELECT roll FROM roll_sends WHERE ledger = ?", ledger)?.roll;
  const open = own ?? (receipt ? rollsInState(store, "open").at(-1)?.number : undefined);
  if (open !== undefined) store.run("UPDATE rolls SET air_micros = air_micros + ? WHERE number = ?", micros, open);
}
