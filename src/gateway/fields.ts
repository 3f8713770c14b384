// Fields of strangers' JSON: what has the right type is taken, everything else is absent.

import { utf8Length } from "#base/bytes.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** An event may be 64 KiB (spec, "Size limits"), so no string in it is longer. */
const LONGEST_TEXT = 65_536;

export function textField(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "string" && utf8Length(value) <= LONGEST_TEXT ? value : undefined;
}

export function numberField(fields: Fields, name: string): number | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function objectField(fields: Fields, name: string): Fields {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The objects of a list; everything else in it is passed over. */
export function objectsField(fields: Fields, name: string): readonly Fields[] {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return Array.isArray(value) ? value.filter((each): each is Fields => typeof each === "object" && each !== null) : [];
}
