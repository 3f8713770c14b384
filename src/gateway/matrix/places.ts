// Where messages from the mesh are shown, and the ways into rooms: two uplinks may reach the same room, and then it gets
// one copy, by whichever way is open.

import { moveLedger } from "#store/ledger.ts";
import { dropMatrix, moveUntried, twinsOf } from "#store/matrix-outbox.ts";
import { linkRow, roomRow } from "#store/world.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import type { Marked, UplinkSettings } from "#gateway/settings.ts";
import { bridgedRooms, EVERYONE, operatorsRooms, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

export const uplinkLink = (uplink: string): string => `uplink:${uplink}`;

/** Every room of an uplink that messages may be for, once. */
export function roomsOf(uplink: UplinkSettings): string[] {
  const rooms = uplink.matrixRooms.map((room) => room.id);
  if (uplink.operatorsRoom !== undefined) rooms.push(uplink.operatorsRoom);
  if (uplink.boardsRoom !== undefined) rooms.push(uplink.boardsRoom);
  return [...new Set(rooms)];
}

interface RoomPlace {
  readonly uplink: string;
  /** As the config spells it. */
  readonly room: string;
}

/** The operators' rooms, each once: two uplinks may reach the same room, and the first of the config then speaks there. */
export function operatorsPlaces(turn: Turn, distress: boolean): RoomPlace[] {
  return eachOnce(
    turn,
    operatorsRooms(turn, distress).map(({ uplink, room }) => ({ uplink: uplink.name, room })),
  );
}

/** The rooms of boards for everybody, each once. */
export function boardsPlaces(turn: Turn): RoomPlace[] {
  return eachOnce(
    turn,
    turn.settings.uplinks.flatMap(({ name, boardsRoom: room }) => (room === undefined ? [] : { uplink: name, room })),
  );
}

function eachOnce(turn: Turn, places: readonly RoomPlace[]): RoomPlace[] {
  const seen = new Set<string>();
  return places.filter(({ uplink, room }) => {
    const id = roomRow(turn.store, uplink, room)?.room ?? `${uplink} ${room}`;
    return !seen.has(id) && seen.add(id);
  });
}

/** What of a household may be shown there (contract.md, `may_show`). */
export function mayShow(turn: Turn, place: RoomPlace): ReadonlySet<Marked> {
  const uplink = turn.settings.uplinks.find(({ name }) => name === place.uplink);
  if (!uplink) return new Set();
  if (uplink.operatorsRoom === place.room) return new Set(uplink.operatorsMayShow);
  if (uplink.boardsRoom === place.room) return new Set(uplink.boardsMayShow);
  return new Set(uplink.matrixRooms.find(({ id }) => id === place.room)?.mayShow);
}

export interface Place {
  readonly uplink: string;
  readonly room: string;
  readonly prefixFormat: string;
  /** Ghosts speak here: the radio's name is the sender's. */
  readonly ghosts: boolean;
  readonly thread: boolean;
  readonly operators: boolean;
  /** Operators hear a call for help from a channel as well; it is then said where it came from. */
  readonly from?: string;
}

const BOT_PREFIX = "[{long}/{mesh}]: ";

/** The rooms that are to show a packet's words. */
export function placesFor(turn: Turn, packet: MeshPacket, distress: boolean): Place[] {
  const direct = packet.to !== EVERYONE;
  const places: Place[] = [];
  if (!direct) {
    for (const { uplink, room, prefixFormat } of bridgedRooms(turn, packet.channel)) {
      places.push({
        uplink: uplink.name,
        room,
        prefixFormat,
        ghosts: hasGhosts(uplink),
        thread: false,
        operators: false,
      });
    }
  }
  if (direct || distress) {
    for (const { uplink, room } of operatorsRooms(turn, distress)) {
      if (places.some((place) => place.uplink === uplink.name && place.room === room)) continue;
      const from = direct ? undefined : WORDS.onChannel(packet.channel);
      places.push(operatorsPlace(uplink, room, direct, from));
    }
  }
  // Distress reaches people even where nobody appointed operators: any room is better than none.
  if (places.length === 0 && distress) {
    for (const uplink of turn.settings.uplinks) {
      const room = uplink.matrixRooms[0];
      if (room) places.push(operatorsPlace(uplink, room.id, false, WORDS.directly));
    }
  }
  return onePlaceEach(turn, places);
}

function operatorsPlace(uplink: UplinkSettings, room: string, thread: boolean, from: string | undefined): Place {
  const ghosts = hasGhosts(uplink);
  const prefixFormat = ghosts ? "" : BOT_PREFIX;
  return {
    uplink: uplink.name,
    room,
    prefixFormat,
    ghosts,
    thread,
    operators: true,
    ...(from === undefined ? {} : { from }),
  };
}

const hasGhosts = (uplink: UplinkSettings): boolean => uplink.mode === "appservice";

/** Of several ways into one room, the first that is open; without an open one, the first. */
function onePlaceEach(turn: Turn, places: readonly Place[]): Place[] {
  const byRoom = new Map<string, Place>();
  for (const place of places) {
    const room = roomRow(turn.store, place.uplink, place.room)?.room ?? `${place.uplink} ${place.room}`;
    const known = byRoom.get(room);
    if (!known || (!isReady(turn, known.uplink) && isReady(turn, place.uplink))) byRoom.set(room, place);
  }
  return [...byRoom.values()];
}

function isReady(turn: Turn, uplink: string): boolean {
  return linkRow(turn.store, uplinkLink(uplink))?.state === "ready";
}

/** The other ways into the same room. */
function otherWays(turn: Turn, uplink: string, room: string): { uplink: UplinkSettings; room: string }[] {
  const id = roomRow(turn.store, uplink, room)?.room;
  if (id === undefined || id === null) return [];
  return turn.settings.uplinks.flatMap((other) =>
    other.name === uplink
      ? []
      : roomsOf(other)
          .filter((each) => roomRow(turn.store, other.name, each)?.room === id)
          .map((each) => ({ uplink: other, room: each })),
  );
}

/** What waits for a homeserver that is away goes by another one into the same room, unless it was tried already. */
export function useOtherWay(turn: Turn, uplink: string, room: string): void {
  const other = otherWays(turn, uplink, room).find((way) => isReady(turn, way.uplink.name));
  if (other) moveUntried(turn.store, { uplink, room }, { uplink: other.uplink.name, room: other.room });
}

/** Two rooms of the config have turned out to be one: what waits for both is said once. */
export function forgetTwins(turn: Turn, uplink: string, room: string): void {
  for (const other of otherWays(turn, uplink, room)) {
    for (const row of twinsOf(turn.store, { uplink, room }, { uplink: other.uplink.name, room: other.room })) {
      if (row.ledger !== null)
        moveLedger(turn.store, row.ledger, "cancelled", WORDS.sameRoom(other.uplink.name), turn.now);
      dropMatrix(turn.store, row.id);
    }
  }
}
