// Answers that the gateway gives by radio on its own: receipts for stored direct messages, and `ping`.
//
// The radio acknowledges on air before we commit, so the receipt is the only word a resident is taught to trust: it is a
// row of the transaction that stored the message. At most one plain receipt a minute for a sender, naming all that was
// stored since; distress is always answered at once (contract.md, "Text on the other side").

import type { Millis } from "#base/clock.ts";
import { addDigestReceipt } from "#store/air.ts";
import { addReceipt, hasTimer, lastReceiptAt, metaValue, setMeta, setTimer } from "#store/world.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { isMerging, noteStored } from "./many.ts";
import { sendReceipts, timeWords } from "./receipt.ts";
import { tellMesh } from "#gateway/say.ts";
import { EVERYONE, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

const RECEIPT_EVERY: Millis = 60_000;

/** References are short, and a used one does not come back for this many messages. */
const REFERENCES = 9_999;

/** The reference of the next stored message: "k7". */
export function nextReference(turn: Turn): string {
  const next = (Number(metaValue(turn.store, "reference") ?? "0") % REFERENCES) + 1;
  setMeta(turn.store, "reference", String(next));
  return `k${next}`;
}

export interface Stored {
  readonly packet: MeshPacket;
  readonly ledger: number;
  readonly distress: boolean;
  /** Somebody will see it: a room takes it. */
  readonly read: boolean;
  readonly inbox: number;
}

/** The receipt for a direct message that was just stored. */
export function receiptFor(turn: Turn, stored: Stored): void {
  const { packet, ledger } = stored;
  const reference = nextReference(turn);
  const answer = { to: packet.from, inbox: stored.inbox, answers: ledger };
  if (stored.distress)
    return void tellMesh(turn, {
      ...answer,
      class: "distress",
      text: WORDS.distressReceipt(timeWords(turn), reference),
    });
  if (!stored.read) return void tellMesh(turn, { ...answer, class: "receipt", text: WORDS.unread(reference) });
  noteStored(turn, packet.from);
  if (isMerging(turn)) return addDigestReceipt(turn.store, ledger, packet.from, reference, turn.now);
  addReceipt(turn.store, ledger, packet.from, reference);
  const last = lastReceiptAt(turn.store, packet.from);
  // A clock that was set back must not silence receipts for years.
  if (last === undefined || Math.abs(turn.now - last) >= RECEIPT_EVERY) sendReceipts(turn, packet.from);
  else if (!hasTimer(turn.store, "receipt", packet.from))
    setTimer(turn.store, "receipt", packet.from, last + RECEIPT_EVERY);
}

/** Their OK is answered by the line for many, whatever way it was said. */
export function joinLine(turn: Turn, node: number, ledger: number): void {
  noteStored(turn, node);
  addDigestReceipt(turn.store, ledger, node, nextReference(turn), turn.now);
}

export function isPing(text: string): boolean {
  return /^[!/]?(ping|test)[.!?]*$/i.test(text.trim());
}

/** Relays that a packet went through, where its header can be believed: firmware 2.7 hands over also what makes no sense. */
export function hopsOf({ hopStart, hopLimit }: Pick<MeshPacket, "hopStart" | "hopLimit">): number | undefined {
  return hopStart > 0 && hopStart >= hopLimit ? hopStart - hopLimit : undefined;
}

/** Hops and signal as we heard the asker. Directly to a direct ping, on the channel to a `!ping` there. */
export function answerPing(turn: Turn, packet: MeshPacket, inbox: number): void {
  const text = WORDS.pong(hopsOf(packet), packet.rxRssi === 0 ? undefined : packet.rxSnr);
  const direct = packet.to !== EVERYONE;
  tellMesh(turn, {
    class: "information",
    to: direct ? packet.from : EVERYONE,
    channel: packet.channel,
    text,
    replyId: packet.id,
    wantAck: direct,
    inbox,
  });
}
