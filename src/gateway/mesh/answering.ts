// The gateway's own words to a resident who said something about people: what was booked, what was stored, what is asked back.

import type { Millis } from "#base/clock.ts";
import { isKnownHouse } from "#store/people.ts";
import { keepReference } from "#store/trace.ts";
import { tellSeldom } from "#store/world.ts";
import { fill, repliesOf, type ReplyFacts } from "#wire/grammar/reply.ts";
import { marked, recordOf } from "#gateway/events.ts";
import { timeWords } from "./receipt.ts";
import { nextReference } from "./receipts.ts";
import { tellMesh } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Kept, Understood } from "#gateway/understanding.ts";

export function factsFor(turn: Turn, { speaker, intention, open, call }: Understood, stored?: string): ReplyFacts {
  return {
    captain: speaker.role !== "resident",
    unknown: intention.households.filter((house) => !isKnownHouse(turn.store, house)),
    callOpen: call !== undefined,
    open: open.map(({ reference }) => reference).filter((reference) => reference !== ""),
    ...(stored === undefined ? {} : { stored }),
    ...(speaker.house === undefined ? {} : { household: speaker.house }),
  };
}

/** "Stored 14:02, k7." in the resident's language. */
export function storedWords(turn: Turn, { intention }: Understood, { ledger }: Kept): string {
  const time = timeWords(turn);
  const words = repliesOf(intention.language).storedAt;
  const reference = nextReference(turn);
  if (ledger !== undefined) keepReference(turn.store, reference, ledger);
  return fill(words, { time: time === undefined ? "" : ` ${time}`, reference });
}

const MINUTE: Millis = 60_000;

/** Answers, but says the same words to the same radio at most once a minute; urgent words always. */
export function answerWith(turn: Turn, heard: Understood, kept: Kept, words: string | undefined): boolean {
  if (words === undefined) return false;
  const urgent = heard.intention.distress !== "none";
  const same = { what: "answer", about: `${heard.utterance.from} ${words}`, within: MINUTE };
  if (urgent || tellSeldom(turn.store, same, turn.now)) tell(turn, heard, kept, words);
  return true;
}

/** By direct message, marked in a drill, whatever way it was said: what somebody reports about a household is nobody else's business. */
export function tell(turn: Turn, heard: Understood, kept: Kept, words: string): number {
  const { intention, utterance } = heard;
  const text = recordOf(turn, heard) === undefined ? words : marked(words);
  return tellMesh(turn, {
    class: intention.distress === "none" && intention.answers?.kind !== "help" ? "receipt" : "distress",
    to: utterance.from,
    text,
    inbox: kept.inbox,
    ...(kept.ledger === undefined ? {} : { answers: kept.ledger }),
  });
}
