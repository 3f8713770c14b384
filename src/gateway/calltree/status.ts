// How a page stands: figures, by ring and by person, and who has to be visited.

import { isoTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { OPEN, visitsOf, type NodePhase, type PlanNode } from "#domain/calltree/plan.ts";
import { ringsOf } from "#domain/calltree/tree.ts";
import type { DrawnNode } from "#domain/calltree/draw.ts";
import type { House } from "#domain/wire-words.ts";
import { latestPage, pageRow, pagesIn, type PageRow } from "#store/pages.ts";
import { member } from "#store/people.ts";
import { parseRef, refName } from "#wire/references.ts";
import { defuseName } from "#wire/text.ts";
import { EXERCISE } from "#gateway/events.ts";
import { PAGE_WORDS, type PageRing, type PagePerson, type PageView } from "./words.ts";
import { calendarTime, namesOf, type Turn } from "#gateway/turn.ts";

/** A number by its reference; without one, the only page that is under way. Words when there is none. */
export function pageNumberOf(turn: Turn, reference: string): number | string {
  if (reference !== "") {
    const parsed = parseRef(reference);
    return parsed?.space === "p" && pageRow(turn.store, parsed.ref) ? parsed.ref : PAGE_WORDS.noSuch(reference);
  }
  const open = pagesIn(turn.store, "ready", "running");
  if (open.length === 1) return open[0]!.number;
  return open.length === 0
    ? PAGE_WORDS.noneRunning
    : PAGE_WORDS.severalOpen(open.map(({ number }) => refName("p", number)));
}

/** Of this page, or of the newest. */
export function pageStatus(turn: Turn, reference: string): PageView | string {
  if (reference === "") {
    const latest = latestPage(turn.store);
    return latest ? pageView(turn, latest) : PAGE_WORDS.noneYet;
  }
  const number = pageNumberOf(turn, reference);
  return typeof number === "string" ? number : pageView(turn, pageRow(turn.store, number)!);
}

export function pageView(turn: Turn, page: PageRow): PageView {
  const iso = (at: Millis): string => isoTime(calendarTime(turn, at));
  const people = peopleRows(turn, page);
  const of = (...phases: readonly NodePhase[]): number => people.filter(({ state }) => phases.includes(state)).length;
  const counted = people.length - of("spared");
  const reached = of("answered", "declined");
  return {
    reference: refName("p", page.number),
    tree: page.tree,
    state: page.state.phase,
    exercise: page.drill,
    ...(page.drill ? { mark: EXERCISE } : {}),
    text: page.body,
    urgent: page.plan.urgent,
    openedAt: iso(page.openedAt),
    openedBy: page.openedBy,
    second: page.second,
    deadline: iso(page.plan.deadline),
    nodes: counted,
    percent: counted === 0 ? 0 : Math.round((100 * reached) / counted),
    reached,
    answered: of("answered"),
    declined: of("declined"),
    skipped: of("skipped"),
    pending: of(...OPEN),
    rings: ringsIn(people),
    visits: visitsOf(page.state).map((number) => ({ member: number, ...nameOf(turn, number) })),
    people,
    packets: page.packets,
    airtimeSeconds: Math.round(page.airMicros / 1000) / 1000,
    finishedAt: page.state.finishedAt === undefined ? null : iso(page.state.finishedAt),
  };
}

function nameOf(turn: Turn, number: number | undefined): { name: string; house: House | null } {
  const who = number === undefined ? undefined : member(turn.store, number);
  return { name: who?.name ?? "?", house: who?.house ?? null };
}

function peopleRows(turn: Turn, page: PageRow): PagePerson[] {
  const rings = ringsOf(page.plan.nodes);
  return page.plan.nodes.map((node) => {
    const { phase, at, by, reported } = page.state.nodes[node.id]!;
    const through = by === undefined ? undefined : page.state.people[by]?.through;
    return {
      node: node.id,
      ring: rings.get(node.id)!,
      ...nameOf(turn, firstOf(node)),
      state: phase,
      by: by === undefined ? null : nameOf(turn, by).name,
      through: through === undefined ? null : defuseName(namesOf(turn, through).long),
      reported: reported ?? false,
      at: at === undefined ? null : isoTime(calendarTime(turn, at)),
      seconds: at === undefined ? null : Math.round((at - page.openedAt) / 1000),
    };
  });
}

const firstOf = ({ contacts, alternates }: PlanNode): number | undefined => contacts[0] ?? alternates[0];

function ringsIn(people: readonly PagePerson[]): PageRing[] {
  return [...new Set(people.map(({ ring }) => ring))]
    .toSorted((a, b) => a - b)
    .map((ring) => {
      const here = people.filter((each) => each.ring === ring && each.state !== "spared");
      const of = (...phases: readonly NodePhase[]): number => here.filter(({ state }) => phases.includes(state)).length;
      const times = here
        .flatMap(({ state, seconds }) => (state === "answered" ? (seconds ?? []) : []))
        .toSorted((a, b) => a - b);
      return {
        ring,
        nodes: here.length,
        reached: of("answered", "declined"),
        answered: of("answered"),
        declined: of("declined"),
        skipped: of("skipped"),
        pending: of(...OPEN),
        t50: times[Math.ceil(times.length / 2) - 1] ?? null,
      };
    });
}

/** The page's tree, as it is drawn. */
export function drawnPage(view: PageView, page: Pick<PageRow, "plan">): DrawnNode[] {
  return page.plan.nodes.map(({ id, parent }, index) => {
    const { name, house, state, by, through, seconds } = view.people[index]!;
    const who = house === null ? name : `${house} ${name}`;
    const whence = [by === name ? null : by, through === null ? null : `through ${through}`].filter(
      (each) => each !== null,
    );
    const answered = whence.length === 0 ? "" : ` (${whence.join(", ")})`;
    const when = state === "answered" && seconds !== null ? `, ${Math.round(seconds / 60)} min` : "";
    return { id, label: `${who}${answered}${when}`, phase: state, ...(parent === undefined ? {} : { parent }) };
  });
}
