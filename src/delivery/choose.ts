// Which packet goes to the radio next, and when. The one road out: reads rows, sends nothing.
//
// The radio buffers only two queueStatus answers, refuses texts less than 2 s apart and loses others in silence
// (meshtastic-facts §0.5, §1.5), so: one unanswered queueStatus at a time, a gap for each port, and few unanswered acks.
// Distress waits for nothing but the gap between texts and the law: not for an answer of the radio, nor for others' acks, so
// that each call for help is answered 2.5 s after the one before it at the latest.

import type { Millis } from "#base/clock.ts";
import type { Micros } from "./airtime.ts";
import { permission, type AirView, type Hold } from "./budget.ts";

export interface Candidate {
  readonly id: number;
  readonly rank: number;
  readonly portnum: number;
  readonly notBefore: Millis;
  /** One transmission; and how many the radio may make of it. */
  readonly micros: Micros;
  readonly transmissions: number;
}

export interface LinkView {
  /** The radio is configured and may transmit. */
  readonly ready: boolean;
  /** When the queueStatus that is awaited will be given up; undefined when none is awaited. */
  readonly statusUntil: Millis | undefined;
  /** When each unanswered ack gives its slot back, soonest first. */
  readonly slots: readonly Millis[];
  /** When a packet of a port was last handed over. */
  readonly lastWritten: ReadonlyMap<number, Millis>;
  /** Milliseconds between texts; 0 with rate limits off. */
  readonly textGap: Millis;
  /** What of the hour is left; undefined with rate limits off. */
  readonly air: AirView | undefined;
  /** From this rank on everything waits until then: residents are reporting in (surge.ts). */
  readonly surge?: { readonly fromRank: number; readonly until: Millis };
}

export interface Held {
  readonly id: number;
  readonly why: Hold | "surge";
}

export type Choice =
  | { readonly send: number; readonly held: readonly Held[] }
  | { readonly wakeAt: Millis | undefined; readonly held: readonly Held[] };

/** Rank of distress in the order of classes. */
const DISTRESS = 0;

/** Unanswered acks at most (contract.md). */
const SLOTS = 3;
/** With distress: half of the radio's queue of sixteen is left to relays and acks (meshtastic-facts §2.5). */
const DISTRESS_SLOTS = 8;

/** Milliseconds between packets of one port that the radio accepts from its client (meshtastic-facts §1.5; +0.5 s of margin). */
const PORT_GAP: ReadonlyMap<number, Millis> = new Map([
  [3, 10_500], // POSITION
  [8, 10_500], // WAYPOINT
  [11, 10_500], // ALERT
  [67, 10_500], // TELEMETRY
  [70, 30_500], // TRACEROUTE
]);

const TEXT_PORT = 1;

/**
 * The best candidate that may go now, or when to look again (undefined: nothing here waits for time); and whom the state of
 * the air holds back, for people to be told.
 */
export function choose(candidates: readonly Candidate[], link: LinkView, now: Millis): Choice {
  const held: Held[] = [];
  if (!link.ready) return { wakeAt: undefined, held };
  let wakeAt: Millis | undefined;
  const ordered = [...candidates].sort((a, b) => a.rank - b.rank || a.id - b.id);
  for (const candidate of ordered) {
    let at = mayGoAt(candidate, link, now);
    const allowed = at <= now ? allowedBy(candidate, link, now) : { at };
    if (allowed.at > now && allowed.why !== undefined) held.push({ id: candidate.id, why: allowed.why });
    at = Math.max(at, allowed.at);
    if (at <= now) return { send: candidate.id, held };
    wakeAt = wakeAt === undefined ? at : Math.min(wakeAt, at);
    // What is small must not use up, piece by piece, the room that something more important waits for.
    if (allowed.why === "budget" || allowed.why === "duty") return { wakeAt, held };
  }
  return { wakeAt, held };
}

function allowedBy(candidate: Candidate, link: LinkView, now: Millis): { at: Millis; why?: Held["why"] } {
  const { surge } = link;
  if (surge !== undefined && candidate.rank >= surge.fromRank && surge.until > now)
    return { at: surge.until, why: "surge" };
  return link.air === undefined ? { at: now } : permission(link.air, candidate, now);
}

function mayGoAt(candidate: Candidate, link: LinkView, now: Millis): Millis {
  const distress = candidate.rank === DISTRESS;
  const slots = distress ? DISTRESS_SLOTS : SLOTS - 1;
  const slotAt = link.slots.length < slots ? now : link.slots[link.slots.length - slots]!;
  const statusAt = distress ? now : (link.statusUntil ?? now);
  return Math.max(candidate.notBefore, statusAt, slotAt, portFreeAt(candidate.portnum, link, now));
}

/** A clock that was set back must not hold a port for years: no wait is longer than the gap itself. */
function portFreeAt(portnum: number, link: LinkView, now: Millis): Millis {
  const gap = link.textGap === 0 ? 0 : portnum === TEXT_PORT ? link.textGap : (PORT_GAP.get(portnum) ?? 0);
  const last = link.lastWritten.get(portnum);
  if (last === undefined) return now;
  return last > now ? now + Math.min(gap, last - now) : last + gap;
}
