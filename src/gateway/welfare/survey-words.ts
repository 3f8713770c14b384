// The survey as a message in Matrix: to be read at arm's length, in a narrow timeline, by somebody who has slept little. A
// colour and a word for each column, one line each; the numbers of houses are what people look for, so they stand out.
//
// An edit carries the words twice, and an event may be 64 KiB with everything around it: what matters least is left out
// until it fits.

import { timeOfDay } from "#base/calendar.ts";
import { utf8Length } from "#base/bytes.ts";
import { html, type Html } from "#base/html.ts";
import { clipped } from "#base/text.ts";
import { isProven } from "#domain/people/trust.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { TAXONOMY, wordFor } from "#wire/taxonomy.ts";
import type { BoardWords } from "#gateway/matrix/board.ts";
import { COLUMNS, countsOf, type Column, type Home, type ZoneSurvey } from "./survey.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";

const COLUMN_WORDS: Readonly<Record<Column, { readonly mark: string; readonly word: string }>> = {
  silent: { mark: "⚪", word: "SILENT" },
  need: { mark: "🟠", word: "NEED" },
  urgent: { mark: "🔴", word: "URGENT" },
  accounted: { mark: "🟢", word: "OK" },
};

/** Body and formatted body together; an edit doubles it, and JSON may double that. */
const MOST_BYTES = 14_000;

/** How much is told of the homes in a column; most first. */
interface Detail {
  readonly most: number;
  readonly notes: boolean;
  /** Which houses are accounted for, not only how many. */
  readonly accounted: boolean;
  /** One line a zone, figures alone. */
  readonly figures?: true;
}

const FIGURES: Detail = { most: 0, notes: false, accounted: false, figures: true };

const DETAILS: readonly Detail[] = [
  { most: Infinity, notes: true, accounted: true },
  { most: Infinity, notes: true, accounted: false },
  { most: Infinity, notes: false, accounted: false },
  { most: 10, notes: false, accounted: false },
  FIGURES,
];

/** `head`: lines above the zones, the first the title; `foot`: below them. */
export function surveyWords(
  turn: Turn,
  head: readonly string[],
  zones: readonly ZoneSurvey[],
  foot: readonly string[] = [],
): BoardWords {
  const shapes = DETAILS.map((detail) => () => wordsIn(turn, head, zones, foot, detail));
  let words = shapes[0]!();
  for (const shape of shapes.slice(1)) {
    if (utf8Length(words.body) + utf8Length(words.html.markup) <= MOST_BYTES) break;
    words = shape();
  }
  return words;
}

/** Of each zone its figures alone: no house, no name, no note. */
export function surveyFigures(turn: Turn, head: readonly string[], zones: readonly ZoneSurvey[]): BoardWords {
  const nameless = zones.map((zone) => ({ ...zone, heads: [] }));
  return wordsIn(turn, head, nameless, [], FIGURES);
}

function wordsIn(
  turn: Turn,
  head: readonly string[],
  zones: readonly ZoneSurvey[],
  foot: readonly string[],
  detail: Detail,
): BoardWords & { readonly html: Html } {
  const counts = countsOf(zones);
  const total = COLUMNS.map((column) => `${COLUMN_WORDS[column].mark} ${counts[column]} ${COLUMN_WORDS[column].word}`);
  const [title = "", ...below] = head;
  const parts = zones.map((zone) => zoneWords(turn, zone, detail));
  const body = [
    [title, ...below, total.join(" · ")].join("\n"),
    ...(detail.figures ? [parts.map(figuresText).join("\n")] : parts.map(partText)),
    ...(foot.length > 0 ? [foot.join("\n")] : []),
  ];
  const sections = detail.figures
    ? html`<ul>
        ${parts.map(figuresHtml)}
      </ul>`
    : html`${parts.map(partHtml)}`;
  return {
    body: defuse(body.join("\n\n")),
    html: html`<h4>${title}</h4>
      <p>${below.map((line) => html`${line}<br />`)}<b>${total.join(" · ")}</b></p>
      ${sections}${foot.map((line) => html`<p><i>${line}</i></p>`)}`,
  };
}

