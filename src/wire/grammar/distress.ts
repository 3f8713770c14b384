// Is somebody calling for help? Looked for in every language at once, anywhere in a text, before anything else is understood;
// what is found here is never taken back by what the rest of the text seems to mean.
//
// `call`: a call for help. `possible`: said just as loudly, and asked about ("help", "no emergency"). `urgent`: the word
// itself; also said loudly. The contract's words (Classes) are all here. Unmistakable beats polite: a false call costs people a
// look, a missed one may cost a life.

import type { Language } from "./language.ts";
import { DISTRESS_ELSEWHERE, DISTRESS_UNSPACED, LANGUAGES } from "./languages.ts";
import { fold, latin, longestAt, phrase, squeezed, tokensOf, visible, type Token } from "./words.ts";

export type Distress = "none" | "urgent" | "possible" | "call";

/** Ports whose packets are distress whatever they say: DETECTION_SENSOR and ALERT (meshtastic-facts §2.3). */
const DISTRESS_PORTS: ReadonlySet<number> = new Set([10, 11]);
const BELL = "\u0007";

const phrases = (pick: (language: Language) => readonly string[]): (readonly string[])[] =>
  LANGUAGES.flatMap(pick).map(phrase);

const CALL = [...phrases(({ distress }) => distress.call), ...DISTRESS_ELSEWHERE.map(phrase)];
/** Those of one word. */
const SHOUTS = new Set(CALL.flatMap(([word, more]) => (word !== undefined && more === undefined ? [word] : [])));
const ASK = phrases(({ distress }) => distress.ask);
const ALONE = phrases(({ distress }) => distress.alone);
const DANGER = phrases(({ distress }) => distress.danger);
const URGENT = phrases(({ statuses }) => statuses.urgent).filter(
  (words) => words.length === 1 && words[0]!.length >= 6,
);
const NEGATIONS = new Set(phrases(({ negations }) => negations).flatMap((words) => (words.length === 1 ? words : [])));
/** Known to be other words than those they resemble. */
export const HARMLESS: ReadonlySet<string> = new Set(phrases(({ distress }) => distress.harmless).flat());
/** "urgent" is one letter from the French "urgence", which is a call. */
const URGENT_WORDS = new Set(URGENT.flat());
const UNSPACED = DISTRESS_UNSPACED.map(fold);

/** Long enough to be looked for inside other words ("HELPHELP", "plssendhelp"), without doubled letters. */
const INSIDE: readonly (readonly [part: string, level: Distress])[] = [
  ["help", "possible"],
  ["mayday", "call"],
  ["emergenc", "call"],
  ["socoro", "call"],
  ["auxilio", "call"],
  ["ayudame", "call"],
  ["notfall", "call"],
];

/** No words left: one of these, and nothing but them and what stands beside them in a panic. */
const ALARMING_EMOJI = /🚨|🚑|🚒|🔥|⚠|❗|❕|‼|🩸|🤕|🏚|🔫|🔪|🚓/u;
const BESIDE_THEM =
  /^(?:🚨|🚑|🚒|🔥|⚠|❗|❕|‼|🩸|🤕|🏚|🔫|🔪|🚓|🏠|🏡|😱|😭|😢|🙏|🌊|💥|💀|👮|🚪|😨|😰|🤒|🤢|🤮|👶|👴|👵|🐕|\uFE0F|\p{Emoji_Modifier}|\s)+$/u;

/** A siren, not a remark. */
const LEET: Readonly<Record<string, string>> = { "0": "o", "3": "e", "1": "l", "5": "s", "4": "a" };

const ORDER: readonly Distress[] = ["none", "urgent", "possible", "call"];

function stronger(a: Distress, b: Distress): Distress {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;
}

/** How loudly a text said on `portnum` calls for help. Total: any string has an answer. */
export function distressOf(text: string, portnum = 1): Distress {
  if (DISTRESS_PORTS.has(portnum) || text.includes(BELL) || text.includes("🆘")) return "call";
  const said = visible(text);
  const tokens = tokensOf(said).map((token) => ({ ...token, word: latin(token.word) }));
  const typed = tokensOf(said);
  let found: Distress = "none";
  for (let at = 0; at < tokens.length; at++) {
    found = stronger(found, levelAt(tokens, at));
    if (typed[at]!.word !== tokens[at]!.word) found = stronger(found, levelAt(typed, at));
    if (found === "call") return found;
  }
  if (spelled(tokens)) return "call";
  const folded = fold(said);
  if (UNSPACED.some((word) => folded.includes(word))) return "call";
  if (ALARMING_EMOJI.test(said) && BESIDE_THEM.test(said)) return stronger(found, "possible");
  if (
    tokens.length >= 1 &&
    tokens.length <= 2 &&
    ALONE.some((words) => longestAt(tokens, 0, [words], "strict") === tokens.length)
  )
    return stronger(found, "possible");
  return found;
}

/** Whether a text is posted and answered as distress. */
export function isDistress(portnum: number, text: string): boolean {
  return distressOf(text, portnum) !== "none";
}

function levelAt(tokens: readonly Token[], at: number): Distress {
  const token = tokens[at]!;
  const word = token.word;
  // "9.1.1", "9:1:1"
  const digits = word.replaceAll(/[.:]/g, "");
  // A word that is known to be another is no typo.
  const known = URGENT_WORDS.has(word) || HARMLESS.has(word);
  if (SHOUTS.has(digits) || longestAt(tokens, at, CALL, known ? "exact" : "call") > 0)
    return denied(tokens, at) ? "possible" : "call";
  if (longestAt(tokens, at, DANGER, known ? "exact" : "alarm") > 0) return "call";
  if (/^(?:so+s+){1,}[mfp]?$/.test(squeezed(word))) return "call";
  if (!HARMLESS.has(word)) {
    if (longestAt(tokens, at, ASK, "call") > 0) return "possible";
    const part = INSIDE.find(([part]) => squeezed(word).includes(part));
    if (part) return part[1];
    if (/\d/.test(word) && /\p{L}/u.test(word)) return leet(word);
  }
  return longestAt(tokens, at, URGENT, known ? "exact" : "loose") > 0 ? "urgent" : "none";
}

/** "no emergency", "not an emergency", "no es una emergencia": asked about instead of believed or dropped. */
function denied(tokens: readonly Token[], at: number): boolean {
  return tokens.slice(Math.max(0, at - 3), at).some((token) => NEGATIONS.has(token.word));
}

/** "S O S", "h e l p": letters one by one. */
function spelled(tokens: readonly Token[]): boolean {
  const run = tokens.map((token) => (/^\p{L}$/u.test(token.word) ? token.word : " ")).join("");
  return /sos|help|mayday/.test(run);
}

function leet(word: string): Distress {
  const read = Array.from(word, (letter) => LEET[letter] ?? letter).join("");
  if (read === "help") return "possible";
  return /^s+o+s+$/.test(read) || read === "mayday" || read === "helpme" ? "call" : "none";
}
