// Polls: on the mesh a numbered list, answered by a number as a reply; in Matrix a poll. Everybody's votes are counted
// together, the last one of each voter, and the count goes out when the poll ends.

import { nodeId } from "#base/ids.ts";
import { rowsOfPacket } from "#store/ledger.ts";
import { addPoll, closePoll, countVotes, pollRow, setVote } from "#store/social.ts";
import { cleanForMesh } from "#wire/text.ts";
import { mayWrite } from "./access.ts";
import { objectField, objectsField, textField, type Fields } from "#gateway/fields.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import type { Turn, Handled } from "#gateway/turn.ts";
import { fitOf, handled, queueForMesh, refuse, targetOf } from "./to-mesh.ts";
import { WORDS } from "#gateway/words.ts";
import { residentOf, type Written } from "./written.ts";

type Options = readonly (readonly [id: string, words: string])[];

/** The spec allows twenty answers ("m.poll.start"). */
const MOST_OPTIONS = 20;

export function pollStart(turn: Turn, said: Written): Handled {
  const poll = {
    ...objectField(said.content, "org.matrix.msc3381.poll.start"),
    ...objectField(said.content, "m.poll"),
  };
  const question = pollText(objectField(poll, "question"));
  const options: Options = objectsField(poll, "answers")
    .slice(0, MOST_OPTIONS)
    .map((answer) => [textField(answer, "id") ?? textField(answer, "m.id") ?? "", pollText(answer)] as const);
  if (options.length === 0) return handled("a poll without answers");
  const lines = [question, ...options.map(([, words], index) => `${index + 1} ${words}`)];
  return broadcast(turn, said, lines, () => addPoll(turn.store, said.eventId, question, JSON.stringify(options)));
}

/** Text of a question or answer: MSC3381's strings, or MSC1767's list of representations. */
function pollText(fields: Fields): string {
  const listed = textField(objectsField(fields, "m.text")[0] ?? {}, "body");
  return cleanForMesh(listed ?? textField(fields, "org.matrix.msc1767.text") ?? textField(fields, "body") ?? "");
}

export function pollVote(turn: Turn, said: Written): Handled {
  const pollId = textField(objectField(said.content, "m.relates_to"), "event_id") ?? "";
  const poll = pollRow(turn.store, pollId);
  if (!poll || poll.closed === 1) return handled("a vote in a poll that the mesh does not have");
  const response = objectField(said.content, "org.matrix.msc3381.poll.response")["answers"];
  const selections = said.content["m.selections"] ?? response;
  const chosen: unknown = Array.isArray(selections) ? selections[0] : undefined;
  const index = (JSON.parse(poll.options) as Options).findIndex(([id]) => id === chosen);
  if (index === -1) return handled("a vote for nothing that was asked");
  setVote(turn.store, pollId, said.sender, index + 1);
  return handled("a vote");
}

export function pollEnd(turn: Turn, said: Written): Handled {
  const pollId = textField(objectField(said.content, "m.relates_to"), "event_id") ?? "";
  const poll = pollRow(turn.store, pollId);
  if (!poll || poll.closed === 1) return handled("the end of a poll that the mesh does not have");
  const votes = countVotes(turn.store, pollId);
  const options = JSON.parse(poll.options) as Options;
  const lines = options.map(([, words], index) => `${index + 1} ${words}: ${votes.get(index + 1) ?? 0}`);
  return broadcast(turn, said, [`${WORDS.pollOver} ${poll.question}`, ...lines], () => closePoll(turn.store, pollId));
}

function broadcast(turn: Turn, said: Written, lines: readonly string[], then: () => void): Handled {
  const target = targetOf(said, residentOf(turn, said));
  if (!target) return handled("operators among themselves");
  const words = lines.join("\n");
  if (!mayWrite(turn, said)) return refuse(turn, said, WORDS.notAllowed, { text: words, tell: false });
  const fit = fitOf(turn, said, target, words);
  if (fit.bytes > fit.limit) return refuse(turn, said, WORDS.tooLong(fit.bytes, fit.limit), { text: words });
  queueForMesh(turn, said, { target, text: fit.prefix + words, words });
  then();
  return handled("a poll, as numbered lines");
}

/** A number that replies to a poll is a vote; it is shown in the room as well, like any reply. */
export function voteByRadio(turn: Turn, packet: MeshPacket, text: string): void {
  const choice = Number(/^\s*#?(\d{1,2})[.)!]?\s*$/.exec(text)?.[1] ?? Number.NaN);
  if (packet.replyId === 0 || packet.emoji !== 0 || !(choice >= 1)) return;
  for (const row of rowsOfPacket(turn.store, packet.replyId)) {
    const poll = row.eventId === null ? undefined : pollRow(turn.store, row.eventId);
    if (!poll || poll.closed === 1 || choice > (JSON.parse(poll.options) as Options).length) continue;
    setVote(turn.store, poll.eventId, `mesh:${nodeId(packet.from)}`, choice);
  }
}
