// Changes of what was said before: edits, redactions, reactions. What has not left is changed in place; a packet that has
// left cannot be called back, so an edit is followed by one short corrected line, and a redaction by the truth.

import { utf8, utf8Length } from "#base/bytes.ts";
import { inboxRow, unpackBody } from "#store/inbox.ts";
import { moveLedger, rowsOfEvent, setLedgerEvent, setLedgerText, type LedgerRow } from "#store/ledger.ts";
import { isUnfrozen, replacePayload, sendOfLedger, setMeshStatus } from "#store/mesh-outbox.ts";
import { touchMark } from "#store/marks.ts";
import { cleanForMesh, textLimit } from "#wire/text.ts";
import { EMOJI_BYTES } from "#wire/limits.ts";
import { mayWrite } from "./matrix/access.ts";
import { actOnReaction, actOnRedaction } from "./acting.ts";
import { objectField, textField, type Fields } from "./fields.ts";
import type { MatrixArrival } from "./inputs.ts";
import { wordsOfContent } from "./matrix/words.ts";
import { tellRoom } from "./say.ts";
import { EVERYONE, type Turn, type Handled } from "./turn.ts";
import {
  fitOf,
  handled,
  isDirect,
  markAnswered,
  packetOf,
  prefixFor,
  queueForMesh,
  refuse,
  targetOf,
  type Target,
} from "./matrix/to-mesh.ts";
import { WORDS } from "./words.ts";
import { nodeOfEvent, inOperatorsRoom, residentOf, written, type Written } from "./matrix/written.ts";

// ───────────────────────────── edits ─────────────────────────────

/** `anew`: how a message is understood that is said for the first time. */
export function edit(turn: Turn, said: Written, anew: (turn: Turn, said: Written) => Handled): Handled {
  const original = textField(objectField(said.content, "m.relates_to"), "event_id") ?? "";
  const rows = rowsOfEvent(turn.store, original).filter(
    (row) => row.direction === "matrix-to-mesh" && row.origin.endsWith(`/${said.sender}`),
  );
  const content = objectField(said.content, "m.new_content");
  const words = wordsOfContent("m.room.message", content, textField(content, "body") ?? "");
  const last = rows.at(-1);
  if (!last) return handled("an edit of something that did not go to the mesh");
  if (words === undefined || words === "") return handled("an edit to something that is no text");
  if (!mayWrite(turn, said)) return handled("an edit of somebody who may not write to the mesh");
  if (rows.every((row) => NEVER_LEFT.has(row.state)))
    return rows.some((row) => row.state === "cancelled")
      ? handled("an edit of something that was withdrawn")
      : anew(turn, fromTheStart(turn, said, rows, content));
  const target = targetOfRow(last);
  const prefix = prefixFor(turn, said, target);
  if (rows.some((row) => row.text === prefix + words)) return handled("an edit that changes no words");
  return rows.length === 1 && isWaiting(turn, last)
    ? replace(turn, said, last, words)
    : correct(turn, said, rows, words, original);
}

/** What was refused, as if it had been written like this from the start. */
function fromTheStart(turn: Turn, said: Written, rows: readonly LedgerRow[], content: Fields): Written {
  // The message's mark follows the new try; the refusal belongs to the words it was about.
  for (const row of rows) setLedgerEvent(turn.store, row.id, said.eventId);
  const first = inboxRow(turn.store, rows[0]!.inbox ?? 0);
  const before = first ? objectField((unpackBody(first.body) as MatrixArrival).event, "content") : {};
  const relates = before["m.relates_to"];
  const eventId = textField(objectField(said.content, "m.relates_to"), "event_id") ?? "";
  return written({ ...said, eventId }, relates === undefined ? content : { ...content, "m.relates_to": relates });
}

function isWaiting(turn: Turn, row: LedgerRow): boolean {
  const send = sendOfLedger(turn.store, row.id);
  return send !== undefined && isUnfrozen(send);
}

function replace(turn: Turn, said: Written, row: LedgerRow, words: string): Handled {
  const send = sendOfLedger(turn.store, row.id)!;
  const target = targetOfRow(row);
  const prefix = prefixFor(turn, said, target);
  const { bytes, limit } = textLimit(words, { direct: isDirect(target), prefix, reply: send.replyId !== 0 });
  if (bytes > limit) return refuse(turn, said, WORDS.editTooLong(bytes, limit), { text: words });
  replacePayload(turn.store, send.id, utf8(prefix + words));
  setLedgerText(turn.store, row.id, prefix + words);
  return handled("an edit, in time: the text was replaced");
}

