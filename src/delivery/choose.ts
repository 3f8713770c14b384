// Which packet goes to the radio next, and when. Reads rows, sends nothing.
//
// The radio buffers only two queueStatus answers, refuses texts less than 2 s apart and loses others in silence
// (meshtastic-facts §0.5, §1.5), so: one unanswered queueStatus at a time, a gap for each port, and few unanswered acks,
// of which one place is kept free for distress (contract.md, "Packet ids").

import type { Millis } from "#base/clock.ts";

export interface Candidate {
  readonly id: number;
  readonly rank: number;
  readonly portnum: number;
  readonly notBefore: Millis;
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
}

export type Choice = { readonly send: number } | { readonly wakeAt: Millis | undefined };

/** Rank of distress in the order of classes. */
const DISTRESS = 0;

const SLOTS = 3;

/** Milliseconds between packets of one port that the radio accepts from its client (meshtastic-facts §1.5; +0.5 s of margin). */
const PORT_GAP: ReadonlyMap<number, Millis> = new Map([
  [3, 10_500], // POSITION
  [8, 10_500], // WAYPOINT
  [11, 10_500], // ALERT
  [67, 10_500], // TELEMETRY
  [70, 30_500], // TRACEROUTE
]);

const TEXT_PORT = 1;

/** The best candidate that may go now, or when to look again (undefined: nothing here waits for time). */
export function choose(candidates: readonly Candidate[], link: LinkView, now: Millis): Choice {
  if (!link.ready) return { wakeAt: undefined };
  let wakeAt: Millis | undefined;
  const ordered = [...candidates].sort((a, b) => a.rank - b.rank || a.id - b.id);
  for (const candidate of ordered) {
    const at = mayGoAt(candidate, link, now);
    if (at <= now) return { send: candidate.id };
    wakeAt = wakeAt === undefined ? at : Math.min(wakeAt, at);
  }
  return { wakeAt };
}

function mayGoAt(candidate: Candidate, link: LinkView, now: Millis): Millis {
  const distress = candidate.rank === DISTRESS;
  const slots = distress ? SLOTS : SLOTS - 1;
  const slotAt = link.slots.length < slots ? now : link.slots[link.slots.length - slots]!;
  const statusAt = distress ? now : (link.statusUntil ?? now);
  return Math.max(candidate.notBefore, statusAt, slotAt, portFreeAt(candidate.portnum, link, now));
}

/** A clock that was set back must not hold a port for years: no wait is longer than the gap itself. */
function portFreeAt(portnum: number, link: LinkView, now: Millis): Millis {
  const gap = link.textGap === 0 ? 0 : portnum === TEXT_PORT ? link.textGap : (PORT_GAP.get(portnum) ?? 0);
  const last = link.lastWritten.get(portnum);
  return last === undefined || last > now
    ? last === undefined
      ? now
      : now + (gap === 0 ? 0 : Math.min(gap, last - now))
    : last + gap;
}
