// The pages that the gateway publishes on the shared folder for everybody who may open it: how the neighbourhood stands, who was
// trained in what, what happened in each event, what is ahead. Never an address, a medical word or what somebody wrote to us: only
// counts by zone, names of those who chose to be trained, and the public record of events.

import { isoTime } from "#base/calendar.ts";
import { attendanceOf, listTrained } from "#store/calendar.ts";
import { openItems } from "#store/aid.ts";
import { TAXONOMY, wordFor } from "#wire/taxonomy.ts";
import { eventViews } from "#gateway/welfare/event-changes.ts";
import { periodOf, ics214 } from "#gateway/reports/logs.ts";
import { trainingReference, upcoming, whenWords } from "./calendar.ts";
import { serviceViews } from "./services.ts";
import { countsOf, homesNow, surveyOf, type ZoneSurvey } from "#gateway/welfare/survey.ts";
import type { Turn } from "#gateway/turn.ts";

type Cell = string | number;

export function pagesOf(turn: Turn): SharedPage[] {
  return [
    page(turn, "board", "How the neighbourhood stands", boardTable(turn)),
    page(turn, "skills", "Who was trained in what", skillsTable(turn)),
    page(turn, "calendar", "Trainings and drills ahead", calendarTable(turn)),
    page(turn, "services", "Shared services", servicesTable(turn)),
    ...eventViews(turn).map(({ number, name, mark }) =>
      page(turn, `event-${number}`, `${mark === undefined ? "" : `${mark}: `}${name}`, logTable(turn, number)),
    ),
  ];
}

function page(turn: Turn, name: string, title: string, lines: readonly string[]): SharedPage {
  const head = [
    `# ${plainLine(title)}`,
    "",
    `From the gateway ${plainLine(turn.settings.node.name)}; edits here are kept beside it.`,
  ];
  return { path: `pages/${name}.md`, text: `${[...head, "", ...lines].join("\n")}\n` };
}

/** What others wrote becomes no markup. */
function plainLine(text: Cell): string {
  return String(text)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]<>|#!]/g, String.raw`\$&`);
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return ["Nothing yet."];
  const row = (cells: readonly Cell[]): string => `| ${cells.map(plainLine).join(" | ")} |`;
  return [row(head), row(head.map(() => "---")).replaceAll(String.raw`\-`, "-"), ...rows.map(row)];
}

function boardTable(turn: Turn): string[] {
  const zones = surveyOf(turn, homesNow(turn));
  const cells = (name: string, zone: readonly ZoneSurvey[]): Cell[] => {
    const { homes, accounted, need, urgent, silent } = countsOf(zone);
    return [name, homes, accounted, need, urgent, silent];
  };
  const rows = zones.map((zone) => cells(zone.name, [zone]));
  return table(["Zone", "Homes", "Accounted for", "Need", "Urgent", "Silent"], [...rows, cells("all", zones)]);
}

function skillsTable(turn: Turn): string[] {
  const { language } = turn.settings.node;
  const offered = openItems(turn.store, ["skill"]).flatMap(({ code, owner: { name, zone } }) =>
    code === undefined ? [] : [[wordFor(TAXONOMY, code, language), name, zone ?? "", ""]],
  );
  const trained = listTrained(turn.store).map(({ skill, name, at }) => [skill, name, "", isoTime(at).slice(0, 10)]);
  return table(["Skill", "Who", "Zone", "Trained on"], [...offered, ...trained]);
}

function calendarTable(turn: Turn): string[] {
  return table(
    ["", "When", "What", "Where", "Signed up"],
    upcoming(turn).map((training) => [
      trainingReference(training),
      whenWords(turn, training.starts, turn.settings.node.language),
      training.title,
      training.place,
      attendanceOf(turn.store, training.number).length,
    ]),
  );
}

function servicesTable(turn: Turn): string[] {
  return table(
    ["Service", "State", "Since", "Owner", "Deputy"],
    serviceViews(turn).map(({ name, state, since, owner, deputy }) => [
      name,
      state,
      since === null ? "" : isoTime(since),
      owner,
      deputy ?? "",
    ]),
  );
}

/** The activity log of one event, as the paper report has it without private words. */
function logTable(turn: Turn, event: number): string[] {
  const wish = { event, withPrivate: false, preparedBy: "" };
  const period = periodOf(turn, wish);
  const activities = period ? ics214(turn, period, wish).activities : [];
  return table(
    ["Time", "Activity"],
    activities.map(({ time, activity }) => [time, activity]),
  );
}

export interface SharedPage {
  /** "pages/board.md" */
  readonly path: string;
  readonly text: string;
}