/** One line after what has left already; a correction that still waits is itself replaced. */
function correct(turn: Turn, said: Written, rows: readonly LedgerRow[], words: string, original: string): Handled {
  const line = `${CORRECTED}${words}`;
  const waiting = rows.slice(1).find((row) => isWaiting(turn, row) && row.text.includes(CORRECTED));
  if (waiting) return replace(turn, said, waiting, line);
  const target = targetOfRow(rows[0]!);
  const fit = fitOf(turn, { ...said, replyTo: original }, target, line);
  if (fit.bytes > fit.limit) return refuse(turn, said, WORDS.editTooLong(fit.bytes, fit.limit), { text: words });
  queueForMesh(turn, said, {
    target,
    text: fit.prefix + line,
    words,
    shownOn: original,
    ...(fit.replyId === undefined ? {} : { replyId: fit.replyId }),
  });
  return handled("an edit, too late: one corrected line");
}

/** As people mark a correction in chats. */
const CORRECTED = "* ";

function targetOfRow(row: LedgerRow): Target {
  const channel = /^mesh:\^all\/(\d+)$/.exec(row.destination)?.[1];
  return channel === undefined
    ? { to: Number.parseInt(row.destination.slice("mesh:!".length), 16), channel: 0 }
    : { to: EVERYONE, channel: Number(channel) };
}

// ───────────────────────────── redactions ─────────────────────────────

export function redact(turn: Turn, said: Written): Handled {
  const target = textField(said.arrival.event, "redacts") ?? textField(said.content, "redacts") ?? "";
  const acted = actOnRedaction(turn, said, target);
  if (acted) return acted;
  const rows = rowsOfEvent(turn.store, target).filter((row) => row.direction === "matrix-to-mesh");
  if (rows.length === 0) return handled("a redaction of something that did not go to the mesh");
  let stopped = 0;
  let late = 0;
  for (const row of rows) {
    const send = sendOfLedger(turn.store, row.id);
    if (send && isUnfrozen(send)) {
      setMeshStatus(turn.store, send.id, "done");
      moveLedger(turn.store, row.id, "cancelled", WORDS.withdrawn(said.sender), turn.now);
      stopped++;
    } else if (!NEVER_LEFT.has(row.state)) late++;
  }
  // A reaction on a message that is gone has nothing to hold on to.
  touchMark(turn.store, target, turn.now);
  if (late === 0) return handled(stopped > 0 ? "a redaction, in time: cancelled" : "a redaction of what was not sent");
  const words = stopped > 0 ? WORDS.partlyTooLate(late, late + stopped) : WORDS.tooLate;
  tellRoom(turn, said.uplink.name, said.room, words, { inbox: said.inbox });
  return handled("a redaction, too late");
}

const NEVER_LEFT: ReadonlySet<string> = new Set(["failed", "cancelled", "expired"]);

// ───────────────────────────── reactions ─────────────────────────────

/** Longer than any emoji; a key that is a whole sentence, or an address of an image, is no tapback. */
const LONGEST_KEY = 40;

export function react(turn: Turn, said: Written): Handled {
  const relates = objectField(said.content, "m.relates_to");
  const eventId = textField(relates, "event_id") ?? "";
  const key = cleanForMesh(textField(relates, "key") ?? "");
  if (key === "" || key.startsWith("mxc:") || utf8Length(key) > LONGEST_KEY - EMOJI_BYTES)
    return handled("a reaction that no handheld can show");
  const acted = actOnReaction(turn, said, eventId, key);
  if (acted) return acted;
  const resident = inOperatorsRoom(said) ? (residentOf(turn, said) ?? nodeOfEvent(turn, eventId)) : undefined;
  const target = targetOf(said, resident);
  const replyId = target && packetOf(turn, eventId, target);
  if (!target || replyId === undefined) return handled("a reaction to something that the mesh does not have");
  if (!mayWrite(turn, said)) return handled("a reaction of somebody who may not write to the mesh");
  queueForMesh(turn, said, { target, text: key, replyId, emoji: true });
  markAnswered(turn, { ...said, replyTo: eventId });
  return handled(isDirect(target) ? "a tapback for a resident" : "a tapback");
}
