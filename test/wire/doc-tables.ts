// The tables of docs/wire.md, made from the code that they describe.

import { REASONS, wordsFor } from "#wire/refusals.ts";
import { TYPES, type TypeRow } from "#wire/schema.ts";
import { SERVICES, TAXONOMY, UNITS } from "#wire/taxonomy.ts";

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

function typeTable(type: TypeRow): string {
  const fields = type.fields.map(({ name, field, required }, index) =>
    row(index + 1, `\`${name}\``, field.holds, required ? "yes" : ""),
  );
  const head = `#### ${type.number} \`${type.name}\``;
  return [head, "", row("place", "field", "holds", "required"), row("---", "---", "---", "---"), ...fields].join("\n");
}

/** One table for each type of message. */
export const typeTables: readonly string[] = [...TYPES.values()].map(typeTable);

export const demandTable: string = [
  row("demand", "types"),
  row("---", "---"),
  ...(["none", "proof", "fresh"] as const).map((demand) => {
    const names = [...TYPES.values()].filter((type) => type.demand === demand).map((type) => type.name);
    return row(`\`${demand}\``, names.join(", "));
  }),
].join("\n");

export const refusalTable: string = [
  row("reason", "in words"),
  row("---", "---"),
  ...REASONS.map((reason) => row(`\`${reason}\``, wordsFor({ reason, at: 0 }).replace(", at byte 0", ""))),
].join("\n");

export const taxonomyTable: string = [
  row("code", "name", "group", "English", "Spanish"),
  row("---", "---", "---", "---", "---"),
  ...TAXONOMY.terms.map(({ code, name, group, medical, words }) =>
    row(code, medical ? `${name} (medical)` : name, group, words.en!.join(", "), words.es!.join(", ")),
  ),
].join("\n");

const smallTable = (table: typeof UNITS): string =>
  [
    row("code", "name", "English", "Spanish"),
    row("---", "---", "---", "---"),
    ...table.map(([code, name, en, es]) => row(code, name, en.join(", "), es.join(", "))),
  ].join("\n");

export const unitTable: string = smallTable(UNITS);
export const serviceTable: string = smallTable(SERVICES);
