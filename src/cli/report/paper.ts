// A4 paper: a font that prints names with accents, Greek and Cyrillic (DejaVu Sans, whose licence allows embedding; not Chinese,
// Japanese or Korean), and tables whose rows are never cut by the end of a page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Pdf from "pdfkit";
import { unpackWoff } from "./woff.ts";

export type Paper = InstanceType<typeof Pdf>;

/** Points; 72 to the inch. A4 is 595.28 by 841.89. */
export const MARGIN = 36;
export const WIDTH = 595.28 - 2 * MARGIN;
export const BOTTOM = 841.89 - MARGIN;

const require = createRequire(import.meta.url);
const fontFile = (weight: 400 | 700): Buffer =>
  unpackWoff(readFileSync(require.resolve(`@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff`)));

/** Draws on paper and resolves to the PDF's bytes. */
export async function print(title: string, draw: (paper: Paper) => void): Promise<Buffer> {
  const paper = new Pdf({
    size: "A4",
    margin: MARGIN,
    autoFirstPage: false,
    bufferPages: true,
    info: { Title: title, Creator: "Muster" },
  });
  const parts: Buffer[] = [];
  const ended = new Promise<Buffer>((resolve, reject) => {
    paper.on("data", (part: Buffer) => parts.push(part));
    paper.on("end", () => resolve(Buffer.concat(parts)));
    paper.on("error", reject);
  });
  paper.registerFont("plain", fontFile(400));
  paper.registerFont("bold", fontFile(700));
  draw(paper);
  paper.end();
  return ended;
}

/** How many pages there are so far. */
export function pagesOf(paper: Paper): number {
  return paper.bufferedPageRange().count;
}

export interface Style {
  readonly size: number;
  readonly bold?: boolean;
  /** White on black: what must be seen first. */
  readonly inverse?: boolean;
  readonly align?: "left" | "center";
}

export interface Cell extends Style {
  readonly text: string;
}

const PADDING = 3;

/** Text in a box with a border; what does not fit is cut with "…". */
export function drawCell(paper: Paper, cell: Cell, x: number, y: number, width: number, height: number): void {
  if (cell.inverse) paper.rect(x, y, width, height).fill("black");
  paper.lineWidth(0.5).rect(x, y, width, height).stroke("black");
  paper
    .font(cell.bold ? "bold" : "plain")
    .fontSize(cell.size)
    .fillColor(cell.inverse ? "white" : "black");
  paper.text(cell.text, x + PADDING, y + PADDING, {
    width: width - 2 * PADDING,
    height: height - PADDING,
    ellipsis: true,
    align: cell.align ?? "left",
    lineGap: 0,
  });
  paper.fillColor("black");
}

/** The height that a row needs for all of its cells. */
export function heightOf(paper: Paper, cells: readonly Cell[], widths: readonly number[]): number {
  return Math.max(
    ...cells.map((cell, index) => {
      paper.font(cell.bold ? "bold" : "plain").fontSize(cell.size);
      return paper.heightOfString(cell.text || " ", { width: widths[index]! - 2 * PADDING }) + 2 * PADDING;
    }),
  );
}

export interface Table {
  readonly widths: readonly number[];
  readonly header: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
  /** Points; rows with more to say grow, up to `most`. */
  readonly least: number;
  readonly most: number;
  /** Called on every further page; answers where the table goes on. */
  readonly nextPage: () => number;
  /** Where a page ends. */
  readonly bottom: number;
}

/** Draws from `y` down; answers where it ends. */
export function drawTable(paper: Paper, y: number, table: Table): number {
  const row = (cells: readonly Cell[], at: number, height: number): void => {
    let x = MARGIN;
    for (const [index, cell] of cells.entries()) {
      drawCell(paper, cell, x, at, table.widths[index]!, height);
      x += table.widths[index]!;
    }
  };
  const head = heightOf(paper, table.header, table.widths);
  row(table.header, y, head);
  let at = y + head;
  for (const cells of table.rows) {
    const height = Math.min(Math.max(table.least, heightOf(paper, cells, table.widths)), table.most);
    if (at + height > table.bottom) {
      at = table.nextPage();
      row(table.header, at, head);
      at += head;
    }
    row(cells, at, height);
    at += height;
  }
  return at;
}

/** Columns in parts of the width. */
export function widthsOf(parts: readonly number[]): number[] {
  const all = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => (part / all) * WIDTH);
}
