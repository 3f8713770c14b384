// The words of a page on their way: to radios with as few packets as can be (one on the channel that names its members, or a direct
// message where there is only one), to Matrix with one message a room that mentions them.
//
// Somebody whose way is away is reached by the other one they have; what has to wait waits in the outbox like anything else.

import { utf8Length } from "#base/bytes.ts";
import type { PageSend } from "#domain/calltree/plan.ts";
import type { Way } from "#domain/calltree/tree.ts";
import type { MessageClass } from "#domain/message.ts";
import { addPageSend, pageSendsUnderWay, type PageRow } from "#store/pages.ts";
import { member, radiosOfMember } from "#store/people.ts";
import { askQuestion, closeQuestions } from "#store/welfare.ts";
import { fill, fits, repliesOf } from "#wire/grammar/reply.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";
import { refName } from "#wire/references.ts";
import { marked } from "#gateway/events.ts";
import { airName, isUp, radioOf, roomFor, waysOf } from "./people.ts";
import { mention, PAGE_WORDS } from "./words.ts";
import { dropSend } from "#gateway/mesh/outcomes.ts";
import { tellRoom, tellMesh } from "#gateway/say.ts";
import { about } from "#gateway/matrix/subjects.ts";
import { EVERYONE, type Turn } from "#gateway/turn.ts";

/** Makes handhelds ring (meshtastic-facts: the alert bell). */
const BELL = "\u0007";

type Spoken = Pick<PageRow, "number" | "drill" | "body"> & { readonly plan: Pick<PageRow["plan"], "urgent"> };

/** An urgent page goes before everything but calls for help; another waits its turn with the roll calls. */
export function classOf({ plan }: Pick<Spoken, "plan">): MessageClass {
  return plan.urgent ? "page" : "roll-call";
}

/** The question on the channel for these names, or (without) to one radio. */
export function pageText(turn: Turn, page: Spoken, names: readonly string[] = []): string {
  const replies = repliesOf(turn.settings.node.language);
  const reference = refName("p", page.number);
  const values = { reference, names: names.join(" "), text: page.body };
  const text = fill(names.length === 0 ? replies.pageDirect : replies.pageCall, values);
  return (page.plan.urgent ? BELL : "") + (page.drill ? marked(text) : text);
}

/** Names that a packet has room for at least. */
const LEAST_NAMES = ["9999a", "9999a", "9999a", "9999a"];

/** Bytes beyond what a packet takes; 0 or less: it fits. */
export function tooManyBytes(turn: Turn, page: Spoken): number {
  return utf8Length(pageText(turn, page, LEAST_NAMES)) - MAX_SIGNED_TEXT;
}

/** As many names to a packet as fit. */
export function chunksOf<T>(all: readonly T[], name: (each: T) => string, text: (names: string[]) => string): T[][] {
  const chunks: T[][] = [];
  for (const each of all) {
    const last = chunks.at(-1);
    if (last && fits(text([...last, each].map(name)))) last.push(each);
    else chunks.push([each]);
  }
  return chunks;
}

/** By which of their ways somebody is asked now: those the page wants if they have them and they are up, else any that is. */
function chosenWays(turn: Turn, person: number, wanted: readonly Way[], urgent: boolean): readonly Way[] {
  const have = waysOf(turn, person);
  const fitting = wanted.filter((way) => have.includes(way));
  if (urgent) return fitting.length > 0 ? fitting : have;
  const up = (way: Way): boolean => isUp(turn, person, way);
  const one = fitting.find(up) ?? have.find(up) ?? fitting[0] ?? have[0];
  return one === undefined ? [] : [one];
}

