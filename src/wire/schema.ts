// The registry of message types: one table, from which encoding, decoding and the pages of docs/wire.md follow.
// A message is the CBOR array [type, field, field, …] in the order below; a field that is not said is null, and nulls
// at the end are left out. proto/muster.cddl says the same in RFC 8610, and the tests compare the two.
//
// Never again: a type number keeps its meaning and its fields their places for ever. New fields are appended.
// 240 to 255 will never be assigned here: they are a community's own.

import {
  ANSWERS,
  ENDABLE,
  ENDINGS,
  RECEIPT_STATES,
  RELAYERS,
  STATUSES,
  URGENCIES,
  WITHDRAWALS,
  type KnownMessage,
} from "#domain/wire-words.ts";
import {
  bytes,
  entries,
  flag,
  heardSet,
  house,
  houses,
  number,
  numbers,
  text,
  token,
  word,
  type Field,
} from "./fields.ts";

export type MessageName = KnownMessage["type"];

/**
 * What a receiver asks for before a broadcast of this type may move anything.
 * `none`: shown with whatever trust its carrier has. `proof`: asks people to act or changes state.
 * `fresh`: besides, does harm when it is an old one said again, so nothing happens while freshness is unproven.
 */
export type Demand = "none" | "proof" | "fresh";

export interface FieldRow {
  readonly name: string;
  readonly field: Field<unknown>;
  readonly required: boolean;
}

export interface TypeRow {
  readonly name: MessageName;
  readonly number: number;
  readonly demand: Demand;
  readonly fields: readonly FieldRow[];
  /** The last field is a message of its own, written as its array. */
  readonly nested?: "entry";
}

type FieldsOf<M> = { readonly [K in Exclude<keyof M, "type" | "more">]-?: Field<NonNullable<M[K]>> };
type NamesOf<M> = Exclude<keyof M, "type" | "more"> & string;

function type<N extends MessageName>(
  number: number,
  name: N,
  demand: Demand,
  required: readonly NamesOf<Extract<KnownMessage, { type: N }>>[],
  fields: FieldsOf<Extract<KnownMessage, { type: N }>>,
): TypeRow {
  const rows = Object.entries<Field<unknown>>(fields).map(([name, field]) => ({
    name,
    field,
    required: (required as readonly string[]).includes(name),
  }));
  return { name, number, demand, fields: rows };
}

const NOTE = text(200);
const REF = number(65_535);
const CODE = number(511);
const MEMBER = number(65_535);
const ZONE = number(255);
const MINUTES = number(65_535);
const QUANTITY = number(4_294_967_295);
const PACKET = number(4_294_967_295);
const LANGUAGE = token(/^[a-z]{2,8}$/, "a language: two to eight letters a–z");
const SLUG = token(/^[a-z0-9][a-z0-9-]{0,39}$/, "a page's name: 1 to 40 of a–z, 0–9 and hyphen");

// `entry` is read and written by message.ts; this row only holds its place.
const NESTED: Field<never> = { holds: "a message", toItem: () => null, fromItem: () => undefined as never };

const HOURS = number(65_535);
const UNIT = number(255);

