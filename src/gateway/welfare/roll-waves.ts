// A roll call on its way: first the channel, part after part, then each silent household itself, then the captain of the silent
// with the list; then it waits for its deadline. Each step is one timer's transaction that writes down what it said, so a restart
// goes on where it was and nobody is asked twice; who has answered is not asked again.
//
// A step waits for the radio, and (not for ever) while the channel is in use or the questions of the step before have not left.

import { utf8Length } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { isBusy } from "#delivery/budget.ts";
import { FILL, nextZoneSize, rollCallPlan } from "#delivery/roll-call.ts";
import { isAccounted, rollStanding } from "#domain/welfare/roll-call.ts";
import type { House } from "#domain/wire-words.ts";
import { listZones, member, radioByNode, radiosOfMember } from "#store/people.ts";
import {
  addRollSend,
  addWave,
  openRollsOfHouse,
  rollHouses,
  rollRow,
  rollSendsUnderWay,
  setPart,
  setStage,
  type RollHouseRow,
  type RollRow,
  type RollStage,
} from "#store/rolls.ts";
import { askQuestion, factsSince, openCallOfHouse } from "#store/welfare.ts";
import { linkRow, nodeRow, setTimer } from "#store/world.ts";
import { fill, fits, repliesOf } from "#wire/grammar/reply.ts";
import { refName } from "#wire/references.ts";
import { airView, costOf } from "#gateway/air.ts";
import { pushContact } from "#gateway/mesh/contacts.ts";
import { marked } from "#gateway/events.ts";
import { dropSend } from "#gateway/mesh/outcomes.ts";
import { airOf, callText, closeRollCall, directText, partsOf, radiosOfHouse, whomOf } from "./roll.ts";
import { pageSilent } from "./roll-page.ts";
import { plannedDue } from "./roll-plan.ts";
import { rollFiguresNow } from "./roll-status.ts";
import { boardsChanged, tellRoll } from "./roll-board.ts";
import { ROLL_WORDS } from "./roll-words.ts";
import { tellMesh } from "#gateway/say.ts";
import { EVERYONE, RADIO, type Turn } from "#gateway/turn.ts";

/** What makes a step wait is looked at again after this. */
const LOOK_AGAIN: Millis = 15_000;
/** A step does not wait longer than this for a calmer channel. */
const PATIENCE: Millis = 10 * 60_000;

interface Next {
  readonly stage: RollStage;
  readonly at: Millis;
}

const STEPS: Readonly<Record<RollStage, (turn: Turn, row: RollRow) => Next>> = {
  channel: callNext,
  direct: askSilent,
  captain: tellCaptains,
  waiting: (_turn, row) => ({ stage: "waiting", at: row.deadline! }),
};

/** Timer: the next step of this roll call, its deadline, or the day it was planned for. */
export function rollDue(turn: Turn, number: number): void {
  const row = rollRow(turn.store, number);
  if (!row || row.state === "closed") return;
  if (row.state === "planned") return plannedDue(turn, row);
  if (row.deadline! <= turn.now) return void closeRollCall(turn, number, ROLL_WORDS.deadline);
  const due = row.stageAt ?? turn.now;
  const again = due > turn.now ? due : mustWait(turn, row) ? turn.now + LOOK_AGAIN : undefined;
  if (again !== undefined) return setTimer(turn.store, "roll", number, Math.min(again, row.deadline!));
  const next = allHeard(turn, row) ?? STEPS[row.stage ?? "waiting"](turn, row);
  setStage(turn.store, number, next.stage, next.at);
  setTimer(turn.store, "roll", number, Math.min(next.at, row.deadline!));
  boardsChanged(turn);
}

function mustWait(turn: Turn, row: RollRow): boolean {
  if (row.stage === "waiting") return false;
  if (linkRow(turn.store, RADIO)?.state !== "ready") return true;
  if (turn.now - row.stageAt! >= PATIENCE) return false;
  return isBusy(airView(turn) ?? {}, FILL, turn.now) || rollSendsUnderWay(turn.store, row.number).length > 0;
}