interface Part {
  readonly heading: string;
  readonly lines: readonly {
    readonly mark: string;
    readonly word: string;
    readonly count: number;
    readonly items: readonly Item[];
  }[];
}

const partText = ({ heading, lines }: Part): string =>
  [
    heading,
    ...lines.map(({ mark, word, count, items }) => `${mark} ${count} ${word}: ${items.map(itemText).join(", ")}`),
  ].join("\n");

const partHtml = ({ heading, lines }: Part): Html =>
  html`<h5>${heading}</h5>
    <ul>
      ${lines.map(({ mark, word, count, items }) => html`<li>${mark} <b>${count} ${word}:</b> ${joined(items)}</li>`)}
    </ul>`;

const figuresText = ({ heading, lines }: Part): string =>
  [heading, ...lines.map(({ mark, count }) => `${mark} ${count}`)].join(" · ");

const figuresHtml = (part: Part): Html => html`<li>${figuresText(part)}</li>`;

interface Item {
  readonly house: string;
  readonly more: string;
}

const itemText = ({ house, more }: Item): string => (more === "" ? house : `${house} ${more}`);

/** Plain numbers run on; what has something to say gets a line of its own. */
function joined(items: readonly Item[]): Html[] {
  return items.map(({ house, more }, index) => {
    const gap = index === 0 ? "" : more === "" && items[index - 1]!.more === "" ? " · " : "";
    return more === "" ? html`${gap}<b>${house}</b>` : html`<br /><b>${house}</b> ${more}`;
  });
}

function zoneWords(turn: Turn, zone: ZoneSurvey, detail: Detail): Part {
  const heads = zone.heads.length === 0 ? "" : ` (${zone.heads.map((name) => defuseName(name, 24)).join(", ")})`;
  const heading = `${defuseName(zone.name, 30)}${heads} · ${zone.accounted.length} of ${zone.homes} OK`;
  const lines = COLUMNS.flatMap((column) => {
    const homes = zone[column];
    if (homes.length === 0) return [];
    const items = itemsOf(turn, column, homes, detail);
    return [{ ...COLUMN_WORDS[column], count: homes.length, items }];
  });
  return { heading, lines };
}

function itemsOf(turn: Turn, column: Column, homes: readonly Home[], detail: Detail): Item[] {
  if (column === "accounted" && !detail.accounted) return [];
  const items = homes
    .slice(0, detail.most)
    .map((home) => ({ house: home.house, more: MORE[column](turn, home, detail) }));
  return homes.length > detail.most ? [...items, { house: `… +${homes.length - detail.most}`, more: "" }] : items;
}

const MORE: Readonly<Record<Column, (turn: Turn, home: Home, detail: Detail) => string>> = {
  silent: (_turn, { house, standing: { waiting } }) =>
    waiting === undefined ? "" : `(${waiting.source}: ${waiting.status} ${house}?)`,
  need: saidWords,
  urgent: (turn, home, detail) => `${home.standing.call ? "🆘 " : ""}${saidWords(turn, home, detail)}`.trim(),
  accounted: (_turn, { standing: { status, fact } }) =>
    `${status === "evacuated" ? `→ ${clipped(defuse(fact?.place ?? "evacuated"), 24)}` : ""}${doubt(fact)}`.trim(),
};

/** "insulin, water “roof leaks” 14:20 Ben" */
function saidWords(turn: Turn, { standing: { fact } }: Home, { notes }: Detail): string {
  if (fact === undefined) return "";
  const needs = fact.needs.map((code) => wordFor(TAXONOMY, code, turn.settings.node.language)).join(", ");
  const note = fact.note === undefined || !notes ? "" : `“${clipped(defuse(fact.note), 60)}”`;
  const time = fact.clockSure ? timeOfDay(calendarTime(turn, fact.at), turn.settings.node.timezone) : "";
  const by = fact.source === "self" ? "" : defuseName(fact.by, 24);
  return [needs, note, time, by, doubt(fact)].filter((part) => part !== "").join(" ");
}

/** What could be anybody's word is marked wherever it is shown. */
function doubt(fact: Home["standing"]["fact"]): string {
  return fact === undefined || isProven(fact.trust) ? "" : "⚠";
}
