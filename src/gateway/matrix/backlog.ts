// A backlog under a rate limit. A homeserver that takes one message in five seconds would need fourteen hours for ten
// thousand; so, once it has told us to wait, what many radios said goes into one event, each radio's words together and in
// order, with the time they were heard. Urgent words, reactions and the gateway's own words are never put together.

import type { Millis } from "#base/clock.ts";
import { utf8Length } from "#base/bytes.ts";
import { ledgerRow } from "#store/ledger.ts";
import { countInRoom, joinDigest, nextInRoom, RIGHT_OF_WAY, type MatrixOutboxRow } from "#store/matrix-outbox.ts";
import { transactionId } from "#gateway/say.ts";
import { moment } from "#gateway/spans.ts";
import { namesOf, type Turn } from "#gateway/turn.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { parseNodeId } from "#base/ids.ts";

/** Fewer than this are said one by one even when the homeserver is slow. */
const WORTH_IT = 10;
/** An event may be 64 KiB with everything around it; this leaves room for JSON's escapes (a body may double). */
const DIGEST_BYTES = 24_000;
const DIGEST_ROWS = 400;
/** How long after it last told us to wait a homeserver counts as limiting us. */
export const LIMITED_FOR: Millis = 10 * 60_000;

/** Shown later than this after it was said, a message says when that was. */
export const LATE: Millis = 120_000;

/** The key of an event's content that holds what stands before a resident's words: a digest keeps it. */
export const MARKED = "muster.marks";

export interface Digest {
  readonly content: Readonly<Record<string, unknown>>;
  readonly txnId: string;
}

/** Puts the row whose turn it is and those behind it into one event, if they are many; the row then carries all of them. */
export function gather(turn: Turn, head: MatrixOutboxRow): Digest | undefined {
  if (head.frozen === 1 || !isPlain(turn, head)) return undefined;
  if (countInRoom(turn.store, head.uplink, head.room) < WORTH_IT) return undefined;
  const members: MatrixOutboxRow[] = [];
  let bytes = 0;
  for (const row of nextInRoom(turn.store, head.uplink, head.room, DIGEST_ROWS)) {
    if (row.status === "requesting" || !isPlain(turn, row)) continue;
    bytes += utf8Length(row.content.length < 4_000 ? textOf(turn, row) : row.content) + 20;
    if (bytes > DIGEST_BYTES) break;
    members.push(row);
  }
  const rest = members.filter((row) => row.id !== head.id);
  if (rest.length === 0) return undefined;
  joinDigest(
    turn.store,
    head.id,
    rest.map((row) => row.id),
  );
  const all = [head, ...rest];
  return {
    content: { msgtype: "m.text", body: defuse(digestBody(turn, all)), "m.mentions": {}, "muster.digest": all.length },
    txnId: transactionId(["digest", ...all.map((row) => row.txnId)]),
  };
}

/** Words of a resident in the channel's room: no thread, no reaction, not urgent, never asked for. */
function isPlain(turn: Turn, row: MatrixOutboxRow): boolean {
  if (row.ledger === null || row.urgent !== RIGHT_OF_WAY.rest || row.attempt > 0) return false;
  if (row.person !== null || row.type !== "m.room.message") return false;
  return ledgerRow(turn.store, row.ledger)?.direction === "mesh-to-matrix";
}

function textOf(turn: Turn, row: MatrixOutboxRow): string {
  // One line each: a line break must not look like the next speaker.
  const text = defuse(ledgerRow(turn.store, row.ledger!)?.text ?? "").replaceAll(/\s*\n\s*/g, " / ");
  const { [MARKED]: marks = "" } = JSON.parse(row.content) as { [MARKED]?: string };
  return marks + text;
}

function digestBody(turn: Turn, rows: readonly MatrixOutboxRow[]): string {
  const bySender = new Map<string, string[]>();
  for (const row of rows) {
    const origin = ledgerRow(turn.store, row.ledger!)!.origin;
    const time = moment(turn, row.heardAt ?? turn.now);
    const lines = bySender.get(origin) ?? [];
    lines.push(`  ${time} ${textOf(turn, row)}`);
    bySender.set(origin, lines);
  }
  return [...bySender]
    .map(([origin, lines]) => {
      const node = parseNodeId(origin.slice("mesh:".length));
      const name = node === undefined ? origin : defuseName(namesOf(turn, node).long);
      return `${name}:\n${lines.join("\n")}`;
    })
    .join("\n");
}