/** Asks these. */
export function sendAsks(turn: Turn, page: PageRow, sends: readonly PageSend[]): void {
  const byWay: Record<Way, number[]> = { radio: [], matrix: [], foot: [] };
  for (const { person, ways } of sends)
    for (const way of chosenWays(turn, person, ways, page.plan.urgent)) byWay[way].push(person);
  const name = (person: number): string => airName(turn, person);
  for (const chunk of chunksOf(byWay.radio, name, (names) => pageText(turn, page, names)))
    askByRadio(turn, page, chunk);
  const words = PAGE_WORDS.ask(refName("p", page.number), page.body);
  toRooms(turn, page, byWay.matrix, page.drill ? marked(words) : words, true);
}

function askByRadio(turn: Turn, page: PageRow, people: readonly number[]): void {
  const [only] = people;
  const alone = people.length === 1 ? radioOf(turn, only!) : undefined;
  const names = alone === undefined ? [...new Set(people.map((person) => airName(turn, person)))] : [];
  const ledger = toMesh(turn, page, alone ?? EVERYONE, pageText(turn, page, names));
  addPageSend(turn.store, page.number, ledger, [...new Set(people)]);
  const reference = refName("p", page.number);
  for (const person of people)
    for (const { node } of radiosOfMember(turn.store, person))
      askQuestion(turn.store, { kind: "page", reference, node, at: turn.now, ledger });
}

function toMesh(turn: Turn, page: Spoken, to: number, text: string): number {
  return tellMesh(turn, {
    class: classOf(page),
    to,
    text,
  });
}

function toRooms(turn: Turn, page: PageRow, people: readonly number[], body: string, asks: boolean): void {
  const rooms = new Map<string, { uplink: string; room: string; people: number[] }>();
  for (const person of people) {
    const who = member(turn.store, person);
    const place = who && roomFor(turn, who);
    if (!place) continue;
    const key = JSON.stringify([place.uplink, place.room]);
    const known = rooms.get(key) ?? { ...place, people: [] };
    rooms.set(key, { ...known, people: [...known.people, person] });
  }
  for (const { uplink, room, people: here } of rooms.values()) {
    const users = here.flatMap((person) => member(turn.store, person)?.matrix ?? []);
    const ledger = tellRoom(turn, uplink, room, body, { class: classOf(page), content: mention(users, body) });
    about(turn, ledger, { kind: "page", number: page.number });
    addPageSend(turn.store, page.number, ledger, asks ? here : []);
  }
}

/** What became of the page, for those who have heard of it and nobody else: by the ways that they have. */
export function sendWord(
  turn: Turn,
  page: PageRow,
  people: readonly number[],
  kind: "stop" | "all-clear" | "text",
  text: string,
): void {
  const replies = repliesOf(turn.settings.node.language);
  const reference = refName("p", page.number);
  const template = { stop: replies.pageStop, "all-clear": replies.pageAllClear, text: replies.pageText }[kind];
  const said = fill(template, { reference, text }).trim();
  const words = page.drill ? marked(said) : said;
  const byRadio = people.filter((person) => waysOf(turn, person).includes("radio"));
  const alone = byRadio.length === 1 ? radioOf(turn, byRadio[0]!) : undefined;
  if (byRadio.length > 0) {
    const ledger = toMesh(turn, page, alone ?? EVERYONE, page.plan.urgent ? BELL + words : words);
    addPageSend(turn.store, page.number, ledger, []);
  }
  const inMatrix = people.filter((person) => waysOf(turn, person).includes("matrix"));
  toRooms(turn, page, inMatrix, words, false);
}

/** What asks nobody any more does not leave. */
export function dropAnswered(turn: Turn, { number, state }: PageRow): void {
  for (const { id, members } of pageSendsUnderWay(turn.store, number))
    if (members.every((person) => state.people[person]?.said !== undefined))
      dropSend(turn, id, "answered", PAGE_WORDS.answeredMeanwhile);
}

/** Nothing of it leaves any more, and nothing is waited for. */
export function dropAll(turn: Turn, number: number): void {
  for (const { id } of pageSendsUnderWay(turn.store, number))
    dropSend(turn, id, "cancelled", PAGE_WORDS.stoppedMeanwhile);
  closeQuestions(turn.store, "page", refName("p", number));
}
