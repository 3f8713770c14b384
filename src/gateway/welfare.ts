// What a resident's text does. The grammar says what it means (`understand`, which changes nothing); here it becomes facts
// about households, calls for help and an answer by radio. Whatever happens here, the text itself has already been kept and
// is shown to people.
//
// A bare "help" is a possible call: people see it at once, one question goes back, YES or three minutes of silence make it a
// full call, and only a person closes it.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { speaksForAll } from "#domain/people/people.ts";
import type { Source } from "#domain/welfare/standing.ts";
import type { House } from "#domain/wire-words.ts";
import { isKnownHouse } from "#store/people.ts";
import {
  addCall,
  addFact,
  askQuestion,
  callRow,
  closeQuestions,
  noteCall,
  openCallOfHouse,
  openCallOfNode,
  openQuestions,
  questionOfPacket,
  raiseCall,
  takeBack,
  type CallRow,
} from "#store/welfare.ts";
import { rowsOfPacket } from "#store/ledger.ts";
import { clearTimer, nodeRow, setTimer, tellOnce } from "#store/world.ts";
import type { Context, Intention, Question } from "#wire/grammar/intention.ts";
import { parse } from "#wire/grammar/parse.ts";
import { fill, reachesHuman, repliesOf, replyTo, type ReplyFacts } from "#wire/grammar/reply.ts";
import type { MeshPacket } from "./inputs.ts";
import { isMerging } from "./many.ts";
import { nextReference, timeWords } from "./receipts.ts";
import { registered, registrationOf } from "./registration.ts";
import { sayToMesh, tellOperators } from "./say.ts";
import { housesFor, pinFirstKey, speakerOf, type Speaker } from "./speaker.ts";
import { statusWords, whoWords } from "./standings.ts";
import { clockSure, EVERYONE, namesOf, radioFacts, type Turn } from "./turn.ts";
import { WELFARE_WORDS } from "./welfare-words.ts";

export type Utterance = Pick<
  MeshPacket,
  "from" | "to" | "channel" | "pkiEncrypted" | "publicKey" | "xeddsaSigned" | "replyId" | "emoji"
> & { readonly text: string; readonly portnum: number };

export interface Understood {
  readonly utterance: Utterance;
  readonly speaker: Speaker;
  readonly intention: Intention;
  readonly open: readonly Question[];
  readonly call: CallRow | undefined;
}

/** What a text means. Reads, changes nothing. */
export function understand(turn: Turn, utterance: Utterance): Understood {
  const speaker = speakerOf(turn, utterance);
  const open = openQuestions(turn.store, utterance.from).map(({ kind, reference }) => ({ kind, reference }));
  const call = openCallOfNode(turn.store, utterance.from);
  return {
    utterance,
    speaker,
    open,
    call,
    intention: parse(utterance.text, contextOf(turn, utterance, speaker, open)),
  };
}

function contextOf(turn: Turn, utterance: Utterance, speaker: Speaker, open: readonly Question[]): Context {
  const speaksFor = housesFor(turn, speaker);
  const repliesTo = repliesToOf(turn, utterance);
  return {
    fallback: turn.settings.node.language,
    isHouse: (house) => isKnownHouse(turn.store, house),
    direct: utterance.to !== EVERYONE,
    names: ownNames(turn),
    open,
    portnum: utterance.portnum,
    tapback: utterance.emoji !== 0 && utterance.replyId !== 0,
    ...(speaker.language === undefined ? {} : { language: speaker.language }),
    ...(speaker.house === undefined ? {} : { household: speaker.house }),
    ...(speaksFor === undefined ? {} : { speaksFor }),
    ...(repliesTo === undefined ? {} : { repliesTo }),
  };
}

