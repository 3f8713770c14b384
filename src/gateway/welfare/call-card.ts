// The words of a call's card. What was said is shown as it was said; whether it can be believed stands beside it, in words.

import { html, type Html } from "#base/html.ts";
import { nodeId } from "#base/ids.ts";
import { clipped } from "#base/text.ts";
import type { Fact } from "#domain/welfare/standing.ts";
import { actsOn } from "#store/boards.ts";
import { ledgerRow } from "#store/ledger.ts";
import { household } from "#store/people.ts";
import { FOR_US_ALONE, listWaypoints } from "#store/social.ts";
import { referenceOf } from "#store/trace.ts";
import { factsOfNode, type CallRow } from "#store/welfare.ts";
import { nodeRow } from "#store/world.ts";
import { defuse } from "#wire/text.ts";
import type { BoardWords } from "#gateway/matrix/board.ts";
import { CALL_WORDS, TRUST_WORDS } from "./call-words.ts";
import { coordinates } from "#gateway/mesh/map.ts";
import type { Marked } from "#gateway/settings.ts";
import { moment } from "#gateway/spans.ts";
import type { Speaker } from "#gateway/people/speaker.ts";
import type { Turn } from "#gateway/turn.ts";

/** As the resident was told it ("k7"); before that, or when it is gone, by the call's own number. */
export function referenceName(turn: Turn, call: CallRow): string {
  return (call.ledger === null ? undefined : referenceOf(turn.store, call.ledger)) ?? `call${call.id}`;
}

/** `may`: what the room may know of the household. */
export function cardWords(
  turn: Turn,
  call: CallRow,
  speaker: Speaker | undefined,
  may: ReadonlySet<Marked>,
): BoardWords {
  const reference = referenceName(turn, call);
  const who = speaker === undefined ? "?" : `${speaker.name} (${nodeId(speaker.node)})`;
  const place = call.house === null ? CALL_WORDS.noHouse : CALL_WORDS.house(call.house);
  const head = `${CALL_WORDS.head[call.state]} ${reference} · ${place} · ${who}`;
  const said = call.ledger === null ? "" : clipped(defuse(ledgerRow(turn.store, call.ledger)?.text ?? ""), 300);
  const how = [
    moment(turn, call.at),
    ...(speaker === undefined ? [] : [TRUST_WORDS[speaker.trust]]),
    ...(call.state === "possible" && call.said === "" ? [CALL_WORDS.asked] : []),
    ...(call.said === "" ? [] : [CALL_WORDS.saidTo(defuse(call.said))]),
  ].join(" · ");
  const home = homeWords(turn, call, may);
  const where = whereWords(turn, call, may);
  const later = laterWords(turn, call);
  const done = doneWords(turn, call);
  const foot = call.state === "closed" ? [] : [CALL_WORDS.how.replaceAll("REF", reference)];
  const lines = [head, `“${said}”`, how, ...home, ...where, ...later, ...done, ...foot];
  return { body: lines.join("\n"), html: cardHtml(head, said, [how, ...home, ...where], later, done, foot) };
}

function cardHtml(
  head: string,
  said: string,
  about: readonly string[],
  later: readonly string[],
  done: readonly string[],
  foot: readonly string[],
): Html {
  const lines = (each: readonly string[]): Html[] => each.map((line) => html`<br />${line}`);
  return html`<h4>${head}</h4>
    <blockquote>${said}</blockquote>
    <p>${about.join(" · ")}${lines(later)}</p>
    <p><b>${done.join(" ")}</b>${lines(foot)}</p>`;
}

function homeWords(turn: Turn, { house }: CallRow, may: ReadonlySet<Marked>): string[] {
  const home = house === null ? undefined : household(turn.store, house);
  if (!home) return [];
  const facts = [
    ...(home.people === undefined ? [] : [CALL_WORDS.people(home.people)]),
    ...(home.needsPower ? [CALL_WORDS.needsPower] : []),
    ...(may.has("addresses") ? [home.address, home.contacts] : []),
    ...(may.has("medical") ? [home.mobility, home.medical] : []),
  ].filter((fact) => fact !== "");
  return facts.length === 0 ? [] : [facts.map(defuse).join(" · ")];
}

/** The point marked last by the caller, and where their radio said that it is. What only we were sent is as private as an address. */
function whereWords(turn: Turn, { node }: CallRow, may: ReadonlySet<Marked>): string[] {
  if (node === null) return [];
  const point = listWaypoints(turn.store, turn.wall).find((each) => each.node === node);
  const radio = nodeRow(turn.store, node);
  return [
    ...(point === undefined
      ? []
      : point.channel === FOR_US_ALONE && !may.has("addresses")
        ? [CALL_WORDS.placeElsewhere]
        : [CALL_WORDS.marked(coordinates(point.latitudeI, point.longitudeI), point.name, moment(turn, point.at))]),
    ...(radio === undefined || radio.latitudeI === null || radio.longitudeI === null || radio.positionAt === null
      ? []
      : [CALL_WORDS.radioAt(coordinates(radio.latitudeI, radio.longitudeI), moment(turn, radio.positionAt))]),
  ];
}

/** The newest are what matters. */
const MOST_LATER = 4;

function laterWords(turn: Turn, call: CallRow): string[] {
  if (call.node === null) return [];
  const later = factsOfNode(turn.store, call.node, call.at).filter((fact) => fact.ledger !== call.ledger);
  if (later.length === 0) return [];
  return [
    CALL_WORDS.later,
    ...later.slice(-MOST_LATER).map((fact) => `${moment(turn, fact.at)} “${defuse(laterSaid(fact))}”`),
  ];
}

const laterSaid = (fact: Fact): string => clipped(fact.note ?? fact.status, 80);

function doneWords(turn: Turn, call: CallRow): string[] {
  if (call.state === "closed")
    return [
      CALL_WORDS.closed(call.closedBy ?? "?", moment(turn, call.closedAt ?? turn.now), defuse(call.closedReason ?? "")),
    ];
  const acts = actsOn(turn.store, "call", call.id);
  if (acts.length === 0) return [CALL_WORDS.nobody];
  return [acts.map(({ emoji, by, at }) => `${emoji} ${by} ${moment(turn, at)}`).join(" · ")];
}
