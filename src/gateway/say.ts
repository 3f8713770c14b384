// Saying something: each function writes a ledger row and the outbox row that carries it. Nothing leaves here.

import { createHash } from "node:crypto";
import { utf8 } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { policyOf } from "#delivery/policy.ts";
import { rankOf, type MessageClass } from "#domain/message.ts";
import { addLedgerRow, moveLedger, nextLedgerId, type LedgerRow, type NewLedgerRow } from "#store/ledger.ts";
import { addMatrixOutbox, RIGHT_OF_WAY, type NewMatrixOutboxRow } from "#store/matrix-outbox.ts";
import { addMeshOutbox, setMeshStatus, waitingUnder, type NewMeshOutboxRow } from "#store/mesh-outbox.ts";
import { metaValue } from "#store/world.ts";
import { EVERYONE, matrixPlace, meshPlace, operatorsRooms, type Turn } from "./turn.ts";
import { WORDS } from "./words.ts";

export const TEXT_PORT = 1;

export interface MeshWords {
  readonly class: MessageClass;
  readonly direction: "matrix-to-mesh" | "gateway-to-mesh";
  readonly origin: string;
  readonly to: number;
  readonly channel: number;
  readonly text: string;
  readonly replyId?: number;
  readonly emoji?: number;
  /** Waits at least until then. */
  readonly notBefore?: Millis;
  /** What waits under this key for the same destination already is not queued again. */
  readonly onceKey?: string;
  /** Takes the place of what waits under the same key for the same destination. */
  readonly latestKey?: string;
  /** May travel in one packet with others of this key and destination. */
  readonly joinKey?: string;
  readonly portnum?: number;
  /** The bytes, for a port that carries no text. */
  readonly payload?: Uint8Array;
  /** Asks for evidence on the air: an ack from the destination, or a relay overheard for a broadcast. */
  readonly wantAck: boolean;
  readonly eventId?: string;
  readonly inbox?: number;
  readonly answers?: number;
}

/** Queues a text for the mesh; its bytes must fit (the caller has checked). Returns the ledger id: of what waits already, if `onceKey` says so. */
export function sayToMesh(turn: Turn, words: MeshWords): number {
  const same =
    words.onceKey === undefined ? undefined : waitingUnder(turn.store, "once_key", words.onceKey, words.to)[0];
  if (same) return same.ledger;
  if (words.latestKey !== undefined) cancelOlder(turn, words.latestKey, words.to);
  const ledger = addLedgerRow(
    turn.store,
    { ...words, destination: meshPlace(words.to, words.channel) } satisfies NewLedgerRow,
    turn.now,
  );
  addMeshOutbox(
    turn.store,
    {
      ledger,
      rank: rankOf(words.class),
      to: words.to,
      channel: words.to === EVERYONE ? words.channel : 0,
      portnum: words.portnum ?? TEXT_PORT,
      payload: words.payload ?? utf8(words.text),
      replyId: words.replyId ?? 0,
      emoji: words.emoji ?? 0,
      wantAck: words.wantAck,
      ...deliveryOf(turn, words),
    },
    words.notBefore ?? turn.now,
  );
  return ledger;
}

/** The gateway's own words by radio: with an acknowledgement, and on the first channel where they are for all, unless they say otherwise. */
export function tellMesh(
  turn: Turn,
  words: Pick<MeshWords, "class" | "to" | "text"> & Partial<Omit<MeshWords, "direction" | "origin">>,
): number {
  return sayToMesh(turn, { channel: 0, wantAck: true, ...words, direction: "gateway-to-mesh", origin: "gateway" });
}

function deliveryOf(turn: Turn, words: MeshWords): Partial<NewMeshOutboxRow> {
  const { keeps } = policyOf(rankOf(words.class));
  return {
    ...(keeps === undefined ? {} : { expiresAt: Math.max(turn.now, words.notBefore ?? 0) + keeps }),
    ...(words.onceKey === undefined ? {} : { onceKey: words.onceKey }),
    ...(words.latestKey === undefined ? {} : { latestKey: words.latestKey }),
    ...(words.joinKey === undefined ? {} : { joinKey: words.joinKey }),
  };
}

/** What is newer takes the place of what has not left yet. */
function cancelOlder(turn: Turn, key: string, to: number): void {
  for (const row of waitingUnder(turn.store, "latest_key", key, to)) {
    setMeshStatus(turn.store, row.id, "done");
    moveLedger(turn.store, row.ledger, "cancelled", WORDS.superseded, turn.now);
  }
}

