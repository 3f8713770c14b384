// Calls for help, as people in Matrix see and handle them. Each has a card in every operators' room: said at once and
// loudly, then kept up to date by edits. A person takes it, says that somebody spoke to them, and closes it with a reason;
// each with their name. The resident is told by radio. What is said later is shown on the card and closes nothing.

import { firstLetters } from "#base/text.ts";
import { inboxRow } from "#store/inbox.ts";
import { ledgerRow, moveLedger } from "#store/ledger.ts";
import { rowsOfArrival } from "#store/trace.ts";
import { callRow, closeCall, closeQuestions, openCallOfNode, type CallRow } from "#store/welfare.ts";
import { clearTimer, nodeRow } from "#store/world.ts";
import { fill, repliesOf } from "#wire/grammar/reply.ts";
import { cleanForMesh } from "#wire/text.ts";
import { arrivalOf } from "#gateway/arrivals.ts";
import { contentOf, keepBoard, loud } from "#gateway/matrix/board.ts";
import { cardWords, referenceName } from "./call-card.ts";
import { CALL_WORDS } from "./call-words.ts";
import type { RadioArrival } from "#gateway/inputs.ts";
import { mayShow, operatorsPlaces } from "#gateway/matrix/places.ts";
import { boardsChanged } from "./roll-board.ts";
import { tellRoom, tellMesh } from "#gateway/say.ts";
import { speakerOf, type Speaker } from "#gateway/people/speaker.ts";
import { about } from "#gateway/matrix/subjects.ts";
import type { Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

/** The card of the call that is open from this radio, if any. */
export function showCallOf(turn: Turn, node: number): void {
  const call = openCallOfNode(turn.store, node);
  if (call) showCall(turn, call);
}

/** Says how the call stands, in each room as far as that room may know. */
export function showCall(turn: Turn, call: CallRow): void {
  const speaker = speakerOfCall(turn, call);
  for (const place of operatorsPlaces(turn, true)) {
    keepBoard(turn, place, `call ${call.id}`, cardWords(turn, call, speaker, mayShow(turn, place)), {
      subject: { kind: "call", number: call.id },
      // Before all but calls for help themselves: in a backlog the words of ten people go before the cards about them.
      class: "page",
      loud: true,
    });
  }
  for (const row of rowsOfCall(turn, call)) about(turn, row.id, { kind: "call", number: call.id });
}

/** Words about a call that everybody in the operators' rooms is rung for. */
export function ringAbout(turn: Turn, call: CallRow, body: string): void {
  for (const { uplink, room } of operatorsPlaces(turn, true)) {
    const ledger = tellRoom(turn, uplink, room, body, { class: "distress", content: loud(contentOf({ body })) });
    about(turn, ledger, { kind: "call", number: call.id });
  }
  showCall(turn, call);
}

/** Every way the words of the call went to people. */
function rowsOfCall(turn: Turn, call: CallRow) {
  const inbox = inboxOf(turn, call);
  return inbox === undefined ? [] : rowsOfArrival(turn.store, inbox).filter(isShown);
}

function inboxOf(turn: Turn, { ledger }: CallRow): number | undefined {
  return (ledger === null ? undefined : ledgerRow(turn.store, ledger)?.inbox) ?? undefined;
}

const isShown = ({ direction }: { direction: string }): boolean => direction === "mesh-to-matrix";

/** Who called, and how far that can be believed: as the packet itself came, while it is kept. */
function speakerOfCall(turn: Turn, call: CallRow): Speaker | undefined {
  if (call.node === null) return undefined;
  const inbox = inboxOf(turn, call);
  const row = inbox === undefined ? undefined : inboxRow(turn.store, inbox);
  const arrival = row && arrivalOf(row);
  if (arrival?.kind === "radio") return speakerOf(turn, arrival.packet);
  const publicKey = nodeRow(turn.store, call.node)?.publicKey ?? undefined;
  return speakerOf(turn, {
    from: call.node as RadioArrival["packet"]["from"],
    channel: 0,
    pkiEncrypted: false,
    xeddsaSigned: false,
    ...(publicKey === undefined ? {} : { publicKey }),
  });
}

// ───────────────────────────── what people do ─────────────────────────────

/** Somebody who does something about a call: `id` is kept, `name` is said to the resident. */
export interface Person {
  readonly id: string;
  readonly name: string;
}

const LONGEST_NAME = 24;

/** The resident hears that a person has the call, and their words count as answered. */
export function callTaken(turn: Turn, call: CallRow, by: Person): void {
  for (const row of rowsOfCall(turn, call))
    moveLedger(turn.store, row.id, "answered", WORDS.answeredBy(by.id), turn.now);
  tellCaller(turn, call, "callTaken", by);
}

/** Closes the call, for a person who says why; the words to be told about it. */
export function closeFor(turn: Turn, call: CallRow, by: Person, reason: string): string {
  const reference = referenceName(turn, call);
  if (!closeCall(turn.store, call.id, by.id, reason, turn.now)) return CALL_WORDS.closedAlready(reference);
  clearTimer(turn.store, "help-silent", call.id);
  if (call.node !== null) closeQuestions(turn.store, "help", "", call.node);
  tellCaller(turn, call, "callClosed", by);
  showCall(turn, callRow(turn.store, call.id)!);
  boardsChanged(turn);
  return CALL_WORDS.isClosed(reference, by.id);
}

function tellCaller(turn: Turn, call: CallRow, words: "callTaken" | "callClosed", by: Person): void {
  if (call.node === null) return;
  const language = speakerOfCall(turn, call)?.language ?? turn.settings.node.language;
  const name = firstLetters(cleanForMesh(by.name).replaceAll("\n", " "), LONGEST_NAME);
  tellMesh(turn, {
    class: "distress",
    to: call.node,
    text: fill(repliesOf(language)[words], { name }),
  });
}
