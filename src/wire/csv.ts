// Tables for spreadsheets. Read strictly: separated by comma, semicolon or tab, with a header whose names are known; every mistake is
// named with its line, and nothing is taken from a file that has one. Written so that a cell which a spreadsheet would take for a
// formula stays text: what strangers said by radio ends up in these files.

import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { parsed, refused, type Parsed } from "#base/parsed.ts";

export interface Mistake {
  /** From 1. */
  readonly line: number;
  readonly column?: string;
  readonly what: string;
}

/** A column guide: name, what goes in, an example. */
export type Columns = readonly (readonly [string, string, string])[];

export interface CsvLine {
  readonly line: number;
  /** By column, trimmed, in NFC, without the quote that keeps a spreadsheet from calculating. Columns at the end may be missing. */
  readonly record: Readonly<Record<string, string>>;
}

/** `needed`: columns that must be in the header. `empty`: what is said of a file without a line. */
export function readCsv(
  text: string,
  columns: Columns,
  needed: readonly string[],
  empty: string,
): Parsed<CsvLine[], readonly Mistake[]> {
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(text, {
      bom: true,
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      delimiter: [",", ";", "\t"],
      info: true,
      relaxColumnCountLess: true,
      skipEmptyLines: true,
      trim: true,
    }) as unknown as typeof rows;
  } catch (error) {
    const { lines, message } = error as { lines?: number; message: string };
    return refused([{ line: lines ?? 1, what: message }]);
  }
  if (rows.length === 0) return refused([{ line: 1, what: empty }]);
  const header = Object.keys(rows[0]!.record);
  const names = columns.map(([name]) => name);
  const strange = header.filter((name) => !names.includes(name));
  const missing = needed.filter((name) => !header.includes(name));
  const mistakes = [
    ...strange.map((column) => ({ line: 1, column, what: `there is no such column; there are: ${names.join(", ")}` })),
    ...missing.map((column) => ({ line: 1, column, what: "this column is needed" })),
  ];
  if (mistakes.length > 0) return refused(mistakes);
  return parsed(
    rows.map(({ record, info }) => ({
      line: info.lines,
      record: Object.fromEntries(Object.entries(record).map(([name, value]) => [name, cell(value)])),
    })),
  );
}

function cell(value: string): string {
  return value.replace(/^'(?=[=+\-@])/, "").normalize("NFC");
}

export function writeCsv(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify([[...columns], ...rows.map((row) => row.map((value) => value ?? ""))], { escape_formulas: true });
}
