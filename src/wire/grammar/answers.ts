// Answers to what the gateway asked: a word, an emoji, a canned message, a tapback. What is replied to decides which question is
// meant; without that the newest open one; with two open the gateway asks back.

import { unreachable } from "#base/assert.ts";
import { parseRef } from "#wire/references.ts";
import type { Context, Question } from "./intention.ts";
import { isPlainOk, type Lexicon } from "./lexicon.ts";
import { plain, type Meaning, type Said } from "./said.ts";
import { longestAt, type Token } from "./words.ts";

const YES_EMOJI = new Set(["👍", "✅", "🆗", "👌", "✔", "☑", "💚", "🟢"]);
const NO_EMOJI = new Set(["❌", "👎", "🚫", "❎", "✖"]);

/** Emoji that answer, as a tapback or as a whole message. */
export function tapback(said: Said): Meaning | undefined {
  const emoji = [...new Intl.Segmenter().segment(said.text)]
    .map(({ segment }) => segment.replaceAll(/\p{Emoji_Modifier}|\p{Variation_Selector}|\s/gu, ""))
    .filter((segment) => segment !== "");
  if (said.context.tapback && said.context.repliesTo === undefined) return plain("chat");
  if (emoji.length === 0 || emoji.length > 3) return undefined;
  if (emoji.every((each) => YES_EMOJI.has(each))) return answered(said, "yes");
  if (emoji.every((each) => NO_EMOJI.has(each))) return answered(said, "no");
  return said.context.tapback ? plain("chat") : undefined;
}

/** Yes, no or ok and nothing else, perhaps with a reference. */
export function answer(said: Said): Meaning | undefined {
  const { tokens, lexicon } = said;
  const references = tokens.filter((token) => parseRef(token.word));
  const words = tokens.filter((token) => !parseRef(token.word));
  if (words.length === 0 || references.length > 1 || said.text.includes("?")) return undefined;
  const reference = references[0]?.word;
  const whole = (phrases: Lexicon["yes"]): boolean => longestAt(words, 0, phrases, "strict") === words.length;
  if (words.length === 1 && isPlainOk(words[0]!)) return answered(said, "ok", reference);
  if (whole(lexicon.yes)) return answered(said, "yes", reference);
  if (whole(lexicon.no)) return answered(said, "no", reference);
  if (whole(lexicon.verbs.ack)) return answered(said, "ack", reference);
  if (whole(lexicon.verbs.cannot)) return answered(said, "cannot", reference);
  return undefined;
}

type AnswerWord = "yes" | "no" | "ok" | "ack" | "cannot";

const SPACE_QUESTIONS: Readonly<Record<string, Question["kind"]>> = { r: "roll-call", p: "page", a: "expiry" };

/** Which open question an answer is for decides what it means. */
function answered(said: Said, word: AnswerWord, reference?: string): Meaning | undefined {
  const { context } = said;
  const asked = reference === undefined ? askedOf(context, word) : named(context, reference);
  if (asked === "person") return plain("unclear");
  if (asked === "which") return plain("which");
  if (asked === undefined) {
    if (word === "ok") return plain("ok", { status: "ok" });
    if (said.text.match(/[\p{L}\p{N}]/u) === null && word === "yes" && context.direct)
      return plain("ok", { status: "ok" });
    return undefined;
  }
  const about = { answers: asked, ...(asked.reference === "" ? {} : { reference: asked.reference }) };
  const positive = word !== "no" && word !== "cannot";
  switch (asked.kind) {
    case "help":
      return word === "ok" ? plain("no", about) : plain(positive ? "yes" : "no", about);
    case "roll-call":
      return positive
        ? plain("ok", { ...about, status: "ok" })
        : plain("no", { ...about, status: "need", urgency: "soon" });
    case "page":
      return plain(positive ? "ack" : "cannot", about);
    case "expiry":
      return plain(positive ? "yes" : "no", about);
    default:
      return unreachable(asked.kind);
  }
}

function named(context: Context, reference: string): Question | undefined {
  const kind = SPACE_QUESTIONS[reference[0]!];
  return context.open.find((open) => open.reference === reference) ?? (kind && { kind, reference });
}

function askedOf({ repliesTo, open }: Context, word: AnswerWord): Question | "person" | "which" | undefined {
  if (repliesTo !== undefined) return repliesTo;
  const fitting = word === "ack" || word === "cannot" ? open.filter(({ kind }) => kind === "page") : open;
  // A yes to "Emergency?" passes whatever else was asked.
  const help = fitting.find(({ kind }) => kind === "help");
  if (help && (word === "yes" || fitting[0] === help)) return help;
  // What is said to one roll call counts for all that are open.
  const rollCalls = fitting.every(({ kind }) => kind === "roll-call");
  return fitting.length > 1 && !rollCalls ? "which" : fitting[0];
}

/** `done`, `done 12`: of the only page that is open, or the one replied to. `rest`: what follows the word. */
export function doneWithPage(rest: readonly Token[], { open, repliesTo }: Context): Meaning | undefined {
  const pages = open.filter(({ kind }) => kind === "page");
  const replied =
    repliesTo !== undefined && repliesTo !== "person" && repliesTo.kind === "page" ? repliesTo : undefined;
  const homes = rest.map(({ word }) => word);
  if (!homes.every((word) => /^[1-9]\d{0,3}[a-z]?$/.test(word))) return undefined;
  if (!replied && pages.length > 1) return plain("which");
  const page = replied ?? pages[0];
  return (
    page &&
    plain("done", {
      reference: page.reference,
      answers: page,
      ...(homes.length === 0 ? {} : { note: homes.join(" ") }),
    })
  );
}
