// What a text is taken to mean, and what must be known to take it so. Plain values.

import type { House, Status } from "#domain/wire-words.ts";
import type { Distress } from "./distress.ts";
import type { Inquiry, Verb } from "./language.ts";

export const QUESTION_KINDS = ["help", "roll-call", "page", "expiry"] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

/** Something the gateway asked this person and that is not answered yet. */
export interface Question {
  readonly kind: QuestionKind;
  /** "r7", "p5", "a31"; "" for the question after a bare "help". */
  readonly reference: string;
}

export interface Context {
  /** The resident's language if one was chosen; otherwise that of the text, then `fallback`. */
  readonly language?: string;
  readonly fallback: string;
  /** Speaks for others: a captain for the houses of his zone, a coordinator for all. */
  readonly speaksFor?: ReadonlySet<House>;
  /** Whether any list knows this household. */
  readonly isHouse: (house: House) => boolean;
  /** The speaker's own household. */
  readonly household?: House;
  /** Said to the gateway alone. */
  readonly direct: boolean;
  /** The gateway's short names, by which it is spoken to on a channel. */
  readonly names: readonly string[];
  /** Newest first. */
  readonly open: readonly Question[];
  /** What the text replies to or taps back: a question, or something that a person wrote. */
  readonly repliesTo?: Question | "person";
  readonly tapback?: boolean;
  readonly portnum?: number;
}

export type Kind =
  | "ok"
  | "need"
  | "urgent"
  | "evacuated"
  | "sos"
  | "help"
  | "yes"
  | "no"
  | "which"
  | "register"
  /** Understood by nobody: kept, shown to people. */
  | "unclear"
  /** People talking to each other on a channel. */
  | "chat"
  | Inquiry
  | Verb;

export const URGENCY_WORDS = ["ordinary", "soon", "urgent", "life"] as const;
export type UrgencyWord = (typeof URGENCY_WORDS)[number];

export interface Intention {
  readonly kind: Kind;
  readonly distress: Distress;
  readonly urgency: UrgencyWord;
  /** What it says about the households, if anything. */
  readonly status?: Status;
  /** Households named; none: the speaker's own. */
  readonly households: readonly House[];
  /** Of a roll call. */
  readonly zone?: number;
  /** A captain's lone number: perhaps people were meant. */
  readonly perhapsPeople?: number;
  readonly people?: number;
  readonly animals?: number;
  /** Codes of the taxonomy, ascending. */
  readonly needs: readonly number[];
  readonly place?: string;
  readonly name?: string;
  readonly note?: string;
  readonly reference?: string;
  /** The open question that this answers. */
  readonly answers?: Question;
  /** Language it is answered in. */
  readonly language: string;
}
