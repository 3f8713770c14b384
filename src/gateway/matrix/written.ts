// A Matrix event taken apart as far as we need it, once, for all handlers of what people write.

import { parseNodeId } from "#base/ids.ts";
import { rowsOfEvent } from "#store/ledger.ts";
import { threadOfRoot } from "#store/matrix-outbox.ts";
import { callRow } from "#store/welfare.ts";
import { linkRow } from "#store/world.ts";
import { cleanForMesh } from "#wire/text.ts";
import { objectField, textField, type Fields } from "#gateway/fields.ts";
import type { MatrixArrival } from "#gateway/inputs.ts";
import { uplinkLink } from "./places.ts";
import type { RoomSettings, UplinkSettings } from "#gateway/settings.ts";
import { subjectOf } from "./subjects.ts";
import type { Turn } from "#gateway/turn.ts";

export interface Written {
  readonly eventId: string;
  readonly type: string;
  readonly sender: string;
  readonly content: Fields;
  readonly uplink: UplinkSettings;
  /** As the config spells it. */
  readonly room: string;
  /** Set when the room is bridged to a channel. */
  readonly bridged: RoomSettings | undefined;
  readonly threadRoot?: string;
  /** A real reply, not a thread's fallback. */
  readonly replyTo?: string;
  readonly arrival: MatrixArrival;
  readonly inbox: number;
}

type Place = Pick<Written, "eventId" | "type" | "sender" | "uplink" | "room" | "arrival" | "inbox">;

export function written(place: Place, content: Fields): Written {
  const relates = objectField(content, "m.relates_to");
  const threadRoot = relates["rel_type"] === "m.thread" ? textField(relates, "event_id") : undefined;
  const inReplyTo = textField(objectField(relates, "m.in_reply_to"), "event_id");
  const fallback = threadRoot !== undefined && relates["is_falling_back"] === true;
  const replyTo = fallback ? undefined : inReplyTo;
  return {
    ...place,
    content,
    bridged: place.uplink.matrixRooms.find((room) => room.id === place.room),
    ...(threadRoot === undefined ? {} : { threadRoot }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

export function inOperatorsRoom(said: Pick<Written, "uplink" | "room">): boolean {
  return said.uplink.operatorsRoom === said.room;
}

/** The text of a message as its writer sees it: without the lines that older clients repeat above a reply. */
export function bodyOf(said: Written): string {
  const body = textField(said.content, "body") ?? "";
  return said.replyTo !== undefined && body.startsWith("> ") ? body.replace(/^(> [^\n]*\n)+\n?/, "") : body;
}

/** Whose thread, or whose message, is answered in the operators' room. */
export function residentOf(turn: Turn, said: Written): number | undefined {
  if (!inOperatorsRoom(said)) return undefined;
  if (said.threadRoot !== undefined) {
    const thread = threadOfRoot(turn.store, said.threadRoot);
    // A thread of the gateway's own belongs to no radio.
    if (thread && thread.node !== 0) return thread.node;
  }
  return said.replyTo === undefined ? undefined : nodeOfEvent(turn, said.replyTo);
}

/** The radio that said what an event shows, or that calls for help in it. */
export function nodeOfEvent(turn: Turn, eventId: string): number | undefined {
  const row = rowsOfEvent(turn.store, eventId).find((each) => each.direction === "mesh-to-matrix");
  if (row) return parseNodeId(row.origin.slice("mesh:".length));
  const subject = subjectOf(turn, eventId);
  return subject?.kind === "call" ? (callRow(turn.store, subject.number)?.node ?? undefined) : undefined;
}

/** The values of a prefix towards the mesh (field.md §3b). */
export function writerNames(said: Written): Record<string, string> {
  const [localpart, server] = splitUser(said.sender);
  const display = cleanForMesh(said.arrival.senderName ?? "").replaceAll("\n", " ") || localpart;
  return { display, user: said.sender, username: localpart, server };
}

function splitUser(user: string): [string, string] {
  const colon = user.indexOf(":");
  return colon === -1 ? [user.slice(1), ""] : [user.slice(1, colon), user.slice(colon + 1)];
}

/** Our bot at this homeserver, as far as it is known. */
export function ownUser(turn: Turn, uplink: UplinkSettings): string | undefined {
  const detail = JSON.parse(linkRow(turn.store, uplinkLink(uplink.name))?.detail ?? "{}") as { userId?: string };
  return detail.userId ?? uplink.userId;
}

/** One of our bots or ghosts: a room that two uplinks reach shows each what the other said. */
export function isOurs(turn: Turn, user: string): boolean {
  return turn.settings.uplinks.some((uplink) => {
    const bot = ownUser(turn, uplink);
    if (bot === user) return true;
    const prefix = uplink.registration?.ghostPrefix;
    if (prefix === undefined || bot === undefined || !user.startsWith(`@${prefix}`)) return false;
    return splitUser(user)[1] === splitUser(bot)[1];
  });
}
