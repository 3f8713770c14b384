// Who could help with a need: of what is free, the kind first, then whether it is enough, then how near it is (the same zone, then
// metres where both places are known), then a common language, then who has waited longest. Pure; the caller says where
// everybody is.

import { freeOf, isSameParty, type Item, type Match } from "./aid.ts";

export interface Place {
  readonly zone?: number;
  /** Degrees. */
  readonly latitude?: number;
  readonly longitude?: number;
  readonly languages: readonly string[];
}

export interface Supplier {
  readonly item: Item;
  readonly matches: readonly Match[];
  readonly place: Place;
}

/** What else serves a need of this code, best first. Codes of the taxonomy. */
const SERVES: Readonly<Record<number, readonly number[]>> = {
  6: [12, 11, 76, 9], // medical help: doctor, nurse, paramedic, first aid
  11: [76, 12],
  16: [17, 96], // shelter: room, tent
  24: [23, 113, 25], // power: generator, solar, charging
  15: [23, 113], // power for a medical device
  25: [24, 23, 113],
  26: [25],
  35: [128, 36, 129, 134], // ride: car, truck, 4x4, driver
  38: [35, 36, 128, 129, 130, 37],
  40: [30, 120], // road clearing: chainsaw, excavator
  1: [2, 53, 50],
  31: [23],
};

/** 0: the very thing; greater: something that serves; undefined: nothing like it. */
export function likeness(needed: number | undefined, offered: number | undefined): number | undefined {
  if (needed === undefined || offered === undefined) return undefined;
  if (needed === offered) return 0;
  const at = SERVES[needed]?.indexOf(offered) ?? -1;
  return at < 0 ? undefined : at + 1;
}

const METRES_PER_DEGREE = 111_320;

/** Metres; undefined where a place is not known. */
function distance(a: Place, b: Place): number | undefined {
  if (a.latitude === undefined || a.longitude === undefined || b.latitude === undefined || b.longitude === undefined)
    return undefined;
  const east = (a.longitude - b.longitude) * Math.cos((a.latitude * Math.PI) / 180);
  return Math.hypot(a.latitude - b.latitude, east) * METRES_PER_DEGREE;
}

/** Those who could, best first. */
export function suppliersFor(need: Item, place: Place, suppliers: readonly Supplier[]): Supplier[] {
  return suppliers
    .flatMap((supplier) => {
      const { item, matches } = supplier;
      const like = likeness(need.code, item.code);
      const free = freeOf(item, matches);
      if (like === undefined || free <= 0 || item.event !== need.event || isSameParty(item.owner, need.owner))
        return [];
      const short =
        need.amount !== undefined && need.unit === item.unit && item.supply === "once" && free < need.amount;
      const zone = place.zone !== undefined && place.zone === supplier.place.zone ? 0 : 1;
      const metres = distance(place, supplier.place) ?? Infinity;
      const language = place.languages.some((each) => supplier.place.languages.includes(each)) ? 0 : 1;
      return [{ supplier, order: [like, Number(short), zone, metres, language, item.at, item.id] }];
    })
    .toSorted((a, b) => compare(a.order, b.order))
    .map(({ supplier }) => supplier);
}

const PRESSING = { life: 0, urgent: 1, soon: 2, ordinary: 3 } as const;

/** Needs in the order in which they are looked after: the most urgent, then the oldest. */
export function byUrgency(a: Item, b: Item): number {
  return compare([PRESSING[a.urgency], a.at, a.id], [PRESSING[b.urgency], b.at, b.id]);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}
