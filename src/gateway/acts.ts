// What a resident's text does. The grammar says what it means (`understand`, which changes nothing); here it becomes facts
// about households, calls for help and an answer by radio. Whatever happens here, the text itself has already been kept and
// is shown to people.
//
// A bare "help" is a possible call: people see it at once, one question goes back, YES or three minutes of silence make it a
// full call, and only a person closes it.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import {
  addCall,
  askQuestion,
  callRow,
  closeQuestions,
  noteCall,
  openCallOfHouse,
  raiseCall,
  type CallRow,
} from "#store/welfare.ts";
import { clearTimer, nodeRow, setTimer } from "#store/world.ts";
import type { Intention } from "#wire/grammar/intention.ts";
import { fill, reachesHuman, repliesOf, replyTo } from "#wire/grammar/reply.ts";
import { dealByRadio, listByRadio, offerByRadio } from "./aid/by-radio.ts";
import { answerWith, factsFor, storedWords, tell } from "./mesh/answering.ts";
import { book, checkIn } from "./welfare/check-in.ts";
import { ringAbout, showCallOf } from "./welfare/calls.ts";
import { INQUIRY_ACTS, inquiryReply } from "./knowledge/inquiries.ts";
import type { MeshPacket } from "./inputs.ts";
import { ackByRadio, doneByRadio, wordsToPage } from "./calltree/answers.ts";
import { boardsChanged } from "./welfare/roll-board.ts";
import { registered, registrationOf } from "./people/registration.ts";
import { rollByRadio, rollReply } from "./welfare/roll-radio.ts";
import { tellOperators } from "./say.ts";
import { pinFirstKey, speakerOf } from "./people/speaker.ts";
import { statusWords, whoWords } from "./welfare/standings.ts";
import { EVERYONE, type Turn } from "./turn.ts";
import type { Kept, Understood } from "./understanding.ts";
import { WELFARE_WORDS } from "./welfare/words.ts";

/** Whether the gateway's answer is all that is needed, so that people need not be shown the text. */
export function isForUsAlone({ intention, open, utterance }: Understood): boolean {
  return !reachesHuman(intention) && utterance.to !== EVERYONE && !open.some(({ kind }) => kind === "help");
}

/** Does what the text asks and answers it by radio. False: nothing to answer but that it is stored. */
export function act(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, utterance } = heard;
  wordsToPage(turn, heard);
  if (intention.kind === "chat") return false;
  pinFirstKey(turn, utterance);
  const done = Object.hasOwn(ACTS, intention.kind) ? ACTS[intention.kind] : undefined;
  const answered = done?.(turn, heard, kept) ?? false;
  showCallOf(turn, utterance.from);
  boardsChanged(turn);
  return answered;
}

type Act = (turn: Turn, heard: Understood, kept: Kept) => boolean;

/** By kind. What has no row is stored, shown to people and receipted, nothing else. */
const ACTS: Readonly<Partial<Record<Intention["kind"], Act>>> = {
  ok: checkIn,
  need: checkIn,
  urgent: checkIn,
  evacuated: checkIn,
  silent: checkIn,
  sos,
  help,
  yes: (turn, heard, kept) => dealByRadio(turn, heard, kept) || confirmed(turn, heard, kept),
  no: (turn, heard, kept) => dealByRadio(turn, heard, kept) || denied(turn, heard, kept),
  offer: offerByRadio,
  skill: offerByRadio,
  have: offerByRadio,
  needs: listByRadio,
  offers: listByRadio,
  take: dealByRadio,
  give: dealByRadio,
  done: (turn, heard, kept) => doneByRadio(turn, heard, kept) || dealByRadio(turn, heard, kept),
  drop: dealByRadio,
  which: (turn, heard, kept) => answerWith(turn, heard, kept, replyTo(heard.intention, factsFor(turn, heard))),
  menu,
  status: (turn, heard, kept) =>
    answerWith(turn, heard, kept, statusWords(turn, heard.speaker, heard.intention.language)),
  who: (turn, heard, kept) =>
    heard.intention.needs.length > 0
      ? listByRadio(turn, heard, kept)
      : answerWith(turn, heard, kept, whoWords(turn, heard.speaker, heard.intention.language)),
  roll: rollByRadio,
  ack: ackByRadio,
  cannot: ackByRadio,
  ...INQUIRY_ACTS,
  register: (turn, heard, kept) => {
    const outcome = registered(turn, heard.utterance, heard.speaker, heard.intention);
    return answerWith(turn, heard, kept, replyTo(heard.intention, { ...factsFor(turn, heard), registered: outcome }));
  },
};

/** The reply as it would be given, for those who try a text out. */
export function replyFor(turn: Turn, heard: Understood): string {
  const { intention, speaker } = heard;
  if (intention.kind === "status") return statusWords(turn, speaker, intention.language);
  if (intention.kind === "who") return whoWords(turn, speaker, intention.language);
  const roll = intention.kind === "roll" ? rollReply(turn, heard) : undefined;
  if (roll !== undefined) return roll;
  const outcome = intention.kind === "register" ? registrationOf(turn, heard.utterance, speaker, intention) : undefined;
  const facts = factsFor(turn, heard);
  return (
    inquiryReply(turn, heard) ??
    replyTo(intention, outcome === undefined ? facts : { ...facts, registered: outcome }) ??
    repliesOf(intention.language).stored
  );
}

