// The frozen corpus and its sizes in our form, in JSON and in Protocol Buffers; shared by the tests and the bench.

import { readFileSync } from "node:fs";

import protobuf from "protobufjs";

import type { Message } from "#domain/wire-words.ts";
import { house } from "#wire/fields.ts";
import { fromJson, toJson } from "#wire/json.ts";
import { encodeMessage } from "#wire/message.ts";
import { unfold } from "#wire/numbers.ts";
import { TYPES_BY_NAME } from "#wire/schema.ts";

const file = (name: string): URL => new URL(`../vectors/${name}`, import.meta.url);

export const CORPUS_FILE = file("wire-corpus.json");
export const PROTO_FILE = file("wire-compare.proto");

export interface CorpusEntry {
  readonly name: string;
  readonly message: Message;
  readonly bytes: Uint8Array;
  /** Bytes of the shortest JSON with the frozen names. */
  readonly json: number;
  /** Bytes in Protocol Buffers, marker included: with a type byte, and with a oneof. */
  readonly typeByte: number;
  readonly oneof: number;
  readonly freeText: boolean;
}

/** Fields in which people write what they like. */
const FREE_TEXT = ["note", "text", "question"];

const schema = protobuf.parse(readFileSync(PROTO_FILE, "utf8"), { keepCase: true }).root;

function protobufBody(message: Message): Uint8Array {
  const row = TYPES_BY_NAME.get(message.type)!;
  const fields: Record<string, unknown> = {};
  for (const { name, field, required } of row.fields) {
    const value = (message as unknown as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (name === row.nested) {
      const entry = value as Message;
      fields[name] = Buffer.concat([Uint8Array.of(TYPES_BY_NAME.get(entry.type)!.number), protobufBody(entry)]);
      continue;
    }
    const item = field.toItem(value);
    if (typeof value === "string" && field === house) {
      fields[typeof item === "number" ? name : `${name}Lettered`] = typeof item === "number" ? unfold(item) : item;
    } else if (typeof value === "string" && typeof item === "number") {
      // A word: 0 is left out by proto3 where the field is required; where it is optional, absence must differ from 0.
      fields[name] = required ? item : item + 1;
    } else if (typeof item === "number") {
      fields[Array.isArray(value) ? `${name}One` : name] = unfold(item);
    } else {
      fields[name] = item;
    }
  }
  const type = schema.lookupType(typeName(message.type));
  const refusal = type.verify(fields);
  if (refusal !== null) throw new Error(`${message.type}: ${refusal}`);
  // protobufjs writes required zeros; proto3 leaves them out.
  for (const { name, required } of row.fields) if (required && fields[name] === 0) delete fields[name];
  return type.encode(type.create(fields)).finish();
}

function typeName(type: string): string {
  return type.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function oneofSize(message: Message, body: Uint8Array): number {
  const name = typeName(message.type);
  const field = name[0]!.toLowerCase() + name.slice(1);
  const any = schema.lookupType("Any");
  const number = any.fields[field]!.id;
  return 1 + (number < 16 ? 1 : 2) + (body.length < 128 ? 1 : 2) + body.length;
}

function entryOf({ name, value }: { name: string; value: unknown }): CorpusEntry {
  const message = fromJson(value);
  if (!message.ok) throw new Error(`${name}: ${JSON.stringify(message.refusal)}`);
  const encoded = encodeMessage(message.value);
  if (!encoded.ok) throw new Error(`${name}: ${JSON.stringify(encoded.refusal)}`);
  const body = protobufBody(message.value);
  return {
    name,
    message: message.value,
    bytes: encoded.value,
    json: Buffer.byteLength(JSON.stringify(toJson(message.value))),
    typeByte: 2 + body.length,
    oneof: oneofSize(message.value, body),
    freeText: FREE_TEXT.some((field) => field in message.value),
  };
}

export const corpus: readonly CorpusEntry[] = (
  JSON.parse(readFileSync(CORPUS_FILE, "utf8")) as { name: string; value: unknown }[]
).map(entryOf);

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
