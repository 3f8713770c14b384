// Who is behind a contact of a call tree now, and by which ways they can be reached.

import type { PagePlan, PlanNode } from "#domain/calltree/plan.ts";
import { treeFromZones, type Tree, type Way } from "#domain/calltree/tree.ts";
import { speaksForAll, type Member } from "#domain/people/people.ts";
import { listHouseholds, listMembers, listZones, member, membersOfHouse, radiosOfMember } from "#store/people.ts";
import { linkRow, nodeRow } from "#store/world.ts";
import { uplinkLink } from "#gateway/matrix/places.ts";
import { namesOf, RADIO, type Turn } from "#gateway/turn.ts";

/** "captain 3", "deputy 3", "member 7", "house 14", or a name in any case. In a home, those who can be reached go first. */
export function peopleOfContact(turn: Turn, contact: string): number[] {
  const [, word = "", rest = ""] = /^(\S+)\s+(\S+)$/.exec(contact.trim()) ?? [];
  switch (word.toLowerCase()) {
    case "captain":
    case "deputy": {
      const zone = listZones(turn.store).find(({ number }) => number === Number(rest));
      const number = word.toLowerCase() === "captain" ? zone?.captain : zone?.deputy;
      return number === undefined ? [] : [number];
    }
    case "member":
      return member(turn.store, Number(rest)) ? [Number(rest)] : [];
    case "house": {
      const all = membersOfHouse(turn.store, rest.toLowerCase()).map(({ number }) => number);
      const within = all.filter((number) => waysOf(turn, number).length > 0);
      return within.length > 0 ? within : all.slice(0, 1);
    }
    default: {
      const name = contact.trim().toLowerCase();
      return listMembers(turn.store).flatMap((each) => (each.name.toLowerCase() === name ? [each.number] : []));
    }
  }
}

/** By which somebody has ever a chance to be reached. */
export function waysOf(turn: Turn, number: number): Way[] {
  const who = member(turn.store, number);
  return [
    ...(radiosOfMember(turn.store, number).length > 0 ? (["radio"] as const) : []),
    ...(who && who.matrix.length > 0 && roomFor(turn, who) ? (["matrix"] as const) : []),
  ];
}

/** Whether something sent this way would leave now. */
export function isUp(turn: Turn, number: number, way: Way): boolean {
  if (way === "radio") return linkRow(turn.store, RADIO)?.state === "ready";
  const who = member(turn.store, number);
  const place = who && roomFor(turn, who);
  return place !== undefined && linkRow(turn.store, uplinkLink(place.uplink))?.state === "ready";
}

/**
 * Where somebody is spoken to in Matrix: coordinators in the operators' room, everybody else in the first room of the street. An
 * uplink that is up goes first.
 */
export function roomFor(turn: Turn, { role }: Pick<Member, "role">): { uplink: string; room: string } | undefined {
  const places = turn.settings.uplinks.flatMap(({ name, operatorsRoom, matrixRooms }) => {
    const street = matrixRooms[0]?.id;
    const room = speaksForAll(role) ? (operatorsRoom ?? street) : (street ?? operatorsRoom);
    return room === undefined ? [] : [{ uplink: name, room }];
  });
  return places.find(({ uplink }) => linkRow(turn.store, uplinkLink(uplink))?.state === "ready") ?? places[0];
}

/** The radio that was heard last. */
export function radioOf(turn: Turn, number: number): number | undefined {
  const heard = (node: number): number => nodeRow(turn.store, node)?.lastHeardAt ?? 0;
  return radiosOfMember(turn.store, number)
    .map(({ node }) => node)
    .toSorted((a, b) => heard(b) - heard(a))[0];
}

/** What somebody is called on the air: the short number of the home, or the radio's short name. */
export function airName(turn: Turn, number: number): string {
  const house = member(turn.store, number)?.house;
  if (house !== undefined) return house;
  const node = radioOf(turn, number);
  return node === undefined ? `#${number}` : namesOf(turn, node).short;
}

export function memberOfUser(turn: Turn, user: string): Member | undefined {
  return listMembers(turn.store).find(({ matrix }) => matrix.includes(user));
}

// ───────────────────────────── trees and plans ─────────────────────────────

/** The tree that is there without anybody having made one. */
export const ZONES = "zones";

export function zonesTree(turn: Turn): Tree {
  const homes = listHouseholds(turn.store);
  const homesIn = (zone: number | undefined): { house: string; members: number[] }[] =>
    homes
      .filter((each) => each.zone === zone)
      .map(({ house }) => ({ house, members: membersOfHouse(turn.store, house).map(({ number }) => number) }));
  const known = listZones(turn.store);
  const others = new Set(homes.map(({ zone }) => zone).filter((zone) => !known.some(({ number }) => number === zone)));
  return treeFromZones(ZONES, [
    ...known.map(({ number, captain, deputy }) => ({
      number,
      houses: homesIn(number),
      ...(captain === undefined ? {} : { captain }),
      ...(deputy === undefined ? {} : { deputy }),
    })),
    ...[...others].map((zone) => ({ number: zone ?? 0, houses: homesIn(zone) })),
  ]);
}

/** The tree's nodes with the people behind them now. */
export function planOf(turn: Turn, tree: Tree, how: Pick<PagePlan, "urgent" | "gather" | "deadline">): PagePlan {
  const nodes = tree.nodes.map(({ contacts, alternates, ...node }): PlanNode => ({
    ...node,
    contacts: [...new Set(contacts.flatMap((each) => peopleOfContact(turn, each)))],
    alternates: [...new Set(alternates.flatMap((each) => peopleOfContact(turn, each)))],
  }));
  const everybody = new Set(nodes.flatMap(({ contacts, alternates }) => [...contacts, ...alternates]));
  return { ...how, nodes, onFoot: [...everybody].filter((number) => waysOf(turn, number).length === 0) };
}

/** Whether every home that has people is in the plan. */
export function isEverybody(turn: Turn, { nodes }: PagePlan): boolean {
  const meant = new Set(nodes.flatMap(({ contacts }) => contacts).map((number) => member(turn.store, number)?.house));
  const all = new Set(listMembers(turn.store).flatMap(({ house }) => house ?? []));
  return all.size > 1 && [...all].every((house) => meant.has(house));
}
