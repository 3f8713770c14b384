// `!long TEXT`: a text that does not fit one packet, in numbered parts. Its cost is said first, and the parts wait a moment,
// so that the writer can still take it back by deleting the message.

import { utf8Length } from "#base/bytes.ts";
import { cleanForMesh } from "#wire/text.ts";
import { costOf, shareWords } from "#gateway/air.ts";
import { tellRoom } from "#gateway/say.ts";
import type { Turn, Handled } from "#gateway/turn.ts";
import { fitOf, handled, isDirect, markAnswered, queueForMesh, refuse, type Target } from "./to-mesh.ts";
import { WORDS } from "#gateway/words.ts";
import type { Written } from "./written.ts";

export const LONG = /^!long\b\s*([\s\S]*)$/i;

/** More than this is a document, not a message: a minute of everybody's air on the default preset. */
const MOST_PARTS = 9;
/** "(1/9) " */
const NUMBER_BYTES = 6;
const GRACE_MS = 10_000;

export function longText(turn: Turn, said: Written, target: Target, body: string): Handled {
  const words = cleanForMesh(body);
  if (words === "") return refuse(turn, said, WORDS.longUsage);
  const fit = fitOf(turn, said, target, "");
  const parts = split(words, fit.limit - NUMBER_BYTES);
  if (parts.length > MOST_PARTS)
    return refuse(turn, said, WORDS.longTooLong(parts.length, MOST_PARTS), { text: words });
  const texts = parts.map((part, index) => `${fit.prefix}(${index + 1}/${parts.length}) ${part}`);
  const packets = texts.map((each) => ({ payloadBytes: utf8Length(each), direct: isDirect(target) }));
  const cost = costOf(turn, packets, "chat");
  tellRoom(
    turn,
    said.uplink.name,
    said.room,
    WORDS.longCost(parts.length, cost.airSeconds, shareWords(turn, cost), GRACE_MS / 1000),
    {
      replyEvent: said.eventId,
      inbox: said.inbox,
    },
  );
  for (const text of texts) {
    const reply = fit.replyId === undefined ? {} : { replyId: fit.replyId };
    queueForMesh(turn, said, { target, text, grace: GRACE_MS, ...reply });
  }
  markAnswered(turn, said);
  return handled(`a long text in ${parts.length} parts`);
}

/** At most `most` bytes each, broken at spaces where there are any, never inside a letter. */
export function split(words: string, most: number): string[] {
  const parts: string[] = [];
  let part = "";
  const push = (piece: string, glue: string): void => {
    if (utf8Length(part) + utf8Length(glue + piece) <= most) part += glue + piece;
    else {
      if (part !== "") parts.push(part);
      part = piece;
    }
  };
  for (const word of words.split(/\s+/)) {
    if (utf8Length(word) <= most) push(word, part === "" ? "" : " ");
    else for (const letter of letters.segment(word)) push(letter.segment, "");
  }
  if (part !== "") parts.push(part);
  return parts;
}

const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
