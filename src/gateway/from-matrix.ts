// What a Matrix event means: words for a channel, an answer in a resident's thread, a change of something said before, a
// command, or nothing for us. One handler for each family of events; the table below says which.
//
// Whatever is not sent is refused in words, as a reply to its writer, before anything left: with the byte count and the
// limit, never cut. Events that other bridges made are not carried on (mmrelay_suppress, meshtastic_* keys): a loop of two
// bridges would eat a whole mesh.

import { isDistress } from "#wire/grammar/distress.ts";
import { eventKey, markSeen } from "#store/inbox.ts";
import { roomById, tellOnce } from "#store/world.ts";
import { mayRing, mayWrite } from "./matrix/access.ts";
import { actOnReply } from "./acting.ts";
import { edit, react, redact } from "./amend.ts";
import { answerCommand, isCommand } from "./commands.ts";
import { numberField, objectField, textField, type Fields } from "./fields.ts";
import type { MatrixArrival } from "./inputs.ts";
import { LONG, longText } from "./matrix/long-text.ts";
import { dropPin } from "./mesh/map.ts";
import { placeOf, wordsOfContent } from "./matrix/words.ts";
import { pollEnd, pollStart, pollVote } from "./matrix/polls.ts";
import { clockSure, type Turn, type Handled } from "./turn.ts";
import {
  fitOf,
  handled,
  markAnswered,
  queueForMesh,
  refuse,
  staleAfter,
  targetOf,
  type Target,
} from "./matrix/to-mesh.ts";
import { WORDS } from "./words.ts";
import { bodyOf, inOperatorsRoom, isOurs, residentOf, written, type Written } from "./matrix/written.ts";

const HANDLERS: Readonly<Record<string, (turn: Turn, said: Written) => Handled>> = {
  "m.room.message": message,
  "m.sticker": message,
  "m.reaction": react,
  "m.room.redaction": redact,
  "m.poll.start": pollStart,
  "m.poll.response": pollVote,
  "m.poll.end": pollEnd,
  "org.matrix.msc3381.poll.start": pollStart,
  "org.matrix.msc3381.poll.response": pollVote,
  "org.matrix.msc3381.poll.end": pollEnd,
};

export function fromMatrix(turn: Turn, arrival: MatrixArrival, inbox: number): Handled {
  const { event } = arrival;
  const eventId = textField(event, "event_id");
  const sender = textField(event, "sender");
  const type = textField(event, "type") ?? "";
  if (eventId === undefined || sender === undefined) return handled("not an event");
  const uplink = turn.settings.uplinks.find((each) => each.name === arrival.uplink);
  const room = roomById(turn.store, arrival.uplink, arrival.room)[0]?.configured;
  if (!uplink || room === undefined) return handled("the config does not name this room");
  if (!markSeen(turn.store, eventKey(eventId), turn.now))
    return { end: "duplicate", reason: "this event was handled before" };
  if (isOurs(turn, sender)) return handled("our own echo");
  if (room === uplink.boardsRoom) return handled("said in the room of boards, where nobody is answered");
  if (!Object.hasOwn(HANDLERS, type)) return handled(`${type.slice(0, 60)} is not carried to the mesh`);
  const content = objectField(event, "content");
  if (isRelayed(content)) return handled("another bridge's message");
  return HANDLERS[type]!(turn, written({ eventId, type, sender, uplink, room, arrival, inbox }, content));
}

function isRelayed(content: Fields): boolean {
  return content["mmrelay_suppress"] === true || "meshtastic_id" in content || "meshtastic_longname" in content;
}

/** A message, as it is understood once it is known to be new and not ours. */
function message(turn: Turn, said: Written): Handled {
  if (objectField(said.content, "m.relates_to")["rel_type"] === "m.replace") return edit(turn, said, message);
  const kind = textField(said.content, "msgtype") ?? "";
  const body = bodyOf(said);
  const typed = kind === "m.text" || isCaption(said.content);
  if (typed && isCommand(turn, said, body)) return answerCommand(turn, said, body);
  if (kind === "m.notice") return handled("a notice: said by a program, not carried to the mesh");
  const acted = actOnReply(turn, said, body);
  if (acted) return acted;
  const target = targetOf(said, residentOf(turn, said));
  if (target === undefined) return handled("operators among themselves");
  if (!mayWrite(turn, said)) return refuseStranger(turn, said, body);
  if (isStale(turn, said) && !isDistress(1, body))
    return refuse(turn, said, WORDS.stale, { text: body, state: "expired" });
  const long = LONG.exec(body);
  if (kind === "m.text" && long) return longText(turn, said, target, long[1] ?? "");
  if (kind === "m.location" && placeOf(said.content)?.pin === true) return dropPin(turn, said, target);
  return say(turn, said, target, wordsOfContent(said.type, said.content, body));
}

/** A file's words are a caption where its name is another (spec, "m.file"). */
function isCaption(content: Fields): boolean {
  const name = textField(content, "filename");
  return textField(content, "msgtype") === "m.file" && name !== undefined && name !== textField(content, "body");
}

/** Somebody without the right to write is told so once a room; the rest is in the ledger. */
function refuseStranger(turn: Turn, said: Written, text: string): Handled {
  const tell = tellOnce(turn.store, `refused ${said.room} ${said.sender}`, turn.now);
  return refuse(turn, said, WORDS.notAllowed, { text, tell });
}

/** Old by the homeserver's own clock (spec, "unsigned.age"), which had no power cut with ours. */
function isStale(turn: Turn, said: Written): boolean {
  const unsigned = objectField(said.arrival.event, "unsigned");
  const sentAt = numberField(said.arrival.event, "origin_server_ts");
  const bySelf = clockSure(turn.wall) && sentAt !== undefined && sentAt > 0 ? turn.wall - sentAt : 0;
  return (numberField(unsigned, "age") ?? bySelf) > staleAfter(turn);
}

function say(turn: Turn, said: Written, target: Target, words: string | undefined): Handled {
  if (words === undefined) {
    const kind = (textField(said.content, "msgtype") ?? said.type).replace(/^m\./, "").slice(0, 40);
    return refuse(turn, said, WORDS.notPlainText(kind), { text: bodyOf(said) });
  }
  if (words === "") return refuse(turn, said, WORDS.empty);
  const rung = ringing(said, words);
  const fit = fitOf(turn, said, target, rung);
  if (fit.bytes > fit.limit) return refuse(turn, said, WORDS.tooLong(fit.bytes, fit.limit), { text: words });
  const { replyId } = fit;
  queueForMesh(turn, said, {
    target,
    text: fit.prefix + rung,
    words: rung,
    ...(replyId === undefined ? {} : { replyId }),
  });
  markAnswered(turn, said);
  return handled(inOperatorsRoom(said) ? "for a resident" : `for channel ${target.channel}`);
}

const BELL = "\u0007";

/** A mention of the whole room rings every handheld, if its writer may do that. */
function ringing(said: Written, words: string): string {
  const everybody = objectField(said.content, "m.mentions")["room"] === true;
  return everybody && mayRing(said) ? BELL + words : words;
}
