// A roll call's silent households handed to a call tree: one node for each zone that has some, its captain first and then the
// deputy (the other way round where the captain is among the silent), so that somebody who does not answer is followed by somebody who does. The text says which homes are meant.

import { DEFAULT_MINUTES, DEFAULT_MOST, DEFAULT_WAYS, type Tree } from "#domain/calltree/tree.ts";
import { member } from "#store/people.ts";
import { parseRef } from "#wire/references.ts";
import { peopleOfContact } from "./people.ts";
import { rollStatus, type RollView } from "#gateway/welfare/roll-status.ts";
import type { Turn } from "#gateway/turn.ts";

const NAME = /^silent (r\d+)$/i;

export function isSilentTree(name: string): boolean {
  return NAME.test(name);
}

/** "silent r7": the tree of that roll call's silent zones; undefined for any other name, or where nobody is silent. */
export function silentTree(turn: Turn, name: string): Tree | undefined {
  const zones = silentZones(turn, name);
  const homes = new Set(zones.flatMap(({ silent }) => silent));
  const isSilent = (contact: string): boolean =>
    peopleOfContact(turn, contact).every((person) => homes.has(member(turn.store, person)?.house ?? ""));
  const nodes = zones.flatMap(({ zone }) => {
    const contacts = [`captain ${zone}`, `deputy ${zone}`]
      .filter((each) => peopleOfContact(turn, each).length > 0)
      .toSorted((a, b) => Number(isSilent(a)) - Number(isSilent(b)));
    if (contacts.length === 0) return [];
    const [first, ...alternates] = contacts;
    return [{ id: idOf(zone), contacts: [first!], alternates, ways: DEFAULT_WAYS, minutes: DEFAULT_MINUTES }];
  });
  return nodes.length === 0 ? undefined : { name, most: DEFAULT_MOST, nodes };
}

/** The zones whose captains that tree asks. */
export function zonesPaged(turn: Turn, name: string): number[] {
  const asked = new Set(silentTree(turn, name)?.nodes.map(({ id }) => id));
  return silentZones(turn, name).flatMap(({ zone }) => (zone !== null && asked.has(idOf(zone)) ? [zone] : []));
}

const idOf = (zone: number | null): string => `zone-${zone}`;

/** What is added to the text: ": 3 5 9". */
export function silentHouses(turn: Turn, name: string): string {
  const houses = silentZones(turn, name).flatMap(({ silent }) => silent);
  return houses.length === 0 ? "" : `: ${houses.join(" ")}`;
}

function silentZones(turn: Turn, name: string): RollView["byZone"] {
  const reference = parseRef(NAME.exec(name)?.[1] ?? "");
  const roll = reference && rollStatus(turn, reference.ref);
  return roll?.byZone.filter(({ zone, silent }) => zone !== null && silent.length > 0) ?? [];
}
