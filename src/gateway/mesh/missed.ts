// What somebody missed who was away: `inbox` gives what people said to this radio alone and it never acknowledged, `messages` what
// was said on its channels; newest first, since it last asked, a packet at a time.
//
// A radio's channels are the first, and those it has spoken on in the last month. Only what was said to a channel is ever given: a direct message,
// also a call for help that some room was shown, is nobody else's.

import { timeOfDay } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { inboxRow } from "#store/inbox.ts";
import { lastRead, placesOfSpeaker, saidSince, setLastRead, unheardBy, type SaidRow } from "#store/knowledge.ts";
import { inquiriesOf } from "#wire/grammar/inquiry.ts";
import { fill } from "#wire/grammar/reply.ts";
import { cleanForMesh } from "#wire/text.ts";
import { arrivalOf } from "#gateway/arrivals.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { calendarTime, clockSure, EVERYONE, matrixPlace, meshPlace, namesOf, type Turn } from "#gateway/turn.ts";
import type { Understood } from "#gateway/understanding.ts";

const DAY: Millis = 24 * 3_600_000;
/** Whoever never asked is given a day; whoever did, what came since, up to a week. */
const FIRST_TIME: Millis = DAY;
const LONGEST: Millis = 7 * DAY;
const MONTH: Millis = 30 * DAY;
/** More than anybody reads at 2.5 seconds a packet. */
const MOST = 50;
const LOOKED_AT = 400;

type Kind = "inbox" | "messages";

export function missedWords(turn: Turn, { utterance, intention }: Understood, kind: Kind): string {
  const node = utterance.from;
  const words = inquiriesOf(intention.language);
  const since = sinceOf(turn, node, kind);
  const lines = linesOf(turn, node, kind, since);
  const other: Kind = kind === "inbox" ? "messages" : "inbox";
  const others = linesOf(turn, node, other, sinceOf(turn, node, other)).length;
  const hint = others === 0 ? "" : fill(words.otherwise[kind], { n: others });
  if (lines.length === 0) return fill(words.nothingMissed, { time: timeWords(turn, since) }) + hint;
  return [fill(words.missed[kind], { n: lines.length }) + (kind === "inbox" ? hint : ""), ...lines].join("\n");
}

/** From now on only what comes later was missed. */
export function noteRead(turn: Turn, { utterance, intention }: Understood): void {
  setLastRead(turn.store, utterance.from, intention.kind, turn.now);
}

function sinceOf(turn: Turn, node: number, kind: Kind): Millis {
  return Math.max(lastRead(turn.store, node, kind) ?? turn.now - FIRST_TIME, turn.now - LONGEST);
}

function linesOf(turn: Turn, node: number, kind: Kind, since: Millis): string[] {
  if (kind === "inbox")
    return unheardBy(turn.store, meshPlace(node, 0), since, MOST).map((row) =>
      line(turn, row.acceptedAt, `${writerOf(row)}: ${row.text}`),
    );
  const channels = channelsOf(turn, node);
  return saidSince(turn.store, since, LOOKED_AT)
    .flatMap((row) => channelLine(turn, row, node, channels))
    .slice(0, MOST);
}

function channelsOf(turn: Turn, node: number): ReadonlySet<number> {
  const places = new Set(placesOfSpeaker(turn.store, meshPlace(node, 0), turn.now - MONTH));
  const spoken = turn.settings.uplinks.flatMap(({ name, matrixRooms }) =>
    matrixRooms.filter(({ id }) => places.has(matrixPlace(name, id))).map(({ meshtasticChannel }) => meshtasticChannel),
  );
  return new Set([0, ...spoken]);
}

function channelLine(turn: Turn, row: SaidRow, node: number, channels: ReadonlySet<number>): string[] {
  if (row.direction === "matrix-to-mesh")
    return channels.has(Number(row.destination.split("/")[1])) ? [line(turn, row.acceptedAt, row.text)] : [];
  const packet = packetOf(turn, row);
  if (!packet || packet.to !== EVERYONE || packet.emoji !== 0 || !channels.has(packet.channel)) return [];
  if (packet.from === node) return [];
  const { short } = namesOf(turn, packet.from);
  return [line(turn, row.acceptedAt, `${cleanForMesh(short) || nodeId(packet.from).slice(-4)}: ${row.text}`)];
}

/** As it came; undefined when its arrival is no longer kept. */
function packetOf(turn: Turn, { inbox }: SaidRow): MeshPacket | undefined {
  const row = inbox === null ? undefined : inboxRow(turn.store, inbox);
  if (!row) return undefined;
  const arrival = arrivalOf(row);
  return arrival.kind === "radio" ? arrival.packet : undefined;
}

function writerOf({ origin }: SaidRow): string {
  return cleanForMesh(/\/@([^:/]+):[^/]*$/.exec(origin)?.[1] ?? "?");
}

function line(turn: Turn, at: Millis, text: string): string {
  return `${timeWords(turn, at)} ${text.replaceAll(/\s*\n\s*/g, " ")}`;
}

function timeWords(turn: Turn, at: Millis): string {
  return clockSure(turn.wall) ? timeOfDay(calendarTime(turn, at), turn.settings.node.timezone) : "?";
}
