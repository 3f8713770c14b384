// Asking homeservers: which row's turn it is, its content frozen, and what became of the request.

import type { Millis } from "#base/clock.ts";
import { matrixBackoff } from "#delivery/ladder.ts";
import { eventOfPacket, ledgerRow, moveLedger, setLedgerEvent } from "#store/ledger.ts";
import {
  dropMatrix,
  headOfRoom,
  matrixOutboxRow,
  requestsUnderWay,
  retryMatrix,
  setRequesting,
  setThreadRoot,
  threadRoot,
  type MatrixOutboxRow,
} from "#store/matrix-outbox.ts";
import { holdRoom, linkRow, pauseLink, roomRow } from "#store/world.ts";
import type { MatrixOutcome, MatrixSend } from "./inputs.ts";
import { tellOperators } from "./say.ts";
import type { UplinkSettings } from "./settings.ts";
import { matrixPlace, type Turn } from "./turn.ts";
import { WORDS } from "./words.ts";

export const uplinkLink = (uplink: string): string => `uplink:${uplink}`;

/** Every room of an uplink that messages may be for, once. */
export function roomsOf(uplink: UplinkSettings): string[] {
  const rooms = uplink.matrixRooms.map((room) => room.id);
  if (uplink.operatorsRoom !== undefined) rooms.push(uplink.operatorsRoom);
  return [...new Set(rooms)];
}

/** Freezes what may be asked of homeservers now; returns when to look again. */
export function prepareMatrix(turn: Turn): Millis | undefined {
  let wakeAt: Millis | undefined;
  const later = (at: Millis): void => {
    wakeAt = wakeAt === undefined ? at : Math.min(wakeAt, at);
  };
  for (const uplink of turn.settings.uplinks) {
    const link = linkRow(turn.store, uplinkLink(uplink.name));
    if (link?.state !== "ready") continue;
    if (link.pausedUntil > turn.now) {
      later(link.pausedUntil);
      continue;
    }
    for (const room of roomsOf(uplink)) {
      const head = headOfRoom(turn.store, uplink.name, room);
      if (!head || head.status === "requesting" || !roomIsOpen(turn, uplink.name, room)) continue;
      if (head.notBefore > turn.now) later(head.notBefore);
      else request(turn, head);
    }
  }
  return wakeAt;
}

function roomIsOpen(turn: Turn, uplink: string, room: string): boolean {
  const row = roomRow(turn.store, uplink, room);
  if (row === undefined || row.room === null) return false;
  return row.joined === 1 && row.maySpeak === 1 && row.encrypted === 0 && row.held === 0;
}

function request(turn: Turn, row: MatrixOutboxRow): void {
  setRequesting(turn.store, row.id, row.frozen === 1 ? row.content : JSON.stringify(contentOf(turn, row)));
  moveLedger(turn.store, row.ledger, "sent", null, turn.now);
}

/** The content with the relations that could not be known when the row was written: thread root and reply target. */
function contentOf(turn: Turn, row: MatrixOutboxRow): Record<string, unknown> {
  const content = JSON.parse(row.content) as Record<string, unknown>;
  const place = matrixPlace(row.uplink, row.room);
  const replied =
    row.replyEvent ?? (row.replyPacket === null ? undefined : eventOfPacket(turn.store, row.replyPacket, place));
  const root = row.person === null ? undefined : threadRoot(turn.store, row.uplink, row.room, row.person);
  if (root !== undefined) {
    content["m.relates_to"] = {
      rel_type: "m.thread",
      event_id: root,
      is_falling_back: replied === undefined,
      "m.in_reply_to": { event_id: replied ?? root },
    };
  } else if (replied !== undefined) {
    content["m.relates_to"] = { "m.in_reply_to": { event_id: replied } };
  }
  return content;
}

/** The requests that are under way, for the edges; each attempt is handed over once. */
export function matrixSends(turn: Pick<Turn, "store">): { handover: string; send: MatrixSend }[] {
  return requestsUnderWay(turn.store).map((row) => ({
    handover: `${row.id}/${row.attempt}`,
    send: {
      sendId: row.id,
      uplink: row.uplink,
      room: roomRow(turn.store, row.uplink, row.room)?.room ?? row.room,
      type: row.type,
      txnId: row.txnId,
      content: JSON.parse(row.content) as Record<string, unknown>,
    },
  }));
}

export function matrixOutcome(turn: Turn, sendId: number, outcome: MatrixOutcome): void {
  const row = matrixOutboxRow(turn.store, sendId);
  if (!row || row.status !== "requesting") return;
  switch (outcome.is) {
    case "delivered":
      return delivered(turn, row, outcome.eventId);
    case "refused":
      return refused(turn, row, outcome.reason);
    case "retry": {
      const wait = Math.max(outcome.retryAfter ?? 0, outcome.rateLimited ? 0 : matrixBackoff(row.attempt));
      retryMatrix(turn.store, row.id, turn.now + wait);
      if (outcome.rateLimited) pauseLink(turn.store, uplinkLink(row.uplink), turn.now + wait);
      return moveBack(turn, row, outcome.reason);
    }
    case "hold-room":
      retryMatrix(turn.store, row.id, turn.now);
      holdRoom(turn.store, row.uplink, row.room, outcome.reason);
      tellOperators(turn, WORDS.roomHeld(row.room, outcome.reason));
      return moveBack(turn, row, outcome.reason);
    case "hold-uplink":
      retryMatrix(turn.store, row.id, turn.now);
      return moveBack(turn, row, outcome.reason);
  }
}

function moveBack(turn: Turn, row: MatrixOutboxRow, reason: string): void {
  moveLedger(turn.store, row.ledger, "queued", reason, turn.now);
}

function delivered(turn: Turn, row: MatrixOutboxRow, eventId: string): void {
  setLedgerEvent(turn.store, row.ledger, eventId);
  moveLedger(turn.store, row.ledger, "confirmed", null, turn.now);
  if (row.person !== null) setThreadRoot(turn.store, row.uplink, row.room, row.person, eventId);
  dropMatrix(turn.store, row.id);
}

function refused(turn: Turn, row: MatrixOutboxRow, reason: string): void {
  moveLedger(turn.store, row.ledger, "failed", reason, turn.now);
  dropMatrix(turn.store, row.id);
  // What a resident said must reach people; words of our own that a homeserver refuses are only counted.
  const ledger = ledgerRow(turn.store, row.ledger);
  if (ledger?.direction === "mesh-to-matrix") tellOperators(turn, WORDS.meshFailed(ledger.text, reason));
}
