// A place in answer to a roll call: somebody who was asked sends the gateway their position and not a word. That is a sign of
// life, and may be all that they can do. So they are accounted for, as in need of a look and never as OK, and asked at once.
// Positions that radios broadcast by themselves are no answers.

import type { MeshPacket, Position } from "./inputs.ts";
import { openRollsOfHouse, rollRow } from "#store/rolls.ts";
import { addFact, factsSince, openQuestions } from "#store/welfare.ts";
import { isAccounted, rollStanding } from "#domain/welfare/roll-call.ts";
import { refName } from "#wire/references.ts";
import { marked, recordNow } from "./events.ts";
import { directText } from "./roll.ts";
import { rollAnswered } from "./roll-waves.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import { sayToMesh, tellOperators } from "./say.ts";
import { speakerOf } from "./speaker.ts";
import { clockSure, type Turn } from "./turn.ts";

/** A position that was sent to us alone. */
export function placeSent(turn: Turn, packet: MeshPacket, { latitudeI, longitudeI }: Position, inbox: number): void {
  const speaker = speakerOf(turn, packet);
  const { house } = speaker;
  const place = latitudeI === undefined || longitudeI === undefined ? undefined : placeWords(latitudeI, longitudeI);
  const asked = openQuestions(turn.store, packet.from).some(({ kind }) => kind === "roll-call");
  if (house === undefined || place === undefined || !asked) return;
  const row = openRollsOfHouse(turn.store, house)
    .map((number) => rollRow(turn.store, number)!)
    .find((roll) => {
      const facts = factsSince(turn.store, house, roll.since ?? 0, roll.drill ? (roll.event ?? undefined) : undefined);
      return !isAccounted(rollStanding({ facts, call: false }));
    });
  if (!row) return;
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
  sayToMesh(turn, {
    class: "receipt",
    direction: "gateway-to-mesh",
    origin: "gateway",
    to: packet.from,
    channel: 0,
    text: directText(row, speaker.language ?? row.language),
    wantAck: true,
    inbox,
  });
}

/** "45.52306 -122.67648": five digits are a metre. */
function placeWords(latitudeI: number, longitudeI: number): string {
  return `${(latitudeI / 1e7).toFixed(5)} ${(longitudeI / 1e7).toFixed(5)}`;
}
