// Tables as CSV for spreadsheets. A cell that a spreadsheet would take for a formula is written so that it stays text: what
// strangers said by radio ends up in these files.

import { stringify } from "csv-stringify/sync";

export function writeCsv(columns: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify([[...columns], ...rows.map((row) => row.map((cell) => cell ?? ""))], { escape_formulas: true });
}
