// One message followed through everything that happened to it: arrival, the step's verdict, ledger, sends, outcomes.

import { isoTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { parseNodeId } from "#base/ids.ts";
import { ledgerRow, rowsOfEvent, type LedgerRow } from "#store/ledger.ts";
import type { Row, Store } from "#store/store.ts";
import { wallOffset } from "#store/timeline.ts";
import {
  answersTo,
  arrivalRow,
  arrivalsOfEvent,
  arrivalsOfPacket,
  ledgerOfAttempt,
  ledgerOfNode,
  ledgerOfReference,
  rowsOfArrival,
  sendsOf,
} from "#store/trace.ts";
import { messageView, type MessageView } from "./views.ts";

export interface TraceView {
  readonly asked: string;
  /** How the question was understood. */
  readonly as: string;
  /** Arrivals that became no message: repeats, positions, acknowledgements, what was set aside. */
  readonly arrivals: readonly ArrivalView[];
  readonly messages: readonly TracedMessage[];
}

export interface ArrivalView {
  readonly inbox: number;
  readonly source: string;
  readonly receivedAt: string;
  readonly state: string;
  /** What the step made of it, in words. */
  readonly verdict: string | null;
  readonly deaths: number;
  /** Hexadecimal. */
  readonly raw: string;
}

export interface TracedMessage {
  readonly message: MessageView;
  readonly arrival: ArrivalView | null;
  /** Empty once a homeserver has confirmed it. Times as in the ledger. */
  readonly sends: readonly Readonly<Record<string, unknown>>[];
  readonly answers: readonly MessageView[];
}

interface Found {
  readonly rows: readonly LedgerRow[];
  readonly arrivals?: readonly Row[];
}

interface Kind {
  readonly as: string;
  readonly pattern: RegExp;
  readonly find: (store: Store, match: RegExpExecArray) => Found;
}

const LATEST = 20;

/** The first that fits and finds something. */
const KINDS: readonly Kind[] = [
  {
    as: "a reference",
    pattern: /^k\d+$/i,
    find: (store, [id]) => ({ rows: ledgerOfReference(store, id.toLowerCase()) }),
  },
  {
    as: "an event",
    pattern: /^\$.+$/,
    find: (store, [id]) => withArrivals(store, rowsOfEvent(store, id), arrivalsOfEvent(store, id)),
  },
  {
    as: "a radio's packet",
    pattern: /^(![0-9a-f]{8})\/(?:0x)?([0-9a-f]+)$/i,
    find: (store, match) => ofPacket(store, match[2]!, parseNodeId(match[1]!)),
  },
  {
    as: "a radio",
    pattern: /^![0-9a-f]{8}$/i,
    find: (store, [id]) => ({ rows: ledgerOfNode(store, id.toLowerCase(), LATEST) }),
  },
  {
    as: "a message",
    pattern: /^\d+$/,
    find: (store, [id]) => ({ rows: [ledgerRow(store, Number(id)) ?? []].flat() }),
  },
  { as: "a packet", pattern: /^(?:0x)?([0-9a-f]+)$/i, find: (store, match) => ofPacket(store, match[0]) },
];

/** A packet id in decimal or, with 0x or letters, hexadecimal. */
function ofPacket(store: Store, digits: string, node?: number): Found {
  const id = /^\d+$/.test(digits) ? Number(digits) : Number.parseInt(digits.replace(/^0x/i, ""), 16);
  return withArrivals(store, node === undefined ? ledgerOfAttempt(store, id) : [], arrivalsOfPacket(store, id, node));
}

function withArrivals(store: Store, rows: readonly LedgerRow[], arrivals: readonly Row[]): Found {
  const of = arrivals.map((arrival) => ({ arrival, rows: rowsOfArrival(store, arrival["id"] as number) }));
  const all = [...rows, ...of.flatMap((each) => each.rows)];
  return {
    rows: [...new Map(all.map((row) => [row.id, row])).values()],
    arrivals: of.filter((each) => each.rows.length === 0).map((each) => each.arrival),
  };
}

/** `id`: a ledger number, `k7`, a packet id (decimal or 0x…), `!hex`, `!hex/packet`, or `$event`. Undefined for anything else. */
export function traceView(store: Store, id: string): TraceView | undefined {
  const offset = wallOffset(store);
  let as: string | undefined;
  for (const kind of KINDS) {
    const match = kind.pattern.exec(id);
    if (!match) continue;
    as ??= kind.as;
    const { rows, arrivals = [] } = kind.find(store, match);
    if (rows.length === 0 && arrivals.length === 0) continue;
    return {
      asked: id,
      as: kind.as,
      arrivals: arrivals.map((row) => arrivalView(row, offset)),
      messages: rows.map((row) => traced(store, row, offset)),
    };
  }
  return as === undefined ? undefined : { asked: id, as, arrivals: [], messages: [] };
}

function traced(store: Store, row: LedgerRow, offset: Millis): TracedMessage {
  const arrival = row.inbox === null ? undefined : arrivalRow(store, row.inbox);
  return {
    message: messageView(row, offset),
    arrival: arrival === undefined ? null : arrivalView(arrival, offset),
    sends: sendsOf(store, row.id).map((send) => withDates(send, offset)),
    answers: answersTo(store, row.id).map((each) => messageView(each, offset)),
  };
}

function arrivalView(row: Row, offset: Millis): ArrivalView {
  return {
    inbox: row["id"] as number,
    source: String(row["source"]),
    receivedAt: isoTime((row["receivedAt"] as number) + offset),
    state: String(row["state"]),
    verdict: row["reason"] as string | null,
    deaths: row["deaths"] as number,
    raw: String(row["raw"]),
  };
}

const MOMENTS: ReadonlySet<string> = new Set(["notBefore", "firstWrittenAt", "writtenAt"]);

function withDates(send: Row, offset: Millis): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(send).map(([key, value]) =>
      MOMENTS.has(key) && typeof value === "number" ? [key, isoTime(value + offset)] : [key, value],
    ),
  );
}
