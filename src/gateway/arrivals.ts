// Committing what was said before anybody looks inside it.

import { addArrival, packBody, setPosition } from "#store/inbox.ts";
import type { Millis } from "#base/clock.ts";
import type { Store } from "#store/store.ts";
import type { Arrival, SourcePosition } from "./inputs.ts";

/** Adds arrivals to the inbox, and how far their source has been read. Inside the caller's transaction. */
export function keepArrivals(
  store: Store,
  arrivals: readonly Arrival[],
  position: SourcePosition | undefined,
  now: Millis,
): void {
  for (const arrival of arrivals) {
    const { source, raw } = originOf(arrival);
    addArrival(store, source, raw, packBody(withoutRaw(arrival)), now);
  }
  if (position) setPosition(store, position.name, position.value);
}

function originOf(arrival: Arrival): { source: string; raw: Uint8Array } {
  return arrival.kind === "radio"
    ? { source: "radio", raw: arrival.raw }
    : { source: `matrix:${arrival.uplink}`, raw: Buffer.from(JSON.stringify(arrival.event)) };
}

/** The raw bytes have a column of their own. */
function withoutRaw(arrival: Arrival): object {
  if (arrival.kind !== "radio") return arrival;
  const { raw: _raw, ...rest } = arrival;
  return rest;
}
