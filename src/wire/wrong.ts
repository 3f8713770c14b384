// What a field answers when it cannot be read: one of three symbols, so that the way of the good case allocates nothing
// and no value can be mistaken for a refusal.

import type { Reason } from "./refusals.ts";

export const KIND: unique symbol = Symbol("kind");
export const RANGE: unique symbol = Symbol("range");
export const SPELLING: unique symbol = Symbol("second-spelling");

export type Wrong = typeof KIND | typeof RANGE | typeof SPELLING;

export function reasonOf(wrong: Wrong): Reason {
  return wrong === KIND ? "kind" : wrong === RANGE ? "range" : "second-spelling";
}
