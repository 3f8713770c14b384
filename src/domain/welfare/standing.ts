// How a household stands, from everything that was ever said about it. Nothing that was said is lost or changed; this only
// decides which of it counts.
//
// A person's own word beats another's; among equals the newer beats the older, by arrival, because clocks lie. Two exceptions keep
// people alive: an open call for help counts whatever is said after it, until a person closes it; and a claim that could be
// anybody's (a channel, a changed key) never calms what a proven word has raised.

import { isProven, type Trust } from "#domain/people/trust.ts";
import type { House, Status } from "#domain/wire-words.ts";

/** Who says it: the household itself, somebody else, a captain, a coordinator. */
export const SOURCES = ["self", "neighbour", "captain", "coordinator"] as const;
export type Source = (typeof SOURCES)[number];

/** How it was said. */
export const MEANS = ["text", "tapback", "machine", "matrix", "paper"] as const;
export type Means = (typeof MEANS)[number];

/** One thing that was said about one household. Later ones have greater ids. */
export interface Fact {
  readonly id: number;
  readonly at: number;
  readonly clockSure: boolean;
  /** None: a radio that nobody has attached to a household yet. */
  readonly house?: House;
  /** The radio it was said by; none: in Matrix or on paper. */
  readonly node?: number;
  readonly member?: number;
  /** For people: a name, a Matrix id. */
  readonly by: string;
  readonly source: Source;
  readonly means: Means;
  readonly trust: Trust;
  readonly status: Status;
  readonly people?: number;
  readonly animals?: number;
  readonly needs: readonly number[];
  readonly place?: string;
  readonly note?: string;
  /** "r7", if it answers one. */
  readonly reference?: string;
  /** The event it belongs to; a drill never mixes with the real record. */
  readonly event?: number;
  /** A captain's lone number, and his radio has not confirmed the echo: it does not count yet. */
  readonly pending: boolean;
}

export interface Standing {
  /** "unknown": silent. */
  readonly status: Status;
  /** What it rests on; none: silent. */
  readonly fact?: Fact;
  /** Newer, and does not count: it waits for the captain's radio to confirm ("captain: ok 12?"), or would calm what is proven. */
  readonly waiting?: Fact;
  /** A call for help is open. */
  readonly call: boolean;
}

/** `facts` about one household in the order of arrival. */
export function standingOf(facts: readonly Fact[], callOpen: boolean): Standing {
  const counted = facts.filter((fact) => !fact.pending);
  const proven = newestOf(counted.filter(({ trust }) => isProven(trust)));
  const claimed = newestOf(counted.filter(({ id, trust }) => !isProven(trust) && id > (proven?.id ?? -1)));
  const best = proven === undefined || (claimed !== undefined && raises(claimed, proven)) ? claimed : proven;
  const waiting = facts.findLast(
    (fact) => (fact.pending || fact === claimed) && fact !== best && (best === undefined || fact.id > best.id),
  );
  return {
    status: callOpen ? "urgent" : (best?.status ?? "unknown"),
    call: callOpen,
    ...(best === undefined ? {} : { fact: best }),
    ...(waiting === undefined ? {} : { waiting }),
  };
}

const SEVERITY: Readonly<Record<Status, number>> = { unknown: 0, ok: 1, evacuated: 2, need: 3, urgent: 4 };

const CALM: ReadonlySet<Status> = new Set(["ok", "evacuated"]);

/** "self" before the others; those among each other by arrival. */
const OWN: Readonly<Record<Source, number>> = { self: 1, neighbour: 0, captain: 0, coordinator: 1 };

/** What counts among facts that are equally believed. */
function newestOf(facts: readonly Fact[]): Fact | undefined {
  let best: Fact | undefined;
  for (const fact of facts) if (best === undefined || supersedes(fact, best)) best = fact;
  return best;
}

/** Whether a later fact takes the place of an earlier one. */
function supersedes(later: Fact, earlier: Fact): boolean {
  // Somebody who says that a neighbour does not answer has not unsaid what the neighbour said.
  if (later.status === "unknown") return earlier.status === "unknown";
  if (later.status === "urgent" || earlier.status === "unknown") return true;
  return OWN[later.source] >= OWN[earlier.source];
}

/**
 * What could be anybody's word may only make people look sooner. Where somebody who is believed has looked and found nobody, people
 * look until a proven word comes.
 */
function raises(claimed: Fact, proven: Fact): boolean {
  if (SEVERITY[claimed.status] <= SEVERITY[proven.status]) return false;
  if (proven.status === "unknown" && CALM.has(claimed.status)) return false;
  return claimed.status === "urgent" || OWN[claimed.source] >= OWN[proven.source];
}
