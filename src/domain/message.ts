// What a message is to the gateway: its class (right of way), its state (what is certain about it), and the moves that a
// state may make. The words are contract.md's; no others are used in code, JSON, docs or translations.

/** In order of right of way: the first goes before all others. */
export const CLASSES = ["distress", "page", "roll-call", "receipt", "answer", "chat", "information"] as const;
export type MessageClass = (typeof CLASSES)[number];

/** Position in the order of right of way; 0 is first. */
export function rankOf(messageClass: MessageClass): number {
  return CLASSES.indexOf(messageClass);
}

export function isUrgent(messageClass: MessageClass): boolean {
  return messageClass === "distress" || messageClass === "page";
}

export const STATES = [
  "queued",
  "sent",
  "heard",
  "confirmed",
  "answered",
  "failed",
  "unknown",
  "cancelled",
  "expired",
  "quarantined",
] as const;
export type MessageState = (typeof STATES)[number];

export const DIRECTIONS = ["mesh-to-matrix", "matrix-to-mesh", "gateway-to-mesh", "gateway-to-matrix"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** From each state, where an unsettled row may go. A row may always become `answered`. */
const MOVES: Readonly<Record<MessageState, readonly MessageState[]>> = {
  queued: ["sent", "heard", "confirmed", "failed", "unknown", "cancelled", "expired", "quarantined"],
  sent: ["queued", "heard", "confirmed", "failed", "unknown", "expired"],
  heard: ["confirmed", "failed", "unknown"],
  confirmed: [],
  answered: [],
  failed: [],
  unknown: ["confirmed"],
  cancelled: [],
  expired: [],
  quarantined: [],
};

/** A settled row only moves up. */
const MOVES_SETTLED: Readonly<Partial<Record<MessageState, readonly MessageState[]>>> = {
  sent: ["heard"],
  unknown: ["confirmed"],
};

/** Whether a ledger row in state `from` may be said to be in state `to`. */
export function mayMove(from: MessageState, to: MessageState, settled: boolean): boolean {
  if (to === "answered") return from !== "answered";
  return (settled ? (MOVES_SETTLED[from] ?? []) : MOVES[from]).includes(to);
}

/** States in which nothing more is expected, whatever the destination. */
const FINAL: ReadonlySet<MessageState> = new Set([
  "confirmed",
  "answered",
  "failed",
  "cancelled",
  "expired",
  "quarantined",
]);

/**
 * Whether entering `state` settles a row by itself. `heard` settles a broadcast, not a direct message (a relay is not its
 * reader); `unknown` settles both; `sent` is settled by a timer, never by entering it.
 */
export function settlesOnEntry(state: MessageState, broadcast: boolean): boolean {
  return FINAL.has(state) || state === "unknown" || (state === "heard" && broadcast);
}
