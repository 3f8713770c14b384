// The registers as CSV, as communities keep them in spreadsheets: who can do or has what, and the things that many share. The whole
// file is read before anything is believed; every mistake is named with its line.

import { stringify } from "csv-stringify/sync";
import { parsed, refused, type Parsed } from "#base/parsed.ts";
import type { Dependency } from "#domain/aid/dependencies.ts";
import type { House } from "#domain/wire-words.ts";
import { readCsv, type Mistake } from "./csv.ts";
import { aidDetails } from "./grammar/aid-details.ts";
import { needsInText } from "./grammar/needs.ts";
import { isHouse } from "./houses.ts";
import { TAXONOMY, UNITS } from "./taxonomy.ts";

/** The column guides: name, what goes in, an example. */
export const SKILL_COLUMNS = [
  ["household", "short number that is said on the air", "14"],
  ["name", "the person; empty for the whole household", "Ana Ruiz"],
  ["kind", "skill (can do) or have (a thing); without it a person's work is a skill", "skill"],
  ["what", "a word of the taxonomy, in English or Spanish", "nurse"],
  ["quantity", "with its unit", "2 kW"],
  ["note", "in words; never said on the air", "works nights"],
] as const;

export const THING_COLUMNS = [
  ["name", "what everybody calls it", "well"],
  ["kind", "well, pump, generator, server, radios …", "well"],
  ["keeper", "who looks after it, as on the list of people", "Ana Ruiz"],
  ["deputy", "who else can", "Ben Ode"],
  ["needs", "other things of this list without which it stops, separated by +", "pump + generator"],
  ["serves", "who relies on it, separated by +", "12 + 14 + 16a"],
] as const;

export interface SkillRow {
  readonly line: number;
  readonly household: House;
  readonly name: string;
  readonly kind: "skill" | "have";
  readonly code: number;
  readonly amount?: number;
  readonly unit?: number;
  readonly note: string;
}

export function readSkills(text: string): Parsed<SkillRow[], readonly Mistake[]> {
  const lines = readCsv(text, SKILL_COLUMNS, ["household", "what"], "there is nothing in it");
  if (!lines.ok) return lines;
  const mistakes: Mistake[] = [];
  const rows = lines.value.flatMap(({ record, line }): SkillRow[] => {
    const wrong = (column: string, what: string): [] => (mistakes.push({ line, column, what }), []);
    const house: string = (record["household"] ?? "").toLowerCase();
    if (!isHouse(house)) return wrong("household", `"${String(house)}" is no short number like 14 or 16a`);
    const [code] = needsInText(record["what"] ?? "");
    if (code === undefined) return wrong("what", `"${record["what"] ?? ""}" is no word of the taxonomy`);
    const kind = (record["kind"] ?? "").toLowerCase() || (ofPeople(code) ? "skill" : "have");
    if (kind !== "skill" && kind !== "have") return wrong("kind", `"${kind}" is neither skill nor have`);
    const { amount, unit } = aidDetails(record["quantity"] ?? "");
    return [
      {
        line,
        household: house,
        name: record["name"] ?? "",
        kind,
        code,
        note: record["note"] ?? "",
        ...(amount === undefined ? {} : { amount }),
        ...(unit === undefined ? {} : { unit }),
      },
    ];
  });
  return mistakes.length > 0 ? refused(mistakes) : parsed(rows);
}

/** What somebody is, not what they have. */
const WORK: ReadonlySet<number> = new Set([11, 12, 59, 75, 76, 77, 78, 80, 103, 104, 112, 123, 124, 134, 135]);
const ofPeople = (code: number): boolean => WORK.has(code) || TAXONOMY.byCode.get(code)?.group === "people";

export function writeSkills(rows: readonly SkillRow[]): string {
  const cells = rows.map((row) => {
    const unit = UNITS.find(([code]) => code === row.unit)?.[1];
    return {
      household: row.household,
      name: row.name,
      kind: row.kind,
      what: TAXONOMY.byCode.get(row.code)?.words["en"]?.[0] ?? "",
      quantity: row.amount === undefined ? "" : `${row.amount}${unit === undefined ? "" : ` ${unit}`}`,
      note: row.note,
    };
  });
  return stringify(cells, { header: true, columns: SKILL_COLUMNS.map(([name]) => name), escape_formulas: true });
}

const parts = (text: string): string[] =>
  text
    .split("+")
    .map((part) => part.trim())
    .filter((part) => part !== "");

export function readThings(text: string): Parsed<Dependency[], readonly Mistake[]> {
  const lines = readCsv(text, THING_COLUMNS, ["name"], "there is nothing in it");
  if (!lines.ok) return lines;
  const nameless = lines.value.filter(({ record }) => (record["name"] ?? "") === "");
  if (nameless.length > 0)
    return refused(nameless.map(({ line }) => ({ line, column: "name", what: "it needs a name" })));
  const known = new Set(lines.value.map(({ record }) => record["name"]!.toLowerCase()));
  const mistakes = lines.value.flatMap(({ record, line }) =>
    parts(record["needs"] ?? "")
      .filter((need) => !known.has(need.toLowerCase()))
      .map((need) => ({ line, column: "needs", what: `"${need}" is no name of this list` })),
  );
  if (mistakes.length > 0) return refused(mistakes);
  return parsed(
    lines.value.map(({ record }) => ({
      name: record["name"]!,
      kind: record["kind"] ?? "",
      keeper: record["keeper"] ?? "",
      deputy: record["deputy"] ?? "",
      needs: parts(record["needs"] ?? ""),
      serves: parts(record["serves"] ?? ""),
    })),
  );
}

export function writeThings(things: readonly Dependency[]): string {
  const cells = things.map(({ needs, serves, ...rest }) => ({
    ...rest,
    needs: needs.join(" + "),
    serves: serves.join(" + "),
  }));
  return stringify(cells, { header: true, columns: THING_COLUMNS.map(([name]) => name), escape_formulas: true });
}
