// What each class may expect on its way to the mesh, as a table: how long it keeps while it waits, whether it is held for a
// resident who is out of reach, whether it steps back while many report in. Order and names are contract.md's ("Classes").

import type { Millis } from "#base/clock.ts";

export interface Policy {
  /** Not handed to the radio within this time: it has lost its meaning. None: it never does, or the gateway's settings say. */
  readonly keeps?: Millis;
  /** A direct message that nobody acknowledged is said again when its radio is heard, within this time. */
  readonly heldFor?: Millis;
  /** Waits while residents report in faster than they can be answered. */
  readonly stepsBack: boolean;
}

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

/** By rank. */
const POLICIES: readonly Policy[] = [
  { heldFor: 24 * HOUR, stepsBack: false }, // distress
  { keeps: 12 * HOUR, heldFor: 6 * HOUR, stepsBack: false }, // page
  { keeps: 30 * MINUTE, stepsBack: false }, // roll call: the next one asks again
  { keeps: 2 * HOUR, heldFor: 2 * HOUR, stepsBack: false }, // receipt
  { keeps: 24 * HOUR, heldFor: 24 * HOUR, stepsBack: false }, // answer
  { stepsBack: true }, // chat: meshtastic.stale_after_hours
  { keeps: 10 * MINUTE, stepsBack: true }, // information: a pong says how it is now
];

export function policyOf(rank: number): Policy {
  return POLICIES[rank] ?? POLICIES.at(-1)!;
}

/** The first rank that steps back. */
export const STEPS_BACK_FROM = POLICIES.findIndex((policy) => policy.stepsBack);
