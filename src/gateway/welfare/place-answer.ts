// A place in answer to a roll call: somebody who was asked sends the gateway their position and not a word. That is a sign of
// life, and may be all that they can do. So they are accounted for, as in need of a look and never as OK, and asked at once.
// Whoever has answered already is only found by it: the place stands beside what was last said of the household, where it was
// that radio which said it and the place is believed no less. Positions that radios broadcast by themselves are neither.

import type { MeshPacket, Position } from "#gateway/inputs.ts";
import { openRollsOfHouse, rollRow } from "#store/rolls.ts";
import { addFact, factsSince, openQuestions, placeFact } from "#store/welfare.ts";
import { isProven } from "#domain/people/trust.ts";
import { isAccounted, rollStanding } from "#domain/welfare/roll-call.ts";
import { refName } from "#wire/references.ts";
import { marked, recordNow, standingNow } from "#gateway/events.ts";
import { directText } from "./roll.ts";
import { rollAnswered } from "./roll-waves.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import { tellOperators, tellMesh } from "#gateway/say.ts";
import { speakerOf } from "#gateway/people/speaker.ts";
import { clockSure, type Turn } from "#gateway/turn.ts";

/** A place that was sent to us alone. True: it answered a roll call, and they were asked what is wrong. */
export function placeSent(turn: Turn, packet: MeshPacket, position: Position, inbox: number): boolean {
  if (answeredBy(turn, packet, position, inbox)) return true;
  foundAt(turn, packet, position);
  return false;
}

/** Where somebody is who has said how they are. */
export function foundAt(turn: Turn, packet: MeshPacket, position: Position): void {
  const { house, trust } = speakerOf(turn, packet);
  const place = placeWords(position);
  const fact = house === undefined ? undefined : standingNow(turn, house).fact;
  if (place === undefined || fact === undefined || fact.node !== packet.from) return;
  const named = fact.place !== undefined && !isCoordinates(fact.place);
  if (!named && (isProven(trust) || !isProven(fact.trust))) placeFact(turn.store, fact.id, place, turn.now);
}

/** The point that said where somebody is was taken away by them. */
export function placeGone(turn: Turn, packet: MeshPacket, position: Position): void {
  const { house } = speakerOf(turn, packet);
  const fact = house === undefined ? undefined : standingNow(turn, house).fact;
  if (fact?.node === packet.from && fact.place === placeWords(position))
    placeFact(turn.store, fact.id, undefined, turn.now);
}

function answeredBy(turn: Turn, packet: MeshPacket, position: Position, inbox: number): boolean {
  const speaker = speakerOf(turn, packet);
  const { house } = speaker;
  const place = placeWords(position);
  const asked = openQuestions(turn.store, packet.from).some(({ kind }) => kind === "roll-call");
  if (house === undefined || place === undefined || !asked) return false;
  const row = openRollsOfHouse(turn.store, house)
    .map((number) => rollRow(turn.store, number)!)
    .find((roll) => {
      const facts = factsSince(turn.store, house, roll.since ?? 0, roll.drill ? (roll.event ?? undefined) : undefined);
      return !isAccounted(rollStanding({ facts, call: false }));
    });
  if (!row) return false;
  const record = recordNow(turn);
  addFact(turn.store, {
    at: turn.now,
    clockSure: clockSure(turn.wall),
    house,
    node: packet.from,
    by: speaker.name,
    source: "self",
    means: "machine",
    trust: speaker.trust,
    status: "need",
    needs: [],
    place,
    note: ROLL_WORDS.placeOnly,
    reference: refName("r", row.number),
    ...(speaker.member === undefined ? {} : { member: speaker.member.number }),
    ...(record === undefined ? {} : { event: record }),
  });
  rollAnswered(turn, house);
  const told = ROLL_WORDS.placeSent(refName("r", row.number), speaker.name, house, place);
  tellOperators(turn, row.drill ? marked(told) : told, "page");
  tellMesh(turn, {
    class: "receipt",
    to: packet.from,
    text: directText(row, speaker.language ?? row.language),
    inbox,
  });
  return true;
}

/** "45.52306 -122.67648": five digits are a metre. A radio without a fix says 0 0. */
function placeWords({ latitudeI, longitudeI }: Position): string | undefined {
  if (latitudeI === undefined || longitudeI === undefined || (latitudeI === 0 && longitudeI === 0)) return undefined;
  return `${(latitudeI / 1e7).toFixed(5)} ${(longitudeI / 1e7).toFixed(5)}`;
}

/** Whether a fact's place is one of these, not words like "school". */
export function isCoordinates(place: string): boolean {
  return /^-?\d{1,2}\.\d{5} -?\d{1,3}\.\d{5}$/.test(place);
}
