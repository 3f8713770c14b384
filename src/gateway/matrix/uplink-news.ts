// Homeservers that go and come back, told once each: that one is away to the operators who can be reached otherwise, that
// it is back to all; and before a long backlog, one summary of what the room missed.

import type { Millis } from "#base/clock.ts";
import { addMatrixOutbox, backlogOf, RIGHT_OF_WAY } from "#store/matrix-outbox.ts";
import { addLedgerRow, nextLedgerId } from "#store/ledger.ts";
import { clearTimer, linkRow, metaValue, setMeta, setTimer, tellOnce, untell } from "#store/world.ts";
import type { UplinkState } from "#gateway/inputs.ts";
import { roomsOf, uplinkLink } from "./places.ts";
import { notice, tellOperators, tellRoom, transactionId } from "#gateway/say.ts";
import { ago, moment } from "#gateway/spans.ts";
import { matrixPlace, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

/** A homeserver that is away for less than this is no news. */
const PATIENCE: Millis = 60_000;
/** A backlog of fewer messages needs no introduction. */
const LONG_BACKLOG = 20;

/** Called when an uplink's state is reported, before the new state is kept. */
export function uplinkMoved(turn: Turn, name: string, state: UplinkState): void {
  const before = linkRow(turn.store, uplinkLink(name));
  const index = turn.settings.uplinks.findIndex((uplink) => uplink.name === name);
  if (index === -1 || before?.state === state) return;
  if (state !== "ready") {
    if (before?.state !== "ready") return;
    setMeta(turn.store, `left ${name}`, String(turn.now));
    setTimer(turn.store, "uplink-away", index, turn.now + PATIENCE);
    return;
  }
  clearTimer(turn.store, "uplink-away", index);
  const away = turn.now - Number(metaValue(turn.store, `left ${name}`) ?? turn.now);
  if (untell(turn.store, `uplink ${name}`)) tellOperators(turn, WORDS.uplinkBack(name, ago(away)));
  for (const room of roomsOf(turn.settings.uplinks[index]!)) introduceBacklog(turn, name, room);
}

export function uplinkStillAway(turn: Turn, index: number): void {
  const uplink = turn.settings.uplinks[index];
  const link = uplink && linkRow(turn.store, uplinkLink(uplink.name));
  if (!uplink || !link || link.state === "ready" || !tellOnce(turn.store, `uplink ${uplink.name}`, turn.now)) return;
  for (const other of turn.settings.uplinks) {
    if (other !== uplink && other.operatorsRoom !== undefined)
      tellRoom(turn, other.name, other.operatorsRoom, WORDS.uplinkDown(uplink.name, link.reason));
  }
}

function introduceBacklog(turn: Turn, uplink: string, room: string): void {
  const backlog = backlogOf(turn.store, uplink, room);
  if (backlog.count <= LONG_BACKLOG || backlog.from === null || backlog.to === null) return;
  const words = WORDS.backlog(
    backlog.count,
    backlog.radios,
    backlog.urgent,
    moment(turn, backlog.from),
    moment(turn, backlog.to),
  );
  const txnId = transactionId(["backlog", metaValue(turn.store, "gateway_id") ?? "", nextLedgerId(turn.store)]);
  const ledger = addLedgerRow(
    turn.store,
    {
      class: "information",
      direction: "gateway-to-matrix",
      origin: "gateway",
      destination: matrixPlace(uplink, room),
      text: words,
    },
    turn.now,
  );
  const row = { ledger, rightOfWay: RIGHT_OF_WAY.summary, uplink, room, type: "m.room.message", txnId };
  addMatrixOutbox(turn.store, { ...row, content: notice(words) }, turn.now);
}
