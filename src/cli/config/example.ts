// The sample config, printed from the table of keys: what is live in it are the defaults.

import { stringify } from "yaml";
import type { Field, ListField, SectionField } from "./fields.ts";
import { CONFIG } from "./table.ts";

const COMMENT_COLUMN = 44;

const HEAD = `# Muster's configuration, complete: every key with its default. All of it can be left out but the radio's place.
# Check it with \`muster config check FILE\`. Any key can come from the environment: MUSTER__NODE__NAME="Elm Street".
`;

/** A whole config file as text; `muster config check` finds nothing in it. */
export function exampleConfig(): string {
  const sections = Object.entries(CONFIG.keys).map(
    ([key, field]) => `\n${entry(key, field, undefined, "").join("\n")}\n`,
  );
  return HEAD + sections.join("");
}

/** The lines of one key. `value` overrides the field's own default or sample. */
function entry(key: string, field: Field, value: unknown, indent: string): string[] {
  if (field.kind === "section") return [`${indent}${key}:`, ...body(field, value, `${indent}  `)];
  if (field.kind === "list" && field.of.kind === "section") return sectionList(key, field, value, indent);
  const live = value ?? (field.kind === "list" ? field.default : (field.default ?? field.sample));
  if (live === undefined) return [];
  return [commented(`${indent}${key}: ${flow(live)}`, field.about)];
}

/** The keys of a section; of a sample, only those that it has. */
function body(field: SectionField, value: unknown, indent: string): string[] {
  const given = value as Record<string, unknown> | undefined;
  return Object.entries(field.keys).flatMap(([key, child]) =>
    given !== undefined && !(key in given) ? [] : entry(key, child, given?.[key], indent),
  );
}

function sectionList(key: string, field: ListField, value: unknown, indent: string): string[] {
  if (value !== undefined) return [`${indent}${key}:`, ...items(field, value as unknown[], `${indent}  `)];
  const samples = items(field, [...(field.sample ?? [])], "  ");
  return [commented(`${indent}${key}: []`, field.about), ...samples.map((line) => `${indent}# ${line}`)];
}

function items(field: ListField, values: readonly unknown[], indent: string): string[] {
  return values.flatMap((value) => {
    const lines = body(field.of as SectionField, value, `${indent}  `);
    return lines.map((line, index) => (index === 0 ? `${indent}- ${line.trimStart()}` : line));
  });
}

function commented(line: string, about: string | undefined): string {
  return about === undefined ? line : `${line.padEnd(COMMENT_COLUMN - 1)} # ${about}`;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  return stringify(value, { lineWidth: 0, defaultStringType: needsQuotes(value) ? "QUOTE_DOUBLE" : "PLAIN" }).trim();
}

/** Words that YAML reads otherwise without quotes, and those that a person editing them would break. */
function needsQuotes(value: unknown): boolean {
  return typeof value === "string" && (value === "" || /^[#!@&*{[]|: |\s$/.test(value));
}
