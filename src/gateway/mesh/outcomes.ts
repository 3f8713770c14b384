// What became of a packet that the radio was handed: contract.md's table of packet ids, applied to rows.

import type { Millis } from "#base/clock.ts";
import { nodeNum } from "#base/ids.ts";
import {
  attemptsOf,
  EVIDENCE_WITHIN,
  remedyOfError,
  remedyOfQueueStatus,
  SAME_ID_FOR,
  type Remedy,
} from "#delivery/ladder.ts";
import type { MessageState } from "#domain/message.ts";
import { carriedBy } from "#store/air.ts";
import { ledgerRow, moveLedger, settleLedger } from "#store/ledger.ts";
import {
  addRequest,
  freeSlot,
  holdSend,
  meshOutboxRow,
  requeue,
  rowsInStatus,
  sendOfPacket,
  setKeysExchanged,
  setMeshStatus,
  type MeshOutboxRow,
} from "#store/mesh-outbox.ts";
import { clearTimer, setTimer } from "#store/world.ts";
import { keyOf, pushContact } from "./contacts.ts";
import type { RadioRequest } from "#gateway/inputs.ts";
import { hold } from "./out-of-reach.ts";
import { tellOperators, tellWriter, tellMesh } from "#gateway/say.ts";
import { EVERYONE, namesOf, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

/** Moves the message of a row, and those that travel in its packet; true if its own moved. */
function moveSend(turn: Turn, row: MeshOutboxRow, state: MessageState, reason: string | null): boolean {
  for (const ledger of carriedBy(turn.store, row.id)) moveLedger(turn.store, ledger, state, reason, turn.now);
  return moveLedger(turn.store, row.ledger, state, reason, turn.now);
}

const isDirect = (row: MeshOutboxRow): boolean => row.to !== EVERYONE;

/** The bytes left for the radio, or certainly did not. */
export function written(turn: Turn, sendId: number, ok: boolean): void {
  const row = meshOutboxRow(turn.store, sendId);
  if (!row || row.status !== "writing" || ok) return;
  clearTimer(turn.store, "queue-status", sendId);
  requeue(turn.store, sendId, turn.now + UNWRITTEN_PAUSE, { keepId: true });
  // It was said before, and that may have left.
  if (row.writtenAt !== row.firstWrittenAt) uncertain(turn, row);
}

/** A link that takes nothing says why in a moment; asked again at once it would be asked for ever. */
const UNWRITTEN_PAUSE: Millis = 250;

export function queueStatus(turn: Turn, packetId: number, res: number): void {
  const row = packetId === 0 ? undefined : sendOfPacket(turn.store, packetId);
  if (!row || row.packetId !== packetId || !["writing", "uncertain", "repeated"].includes(row.status)) return;
  clearTimer(turn.store, "queue-status", row.id);
  if (res === 0) return taken(turn, row);
  const remedy = remedyOfQueueStatus(res, row.wantAck === 1, isDirect(row));
  if (remedy.is === "wait") return taken(turn, row);
  apply(turn, row, remedy);
}

/** The radio has it. Evidence from the air may follow; a timer stands for the case that none does. */
function taken(turn: Turn, row: MeshOutboxRow): void {
  setMeshStatus(turn.store, row.id, "taken");
  moveSend(turn, row, "sent", null);
  setTimer(turn.store, "evidence", row.id, turn.now + EVIDENCE_WITHIN);
}

/** A Routing packet about one of ours: from ourselves a relay was overheard (or our radio refuses), from the destination it is real. */
export function acknowledge(turn: Turn, ack: { from: number; own: boolean; requestId: number; error: number }): void {
  const row = sendOfPacket(turn.store, ack.requestId);
  if (!row) return;
  freeSlot(turn.store, row.id);
  clearTimer(turn.store, "queue-status", row.id);
  if (ack.error === 0) {
    if (!ack.own && isDirect(row) && ack.from === row.to) return confirmed(turn, row);
    if (["writing", "uncertain", "repeated"].includes(row.status)) taken(turn, row);
    moveSend(turn, row, "heard", null);
    if (!isDirect(row)) finish(turn, row);
    return;
  }
  // A NAK for an attempt that was given up changes nothing: another is under way or the end is known.
  if (row.packetId !== ack.requestId || row.status === "waiting" || row.status === "done") return;
  apply(turn, row, remedyOfError(ack.error));
}

function confirmed(turn: Turn, row: MeshOutboxRow): void {
  moveSend(turn, row, "confirmed", null);
  finish(turn, row);
}

export function finish(turn: Turn, row: MeshOutboxRow): void {
  setMeshStatus(turn.store, row.id, "done");
  if (row.heldUntil !== null) holdSend(turn.store, row.id, undefined);
  freeSlot(turn.store, row.id);
  clearTimer(turn.store, "queue-status", row.id);
  clearTimer(turn.store, "evidence", row.id);
}

function apply(turn: Turn, row: MeshOutboxRow, remedy: Remedy): void {
  switch (remedy.is) {
    case "wait":
      return;
    case "again":
      clearTimer(turn.store, "evidence", row.id);
      requeue(turn.store, row.id, turn.now + waitOf(row, remedy.after), { uncount: true });
      moveSend(turn, row, "queued", remedy.words);
      return;
    case "exchange-keys":
      // Ours would replace the one that our radio keeps: only somebody's hand does that.
      if (remedy.differs !== undefined && isDirect(row) && keyOf(turn, row.to)) return fail(turn, row, remedy.differs);
      return exchangeKeys(turn, row, remedy.words);
    case "no-ack":
      // The evidence timer decides: the host repeats at 90 s at the earliest, and a broadcast without a relay is normal.
      return;
    case "delivered":
      return confirmed(turn, row);
    case "fail":
      return fail(turn, row, remedy.words);
  }
}

/** A call for help is tried again soon, whatever refused it. */
const DISTRESS_WAITS = 60_000;

function waitOf(row: MeshOutboxRow, after: number): number {
  return row.rank === 0 ? Math.min(after, DISTRESS_WAITS) : after;
}

function fail(turn: Turn, row: MeshOutboxRow, reason: string): void {
  finish(turn, row);
  if (!moveSend(turn, row, "failed", reason)) return;
  const ledger = ledgerRow(turn.store, row.ledger)!;
  tellWriter(turn, ledger, WORDS.meshFailed(ledger.text, reason));
  tellOperators(turn, WORDS.meshFailed(ledger.text, reason));
}

/** It need not arrive any more: what has not left does not leave, what has is not said again. */
export function dropSend(turn: Turn, id: number, as: "cancelled" | "answered", words: string): void {
  const row = meshOutboxRow(turn.store, id);
  if (!row || row.status === "done") return;
  finish(turn, row);
  const state = row.attempt === 0 ? "cancelled" : as === "answered" ? "answered" : "unknown";
  moveLedger(turn.store, row.ledger, state, words, turn.now);
}

/** How long a radio gets to answer our NodeInfo before the message is said again (meshtastic-facts §2.6: 30–60 s). */
const KEYS_TAKE = 30_000;
const CONTACT_TAKES = 2_000;

function exchangeKeys(turn: Turn, row: MeshOutboxRow, words: string): void {
  if (!isDirect(row) || row.keysExchanged === 1) return fail(turn, row, `${words}; ${WORDS.cannotEncrypt}`);
  const known = pushContact(turn, row.to);
  addRequest(turn.store, { kind: "exchange-keys", node: nodeNum(row.to) } satisfies RadioRequest);
  setKeysExchanged(turn.store, row.id);
  clearTimer(turn.store, "evidence", row.id);
  requeue(turn.store, row.id, turn.now + (known && words === remedyWords(39) ? CONTACT_TAKES : KEYS_TAKE), {
    uncount: true,
  });
  moveSend(turn, row, "queued", words);
  if (row.rank === 0) sayOnChannel(turn, row);
}

function remedyWords(error: number): string | undefined {
  const remedy = remedyOfError(error);
  return "words" in remedy ? remedy.words : undefined;
}

/** Somebody called for help and cannot be answered directly: a word on the channel, without what they said. */
function sayOnChannel(turn: Turn, row: MeshOutboxRow): void {
  const ledger = ledgerRow(turn.store, row.ledger);
  const reference = /\bk\d+\b/.exec(ledger?.text ?? "")?.[0] ?? "stored";
  tellMesh(turn, {
    class: "distress",
    to: EVERYONE,
    text: WORDS.distressReceiptOnChannel(namesOf(turn, row.to).short, reference),
    ...(ledger?.answers ? { answers: ledger.answers } : {}),
  });
}

// ───────────────────────────── timers ─────────────────────────────

/** No queueStatus within 2 s: it may have been taken. Said once more with the same id and bytes, then evidence is waited for. */
export function queueStatusOverdue(turn: Turn, sendId: number): void {
  const row = meshOutboxRow(turn.store, sendId);
  if (row?.status !== "writing") return;
  const repeated = row.writtenAt !== row.firstWrittenAt;
  setMeshStatus(turn.store, sendId, repeated ? "repeated" : "uncertain");
  setTimer(turn.store, "evidence", sendId, turn.now + EVIDENCE_WITHIN);
}

/** The radio's session is new: what was in its hands without evidence is uncertain, and may be said again with its id. */
export function handsEmptied(turn: Turn): void {
  for (const status of ["writing", "repeated"] as const) {
    for (const row of rowsInStatus(turn.store, status)) uncertain(turn, row);
  }
}

/** It may be said again with its id for a quarter of an hour; when the radio stays away for that long, it is given up. */
function uncertain(turn: Turn, row: MeshOutboxRow): void {
  setMeshStatus(turn.store, row.id, "uncertain");
  clearTimer(turn.store, "queue-status", row.id);
  setTimer(turn.store, "evidence", row.id, (row.firstWrittenAt ?? turn.now) + SAME_ID_FOR + 1);
}

/**
 * The radio started anew and forgot what it had been given. What nobody was overheard relaying may never have been on the
 * air: it is said again with its id, which those who did hear it drop as a repeat.
 */
export function memoryLost(turn: Turn): void {
  for (const row of rowsInStatus(turn.store, "taken")) {
    const ledger = ledgerRow(turn.store, row.ledger);
    if (ledger?.state !== "sent" || ledger.settledAt !== null) continue;
    uncertain(turn, row);
  }
}

export function evidenceOverdue(turn: Turn, sendId: number): void {
  const row = meshOutboxRow(turn.store, sendId);
  if (!row || row.status === "waiting" || row.status === "done") return;
  if (row.status === "taken" && !isDirect(row)) {
    settleLedger(turn.store, row.ledger, WORDS.noRelay, turn.now);
    finish(turn, row);
    return;
  }
  giveUp(turn, row);
}

/** No ack, or no evidence: another attempt with a fresh id where the class allows it, else the honest word `unknown`. */
export function giveUp(turn: Turn, row: MeshOutboxRow): void {
  if (isDirect(row) && row.attempt < attemptsOf(row.rank)) {
    requeue(turn.store, row.id, turn.now);
    moveSend(turn, row, "queued", WORDS.noAck(row.attempt));
    return;
  }
  finish(turn, row);
  const until = isDirect(row) ? hold(turn, row) : undefined;
  const reason = row.status === "taken" ? WORDS.noAck(row.attempt) : WORDS.noEvidence;
  if (!moveSend(turn, row, "unknown", reason)) return;
  const ledger = ledgerRow(turn.store, row.ledger)!;
  const hope = until === undefined ? reason : WORDS.outOfReach(reason, Math.round((until - turn.now) / 3_600_000));
  tellWriter(turn, ledger, WORDS.meshUnknown(ledger.text, hope));
}