const ROWS: readonly TypeRow[] = [
  type(1, "check-in", "none", ["status"], {
    status: word(STATUSES),
    people: number(255),
    rollCall: REF,
    household: house,
    needs: numbers(511, 32),
    animals: number(255),
    note: NOTE,
    age: MINUTES,
    by: word(RELAYERS),
    member: MEMBER,
  }),
  type(2, "list", "proof", ["households"], {
    households: entries,
    rollCall: REF,
    member: MEMBER,
    age: MINUTES,
    zone: ZONE,
    note: NOTE,
  }),
  type(3, "roll-call", "proof", ["ref"], {
    ref: REF,
    zones: numbers(255, 32),
    within: MINUTES,
    question: NOTE,
    households: houses,
    language: LANGUAGE,
    drill: flag(),
  }),
  type(4, "digest", "fresh", ["rollCall", "revision", "households"], {
    rollCall: REF,
    revision: number(65_535),
    households: heardSet,
    zone: ZONE,
    needing: number(1024),
    urgent: number(1024),
  }),
  type(5, "page", "proof", ["ref", "tree", "step"], {
    ref: REF,
    tree: number(255),
    step: number(255),
    text: NOTE,
    urgency: word(URGENCIES),
    within: MINUTES,
    members: numbers(65_535, 64),
    drill: flag(),
  }),
  type(6, "page-answer", "proof", ["ref", "answer"], {
    ref: REF,
    answer: word(ANSWERS),
    member: MEMBER,
    reached: number(65_535),
    silent: numbers(65_535, 64),
    note: NOTE,
  }),
  type(7, "need", "none", ["ref", "what"], {
    ref: REF,
    what: CODE,
    urgency: word(URGENCIES),
    household: house,
    quantity: QUANTITY,
    unit: UNIT,
    hours: HOURS,
    zone: ZONE,
    note: NOTE,
    member: MEMBER,
  }),
  type(8, "offer", "none", ["ref", "what"], {
    ref: REF,
    what: CODE,
    quantity: QUANTITY,
    unit: UNIT,
    household: house,
    hours: HOURS,
    endless: flag(),
    zone: ZONE,
    note: NOTE,
    member: MEMBER,
  }),
  type(9, "claim", "fresh", ["ref"], {
    ref: REF,
    member: MEMBER,
    quantity: QUANTITY,
    unit: UNIT,
    note: NOTE,
    claim: REF,
    agreed: flag(),
  }),
  type(10, "hand-over", "fresh", ["ref"], {
    ref: REF,
    member: MEMBER,
    quantity: QUANTITY,
    unit: UNIT,
    note: NOTE,
    claim: REF,
  }),
  type(11, "done", "fresh", ["ref"], { ref: REF, member: MEMBER, note: NOTE, claim: REF }),
  type(12, "withdrawn", "fresh", ["ref"], { ref: REF, reason: word(WITHDRAWALS), note: NOTE, claim: REF }),
  type(13, "skills", "none", ["member", "what"], { member: MEMBER, what: numbers(511, 32), zone: ZONE, note: NOTE }),
  type(14, "equipment", "none", ["what"], {
    what: numbers(511, 32),
    household: house,
    member: MEMBER,
    zone: ZONE,
    note: NOTE,
  }),
  type(15, "receipt", "proof", ["state"], {
    state: word(RECEIPT_STATES),
    stored: numbers(65_535, 64),
    packet: PACKET,
    households: houses,
  }),
  type(16, "services", "none", [], { up: numbers(255, 32), down: numbers(255, 32), zone: ZONE }),
  type(17, "knowledge-request", "none", ["page"], { page: SLUG, part: number(255), language: LANGUAGE }),
  type(18, "knowledge-part", "none", ["page", "part", "of", "text"], {
    page: SLUG,
    part: number(255),
    of: number(255),
    text: text(220),
    revision: number(65_535),
  }),
  {
    ...type(19, "journal", "proof", ["gateway", "sequence", "entry"], {
      gateway: number(15),
      sequence: number(4_294_967_295),
      entry: NESTED,
    }),
    nested: "entry",
  },
  type(20, "text", "none", ["text"], { text: text(220), packet: PACKET, stored: REF, member: MEMBER }),
  type(21, "end", "fresh", ["what", "ref", "how"], { what: word(ENDABLE), ref: REF, how: word(ENDINGS), text: NOTE }),
  type(22, "fragment", "none", ["set", "index", "count", "bytes"], {
    set: number(65_535),
    index: number(31),
    count: number(32),
    bytes: bytes(1, 221),
  }),
  type(23, "missing", "none", ["set"], { set: number(65_535), parts: numbers(31, 32) }),
  type(24, "challenge", "none", ["nonce"], { nonce: bytes(4, 8) }),
  type(25, "echo", "proof", ["nonce"], { nonce: bytes(4, 8) }),
];

export const TYPES: ReadonlyMap<number, TypeRow> = new Map(ROWS.map((row) => [row.number, row]));
export const TYPES_BY_NAME: ReadonlyMap<string, TypeRow> = new Map(ROWS.map((row) => [row.name, row]));

/** What a receiver demands of a type; unknown types can move nothing anyway. */
export function demandOf(name: string): Demand {
  return TYPES_BY_NAME.get(name)?.demand ?? "none";
}
