// Handing packets to the radio: one chosen row at a time gets its packet id, its bytes are frozen, and it is `writing`.

import { textOf, utf8, utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { nodeNum } from "#base/ids.ts";
import { choose } from "#delivery/choose.ts";
import { QUEUE_STATUS_WITHIN, SAME_ID_FOR, SLOT_FOR } from "#delivery/ladder.ts";
import { rankOf } from "#domain/message.ts";
import { addCarried, carriedBy } from "#store/air.ts";
import { setLedgerPacket } from "#store/ledger.ts";
import {
  beginAttempt,
  firstDue,
  isUnfrozen,
  lastWritten,
  meshCandidates,
  meshOutboxRow,
  packetIdTaken,
  replacePayload,
  rowsInStatus,
  setLastWritten,
  setMeshStatus,
  setWriting,
  takenSlots,
  waitingUnder,
  type MeshOutboxRow,
} from "#store/mesh-outbox.ts";
import { clearTimer, linkRow, setTimer } from "#store/world.ts";
import { airView, bookAir, microsOfRow, transmissionsOf } from "#gateway/air.ts";
import { keyOf } from "./contacts.ts";
import type { MeshSend } from "#gateway/inputs.ts";
import { noteRollCall, surgeNow } from "./many.ts";
import { giveUp } from "./outcomes.ts";
import { tellHeld } from "./tending.ts";
import { EVERYONE, RADIO, radioFacts, type RadioFacts, type Turn } from "#gateway/turn.ts";

/** Chooses and freezes what may go to the radio now; returns when to look again. */
export function prepareRadio(turn: Turn): Millis | undefined {
  const radio = radioFacts(turn);
  if (!radio || linkRow(turn.store, RADIO)?.state !== "ready" || radio.region === "UNSET") return undefined;
  const surge = surgeNow(turn);
  for (;;) {
    const { store, now } = turn;
    const rows = meshCandidates(store).filter((row) => stillSame(turn, row));
    const due = firstDue(store, now);
    if (due && !rows.some((row) => row.id === due.id)) rows.push(due);
    if (rows.length === 0) return undefined;
    const candidates = rows.map((row) => ({
      ...row,
      micros: microsOfRow(turn, row),
      transmissions: transmissionsOf(row.wantAck === 1),
    }));
    const writing = rowsInStatus(store, "writing");
    const choice = choose(
      candidates,
      {
        ready: true,
        statusUntil:
          writing.length === 0 ? undefined : Math.max(...writing.map((row) => row.writtenAt! + QUEUE_STATUS_WITHIN)),
        slots: takenSlots(store, now),
        lastWritten: lastWritten(store),
        textGap: turn.settings.meshtastic.messageDelay * 1000,
        air: airView(turn),
        ...(surge === undefined ? {} : { surge }),
      },
      now,
    );
    tellHeld(turn, choice.held);
    if (!("send" in choice)) return choice.wakeAt;
    hand(turn, meshOutboxRow(store, choice.send)!, radio);
  }
}

/** An uncertain packet may be said again with its id for a quarter of an hour; after that it is given up. */
function stillSame(turn: Turn, row: MeshOutboxRow): boolean {
  if (row.status !== "uncertain" || Math.abs(turn.now - (row.firstWrittenAt ?? turn.now)) <= SAME_ID_FOR) return true;
  giveUp(turn, row);
  return false;
}

function hand(turn: Turn, chosen: MeshOutboxRow, radio: RadioFacts): void {
  const { store, now } = turn;
  const row = isUnfrozen(chosen) && chosen.joinKey !== null ? joined(turn, chosen, chosen.joinKey) : chosen;
  if (row.packetId === null) {
    const packetId = freshPacketId(turn);
    beginAttempt(store, row.id, packetId, radio.node);
    for (const ledger of [row.ledger, ...carriedBy(store, row.id)]) setLedgerPacket(store, ledger, packetId);
  }
  bookAir(turn, row);
  if (row.rank === ROLL_CALL && row.to === EVERYONE) noteRollCall(turn);
  setWriting(store, row.id, now, row.wantAck ? now + SLOT_FOR : null);
  setLastWritten(store, row.portnum, now);
  clearTimer(store, "evidence", row.id);
  setTimer(store, "queue-status", row.id, now + QUEUE_STATUS_WITHIN);
}

const ROLL_CALL = rankOf("roll-call");
/** What apps show at once and let people answer to (field.md §2 row 15). */
const JOINED_BYTES = 200;
const BETWEEN = " ";

/** The last moment before its bytes are frozen: what may travel with it and fits does, in the order it was said. */
function joined(turn: Turn, row: MeshOutboxRow, key: string): MeshOutboxRow {
  const { store } = turn;
  let text = textOf(row.payload);
  for (const other of waitingUnder(store, "join_key", key, row.to)) {
    if (other.id === row.id || other.channel !== row.channel || other.portnum !== row.portnum) continue;
    const longer = text + BETWEEN + textOf(other.payload);
    if (utf8Length(longer) > JOINED_BYTES) break;
    text = longer;
    addCarried(store, row.id, other.ledger);
    setMeshStatus(store, other.id, "done");
  }
  replacePayload(store, row.id, utf8(text));
  return meshOutboxRow(store, row.id)!;
}

/** Random, non-zero, never used before: the id is part of the encryption's nonce (meshtastic-facts §2.4). */
function freshPacketId(turn: Turn): number {
  for (;;) {
    const id = turn.random.u32();
    if (id !== 0 && !packetIdTaken(turn.store, id)) return id;
  }
}

/** MeshPacket.Priority ALERT; 0 lets the radio choose. */
const ALERT = 110;

/** The packets that wait to be handed to the radio's edge; each writing of each is handed over once. */
export function meshSends(turn: Pick<Turn, "store">): { handover: string; send: MeshSend }[] {
  const rows = rowsInStatus(turn.store, "writing");
  if (rows.length === 0) return [];
  const hopLimit = radioFacts(turn)?.hopLimit || DEFAULT_HOPS;
  return rows.map((row) => ({
    handover: `${row.id}/${row.packetId}/${row.writtenAt}`,
    send: meshSend(turn, row, hopLimit),
  }));
}

/** lora.hop_limit's default (meshtastic-facts §4.5); always explicit, because 0 without want_ack is truly zero hops. */
const DEFAULT_HOPS = 3;

function meshSend(turn: Pick<Turn, "store">, row: MeshOutboxRow, hopLimit: number): MeshSend {
  const direct = row.to !== EVERYONE;
  const publicKey = direct ? keyOf(turn, row.to) : undefined;
  return {
    sendId: row.id,
    packetId: row.packetId!,
    from: nodeNum(row.from!),
    to: nodeNum(row.to),
    channel: row.channel,
    portnum: row.portnum,
    payload: row.payload,
    wantAck: row.wantAck === 1,
    wantResponse: false,
    hopLimit,
    pkiEncrypted: direct,
    ...(publicKey ? { publicKey } : {}),
    replyId: row.replyId,
    emoji: row.emoji,
    priority: row.rank === 0 ? ALERT : 0,
  };
}
