// Honest delivery, shown where it was written: one reaction on a writer's message, the latest state only. The old reaction
// is taken back before the new one is set, so that there is never an outdated one beside it. Marks give way to words: a
// room's mark is looked at only when nothing else waits there, and what changed meanwhile costs no request of its own.

import type { MessageState } from "#domain/message.ts";
import {
  openMark as openMarkRow,
  dropMark,
  markRow,
  nextMark,
  reviseMark,
  setShown,
  settleMark,
} from "#store/marks.ts";
import { addMatrixOutbox, RIGHT_OF_WAY, type MatrixOutboxRow } from "#store/matrix-outbox.ts";
import { QUIET_WHILE_QUEUED, rowsOfEvent } from "#store/ledger.ts";
import type { Millis } from "#base/clock.ts";
import { transactionId } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Written } from "./written.ts";

/** The key for each state; `!help` explains them. */
export const MARKS: Readonly<Record<MessageState, { readonly key: string; readonly means: string }>> = {
  failed: { key: "❌", means: "not sent" },
  quarantined: { key: "❌", means: "not sent" },
  unknown: { key: "❓", means: "not certain whether it arrived" },
  expired: { key: "⌛", means: "waited too long, not sent" },
  cancelled: { key: "🚫", means: "cancelled before it was sent" },
  queued: { key: "⏳", means: "waits for the radio" },
  sent: { key: "📡", means: "sent; no relay overheard yet" },
  heard: { key: "👂", means: "another radio passed it on" },
  confirmed: { key: "✅", means: "the resident's radio has it" },
  answered: { key: "💬", means: "a person answered" },
};

/** A message in several parts is as far as its worst part; this is from worst to best. */
const WORST_FIRST = Object.keys(MARKS) as readonly MessageState[];

/** The legend for `!help`, each key once. */
export function legend(): string {
  const entries = Object.values(MARKS).filter(
    (mark, index, all) => all.findIndex((each) => each.key === mark.key) === index,
  );
  return entries.map(({ key, means }) => `${key} ${means}`).join(" · ");
}

/** From now on the message carries a mark; `soon`: its state is final already. */
export function openMark(turn: Turn, said: Written, soon = false): void {
  const dueAt = turn.now + (soon ? 0 : QUIET_WHILE_QUEUED);
  openMarkRow(turn.store, said.eventId, said.uplink.name, said.room, dueAt);
}

function wantedKey(turn: Turn, eventId: string): string | undefined {
  const states = new Set(
    rowsOfEvent(turn.store, eventId).flatMap((row) => (row.direction === "matrix-to-mesh" ? [row.state] : [])),
  );
  const state = WORST_FIRST.find((each) => states.has(each));
  return state && MARKS[state].key;
}

/** Writes the request that the room's most urgent mark needs; when to look again, if none is due. */
export function prepareMark(turn: Turn, uplink: string, room: string): Millis | "written" | undefined {
  for (;;) {
    const mark = nextMark(turn.store, uplink, room);
    if (!mark || mark.dueAt > turn.now) return mark?.dueAt;
    const wanted = wantedKey(turn, mark.eventId);
    if (wanted === undefined) {
      dropMark(turn.store, mark.eventId);
      continue;
    }
    if (wanted === mark.shown) {
      settleMark(turn.store, mark.eventId);
      continue;
    }
    const revision = reviseMark(turn.store, mark.eventId);
    const relation = { rel_type: "m.annotation", event_id: mark.eventId, key: wanted };
    const common = {
      rightOfWay: RIGHT_OF_WAY.rest,
      uplink,
      room,
      txnId: transactionId(["mark", mark.eventId, revision]),
      replyEvent: mark.eventId,
    };
    addMatrixOutbox(
      turn.store,
      mark.shownEvent === null
        ? { ...common, type: "m.reaction", content: { "m.relates_to": relation } }
        : { ...common, type: "m.room.redaction", content: {}, redacts: mark.shownEvent },
      turn.now,
    );
    return "written";
  }
}

/** A mark's request was stored by the homeserver. */
export function markDelivered(turn: Turn, row: MatrixOutboxRow, eventId: string): void {
  const target = row.replyEvent!;
  if (!markRow(turn.store, target)) return;
  if (row.redacts !== null) return setShown(turn.store, target, null, null);
  const relates = (JSON.parse(row.content) as { "m.relates_to": { key: string } })["m.relates_to"];
  setShown(turn.store, target, relates.key, eventId);
}

/** A room that takes no reactions from us, or a message that is gone: this message is marked no more. */
export function markRefused(turn: Turn, row: MatrixOutboxRow): void {
  dropMark(turn.store, row.replyEvent!);
}
