// Keys of residents' radios: which one we believe, and how our own radio learns it.
//
// What a node's description shows is a claim of anybody who has the channel's key. A key that somebody bound to a member, or that
// the member's radio proved first, goes before it.

import { nodeNum } from "#base/ids.ts";
import { addRequest } from "#store/mesh-outbox.ts";
import { radioByNode } from "#store/people.ts";
import { nodeRow } from "#store/world.ts";
import type { NodeInfo, RadioRequest } from "#gateway/inputs.ts";
import type { Turn } from "#gateway/turn.ts";

/** The pinned key of a radio, or the one that it shows while none is pinned. */
export function keyOf(turn: Pick<Turn, "store">, node: number): Uint8Array | undefined {
  return radioByNode(turn.store, node)?.publicKey ?? nodeRow(turn.store, node)?.publicKey ?? undefined;
}

/**
 * Our radio's list of nodes is small and forgets: this one it is to know, with the key, as a favourite (meshtastic-facts §2.7).
 * False when no key is known.
 */
export function pushContact(turn: Turn, node: number): boolean {
  const publicKey = keyOf(turn, node);
  if (publicKey === undefined) return false;
  const known = nodeRow(turn.store, node);
  const contact: NodeInfo = {
    num: nodeNum(node),
    publicKey,
    ...(known?.longName ? { longName: known.longName } : {}),
    ...(known?.shortName ? { shortName: known.shortName } : {}),
  };
  addRequest(turn.store, { kind: "add-contact", node: contact } satisfies RadioRequest);
  return true;
}
