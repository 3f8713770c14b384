// Two forms of the Incident Command System, as their fields are: ICS 309, the log of what went over the air, and ICS 214, the
// log of what was done. Filled from the ledger and the journal, as far back as these are kept.
//
// A direct message is its writer's: without `withPrivate` a log says that there was one, of which kind, and not what it said.
// Fields: ICS 309 (SCCo ARES/RACES), blocks 1 to 8; ICS 214 (FEMA), blocks 1 to 8.

import { isoTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { nodeId, parseNodeId } from "#base/ids.ts";
import type { MessageClass } from "#domain/message.ts";
import { listMembers, listZones, member, radioByNode } from "#store/people.ts";
import { listEventRows, type EventRow } from "#store/events.ts";
import { airRecord, journalRecord, recordSpan, type AirRow, type JournalRow } from "#store/record.ts";
import { refName } from "#wire/references.ts";
import { statusWord } from "#wire/grammar/reply.ts";
import type { Status } from "#domain/wire-words.ts";
import { defuse } from "#wire/text.ts";
import { stepWords } from "#gateway/welfare/call-desk.ts";
import { marked } from "#gateway/events.ts";
import { calendarTime, namesOf, radioFacts, type Turn } from "#gateway/turn.ts";

/** Moments are ISO; who reads them knows `timezone`. */
export interface FormHead {
  readonly form: "ICS 309" | "ICS 214";
  /** Block 1. */
  readonly incidentName: string;
  /** Block 2. */
  readonly operationalPeriod: { readonly from: string; readonly to: string };
  readonly timezone: string;
  /** In a drill. */
  readonly mark?: "EXERCISE";
  readonly private: boolean;
  /** Blocks 6 to 8 of the 309, 8 of the 214. */
  readonly preparedBy: string;
  readonly preparedAt: string;
}

export interface Ics309 extends FormHead {
  /** Block 3. */
  readonly radioNetName: string;
  /** Block 4. */
  readonly radioOperator: string;
  /** Block 5; numbers are the ledger's, given by the gateway. */
  readonly log: readonly {
    readonly time: string;
    readonly from: string;
    readonly fromNumber: string;
    readonly to: string;
    readonly toNumber: string;
    readonly message: string;
  }[];
}

export interface Ics214 extends FormHead {
  /** Blocks 3 to 5. */
  readonly name: string;
  readonly icsPosition: string;
  readonly homeAgency: string;
  /** Block 6. */
  readonly resources: readonly { readonly name: string; readonly icsPosition: string; readonly homeAgency: string }[];
  /** Block 7. */
  readonly activities: readonly { readonly time: string; readonly activity: string }[];
}

export interface ReportWish {
  /** Calendar time; of the event, or of all that is kept, if not given. */
  readonly from?: Millis;
  readonly to?: Millis;
  /** Number of an event; the newest if not given. */
  readonly event?: number;
  readonly withPrivate: boolean;
  readonly preparedBy: string;
}

/** Our own time and what it is for. */
interface Period {
  readonly from: Millis;
  readonly to: Millis;
  readonly event?: EventRow;
}

/** Undefined: there is no such event. */
export function periodOf(turn: Turn, wish: ReportWish): Period | undefined {
  const events = listEventRows(turn.store);
  const event = wish.event === undefined ? events.at(-1) : events.find(({ number }) => number === wish.event);
  if (wish.event !== undefined && !event) return undefined;
  const ours = (wall: Millis): Millis => wall - (turn.wall - turn.now);
  const asked = wish.from !== undefined || wish.to !== undefined;
  const kept = recordSpan(turn.store) ?? { from: turn.now, to: turn.now };
  const whole =
    event && !(asked && wish.event === undefined)
      ? { from: event.openedAt, to: event.closedAt ?? turn.now }
      : { from: kept.from, to: turn.now };
  return {
    from: wish.from === undefined ? whole.from : ours(wish.from),
    to: wish.to === undefined ? whole.to : ours(wish.to),
    ...(event && !(asked && wish.event === undefined) ? { event } : {}),
  };
}

function headOf<F extends FormHead["form"]>(
  turn: Turn,
  form: F,
  { from, to, event }: Period,
  wish: ReportWish,
): FormHead & { readonly form: F } {
  const name = event?.name ?? turn.settings.node.name;
  return {
    form,
    incidentName: event?.drill ? marked(name) : name,
    operationalPeriod: { from: iso(turn, from), to: iso(turn, to) },
    timezone: turn.settings.node.timezone,
    ...(event?.drill ? { mark: "EXERCISE" as const } : {}),
    private: wish.withPrivate,
    preparedBy: wish.preparedBy,
    preparedAt: isoTime(turn.wall),
  };
}

const iso = (turn: Turn, at: Millis): string => isoTime(calendarTime(turn, at));

// ───────────────────────────── ICS 309 ─────────────────────────────

export function ics309(turn: Turn, period: Period, wish: ReportWish): Ics309 {
  const radio = radioFacts(turn);
  const self = radio === undefined ? "gateway" : stationOf(turn, radio.node);
  return {
    ...headOf(turn, "ICS 309", period, wish),
    radioNetName: `${turn.settings.node.name}${radio === undefined ? "" : `, Meshtastic ${radio.region} ${radio.modemPreset}`}`,
    radioOperator: `${wish.preparedBy}, ${self}`,
    log: airRecord(turn.store, period.from, period.to).map((row) => ({
      time: iso(turn, row.at),
      from: placeName(turn, row.origin, self),
      fromNumber: row.direction === "mesh-to-matrix" ? "" : String(row.id),
      to: row.direction === "mesh-to-matrix" ? self : placeName(turn, row.destination, self),
      toNumber: row.direction === "mesh-to-matrix" ? String(row.id) : "",
      message: messageWords(row, wish.withPrivate),
    })),
  };
}

const NOT_SHOWN: Readonly<Record<MessageClass, string>> = {
  distress: "call for help, or an answer to one (words not shown)",
  page: "page (words not shown)",
  "roll-call": "roll call (words not shown)",
  receipt: "receipt (words not shown)",
  answer: "answer to a resident (words not shown)",
  chat: "direct message (words not shown)",
  information: "information (words not shown)",
};

/** What did not get where it was meant for is in the log as well. */
const UNSENT: ReadonlySet<string> = new Set(["failed", "expired", "cancelled", "quarantined", "unknown"]);

function messageWords({ text, open, class: messageClass, state }: AirRow, withPrivate: boolean): string {
  const words = open === 1 || withPrivate ? defuse(text) : NOT_SHOWN[messageClass];
  return UNSENT.has(state) ? `${words} [${state}]` : words;
}

/** "mesh:!hex", "mesh:^all/0", "matrix:…/@user", "gateway" as a station. */
function placeName(turn: Turn, place: string, self: string): string {
  const channel = /^mesh:\^all\/(\d+)$/.exec(place)?.[1];
  if (channel !== undefined) return `all, channel ${channel}`;
  const node = place.startsWith("mesh:") ? parseNodeId(place.slice("mesh:".length)) : undefined;
  if (node !== undefined) return stationOf(turn, node);
  const user = /^matrix:.*\/(@.+)$/.exec(place)?.[1];
  return user === undefined ? self : `${user} by ${self}`;
}

function stationOf(turn: Turn, node: number): string {
  const who = radioByNode(turn.store, node)?.member;
  const house = who === undefined ? undefined : member(turn.store, who)?.house;
  return `${namesOf(turn, node).short} ${nodeId(node)}${house === undefined ? "" : ` (house ${house})`}`;
}

// ───────────────────────────── ICS 214 ─────────────────────────────

export function ics214(turn: Turn, period: Period, wish: ReportWish): Ics214 {
  const agency = turn.settings.node.name;
  const rows = journalRecord(turn.store, Object.keys(ACTIVITIES), period.from, period.to);
  return {
    ...headOf(turn, "ICS 214", period, wish),
    name: agency,
    icsPosition: "Communications Unit (Meshtastic to Matrix gateway)",
    homeAgency: agency,
    resources: listMembers(turn.store)
      .filter(({ role }) => role !== "resident")
      .map(({ name, role, number }) => ({ name, icsPosition: positionOf(turn, role, number), homeAgency: agency })),
    activities: rows.flatMap((row) => {
      const activity = ACTIVITIES[row.kind]!(turn, row.body, wish.withPrivate);
      return activity === undefined ? [] : [{ time: iso(turn, row.at), activity }];
    }),
  };
}

function positionOf(turn: Turn, role: string, number: number): string {
  const zone = listZones(turn.store).find(({ captain, deputy }) => captain === number || deputy === number);
  if (!zone) return role;
  return `${zone.captain === number ? "captain" : "deputy"} of ${zone.name}`;
}

type Body = JournalRow["body"];
const word = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const house = (body: Body): string => (body["house"] === undefined ? "" : ` of house ${word(body["house"])}`);

/** By kind of the journal: what was done, in words; undefined: nothing for this log. */
const ACTIVITIES: Readonly<Record<string, (turn: Turn, body: Body, withPrivate: boolean) => string | undefined>> = {
  event: (_turn, body) =>
    body["state"] === "open"
      ? `Event "${word(body["name"])}" opened by ${word(body["openedBy"])}${body["drill"] === true ? " (EXERCISE)" : ""}`
      : `Event ${word(body["event"])} closed by ${word(body["by"])}`,
  roll: (_turn, body) => {
    const reference = refName("r", Number(body["roll"]));
    if (body["state"] === "planned") return `Roll call ${reference} asked for by ${word(body["openedBy"])}`;
    return body["state"] === "open"
      ? `Roll call ${reference} opened`
      : `Roll call ${reference} closed by ${word(body["by"])}`;
  },
  call: (_turn, body, withPrivate) => {
    const call = `Call for help ${word(body["call"])}${house(body)}`;
    if (body["state"] === "closed")
      return `${call} closed by ${word(body["by"])}${withPrivate ? `: ${defuse(word(body["reason"]))}` : ""}`;
    if (body["state"] === undefined) return `${call}: answered "${defuse(word(body["said"]))}"`;
    return `${call} ${body["state"] === "possible" ? "is possible: asked back" : "is open"}`;
  },
  act: (_turn, body) => {
    const [kind = "", number] = Object.entries(body).find(([key]) => !["emoji", "by", "removed"].includes(key)) ?? [];
    const emoji = word(body["emoji"]);
    const did = (kind === "call" ? stepWords(emoji) : undefined) ?? `put ${emoji} on`;
    const what = kind === "call" ? "call for help" : kind;
    return `${word(body["by"])} ${did} ${what} ${word(number)}${body["removed"] === true ? " (taken back)" : ""}`;
  },
  welfare: (turn, body, withPrivate) => {
    if (body["source"] !== "coordinator") return undefined;
    const status = statusWord(body["status"] as Status, turn.settings.node.language);
    const note = withPrivate && body["note"] !== undefined ? `: ${defuse(word(body["note"]))}` : "";
    return `House ${word(body["house"])} set to ${status} by ${word(body["by"])}${note}`;
  },
};