export interface RoomWords {
  readonly class: MessageClass;
  readonly direction: "mesh-to-matrix" | "gateway-to-matrix";
  readonly origin: string;
  readonly uplink: string;
  /** As the config spells it. */
  readonly room: string;
  /** What the ledger keeps: the words as they were said. */
  readonly text: string;
  readonly type?: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** What makes this the same message on every try and on both sides of a restored backup. */
  readonly identity: readonly (string | number)[];
  readonly person?: string;
  readonly replyPacket?: number;
  readonly replyEvent?: string;
  readonly packetId?: number;
  readonly inbox?: number;
  readonly answers?: number;
  /** The radio that says it, where radios have users of their own. */
  readonly ghost?: { readonly id: string; readonly name: string };
  /** When it was said, if that may matter. */
  readonly heardAt?: Millis;
  /** The event to take back; `type` is then m.room.redaction. */
  readonly redacts?: string;
}

/** What overtakes the rest of a room, a call for help before everything. */
const RIGHT_OF: Readonly<Partial<Record<MessageClass, NewMatrixOutboxRow["rightOfWay"]>>> = {
  distress: RIGHT_OF_WAY.distress,
  page: RIGHT_OF_WAY.page,
};

/** Queues an event for a room. Returns the ledger id. */
export function sayToRoom(turn: Turn, words: RoomWords): number {
  const ledger = addLedgerRow(
    turn.store,
    { ...words, destination: matrixPlace(words.uplink, words.room) } satisfies NewLedgerRow,
    turn.now,
  );
  addMatrixOutbox(
    turn.store,
    {
      ledger,
      rightOfWay: RIGHT_OF[words.class] ?? RIGHT_OF_WAY.rest,
      uplink: words.uplink,
      room: words.room,
      type: words.type ?? "m.room.message",
      txnId: transactionId([...words.identity, words.uplink, words.room]),
      content: words.content,
      ...(words.person === undefined ? {} : { person: words.person }),
      ...(words.replyPacket === undefined ? {} : { replyPacket: words.replyPacket }),
      ...(words.replyEvent === undefined ? {} : { replyEvent: words.replyEvent }),
      ...(words.ghost === undefined ? {} : { ghost: words.ghost }),
      ...(words.heardAt === undefined ? {} : { heardAt: words.heardAt }),
      ...(words.redacts === undefined ? {} : { redacts: words.redacts }),
    },
    turn.now,
  );
  return ledger;
}

/** A transaction id that only this message can have: safe characters, 27 of them. */
export function transactionId(identity: readonly (string | number)[]): string {
  return `m${createHash("sha256").update(JSON.stringify(identity)).digest("base64url").slice(0, 26)}`;
}

/** Plain words of the gateway's own. `m.mentions` keeps clients from reading mentions out of the body. */
export function notice(body: string): Record<string, unknown> {
  return { msgtype: "m.notice", body, "m.mentions": {} };
}

/** Words of the gateway's own for one room, said once for this inbox row or timer. */
export function tellRoom(
  turn: Turn,
  uplink: string,
  room: string,
  body: string,
  more: {
    class?: MessageClass;
    replyEvent?: string;
    person?: string;
    inbox?: number;
    content?: Readonly<Record<string, unknown>>;
  } = {},
): number {
  return sayToRoom(turn, {
    class: more.class ?? "information",
    direction: "gateway-to-matrix",
    origin: "gateway",
    uplink,
    room,
    text: body,
    content: more.content ?? notice(body),
    identity: ["notice", metaValue(turn.store, "gateway_id") ?? "", nextLedgerId(turn.store)],
    ...(more.replyEvent === undefined ? {} : { replyEvent: more.replyEvent }),
    ...(more.person === undefined ? {} : { person: more.person }),
    ...(more.inbox === undefined ? {} : { inbox: more.inbox }),
  });
}

/** Words for the operators of every uplink that takes them. */
export function tellOperators(turn: Turn, body: string, messageClass: MessageClass = "information"): void {
  const rooms = operatorsRooms(turn, true);
  for (const { uplink, room } of rooms) tellRoom(turn, uplink.name, room, body, { class: messageClass });
}

/** Words for the Matrix user who wrote the message of `row`, as a reply to it. Rows of other origin have no writer there. */
export function tellWriter(turn: Turn, row: LedgerRow, body: string, messageClass: MessageClass = "information"): void {
  const match = /^matrix:([^/]+)\/(.+)\/(@.+)$/.exec(row.origin);
  if (!match) return;
  tellRoom(turn, match[1]!, match[2]!, body, {
    class: messageClass,
    ...(row.eventId === null ? {} : { replyEvent: row.eventId }),
  });
}
