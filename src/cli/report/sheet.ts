// The block sheet on paper: one zone a leaf. In front how each home stands, in type that is read at arm's length by the light of
// a torch; on the back the form for when radios fail, with the zone's homes printed in, the silent ones first.

import type { Sheet, SheetHome, SheetZone } from "#gateway/reports/sheets.ts";
import { BOTTOM, drawTable, MARGIN, pagesOf, print, WIDTH, widthsOf, type Cell, type Paper } from "./paper.ts";
import { momentIn } from "./forms.ts";

export function printSheet(sheet: Sheet): Promise<Buffer> {
  return print(`${sheet.title}: block sheets`, (paper) => {
    for (const zone of sheet.zones) {
      drawFront(paper, sheet, zone);
      // So that the form comes to lie on the back of the last page, and the next zone begins a new leaf.
      if (pagesOf(paper) % 2 === 0) paper.addPage();
      drawBack(paper, sheet, zone);
      if (pagesOf(paper) % 2 === 1) paper.addPage();
    }
  });
}

/** Answers where the content begins. */
function head(paper: Paper, sheet: Sheet, title: string, below: string): number {
  paper.addPage();
  paper.font("bold").fontSize(24).text(title, MARGIN, MARGIN, { width: WIDTH, height: 30, ellipsis: true });
  paper
    .font("plain")
    .fontSize(11)
    .text(below, MARGIN, MARGIN + 32, { width: WIDTH });
  if (sheet.mark !== undefined) {
    paper.rect(MARGIN + WIDTH - 130, MARGIN, 130, 26).fill("black");
    paper
      .fillColor("white")
      .font("bold")
      .fontSize(16)
      .text(sheet.mark, MARGIN + WIDTH - 130, MARGIN + 4, { width: 130, align: "center" });
    paper.fillColor("black");
  }
  return paper.y + 8;
}

const headsWords = ({ heads }: SheetZone): string =>
  heads.length === 0
    ? "No captain"
    : `Captain: ${heads[0]!}${heads.length > 1 ? `, deputy: ${heads.slice(1).join(", ")}` : ""}`;

// ───────────────────────────── the front ─────────────────────────────

/** Whoever may need somebody stands out; the rest is plain. */
const LOUD: ReadonlySet<SheetHome["column"]> = new Set(["silent", "urgent"]);

function drawFront(paper: Paper, sheet: Sheet, zone: SheetZone): void {
  const below = `${headsWords(zone)} · ${countWords(zone)}\n${sheet.title} · printed ${momentIn(sheet, sheet.preparedAt)}`;
  const start = head(paper, sheet, zone.name, below);
  drawTable(paper, start, {
    widths: widthsOf([1.2, 2.2, 4, 1, 4.1]),
    header: ["House", "Stands", "Who lives there", "People", "What is known"].map((text) => ({
      text,
      size: 8,
      bold: true,
    })),
    rows: zone.homes.map((home) => [
      { text: home.household, size: 18, bold: true },
      { text: home.status, size: 12, bold: true, inverse: LOUD.has(home.column) },
      { text: whoWords(home), size: 11 },
      { text: home.people === null ? "" : String(home.people), size: 14, align: "center" },
      { text: knownWords(sheet, home), size: 10 },
    ]),
    least: 30,
    most: 160,
    bottom: BOTTOM,
    nextPage: () => head(paper, sheet, zone.name, `${headsWords(zone)} (continued)`),
  });
}

function countWords({ homes }: SheetZone): string {
  const counts = new Map<string, number>();
  for (const { status } of homes) counts.set(status, (counts.get(status) ?? 0) + 1);
  return `${homes.length} homes: ${[...counts].map(([status, count]) => `${count} ${status}`).join(", ")}`;
}

function whoWords({ names, animals, needsPower, private: more }: SheetHome): string {
  return [
    names.join(", "),
    ...(animals === null || animals === 0 ? [] : [`animals: ${animals}`]),
    ...(needsPower ? ["⚡ depends on electricity"] : []),
    ...(more === undefined ? [] : [more.address, more.contacts, more.mobility, more.medical]),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function knownWords(sheet: Sheet, { call, needs, place, at, by, source, doubtful, private: more }: SheetHome): string {
  const from = [at === null ? "" : shortMoment(sheet, at), source === "self" || by === null ? "" : by];
  return [
    call ? "CALL FOR HELP IS OPEN" : "",
    needs.length === 0 ? "" : `needs ${needs.join(", ")}`,
    place === null ? "" : `at ${place}`,
    more?.note ?? "",
    from.filter((part) => part !== "").join(", "),
    doubtful ? "NOT PROVEN: perhaps not their word" : "",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/** The time alone where it is today's. */
function shortMoment(sheet: Sheet, iso: string): string {
  const [day, time = ""] = momentIn(sheet, iso).split(" ");
  return momentIn(sheet, sheet.preparedAt).startsWith(day!) ? time : `${time}, ${day}`;
}

// ───────────────────────────── the back ─────────────────────────────

const HOW = [
  "1. Go from home to home; those marked ● first: nothing was heard of them. Knock, call, look. Never go in alone.",
  "2. One tick a home. Write how many people you counted, and what is needed or where they went.",
  "3. URGENT: send somebody to the coordinators at once, with the number of the house. Do not finish the round first.",
  "4. Bring this sheet back. A coordinator enters each line: !set 14 ok seen at the door",
];

const BOX = "☐";
const SPARE = 2;

function drawBack(paper: Paper, sheet: Sheet, zone: SheetZone): void {
  const start = head(paper, sheet, `${zone.name}: when radios fail`, HOW.join("\n"));
  paper.font("plain").fontSize(11);
  paper.text("Name: ______________________   Date: ______________   From: ________   To: ________", MARGIN, start + 6);
  const rows = [
    ...zone.homes.map((home) => formRow(`${home.household}${home.column === "silent" ? " ●" : ""}`)),
    ...Array.from({ length: SPARE }, () => formRow("")),
  ];
  const table = start + 30;
  const room = BOTTOM - table - 26;
  const least = Math.min(Math.max(Math.floor(room / rows.length) - 1, 28), 48);
  drawTable(paper, table, {
    widths: widthsOf([1.7, 1, 1, 1.25, 1, 1.25, 1.2, 5.5]),
    header: [
      "House",
      "OK",
      "NEED",
      "URGENT",
      "LEFT",
      "nobody answers",
      "People",
      "What is needed · where they went · time",
    ].map((text) => ({ text, size: 7.5, bold: true })),
    rows,
    least,
    most: least,
    bottom: BOTTOM,
    nextPage: () => head(paper, sheet, `${zone.name}: when radios fail`, "(continued)"),
  });
}

function formRow(house: string): Cell[] {
  const box: Cell = { text: BOX, size: 20, align: "center" };
  return [
    { text: house, size: 16, bold: true },
    box,
    box,
    box,
    box,
    box,
    { text: "", size: 10 },
    { text: "", size: 10 },
  ];
}
