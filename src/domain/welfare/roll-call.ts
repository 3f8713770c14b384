// How a roll call stands: who is accounted for, who is silent, who needs something. Every household that was asked is either
// accounted for or silent; need and urgent are among the accounted for.
//
// Somebody else's word about a household counts where it is believed (a proven sender, or a channel with a key of its own); a
// stranger's word about a neighbour never takes a household off the list of the silent, it is only shown beside it.

import { isProven } from "#domain/people/trust.ts";
import type { House } from "#domain/wire-words.ts";
import { standingOf, type Fact, type Standing } from "./standing.ts";

/** Whom a roll call is for. */
export type RollScope =
  | { readonly all: true }
  | { readonly zones: readonly number[] }
  | { readonly houses: readonly House[] };

/** A household that was asked, and what was said about it since. */
export interface RollHouse {
  readonly house: House;
  readonly zone?: number;
  /** In the order of arrival, only those that came since the roll call was opened. */
  readonly facts: readonly Fact[];
  /** A call for help from there is open. */
  readonly call: boolean;
  /** What stood before it was opened, where that is a proven need: nobody's unproven word takes it off the board. */
  readonly before?: Fact;
}

export interface RollZone {
  /** None: households that belong to no zone. */
  readonly zone?: number;
  readonly households: number;
  readonly accounted: number;
  readonly silent: readonly House[];
  readonly need: readonly House[];
  readonly urgent: readonly House[];
  /** Silent, but somebody's word about it waits: a captain's for his confirmation, a stranger's for anybody's. */
  readonly waiting: readonly { readonly house: House; readonly by: string; readonly status: Fact["status"] }[];
  /** Accounted for by a word that anybody could have sent under that radio's name. */
  readonly unproven: readonly House[];
  /** Silent, and somebody who looked found nobody. */
  readonly noAnswer: readonly House[];
}

export interface RollFigures {
  readonly households: number;
  readonly accounted: number;
  readonly silent: number;
  readonly need: number;
  readonly urgent: number;
  /** Of the accounted: by a word that anybody could have sent. */
  readonly unproven: number;
  /** By number; those without a zone last. */
  readonly byZone: readonly RollZone[];
}

/** How one household stands in a roll call. */
export function rollStanding({ facts, call, before }: Pick<RollHouse, "facts" | "call" | "before">): Standing {
  const since = standingOf(facts.filter(counts), call);
  if (before === undefined || since.fact === undefined || isProven(since.fact.trust)) return since;
  const both = standingOf([before, ...facts.filter(counts)], call);
  return both.fact === before ? both : since;
}

export function isAccounted({ status, call }: Standing): boolean {
  return call || status !== "unknown";
}

function counts({ source, trust }: Fact): boolean {
  return source !== "neighbour" || isProven(trust) || trust === "private";
}

export function rollFigures(houses: readonly RollHouse[]): RollFigures {
  const zones = [...new Set(houses.map(({ zone }) => zone))].toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity));
  const byZone = zones.map((zone) =>
    zoneOf(
      zone,
      houses.filter((each) => each.zone === zone),
    ),
  );
  const sum = (count: (zone: RollZone) => number): number => byZone.reduce((total, each) => total + count(each), 0);
  return {
    households: houses.length,
    accounted: sum(({ accounted }) => accounted),
    silent: sum(({ silent }) => silent.length),
    need: sum(({ need }) => need.length),
    urgent: sum(({ urgent }) => urgent.length),
    unproven: sum(({ unproven }) => unproven.length),
    byZone,
  };
}

function zoneOf(zone: number | undefined, houses: readonly RollHouse[]): RollZone {
  const each = houses.map((house) => ({ ...house, standing: rollStanding(house) }));
  const named = (fits: (one: (typeof each)[number]) => boolean): House[] => each.filter(fits).map(({ house }) => house);
  const silent = each.filter(({ standing }) => !isAccounted(standing));
  return {
    ...(zone === undefined ? {} : { zone }),
    households: houses.length,
    accounted: houses.length - silent.length,
    silent: silent.map(({ house }) => house),
    need: named(({ standing }) => standing.status === "need"),
    urgent: named(({ standing }) => standing.status === "urgent"),
    waiting: silent.flatMap(({ house, facts, standing }) => {
      const word = standing.waiting ?? facts.findLast((fact) => !counts(fact));
      return word === undefined ? [] : [{ house, by: word.by, status: word.status }];
    }),
    unproven: named(({ standing }) => isAccounted(standing) && isAnybodys(standing)),
    noAnswer: silent.filter(({ standing }) => standing.fact !== undefined).map(({ house }) => house),
  };
}

function isAnybodys({ fact }: Standing): boolean {
  return fact !== undefined && fact.node !== undefined && !isProven(fact.trust) && fact.trust !== "private";
}