/** Nobody is left to be asked. */
function allHeard(turn: Turn, row: RollRow): Next | undefined {
  if (row.stage === "waiting" || rollFiguresNow(turn, row).silent > 0) return undefined;
  tellRoll(turn, row, ROLL_WORDS.allHeard(refName("r", row.number)));
  return { stage: "waiting", at: row.deadline! };
}

// ───────────────────────────── the channel ─────────────────────────────

function callNext(turn: Turn, row: RollRow): Next {
  if ("houses" in row.scope) return { stage: "direct", at: turn.now };
  const air = airOf(turn);
  const targets = rollHouses(turn.store, row.number).map(({ zone, ...each }) => ({
    ...each,
    ...(zone === null ? {} : { zone }),
  }));
  const first = targets.every(({ calledAt }) => calledAt === null);
  const size = first ? row.part : nextZoneSize(row.part, airView(turn)?.report?.channelUtilisation ?? 0, air);
  setPart(turn.store, row.number, size);
  const parts = partsOf(
    targets.filter(({ calledAt }) => calledAt === null),
    size,
    first && "all" in row.scope,
  );
  const [part] = parts;
  if (!part) return { stage: "direct", at: turn.now };
  const text = callText(row, whomOf(part, first && parts.length === 1 && "all" in row.scope));
  const ledger = say(turn, row, EVERYONE, text);
  // Whoever was not meant may answer all the same, unless only some zones were asked.
  const asked = "all" in row.scope ? [EVERYONE] : part.flatMap(({ house }) => radiosOfHouse(turn, house));
  for (const node of asked) ask(turn, row, node, ledger);
  done(turn, row, "channel", part, 1);
  const households = part.filter(({ house }) => radiosOfHouse(turn, house).length > 0).length;
  const [plan, after] = rollCallPlan(
    [
      { name: "", households },
      { name: "", households: 0 },
    ],
    air,
    turn.now,
  );
  return parts.length > 1 ? { stage: "channel", at: after!.callAt } : { stage: "direct", at: plan!.doneAt };
}

// ───────────────────────────── each silent household ─────────────────────────────

function askSilent(turn: Turn, row: RollRow): Next {
  const asked = silentOf(turn, row).flatMap((each) => {
    const node = each.askedAt === null ? bestRadio(turn, each.house) : undefined;
    return node === undefined ? [] : [{ ...each, node, text: directText(row, languageOfRadio(turn, row, node)) }];
  });
  if (asked.length === 0) return { stage: "captain", at: turn.now };
  const cost = costOf(
    turn,
    asked.map(({ text }) => ({ payloadBytes: utf8Length(text), direct: true })),
    "roll-call",
  );
  for (const { node, text } of asked) {
    pushContact(turn, node);
    ask(turn, row, node, say(turn, row, node, text));
  }
  done(turn, row, "direct", asked, asked.length);
  return { stage: "captain", at: Math.max(turn.now, cost.finishAt) + airOf(turn).peopleTake };
}

/** The one that was heard last. */
function bestRadio(turn: Turn, house: House): number | undefined {
  const heard = (node: number): Millis => nodeRow(turn.store, node)?.lastHeardAt ?? 0;
  return radiosOfHouse(turn, house).toSorted((a, b) => heard(b) - heard(a))[0];
}

function languageOfRadio(turn: Turn, row: RollRow, node: number): string {
  const radio = radioByNode(turn.store, node);
  return (radio && member(turn.store, radio.member)?.language) ?? row.language;
}

// ───────────────────────────── captains ─────────────────────────────

