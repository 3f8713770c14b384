// Asking homeservers: which row's turn it is, its content frozen, and what became of the request.
//
// Order within a room is kept by the edge, which says a room's requests one after the other and gives back, untried, what
// stands behind one that failed. So an appservice is handed a few at once; a bot, which may be limited at any moment and
// then gathers what waits, only one. While a homeserver limits us the whole uplink has one request under way, the most
// urgent of all its rooms.

import type { Millis } from "#base/clock.ts";
import { matrixBackoff } from "#delivery/ladder.ts";
import { eventOfPacket, ledgerRow, moveLedger, setLedgerEvent } from "#store/ledger.ts";
import {
  dropMatrix,
  dropThreadRoot,
  matrixOutboxRow,
  nextInRoom,
  requestsUnderWay,
  retryMatrix,
  saidWith,
  sayAnew,
  setRequesting,
  setThreadRoot,
  threadRoot,
  type MatrixOutboxRow,
} from "#store/matrix-outbox.ts";
import { addReaction, reactionsTo } from "#store/social.ts";
import { wallOffset } from "#store/timeline.ts";
import { holdRoom, linkRow, pauseLink, roomRow } from "#store/world.ts";
import { defuse } from "#wire/text.ts";
import { parseNodeId } from "#base/ids.ts";
import { gather, LATE, LIMITED_FOR, type Digest } from "./backlog.ts";
import { boardDelivered, boardRefused } from "./board.ts";
import type { MatrixOutcome, MatrixSend } from "#gateway/inputs.ts";
import { markDelivered, markRefused, prepareMark } from "./marks.ts";
import { roomsOf, uplinkLink, useOtherWay } from "./places.ts";
import { tellOperators, transactionId } from "#gateway/say.ts";
import type { UplinkSettings } from "#gateway/settings.ts";
import { moment } from "#gateway/spans.ts";
import { calendarTime, clockSure, matrixPlace, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

/** The key of an event's content that holds its transaction id. */
export const TRANSACTION = "muster.transaction";

/** Requests of one room that an appservice's edge is handed at once: enough that it never waits for a commit of ours. */
const WINDOW = 4;

/** Freezes what may be asked of homeservers now; returns when to look again. */
export function prepareMatrix(turn: Turn): Millis | undefined {
  let wakeAt: Millis | undefined;
  for (const uplink of turn.settings.uplinks) {
    const at = prepareUplink(turn, uplink);
    if (at !== undefined) wakeAt = wakeAt === undefined ? at : Math.min(wakeAt, at);
  }
  return wakeAt;
}

function prepareUplink(turn: Turn, uplink: UplinkSettings): Millis | undefined {
  const link = linkRow(turn.store, uplinkLink(uplink.name));
  if (link?.state !== "ready") {
    for (const room of roomsOf(uplink)) useOtherWay(turn, uplink.name, room);
    return undefined;
  }
  if (link.pausedUntil > turn.now) return link.pausedUntil;
  const limited = turn.now - link.pausedUntil < LIMITED_FOR;
  const rooms = roomsOf(uplink).filter((room) => roomIsOpen(turn, uplink.name, room));
  return limited ? prepareLimited(turn, uplink, rooms) : prepareFreely(turn, uplink, rooms);
}

function prepareFreely(turn: Turn, uplink: UplinkSettings, rooms: readonly string[]): Millis | undefined {
  const window = uplink.mode === "appservice" ? WINDOW : 1;
  const moments: Millis[] = [];
  for (const room of rooms) {
    let rows = nextInRoom(turn.store, uplink.name, room, window);
    if (rows.length === 0) {
      const mark = prepareMark(turn, uplink.name, room);
      if (typeof mark === "number") moments.push(mark);
      if (mark === "written") rows = nextInRoom(turn.store, uplink.name, room, window);
    }
    for (const row of rows) {
      if (row.status === "requesting") continue;
      if (row.notBefore > turn.now) {
        moments.push(row.notBefore);
        break; // what stands behind it waits with it
      }
      // A thread's first message makes the thread, and a reply needs its event: both must be known before the next.
      if (row !== rows[0] && needsEarlier(row)) break;
      request(turn, row);
    }
  }
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function needsEarlier(row: MatrixOutboxRow): boolean {
  return row.frozen === 0 && (row.person !== null || row.replyPacket !== null);
}

function prepareLimited(turn: Turn, uplink: UplinkSettings, rooms: readonly string[]): Millis | undefined {
  const heads: MatrixOutboxRow[] = [];
  for (const room of rooms) {
    const head = nextInRoom(turn.store, uplink.name, room, 1)[0];
    if (head) heads.push(head);
  }
  if (requestsUnderWay(turn.store).some((row) => row.uplink === uplink.name)) return undefined;
  const due = heads.filter((row) => row.notBefore <= turn.now);
  const best = due.sort((a, b) => b.urgent - a.urgent || a.id - b.id)[0];
  if (best) {
    request(turn, best, gather(turn, best));
    return undefined;
  }
  if (heads.length > 0) return Math.min(...heads.map((row) => row.notBefore));
  return prepareOneMark(turn, uplink, rooms);
}

/** Where nothing else waits in any room, one mark of one of them. */
function prepareOneMark(turn: Turn, uplink: UplinkSettings, rooms: readonly string[]): Millis | undefined {
  const moments: Millis[] = [];
  for (const room of rooms) {
    const mark = prepareMark(turn, uplink.name, room);
    if (mark === "written") {
      request(turn, nextInRoom(turn.store, uplink.name, room, 1)[0]!);
      return undefined;
    }
    if (mark !== undefined) moments.push(mark);
  }
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function roomIsOpen(turn: Turn, uplink: string, room: string): boolean {
  const row = roomRow(turn.store, uplink, room);
  if (row === undefined || row.room === null) return false;
  return row.joined === 1 && row.maySpeak === 1 && row.encrypted === 0 && row.held === 0;
}

function request(turn: Turn, row: MatrixOutboxRow, digest?: Digest): void {
  const { type, content, txnId } = digest ? { type: row.type, ...digest } : contentOf(turn, row);
  setRequesting(
    turn.store,
    row.id,
    {
      type,
      txnId,
      content:
        row.frozen === 1
          ? row.content
          : JSON.stringify({ ...content, ...(row.redacts === null ? { [TRANSACTION]: txnId } : {}) }),
    },
    turn.now,
  );
  for (const each of digest ? saidWith(turn.store, row.id) : [row])
    if (each.ledger !== null) moveLedger(turn.store, each.ledger, "sent", null, turn.now);
}

interface Frozen {
  readonly type: string;
  readonly txnId: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The content with what could not be known when the row was written: thread root, reply target, and that it comes late. */
function contentOf(turn: Turn, row: MatrixOutboxRow): Frozen {
  const { txnId, type } = row;
  const content = JSON.parse(row.content) as Record<string, unknown>;
  if (row.frozen === 1 || row.ledger === null || row.redacts !== null) return { type, txnId, content };
  const place = matrixPlace(row.uplink, row.room);
  const replied =
    row.replyEvent ?? (row.replyPacket === null ? undefined : eventOfPacket(turn.store, row.replyPacket, place));
  if (type === "m.reaction") {
    const reaction = replied === undefined ? undefined : reactionTo(turn, row, replied, content);
    if (reaction) return { type, txnId, content: reaction };
  }
  const root = row.person === null ? undefined : threadRoot(turn.store, row.uplink, row.room, row.person);
  return {
    type: "m.room.message",
    txnId,
    content: { ...content, ...lateWords(turn, row, content), ...relation(root, replied) },
  };
}

function relation(root: string | undefined, replied: string | undefined): Readonly<Record<string, unknown>> {
  if (root !== undefined) {
    const reply = { is_falling_back: replied === undefined, "m.in_reply_to": { event_id: replied ?? root } };
    return { "m.relates_to": { rel_type: "m.thread", event_id: root, ...reply } };
  }
  return replied === undefined ? {} : { "m.relates_to": { "m.in_reply_to": { event_id: replied } } };
}

/** A tapback as a reaction. One user may react once with a key (M_DUPLICATE_ANNOTATION): a bot's second radio says it in words. */
function reactionTo(
  turn: Turn,
  row: MatrixOutboxRow,
  target: string,
  content: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const key = defuse(ledgerRow(turn.store, row.ledger!)?.text ?? "");
  if (key === "") return undefined;
  const same = reactionsTo(turn.store, target).some((each) => each.ghost === (row.ghost ?? "") && each.key === key);
  if (same) return undefined;
  const { msgtype: _msgtype, body: _body, "m.mentions": _mentions, ...keys } = content;
  return { ...keys, "m.relates_to": { rel_type: "m.annotation", event_id: target, key } };
}

/** A bot cannot say when something was said but in words; a ghost's message carries its time (`ts`). */
function lateWords(turn: Turn, row: MatrixOutboxRow, content: Readonly<Record<string, unknown>>): { body?: string } {
  const uplink = turn.settings.uplinks.find((each) => each.name === row.uplink);
  let body = typeof content["body"] === "string" ? content["body"] : "";
  // It was written for another way into the room, where the radio would have spoken itself.
  if (row.ghost !== null && uplink?.mode === "bot") body = `[${row.ghostName}/${turn.settings.node.name}]: ${body}`;
  const late = row.heardAt !== null && clockSure(calendarTime(turn, row.heardAt)) && turn.now - row.heardAt > LATE;
  if (late && (row.ghost === null || uplink?.mode === "bot")) body = WORDS.heardAt(moment(turn, row.heardAt)) + body;
  return "body" in content ? { body } : {};
}

/** The requests that are under way, for the edges; each attempt is handed over once. */
export function matrixSends(turn: Pick<Turn, "store">): { handover: string; send: MatrixSend }[] {
  const rows = requestsUnderWay(turn.store);
  const offset = rows.length === 0 ? 0 : wallOffset(turn.store);
  return rows.map((row) => ({
    handover: `${row.id}/${row.attempt}`,
    send: {
      sendId: row.id,
      uplink: row.uplink,
      room: roomRow(turn.store, row.uplink, row.room)?.room ?? row.room,
      type: row.type,
      txnId: row.txnId,
      content: JSON.parse(row.content) as Record<string, unknown>,
      ...(row.ghost === null ? {} : { sender: { id: row.ghost, name: row.ghostName ?? row.ghost } }),
      ...(row.heardAt === null || !clockSure(row.heardAt + offset) ? {} : { ts: row.heardAt + offset }),
      ...(row.lookFirst === 1 ? { lookFirst: TRANSACTION } : {}),
      ...(row.redacts === null ? {} : { redacts: row.redacts }),
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
    case "untried":
      retryMatrix(turn.store, row.id, turn.now);
      return moveBack(turn, row, WORDS.keepsOrder);
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
  for (const { ledger } of saidWith(turn.store, row.id))
    if (ledger !== null) moveLedger(turn.store, ledger, "queued", reason, turn.now);
}

function delivered(turn: Turn, row: MatrixOutboxRow, eventId: string): void {
  for (const each of saidWith(turn.store, row.id)) {
    dropMatrix(turn.store, each.id);
    if (each.ledger === null) continue;
    setLedgerEvent(turn.store, each.ledger, eventId);
    moveLedger(turn.store, each.ledger, "confirmed", null, turn.now);
  }
  if (row.ledger === null) return markDelivered(turn, row, eventId);
  if (row.person !== null) setThreadRoot(turn.store, row.uplink, row.room, row.person, eventId);
  if (row.type === "m.reaction") keepReaction(turn, row, eventId);
  boardDelivered(turn, row.id, eventId);
}

function keepReaction(turn: Turn, row: MatrixOutboxRow, eventId: string): void {
  const content = JSON.parse(row.content) as { "m.relates_to": { event_id: string; key: string } };
  const { event_id: target, key } = content["m.relates_to"];
  const node = parseNodeId(ledgerRow(turn.store, row.ledger!)!.origin.slice("mesh:".length)) ?? 0;
  addReaction(turn.store, { eventId, target, key, node, ghost: row.ghost ?? "" });
}

function refused(turn: Turn, row: MatrixOutboxRow, reason: string): void {
  if (row.ledger === null) {
    dropMatrix(turn.store, row.id);
    return markRefused(turn, row);
  }
  if (sayAlone(turn, row, reason)) return;
  for (const each of saidWith(turn.store, row.id)) {
    dropMatrix(turn.store, each.id);
    moveLedger(turn.store, each.ledger!, "failed", reason, turn.now);
    // What a resident said must reach people; words of our own that a homeserver refuses are only counted.
    const ledger = ledgerRow(turn.store, each.ledger!);
    if (ledger?.direction === "mesh-to-matrix" && row.type === "m.room.message")
      tellOperators(turn, WORDS.meshFailed(ledger.text, reason));
  }
  boardRefused(turn, row.id);
}

/**
 * A thread's root or a replied event that the homeserver does not accept there: the room was replaced, or its past purged. The words
 * then stand by themselves, and the next in that thread stand below them. True if they are said again so.
 */
function sayAlone(turn: Turn, row: MatrixOutboxRow, reason: string): boolean {
  const { "m.relates_to": relation, ...content } = JSON.parse(row.content) as { "m.relates_to"?: Relation };
  if (row.type !== "m.room.message" || relation === undefined || relation.rel_type === "m.replace") return false;
  if (relation.event_id !== undefined) dropThreadRoot(turn.store, relation.event_id);
  const txnId = transactionId([row.txnId, "alone"]);
  sayAnew(turn.store, row.id, txnId, JSON.stringify({ ...content, [TRANSACTION]: txnId }), turn.now);
  moveBack(turn, row, reason);
  return true;
}

interface Relation {
  readonly rel_type?: string;
  readonly event_id?: string;
}
