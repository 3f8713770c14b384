// How the neighbourhood stands, zone by zone: the one view behind the board, the commands, the command line and the block
// sheet. Who is silent comes first: they are whom somebody has to go and see.

import type { Standing } from "#domain/welfare/standing.ts";
import type { House, Status } from "#domain/wire-words.ts";
import { listHouseholds, listZones, member } from "#store/people.ts";
import { standingNow } from "#gateway/events.ts";
import type { Turn } from "#gateway/turn.ts";

export const COLUMNS = ["silent", "need", "urgent", "accounted"] as const;
/** In the order in which people are shown them. */
export type Column = (typeof COLUMNS)[number];

const COLUMN_OF: Readonly<Record<Status, Column>> = {
  unknown: "silent",
  need: "need",
  urgent: "urgent",
  ok: "accounted",
  evacuated: "accounted",
};

export interface Home {
  readonly house: House;
  /** None: in no zone. */
  readonly zone?: number;
  readonly standing: Standing;
}

export interface ZoneSurvey extends Readonly<Record<Column, readonly Home[]>> {
  readonly zone?: number;
  readonly name: string;
  /** Names of captain and deputy, as far as there are any. */
  readonly heads: readonly string[];
  readonly homes: number;
}

/** All households with how they stand now, or those that `within` holds. In a drill: as they stand in the drill. */
export function homesNow(turn: Turn, within?: ReadonlySet<House>): Home[] {
  return listHouseholds(turn.store)
    .filter(({ house }) => within === undefined || within.has(house))
    .map(({ house, zone }) => ({
      house,
      standing: standingNow(turn, house),
      ...(zone === undefined ? {} : { zone }),
    }));
}

export function columnOf({ standing }: Home): Column {
  return COLUMN_OF[standing.status];
}

/** By zone, in the zones' order; homes of no zone last. Within a column the homes keep their order. */
export function surveyOf(turn: Turn, homes: readonly Home[]): ZoneSurvey[] {
  const zones = new Map(listZones(turn.store).map((zone) => [zone.number, zone]));
  const numbers = [...new Set(homes.map(({ zone }) => zone))].toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity));
  return numbers.map((number) => {
    const here = homes.filter(({ zone }) => zone === number);
    const zone = number === undefined ? undefined : zones.get(number);
    const heads = [zone?.captain, zone?.deputy].flatMap((head) =>
      head === undefined ? [] : (member(turn.store, head)?.name ?? []),
    );
    const of = (column: Column): Home[] => here.filter((home) => columnOf(home) === column);
    return {
      ...(number === undefined ? {} : { zone: number }),
      name: zone?.name ?? (number === undefined ? "In no zone" : `Zone ${number}`),
      heads,
      homes: here.length,
      silent: of("silent"),
      need: of("need"),
      urgent: of("urgent"),
      accounted: of("accounted"),
    };
  });
}

export function countsOf(zones: readonly ZoneSurvey[]): Readonly<Record<Column | "homes", number>> {
  const sum = (of: (zone: ZoneSurvey) => number): number => zones.reduce((all, zone) => all + of(zone), 0);
  return {
    homes: sum(({ homes }) => homes),
    silent: sum(({ silent }) => silent.length),
    need: sum(({ need }) => need.length),
    urgent: sum(({ urgent }) => urgent.length),
    accounted: sum(({ accounted }) => accounted.length),
  };
}
