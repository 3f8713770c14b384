// The silent test of a call tree: whom would a page reach today? Nobody is asked and nothing is sent; what the radios and people let
// hear anyway is looked at: packets, and what somebody wrote or reacted in a room that the gateway reads. Presence is not asked for: many
// homeservers have it switched off, and it tells of an open window, not of somebody who reads. Once a month it is done for every tree, and operators are told of the weak branches.

import { isoTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { branchOf } from "#domain/calltree/tree.ts";
import { lastWritten } from "#store/inbox.ts";
import { listTrees } from "#store/pages.ts";
import { member, radiosOfMember } from "#store/people.ts";
import { hasTimer, nodeRow, setTimer } from "#store/world.ts";
import { isUp, peopleOfContact, waysOf, ZONES, zonesTree } from "./people.ts";
import { PAGE_WORDS } from "./words.ts";
import { tellOperators } from "#gateway/say.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";

const DAY: Millis = 86_400_000;
const MONTH: Millis = 30 * DAY;
/** A radio says something of itself every few hours (meshtastic-facts: NodeInfo, telemetry); silent for longer, it is off or gone. */
const FRESH: Millis = 2 * DAY;
/** People who read every day may write once a month. No longer than messages are kept (`retention.messages_days`). */
const FRESH_IN_MATRIX: Millis = MONTH;

export interface Reach {
  readonly node: string;
  readonly name: string;
  readonly house: string | null;
  /** `good`: heard lately, by radio or in Matrix; `stale`: not lately; `none`: no way is known. */
  readonly reach: "good" | "stale" | "none";
  /** When one of their radios, or they in Matrix, were last heard. */
  readonly lastHeard: string | null;
  /** How many below it are reached later, if it is silent. */
  readonly below: number;
}

export interface ReachView {
  readonly tree: string;
  readonly good: number;
  /** Weak ones, those with the most below them first. */
  readonly weak: readonly Reach[];
}

export function reachabilityView(
  turn: Turn,
  name: string,
): ReachView | { readonly ok: false; readonly reason: string } {
  const tree =
    listTrees(turn.store).find((each) => each.name === name) ?? (name === ZONES ? zonesTree(turn) : undefined);
  if (!tree) return { ok: false, reason: PAGE_WORDS.noTree(name) };
  const written = lastWritten(turn.store);
  const all = tree.nodes.map((node): Reach => {
    const people = [...node.contacts, ...node.alternates].flatMap((contact) => peopleOfContact(turn, contact));
    const heard = {
      radio: latest(
        people.flatMap((each) => radiosOfMember(turn.store, each)).map(({ node: id }) => radioHeard(turn, id)),
      ),
      matrix: latest(people.flatMap((each) => member(turn.store, each)?.matrix ?? []).map((user) => written.get(user))),
    };
    const last = latest([heard.radio, heard.matrix]);
    const who = people[0] === undefined ? undefined : member(turn.store, people[0]);
    return {
      node: node.id,
      name: who?.name ?? node.contacts.join(", "),
      house: who?.house ?? null,
      reach: reachOf(turn, people, heard),
      lastHeard: last === undefined ? null : isoTime(calendarTime(turn, last)),
      below: branchOf(tree.nodes, node).length - 1,
    };
  });
  const weak = all.filter(({ reach }) => reach !== "good").toSorted((a, b) => b.below - a.below);
  return { tree: tree.name, good: all.length - weak.length, weak };
}

interface Heard {
  readonly radio: Millis | undefined;
  readonly matrix: Millis | undefined;
}

const radioHeard = (turn: Turn, node: number): Millis | undefined =>
  nodeRow(turn.store, node)?.lastHeardAt ?? undefined;

function latest(moments: readonly (Millis | undefined)[]): Millis | undefined {
  const known = moments.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function reachOf(turn: Turn, people: readonly number[], { radio, matrix }: Heard): Reach["reach"] {
  if (people.every((each) => waysOf(turn, each).length === 0)) return "none";
  const since = (at: Millis | undefined): Millis => (at === undefined ? Infinity : turn.now - at);
  const inMatrix = people.some((each) => waysOf(turn, each).includes("matrix") && isUp(turn, each, "matrix"));
  return (inMatrix && since(matrix) <= FRESH_IN_MATRIX) || since(radio) <= FRESH ? "good" : "stale";
}

/** At every start: the test is due a month after the last one. */
export function plantTest(turn: Turn): void {
  if (!hasTimer(turn.store, "page-test", 0)) setTimer(turn.store, "page-test", 0, turn.now + MONTH);
}

/** Names of a tree's weak branches that operators are told at once; the rest is in `muster tree reach`. */
const MOST_NAMES = 12;

/** Timer: once a month. */
export function testTrees(turn: Turn): void {
  setTimer(turn.store, "page-test", 0, turn.now + MONTH);
  for (const { name } of listTrees(turn.store)) {
    const view = reachabilityView(turn, name);
    if ("reason" in view || view.weak.length === 0) continue;
    const names = view.weak.slice(0, MOST_NAMES).map(({ house, name: who, reach }) => `${house ?? who} (${reach})`);
    const more = view.weak.length > MOST_NAMES ? ` … ${view.weak.length} in all` : "";
    tellOperators(turn, PAGE_WORDS.weak(name, names.join(", ") + more));
  }
}
