// ICS 309 and ICS 214 on paper: the forms' blocks with their numbers, in their order.

import { dayOf, parseIsoTime, timeOfDay } from "#base/calendar.ts";
import type { Ics214, Ics309 } from "#gateway/reports/logs.ts";
import { BOTTOM, drawCell, drawTable, MARGIN, print, WIDTH, widthsOf, type Cell, type Paper } from "./paper.ts";

interface Block {
  readonly label: string;
  readonly value: string;
  readonly part: number;
}

interface Form {
  readonly title: string;
  readonly name: string;
  readonly mark?: string;
  /** Lines of blocks above the log. */
  readonly blocks: readonly (readonly Block[])[];
  readonly tables: readonly {
    readonly label: string;
    readonly parts: readonly number[];
    readonly header: readonly string[];
    readonly rows: readonly (readonly string[])[];
  }[];
  /** At the foot of every page; the page's number is added. */
  readonly foot: readonly Block[];
}

export function printIcs309(log: Ics309): Promise<Buffer> {
  return printForm({
    title: "COMMUNICATIONS LOG",
    name: log.form,
    ...(log.mark === undefined ? {} : { mark: log.mark }),
    blocks: [
      [
        { label: "1. Incident name", value: log.incidentName, part: 3 },
        { label: "2. Operational period (from, to)", value: periodWords(log), part: 3 },
      ],
      [
        { label: "3. Radio net name", value: log.radioNetName, part: 3 },
        { label: "4. Radio operator (name, station)", value: log.radioOperator, part: 3 },
      ],
    ],
    tables: [
      {
        label: "5. Communications log",
        parts: [1.6, 2.6, 1, 2.6, 1, 5.8],
        header: ["Time", "From: station", "Msg #", "To: station", "Msg #", "Message"],
        rows: log.log.map((row) => [
          momentIn(log, row.time),
          row.from,
          row.fromNumber,
          row.to,
          row.toNumber,
          row.message,
        ]),
      },
    ],
    foot: [
      { label: "6. Prepared by", value: log.preparedBy, part: 3 },
      { label: "7. Date and time prepared", value: momentIn(log, log.preparedAt), part: 2 },
    ],
  });
}

export function printIcs214(log: Ics214): Promise<Buffer> {
  return printForm({
    title: "ACTIVITY LOG",
    name: log.form,
    ...(log.mark === undefined ? {} : { mark: log.mark }),
    blocks: [
      [
        { label: "1. Incident name", value: log.incidentName, part: 3 },
        { label: "2. Operational period (from, to)", value: periodWords(log), part: 3 },
      ],
      [
        { label: "3. Name", value: log.name, part: 2 },
        { label: "4. ICS position", value: log.icsPosition, part: 2 },
        { label: "5. Home agency (and unit)", value: log.homeAgency, part: 2 },
      ],
    ],
    tables: [
      {
        label: "6. Resources assigned",
        parts: [3, 3, 3],
        header: ["Name", "ICS position", "Home agency (and unit)"],
        rows: log.resources.map(({ name, icsPosition, homeAgency }) => [name, icsPosition, homeAgency]),
      },
      {
        label: "7. Activity log",
        parts: [1.5, 9],
        header: ["Date/time", "Notable activities"],
        rows: log.activities.map(({ time, activity }) => [momentIn(log, time), activity]),
      },
    ],
    foot: [
      { label: "8. Prepared by (name, position, signature)", value: log.preparedBy, part: 3 },
      { label: "Date/time", value: momentIn(log, log.preparedAt), part: 2 },
    ],
  });
}

type Zoned = Pick<Ics309, "timezone">;

/** Local time on the 24-hour clock, as the forms ask for. */
export function momentIn({ timezone }: Zoned, iso: string): string {
  const at = parseIsoTime(iso) ?? 0;
  return `${dayOf(at, timezone)} ${timeOfDay(at, timezone)}`;
}

function periodWords(log: Zoned & Pick<Ics309, "operationalPeriod">): string {
  return `${momentIn(log, log.operationalPeriod.from)} to ${momentIn(log, log.operationalPeriod.to)} (${log.timezone})`;
}

// ───────────────────────────── drawing ─────────────────────────────

const BLOCK = 30;
const FOOT_AT = BOTTOM - BLOCK;

function printForm(form: Form): Promise<Buffer> {
  return print(`${form.name} ${form.title}`, (paper) => {
    let y = newPage(paper, form);
    for (const blocks of form.blocks) {
      drawBlocks(paper, blocks, y);
      y += BLOCK;
    }
    for (const { label, parts, header, rows } of form.tables) {
      if (y + 60 > FOOT_AT) y = newPage(paper, form);
      paper
        .font("bold")
        .fontSize(9)
        .text(label, MARGIN, y + 6);
      y = drawTable(paper, y + 20, {
        widths: widthsOf(parts),
        header: header.map((text) => ({ text, size: 8, bold: true })),
        rows: rows.map((row) => row.map((text): Cell => ({ text, size: 8 }))),
        least: 14,
        most: 200,
        bottom: FOOT_AT - 6,
        nextPage: () => newPage(paper, form),
      });
    }
    numberPages(paper, form);
  });
}

/** Answers where the page's content begins. */
function newPage(paper: Paper, { title, name, mark }: Form): number {
  paper.addPage();
  paper.font("bold").fontSize(15).text(title, MARGIN, MARGIN, { lineBreak: false });
  paper.fontSize(12).text(name, MARGIN, MARGIN + 2, { width: WIDTH, align: "right" });
  if (mark !== undefined) paper.fontSize(15).text(mark, MARGIN, MARGIN, { width: WIDTH, align: "center" });
  return MARGIN + 24;
}

function drawBlocks(paper: Paper, blocks: readonly Block[], y: number): void {
  const widths = widthsOf(blocks.map(({ part }) => part));
  let x = MARGIN;
  for (const [index, { label, value }] of blocks.entries()) {
    drawCell(paper, { text: label, size: 6.5 }, x, y, widths[index]!, BLOCK);
    paper
      .font("bold")
      .fontSize(9)
      .text(value, x + 3, y + 14, { width: widths[index]! - 6, height: 12, ellipsis: true });
    x += widths[index]!;
  }
}

function numberPages(paper: Paper, { foot }: Form): void {
  const { start, count } = paper.bufferedPageRange();
  for (let page = start; page < start + count; page++) {
    paper.switchToPage(page);
    const number = { label: "Page", value: `${page - start + 1} of ${count}`, part: 1 };
    drawBlocks(paper, [...foot, number], FOOT_AT);
  }
}
