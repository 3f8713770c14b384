// A claim that two gateways know. The gateway that keeps the item decides: the first that it stores has it, and what it says of a
// claim stands. The gateway of the one who claims says what its side did. States only go forward, and an end that the keeper has
// said is never taken back; so the outcome does not depend on the order in which words arrive, nor on how often.

import type { MatchState } from "./aid.ts";

const STEP: Readonly<Record<MatchState, number>> = { claimed: 0, confirmed: 1, handed: 2, done: 3, dropped: 3 };

/** Whether `state` is as far as `other`, or further. */
export function isAsFar(state: MatchState, other: MatchState): boolean {
  return STEP[state] >= STEP[other];
}

const isEnd = (state: MatchState): boolean => STEP[state] === STEP.done;

/** At the claimer's gateway: its own state after the keeper has said `heard`. */
export function afterKeeper(own: MatchState, heard: MatchState): MatchState {
  return isEnd(heard) || !isAsFar(own, heard) ? heard : own;
}

/** At the keeper's: its own state after the claimer's gateway has said `heard`. */
export function afterClaimer(own: MatchState, heard: MatchState): MatchState {
  return isEnd(own) || isAsFar(own, heard) ? own : heard;
}

/** Whether the claimer's gateway has something to say that the keeper has not answered. */
export function awaitsKeeper(own: MatchState, answered: MatchState | null): boolean {
  return answered === null || !isAsFar(answered, own);
}
