// muster report: logs and sheets as files. What the file's name ends with says which format.

import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { extname } from "node:path";
import type { Command } from "commander";
import { parseIsoTime } from "#base/calendar.ts";
import { REPORT_KINDS, type Report, type ReportKind } from "#gateway/reports/desk.ts";
import type { Ics214, Ics309 } from "#gateway/reports/logs.ts";
import type { Sheet, SheetHome } from "#gateway/reports/sheets.ts";
import { writeCsv } from "#wire/csv.ts";
import { askService } from "#cli/ask.ts";
import { answerJson, Failure, numberOption, UsageError, type Cli } from "#cli/verb.ts";

interface Options {
  readonly out?: string;
  readonly withPrivate?: boolean;
  readonly event?: number;
  readonly since?: string;
  readonly until?: string;
  readonly zone?: number;
  readonly by?: string;
  readonly json?: boolean;
}

export function defineReport(command: Command, cli: Cli): void {
  command
    .argument("<kind>", REPORT_KINDS.join(", "))
    .option("--out <file>", "the file, readable for its owner alone; it ends in .pdf, .csv or .json")
    .option("--with-private", "with what people wrote in direct messages, addresses, contacts and medical words")
    .option("--event <number>", "of this event; else the newest, or all that is kept", numberOption("--event", 1))
    .option("--since <time>", "from this moment (ISO)")
    .option("--until <time>", "up to this moment (ISO)")
    .option("--zone <number>", "of this zone only (blocksheet, csv)", numberOption("--zone", 1))
    .option("--by <name>", "who prepares it; else the user of this machine")
    .option("--json", "print the report as JSON")
    .action((kind: string, options: Options) => run(cli, kind, options));
}

async function run(cli: Cli, asked: string, options: Options): Promise<void> {
  const kind = REPORT_KINDS.find((each) => each === asked);
  if (kind === undefined) throw new UsageError(`There is no report "${asked}": ${REPORT_KINDS.join(", ")}.`);
  const { out, json } = options;
  if (out === undefined && json !== true) throw new UsageError("Say --out FILE, or --json.");
  for (const moment of [options.since, options.until])
    if (moment !== undefined && parseIsoTime(moment) === undefined)
      throw new UsageError(`"${moment}" is no moment like 2026-11-22T14:00Z.`);
  const format = out === undefined ? undefined : formatOf(kind, out);
  const { withPrivate, event, since, until, zone } = options;
  const by = options.by ?? userInfo().username;
  const answer = (await askService(cli, "report", { kind, withPrivate, event, since, until, zone, by })) as Report;
  if (!answer.ok) throw new Failure(`No report was made: ${answer.reason}.`, answer);
  if (out !== undefined && format !== undefined) {
    writeFileSync(out, await format(answer), { mode: 0o600 });
    cli.say(`Written to ${out}, readable for its owner alone.`);
  }
  if (json) answerJson(cli, answer.report);
}

type Made = Extract<Report, { ok: true }>;
type Format = (made: Made) => Promise<Buffer | string>;

const json: Format = (made) => Promise.resolve(`${JSON.stringify(made.report, null, 2)}\n`);
const csv: Format = (made) => Promise.resolve(csvOf(made));

/** By kind, what can be made of it; the PDF library is only loaded for a PDF. */
const FORMATS: Readonly<Record<ReportKind, Readonly<Record<string, Format>>>> = {
  ics309: {
    ".pdf": async (made) => (await import("./forms.ts")).printIcs309(made.report as Ics309),
    ".csv": csv,
    ".json": json,
  },
  ics214: {
    ".pdf": async (made) => (await import("./forms.ts")).printIcs214(made.report as Ics214),
    ".csv": csv,
    ".json": json,
  },
  blocksheet: {
    ".pdf": async (made) => (await import("./sheet.ts")).printSheet(made.report as Sheet),
    ".json": json,
  },
  csv: { ".csv": csv, ".json": json },
};

function formatOf(kind: ReportKind, out: string): Format {
  const formats = FORMATS[kind];
  const format = formats[extname(out).toLowerCase()];
  if (!format) throw new UsageError(`${kind} can be written to a file ending in ${Object.keys(formats).join(", ")}.`);
  return format;
}

// ───────────────────────────── CSV ─────────────────────────────

function csvOf(made: Made): string {
  switch (made.kind) {
    case "ics309":
      return writeCsv(
        ["time", "from", "from_number", "to", "to_number", "message"],
        made.report.log.map((row) => [row.time, row.from, row.fromNumber, row.to, row.toNumber, row.message]),
      );
    case "ics214":
      return writeCsv(
        ["time", "activity"],
        made.report.activities.map(({ time, activity }) => [time, activity]),
      );
    default:
      return sheetCsv(made.report);
  }
}

const PLAIN = ["household", "zone", "zone_name", "names", "people", "animals", "needs_power", "status", "call", "needs", "at", "by", "source", "means", "trust", "place"]; // prettier-ignore
const PRIVATE = ["address", "contacts", "mobility", "medical", "note"] as const;

function sheetCsv(sheet: Sheet): string {
  const columns = sheet.private ? [...PLAIN, ...PRIVATE] : PLAIN;
  const rows = sheet.zones.flatMap((zone) =>
    zone.homes.map((home) => [
      home.household,
      zone.zone,
      zone.name,
      home.names.join("; "),
      home.people,
      home.animals,
      home.needsPower ? "yes" : "no",
      home.status,
      home.call ? "open" : "",
      home.needs.join("; "),
      home.at,
      home.by,
      home.source,
      home.means,
      home.trust,
      home.place,
      ...privateCells(home),
    ]),
  );
  return writeCsv(columns, rows);
}

function privateCells({ private: more }: SheetHome): string[] {
  return more === undefined ? [] : PRIVATE.map((column) => more[column]);
}