/** A reply to a question of ours, or to words that a person wrote. */
function repliesToOf(turn: Turn, { replyId }: Utterance): Context["repliesTo"] {
  if (replyId === 0) return undefined;
  const question = questionOfPacket(turn.store, replyId);
  if (question) return { kind: question.kind, reference: question.reference };
  return rowsOfPacket(turn.store, replyId).some(({ direction }) => direction === "matrix-to-mesh")
    ? "person"
    : undefined;
}

function ownNames(turn: Turn): string[] {
  const node = radioFacts(turn)?.node;
  return node === undefined ? [] : [namesOf(turn, node).short];
}

/** Whether the gateway's answer is all that is needed, so that people need not be shown the text. */
export function isForUsAlone({ intention, open, utterance }: Understood): boolean {
  return !reachesHuman(intention) && utterance.to !== EVERYONE && !open.some(({ kind }) => kind === "help");
}

export interface Kept {
  /** The ledger row that keeps the text; none where nobody need see it. */
  readonly ledger?: number;
  readonly inbox: number;
}

/** Does what the text asks and answers it by radio. False: nothing to answer but that it is stored. */
export function act(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, utterance } = heard;
  if (intention.kind === "chat") return false;
  pinFirstKey(turn, utterance);
  const done = Object.hasOwn(ACTS, intention.kind) ? ACTS[intention.kind] : undefined;
  return done?.(turn, heard, kept) ?? false;
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
  yes: confirmed,
  no: denied,
  which: (turn, heard, kept) => answerWith(turn, heard, kept, replyTo(heard.intention, factsFor(turn, heard))),
  menu,
  status: (turn, heard, kept) =>
    answerWith(turn, heard, kept, statusWords(turn, heard.speaker, heard.intention.language)),
  who: (turn, heard, kept) => answerWith(turn, heard, kept, whoWords(turn, heard.speaker, heard.intention.language)),
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
  const outcome = intention.kind === "register" ? registrationOf(turn, heard.utterance, speaker, intention) : undefined;
  const facts = factsFor(turn, heard);
  return (
    replyTo(intention, outcome === undefined ? facts : { ...facts, registered: outcome }) ??
    repliesOf(intention.language).stored
  );
}

function factsFor(turn: Turn, { speaker, intention, open, call }: Understood, stored?: string): ReplyFacts {
  return {
    captain: speaker.role !== "resident",
    unknown: intention.households.filter((house) => !isKnownHouse(turn.store, house)),
    callOpen: call !== undefined,
    open: open.map(({ reference }) => reference).filter((reference) => reference !== ""),
    ...(stored === undefined ? {} : { stored }),
    ...(speaker.house === undefined ? {} : { household: speaker.house }),
  };
}

// ───────────────────────────── check-ins ─────────────────────────────

function checkIn(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { intention, speaker, utterance, call } = heard;
  if (intention.people !== undefined && intention.households.length === 0)
    takeBack(turn.store, utterance.from, String(intention.people));
  const echo =
    intention.perhapsPeople === undefined
      ? undefined
      : tell(turn, heard, kept, replyTo(intention, factsFor(turn, heard))!);
  book(turn, heard, kept, echo);
  close(turn, heard);
  if (call && intention.status !== "urgent")
    tellOperators(turn, WELFARE_WORDS.stillOpen(speaker.name, nodeId(speaker.node), intention.status ?? ""));
  if (echo !== undefined) return true;
  // In a surge one line names everybody whose OK was stored; only those who need more get words of their own.
  const mine = intention.households.length === 0 && speaker.house !== undefined && call === undefined;
  if (intention.kind === "ok" && mine && isMerging(turn)) return false;
  return answerWith(turn, heard, kept, replyTo(intention, factsFor(turn, heard)));
}

