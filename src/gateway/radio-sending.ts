// Handing packets to the radio: one chosen row at a time gets its packet id, its bytes are frozen, and it is `writing`.

import type { Millis } from "#base/clock.ts";
import { nodeNum } from "#base/ids.ts";
import { choose } from "#delivery/choose.ts";
import { QUEUE_STATUS_WITHIN, SAME_ID_FOR, SLOT_FOR } from "#delivery/ladder.ts";
import { setLedgerPacket } from "#store/ledger.ts";
import {
  beginAttempt,
  firstDue,
  lastWritten,
  meshCandidates,
  meshOutboxRow,
  packetIdTaken,
  rowsInStatus,
  setLastWritten,
  setWriting,
  takenSlots,
  type MeshOutboxRow,
} from "#store/mesh-outbox.ts";
import { linkRow, nodeRow, setTimer } from "#store/world.ts";
import type { MeshSend } from "./inputs.ts";
import { giveUp } from "./radio-outcomes.ts";
import { EVERYONE, RADIO, radioFacts, type RadioFacts, type Turn } from "./turn.ts";

/** Chooses and freezes what may go to the radio now; returns when to look again. */
export function prepareRadio(turn: Turn): Millis | undefined {
  const radio = radioFacts(turn);
  if (!radio || linkRow(turn.store, RADIO)?.state !== "ready" || radio.region === "UNSET") return undefined;
  for (;;) {
    const { store, now } = turn;
    const candidates = meshCandidates(store).filter((row) => stillSame(turn, row));
    const due = firstDue(store, now);
    if (due && !candidates.some((row) => row.id === due.id)) candidates.push(due);
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
      },
      now,
    );
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

function hand(turn: Turn, row: MeshOutboxRow, radio: RadioFacts): void {
  const { store, now } = turn;
  if (row.packetId === null) {
    const packetId = freshPacketId(turn);
    beginAttempt(store, row.id, packetId, radio.node);
    setLedgerPacket(store, row.ledger, packetId);
  }
  setWriting(store, row.id, now, row.wantAck ? now + SLOT_FOR : null);
  setLastWritten(store, row.portnum, now);
  setTimer(store, "queue-status", row.id, now + QUEUE_STATUS_WITHIN);
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
  const publicKey = direct ? nodeRow(turn.store, row.to)?.publicKey : null;
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
