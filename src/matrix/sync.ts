// Reading what is said: /sync, the events that a limited timeline left out, and one commit of both with the position.
//
// The position moves only when `Door.accept` has made everything before it durable; any fault on the way, also in the
// middle of a gap, leaves it where it was and the same news come again. The first position is taken before any room is
// entered, and what was said before we entered is left alone, so a start floods nobody with history.

import type { Log } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Arrival, Door, MatrixArrival } from "#gateway/inputs.ts";
import { isOwnJoin, isSaid, readPage, readSync, sinceOwnJoin, syncFilter, timelineFilter } from "./events.ts";
import type { RoomNews } from "./events.ts";
import { mayRing, maySend } from "./facts.ts";
import type { Asked, Homeserver } from "./homeserver.ts";
import type { Json } from "./json.ts";
import type { Rooms } from "./rooms.ts";

/** 100 events each: more than this is not caught up with but skipped, and the log says so. */
const MAX_GAP_PAGES = 200;

export interface SyncContext {
  readonly uplink: string;
  readonly self: string;
  readonly homeserver: Pick<Homeserver, "sync" | "messages">;
  readonly door: Pick<Door, "accept" | "position">;
  readonly log: Log;
}

/** The name under which an uplink's position is kept. */
function positionName(uplink: string): string {
  return `sync:${uplink}`;
}

/** Makes sure that there is a position to read from. */
export async function takePosition(context: SyncContext): Promise<Asked<void>> {
  if (context.door.position(positionName(context.uplink))) return parsed(undefined);
  return startFromNow(context, []);
}

/**
 * Forgets the position and starts from now, for a homeserver that does not know it (it was rebuilt). With the rooms in the
 * filter it fails like the request before when it was not the position that was wrong.
 */
export async function startFromNow(context: SyncContext, rooms: readonly string[]): Promise<Asked<void>> {
  const answer = await context.homeserver.sync(undefined, syncFilter(rooms), false);
  if (!answer.ok) return answer;
  const news = readSync(answer.value);
  return news.ok ? commit(context, [], news.value.nextBatch) : fault(news.refusal);
}

/** Reads once, from the kept position; `wait` for news if there are none. */
export async function readNews(
  context: SyncContext,
  rooms: Rooms,
  wait: boolean,
  signal: AbortSignal,
): Promise<Asked<void>> {
  const since = context.door.position(positionName(context.uplink));
  const answer = await context.homeserver.sync(since, syncFilter(rooms.ids()), wait, signal);
  if (!answer.ok) return answer;
  const news = readSync(answer.value);
  if (!news.ok) return fault(news.refusal);
  if (news.value.nextBatch === since && news.value.rooms.length === 0) return parsed(undefined);
  const arrivals: Arrival[] = [];
  const ours = new Set(rooms.ids());
  for (const room of news.value.rooms) {
    if (!ours.has(room.room)) continue;
    const said = await hear(context, rooms, room, since);
    if (!said.ok) return said;
    arrivals.push(...said.value);
  }
  rooms.onInvites(news.value.invites);
  return commit(context, arrivals, news.value.nextBatch);
}

function commit(context: SyncContext, arrivals: readonly Arrival[], position: string): Asked<void> {
  const kept = context.door.accept(arrivals, { name: positionName(context.uplink), value: position });
  return kept ? parsed(undefined) : fault("the gateway could not store the news");
}

async function hear(
  context: SyncContext,
  rooms: Rooms,
  news: RoomNews,
  since: string | undefined,
): Promise<Asked<MatrixArrival[]>> {
  const { uplink, self } = context;
  const gap = await missed(context, news, since);
  if (!gap.ok) return gap;
  for (const event of news.state) rooms.onState(news.room, event);
  const arrivals: MatrixArrival[] = [];
  const listen = (event: Json) => {
    if (!isSaid(event, self)) return;
    arrivals.push(arrivalOf(uplink, rooms, news.room, event));
  };
  // The state changes inside the gap are already in `state`; the timeline's own are applied as they pass.
  for (const event of gap.value) listen(event);
  const heard = new Set(sinceOwnJoin(news.events, self).events);
  for (const event of news.events) {
    if (event["state_key"] !== undefined) rooms.onState(news.room, event);
    if (heard.has(event)) listen(event);
  }
  if (news.membership === "leave") rooms.onOut(news.room);
  return parsed(await named(rooms, news.room, arrivals));
}

/** What somebody said, with their rights as the room's state gives them now. */
export function arrivalOf(
  uplink: string,
  rooms: Rooms,
  room: string,
  event: Json & { readonly sender: string },
): MatrixArrival {
  const facts = rooms.facts(room);
  const { sender } = event;
  const rights = facts
    ? { senderMaySpeak: maySend(facts, sender, "m.room.message"), senderMayRing: mayRing(facts, sender) }
    : {};
  return { kind: "matrix", uplink, room, event, ...rights };
}

/** The same with the senders' display names. */
export async function named(rooms: Rooms, room: string, arrivals: readonly MatrixArrival[]): Promise<MatrixArrival[]> {
  const senders = [...new Set(arrivals.map((arrival) => arrival.event["sender"] as string))];
  const names = new Map(await Promise.all(senders.map(async (user) => [user, await rooms.name(room, user)] as const)));
  return arrivals.map((arrival) => {
    const senderName = names.get(arrival.event["sender"] as string);
    return senderName === undefined ? arrival : { ...arrival, senderName };
  });
}

/** The events between the last position and a limited timeline, oldest first. */
async function missed(
  context: SyncContext,
  news: RoomNews,
  since: string | undefined,
): Promise<Asked<readonly Json[]>> {
  const { homeserver, self, log } = context;
  if (!news.limited || news.prevBatch === undefined || since === undefined) return parsed([]);
  if (sinceOwnJoin(news.events, self).joined) return parsed([]);
  const found: Json[] = [];
  let from = news.prevBatch;
  for (let pages = 0; pages < MAX_GAP_PAGES; pages++) {
    const answer = await homeserver.messages(news.room, from, since, timelineFilter());
    if (!answer.ok && (answer.refusal.is === "forbidden" || answer.refusal.is === "refused")) {
      log.warn("the events missed in a room may not be read", { room: news.room, reason: answer.refusal.reason });
      return parsed(found.toReversed());
    }
    if (!answer.ok) return answer;
    const page = readPage(answer.value);
    for (const event of page.events) {
      if (isOwnJoin(event, self)) return parsed(found.toReversed());
      found.push(event);
    }
    if (page.end === undefined || page.end === from) return parsed(found.toReversed());
    from = page.end;
  }
  log.error("too much was missed in a room; what is older is skipped", { room: news.room, events: found.length });
  return parsed(found.toReversed());
}

function fault(reason: string): Asked<never> {
  return refused({ is: "transient", reason });
}
