// Reactions and replies to messages of ours that act: ✅ on a call for help takes it. Which message is about what is known
// (subjects.ts); what an emoji or a reply then does is a row of the table below. Every reaction that acted is written down
// with who it was, and taking it back by deleting the reaction is told to the same row.
//
// Whoever may react anywhere may react in these rooms, so acting is for operators' rooms unless the row says otherwise.

import { actOfEvent, addAct, dropAct, journalAct } from "#store/boards.ts";
import { AID_ACTING } from "./aid/rooms.ts";
import { CALL_ACTING, CLOSING_ACTING } from "./welfare/call-desk.ts";
import { IMPORT_ACTING } from "./people/by-matrix.ts";
import { PAGE_ACTING } from "./calltree/answers.ts";
import { mayWrite } from "./matrix/access.ts";
import { tellRoom } from "./say.ts";
import { subjectOf, type Subject, type SubjectKind } from "./matrix/subjects.ts";
import type { Turn, Handled } from "./turn.ts";
import { inOperatorsRoom, type Written } from "./matrix/written.ts";
import type { Acting } from "./matrix/command.ts";

const ACTING: Readonly<Partial<Record<SubjectKind, Acting>>> = {
  call: CALL_ACTING,
  closing: CLOSING_ACTING,
  import: IMPORT_ACTING,
  aid: AID_ACTING,
  page: PAGE_ACTING,
};

/** Undefined: the reaction acts on nothing of ours. */
export function actOnReaction(turn: Turn, said: Written, target: string, emoji: string): Handled | undefined {
  const found = find(turn, said, target);
  if (!found?.acting.react) return undefined;
  const { kind, number } = found;
  const act = { eventId: said.eventId, kind, number, emoji, by: said.sender, at: turn.now };
  addAct(turn.store, act);
  const words = found.acting.react(turn, said, number, emoji, false);
  if (words === undefined) {
    dropAct(turn.store, act);
    return undefined;
  }
  journalAct(turn.store, act);
  return answered(turn, said, target, words, `${emoji} on ${kind} ${number}`);
}

/** A reaction that acted was deleted; undefined: it was none of these. */
export function actOnRedaction(turn: Turn, said: Written, reaction: string): Handled | undefined {
  const act = actOfEvent(turn.store, reaction);
  if (!act) return undefined;
  dropAct(turn.store, act);
  journalAct(turn.store, { ...act, by: said.sender, at: turn.now }, true);
  const words = ACTING[act.kind as SubjectKind]?.react?.(turn, said, act.number, act.emoji, true) ?? "";
  return answered(turn, said, undefined, words, `${act.emoji} on ${act.kind} ${act.number} taken back`);
}

/** Undefined: the message answers nothing of ours. */
export function actOnReply(turn: Turn, said: Written, body: string): Handled | undefined {
  const target = said.replyTo ?? said.threadRoot;
  const found = target === undefined ? undefined : find(turn, said, target);
  const words = found?.acting.reply?.(turn, said, found.number, body);
  if (!found || words === undefined) return undefined;
  return answered(turn, said, said.eventId, words, `a reply to ${found.kind} ${found.number}`);
}

function find(turn: Turn, said: Written, eventId: string): (Subject & { readonly acting: Acting }) | undefined {
  const subject = subjectOf(turn, eventId);
  const acting = subject && ACTING[subject.kind];
  if (!acting || !(acting.anywhere || inOperatorsRoom(said)) || !mayWrite(turn, said)) return undefined;
  return { ...subject, acting };
}

function answered(turn: Turn, said: Written, replyEvent: string | undefined, words: string, reason: string): Handled {
  if (words !== "")
    tellRoom(turn, said.uplink.name, said.room, words, {
      inbox: said.inbox,
      ...(replyEvent === undefined ? {} : { replyEvent }),
    });
  return { end: "handled", reason };
}
