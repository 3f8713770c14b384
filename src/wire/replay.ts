// Old words said again. Every proven message carries a counter of its sender; the receiver remembers which it has seen.
// No clock is involved, so no wrong clock can open a door. Everything here is plain data (numbers, strings, booleans)
// that the store keeps, and pure functions on it.
//
// Receiver: per sender the highest counter, and for the 256 below and at it one bit per carrier. A counter seen on one
// carrier and now on the other is the same message by its second way: a duplicate, not an attack. Windows are never
// forgotten by age; that would accept the oldest recordings again.
// Freshness: a receiver without history cannot know whether a first message is new. It is marked "unproven", and what
// does harm when old (stop, all clear, done …) must not be acted on, until the sender has answered a challenge: an
// `echo` of our random bytes under its proof. Ascending counters alone prove nothing: two recordings ascend too.
// Sender: the next counter is stored in the transaction that stores the bytes, before they are sent. A restored backup
// would use counters again and be refused by everybody, so after a restore it jumps ahead.

export type Carrier = "port" | "text";

/** Counters that are remembered below the highest of a sender. */
export const WINDOW = 256;
/** Senders that are remembered; a new one beyond is refused, because forgetting one would open it to replays. */
export const MAX_SENDERS = 4096;

export interface ReplayWindow {
  readonly highest: number;
  /** Per carrier 256 bits in hexadecimal; the lowest bit is `highest`, the next `highest` − 1, and so on. */
  readonly seen: { readonly [C in Carrier]: string };
  /** The sender has answered a challenge since we have history of it. */
  readonly proven: boolean;
}

export interface ReplayState {
  readonly windows: { readonly [who: string]: ReplayWindow };
}

export const NO_HISTORY: ReplayState = { windows: {} };

export type Verdict = "new" | "duplicate" | "replayed" | "stale" | "no-room";

const MASK = (1n << BigInt(WINDOW)) - 1n;
const bitsOf = (hex: string): bigint => BigInt(`0x${hex}`);
const hexOf = (bits: bigint): string => bits.toString(16);

function window(highest: number, port: bigint, text: bigint, proven: boolean): ReplayWindow {
  return { highest, seen: { port: hexOf(port), text: hexOf(text) }, proven };
}

function withWindow(state: ReplayState, who: string, value: ReplayWindow): ReplayState {
  return { windows: { ...state.windows, [who]: value } };
}

/**
 * Books a counter whose proof has been checked. `proven` is whether freshness is proven for this sender;
 * `state` is the new state, which must be stored before the message is acted on.
 */
export function bookCounter(
  state: ReplayState,
  who: string,
  counter: number,
  carrier: Carrier,
): { readonly verdict: Verdict; readonly proven: boolean; readonly state: ReplayState } {
  const known = Object.hasOwn(state.windows, who) ? state.windows[who] : undefined;
  if (known === undefined) {
    if (Object.keys(state.windows).length >= MAX_SENDERS) return { verdict: "no-room", proven: false, state };
    const first = carrier === "port" ? window(counter, 1n, 0n, false) : window(counter, 0n, 1n, false);
    return { verdict: "new", proven: false, state: withWindow(state, who, first) };
  }
  const { proven } = known;
  const ahead = counter - known.highest;
  if (ahead <= -WINDOW) return { verdict: "stale", proven, state };
  const shift = ahead > 0 ? BigInt(Math.min(ahead, WINDOW)) : 0n;
  const bit = 1n << BigInt(ahead > 0 ? 0 : -ahead);
  const seen = {
    port: (bitsOf(known.seen.port) << shift) & MASK,
    text: (bitsOf(known.seen.text) << shift) & MASK,
  };
  const other = carrier === "port" ? "text" : "port";
  if ((seen[carrier] & bit) !== 0n) return { verdict: "replayed", proven, state };
  const verdict = (seen[other] & bit) === 0n ? "new" : "duplicate";
  seen[carrier] |= bit;
  const next = window(Math.max(counter, known.highest), seen.port, seen.text, proven);
  return { verdict, proven, state: withWindow(state, who, next) };
}

/** The sender has answered our challenge: from here on it is fresh, and whatever it said before is old. */
export function confirmFresh(state: ReplayState, who: string): ReplayState {
  const known = state.windows[who];
  return known === undefined ? state : withWindow(state, who, window(known.highest, MASK, MASK, true));
}

/** After this receiver was restored from a backup: what happened since is unknown, so nobody's freshness is proven. */
export function afterRestore(state: ReplayState): ReplayState {
  return {
    windows: Object.fromEntries(
      Object.entries(state.windows).map(([who, known]) => [who, { ...known, proven: false }]),
    ),
  };
}

/** The counter that a sender would use next; one for each key it speaks with. */
export interface CounterState {
  readonly next: number;
}

export const FIRST_COUNTER: CounterState = { next: 1 };

/** How far a restored sender jumps ahead: more than a year of 500 messages a day, and 64 restores fit 24 bits. */
export const RESTORE_JUMP = 2 ** 18;

/** The counter for one message and the state to be stored with its bytes; undefined when a new key is due. */
export function takeCounter(
  state: CounterState,
  max: number,
): { readonly counter: number; readonly state: CounterState } | undefined {
  return state.next > max ? undefined : { counter: state.next, state: { next: state.next + 1 } };
}

/** After this sender was restored from a backup. Where the backup is older than a year, take a new key instead. */
export function jumpAhead(state: CounterState): CounterState {
  return { next: state.next + RESTORE_JUMP };
}
