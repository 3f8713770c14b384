// Mutual aid as people in Matrix see it, in every operators' room: a board for all and one for each zone, edited in place, and a
// card for each need and offer that heads a thread. Rooms of boards have the boards alone. What a room may know of it follows the room's marks: without "medical" a
// medical thing is only called that, without "addresses" there is a zone and no house, and words as they were typed, which may
// hold anything, are shown where both may be.

import { html, type Html } from "#base/html.ts";
import type { Millis } from "#base/clock.ts";
import { freeOf, isActive, shownState, type Item, type Match, type Party } from "#domain/aid/aid.ts";
import { byUrgency } from "#domain/aid/matching.ts";
import { matchesOf, openItems } from "#store/aid.ts";
import { household, listZones } from "#store/people.ts";
import { hasTimer, setTimer } from "#store/world.ts";
import { repliesOf } from "#wire/grammar/reply.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { isMedical, refOf, whatWords } from "./people.ts";
import { keepBoard, tellThread, type BoardPlace, type BoardWords } from "#gateway/matrix/board.ts";
import { marked } from "#gateway/events.ts";
import { ownNumber } from "#gateway/mesh/machine-peers.ts";
import { boardsPlaces, mayShow, operatorsPlaces } from "#gateway/matrix/places.ts";
import type { Marked } from "#gateway/settings.ts";
import { ago, moment } from "#gateway/spans.ts";
import type { Turn } from "#gateway/turn.ts";

const GATHER: Millis = 2_000;
const MOST_LINES = 40;

export type May = ReadonlySet<Marked>;

/** Something about the item changed: its card now, the boards when a moment's changes are gathered, other gateways after this step. */
export function itemChanged(turn: Turn, item: Item): void {
  if (ownNumber(turn) !== undefined) setTimer(turn.store, "aid-share", item.id, turn.now);
  if (!hasTimer(turn.store, "aid-boards", 0)) setTimer(turn.store, "aid-boards", 0, turn.now + GATHER);
  if (item.kind !== "need" && item.kind !== "offer") return;
  for (const place of operatorsPlaces(turn, false))
    keepBoard(turn, place, cardKey(item), cardWords(turn, item, mayShow(turn, place)), {
      subject: { kind: "aid", number: item.id },
      ...(item.urgency === "urgent" || item.urgency === "life" ? { class: "page" as const, loud: true } : {}),
    });
}

/** Timer: draws the boards. */
export function drawAidBoards(turn: Turn): void {
  const items = openItems(turn.store).toSorted(byUrgency);
  const zones = listZones(turn.store);
  for (const place of [...operatorsPlaces(turn, false), ...boardsPlaces(turn)]) {
    const may = mayShow(turn, place);
    keepBoard(turn, place, "aid", boardWords(turn, "Mutual aid", items, may));
    for (const { number, name } of zones)
      keepBoard(
        turn,
        place,
        `aid zone ${number}`,
        boardWords(
          turn,
          `Mutual aid, ${defuseName(name)}`,
          items.filter(({ owner }) => owner.zone === number),
          may,
        ),
      );
  }
}

/** Words in an item's thread. */
export function tellItem(turn: Turn, item: Item, words: string, loud = false): void {
  for (const place of operatorsPlaces(turn, false)) tellIn(turn, place, item, words, loud);
}

function tellIn(turn: Turn, place: BoardPlace, item: Item, words: string, loud: boolean): void {
  tellThread(turn, place, cardKey(item), item.event === undefined ? words : marked(words), {
    subject: { kind: "aid", number: item.id },
    ...(loud ? { loud, class: "page" as const } : {}),
  });
}

const cardKey = ({ id }: Item): string => `aid item ${id}`;

// ───────────────────────────── words ─────────────────────────────

/** What it is, as far as the room may know. */
export function thingWords(turn: Turn, item: Item, may: May): string {
  const { language } = turn.settings.node;
  return isMedical(item) && !may.has("medical") ? repliesOf(language).aid.medical : whatWords(item, language);
}

