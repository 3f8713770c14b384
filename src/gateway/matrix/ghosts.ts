// Who a radio is in Matrix: a user of its own, kept by its public key where that is known, by its number until then. A
// number that shows another key is another radio; a key that shows the number which firmware 2.8 makes of it is the same, renumbered.
// Under any other number a key that is known already is only claimed: keys are public, and anybody may describe themselves by one.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { sameBytes } from "#base/bytes.ts";
import { nodeId } from "#base/ids.ts";
import { ghostIdTaken, ghostOfKey, ghostsOfNode, setGhost, type GhostRow } from "#store/social.ts";
import { nodeRow } from "#store/world.ts";
import { defuseName } from "#wire/text.ts";
import { namesOf, type Turn } from "#gateway/turn.ts";

export interface Ghost {
  readonly id: string;
  /** As other people are shown it. */
  readonly name: string;
}

/** The ghost of a radio that speaks now. */
export function ghostOf(turn: Turn, node: number): Ghost {
  return { id: rowOf(turn, node).id, name: ghostName(turn, node) };
}

/** Its long name, or its number while it has told none. */
export function ghostName(turn: Turn, node: number): string {
  return defuseName(namesOf(turn, node).long) || nodeId(node);
}

function rowOf(turn: Turn, node: number): GhostRow {
  const { store } = turn;
  const shown = nodeRow(store, node)?.publicKey ?? null;
  const known = shown && ghostOfKey(store, shown);
  if (known?.node === node) return known;
  if (known && crc32(shown) === node) return keep(turn, { ...known, node });
  const key = known ? null : shown;
  const ofNumber = ghostsOfNode(store, node);
  const keyless = ofNumber.find((ghost) => ghost.publicKey === null);
  if (keyless) return key ? keep(turn, { ...keyless, publicKey: key }) : keyless;
  const same = ofNumber.find((ghost) => key === null || sameBytes(ghost.publicKey!, key));
  return same ?? keep(turn, { id: freshId(turn, node, key), node, publicKey: key });
}

/** The number alone, unless it once was somebody else's. */
function freshId(turn: Turn, node: number, key: Uint8Array | null): string {
  const hex = nodeId(node).slice(1);
  if (!ghostIdTaken(turn.store, hex)) return hex;
  return `${hex}-${key === null ? "unproven" : createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
}

function keep(turn: Turn, ghost: GhostRow): GhostRow {
  setGhost(turn.store, ghost);
  return ghost;
}
