// A board: one message of the gateway's own in a room that is kept up to date by edits in place (m.replace), and the
// thread below it.
//
// At most one request for a board is under way. What waits and nobody has asked for yet is changed in the outbox itself, so
// that only the newest state ever leaves; what is under way is followed by one edit, not before EDIT_EVERY has passed. All
// of it is rows: a restart forgets nothing and repeats nothing (the transaction ids are the outbox's).
//
// Limits: an edit counts only from the user who wrote the message, so it goes the way that the message went, and waits for
// that homeserver. A message whose board a moderator deleted is edited on without anybody seeing it.

import type { Html } from "#base/html.ts";
import type { Millis } from "#base/clock.ts";
import type { MessageClass } from "#domain/message.ts";
import {
  boardRow,
  boardSending,
  dropBoardEvent,
  reviseBoard,
  setBoardSaid,
  setBoardSending,
  type BoardRow,
} from "#store/boards.ts";
import { setLedgerText } from "#store/ledger.ts";
import {
  dropThreadRoot,
  matrixOutboxRow,
  newestOutbox,
  replaceContent,
  touchThread,
  type MatrixOutboxRow,
} from "#store/matrix-outbox.ts";
import { metaValue, setTimer } from "#store/world.ts";
import { notice, sayToRoom, tellRoom, type RoomWords } from "#gateway/say.ts";
import { about, subjectOf, type Subject } from "./subjects.ts";
import type { Turn } from "#gateway/turn.ts";

/** Twice the time in which a homeserver lets a bot say one thing (Synapse's default, matrix-facts §5). */
export const EDIT_EVERY: Millis = 10_000;

export interface BoardPlace {
  readonly uplink: string;
  /** As the config spells it. */
  readonly room: string;
}

export interface BoardWords {
  readonly body: string;
  readonly html?: Html;
}

export interface BoardOptions {
  /** The key of the board in whose thread this one is. */
  readonly thread?: string;
  /** What it is about: reactions and replies to it act on that. */
  readonly subject?: Subject;
  /** Of the first message; edits have no hurry. */
  readonly class?: MessageClass;
  /** The first message rings everybody in the room. */
  readonly loud?: boolean;
}

/**
 * Says the words in the room, the first time as a message, later by editing that message. `key` names the board in its room
 * and the thread that the message heads. The same words again cost nothing.
 */
export function keepBoard(
  turn: Turn,
  place: BoardPlace,
  key: string,
  words: BoardWords,
  options: BoardOptions = {},
): void {
  const thread = threadOf(options.thread ?? key);
  const id = reviseBoard(turn.store, place, key, thread, JSON.stringify(contentOf(words)));
  if (id === undefined) return;
  touchThread(turn.store, place.uplink, place.room, thread, NOBODY);
  tend(turn, boardRow(turn.store, id)!, options);
}

/** Words in the thread of the board `key`: a message of their own. `loud` rings everybody in the room. Returns the ledger id. */
export function tellThread(
  turn: Turn,
  place: BoardPlace,
  key: string,
  words: BoardWords | string,
  more: { readonly class?: MessageClass; readonly subject?: Subject; readonly loud?: boolean } = {},
): number {
  const said = typeof words === "string" ? { body: words } : words;
  const person = threadOf(key);
  touchThread(turn.store, place.uplink, place.room, person, NOBODY);
  const ledger = tellRoom(turn, place.uplink, place.room, said.body, {
    person,
    content: more.loud ? loud(contentOf(said)) : contentOf(said),
    ...(more.class === undefined ? {} : { class: more.class }),
  });
  if (more.subject) about(turn, ledger, more.subject);
  return ledger;
}

/** A thread of the gateway's own belongs to no radio. */
const NOBODY = 0;
const threadOf = (key: string): string => `board:${key}`;

type Content = Readonly<Record<string, unknown>>;

export function contentOf({ body, html }: BoardWords): Content {
  return {
    ...notice(body),
    ...(html === undefined ? {} : { format: "org.matrix.custom.html", formatted_body: html.markup }),
  };
}

