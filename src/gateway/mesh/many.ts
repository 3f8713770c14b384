// Many reporting in at once: receipts become lines for many, and what can wait steps back (delivery/surge.ts has the rules).

import { timeOfDay } from "#base/calendar.ts";
import { textOf, utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { STEPS_BACK_FROM } from "#delivery/policy.ts";
import {
  DIGEST_WITHIN,
  isCheaperAlone,
  isSurge,
  lineOf,
  ROLL_CALL_OPEN,
  SURGE_LASTS,
  SURGE_WINDOW,
} from "#delivery/surge.ts";
import { addDigestReceipt, digestNodes, noteStoredFrom, sendersSince } from "#store/air.ts";
import { allWaitingUnder, setMeshStatus, waitingUnder } from "#store/mesh-outbox.ts";
import { moveLedger } from "#store/ledger.ts";
import { listNodes, metaValue, setLastReceiptAt, setMeta, takeReceipts } from "#store/world.ts";
import { ackMicros, airLimits, microsOf } from "#gateway/air.ts";
import { exercise } from "#gateway/events.ts";
import { RECEIPT, sendReceipts } from "./receipt.ts";
import { tellMesh } from "#gateway/say.ts";
import { clockSure, EVERYONE, namesOf, type Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

const SURGE_UNTIL = "surge until";
const SURGE_SINCE = "surge since";
const ROLL_CALL_UNTIL = "roll call until";

const DIGEST = "digest";
/** What apps show at once and let people answer to (field.md §2 row 15). */
const LINE_BYTES = 200;
/** A receipt of its own: "Stored 14:02, k1234." */
const RECEIPT_BYTES = 20;

const momentIn = (turn: Turn, key: string): Millis => Number(metaValue(turn.store, key) ?? 0);

/** A resident had something stored: how fast do they come? */
export function noteStored(turn: Turn, node: number): void {
  const { store, now } = turn;
  noteStoredFrom(store, node, now);
  if (turn.settings.meshtastic.messageDelay === 0) return;
  const receipt = microsOf(turn, { payloadBytes: RECEIPT_BYTES, direct: true });
  if (!isSurge(sendersSince(store, now - SURGE_WINDOW), airLimits(turn).ordinary, receipt)) return;
  if (momentIn(turn, SURGE_UNTIL) <= now) {
    setMeta(store, SURGE_SINCE, String(now));
    gatherReceipts(turn);
  }
  setMeta(store, SURGE_UNTIL, String(now + SURGE_LASTS));
}

/** Receipts that have not left yet go into the line for many. */
function gatherReceipts(turn: Turn): void {
  for (const row of allWaitingUnder(turn.store, "join_key", RECEIPT)) {
    setMeshStatus(turn.store, row.id, "done");
    moveLedger(turn.store, row.ledger, "cancelled", WORDS.inALine, turn.now);
    for (const reference of textOf(row.payload).match(/\bk\d+\b/g) ?? [])
      addDigestReceipt(turn.store, row.ledger, row.to, reference, turn.now);
  }
}

/** A roll call was handed to the radio: answers will come. */
export function noteRollCall(turn: Turn): void {
  setMeta(turn.store, ROLL_CALL_UNTIL, String(turn.now + ROLL_CALL_OPEN));
}

/** Undefined when nobody has to step back. */
export function surgeNow(turn: Turn): { fromRank: number; until: Millis; since: Millis } | undefined {
  const until = momentIn(turn, SURGE_UNTIL);
  return until > turn.now ? { fromRank: STEPS_BACK_FROM, until, since: momentIn(turn, SURGE_SINCE) } : undefined;
}

/** Whether receipts go out as lines for many now. */
export function isMerging(turn: Turn): boolean {
  return surgeNow(turn) !== undefined || momentIn(turn, ROLL_CALL_UNTIL) > turn.now;
}

/** Says the line for many when it is due; returns when to look again. */
export function sayDigests(turn: Turn): Millis | undefined {
  const waiting = digestNodes(turn.store);
  if (waiting.length === 0) return undefined;
  // One that has not left yet will be followed by a fuller one.
  if (waitingUnder(turn.store, "once_key", DIGEST, EVERYONE).length > 0) return undefined;
  const names = namesFor(turn);
  const time = clockSure(turn.wall) ? timeOfDay(turn.wall, turn.settings.node.timezone) : undefined;
  const head = exercise(turn, WORDS.heard(time));
  const { line, count } = lineOf(
    head,
    waiting.map(({ node }) => names(node)),
    LINE_BYTES,
    utf8Length,
  );
  const dueAt = waiting[0]!.since + DIGEST_WITHIN;
  if (count === waiting.length && dueAt > turn.now) return dueAt;
  const named = waiting.slice(0, count).map(({ node }) => node);
  if (alone(turn, named.length, utf8Length(line))) {
    for (const node of named) sendReceipts(turn, node);
    return undefined;
  }
  for (const node of named) {
    takeReceipts(turn.store, node);
    setLastReceiptAt(turn.store, node, turn.now);
  }
  tellMesh(turn, {
    class: "receipt",
    to: EVERYONE,
    text: line,
    onceKey: DIGEST,
  });
  return count < waiting.length ? turn.now : undefined;
}

/** Whether receipts of their own cost less air than the line, which others relay and a radio of 2.8 signs. */
function alone(turn: Turn, residents: number, lineBytes: number): boolean {
  const line = microsOf(turn, { payloadBytes: lineBytes });
  const receipt = microsOf(turn, { payloadBytes: RECEIPT_BYTES, direct: true });
  return isCheaperAlone(residents, line, receipt, ackMicros(turn));
}

/** The shortest name by which a resident knows their own radio: its short name, or the end of its number if two share one. */
function namesFor(turn: Turn): (node: number) => string {
  const taken = new Map<string, number>();
  for (const { shortName } of listNodes(turn.store)) {
    if (shortName) taken.set(shortName, (taken.get(shortName) ?? 0) + 1);
  }
  return (node) => {
    const { short } = namesOf(turn, node);
    const plain = /^[^\s\p{C}]{1,4}$/u.test(short) && (taken.get(short) ?? 0) <= 1;
    return plain ? short : `!${node.toString(16).padStart(8, "0").slice(-4)}`;
  };
}
