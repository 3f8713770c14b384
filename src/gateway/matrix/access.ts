// Who may write to the mesh, and how much. A share of the hour's airtime for each Matrix user: what goes beyond it waits
// until there is room, its writer told; calls for help and answers to residents never wait for this.

import type { Millis } from "#base/clock.ts";
import { addAirtime, airtimeOf } from "#store/social.ts";
import { tellSeldom } from "#store/world.ts";
import { microsOf } from "#gateway/air.ts";
import { tellRoom } from "#gateway/say.ts";
import { moment } from "#gateway/spans.ts";
import type { Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";
import { inOperatorsRoom, type Written } from "./written.ts";

const HOUR: Millis = 3_600_000;

/** Globs of the config; where there are none, whoever may speak in the room. */
export function mayWrite(turn: Turn, said: Pick<Written, "sender" | "arrival">): boolean {
  const globs = turn.settings.access.matrixUsers;
  if (globs.length === 0) return said.arrival.senderMaySpeak !== false;
  return globs.some((glob) => globMatches(glob, said.sender));
}

/** `*` for any run of characters, `?` for one. */
export function globMatches(glob: string, text: string): boolean {
  const pattern = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`, "su").test(text);
}

/** ms of the hour's airtime that one Matrix user has. */
export function shareOf(turn: Turn): Millis {
  return turn.settings.access.airtimeSharePerUser * (turn.settings.airtime.budgetPercent / 100) * HOUR;
}

/** Books a text on its writer's share; returns from when it may be handed to the radio. `free`: booked, never held. */
export function bookAirtime(turn: Turn, said: Written, bytes: number, free: boolean): Millis {
  // Rate limits are off: an emulated radio, where airtime costs nobody anything.
  if (turn.settings.meshtastic.messageDelay === 0) return turn.now;
  const ms = microsOf(turn, { payloadBytes: bytes }) / 1000;
  const at = free ? turn.now : roomAt(turn, said.sender, ms);
  addAirtime(turn.store, said.sender, ms, at);
  if (at > turn.now && tellSeldom(turn.store, { what: "share", about: said.sender, within: HOUR }, turn.now)) {
    const words = WORDS.shareUsed(moment(turn, at));
    tellRoom(turn, said.uplink.name, said.room, words, { replyEvent: said.eventId, inbox: said.inbox });
    return at;
  }
  return at;
}

/** The first moment from which `ms` more fit into the user's share of any hour; never before what was booked already. */
function roomAt(turn: Turn, user: string, ms: Millis): Millis {
  const share = shareOf(turn);
  const booked = airtimeOf(turn.store, user, turn.now - HOUR);
  let used = booked.reduce((sum, each) => sum + each.ms, 0);
  let at = Math.max(turn.now, booked.at(-1)?.at ?? 0);
  // A single text is never impossible, however small the share.
  for (const each of booked) {
    if (used + ms <= share) break;
    used -= each.ms;
    at = Math.max(at, each.at + HOUR);
  }
  return at;
}

/** Whether this user's @room is worth a bell on every handheld: they may notify the whole room there. */
export function mayRing(said: Written): boolean {
  return inOperatorsRoom(said) || said.arrival.senderMayRing === true;
}

/** Whether a bell from this radio calls a whole room (access.bell_nodes). */
export function bellAllowed(turn: Turn, nodeId: string): boolean {
  return turn.settings.access.bellNodes.some((glob) => globMatches(glob, nodeId));
}
