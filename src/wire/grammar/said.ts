// A text on its way to a meaning: what every recogniser is given, and what it may answer.

import type { Context, Intention, Kind, UrgencyWord } from "./intention.ts";
import type { Lexicon } from "./lexicon.ts";
import type { Token } from "./words.ts";

/** A meaning before distress and language have their say. */
export type Meaning = Omit<Intention, "distress" | "urgency" | "language"> & { readonly urgency?: UrgencyWord };

export interface Said {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly lexicon: Lexicon;
  readonly context: Context;
  /** Spoken to the gateway: directly, or on a channel with `!` or its name. */
  readonly addressed: boolean;
}

export type Recogniser = (said: Said) => Meaning | undefined;

export function plain(kind: Kind, more: Partial<Meaning> = {}): Meaning {
  return { kind, households: [], needs: [], ...more };
}
