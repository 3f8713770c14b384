// Why bytes were not accepted. A closed list, so that refusals can be counted by reason and explained in words.

const WORDS = {
  // the shape of the bytes
  empty: "there are no bytes",
  marker: "the first byte is none of our markers",
  "too-long": "longer than any message may be",
  truncated: "the bytes end before what they announce",
  reserved: "a reserved CBOR head",
  indefinite: "indefinite lengths are not used",
  "not-minimal": "an integer or length is not in its shortest form",
  "integer-range": "integers have at most 32 bits",
  tag: "tags are not used",
  float: "floating-point numbers are not used",
  simple: "the only simple values are false, true and null",
  utf8: "text is not UTF-8",
  "byte-order-mark": "text may not begin with a byte-order mark",
  "key-kind": "a map key is neither an integer nor text",
  "key-twice": "a map key appears twice",
  "key-order": "map keys are not in order",
  "proto-key": "a map key may not be __proto__",
  depth: "nested deeper than eight",
  "too-many": "more items than a container may hold",
  "trailing-bytes": "bytes after the end",
  // the message
  version: "another version of the language",
  "not-a-message": "not an array that begins with a type number",
  "unknown-field": "the type has no such field",
  "missing-field": "a field that the type requires is missing",
  kind: "a field holds another kind of value than its type has",
  range: "a value is outside its bounds",
  "second-spelling": "the same value has another, canonical spelling",
  // the carrier
  armour: "not our armoured text",
  "wrong-whole": "the fragments do not add up to what they announced",
  // who says so
  "no-proof": "asks people to act, or changes state, without proof",
  "unknown-key": "proven with a key that is not known here",
  forged: "the proof does not fit the bytes, the sender or the counter",
  replayed: "said before, on the same carrier",
  duplicate: "the same message by a second carrier",
  stale: "its counter is older than what can be remembered",
  "no-room": "more senders than can be remembered",
} as const satisfies Record<string, string>;

export type Reason = keyof typeof WORDS;

export interface Refusal {
  readonly reason: Reason;
  /** Offset into the bytes (or characters) that were given. */
  readonly at: number;
  /** The field, where one is to blame. */
  readonly field?: string;
}

export const REASONS = Object.keys(WORDS) as readonly Reason[];

export function wordsFor(refusal: Refusal): string {
  const where = refusal.field === undefined ? "" : ` (field "${refusal.field}")`;
  return `${WORDS[refusal.reason]}, at byte ${refusal.at}${where}`;
}

/** How often each reason occurred; plain data that can be stored. */
export type Tally = { readonly [R in Reason]?: number };

export function counted(tally: Tally, reason: Reason): Tally {
  return { ...tally, [reason]: (tally[reason] ?? 0) + 1 };
}
