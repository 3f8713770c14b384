// Points that residents mark. One is said by somebody to somebody, so it goes into rooms like words, with its place. What is marked
// "SOS", or with such an icon, is a call for help like the same words typed, and nothing makes it be passed over: not a time that is
// up (clocks lie), not that it has no place. Other points are ignored when their time is up. To take one away, radios send it again
// with an end in the past: that is understood of a point that is known, and closes no call.
//
// A point that was sent to the gateway alone is also where the sender is: it answers a roll call as a position does, and stands
// beside what was last said of the household. It is on no map that others may ask for.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { dropWaypoint, FOR_US_ALONE, setWaypoint, waypointRow } from "#store/social.ts";
import { openCallOfNode } from "#store/welfare.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { barredWords } from "./matrix/access-commands.ts";
import { showCallOf } from "./welfare/calls.ts";
import type { MeshPacket, Waypoint } from "./inputs.ts";
import { foundAt, placeGone, placeSent } from "./welfare/place-answer.ts";
import { placesFor } from "./matrix/places.ts";
import { receiptFor } from "./mesh/receipts.ts";
import { tellOperators } from "./say.ts";
import { TEXT, toPlace, WAYPOINT, type Said } from "./matrix/shown.ts";
import { handled } from "./matrix/to-mesh.ts";
import { EVERYONE, namesOf, type Turn, type Handled } from "./turn.ts";
import { understand } from "./understanding.ts";
import { noRoomRow } from "./unplaced.ts";
import { act } from "./acts.ts";
import { WORDS } from "./words.ts";

/** A point as it was heard: new, moved, or taken away. */
export function waypointHeard(turn: Turn, packet: MeshPacket, waypoint: Waypoint, inbox: number): Handled {
  if (isOver(turn, waypoint) && waypointRow(turn.store, waypoint.id)) return takenAway(turn, packet, waypoint);
  const heard = understand(turn, { ...packet, text: said(waypoint), portnum: TEXT, replyId: 0, emoji: 0 });
  if (heard.intention.distress !== "none") {
    const ledger = relay(turn, packet, waypoint, inbox, true);
    act(turn, heard, { ledger, inbox });
    foundAt(turn, packet, waypoint);
    return handled("a point that calls for help");
  }
  if (isOver(turn, waypoint)) return handled("a point whose time is up");
  if (!hasPlace(waypoint)) return handled("a point without a place");
  const direct = packet.to !== EVERYONE;
  if (packet.viaMqtt && !direct) return handled("came by MQTT: another bridge's point");
  const kept = barredWords(turn, packet, said(waypoint), inbox);
  if (kept) return kept;
  const ledger = relay(turn, packet, waypoint, inbox, false);
  showCallOf(turn, packet.from);
  if (direct && !placeSent(turn, packet, waypoint, inbox))
    receiptFor(turn, { packet, ledger, distress: false, read: placesFor(turn, packet, false).length > 0, inbox });
  return handled("a point on the map");
}

/** Keeps the point and shows it where its sender's words are shown; the first ledger row of that. */
function relay(turn: Turn, packet: MeshPacket, waypoint: Waypoint, inbox: number, distress: boolean): number {
  const name = defuseName(waypoint.name) || "point";
  const description = defuse(waypoint.description);
  const direct = packet.to !== EVERYONE;
  if (hasPlace(waypoint) && !isKept(turn, packet, waypoint)) {
    const { latitudeI, longitudeI } = waypoint;
    const channel = direct ? FOR_US_ALONE : packet.channel;
    const expire = waypoint.expire ?? 0;
    const row = { id: waypoint.id, node: packet.from, channel, name, description, latitudeI, longitudeI, expire };
    setWaypoint(turn.store, { ...row, at: turn.now });
  }
  const text = `${iconOf(waypoint) || "📍"} ${name}${description === "" ? "" : `: ${description}`}`;
  const shown: Said = {
    packet,
    inbox,
    text: distress && isOver(turn, waypoint) ? `${text} ${WORDS.pointOver}` : text,
    portnum: WAYPOINT,
    conflict: false,
    toUs: direct,
    ...(hasPlace(waypoint) ? { at: waypoint } : {}),
  };
  const ids = placesFor(turn, packet, distress).map((place) =>
    toPlace(turn, shown, place, distress ? "distress" : "chat"),
  );
  return ids[0] ?? noRoomRow(turn, packet, shown.text, distress ? "distress" : "chat", inbox, direct);
}

function takenAway(turn: Turn, packet: MeshPacket, { id }: Waypoint): Handled {
  const known = waypointRow(turn.store, id)!;
  const call = openCallOfNode(turn.store, known.node);
  if (!isKept(turn, packet, known)) dropWaypoint(turn.store, id);
  if (known.node === packet.from) placeGone(turn, packet, known);
  showCallOf(turn, known.node);
  if (call)
    tellOperators(turn, WORDS.pointGone(defuseName(namesOf(turn, packet.from).long), nodeId(packet.from), known.name));
  return handled("a point taken off the map");
}

/** Anybody may change anybody's point; that of an open call for help only who marked it. */
function isKept(turn: Turn, { from }: MeshPacket, { id }: Pick<Waypoint, "id">): boolean {
  const known = waypointRow(turn.store, id);
  return known !== undefined && known.node !== from && openCallOfNode(turn.store, known.node) !== undefined;
}

const SECOND: Millis = 1000;

/** By the calendar; the end that radios give a point to take it away is long past. */
function isOver({ wall }: Turn, { expire = 0 }: Waypoint): boolean {
  return expire !== 0 && expire * SECOND < wall;
}

type Placed = Waypoint & Required<Pick<Waypoint, "latitudeI" | "longitudeI">>;

function hasPlace(waypoint: Waypoint): waypoint is Placed {
  const { latitudeI, longitudeI } = waypoint;
  return latitudeI !== undefined && longitudeI !== undefined && (latitudeI !== 0 || longitudeI !== 0);
}

/** Everything of it that somebody wrote or chose. */
function said(waypoint: Waypoint): string {
  return [iconOf(waypoint), waypoint.name, waypoint.description].filter((part) => part !== "").join(" ");
}

/** Waypoint.icon is a code point (mesh.proto); what is no emoji is none. */
function iconOf({ icon = 0 }: Waypoint): string {
  const text = icon > 0 && icon <= 0x10_ffff ? String.fromCodePoint(icon) : "";
  return /^\p{Extended_Pictographic}$/u.test(text) ? text : "";
}
