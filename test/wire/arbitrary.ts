// Random messages of every type, for property tests. Written beside the schema and not from it, so that a mistake in the
// schema does not hide itself.

import * as fc from "fast-check";

import {
  ANSWERS,
  ENDABLE,
  ENDINGS,
  RECEIPT_STATES,
  RELAYERS,
  STATUSES,
  URGENCIES,
  WITHDRAWALS,
  type House,
  type KnownMessage,
  type Message,
} from "#domain/wire-words.ts";
import { compareHouses } from "#wire/houses.ts";

const upTo = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max: Math.min(max, 60) }), fc.integer({ min: 0, max }), fc.constant(max));
const ref = upTo(65_535);
const member = upTo(65_535);
const zone = upTo(255);
const ascending = (max: number, length: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(upTo(max), { minLength: 1, maxLength: length }).map((list) => list.sort((a, b) => a - b));

/** Text of at most `bytes` bytes, from every plane, with a byte-order mark and controls now and then (but not at the start). */
export const textOf = (bytes: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      fc.string({ minLength: 1, maxLength: bytes }),
      fc.string({ unit: "binary", minLength: 1, maxLength: bytes }),
      fc.constantFrom("ok\u{feff}", "\0", "agua, por favor", "\u{1f198}\u{fe0f}", "__proto__", "~m!!"),
    )
    .map((text) => {
      let cut = text;
      while (Buffer.byteLength(cut) > bytes) cut = cut.slice(0, -1);
      return cut.isWellFormed() && cut.length > 0 && !cut.startsWith("\u{feff}") ? cut : "x";
    });
const note = textOf(200);

const house: fc.Arbitrary<House> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 9999 })),
    fc.constantFrom("", "", "", "a", "b", "z"),
  )
  .map(([number, letter]) => `${number}${letter}`);
const houses = (length: number): fc.Arbitrary<House[]> =>
  fc.uniqueArray(house, { minLength: 1, maxLength: length }).map((list) => list.sort(compareHouses));
const nonce = fc.uint8Array({ minLength: 4, maxLength: 8 });
const language = fc.constantFrom("en", "es", "pt");
const page = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/);
const set = upTo(65_535);
const flag = fc.constant(true as const);

const entries = fc
  .uniqueArray(
    fc.record(
      { household: house, status: fc.constantFrom(...STATUSES), people: fc.integer({ min: 0, max: 30 }) },
      { requiredKeys: ["household", "status"] },
    ),
    { minLength: 1, maxLength: 40, selector: (entry) => entry.household },
  )
  .map((list) => list.sort((a, b) => compareHouses(a.household, b.household)));

const heardSet = fc
  .tuple(
    fc.integer({ min: 1, max: 1024 }),
    fc.integer({ min: 0, max: 100 }),
    fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
  )
  .map(([of, density, dice]) => {
    const heard: number[] = [];
    for (let place = 0; place < of; place++) if (dice.next().value! < density) heard.push(place);
    return { of, heard };
  });

type Shapes = {
  readonly [K in KnownMessage["type"]]: readonly [
    required: readonly string[],
    fields: Record<string, fc.Arbitrary<unknown>>,
  ];
};

const item = {
  ref,
  what: upTo(511),
  household: house,
  quantity: upTo(4_294_967_295),
  unit: upTo(255),
  hours: upTo(65_535),
  zone,
  note,
  member,
};
const share = { ref, member, quantity: upTo(4_294_967_295), unit: upTo(255), note };