function book(turn: Turn, { intention, speaker, utterance }: Understood, kept: Kept, echo?: number): void {
  const houses: readonly (House | undefined)[] =
    intention.households.length > 0 ? intention.households : [speaker.house];
  for (const house of houses) {
    addFact(turn.store, {
      at: turn.now,
      clockSure: clockSure(turn.wall),
      node: utterance.from,
      by: speaker.name,
      source: sourceOf(turn, speaker, house),
      means: utterance.portnum !== TEXT_PORT ? "machine" : utterance.emoji === 0 ? "text" : "tapback",
      trust: speaker.trust,
      status: intention.status ?? "unknown",
      needs: intention.needs,
      ...(house === undefined ? {} : { house }),
      ...(speaker.member === undefined ? {} : { member: speaker.member.number }),
      ...(intention.people === undefined ? {} : { people: intention.people }),
      ...(intention.animals === undefined ? {} : { animals: intention.animals }),
      ...(intention.place === undefined ? {} : { place: intention.place }),
      ...(intention.note === undefined ? {} : { note: intention.note }),
      ...(intention.reference === undefined ? {} : { reference: intention.reference }),
      ...(echo === undefined ? {} : { echo }),
      ...(kept.ledger === undefined ? {} : { ledger: kept.ledger }),
    });
  }
}

const TEXT_PORT = 1;

function sourceOf(turn: Turn, speaker: Speaker, house: House | undefined): Source {
  if (house === undefined || house === speaker.house) return "self";
  if (speaksForAll(speaker.role)) return "coordinator";
  return housesFor(turn, speaker)?.has(house) ? "captain" : "neighbour";
}

/** An answer closes what was asked of this radio alone; what everybody was asked stays open for the others. */
function close(turn: Turn, { intention, utterance }: Understood): void {
  const answered = intention.answers;
  if (answered) closeQuestions(turn.store, answered.kind, answered.reference, utterance.from);
}

// ───────────────────────────── calls for help ─────────────────────────────

/** How long "Emergency?" may stay unanswered before it is taken for one. */
export const HELP_SILENCE: Millis = 3 * 60_000;

function sos(turn: Turn, heard: Understood, kept: Kept): boolean {
  book(turn, heard, kept);
  openCall(turn, heard, kept, "open");
  closeQuestions(turn.store, "help", "", heard.utterance.from);
  return answerWith(turn, heard, kept, replyTo(heard.intention, factsFor(turn, heard, storedWords(turn, heard))));
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
  const stored = storedWords(turn, heard);
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
  return answerWith(turn, heard, kept, replyTo(intention, factsFor(turn, heard, storedWords(turn, heard))));
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
  tellOperators(turn, WELFARE_WORDS.raised(name, nodeId(call.node), why), "distress");
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

// ───────────────────────────── answers ─────────────────────────────

/** "Stored 14:02, k7." in the resident's language. */
function storedWords(turn: Turn, { intention }: Understood): string {
  const time = timeWords(turn);
  const words = repliesOf(intention.language).storedAt;
  return fill(words, { time: time === undefined ? "" : ` ${time}`, reference: nextReference(turn) });
}

const MINUTE: Millis = 60_000;

/** Answers, but says the same words to the same radio at most once a minute; urgent words always. */
function answerWith(turn: Turn, heard: Understood, kept: Kept, words: string | undefined): boolean {
  if (words === undefined) return false;
  const urgent = heard.intention.distress !== "none";
  const once = `answer ${heard.utterance.from} ${Math.floor(turn.now / MINUTE)} ${words}`;
  if (urgent || tellOnce(turn.store, once, turn.now)) tell(turn, heard, kept, words);
  return true;
}

/** By direct message, whatever way it was said: what somebody reports about a household is nobody else's business. */
function tell(turn: Turn, { intention, utterance }: Understood, kept: Kept, text: string): number {
  return sayToMesh(turn, {
    class: intention.distress === "none" && intention.answers?.kind !== "help" ? "receipt" : "distress",
    direction: "gateway-to-mesh",
    origin: "gateway",
    to: utterance.from,
    channel: 0,
    text,
    wantAck: true,
    inbox: kept.inbox,
    ...(kept.ledger === undefined ? {} : { answers: kept.ledger }),
  });
}
