// Messages as JSON, for the command line, the vectors and the documentation: the same names, bytes as hexadecimal.

import { fromHex, toHex } from "#base/bytes.ts";
import { parsed, refused, type Parsed } from "#base/parsed.ts";
import type { Message } from "#domain/wire-words.ts";
import type { Refusal } from "./refusals.ts";
import { TYPES_BY_NAME } from "./schema.ts";

/** The properties that hold bytes, in any type of message. */
const BYTES: ReadonlySet<string> = new Set(["bytes", "items", "more", "nonce"]);
const UNKNOWN_FIELDS: readonly string[] = ["number", "items"];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A message as JSON. */
export function toJson(message: Message): { readonly [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(message as unknown as Record<string, unknown>).map(([name, value]) => {
      if (value instanceof Uint8Array) return [name, toHex(value)];
      return [name, name === "entry" ? toJson(value as Message) : (value as Json)];
    }),
  );
}

/**
 * A message from JSON that somebody typed: names are checked here, values by the encoder, so that the result is only safe
 * to encode. Refused with the field for a name that the type does not have.
 */
export function fromJson(value: unknown): Parsed<Message, Refusal> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refused({ reason: "not-a-message", at: 0 });
  }
  const given = value as Readonly<Record<string, unknown>>;
  const names = namesOf(given.type);
  if (names === undefined) return refused({ reason: "not-a-message", at: 0, field: "type" });
  const message: Record<string, unknown> = { type: given.type };
  for (const [name, field] of Object.entries(given)) {
    if (name === "type") continue;
    if (!names.includes(name)) return refused({ reason: "unknown-field", at: 0, field: name });
    if (BYTES.has(name)) {
      const bytes = typeof field === "string" ? fromHex(field) : undefined;
      if (bytes === undefined) return refused({ reason: "kind", at: 0, field: name });
      message[name] = bytes;
    } else if (name === "entry") {
      const entry = fromJson(field);
      if (!entry.ok) return entry;
      message[name] = entry.value;
    } else {
      message[name] = field;
    }
  }
  return parsed(message as unknown as Message);
}

function namesOf(type: unknown): readonly string[] | undefined {
  if (type === "unknown") return UNKNOWN_FIELDS;
  const row = typeof type === "string" ? TYPES_BY_NAME.get(type) : undefined;
  return row && [...row.fields.map((field) => field.name), "more"];
}
