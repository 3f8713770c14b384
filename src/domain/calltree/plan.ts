// What a page is to do (the plan: nodes with their people found) and how far it is (the state), with what can be read off them.
// Both are plain JSON. What moves a state is page.ts.

import type { Millis } from "#base/clock.ts";
import type { Way } from "./tree.ts";

/** A node with its people found: members.number, in the order in which they are tried. */
export interface PlanNode {
  readonly id: string;
  readonly parent?: string;
  /** Whose node it is; then who stands in. */
  readonly contacts: readonly number[];
  readonly alternates: readonly number[];
  readonly ways: readonly Way[];
  readonly minutes: number;
  readonly take?: number;
}

export interface PagePlan {
  readonly nodes: readonly PlanNode[];
  /** Everybody is reached by all their ways at once. */
  readonly urgent: boolean;
  /** Packets wait so long for others to go with them. */
  readonly gather: Millis;
  readonly deadline: Millis;
  /** Whom nothing can be sent to: they are visited, and the next one is asked at once. */
  readonly onFoot?: readonly number[];
}

export type NodePhase = "idle" | "due" | "asked" | "answered" | "declined" | "skipped" | "spared";

export interface NodeState {
  readonly phase: NodePhase;
  /** Whose turn it is: the place among contacts and alternates. */
  readonly turn: number;
  /** How often that person was asked here. */
  readonly tries: number;
  readonly until?: Millis;
  /** When it became what it is. */
  readonly at?: Millis;
  readonly by?: number;
  /** Somebody else's word, not that of whoever was asked. */
  readonly reported?: true;
  /** "done": nobody below is waited for. */
  readonly closed?: true;
  /** Of a group: who took it. */
  readonly takers?: readonly number[];
}

export interface PersonState {
  /** How often a packet for them was sent. */
  readonly asked: number;
  readonly askedAt?: Millis;
  readonly said?: "answered" | "declined";
  readonly saidAt?: Millis;
  /** The node of the gateway that passed it on; none: they told us. */
  readonly through?: number;
  /** Silent in their time, or not to be reached by any way: to be visited unless they say something after all. */
  readonly silent?: true;
  /** Seen by somebody: no visit. */
  readonly seen?: true;
  /** When a radio of theirs was heard after they had been asked last. */
  readonly heardAt?: Millis;
  /** They were silent, and then their radio was heard: they are asked once more, and never a second time for that. */
  readonly again?: true;
  /** When that leaves; absent once it has. */
  readonly againAt?: Millis;
}

export interface PageState {
  readonly phase: "ready" | "running" | "finished" | "stopped" | "cleared";
  readonly nodes: Readonly<Record<string, NodeState>>;
  readonly people: Readonly<Record<string, PersonState>>;
  readonly finishedAt?: Millis;
  /** How often some were asked once more because their radios were heard. */
  readonly agains?: number;
}

export type PageInput =
  | { readonly kind: "start" }
  /** Time has passed. */
  | { readonly kind: "time" }
  /** `heard`: a radio of theirs was heard, whatever it said. */
  | { readonly kind: "heard"; readonly person: number }
  /** `through`: another gateway, by its node, says that they said so. */
  | { readonly kind: "answer" | "decline"; readonly person: number; readonly through?: number }
  /** What was sent to them has not left yet: their time begins anew. */
  | { readonly kind: "unsent"; readonly people: readonly number[] }
  /** With nodes: these were reached. Without: the branches of this person are done. */
  | { readonly kind: "done"; readonly person: number; readonly nodes?: readonly string[]; readonly through?: number }
  | { readonly kind: "stop" | "all-clear" | "text" };

export interface PageSend {
  readonly node: string;
  readonly person: number;
  readonly ways: readonly Way[];
  /** Not the first time. */
  readonly again: boolean;
}

export interface PageStep {
  readonly state: PageState;
  readonly send: readonly PageSend[];
  /** These have heard of the page and now hear what became of it. */
  readonly tell: readonly number[];
}

export function newPage({ nodes }: Pick<PagePlan, "nodes">): PageState {
  return {
    phase: "ready",
    nodes: Object.fromEntries(nodes.map(({ id }) => [id, { phase: "idle", turn: 0, tries: 0 }])),
    people: {},
  };
}

/** When time matters next; undefined: never again. */
export function pageWakesAt({ deadline }: PagePlan, { phase, nodes, people }: PageState): Millis | undefined {
  if (!LIVE.has(phase)) return undefined;
  const again = Object.values(people).flatMap(({ againAt }) => againAt ?? []);
  const running = phase === "running" ? [deadline, ...Object.values(nodes).flatMap(({ until }) => until ?? [])] : [];
  return again.length + running.length === 0 ? undefined : Math.min(...again, ...running);
}

/** Nobody has called it off: whoever was silent is asked again if their radio is heard before its deadline. */
export const LIVE: ReadonlySet<PageState["phase"]> = new Set(["running", "finished"]);

/** Everybody who was sent it or said something about it, in order of number. */
export function heardOf({ people }: PageState): number[] {
  return Object.entries(people)
    .filter(([, { asked, said }]) => asked > 0 || said !== undefined)
    .map(([person]) => Number(person))
    .toSorted((a, b) => a - b);
}

/** Whom somebody has to go and see. */
export function visitsOf({ people }: PageState): number[] {
  return Object.entries(people)
    .filter(([, { silent, said, seen }]) => silent && said === undefined && !seen)
    .map(([person]) => Number(person))
    .toSorted((a, b) => a - b);
}

/** In the order in which they are tried, each once. */
export function peopleOf({ contacts, alternates }: Pick<PlanNode, "contacts" | "alternates">): number[] {
  return [...new Set([...contacts, ...alternates])];
}

/** Still to come to an end. */
export const OPEN: ReadonlySet<NodePhase> = new Set(["idle", "due", "asked"]);
