// A homeserver's JSON read leniently: what has the right shape is taken, everything else is passed over. Pure and total.
// Rooms hold events by strangers on servers of strangers, so nothing of an event is believed but what is checked here.

import { parsed, refused } from "#base/parsed.ts";
import type { Parsed } from "#base/parsed.ts";
import { isJson, object, objects } from "./json.ts";
import type { Json } from "./json.ts";

/** What people say in rooms; everything else in a timeline is state or not for us. */
export const SAID: readonly string[] = [
  "m.room.message",
  "m.reaction",
  "m.room.redaction",
  "m.sticker",
  "m.poll.start",
  "m.poll.response",
  "m.poll.end",
  "org.matrix.msc3381.poll.start",
  "org.matrix.msc3381.poll.response",
  "org.matrix.msc3381.poll.end",
];

/** The state that decides whether we and others may speak. */
export const STATE: readonly string[] = [
  "m.room.member",
  "m.room.power_levels",
  "m.room.encryption",
  "m.room.tombstone",
  "m.room.join_rules",
];

/** An event may be 65,536 bytes (spec, "Size limits"); a homeserver that sends more is passing on something else. */
const MAX_EVENT_CHARS = 128 * 1024;
/** Nothing that people say nests deeper than ten; what nests thousands deep breaks the recursion of JSON.stringify. */
const MAX_DEPTH = 64;
const MAX_ID_CHARS = 255;

export interface RoomNews {
  readonly room: string;
  /** "leave": these are the last events, and we are out. */
  readonly membership: "join" | "leave";
  /** State at the start of `events`, as far as it changed. */
  readonly state: readonly Json[];
  /** Oldest first. */
  readonly events: readonly Json[];
  /** Events between the last position and `events` are missing; they end at `prevBatch`. */
  readonly limited: boolean;
  readonly prevBatch?: string;
}

export interface News {
  readonly nextBatch: string;
  readonly rooms: readonly RoomNews[];
  readonly invites: readonly string[];
}

/** A /sync answer. Refused only when it has no next position. */
export function readSync(answer: Json): Parsed<News> {
  const nextBatch = answer["next_batch"];
  if (typeof nextBatch !== "string" || nextBatch === "") return refused("a sync answer without next_batch");
  const rooms = object(answer["rooms"]);
  const news = (membership: "join" | "leave") =>
    Object.entries(object(rooms[membership])).map(([room, update]) => readRoom(room, membership, object(update)));
  const invites = Object.keys(object(rooms["invite"]));
  return parsed({ nextBatch, rooms: [...news("join"), ...news("leave")], invites });
}

function readRoom(room: string, membership: "join" | "leave", update: Json): RoomNews {
  const timeline = object(update["timeline"]);
  const prevBatch = timeline["prev_batch"];
  return {
    room,
    membership,
    state: objects(object(update["state"])["events"]),
    events: objects(timeline["events"]),
    limited: timeline["limited"] === true,
    ...(typeof prevBatch === "string" && prevBatch !== "" ? { prevBatch } : {}),
  };
}

export interface Page {
  /** Newest first. */
  readonly events: readonly Json[];
  readonly state: readonly Json[];
  /** Where the next page starts; absent on the last. */
  readonly end?: string;
}

/** A /messages answer. */
export function readPage(answer: Json): Page {
  const end = answer["end"];
  const next = typeof end === "string" && end !== "" ? { end } : {};
  return { events: objects(answer["chunk"]), state: objects(answer["state"]), ...next };
}

/** Something a person said that the gateway should hear: well formed, one of `SAID`, and not our own echo. */
export function isSaid(event: Json, self: string): event is Json & { readonly sender: string } {
  const { type, sender } = event;
  if (typeof type !== "string" || !SAID.includes(type) || event["state_key"] !== undefined) return false;
  if (!isId(event["event_id"], "$") || !isId(sender, "@") || sender === self) return false;
  return isJson(event["content"]) && isHarmless(event);
}

/** Shallow and small enough to be stored as JSON. */
function isHarmless(event: Json): boolean {
  if (!isShallow(event, MAX_DEPTH)) return false;
  return JSON.stringify(event).length <= MAX_EVENT_CHARS;
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

export function isId(value: unknown, sigil: "$" | "@" | "!"): value is string {
  return typeof value === "string" && value.length > 1 && value.length <= MAX_ID_CHARS && value.startsWith(sigil);
}

/** Our own way into the room: what was said before is not for us, whatever the server shows. A change of our profile is not one. */
export function isOwnJoin(event: Json, self: string): boolean {
  if (event["type"] !== "m.room.member" || event["state_key"] !== self) return false;
  const before = object(object(event["unsigned"])["prev_content"])["membership"];
  return object(event["content"])["membership"] === "join" && before !== "join";
}

/** The events after our own last way in; all of them when they hold none. Oldest first, as given. */
export function sinceOwnJoin(events: readonly Json[], self: string): { events: readonly Json[]; joined: boolean } {
  const at = events.findLastIndex((event) => isOwnJoin(event, self));
  return { events: events.slice(at + 1), joined: at >= 0 };
}

/** /sync's filter: the given rooms, what is said in them, the state that matters, members only as senders appear. */
export function syncFilter(rooms: readonly string[]): Json {
  const none = { not_types: ["*"] };
  return {
    presence: none,
    account_data: none,
    room: {
      rooms,
      account_data: none,
      ephemeral: none,
      state: { types: STATE, lazy_load_members: true },
      timeline: timelineFilter(),
    },
  };
}

/** /messages' filter, the same as the timeline's in /sync: only then do the two meet without a gap. */
export function timelineFilter(): Json {
  return { types: [...SAID, ...STATE], lazy_load_members: true, limit: 100 };
}
