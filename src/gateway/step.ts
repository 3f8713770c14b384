// The gateway: one input, one transaction, one answer (when to be woken). Every consequence is a row.
//
// An inbox row is handled by a step of its own. A throw in it rolls everything back and counts as a death in that row; so
// does an unclean stop while it was in hand. At the third the row is quarantined and its raw text still shown to people.

import type { Millis } from "#base/clock.ts";
import { unreachable } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import { countDeath, endRow, forgiveDeath, inboxRow, nextWaiting, type InboxRow } from "#store/inbox.ts";
import { pruneBoards } from "#store/boards.ts";
import { pruneMessages } from "#store/prune.ts";
import type { Store } from "#store/store.ts";
import { setWallOffset, wallOffset } from "#store/timeline.ts";
import { metaValue, nextTimerAt, setMeta, setTimer, takeDueTimer, type TimerKind } from "#store/world.ts";
import { damagedInHand, isSound } from "#store/sums.ts";
import { defuse } from "#wire/text.ts";
import { drawAidBoards } from "./aid/board.ts";
import { shareDue } from "./aid/sharing.ts";
import { aidDue } from "./aid/watch.ts";
import { boardDue } from "./matrix/board.ts";
import { arrivalOf } from "./arrivals.ts";
import { calendarDue } from "./knowledge/calendar.ts";
import { rowDamaged } from "./damage.ts";
import { satisfied, shed } from "./hunger.ts";
import { fromMatrix } from "./from-matrix.ts";
import { fromRadio, learn } from "./from-radio.ts";
import type { Report } from "./inputs.ts";
import { radioConfigured, radioState, radioStillAway, roomState, started, stopped, uplinkState } from "./links.ts";
import { radioRefused } from "./air.ts";
import { matrixOutcome, prepareMatrix } from "./matrix/sending.ts";
import { evidenceOverdue, handsEmptied, queueStatus, queueStatusOverdue, written } from "./mesh/outcomes.ts";
import { fileCame, fileOverdue } from "./people/by-matrix.ts";
import { quarantine } from "./quarantine.ts";
import { pageDue } from "./calltree/page.ts";
import { drawPages } from "./calltree/board.ts";
import { testTrees } from "./calltree/self-test.ts";
import { prepareRadio } from "./mesh/sending.ts";
import { servicesSeen } from "./knowledge/services.ts";
import { silentNodes } from "./mesh/node-news.ts";
import { sendReceipts } from "./mesh/receipt.ts";
import { tendAir } from "./mesh/tending.ts";
import { drawBoards } from "./welfare/roll-board.ts";
import { calendarSet } from "./welfare/roll-plan.ts";
import { rollDue } from "./welfare/roll-waves.ts";
import { tellOperators } from "./say.ts";
import { hello } from "./mesh/machine-peers.ts";
import { sayMessage } from "./mesh/machine-saying.ts";
import { ask } from "./machines.ts";
import type { Settings } from "./settings.ts";
import type { Turn, Handled } from "./turn.ts";
import { tooOld } from "./matrix/to-mesh.ts";
import { helpUnanswered } from "./acts.ts";
import { uplinkStillAway } from "./matrix/uplink-news.ts";

export interface Gateway {
  readonly store: Store;
  readonly settings: Settings;
}

/** What a step is given: a report, or the number of an inbox row. */
export type Input = Report | { readonly kind: "inbox"; readonly id: number };

/** Handles one input in one transaction; returns when to be woken at the latest, if ever. */
export function step(gateway: Gateway, input: Input, now: Millis, random: Random): Millis | undefined {
  const work = (): Millis | undefined => {
    const turn = turnOf(gateway, now, random);
    handle(turn, input);
    runTimers(turn);
    return earliest(tendAir(turn), prepareSends(turn), nextTimerAt(turn.store));
  };
  return FORGETTABLE.has(input.kind) ? gateway.store.lazily(work) : gateway.store.transaction(work);
}

/** What a homeserver answered can be asked for again under the same transaction id. */
const FORGETTABLE: ReadonlySet<Input["kind"]> = new Set(["matrix-outcome"]);

/** A question or command of the operators: handled in one transaction like any input, and answered. A throw rolls it back. */
export function answerIn<T>(
  gateway: Gateway,
  question: (turn: Turn) => T,
  now: Millis,
  random: Random,
): { readonly answer: T; readonly wakeAt: Millis | undefined } {
  return gateway.store.transaction(() => {
    const turn = turnOf(gateway, now, random);
    const answer = question(turn);
    return { answer, wakeAt: earliest(tendAir(turn), prepareSends(turn), nextTimerAt(turn.store)) };
  });
}

/** What was chosen to leave is looked at once more: nothing damaged leaves. */
function prepareSends(turn: Turn): Millis | undefined {
  for (;;) {
    const wakeAt = earliest(prepareRadio(turn), prepareMatrix(turn));
    const damaged = damagedInHand(turn.store);
    if (damaged.length === 0) return wakeAt;
    for (const { table, id } of damaged) rowDamaged(turn, table, id, true);
  }
}

function turnOf(gateway: Gateway, now: Millis, random: Random): Turn {
  return { ...gateway, now, wall: now + wallOffset(gateway.store), random };
}

