// What a radio said, as an event in a room: inert words with the marks of what is not proven, in the thread of whoever said it where
// the room has threads, with the keys by which other bridges' users know it.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import type { MessageClass } from "#domain/message.ts";
import { rowsOfPacket } from "#store/ledger.ts";
import { touchThread } from "#store/matrix-outbox.ts";
import { defuse, defuseName, formatPrefix } from "#wire/text.ts";
import { bellAllowed } from "./access.ts";
import { MARKED } from "./backlog.ts";
import { EXERCISE } from "#gateway/events.ts";
import { ghostOf } from "./ghosts.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { locationContent } from "#gateway/mesh/map.ts";
import type { Place } from "./places.ts";
import { sayToRoom } from "#gateway/say.ts";
import { speakerOf } from "#gateway/people/speaker.ts";
import { clockSure, namesOf, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

export const TEXT = 1;
export const DETECTION_SENSOR = 10;
export const ALERT = 11;
export const WAYPOINT = 8;

export interface Said {
  readonly packet: MeshPacket;
  readonly inbox: number;
  readonly text: string;
  readonly portnum: number;
  readonly conflict: boolean;
  readonly toUs: boolean;
  /** Said in a drill, and of it. */
  readonly exercise?: boolean;
  /** A point on the map, 1e-7 degrees. */
  readonly at?: { readonly latitudeI: number; readonly longitudeI: number };
}

export function isTapback(packet: MeshPacket): boolean {
  return packet.emoji !== 0 && packet.replyId !== 0;
}

export function toPlace(turn: Turn, said: Said, place: Place, messageClass: MessageClass): number {
  const { packet } = said;
  const person = place.thread ? personOf(packet) : undefined;
  if (person !== undefined) touchThread(turn.store, place.uplink, place.room, person, packet.from);
  return sayToRoom(turn, {
    class: messageClass,
    direction: "mesh-to-matrix",
    origin: `mesh:${nodeId(packet.from)}`,
    uplink: place.uplink,
    room: place.room,
    text: said.text,
    // Whether there is an event to react to is known when its turn has come; without one the words stand for themselves.
    type: isTapback(packet) ? "m.reaction" : "m.room.message",
    content: contentFor(turn, said, place, messageClass),
    identity: ["mesh", packet.from, packet.id, said.text],
    packetId: packet.id,
    inbox: said.inbox,
    heardAt: heardAt(turn, packet),
    ...(place.ghosts ? { ghost: ghostOf(turn, packet.from) } : {}),
    ...(packet.replyId === 0 ? {} : { replyPacket: packet.replyId }),
    ...(person === undefined ? {} : { person }),
  });
}

/** What a direct message does not prove. */
function doubtOf(turn: Turn, packet: MeshPacket): string {
  if (!packet.pkiEncrypted) return WORDS.unverified;
  return speakerOf(turn, packet).trust === "changed" ? WORDS.otherKey : "";
}

/** The event's content: inert words, never markup, no mention but that of the whole room by a bell that may ring there. */
export function contentFor(
  turn: Turn,
  said: Pick<Said, "packet" | "text" | "portnum" | "conflict" | "exercise" | "at">,
  place: Place,
  messageClass: MessageClass,
): Record<string, unknown> {
  const { packet } = said;
  const names = namesOf(turn, packet.from);
  const mesh = turn.settings.node.name;
  const prefix = formatPrefix(place.prefixFormat, {
    long: defuseName(names.long),
    short: defuseName(names.short, 4),
    mesh,
  });
  const marks = [
    messageClass === "distress" ? "🆘 " : "",
    said.exercise ? `${EXERCISE}: ` : "",
    said.conflict ? WORDS.conflict : "",
    place.thread ? doubtOf(turn, packet) : "",
    place.from === undefined ? "" : `${place.from} `,
  ].join("");
  const text = defuse(said.text);
  const loud = said.text.includes(BELL) && (place.operators || bellAllowed(turn, nodeId(packet.from)));
  // Once more as a whole: two harmless halves can make a mention where they meet.
  const body = defuse(`${marks}${prefix}${isTapback(packet) ? tapbackWords(turn, packet, text) : text}`);
  return {
    ...(said.at === undefined ? { msgtype: "m.text", body } : locationContent(said.at, body, "m.pin")),
    "m.mentions": loud ? { room: true } : {},
    ...(marks === "" ? {} : { [MARKED]: marks }),
    ...meshKeys(packet, said.portnum, text, names, mesh),
  };
}

const BELL = "\u0007";

function tapbackWords(turn: Turn, packet: MeshPacket, emoji: string): string {
  const about = rowsOfPacket(turn.store, packet.replyId)[0]?.text;
  return about === undefined ? WORDS.tapback(emoji) : WORDS.tapbackTo(emoji, defuse(about));
}

/** When our radio heard it, if its clock can be believed; it may have kept it for us while we were away. */
function heardAt(turn: Turn, packet: MeshPacket): Millis {
  const at = packet.rxTime * 1000;
  const age = turn.wall - at;
  return clockSure(at) && age >= 0 && age < LONGEST_KEPT ? turn.now - age : turn.now;
}

const LONGEST_KEPT: Millis = 30 * 24 * 3_600_000;

/** The keys by which mmrelay's users and programs know a relayed message (field.md §3b). */
function meshKeys(
  packet: MeshPacket,
  portnum: number,
  text: string,
  names: { long: string; short: string },
  mesh: string,
): Record<string, unknown> {
  return {
    meshtastic_id: packet.id,
    meshtastic_longname: defuseName(names.long),
    meshtastic_shortname: defuseName(names.short, 4),
    meshtastic_meshnet: mesh,
    meshtastic_portnum: PORT_NAMES.get(portnum) ?? String(portnum),
    meshtastic_text: text,
    ...(packet.replyId === 0 ? {} : { meshtastic_replyId: packet.replyId }),
    ...(packet.emoji === 0 ? {} : { meshtastic_emoji: 1 }),
  };
}

const PORT_NAMES: ReadonlyMap<number, string> = new Map([
  [TEXT, "TEXT_MESSAGE_APP"],
  [DETECTION_SENSOR, "DETECTION_SENSOR_APP"],
  [ALERT, "ALERT_APP"],
  [WAYPOINT, "WAYPOINT_APP"],
]);

/** One thread a resident: by key where the radio vouches for it (node numbers change in 2.8), else by number. */
function personOf(packet: MeshPacket): string {
  return packet.pkiEncrypted && packet.publicKey
    ? `key:${Buffer.from(packet.publicKey).toString("hex")}`
    : nodeId(packet.from);
}
