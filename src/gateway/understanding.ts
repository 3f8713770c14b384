// What a text from a resident means here: who speaks, for whom, what was asked of them. Reads, changes nothing.

import { isKnownHouse } from "#store/people.ts";
import { openCallOfNode, openQuestions, questionOfPacket, type CallRow } from "#store/welfare.ts";
import { rowsOfPacket } from "#store/ledger.ts";
import type { Context, Intention, Question } from "#wire/grammar/intention.ts";
import { parse } from "#wire/grammar/parse.ts";
import type { MeshPacket } from "./inputs.ts";
import { housesFor, speakerOf, type Speaker } from "./people/speaker.ts";
import { EVERYONE, namesOf, radioFacts, type Turn } from "./turn.ts";

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

export interface Kept {
  /** The ledger row that keeps the text; none where nobody need see it. */
  readonly ledger?: number;
  readonly inbox: number;
}
