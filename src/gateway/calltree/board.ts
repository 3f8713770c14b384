// The board of a page: one thread in each operators' room, headed by the tree drawn as text, which is edited in place. What is said
// about the page is said in its thread. Changes are gathered for a moment; the edits themselves are slower still (board.ts).

import { timeOfDay } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { html } from "#base/html.ts";
import { drawText } from "#domain/calltree/draw.ts";
import type { MessageClass } from "#domain/message.ts";
import { pagesIn, type PageRow } from "#store/pages.ts";
import { hasTimer, setTimer } from "#store/world.ts";
import { defuse } from "#wire/text.ts";
import { keepBoard, tellThread } from "#gateway/matrix/board.ts";
import { marked } from "#gateway/events.ts";
import { drawnPage, pageView } from "./status.ts";
import { operatorsPlaces } from "#gateway/matrix/places.ts";
import type { Subject } from "#gateway/matrix/subjects.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";
import type { PageView } from "./words.ts";

const GATHER: Millis = 2_000;
/** Lines of the tree on the board; an edit carries them twice. */
const MOST_LINES = 120;

const keyOf = (number: number): string => `page ${number}`;
const subjectOf = (number: number): Subject => ({ kind: "page", number });

/** Something happened to a page: its board is drawn soon. */
export function pageChanged(turn: Turn): void {
  if (!hasTimer(turn.store, "page-boards", 0)) setTimer(turn.store, "page-boards", 0, turn.now + GATHER);
}

/** Timer: draws the boards of all that are not called off. */
export function drawPages(turn: Turn): void {
  for (const page of pagesIn(turn.store, "running", "finished"))
    if (turn.now < page.plan.deadline + GATHER) showPage(turn, page);
}

export function showPage(turn: Turn, page: PageRow): void {
  const view = pageView(turn, page);
  const [title, ...head] = headOf(turn, page, view);
  const lines = drawText(drawnPage(view, page)).map(defuse);
  const more =
    lines.length > MOST_LINES ? [`… ${lines.length - MOST_LINES} more (!page status ${view.reference})`] : [];
  const tree = [...lines.slice(0, MOST_LINES), ...more].join("\n");
  const foot = footOf(view).join("\n");
  const words = {
    body: [title, ...head, tree, foot].filter((part) => part !== "").join("\n"),
    html: html`<b>${title ?? ""}</b><br />${head.join(" · ")}
      <pre><code>${tree}</code></pre>
      ${foot}`,
  };
  for (const place of operatorsPlaces(turn, false))
    keepBoard(turn, place, keyOf(page.number), words, { subject: subjectOf(page.number), class: "page" });
}

/** Words about this page, in its thread. */
export function tellPage(turn: Turn, page: PageRow, words: string, messageClass: MessageClass = "information"): void {
  for (const place of operatorsPlaces(turn, false))
    tellThread(turn, place, keyOf(page.number), page.drill ? marked(words) : words, {
      class: messageClass,
      subject: subjectOf(page.number),
    });
}

function headOf(turn: Turn, page: PageRow, view: PageView): string[] {
  const title = `Page ${view.reference}: ${view.reached} of ${view.nodes} reached (${view.percent} %)`;
  const time = (at: Millis): string => timeOfDay(calendarTime(turn, at), turn.settings.node.timezone);
  const ended = page.endedBy === null ? "" : ` by ${page.endedBy}`;
  return [
    page.drill ? marked(title) : title,
    `${view.urgent ? "URGENT " : ""}“${defuse(page.body)}”`,
    `${STATES[view.state]}${ended}, since ${time(page.openedAt)}, deadline ${time(page.plan.deadline)}`,
    ...view.rings.map(({ ring, reached, nodes }) => `ring ${ring}: ${reached} of ${nodes}`),
  ];
}

const STATES: Readonly<Record<PageView["state"], string>> = {
  ready: "waits for a second person's ✅",
  running: "under way",
  finished: "finished",
  stopped: "stopped",
  cleared: "all clear",
};

function footOf({ visits, reference, state }: PageView): string[] {
  const names = visits.map(({ name, house }) => (house === null ? name : `${house} ${name}`));
  return [
    ...(names.length === 0 ? [] : [`To be visited: ${names.map(defuse).join(", ")}`]),
    ...(state === "running" || state === "finished" ? [`!page stop ${reference} · !page allclear ${reference}`] : []),
  ];
}
