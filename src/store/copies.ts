// Which gateway this database belongs to, and which copy of it this is.
//
// A gateway has an id for life. Each restoration makes a new copy, numbered one higher (`epoch`), so that of two copies that meet at a
// homeserver the older one knows that it has been replaced, and stops for good (`replaced`).

import type { Store } from "./store.ts";
import { metaValue, setMeta } from "./world.ts";

export interface Copy {
  readonly gatewayId: string;
  /** From 1. */
  readonly epoch: number;
}

/** Undefined for a database whose gateway has never run. */
export function knownCopy(store: Store): Copy | undefined {
  const gatewayId = metaValue(store, "gateway_id");
  return gatewayId === undefined ? undefined : { gatewayId, epoch: Number(metaValue(store, "epoch") ?? "1") };
}

/** `fresh`: the id of a gateway that has none yet. Inside the caller's transaction. */
export function copyOf(store: Store, fresh: string): Copy {
  const known = knownCopy(store);
  if (!known) setMeta(store, "gateway_id", fresh);
  return known ?? { gatewayId: fresh, epoch: Number(metaValue(store, "epoch") ?? "1") };
}

/** This copy takes the place of all others, and forgets that it was replaced. Answers its new number. */
export function raiseEpoch(store: Store, atLeast = 0): number {
  const epoch = Math.max(Number(metaValue(store, "epoch") ?? "1"), atLeast) + 1;
  setMeta(store, "epoch", String(epoch));
  store.run("DELETE FROM meta WHERE key = 'replaced'");
  return epoch;
}

/** Why this copy must not run any more, in words. */
export function replacedBy(store: Store): string | undefined {
  return metaValue(store, "replaced");
}

export function markReplaced(store: Store, words: string): void {
  setMeta(store, "replaced", words);
}
