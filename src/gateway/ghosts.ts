// Who a radio is in Matrix: a user of its own, kept by its public key where that is known, by its number until then. A
// number that shows another key is another radio; a key that shows another number (firmware 2.8 renumbers) is the same.

import { createHash } from "node:crypto";
import { sameBytes } from "#base/bytes.ts";
import { nodeId } from "#base/ids.ts";
import { ghostIdTaken, ghostOfKey, ghostsOfNode, setGhost, type GhostRow } from "#store/social.ts";
import { nodeRow } from "#store/world.ts";
import { defuseName } from "#wire/text.ts";
import { namesOf, type Turn } from "./turn.ts";

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
  const key = nodeRow(store, node)?.publicKey ?? null;
  const known = key && ghostOfKey(store, key);
  if (known) return known.node === node ? known : keep(turn, { ...known, node });
  const ofNumber = ghostsOfNode(store, node);
  const keyless = ofNumber.find((ghost) => ghost.publicKey === null);
  if (keyless) return key ? keep(turn, { ...keyless, publicKey: key }) : keyless;
  const same = ofNumber.find((ghost) => key === null || sameBytes(ghost.publicKey!, key));
  return same ?? keep(turn, { id: freshId(turn, node, key), node, publicKey: key });
}

/** The number alone, unless it once was somebody else's. */
function freshId(turn: Turn, node: number, key: Uint8Array | null): string {
  const hex = nodeId(node).slice(1);
  return key && ghostIdTaken(turn.store, hex)
    ? `${hex}-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`
    : hex;
}

function keep(turn: Turn, ghost: GhostRow): GhostRow {
  setGhost(turn.store, ghost);
  return ghost;
}
