// Places: where radios are, and the points that people mark. Positions are never pushed into a room; they are shown when
// somebody asks. Waypoints are said by somebody to somebody, so they go both ways like words.

import { nodeId } from "#base/ids.ts";
import { FOR_US_ALONE, listWaypoints, setWaypoint } from "#store/social.ts";
import { listNodes, type NodeRow } from "#store/world.ts";
import { encodeWaypoint } from "#wire/waypoint.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { placeOf } from "#gateway/matrix/words.ts";
import { sayToMesh } from "#gateway/say.ts";
import { ago } from "#gateway/spans.ts";
import { personPlace, type Turn, type Handled } from "#gateway/turn.ts";
import { handled, refuse, type Target } from "#gateway/matrix/to-mesh.ts";
import { openMark } from "#gateway/matrix/marks.ts";
import { WORDS } from "#gateway/words.ts";
import type { Written } from "#gateway/matrix/written.ts";

const WAYPOINT_PORT = 8;
const NUMBERS = 10_000_000;

/** "47.12345,8.54321", with the five decimals that a radio's position is good for. */
export function coordinates(latitudeI: number, longitudeI: number): string {
  return `${(latitudeI / NUMBERS).toFixed(5)},${(longitudeI / NUMBERS).toFixed(5)}`;
}

/** An m.location message (spec, "m.location"; MSC3488 for clients that draw a pin). */
export function locationContent(
  at: { latitudeI: number; longitudeI: number },
  words: string,
  asset: "m.self" | "m.pin",
) {
  const uri = `geo:${coordinates(at.latitudeI, at.longitudeI)}`;
  return {
    msgtype: "m.location",
    body: `${words} ${uri}`,
    geo_uri: uri,
    "m.mentions": {},
    "org.matrix.msc3488.location": { uri, description: words },
    "org.matrix.msc3488.asset": { type: asset },
  };
}

// ───────────────────────────── asked for ─────────────────────────────

/** Radios whose name or number fits what somebody typed; an exact fit alone, if there is one. */
export function nodesNamed(turn: Turn, asked: string): NodeRow[] {
  const wanted = asked.trim().toLowerCase();
  const names = (node: NodeRow): string[] =>
    [node.longName, node.shortName, nodeId(node.num), nodeId(node.num).slice(1)].flatMap((name) =>
      name ? [name.toLowerCase()] : [],
    );
  const all = listNodes(turn.store);
  const exact = all.filter((node) => names(node).includes(wanted));
  return exact.length > 0 ? exact : all.filter((node) => names(node).some((name) => name.includes(wanted)));
}

const MOST_LINES = 40;

/** Every radio and point with a place, as lines; `alone`: those that were sent to the gateway alone as well. */
export function mapWords(turn: Turn, alone: boolean): string {
  const radios = listNodes(turn.store).flatMap((node) =>
    node.latitudeI === null || node.longitudeI === null
      ? []
      : [`${nameOf(node)}: geo:${coordinates(node.latitudeI, node.longitudeI)}${ageOf(turn, node.positionAt)}`],
  );
  const points = listWaypoints(turn.store, turn.wall)
    .filter(({ channel }) => alone || channel !== FOR_US_ALONE)
    .map((point) => `📍 ${defuse(point.name)}: geo:${coordinates(point.latitudeI, point.longitudeI)}`);
  const lines = [...points, ...radios];
  if (lines.length === 0) return WORDS.noPositions;
  const more = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more`] : [];
  return [...lines.slice(0, MOST_LINES), ...more].join("\n");
}

/** One radio's last place as a location; words when there is none. */
export function placeOfNode(turn: Turn, asked: string): { body: string; content?: Readonly<Record<string, unknown>> } {
  const [node, ...others] = nodesNamed(turn, asked);
  if (!node) return { body: WORDS.noSuchRadio };
  if (others.length > 0) return { body: WORDS.severalRadios([node, ...others].slice(0, 5).map(nameOf)) };
  const { latitudeI, longitudeI } = node;
  if (latitudeI === null || longitudeI === null) return { body: WORDS.noPosition(nameOf(node)) };
  const words = `${nameOf(node)}${ageOf(turn, node.positionAt)}`;
  return { body: words, content: locationContent({ latitudeI, longitudeI }, words, "m.self") };
}

function nameOf(node: NodeRow): string {
  return defuseName(node.longName ?? "") || nodeId(node.num);
}

function ageOf(turn: Turn, at: number | null): string {
  return at === null ? "" : ` (${ago(turn.now - at)} ago)`;
}

// ───────────────────────────── pins ─────────────────────────────

/** A pin dropped in a room becomes a waypoint on the handhelds' maps. */
export function dropPin(turn: Turn, said: Written, target: Target): Handled {
  const place = placeOf(said.content);
  if (!place) return refuse(turn, said, WORDS.empty);
  const name = place.description || "Matrix";
  const id = (turn.random.u32() >>> 1) | 1;
  const row = { latitudeI: Math.round(place.latitude * NUMBERS), longitudeI: Math.round(place.longitude * NUMBERS) };
  setWaypoint(turn.store, {
    ...row,
    id,
    node: 0,
    channel: target.channel,
    name,
    description: "",
    expire: 0,
    at: turn.now,
  });
  sayToMesh(turn, {
    class: "chat",
    direction: "matrix-to-mesh",
    origin: personPlace(said.uplink.name, said.room, said.sender),
    to: target.to,
    channel: target.channel,
    text: `📍 ${name} ${coordinates(row.latitudeI, row.longitudeI)}`,
    portnum: WAYPOINT_PORT,
    payload: encodeWaypoint({ ...row, id, expire: 0, name, description: "" }),
    wantAck: true,
    eventId: said.eventId,
    inbox: said.inbox,
  });
  openMark(turn, said);
  return handled("a point for the map");
}