// ───────────────────────────── calls for help ─────────────────────────────

/** How long "Emergency?" may stay unanswered before it is taken for one. */
export const HELP_SILENCE: Millis = 3 * 60_000;

function sos(turn: Turn, heard: Understood, kept: Kept): boolean {
  book(turn, heard, kept);
  openCall(turn, heard, kept, "open");
  closeQuestions(turn.store, "help", "", heard.utterance.from);
  return answerWith(turn, heard, kept, replyTo(heard.intention, factsFor(turn, heard, storedWords(turn, heard, kept))));
}

function openCall(
  turn: Turn,
  { call, speaker, utterance, intention }: Understood,
  kept: Kept,
  state: "possible" | "open",
): number {
  const house = intention.households[0] ?? speaker.house;
  const known = call ?? (house === undefined ? undefined : openCallOfHouse(turn.store, house));
  if (known && known.node === utterance.from) {
    if (state === "open") {
      raiseCall(turn.store, known.id, known.said, turn.now);
      clearTimer(turn.store, "help-silent", known.id);
    }
    return known.id;
  }
  return addCall(turn.store, {
    at: turn.now,
    node: utterance.from,
    state,
    ...(house === undefined ? {} : { house }),
    ...(kept.ledger === undefined ? {} : { ledger: kept.ledger }),
  });
}

function help(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { call, intention } = heard;
  const stored = storedWords(turn, heard, kept);
  if (call) {
    // Asking twice is an answer to the question.
    if (call.state === "possible") raise(turn, call, WELFARE_WORDS.again, "help");
    return answerWith(turn, heard, kept, fill(repliesOf(intention.language).call, { stored: `${stored} ` }));
  }
  const id = openCall(turn, heard, kept, "possible");
  const ledger = tell(turn, heard, kept, replyTo(intention, factsFor(turn, heard, stored))!);
  askQuestion(turn.store, { kind: "help", reference: "", node: heard.utterance.from, at: turn.now, ledger });
  setTimer(turn.store, "help-silent", id, turn.now + HELP_SILENCE);
  return true;
}

function confirmed(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { call, intention } = heard;
  if (intention.answers?.kind !== "help" || !call) return false;
  raise(turn, call, WELFARE_WORDS.confirmed, "yes");
  book(turn, { ...heard, intention: { ...intention, status: "urgent" } }, kept);
  return answerWith(turn, heard, kept, replyTo(intention, factsFor(turn, heard, storedWords(turn, heard, kept))));
}

function denied(turn: Turn, heard: Understood, kept: Kept): boolean {
  if (heard.intention.answers?.kind !== "help") return checkIn(turn, heard, kept);
  besideCall(turn, heard, heard.utterance.text);
  return answerWith(turn, heard, kept, replyTo(heard.intention, factsFor(turn, heard)));
}

/** Something calming came back: shown beside the call, which stays as it is; silence no longer raises it. */
function besideCall(turn: Turn, { call, speaker, utterance }: Understood, said: string): void {
  if (!call) return;
  noteCall(turn.store, call.id, said.trim().slice(0, 40), turn.now);
  clearTimer(turn.store, "help-silent", call.id);
  closeQuestions(turn.store, "help", "", utterance.from);
  tellOperators(turn, WELFARE_WORDS.denied(speaker.name, nodeId(speaker.node), said.trim().slice(0, 40)), "distress");
}

function menu(turn: Turn, heard: Understood, kept: Kept): boolean {
  if (heard.open.some(({ kind }) => kind === "help")) besideCall(turn, heard, "?");
  return answerWith(turn, heard, kept, replyTo(heard.intention, factsFor(turn, heard)));
}

function raise(turn: Turn, call: CallRow, why: string, said: string): void {
  raiseCall(turn.store, call.id, said, turn.now);
  clearTimer(turn.store, "help-silent", call.id);
  if (call.node === null) return;
  closeQuestions(turn.store, "help", "", call.node);
  const name = speakerNameOf(turn, call.node);
  ringAbout(turn, callRow(turn.store, call.id)!, WELFARE_WORDS.raised(name, nodeId(call.node), why));
}

/** Timer: nothing came back to "Emergency?". */
export function helpUnanswered(turn: Turn, id: number): void {
  const call = callRow(turn.store, id);
  if (call?.state === "possible") raise(turn, call, WELFARE_WORDS.silent, "silence");
}

function speakerNameOf(turn: Turn, node: number): string {
  const key = nodeRow(turn.store, node)?.publicKey ?? undefined;
  return speakerOf(turn, {
    from: node as MeshPacket["from"],
    channel: 0,
    pkiEncrypted: false,
    xeddsaSigned: false,
    ...(key === undefined ? {} : { publicKey: key }),
  }).name;
}