function earliest(...moments: readonly (Millis | undefined)[]): Millis | undefined {
  const known = moments.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function handle(turn: Turn, input: Input): void {
  switch (input.kind) {
    case "inbox":
      return handleRow(turn, input.id);
    case "start":
      return started(turn);
    case "stop":
      return stopped(turn);
    case "tick":
      return;
    case "wall-clock":
      setWallOffset(turn.store, input.offset);
      return calendarSet(turn, input.offset);
    case "disk-full":
      return void shed(turn);
    case "disk-back":
      return satisfied(turn);
    case "row-damaged":
      return rowDamaged(turn, input.table, input.id);
    case "radio-state":
      return radioState(turn, input.state, input.reason);
    case "radio-configured":
      return radioConfigured(turn, input.info);
    case "radio-node":
      return void learn(turn, input.node);
    case "radio-rebooted":
      return handsEmptied(turn);
    case "radio-notification":
      radioRefused(turn, input.text);
      return tellOperators(turn, `The radio says: ${defuse(input.text)}`);
    case "services-seen":
      return servicesSeen(turn, input.seen);
    case "machine-send":
      return void sayMessage(turn, input.message, input);
    case "queue-status":
      return queueStatus(turn, input.packetId, input.res);
    case "mesh-written":
      return written(turn, input.sendId, input.written);
    case "uplink-state":
      return uplinkState(turn, input);
    case "room-state":
      return roomState(turn, input);
    case "matrix-outcome":
      return matrixOutcome(turn, input.sendId, input.outcome);
    default:
      return unreachable(input);
  }
}

// ───────────────────────────── inbox rows ─────────────────────────────

function handleRow(turn: Turn, id: number): void {
  const row = inboxRow(turn.store, id);
  if (!row) return;
  setInHand(turn.store, undefined);
  if (!isSound(turn.store, "inbox", id)) return rowDamaged(turn, "inbox", id);
  const { end, reason } = meaning(turn, row);
  endRow(turn.store, id, end, reason);
}

function meaning(turn: Turn, row: InboxRow): Handled {
  const arrival = arrivalOf(row);
  if (arrival.kind === "file") return fileCame(turn, arrival, row.id);
  return arrival.kind === "radio" ? fromRadio(turn, arrival, row.id) : fromMatrix(turn, arrival, row.id);
}

const DEATHS = 3;

/** A caught throw in a row: counted, and at the third the row is set aside in words. Returns whether it was. */
export function rowFailed(gateway: Gateway, id: number, now: Millis, random: Random, why: string): boolean {
  return gateway.store.transaction(() => {
    const marked = metaValue(gateway.store, "in_hand") === String(id);
    const deaths = marked ? inboxRow(gateway.store, id)!.deaths : countDeath(gateway.store, id);
    setInHand(gateway.store, undefined);
    if (deaths < DEATHS) return false;
    quarantine(turnOf(gateway, now, random), id, why);
    return true;
  });
}

/** The row that is being handled alone, remembered over a crash; undefined: none. */
function setInHand(store: Store, mark: string | undefined): void {
  if (mark === undefined) {
    if (metaValue(store, "in_hand") !== "") setMeta(store, "in_hand", "");
  } else setMeta(store, "in_hand", mark);
}

/**
 * After an unclean stop: the row that was in hand counts a death, unless the machine itself went down (another boot).
 * `alone`: the rows that wait are to be handled one by one, each marked before it is touched (`markInHand`).
 */
export function recoverInbox(gateway: Gateway, bootId: string, now: Millis, random: Random): { alone: boolean } {
  const { store } = gateway;
  return store.transaction(() => {
    const unclean = metaValue(store, "running") === "1";
    const sameBoot = metaValue(store, "boot") === bootId;
    setMeta(store, "boot", bootId);
    if (!unclean) return { alone: false };
    const marked = metaValue(store, "in_hand");
    const suspect = marked ? Number(marked) : nextWaiting(store)?.id;
    if (suspect === undefined || !inboxRow(store, suspect)) return { alone: false };
    if (!sameBoot && marked) forgiveDeath(store, suspect);
    if (sameBoot && !marked) countDeath(store, suspect);
    setInHand(store, undefined);
    if (sameBoot && inboxRow(store, suspect)!.deaths >= DEATHS) {
      quarantine(turnOf(gateway, now, random), suspect, "the program died in it three times");
    }
    return { alone: true };
  });
}

/** Before a row is handled alone: if the program dies in it, the next start knows. */
export function markInHand(gateway: Gateway, id: number): void {
  gateway.store.transaction(() => {
    setInHand(gateway.store, String(id));
    countDeath(gateway.store, id);
  });
}

// ───────────────────────────── timers ─────────────────────────────

/** Timers handled in one step; the rest in the next, at once. */
const AT_ONCE = 64;

const PRUNE_EVERY: Millis = 3_600_000;

const ON_TIMER: Readonly<Record<TimerKind, (turn: Turn, subject: number) => void>> = {
  "queue-status": queueStatusOverdue,
  evidence: evidenceOverdue,
  pieces: ask,
  receipt: sendReceipts,
  prune,
  "radio-away": radioStillAway,
  "uplink-away": uplinkStillAway,
  stale: tooOld,
  "silent-nodes": silentNodes,
  "help-silent": helpUnanswered,
  roll: rollDue,
  board: boardDue,
  boards: drawBoards,
  page: pageDue,
  "page-boards": drawPages,
  "page-test": testTrees,
  calendar: calendarDue,
  aid: aidDue,
  "aid-boards": drawAidBoards,
  "aid-share": shareDue,
  file: fileOverdue,
  hello,
};

function runTimers(turn: Turn): void {
  for (let count = 0; count < AT_ONCE; count++) {
    const timer = takeDueTimer(turn.store, turn.now);
    if (!timer) return;
    ON_TIMER[timer.kind](turn, timer.subject);
  }
}

function prune(turn: Turn): void {
  const before = turn.now - turn.settings.retention.messagesDays * 86_400_000;
  pruneMessages(turn.store, before, turn.now);
  pruneBoards(turn.store, before);
  setTimer(turn.store, "prune", 0, turn.now + PRUNE_EVERY);
}
