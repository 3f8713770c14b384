// How much of a signal is left after so many metres. Symmetric: what A loses towards B, B loses towards A.

import { assert, unreachable } from "#base/assert.ts";
import type { CentiDb } from "./decibels.ts";
import { lg } from "./decibels.ts";

/** Where an antenna is: metres east, north, and above the ground. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** Loss between the nodes `a` and `b` of a table that was measured; centi-dB. */
export interface MeasuredLink {
  readonly a: number;
  readonly b: number;
  readonly loss: CentiDb;
}

export type PathLoss =
  /** 3GPP TR 25.996 suburban macro, as Meshtasticator's default (lib/phy.py model 5). */
  | { readonly model: "3gpp-suburban" }
  /** The same with 3 dB more (model 6). */
  | { readonly model: "3gpp-urban" }
  /** 127.41 dB at 40 m and 2.08 times ten dB for each tenfold distance (lib/config.py LPLD0, D0, GAMMA). */
  | { readonly model: "log-distance"; readonly exponent?: number }
  /** A table; pairs that are not in it do not hear each other. */
  | { readonly model: "measured"; readonly links: readonly MeasuredLink[] };

/** Nobody stands nearer to another's antenna than this; metres (Meshtasticator: 10 m; houses stand closer). */
const NEAREST = 3;
const NO_LINK: CentiDb = 30_000;
const REFERENCE = { loss: 127.41, metres: 40, exponent: 2.08 } as const;

/** lg of the distance in metres, from squares, so that no root is drawn. */
function lgMetres(a: Place, b: Place): number {
  const square = (a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.height - b.height) ** 2;
  return lg(Math.max(square, NEAREST ** 2)) / 2;
}

function suburban(a: Place, b: Place, hertz: number, extra: number): number {
  // The higher one is the base station. Meshtasticator takes the receiver's height twice, so that its links differ by
  // direction; TR 25.996 5.2 has the base station's in both logarithms.
  const base = Math.max(1, a.height, b.height);
  const mobile = Math.max(1, Math.min(a.height, b.height));
  return (
    (44.9 - 6.55 * lg(base)) * (lgMetres(a, b) - 3) +
    45.5 +
    (35.46 - 1.1 * mobile) * (lg(hertz) - 6) -
    13.82 * lg(base) +
    0.7 * mobile +
    extra
  );
}

/** Loss between the nodes `a` and `b` (their numbers and places) at a frequency. */
export function pathLoss(by: PathLoss, hertz: number, places: readonly Place[], a: number, b: number): CentiDb {
  const [from, to] = [places[a], places[b]];
  assert(from && to, "a node without a place");
  switch (by.model) {
    case "3gpp-suburban":
      return Math.round(100 * suburban(from, to, hertz, 0));
    case "3gpp-urban":
      return Math.round(100 * suburban(from, to, hertz, 3));
    case "log-distance": {
      const tenfold = lgMetres(from, to) - lg(REFERENCE.metres);
      return Math.round(100 * (REFERENCE.loss + 10 * (by.exponent ?? REFERENCE.exponent) * tenfold));
    }
    case "measured": {
      const link = by.links.find((each) => (each.a === a && each.b === b) || (each.a === b && each.b === a));
      return link?.loss ?? NO_LINK;
    }
    default:
      return unreachable(by);
  }
}
