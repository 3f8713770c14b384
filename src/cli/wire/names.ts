// What the numbers in a message stand for, for people who look at one: references with their letter, words of the tables.

import type { Message } from "#domain/wire-words.ts";
import { refName, type NameSpace } from "#wire/references.ts";
import { SERVICES, TAXONOMY, UNITS, wordFor } from "#wire/taxonomy.ts";

const term = (code: number): string => wordFor(TAXONOMY, code, "en");
const named = (table: typeof UNITS, code: number): string => table.find((row) => row[0] === code)?.[1] ?? `#${code}`;
const ref =
  (space: NameSpace) =>
  (value: number): string =>
    refName(space, value);

type Namer = (value: number) => string;

/** Per field; where the same name means something else in one type, "type.field". */
const NAMERS: Readonly<Record<string, Namer>> = {
  what: term,
  needs: term,
  unit: (code) => named(UNITS, code),
  up: (code) => named(SERVICES, code),
  down: (code) => named(SERVICES, code),
  rollCall: ref("r"),
  stored: ref("k"),
  "roll-call.ref": ref("r"),
  "page.ref": ref("p"),
  "page-answer.ref": ref("p"),
  ref: ref("a"),
};

const SPACE_OF_END: Readonly<Record<string, NameSpace>> = { "roll-call": "r", page: "p", event: "e" };

/** Names for the fields that have any; a journal entry's are its entry's. */
export function namesIn(message: Message): Readonly<Record<string, unknown>> {
  if (message.type === "journal") return { entry: namesIn(message.entry) };
  if (message.type === "end") return { ref: refName(SPACE_OF_END[message.what]!, message.ref) };
  const names: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(message as unknown as Record<string, unknown>)) {
    const namer = NAMERS[`${message.type}.${field}`] ?? NAMERS[field];
    if (namer === undefined) continue;
    if (typeof value === "number") names[field] = namer(value);
    else if (Array.isArray(value)) names[field] = (value as number[]).map(namer);
  }
  return names;
}