function tellCaptains(turn: Turn, row: RollRow): Next {
  const silent = silentOf(turn, row).filter(({ listedAt }) => listedAt === null);
  const zones = listZones(turn.store);
  const listed: RollHouseRow[] = [];
  let packets = 0;
  const paged = row.pageSilent && silent.length > 0 ? pageSilent(turn, row) : [];
  for (const number of new Set(silent.map(({ zone }) => zone))) {
    const houses = silent.filter(({ zone }) => zone === number);
    if (number !== null && paged.includes(number)) {
      listed.push(...houses);
      continue;
    }
    const zone = zones.find((each) => each.number === number);
    const node = [zone?.captain, zone?.deputy]
      .flatMap((each) => (each === undefined ? [] : radiosOfMember(turn.store, each)))
      .map((radio) => radio.node)
      .toSorted((a, b) => Number(isSilent(turn, silent, a)) - Number(isSilent(turn, silent, b)))[0];
    listed.push(...houses);
    if (node === undefined) {
      const words = ROLL_WORDS.noCaptain(refName("r", row.number), zone?.name ?? "the zone", houseList(houses));
      tellRoll(turn, row, words, "page");
      continue;
    }
    pushContact(turn, node);
    say(turn, row, node, captainText(row, languageOfRadio(turn, row, node), houses));
    packets++;
  }
  if (listed.length > 0) done(turn, row, "captain", listed, packets);
  return { stage: "waiting", at: row.deadline! };
}

/** A captain who is silent himself is asked after his deputy. */
function isSilent(turn: Turn, silent: readonly RollHouseRow[], node: number): boolean {
  const radio = radioByNode(turn.store, node);
  const house = radio && member(turn.store, radio.member)?.house;
  return silent.some((each) => each.house === house);
}

const houseList = (houses: readonly RollHouseRow[]): string => houses.map(({ house }) => house).join(" ");

function captainText(row: RollRow, language: string, houses: readonly RollHouseRow[]): string {
  const words = (count: number): string => {
    const more = count < houses.length ? ` … (${houses.length})` : "";
    const text = fill(repliesOf(language).rollCaptain, {
      reference: refName("r", row.number),
      houses: houseList(houses.slice(0, count)) + more,
    });
    return row.drill ? marked(text) : text;
  };
  for (let count = houses.length; count > 1; count--) if (fits(words(count))) return words(count);
  return words(1);
}

// ───────────────────────────── what they have in common ─────────────────────────────

/** Whom to ask. Nobody who calls for help is bothered with an exercise. */
function silentOf(turn: Turn, row: RollRow): RollHouseRow[] {
  const silent = new Set(rollFiguresNow(turn, row).byZone.flatMap((zone) => zone.silent));
  return rollHouses(turn.store, row.number).filter(
    ({ house }) => silent.has(house) && !(row.drill && openCallOfHouse(turn.store, house) !== undefined),
  );
}

function say(turn: Turn, row: RollRow, to: number, text: string): number {
  const ledger = tellMesh(turn, {
    class: "roll-call",
    to,
    text,
  });
  addRollSend(turn.store, row.number, ledger);
  return ledger;
}

function ask(turn: Turn, row: RollRow, node: number, ledger: number): void {
  askQuestion(turn.store, { kind: "roll-call", reference: refName("r", row.number), node, at: turn.now, ledger });
}

function done(
  turn: Turn,
  row: RollRow,
  kind: "channel" | "direct" | "captain",
  houses: readonly { readonly house: House }[],
  packets: number,
): void {
  const wave = { kind, at: turn.now, households: houses.length, packets };
  addWave(
    turn.store,
    row.number,
    wave,
    houses.map(({ house }) => house),
  );
}

/** Something was said about this household: if that accounts for it, it is not asked any more. */
export function rollAnswered(turn: Turn, house: House): void {
  for (const number of openRollsOfHouse(turn.store, house)) {
    const row = rollRow(turn.store, number)!;
    const facts = factsSince(turn.store, house, row.since ?? 0, row.drill ? (row.event ?? undefined) : undefined);
    if (!isAccounted(rollStanding({ facts, call: false }))) continue;
    for (const node of radiosOfHouse(turn, house))
      for (const send of rollSendsUnderWay(turn.store, number, node))
        dropSend(turn, send, "answered", ROLL_WORDS.answeredMeanwhile);
  }
}