/** Clients ring for a mention of the room, and for a notice they may not. */
export function loud(content: Content): Content {
  return { ...content, msgtype: "m.text", "m.mentions": { room: true } };
}

// ───────────────────────────── what leaves, and when ─────────────────────────────

/** Timer: the pause after the last edit is over. */
export function boardDue(turn: Turn, id: number): void {
  const board = boardRow(turn.store, id);
  if (board) tend(turn, board);
}

/** The homeserver has stored a message; if it was a board's, what changed meanwhile may follow. */
export function boardDelivered(turn: Turn, outbox: number, eventId: string): void {
  const sending = boardSending(turn.store, outbox);
  if (!sending) return;
  setBoardSaid(turn.store, sending.id, eventId, turn.now);
  tend(turn, boardRow(turn.store, sending.id)!);
}

/** The homeserver takes no edit of this board's message (its room was replaced, or its past purged): the board is said anew. */
export function boardRefused(turn: Turn, outbox: number): void {
  const sending = boardSending(turn.store, outbox);
  if (!sending || sending.eventId === null) return;
  const subject = subjectOf(turn, sending.eventId);
  dropThreadRoot(turn.store, sending.eventId);
  dropBoardEvent(turn.store, sending.id);
  tend(turn, boardRow(turn.store, sending.id)!, subject ? { subject } : {});
}

function tend(turn: Turn, board: BoardRow, options: BoardOptions = {}): void {
  if (board.revision === board.saidRevision) return;
  const waiting = board.sending === null ? undefined : matrixOutboxRow(turn.store, board.sending);
  if (waiting) return supersede(turn, board, waiting);
  const dueAt = (board.saidAt ?? 0) + EDIT_EVERY;
  if (dueAt > turn.now) return setTimer(turn.store, "board", board.id, dueAt);
  const content = JSON.parse(board.words) as Content;
  const first = options.loud ? loud(content) : content;
  const ledger = sayToRoom(turn, {
    ...COMMON,
    ...(board.eventId === null && options.class !== undefined ? { class: options.class } : {}),
    uplink: board.uplink,
    room: board.room,
    text: titleOf(content),
    content: board.eventId === null ? first : editOf(content, board.eventId),
    identity: ["board", metaValue(turn.store, "gateway_id") ?? "", board.id, board.revision],
    ...(board.eventId === null ? { person: board.thread } : {}),
  });
  setBoardSending(turn.store, board.id, newestOutbox(turn.store, ledger), board.revision);
  if (options.subject) about(turn, ledger, options.subject);
}

const COMMON = {
  class: "information",
  direction: "gateway-to-matrix",
  origin: "gateway",
} as const satisfies Partial<RoomWords>;

/** What nobody has asked for yet says the newest; once it was asked for, its bytes stay, and its delivery brings us back here. */
function supersede(turn: Turn, board: BoardRow, waiting: MatrixOutboxRow): void {
  if (waiting.frozen === 1) return;
  const content = JSON.parse(board.words) as Content;
  const { msgtype, "m.mentions": mentions } = JSON.parse(waiting.content) as Content;
  const first = { ...content, msgtype, "m.mentions": mentions };
  replaceContent(turn.store, waiting.id, board.eventId === null ? first : editOf(content, board.eventId));
  if (waiting.ledger !== null) setLedgerText(turn.store, waiting.ledger, titleOf(content));
  setBoardSending(turn.store, board.id, waiting.id, board.revision);
}

/** An edit as Matrix knows it (spec, "Event replacements"): clients that cannot show it show its fallback. */
function editOf(content: Content, eventId: string): Content {
  return {
    ...content,
    body: `* ${String(content["body"])}`,
    "m.new_content": content,
    "m.relates_to": { rel_type: "m.replace", event_id: eventId },
  };
}

/** The ledger says which board; the board itself says what is on it. */
const titleOf = (content: Content): string => String(content["body"]).split("\n", 1)[0]!;
