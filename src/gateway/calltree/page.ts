// Pages: starting one, carrying it on, and what people do about it. How it moves is domain/calltree/page.ts; here it is fed from
// rows and what comes out is said. Its plan and state are one row; its one timer (kind "page", subject its number) is the moment
// that the state asks for, so a restart changes nothing but the time.

import { isoTime } from "#base/calendar.ts";
import { utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { pageStep } from "#domain/calltree/page.ts";
import { LIVE, newPage, pageWakesAt, visitsOf, type PageInput, type PagePlan } from "#domain/calltree/plan.ts";
import { checkTree, childrenOf, ringsOf, type Tree } from "#domain/calltree/tree.ts";
import { addPage, notePage, pageRow, setPageState, treeRow, unsentOfPage, type PageRow } from "#store/pages.ts";
import { member, radiosOfMember } from "#store/people.ts";
import { closeQuestions } from "#store/welfare.ts";
import { clearTimer, setTimer } from "#store/world.ts";
import { refName } from "#wire/references.ts";
import { cleanForMesh } from "#wire/text.ts";
import { costOf, costWords } from "#gateway/air.ts";
import { currentEvent, EXERCISE } from "#gateway/events.ts";
import { pageChanged, showPage, tellPage } from "./board.ts";
import { airName, isEverybody, isUp, peopleOfContact, planOf, waysOf, ZONES, zonesTree } from "./people.ts";
import { chunksOf, dropAll, dropAnswered, pageText, sendAsks, sendWord, tooManyBytes } from "./sending.ts";
import { silentHouses, silentTree } from "./silent.ts";
import { numberOf, tellMachines, tellMachinesEnd } from "./sharing.ts";
import { pageView } from "./status.ts";
import { PAGE_WORDS, pageSummary } from "./words.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";

const MINUTE: Millis = 60_000;
/** What is due within this time goes in one packet; less where lives may hang on it. */
const GATHER: Millis = 30_000;
const GATHER_URGENT: Millis = 5_000;
const USUAL_MINUTES = 6 * 60;
const MOST_MINUTES = 48 * 60;

export interface PageWish {
  /** By its name. Two need not be made: "zones", and "silent r7" for the captains of those silent in a roll call. */
  readonly tree: string;
  readonly text: string;
  readonly urgent?: boolean;
  /** Until its deadline. */
  readonly minutes?: number;
  /** Who besides whoever starts it may stop it: Matrix ids; none: every operator. */
  readonly mayStop?: readonly string[];
  readonly by: string;
}

export type PageAnswer =
  | {
      readonly ok: true;
      readonly reference: string;
      /** `ready`: it waits for a second person's yes. */
      readonly state: "ready" | "running";
      readonly mark?: string;
      readonly deadline: string;
      readonly words: string;
    }
  | { readonly ok: false; readonly reason: string };

export function treeNamed(turn: Turn, name: string): Tree | undefined {
  return treeRow(turn.store, name) ?? (name === ZONES ? zonesTree(turn) : silentTree(turn, name));
}

// ───────────────────────────── starting ─────────────────────────────

/** Starts a page, or only writes it down where somebody else has to say yes first. */
export function startPage(turn: Turn, wish: PageWish): PageAnswer {
  const tree = treeNamed(turn, wish.tree);
  if (!tree) return { ok: false, reason: PAGE_WORDS.noTree(wish.tree) };
  const fault = checkTree(tree, (contact) => peopleOfContact(turn, contact)).find(({ kind }) => kind === "error");
  if (fault) return { ok: false, reason: PAGE_WORDS.faulty(`${fault.node ?? tree.name}: ${fault.what}`) };
  const body = cleanForMesh(wish.text + silentHouses(turn, wish.tree));
  if (body === "") return { ok: false, reason: PAGE_WORDS.noText };
  const { minutes = USUAL_MINUTES, urgent = false, by, mayStop = [] } = wish;
  if (!(minutes >= 1 && minutes <= MOST_MINUTES)) return { ok: false, reason: PAGE_WORDS.minutes };
  const event = currentEvent(turn);
  const drill = event?.drill ?? false;
  const over = tooManyBytes(turn, { number: 999, body, drill, plan: { urgent } });
  if (over > 0) return { ok: false, reason: PAGE_WORDS.tooLong(over) };
  const gather = urgent ? GATHER_URGENT : GATHER;
  const plan = planOf(turn, tree, { urgent, gather, deadline: turn.now + minutes * MINUTE });
  const opening = { tree: tree.name, drill, body, openedBy: by, mayStop, plan, state: newPage(plan) };
  const numbered = { ...opening, ...(event ? { event: event.number } : {}), ...numberOf(turn) };
  const number = addPage(turn.store, numbered, turn.now);
  const page = pageRow(turn.store, number)!;
  tellPage(turn, page, PAGE_WORDS.opened(refName("p", number), by, body));
  if ((turn.settings.pages?.secondPerson ?? true) && isEverybody(turn, plan)) {
    const words = PAGE_WORDS.waits(refName("p", number));
    showPage(turn, page);
    tellPage(turn, page, words, "page");
    return answerFor(turn, page, words);
  }
  return begin(turn, page);
}

function answerFor(turn: Turn, { number, drill, plan, state }: PageRow, words: string): PageAnswer {
  return {
    ok: true,
    reference: refName("p", number),
    state: state.phase === "ready" ? "ready" : "running",
    ...(drill ? { mark: EXERCISE } : {}),
    deadline: isoTime(calendarTime(turn, plan.deadline)),
    words,
  };
}

function begin(turn: Turn, page: PageRow): PageAnswer {
  const words = PAGE_WORDS.starts(
    refName("p", page.number),
    page.plan.nodes.length,
    Math.max(...ringsOf(page.plan.nodes).values()),
    firstRingCost(turn, page),
  );
  move(turn, page, { kind: "start" });
  const begun = pageRow(turn.store, page.number)!;
  tellMachines(turn, begun);
  showPage(turn, begun);
  tellPage(turn, begun, words);
  return answerFor(turn, begun, words);
}

function firstRingCost(turn: Turn, page: PageRow): string {
  const roots = childrenOf(page.plan.nodes).flatMap(({ contacts, take }) =>
    take === undefined ? contacts.slice(0, 1) : contacts,
  );
  const name = (person: number): string => airName(turn, person);
  const chunks = chunksOf(roots, name, (names) => pageText(turn, page, names));
  const texts = chunks.map((chunk) => ({ payloadBytes: utf8Length(pageText(turn, page, chunk.map(name))) }));
  return costWords(turn, costOf(turn, texts, page.plan.urgent ? "page" : "roll-call"));
}

export type PageDone =
  | { readonly ok: true; readonly reference: string }
  | { readonly ok: false; readonly reason: string };

/** The second person's yes. */
export function confirmPage(turn: Turn, number: number, by: string): PageAnswer {
  const page = pageRow(turn.store, number);
  const reference = refName("p", number);
  if (page?.state.phase !== "ready") return { ok: false, reason: PAGE_WORDS.notWaiting(reference) };
  if (page.openedBy === by) return { ok: false, reason: PAGE_WORDS.sameHand(reference) };
  // Its time begins now.
  const plan: PagePlan = { ...page.plan, deadline: page.plan.deadline + (turn.now - page.openedAt) };
  notePage(turn.store, number, { second: by, plan }, turn.now);
  tellPage(turn, page, PAGE_WORDS.second(reference, by));
  return begin(turn, pageRow(turn.store, number)!);
}

// ───────────────────────────── carrying it on ─────────────────────────────

/** Gives the page an input; says what comes of it, writes it down, and sets its timer. */
export function move(turn: Turn, page: PageRow, input: PageInput): PageRow {
  const { state, send, tell } = pageStep(page.plan, page.state, input, turn.now);
  const { number } = page;
  setPageState(turn.store, number, state);
  const moved: PageRow = { ...page, state };
  if (input.kind !== "stop" && input.kind !== "all-clear") dropAnswered(turn, moved);
  sendAsks(turn, moved, send);
  const wakesAt = pageWakesAt(page.plan, state);
  if (wakesAt === undefined) clearTimer(turn.store, "page", number);
  else setTimer(turn.store, "page", number, wakesAt);
  if (input.kind === "stop" || input.kind === "all-clear" || input.kind === "text") {
    if (input.kind !== "text") dropAll(turn, number);
    sendWord(turn, moved, tell, input.kind, input.kind === "text" ? moved.body : "");
  }
  pageChanged(turn);
  if (page.state.phase === "running" && state.phase === "finished") {
    showPage(turn, moved);
    tellPage(turn, moved, pageSummary(pageView(turn, moved)), "page");
  }
  return moved;
}

/** Timer: somebody's time is over, or a packet leaves. */
export function pageDue(turn: Turn, number: number): void {
  const page = pageRow(turn.store, number);
  if (!page || !LIVE.has(page.state.phase)) return;
  const stuck = unsentOfPage(turn.store, number).filter((person) => !hasOpenWay(turn, person));
  if (stuck.length === 0) return void move(turn, page, { kind: "time" });
  move(turn, move(turn, page, { kind: "unsent", people: stuck }), { kind: "time" });
}

/** Somebody whose question waits for a way that is away, but who has another: that one is taken next. */
function hasOpenWay(turn: Turn, person: number): boolean {
  return waysOf(turn, person).length > 1 && waysOf(turn, person).some((way) => isUp(turn, person, way));
}

/** Somebody answers: yes or no. False: it is no page that knows them. */
export function answerPage(
  turn: Turn,
  number: number,
  person: number,
  kind: "answer" | "decline",
  through?: number,
): boolean {
  const page = pageRow(turn.store, number);
  if (!page || !inPage(page, person)) return false;
  const moved = move(turn, page, { kind, person, ...(through === undefined ? {} : { through }) });
  if (
    page.state.phase === "finished" &&
    visitsOf(page.state).includes(person) &&
    !visitsOf(moved.state).includes(person)
  )
    tellPage(turn, moved, PAGE_WORDS.afterAll(refName("p", number), member(turn.store, person)));
  for (const { node } of radiosOfMember(turn.store, person))
    closeQuestions(turn.store, "page", refName("p", number), node);
  return true;
}

/** `homes`: those that were reached, by node; none: the branches of this person are done. Returns the nodes. */
export function reportPage(
  turn: Turn,
  number: number,
  person: number,
  nodes: readonly string[] | undefined,
  through?: number,
): boolean {
  const page = pageRow(turn.store, number);
  if (!page || !inPage(page, person)) return false;
  const whence = through === undefined ? {} : { through };
  move(turn, page, { kind: "done", person, ...(nodes === undefined ? {} : { nodes }), ...whence });
  if (nodes === undefined)
    for (const { node } of radiosOfMember(turn.store, person))
      closeQuestions(turn.store, "page", refName("p", number), node);
  return true;
}

export function inPage({ plan }: PageRow, person: number): boolean {
  return plan.nodes.some(({ contacts, alternates }) => contacts.includes(person) || alternates.includes(person));
}

// ───────────────────────────── ending and changing ─────────────────────────────

/** Stops it, or gives the all-clear: those who have heard of it are told, in one packet. */
export function endPage(turn: Turn, number: number, kind: "stop" | "all-clear", by: string): PageDone {
  const page = pageRow(turn.store, number);
  const reference = refName("p", number);
  if (!page) return { ok: false, reason: PAGE_WORDS.noSuch(reference) };
  if (page.state.phase === "cleared") return { ok: false, reason: PAGE_WORDS.cleared(reference) };
  if (kind === "stop" && page.state.phase === "ready") return takeBack(turn, page, by);
  if (page.state.phase === "ready" || (kind === "stop" && !LIVE.has(page.state.phase)))
    return { ok: false, reason: PAGE_WORDS.notRunning(reference) };
  if (!mayStop(page, by)) return { ok: false, reason: PAGE_WORDS.mayNotStop(reference) };
  notePage(turn.store, number, { endedBy: by }, turn.now);
  const ended = move(turn, page, { kind });
  tellMachinesEnd(turn, ended, kind);
  showPage(turn, ended);
  const words = kind === "stop" ? PAGE_WORDS.stopped(reference, by) : PAGE_WORDS.allClear(reference, by);
  tellPage(turn, ended, `${words} ${pageSummary(pageView(turn, ended))}`);
  return { ok: true, reference };
}

/** Nobody has heard of it. */
function takeBack(turn: Turn, page: PageRow, by: string): PageDone {
  notePage(turn.store, page.number, { endedBy: by }, turn.now);
  setPageState(turn.store, page.number, { ...page.state, phase: "stopped", finishedAt: turn.now });
  showPage(turn, pageRow(turn.store, page.number)!);
  return { ok: true, reference: refName("p", page.number) };
}

function mayStop({ mayStop: named, openedBy }: PageRow, by: string): boolean {
  return named.length === 0 || openedBy === by || named.includes(by);
}

/** Says it in other words: to those who have heard of it now, to the others when their turn comes. */
export function changePage(turn: Turn, number: number, text: string, by: string): PageDone {
  const page = pageRow(turn.store, number);
  const reference = refName("p", number);
  const body = cleanForMesh(text);
  if (page?.state.phase !== "running") return { ok: false, reason: PAGE_WORDS.notRunning(reference) };
  if (body === "") return { ok: false, reason: PAGE_WORDS.noText };
  const over = tooManyBytes(turn, { ...page, body });
  if (over > 0) return { ok: false, reason: PAGE_WORDS.tooLong(over) };
  if (!mayStop(page, by)) return { ok: false, reason: PAGE_WORDS.mayNotStop(reference) };
  notePage(turn.store, number, { body }, turn.now);
  const changed = move(turn, { ...page, body }, { kind: "text" });
  tellMachinesEnd(turn, changed, "changed");
  tellPage(turn, changed, PAGE_WORDS.changed(reference, by, body));
  return { ok: true, reference };
}
