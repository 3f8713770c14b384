// How a roll call stands: the figures, by zone, with the houses that are silent. A closed one shows how it stood when it was closed.

import { isoTime } from "#base/calendar.ts";
import { rollFigures, type RollFigures, type RollHouse, type RollZone } from "#domain/welfare/roll-call.ts";
import { isProven } from "#domain/people/trust.ts";
import { standingOf, type Fact } from "#domain/welfare/standing.ts";
import type { House } from "#domain/wire-words.ts";
import { nodeId } from "#base/ids.ts";
import { listZones } from "#store/people.ts";
import { latestRoll, rollHouses, rollRow, rollsInState, rollWaves, type RollRow, type WaveKind } from "#store/rolls.ts";
import { factsOf, factsSince, openCallOfHouse, unattachedFacts } from "#store/welfare.ts";
import { refName } from "#wire/references.ts";
import { EXERCISE } from "#gateway/events.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";

export interface RollWaveView {
  readonly kind: WaveKind;
  /** ISO; to come if not `done`. */
  readonly at: string;
  readonly done: boolean;
  readonly households?: number;
  readonly packets?: number;
}

export interface RollView extends Omit<RollFigures, "byZone"> {
  readonly reference: string;
  readonly state: "open" | "closed";
  readonly exercise: boolean;
  /** "EXERCISE" in a drill. */
  readonly mark?: string;
  readonly event: number | null;
  readonly question: string;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly deadline: string;
  /** In the end a page goes to the captains of the silent; its reference, once it has. */
  readonly pageSilent: boolean;
  readonly page: string | null;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  readonly byZone: readonly (Omit<RollZone, "zone"> & { readonly zone: number | null; readonly name: string })[];
  /** Radios of no household that reported meanwhile. */
  readonly unattached: readonly { readonly radio: string; readonly name: string; readonly status: string }[];
  readonly waves: readonly RollWaveView[];
  /** Seconds that our radio was given to send for it: calls, questions, lists, receipts; each packet once. */
  readonly airtimeSeconds: number;
}

/** Of this roll call, or of the newest; undefined when there is none. */
export function rollStatus(turn: Turn, number?: number): RollView | undefined {
  const row = number === undefined ? latestRoll(turn.store) : rollRow(turn.store, number);
  if (!row || row.openedAt === null) return undefined;
  if (row.state === "closed" && row.result !== null) {
    const result = JSON.parse(row.result) as RollView;
    return { ...result, ...endOf(turn, row), waves: result.waves.filter(({ done }) => done) };
  }
  return viewOf(turn, row);
}

function endOf(turn: Turn, row: RollRow): Pick<RollView, "state" | "closedAt" | "closedBy" | "pageSilent" | "page"> {
  return {
    pageSilent: row.pageSilent,
    page: row.page === null ? null : refName("p", row.page),
    state: row.state === "closed" ? "closed" : "open",
    closedAt: row.closedAt === null ? null : isoTime(calendarTime(turn, row.closedAt)),
    closedBy: row.closedBy,
  };
}

/** Its figures alone. */
export function rollFiguresNow(turn: Turn, row: RollRow): RollFigures {
  return rollFigures(rollHousesNow(turn, row));
}

/** Whom it is for, with what was said about each since it was opened. */
export function rollHousesNow(turn: Turn, row: RollRow): RollHouse[] {
  const record = row.drill ? (row.event ?? undefined) : undefined;
  return rollHouses(turn.store, row.number).map(({ house, zone }) => {
    const facts = factsSince(turn.store, house, row.since ?? 0, record);
    const before = provenNeed(turn, house, facts, record);
    return {
      house,
      ...(zone === null ? {} : { zone }),
      facts,
      ...(before === undefined ? {} : { before }),
      // A call for help is real: it is not of the drill.
      call: !row.drill && openCallOfHouse(turn.store, house) !== undefined,
    };
  });
}

/** Looked for only where somebody has answered. */
function provenNeed(turn: Turn, house: House, facts: readonly Fact[], record: number | undefined): Fact | undefined {
  if (facts.length === 0) return undefined;
  const { fact } = standingOf(
    factsOf(turn.store, house, record).filter(({ id }) => id < facts[0]!.id),
    false,
  );
  return fact && isProven(fact.trust) && (fact.status === "need" || fact.status === "urgent") ? fact : undefined;
}

function viewOf(turn: Turn, row: RollRow): RollView {
  const { byZone, ...figures } = rollFiguresNow(turn, row);
  const names = new Map(listZones(turn.store).map(({ number, name }) => [number, name]));
  const iso = (at: number): string => isoTime(calendarTime(turn, at));
  return {
    reference: refName("r", row.number),
    ...endOf(turn, row),
    exercise: row.drill,
    ...(row.drill ? { mark: EXERCISE } : {}),
    event: row.event,
    question: row.question,
    openedAt: iso(row.openedAt!),
    openedBy: row.openedBy,
    deadline: iso(row.deadline!),
    ...figures,
    byZone: byZone.map(({ zone, ...rest }) => ({
      zone: zone ?? null,
      name: zone === undefined ? "" : (names.get(zone) ?? `Zone ${zone}`),
      ...rest,
    })),
    unattached: unattachedOf(turn, row),
    waves: wavesOf(turn, row),
    airtimeSeconds: Math.round(row.airMicros / 1000) / 1000,
  };
}

function unattachedOf(turn: Turn, row: RollRow): RollView["unattached"] {
  const record = row.drill ? row.event : undefined;
  const newest = new Map(
    unattachedFacts(turn.store)
      .filter(({ id, event, node }) => id > (row.since ?? 0) && (event ?? undefined) === (record ?? undefined) && node)
      .map((fact) => [fact.node!, fact]),
  );
  return [...newest].map(([node, { by, status }]) => ({ radio: nodeId(node), name: by, status }));
}

/** What was said, and what comes next. */
function wavesOf(turn: Turn, row: RollRow): RollWaveView[] {
  const iso = (at: number): string => isoTime(calendarTime(turn, at));
  const done = rollWaves(turn.store, row.number).map(({ at, ...wave }) => ({ ...wave, at: iso(at), done: true }));
  if (row.state !== "open" || row.stage === null || row.stage === "waiting") return done;
  return [...done, { kind: row.stage, at: iso(row.stageAt ?? turn.now), done: false }];
}

/** " (2 not proven ⚠)" */
export function unprovenWords(homes: number): string {
  return homes === 0 ? "" : ` (${homes} not proven ⚠)`;
}

/** One line for people: figures, then the silent by zone. */
export function rollSummary({ households, accounted, silent, need, urgent, byZone }: RollView): string {
  const unproven = byZone.reduce((all, zone) => all + zone.unproven.length, 0);
  const lists = byZone.flatMap(({ name, silent: houses }) =>
    houses.length === 0 ? [] : [`${name === "" ? "" : `${name}: `}${houses.join(" ")}`],
  );
  return (
    `${accounted} of ${households} accounted for${unprovenWords(unproven)}, ${need} need something, ${urgent} urgent, ${silent} silent` +
    (lists.length === 0 ? "." : ` (${lists.join("; ")}).`)
  );
}

/** References of those that are open, oldest first. */
export function openReferences(turn: Turn): string[] {
  return rollsInState(turn.store, "open").map(({ number }) => refName("r", number));
}