/** Where: the zone, and the house where that may be. */
function sideWords(turn: Turn, party: Party, may: May): string {
  const zone = party.zone === undefined ? "zone ?" : `zone ${party.zone}`;
  if (party.machine !== undefined) return `${party.zone === undefined ? "" : `${zone}, `}by ${defuseName(party.name)}`;
  if (!may.has("addresses")) return party.user ?? zone;
  const home = party.house === undefined ? undefined : household(turn.store, party.house);
  const parts = [
    defuseName(party.name),
    party.house === undefined ? "" : `house ${party.house}`,
    defuse(home?.address ?? ""),
    zone,
  ];
  return parts.filter((part, index) => part !== "" && parts.indexOf(part) === index).join(", ");
}

const KINDS: Readonly<Record<Item["kind"], string>> = { need: "NEED", offer: "OFFER", skill: "CAN", have: "HAS" };
const STATES = {
  open: "open",
  claimed: "taken",
  confirmed: "agreed",
  handed: "handed over",
  done: "done",
  expired: "expired",
  dropped: "dropped",
} as const;

/** "a32 NEED water 20 L · zone 1 · open · 12 min" */
export function itemLine(turn: Turn, item: Item, may: May): string {
  const matches = matchesOf(turn.store, item.id);
  const free = freeOf(item, matches);
  const part = item.amount !== undefined && free > 0 && free < item.amount ? ` (${free} left)` : "";
  const urgent = item.urgency === "urgent" || item.urgency === "life" ? " ‼ URGENT" : "";
  const stuck = item.reminded >= STUCK_AFTER ? " · ⏳ stuck" : "";
  const line = [
    `${refOf(item)} ${KINDS[item.kind]} ${thingWords(turn, item, may)}${part}${urgent}`,
    sideWords(turn, item.owner, may),
    STATES[shownState(item, matches)],
    ago(turn.now - item.at),
  ].join(" · ");
  return item.event === undefined ? `${line}${stuck}` : marked(`${line}${stuck}`);
}

/** So often reminded, it is for people. */
export const STUCK_AFTER = 2;

function boardWords(turn: Turn, title: string, items: readonly Item[], may: May): BoardWords {
  const of = (...kinds: Item["kind"][]): Item[] => items.filter(({ kind }) => kinds.includes(kind));
  const [needs, offers, known] = [of("need"), of("offer"), of("skill", "have")];
  const head = `${title}: ${needs.length} needs, ${offers.length} offers, ${known.length} skills and tools`;
  const lines = [...needs, ...offers].slice(0, MOST_LINES).map((item) => itemLine(turn, item, may));
  const more = needs.length + offers.length - lines.length;
  const rest = [...lines, ...(more > 0 ? [`… and ${more} more`] : [])];
  const rows: Html[] = rest.map((line) => html`<li>${line}</li>`);
  return {
    body: [head, ...rest].join("\n"),
    html: html`<h4>${head}</h4>
      <ul>
        ${rows}
      </ul>`,
  };
}

const HOW = "✅ I do it · 🏁 close · !aid take|done|drop REF";

function cardWords(turn: Turn, item: Item, may: May): BoardWords {
  const matches = matchesOf(turn.store, item.id);
  const head = itemLine(turn, item, may);
  const said = item.note !== undefined && may.has("medical") && may.has("addresses") ? [`“${defuse(item.note)}”`] : [];
  const deals = matches.filter(({ state }) => state !== "dropped").map((match) => matchLine(turn, item, match, may));
  const foot = item.state === "open" ? [HOW] : [];
  const lines = [...said, ...deals, ...foot];
  return { body: [head, ...lines].join("\n"), html: html`<b>${head}</b>${lines.map((line) => html`<br />${line}`)}` };
}

function matchLine(turn: Turn, item: Item, match: Match, may: May): string {
  const isPart = match.amount !== undefined && item.amount !== undefined && match.amount < item.amount;
  const amount = isPart ? ` (${match.amount} of ${item.amount})` : "";
  const from = match.giver.user ?? sideWords(turn, match.giver, may);
  const state = isActive(match) ? STATES[match.state as "claimed"] : "done";
  if (match.giver.machine !== undefined && match.receiver.machine !== undefined)
    return `${state}${amount} among their own, ${moment(turn, match.changedAt)}`;
  return `${state}${amount}: ${from} → ${match.receiver.user ?? sideWords(turn, match.receiver, may)}, ${moment(turn, match.changedAt)}`;
}
