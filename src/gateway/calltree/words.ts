// What coordinators are told about call trees and pages.

import { html } from "#base/html.ts";
import type { Ending, House, PageAnswerWord } from "#domain/wire-words.ts";
import type { NodePhase } from "#domain/calltree/plan.ts";
import type { PageRow } from "#store/pages.ts";

export const PAGE_WORDS = {
  noTree: (name: string) => `there is no call tree "${name}" (muster tree list)`,
  noText: "a page needs words to say",
  minutes: "a page has 1 minute to 48 hours",
  tooLong: (bytes: number) => `the text is ${bytes} ${bytes === 1 ? "byte" : "bytes"} too long for one packet`,
  faulty: (what: string) => `the tree cannot be used: ${what}`,
  noSuch: (reference: string) => `there is no page ${reference}`,
  noneYet: "there was no page yet",
  noneRunning: "no page is under way",
  severalOpen: (references: readonly string[]) => `several are under way: name one of ${references.join(" ")}`,
  notRunning: (reference: string) => `${reference} is not under way`,
  cleared: (reference: string) => `${reference} was called off already`,
  notWaiting: (reference: string) => `${reference} waits for nobody's yes`,
  sameHand: (reference: string) => `somebody else than who asked for ${reference} has to say yes`,
  mayNotStop: (reference: string) => `only those named when ${reference} was started may stop it`,
  waits: (reference: string) =>
    `${reference} is for everybody: nothing leaves before a second person says yes (✅ here, !page yes ${reference}, or muster page start ${reference}).`,
  starts: (reference: string, people: number, rings: number, cost: string) =>
    `${reference} for ${people} in ${rings} ${rings === 1 ? "ring" : "rings"} begins. The first ring: ${cost}.`,
  opened: (reference: string, by: string, text: string) => `Page ${reference} by ${by}: “${text}”`,
  second: (reference: string, by: string) => `${by} said yes to ${reference}: it begins.`,
  stopped: (reference: string, by: string) =>
    `Page ${reference} was stopped by ${by}. Whoever had heard of it is told.`,
  allClear: (reference: string, by: string) => `All-clear for ${reference} by ${by}. Whoever had heard of it is told.`,
  changed: (reference: string, by: string, text: string) => `${by} changed the text of ${reference}: “${text}”`,
  answeredMeanwhile: "answered meanwhile",
  stoppedMeanwhile: "the page was stopped",
  reported: (reference: string, by: string, names: string) => `${by} reports for ${reference}: ${names} reached.`,
  afterAll: (reference: string, who: { readonly name: string; readonly house?: House } | undefined) =>
    `${who?.house === undefined ? "" : `${who.house} `}${who?.name ?? "Somebody"} has answered ${reference} after all: no visit is needed.`,
  through: (reference: string, who: { readonly name: string } | undefined, answer: PageAnswerWord, gateway: string) =>
    `${who?.name ?? "Somebody"} ${ANSWERED[answer]} (${reference}), through ${gateway}.`,
  machineReport: (reference: string, gateway: string, words: string) =>
    `${gateway} reports for ${reference}: ${words}.`,
  machineHas: (reference: string, gateway: string) => `${gateway} has ${reference}.`,
  perhapsOld: "(Perhaps a recording: its sender has not shown yet that it is there now.)",
  theirs: (
    reference: string,
    gateway: string,
    { text, urgent, within, old }: { text: string; urgent: boolean; within?: number; old: boolean },
  ) =>
    [
      `${urgent ? "URGENT page" : "Page"} ${reference} of ${gateway}: “${text}”${within === undefined ? "" : `, to be answered within ${within} min`}.`,
      ...(old ? [PAGE_WORDS.perhapsOld] : []),
      "Nobody here was asked; to carry it on: !page start zones …",
    ].join(" "),
  theirsEnded: {
    stop: (reference: string, gateway: string) => `Page ${reference} of ${gateway} was stopped.`,
    "all-clear": (reference: string, gateway: string) => `All-clear for page ${reference} of ${gateway}.`,
    changed: (reference: string, gateway: string, text: string) =>
      `Page ${reference} of ${gateway} says now: “${text}”`,
  } satisfies Record<Ending, (reference: string, gateway: string, text: string) => string>,
  ask: (reference: string, text: string) => `${reference}: ${text}\n👍 or a reply: I have it. ❌: I cannot.`,
  weak: (tree: string, names: string) =>
    `Silent test of the call tree "${tree}": a page may not reach ${names}. muster tree reach says more.`,
} as const;

const ANSWERED: Readonly<Record<PageAnswerWord, string>> = {
  taking: "takes it",
  cannot: "cannot",
  done: "is done",
  report: "reports",
};

/** One line for people. */
export function pageSummary({
  reference,
  reached,
  nodes,
  answered,
  declined,
  skipped,
  pending,
  visits,
}: PageView): string {
  const list = visits.map(({ name, house }) => (house === null ? name : `${house} (${name})`)).join(", ");
  return (
    `${reference}: ${reached} of ${nodes} reached (${answered} answered, ${declined} cannot), ${skipped} skipped, ${pending} to come.` +
    (list === "" ? "" : ` To be visited: ${list}.`)
  );
}

export function mention(users: readonly string[], body: string): Readonly<Record<string, unknown>> {
  const links = users.map((user) => html`<a href="https://matrix.to/#/${user}">${user}</a> `);
  return {
    msgtype: "m.text",
    body: `${users.join(" ")} ${body}`,
    format: "org.matrix.custom.html",
    formatted_body: html`${links}${body}`.markup,
    "m.mentions": { user_ids: users },
  };
}

export interface PageRing {
  readonly ring: number;
  readonly nodes: number;
  readonly reached: number;
  readonly answered: number;
  readonly declined: number;
  readonly skipped: number;
  readonly pending: number;
  /** Seconds from the start until half of those who answered had; none answered: null. */
  readonly t50: number | null;
}

export interface PagePerson {
  readonly node: string;
  readonly ring: number;
  /** Whose node it is. */
  readonly name: string;
  readonly house: House | null;
  readonly state: NodePhase;
  /** Who answered for it. */
  readonly by: string | null;
  /** The gateway that passed the answer on, by its name; null: it was given to us. */
  readonly through: string | null;
  /** Somebody else reports it. */
  readonly reported: boolean;
  readonly at: string | null;
  /** From the start of the page. */
  readonly seconds: number | null;
}

export interface PageView {
  readonly reference: string;
  readonly tree: string;
  readonly state: PageRow["state"]["phase"];
  readonly exercise: boolean;
  readonly mark?: string;
  readonly text: string;
  readonly urgent: boolean;
  readonly openedAt: string;
  readonly openedBy: string;
  readonly second: string | null;
  readonly deadline: string;
  readonly nodes: number;
  readonly percent: number;
  /** answered + declined. */
  readonly reached: number;
  readonly answered: number;
  readonly declined: number;
  readonly skipped: number;
  readonly pending: number;
  readonly rings: readonly PageRing[];
  readonly visits: readonly { readonly name: string; readonly house: House | null; readonly member: number }[];
  readonly people: readonly PagePerson[];
  readonly packets: number;
  readonly airtimeSeconds: number;
  readonly finishedAt: string | null;
}
