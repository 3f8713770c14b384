// Committing what was said before anybody looks inside it.

import { addArrival, packBody, setPosition, unpackBody, type InboxRow } from "#store/inbox.ts";
import type { Millis } from "#base/clock.ts";
import type { Store } from "#store/store.ts";
import type { Arrival, MeshPacket, SourcePosition } from "./inputs.ts";

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
  if (arrival.kind === "radio") return { source: "radio", raw: arrival.raw };
  // The raw bytes are what people are shown of an arrival that nothing can handle: nothing of a file.
  const raw = arrival.kind === "file" ? new Uint8Array() : Buffer.from(JSON.stringify(arrival.event));
  return { source: `matrix:${arrival.uplink}`, raw };
}

/** The raw bytes have a column of their own, and what a packet does not say need not be written down. */
function withoutRaw(arrival: Arrival): object {
  if (arrival.kind !== "radio") return arrival;
  const { raw: _raw, packet, ...rest } = arrival;
  const said = Object.entries(packet).filter(([field, value]) => UNSAID[field as keyof MeshPacket] !== value);
  return { ...rest, packet: Object.fromEntries(said) };
}

/** The inverse of what `keepArrivals` wrote into the body, but for the raw bytes. */
export function arrivalOf(row: Pick<InboxRow, "body">): Arrival {
  const arrival = unpackBody(row.body) as Arrival;
  return arrival.kind === "radio" ? { ...arrival, packet: { ...UNSAID, ...arrival.packet } } : arrival;
}

/** Half of an inbox row, otherwise: it would not fit a page of the database with another one. */
const UNSAID: Partial<MeshPacket> = {
  channel: 0,
  rxTime: 0,
  rxSnr: 0,
  rxRssi: 0,
  hopLimit: 0,
  hopStart: 0,
  wantAck: false,
  viaMqtt: false,
  pkiEncrypted: false,
  xeddsaSigned: false,
  requestId: 0,
  replyId: 0,
  emoji: 0,
  relayNode: 0,
};