const SHAPES: Omit<Shapes, "journal"> = {
  "check-in": [
    ["status"],
    {
      status: fc.constantFrom(...STATUSES),
      people: upTo(255),
      rollCall: ref,
      household: house,
      needs: ascending(511, 32),
      animals: upTo(255),
      note,
      age: upTo(65_535),
      by: fc.constantFrom(...RELAYERS),
      member,
    },
  ],
  list: [["households"], { households: entries, rollCall: ref, member, age: upTo(65_535), zone, note }],
  "roll-call": [
    ["ref"],
    {
      ref,
      zones: ascending(255, 32),
      within: upTo(65_535),
      question: note,
      households: houses(128),
      language,
      drill: flag,
    },
  ],
  digest: [
    ["rollCall", "revision", "households"],
    { rollCall: ref, revision: upTo(65_535), households: heardSet, zone, needing: upTo(1024), urgent: upTo(1024) },
  ],
  page: [
    ["ref", "tree", "step"],
    {
      ref,
      tree: upTo(255),
      step: upTo(255),
      text: note,
      urgency: fc.constantFrom(...URGENCIES),
      within: upTo(65_535),
      members: ascending(65_535, 64),
      drill: flag,
    },
  ],
  "page-answer": [
    ["ref", "answer"],
    { ref, answer: fc.constantFrom(...ANSWERS), member, reached: upTo(65_535), silent: ascending(65_535, 64), note },
  ],
  need: [["ref", "what"], { ...item, urgency: fc.constantFrom(...URGENCIES) }],
  offer: [["ref", "what"], { ...item, endless: flag }],
  claim: [["ref"], { ...share, claim: ref, agreed: flag }],
  "hand-over": [["ref"], { ...share, claim: ref }],
  done: [["ref"], { ref, member, note, claim: ref }],
  withdrawn: [["ref"], { ref, reason: fc.constantFrom(...WITHDRAWALS), note, claim: ref }],
  skills: [["member", "what"], { member, what: ascending(511, 32), zone, note }],
  equipment: [["what"], { what: ascending(511, 32), household: house, member, zone, note }],
  receipt: [
    ["state"],
    {
      state: fc.constantFrom(...RECEIPT_STATES),
      stored: ascending(65_535, 64),
      packet: upTo(4_294_967_295),
      households: houses(128),
    },
  ],
  services: [[], { up: ascending(255, 32), down: ascending(255, 32), zone }],
  "knowledge-request": [["page"], { page, part: upTo(255), language }],
  "knowledge-part": [
    ["page", "part", "of", "text"],
    { page, part: upTo(255), of: upTo(255), text: textOf(220), revision: upTo(65_535) },
  ],
  text: [["text"], { text: textOf(220), packet: upTo(4_294_967_295), stored: ref, member }],
  end: [
    ["what", "ref", "how"],
    { what: fc.constantFrom(...ENDABLE), ref, how: fc.constantFrom(...ENDINGS), text: note },
  ],
  fragment: [
    ["set", "index", "count", "bytes"],
    { set, index: upTo(31), count: upTo(32), bytes: fc.uint8Array({ minLength: 1, maxLength: 221 }) },
  ],
  missing: [["set"], { set, parts: ascending(31, 32) }],
  challenge: [["nonce"], { nonce }],
  echo: [["nonce"], { nonce }],
};

// Items that a later version might append: integers, bytes, an array, a null before another item, a growth map at the end.
const more = fc
  .constantFrom("05", "3903e7", "43010203", "820163616263", "f605", "0aa10102", "a100f5", "a20061787803f6", "a16161a0")
  .filter((hex) => hex !== "a20061787803f6")
  .map((hex) => new Uint8Array(Buffer.from(hex, "hex")));

const plain: fc.Arbitrary<Message> = fc.oneof(
  ...Object.entries(SHAPES).map(([type, [required, fields]]) =>
    fc
      .tuple(
        fc.record<Record<string, unknown>>(
          { type: fc.constant(type), ...fields },
          { requiredKeys: ["type", ...required] },
        ),
        fc.option(more, { freq: 8, nil: undefined }),
      )
      .map(([message, grown]) => (grown === undefined ? message : { ...message, more: grown }) as unknown as Message),
  ),
);

const unknown: fc.Arbitrary<Message> = fc
  .tuple(fc.integer({ min: 26, max: 255 }), fc.oneof(more, fc.constant(new Uint8Array(0))))
  .map(([number, items]) => ({ type: "unknown" as const, number, items }));

const inner = fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: unknown });

const journal: fc.Arbitrary<Message> = fc
  .tuple(upTo(15), upTo(4_294_967_295), inner, fc.option(more, { freq: 8, nil: undefined }))
  .filter(([, , entry]) => entry.type !== "fragment" && entry.type !== "missing")
  .map(([gateway, sequence, entry, grown]) => {
    const message = { type: "journal" as const, gateway, sequence, entry };
    return grown === undefined ? message : { ...message, more: grown };
  });

/** Any message that can be encoded. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  { weight: 12, arbitrary: plain },
  { weight: 1, arbitrary: unknown },
  { weight: 1, arbitrary: journal },
);
