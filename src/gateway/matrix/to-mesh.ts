// Words from Matrix on their way to the mesh: limits, prefix, queue and mark; and the refusal, in words, of what does not go.

import { isDistress } from "#wire/grammar/distress.ts";
import { utf8Length } from "#base/bytes.ts";
import type { MessageClass } from "#domain/message.ts";
import { addLedgerRow, ledgerRow, moveLedger, rowsOfEvent, unansweredFrom, type LedgerRow } from "#store/ledger.ts";
import { isUnfrozen, sendOfLedger, setMeshStatus } from "#store/mesh-outbox.ts";
import { setTimer } from "#store/world.ts";
import { formatPrefix, textLimit } from "#wire/text.ts";
import { bookAirtime } from "./access.ts";
import { openMark } from "./marks.ts";
import { sayToMesh, tellRoom, tellWriter } from "#gateway/say.ts";
import { EVERYONE, matrixPlace, meshPlace, personPlace, type Turn, type Handled } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";
import { inOperatorsRoom, writerNames, type Written } from "./written.ts";

export const handled = (reason: string): Handled => ({ end: "handled", reason });

/** Where words of a room go: everybody on a channel, or one resident. */
export interface Target {
  readonly to: number;
  readonly channel: number;
}

export function isDirect(target: Target): boolean {
  return target.to !== EVERYONE;
}

/** The room's channel, or the resident whose thread it is in; undefined when the words are for nobody. */
export function targetOf(said: Written, resident: number | undefined): Target | undefined {
  if (resident !== undefined) return { to: resident, channel: 0 };
  return said.bridged === undefined ? undefined : { to: EVERYONE, channel: said.bridged.meshtasticChannel };
}

/** What stands before a writer's words on a channel; nothing in a resident's own thread. */
export function prefixFor(turn: Turn, said: Written, target: Target): string {
  return isDirect(target) ? "" : formatPrefix(turn.settings.meshtastic.prefixFormat, writerNames(said));
}

/** The mesh packet that an event is, or became, if the ones who will hear the answer have it. */
export function packetOf(turn: Turn, eventId: string, target: Target): number | undefined {
  for (const row of rowsOfEvent(turn.store, eventId)) {
    if (row.packetId === null) continue;
    if (row.direction === "mesh-to-matrix" || row.destination === meshPlace(target.to, target.channel))
      return row.packetId;
  }
  return undefined;
}

export interface Fit {
  readonly prefix: string;
  readonly replyId: number | undefined;
  readonly limit: number;
  readonly bytes: number;
}

/** How much room words have, and how much they take. */
export function fitOf(turn: Turn, said: Written, target: Target, words: string): Fit {
  const prefix = prefixFor(turn, said, target);
  const replyId = said.replyTo === undefined ? undefined : packetOf(turn, said.replyTo, target);
  return { prefix, replyId, ...textLimit(words, { direct: isDirect(target), prefix, reply: replyId !== undefined }) };
}

export interface Queued {
  readonly target: Target;
  /** Complete, prefix and all. */
  readonly text: string;
  readonly replyId?: number;
  /** A tapback. */
  readonly emoji?: boolean;
  /** The event whose mark shows what becomes of this; default the one that was written. */
  readonly shownOn?: string;
  /** ms before it may leave, so that it can still be stopped. */
  readonly grace?: number;
  /** Decides the class; the whole text unless given. */
  readonly words?: string;
}

/** Queues words of a Matrix user; their mark follows them. Returns the ledger id. */
export function queueForMesh(turn: Turn, said: Written, queued: Queued): number {
  const { target, text } = queued;
  const messageClass = classOf(target, queued.words ?? text);
  const mayGoAt = bookAirtime(turn, said, utf8Length(text), messageClass !== "chat");
  const eventId = queued.shownOn ?? said.eventId;
  const ledger = sayToMesh(turn, {
    class: messageClass,
    direction: "matrix-to-mesh",
    origin: personPlace(said.uplink.name, said.room, said.sender),
    to: target.to,
    channel: target.channel,
    text,
    wantAck: true,
    eventId,
    inbox: said.inbox,
    notBefore: Math.max(mayGoAt, turn.now + (queued.grace ?? 0)),
    ...(queued.replyId === undefined ? {} : { replyId: queued.replyId }),
    ...(queued.emoji ? { emoji: 1 } : {}),
  });
  if (messageClass === "chat") setTimer(turn.store, "stale", ledger, turn.now + staleAfter(turn));
  if (!queued.emoji) openMark(turn, { ...said, eventId });
  return ledger;
}

function classOf(target: Target, words: string): MessageClass {
  if (isDirect(target)) return "answer";
  return isDistress(1, words) ? "distress" : "chat";
}

/** ms after which words from Matrix have lost their meaning. */
export function staleAfter(turn: Turn): number {
  return turn.settings.meshtastic.staleAfterHours * 3_600_000;
}

/** A text that still waits for the radio has lost its meaning. */
export function tooOld(turn: Turn, ledger: number): void {
  const send = sendOfLedger(turn.store, ledger);
  const row = ledgerRow(turn.store, ledger);
  if (!send || !row || !isUnfrozen(send) || row.settledAt !== null) return;
  setMeshStatus(turn.store, send.id, "done");
  if (moveLedger(turn.store, ledger, "expired", WORDS.stale, turn.now))
    tellWriter(turn, row, WORDS.staleWaiting(row.text));
}

/** What a reply answers: the message replied to, or in a thread everything of it that nobody has answered. */
export function markAnswered(turn: Turn, said: Written): void {
  for (const row of answeredRows(turn, said))
    moveLedger(turn.store, row.id, "answered", WORDS.answeredBy(said.sender), turn.now);
}

function answeredRows(turn: Turn, said: Written): LedgerRow[] {
  const target = said.replyTo ?? said.threadRoot;
  if (target === undefined) return [];
  const rows = rowsOfEvent(turn.store, target).filter((row) => row.direction === "mesh-to-matrix");
  return said.replyTo === undefined
    ? rows.flatMap((row) => unansweredFrom(turn.store, row.origin, row.destination))
    : rows;
}

/** Accepted, not sent, and its writer told why. */
export function refuse(
  turn: Turn,
  said: Written,
  words: string,
  options: { text?: string; tell?: boolean; state?: "failed" | "expired" } = {},
): Handled {
  const ledger = addLedgerRow(
    turn.store,
    {
      class: "chat",
      direction: "matrix-to-mesh",
      origin: personPlace(said.uplink.name, said.room, said.sender),
      destination: inOperatorsRoom(said) ? "mesh:-" : channelPlace(said),
      text: options.text ?? "",
      eventId: said.eventId,
      inbox: said.inbox,
    },
    turn.now,
  );
  moveLedger(turn.store, ledger, options.state ?? "failed", words, turn.now);
  openMark(turn, said, true);
  if (options.tell ?? true)
    tellRoom(turn, said.uplink.name, said.room, words, { replyEvent: said.eventId, inbox: said.inbox });
  return handled(words);
}

function channelPlace(said: Written): string {
  const channel = said.bridged?.meshtasticChannel;
  return channel === undefined ? matrixPlace(said.uplink.name, said.room) : meshPlace(EVERYONE, channel);
}
