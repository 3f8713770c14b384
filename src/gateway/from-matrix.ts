// What a Matrix event means: words for a channel, an answer in a resident's thread, a command, or nothing for us.
//
// Whatever is not sent is refused in words, as a reply to its writer, before anything left: with the byte count and the
// limit, never cut. Events that other bridges made are not carried on (mmrelay_suppress, meshtastic_* keys): a loop of two
// bridges would eat a whole mesh.

import { utf8Length } from "#base/bytes.ts";
import { isDistress, type MessageClass } from "#domain/message.ts";
import { eventKey, markSeen } from "#store/inbox.ts";
import { addLedgerRow, moveLedger, rowsOfEvent, unansweredFrom, type LedgerRow } from "#store/ledger.ts";
import { threadOfRoot } from "#store/matrix-outbox.ts";
import { linkRow, roomById, tellOnce } from "#store/world.ts";
import { cleanForMesh, formatPrefix, textLimit } from "#wire/text.ts";
import { parseNodeId } from "#base/ids.ts";
import { answerCommand, isCommand } from "./commands.ts";
import type { Handled } from "./from-radio.ts";
import type { MatrixArrival } from "./inputs.ts";
import { sayToMesh, tellRoom } from "./say.ts";
import type { UplinkSettings } from "./settings.ts";
import { EVERYONE, matrixPlace, meshPlace, personPlace, type Turn } from "./turn.ts";
import { WORDS } from "./words.ts";

/** An event taken apart as far as we need it; strings that are no strings are absent. */
interface Said {
  readonly eventId: string;
  readonly sender: string;
  readonly uplink: UplinkSettings;
  /** As the config spells it. */
  readonly room: string;
  readonly msgtype: string;
  readonly body: string;
  readonly threadRoot?: string;
  /** A real reply, not a thread's fallback. */
  readonly replyTo?: string;
  readonly arrival: MatrixArrival;
  readonly inbox: number;
}

const handled = (reason: string): Handled => ({ end: "handled", reason });

export function fromMatrix(turn: Turn, arrival: MatrixArrival, inbox: number): Handled {
  const { event } = arrival;
  const eventId = textField(event, "event_id");
  const sender = textField(event, "sender");
  if (eventId === undefined || sender === undefined) return handled("not an event");
  const uplink = turn.settings.uplinks.find((each) => each.name === arrival.uplink);
  const room = roomById(turn.store, arrival.uplink, arrival.room)[0]?.configured;
  if (!uplink || room === undefined) return handled("the config does not name this room");
  if (!markSeen(turn.store, eventKey(eventId), turn.now))
    return { end: "duplicate", reason: "this event was handled before" };
  if (sender === ownUser(turn, uplink)) return handled("our own echo");
  if (event["type"] !== "m.room.message") return handled(`${String(event["type"])} is not carried to the mesh`);
  const content = objectField(event, "content");
  if (isRelayed(content)) return handled("another bridge's message");
  const relates = objectField(content, "m.relates_to");
  if (relates["rel_type"] === "m.replace") return handled("an edit is not carried to the mesh");
  return carry(turn, { ...partsOf(content, relates), eventId, sender, uplink, room, arrival, inbox });
}

