// `muster report`: the data of each report, from the rows as they are; the command line puts it on paper.

import { parseIsoTime } from "#base/calendar.ts";
import { ics214, ics309, periodOf, type Ics214, type Ics309, type ReportWish } from "./logs.ts";
import { sheetOf, type Sheet } from "./sheets.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Args, Desk } from "#gateway/desk-verb.ts";

export type Report =
  | { readonly ok: true; readonly kind: "ics309"; readonly report: Ics309 }
  | { readonly ok: true; readonly kind: "ics214"; readonly report: Ics214 }
  | { readonly ok: true; readonly kind: "blocksheet" | "csv"; readonly report: Sheet }
  | { readonly ok: false; readonly reason: string };

export const REPORT_KINDS = ["ics309", "ics214", "blocksheet", "csv"] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export const REPORT_DESK: Desk = { report: { changes: false, answer: report } };

function report(turn: Turn, args: Args): Report {
  const kind = REPORT_KINDS.find((each) => each === args["kind"]);
  const withPrivate = args["withPrivate"] === true;
  if (kind === undefined) return { ok: false, reason: `there is no report "${String(args["kind"])}"` };
  if (kind === "blocksheet" || kind === "csv") {
    const zone = typeof args["zone"] === "number" ? args["zone"] : undefined;
    const sheet = sheetOf(turn, { withPrivate, ...(zone === undefined ? {} : { zone }) });
    const empty = sheet.zones.every(({ homes }) => homes.length === 0);
    if (empty)
      return { ok: false, reason: zone === undefined ? "no household is on the list" : `there is no zone ${zone}` };
    return { ok: true, kind, report: sheet };
  }
  const wish = wishOf(args, withPrivate);
  const period = periodOf(turn, wish);
  if (!period) return { ok: false, reason: `there is no event ${wish.event}` };
  return kind === "ics309"
    ? { ok: true, kind, report: ics309(turn, period, wish) }
    : { ok: true, kind, report: ics214(turn, period, wish) };
}

function wishOf(args: Args, withPrivate: boolean): ReportWish {
  const moment = (value: unknown): number | undefined => (typeof value === "string" ? parseIsoTime(value) : undefined);
  const from = moment(args["since"]);
  const to = moment(args["until"]);
  return {
    withPrivate,
    preparedBy: typeof args["by"] === "string" ? args["by"] : "",
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(typeof args["event"] === "number" ? { event: args["event"] } : {}),
  };
}
