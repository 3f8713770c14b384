// The fragment layer, for the rare thing that is larger than a packet (a long page of knowledge, a batch of journal).
// Nothing that a resident needs may depend on it.
//
// A set is the pieces of one sealed message, named by the first two bytes of its SHA-256: saying it again after a restart
// makes the same set, and a whole that does not hash to its name is thrown away. Selective repeat: after a silence the
// receiver names the pieces it still lacks (`missing`), or says that it has all (`missing` without parts).
// Bounded: 32 pieces a set, 2 sets a sender, 8 sets in all, each gone 10 minutes after its last piece. When there is no
// room, a set of the sender that has most makes way, so a flooder pushes out himself.
// The state is plain data but for the bytes; `now` is in milliseconds of any clock that does not go back.

import { createHash } from "node:crypto";

import { concatBytes } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { parsed, refused, type Parsed } from "#base/parsed.ts";
import type { Fragment, Missing } from "#domain/wire-words.ts";
import type { Refusal } from "./refusals.ts";

export const MAX_PIECES = 32;
/** What a fragment costs beyond its bytes: marker, array, type, set (3), index (2), count (2), byte string's head (2). */
export const FRAGMENT_OVERHEAD = 12;
const MAX_SETS = 8;
const MAX_SETS_OF_ONE = 2;
export const SET_EXPIRES_MS = 10 * 60_000;
/** Silence after which the missing pieces are asked for, and between asking again. */
export const ASK_AFTER_MS = 20_000;
const MAX_ASKED = 5;

/** The name of a set: the first two bytes of the SHA-256 of the whole. */
export function setOf(whole: Uint8Array): number {
  return createHash("sha256").update(whole).digest().readUInt16BE(0);
}

/** The pieces of a sealed message, each to be sent as a message of its own in packets of at most `limit` bytes. */
export function fragment(whole: Uint8Array, limit: number): Parsed<readonly Fragment[], Refusal> {
  const size = limit - FRAGMENT_OVERHEAD;
  const count = Math.ceil(whole.length / size);
  if (whole.length === 0) return refused({ reason: "empty", at: 0 });
  if (size < 1 || count > MAX_PIECES) return refused({ reason: "too-long", at: 0 });
  const set = setOf(whole);
  return parsed(
    Array.from({ length: count }, (_, index) => ({
      type: "fragment" as const,
      set,
      index,
      count,
      bytes: whole.slice(index * size, (index + 1) * size),
    })),
  );
}

/** What is to be sent again when a receiver says what it lacks; empty when it has all or means another set. */
export function resend(pieces: readonly Fragment[], asked: Missing): readonly Fragment[] {
  return pieces.filter((piece) => piece.set === asked.set && (asked.parts ?? []).includes(piece.index));
}

interface PartialSet {
  readonly from: NodeNum;
  readonly set: number;
  readonly count: number;
  /** By index; undefined where nothing has come. */
  readonly pieces: readonly (Uint8Array | undefined)[];
  readonly lastAt: number;
  readonly askedAt: number;
  readonly asked: number;
}

export interface Reassembly {
  readonly sets: readonly PartialSet[];
}

export const NO_PIECES: Reassembly = { sets: [] };

export type Gathered =
  | { readonly is: "more" }
  /** All there, and the sender is to be told `missing` without parts. */
  | { readonly is: "whole"; readonly bytes: Uint8Array }
  | { readonly is: "refused"; readonly refusal: Refusal };

/** Takes in one fragment. Repeats, loss and any order are fine. */
export function gather(
  state: Reassembly,
  from: NodeNum,
  piece: Fragment,
  now: number,
): { readonly gathered: Gathered; readonly state: Reassembly } {
  const live = state.sets.filter((set) => now - set.lastAt < SET_EXPIRES_MS);
  const refuse = (refusal: Refusal, sets: readonly PartialSet[]): ReturnType<typeof gather> => ({
    gathered: { is: "refused", refusal },
    state: { sets },
  });
  if (piece.count < 1 || piece.index >= piece.count) return refuse({ reason: "range", at: 0, field: "index" }, live);
  const mine = live.find((set) => set.from === from && set.set === piece.set);
  const others = live.filter((set) => set !== mine);
  if (mine !== undefined && mine.count !== piece.count) return refuse({ reason: "wrong-whole", at: 0 }, live);
  const pieces = [...(mine?.pieces ?? Array.from<undefined>({ length: piece.count }))];
  pieces[piece.index] ??= new Uint8Array(piece.bytes);
  if (pieces.every((bytes) => bytes !== undefined)) {
    const whole = concatBytes(pieces);
    if (setOf(whole) !== piece.set) return refuse({ reason: "wrong-whole", at: 0 }, others);
    return { gathered: { is: "whole", bytes: whole }, state: { sets: others } };
  }
  const grown = {
    from,
    set: piece.set,
    count: piece.count,
    pieces,
    lastAt: now,
    askedAt: now,
    asked: mine?.asked ?? 0,
  };
  return { gathered: { is: "more" }, state: { sets: [...makeRoom(others, from), grown] } };
}

/** Room for one more set: the oldest of this sender if it has too many, else the oldest of whoever has most. */
function makeRoom(sets: readonly PartialSet[], from: NodeNum): readonly PartialSet[] {
  const countOf = (node: NodeNum): number => sets.filter((set) => set.from === node).length;
  const crowded = countOf(from) >= MAX_SETS_OF_ONE ? from : undefined;
  if (crowded === undefined && sets.length < MAX_SETS) return sets;
  const most = crowded ?? sets.reduce((a, b) => (countOf(b.from) > countOf(a.from) ? b : a)).from;
  const victim = sets.filter((set) => set.from === most).reduce((a, b) => (b.lastAt < a.lastAt ? b : a));
  return sets.filter((set) => set !== victim);
}

/** What to ask of whom now; the new state; and when to look again, in the same milliseconds (undefined: no need). */
export function askMissing(
  state: Reassembly,
  now: number,
): {
  readonly asks: readonly { readonly to: NodeNum; readonly message: Missing }[];
  readonly state: Reassembly;
  readonly wakeAt: number | undefined;
} {
  const asks: { to: NodeNum; message: Missing }[] = [];
  const sets = state.sets
    .filter((set) => now - set.lastAt < SET_EXPIRES_MS)
    .map((set) => {
      if (set.asked >= MAX_ASKED || now - set.askedAt < ASK_AFTER_MS) return set;
      const parts = set.pieces.flatMap((piece, index) => (piece === undefined ? [index] : []));
      asks.push({ to: set.from, message: { type: "missing", set: set.set, parts } });
      return { ...set, askedAt: now, asked: set.asked + 1 };
    });
  const deadlines = sets.map((set) =>
    Math.min(set.lastAt + SET_EXPIRES_MS, set.asked < MAX_ASKED ? set.askedAt + ASK_AFTER_MS : Infinity),
  );
  return { asks, state: { sets }, wakeAt: deadlines.length > 0 ? Math.min(...deadlines) : undefined };
}
