// One turn of the gateway: everything that a step may use, and the names of the places that messages come from and go to.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import type { Random } from "#base/random.ts";
import type { Store } from "#store/store.ts";
import { linkRow, nodeRow } from "#store/world.ts";
import type { RadioInfo } from "./inputs.ts";
import type { Settings, UplinkSettings } from "./settings.ts";

export interface Turn {
  readonly store: Store;
  readonly settings: Settings;
  /** Steady: never jumps. All rows and deadlines are of this time. */
  readonly now: Millis;
  /** What the calendar says now: for people's eyes, and for comparing with what other machines say. */
  readonly wall: Millis;
  readonly random: Random;
}

/** Our clock is believed from the month this was written on; a box without one starts in 1970 or at its image's date. */
const CLOCK_FLOOR: Millis = 1_793_491_200_000; // 2026-11-01T00:00:00Z

export function clockSure(wall: Millis): boolean {
  return wall >= CLOCK_FLOOR;
}

/** What the calendar said, as far as we know today, at a moment of our own time. */
export function calendarTime(turn: Pick<Turn, "now" | "wall">, at: Millis): Millis {
  return at + (turn.wall - turn.now);
}

export const RADIO = "radio";

/** What the radio last said of itself; its nodes are in the store's nodes. */
export type RadioFacts = Omit<RadioInfo, "nodes" | "publicKey">;

export function radioFacts(turn: Pick<Turn, "store">): RadioFacts | undefined {
  const detail = linkRow(turn.store, RADIO)?.detail;
  if (detail === undefined || detail === "{}") return undefined;
  return JSON.parse(detail) as RadioFacts;
}

export const EVERYONE = 0xffff_ffff;

export function meshPlace(to: number, channel: number): string {
  return to === EVERYONE ? `mesh:^all/${channel}` : `mesh:${nodeId(to)}`;
}

export function matrixPlace(uplink: string, room: string): string {
  return `matrix:${uplink}/${room}`;
}

export function personPlace(uplink: string, room: string, user: string): string {
  return `${matrixPlace(uplink, room)}/${user}`;
}

/** The operators' rooms of those uplinks that take this. Distress goes to all that there are. */
export function operatorsRooms(turn: Turn, distress: boolean): { uplink: UplinkSettings; room: string }[] {
  return turn.settings.uplinks.flatMap((uplink) =>
    uplink.operatorsRoom !== undefined && (distress || uplink.directMessages)
      ? [{ uplink, room: uplink.operatorsRoom }]
      : [],
  );
}

export function bridgedRooms(
  turn: Turn,
  channel: number,
): { uplink: UplinkSettings; room: string; prefixFormat: string }[] {
  return turn.settings.uplinks.flatMap((uplink) =>
    uplink.matrixRooms
      .filter((room) => room.meshtasticChannel === channel)
      .map((room) => ({ uplink, room: room.id, prefixFormat: room.prefixFormat })),
  );
}

/** Names as the mesh gave them, or the node's id; not defused. */
export function namesOf(turn: Turn, num: number): { long: string; short: string } {
  const node = nodeRow(turn.store, num);
  const id = nodeId(num);
  return { long: node?.longName || id, short: node?.shortName || id.slice(-4) };
}

/** What became of an inbox row: its end and, for people who ask, why. */
export interface Handled {
  readonly end: "handled" | "duplicate";
  readonly reason: string;
}
