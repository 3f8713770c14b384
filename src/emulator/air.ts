// The air as a radio's router sees it. Two stand behind it: the orderly air of a short street (orderly-air.ts), where
// nothing is lost that was not meant to be, and the physical one (physical-air.ts).

import type { Millis } from "#base/clock.ts";
import type { MeshNode } from "./node.ts";
import type { Reception } from "./packet.ts";

/** What a share of receptions is lost of: acks and overheard relays, or everything. */
export type Lost = "acks" | "packets";

export interface Air {
  /** One more radio; in the order in which the layout lists their places. */
  join(node: MeshNode): void;
  /** This radio has something waiting that it may not know of yet, or has just been switched on. */
  offer(node: MeshNode, now: Millis): void;
  /** When a packet that is put into a queue now may go out at the earliest; `heard`: it is a relay of what came like that. */
  readyAt(node: MeshNode, heard: Reception | undefined, now: Millis): Millis;
  /** From now on this share of receptions is lost. */
  lose(what: Lost, share: number): void;
}