function partsOf(content: Fields, relates: Fields): Pick<Said, "msgtype" | "body" | "threadRoot" | "replyTo"> {
  const threadRoot = relates["rel_type"] === "m.thread" ? textField(relates, "event_id") : undefined;
  const inReplyTo = textField(objectField(relates, "m.in_reply_to"), "event_id");
  const fallback = threadRoot !== undefined && relates["is_falling_back"] === true;
  const replyTo = fallback ? undefined : inReplyTo;
  const body = textField(content, "body") ?? "";
  return {
    msgtype: textField(content, "msgtype") ?? "",
    body: replyTo === undefined ? body : withoutQuote(body),
    ...(threadRoot === undefined ? {} : { threadRoot }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

/** Older clients repeat the message replied to as "> " lines above the reply. */
function withoutQuote(body: string): string {
  return body.startsWith("> ") ? body.replace(/^(> [^\n]*\n)+\n?/, "") : body;
}

function carry(turn: Turn, said: Said): Handled {
  const bridged = said.uplink.matrixRooms.find((room) => room.id === said.room);
  const operators = said.uplink.operatorsRoom === said.room;
  const resident = operators ? residentOf(turn, said) : undefined;
  if (said.msgtype === "m.text" && isCommand(said.body)) return answerCommand(turn, said);
  if (said.msgtype === "m.notice") return handled("a notice: said by a program, not carried to the mesh");
  if (!bridged && resident === undefined) return handled("operators among themselves");
  if (!mayWrite(turn, said))
    return refuse(turn, said, WORDS.notAllowed, tellOnce(turn.store, `refused ${said.room} ${said.sender}`, turn.now));
  if (!TEXT_KINDS.has(said.msgtype)) return refuse(turn, said, WORDS.notPlainText(said.msgtype.replace(/^m\./, "")));
  const text = cleanForMesh(said.body);
  if (text === "") return refuse(turn, said, WORDS.empty);
  return resident === undefined
    ? toChannel(turn, said, text, bridged!.meshtasticChannel)
    : toResident(turn, said, text, resident);
}

const TEXT_KINDS: ReadonlySet<string> = new Set(["m.text", "m.emote"]);

function toChannel(turn: Turn, said: Said, words: string, channel: number): Handled {
  const emote = said.msgtype === "m.emote" ? "* " : "";
  const prefix = formatPrefix(turn.settings.meshtastic.prefixFormat, writerNames(said)) + emote;
  const replyId = packetOf(turn, said, EVERYONE, channel);
  const { limit, bytes } = textLimit(words, { direct: false, prefix, reply: replyId !== undefined });
  if (bytes > limit) return refuse(turn, said, WORDS.tooLong(bytes, limit));
  const messageClass: MessageClass = isDistress(1, words) ? "distress" : "chat";
  queue(turn, said, { to: EVERYONE, channel, text: prefix + words, replyId, class: messageClass });
  return handled(`for channel ${channel}`);
}

function toResident(turn: Turn, said: Said, words: string, node: number): Handled {
  const replyId = packetOf(turn, said, node, 0);
  const { limit, bytes } = textLimit(words, { direct: true, prefix: "", reply: replyId !== undefined });
  if (bytes > limit) return refuse(turn, said, WORDS.tooLong(bytes, limit));
  queue(turn, said, { to: node, channel: 0, text: words, replyId, class: "answer" });
  return handled("for a resident");
}

function queue(
  turn: Turn,
  said: Said,
  words: { to: number; channel: number; text: string; replyId: number | undefined; class: MessageClass },
): void {
  sayToMesh(turn, {
    class: words.class,
    direction: "matrix-to-mesh",
    origin: personPlace(said.uplink.name, said.room, said.sender),
    to: words.to,
    channel: words.channel,
    text: words.text,
    wantAck: true,
    eventId: said.eventId,
    inbox: said.inbox,
    ...(words.replyId === undefined ? {} : { replyId: words.replyId }),
  });
  for (const row of answeredRows(turn, said))
    moveLedger(turn.store, row.id, "answered", WORDS.answeredBy(said.sender), turn.now);
}

/** What a reply answers: the message replied to, or in a thread everything of it that nobody has answered. */
function answeredRows(turn: Turn, said: Said): LedgerRow[] {
  const target = said.replyTo ?? said.threadRoot;
  if (target === undefined) return [];
  const rows = rowsOfEvent(turn.store, target).filter((row) => row.direction === "mesh-to-matrix");
  return said.replyTo === undefined
    ? rows.flatMap((row) => unansweredFrom(turn.store, row.origin, row.destination))
    : rows;
}

/** The mesh packet that a reply points at, if the ones who will hear it have it. */
function packetOf(turn: Turn, said: Said, to: number, channel: number): number | undefined {
  if (said.replyTo === undefined) return undefined;
  for (const row of rowsOfEvent(turn.store, said.replyTo)) {
    if (row.packetId === null) continue;
    if (row.direction === "mesh-to-matrix" || row.destination === meshPlace(to, channel)) return row.packetId;
  }
  return undefined;
}

/** Whose thread, or whose message, is answered in the operators' room. */
function residentOf(turn: Turn, said: Said): number | undefined {
  if (said.threadRoot !== undefined) {
    const thread = threadOfRoot(turn.store, said.uplink.name, said.threadRoot);
    if (thread) return thread.node;
  }
  if (said.replyTo === undefined) return undefined;
  const row = rowsOfEvent(turn.store, said.replyTo).find((each) => each.direction === "mesh-to-matrix");
  return row ? parseNodeId(row.origin.slice("mesh:".length)) : undefined;
}

/** Globs of the config; where there are none, whoever may speak in the room. */
export function mayWrite(turn: Turn, said: { readonly sender: string; readonly arrival: MatrixArrival }): boolean {
  const globs = turn.settings.access.matrixUsers;
  if (globs.length === 0) return said.arrival.senderMaySpeak !== false;
  return globs.some((glob) => globMatches(glob, said.sender));
}

/** `*` for any run of characters, `?` for one. */
function globMatches(glob: string, text: string): boolean {
  const pattern = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`, "su").test(text);
}

function writerNames(said: Said): Record<string, string> {
  const [localpart, server] = splitUser(said.sender);
  const display = cleanForMesh(said.arrival.senderName ?? "").replaceAll("\n", " ") || localpart;
  return { display, user: said.sender, username: localpart, server };
}

function splitUser(user: string): [string, string] {
  const colon = user.indexOf(":");
  return colon === -1 ? [user.slice(1), ""] : [user.slice(1, colon), user.slice(colon + 1)];
}

/** Accepted, not sent, and its writer told why. */
function refuse(turn: Turn, said: Said, words: string, tell = true): Handled {
  const ledger = addLedgerRow(
    turn.store,
    {
      class: "chat",
      direction: "matrix-to-mesh",
      origin: personPlace(said.uplink.name, said.room, said.sender),
      destination: said.uplink.operatorsRoom === said.room ? "mesh:-" : channelPlace(said),
      text: said.body,
      eventId: said.eventId,
      inbox: said.inbox,
    },
    turn.now,
  );
  moveLedger(turn.store, ledger, "failed", words, turn.now);
  if (tell) tellRoom(turn, said.uplink.name, said.room, words, { replyEvent: said.eventId, inbox: said.inbox });
  return handled(words);
}

function channelPlace(said: Said): string {
  const channel = said.uplink.matrixRooms.find((room) => room.id === said.room)?.meshtasticChannel;
  return channel === undefined ? matrixPlace(said.uplink.name, said.room) : meshPlace(EVERYONE, channel);
}

function ownUser(turn: Turn, uplink: UplinkSettings): string | undefined {
  const detail = JSON.parse(linkRow(turn.store, `uplink:${uplink.name}`)?.detail ?? "{}") as { userId?: string };
  return detail.userId ?? uplink.userId;
}

function isRelayed(content: Fields): boolean {
  return content["mmrelay_suppress"] === true || "meshtastic_id" in content || "meshtastic_longname" in content;
}

// ───────────────────────────── fields of strangers' JSON ─────────────────────────────

type Fields = Readonly<Record<string, unknown>>;

function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && utf8Length(value) <= 65_536 ? value : undefined;
}

function objectField(fields: Fields, name: string): Fields {
  const value = fields[name];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
