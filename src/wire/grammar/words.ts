// Words as residents type them: folded (no case, no accents, no invisible letters), and compared with small typos forgiven.
//
// Two measures. LOOSE, for words that raise attention: a wrong letter is forgiven in words of four letters and more, two in
// words of eight and more. STRICT, for words that could calm people down: letters may be swapped or doubled, never replaced,
// because "save" is not "safe" and "fire" is not "fine". ALARM, for words about danger: STRICT for short words, which have many
// innocent neighbours, LOOSE for long ones; CALL, for calls for help, lies between.

export interface Token {
  /** As typed, without invisible characters. */
  readonly raw: string;
  /** Lower case, without accents and apostrophes, look-alike letters as Latin ones. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Letters of other alphabets that look like Latin ones, for words of mixed alphabets ("ѕоѕ"). */
const LOOK_ALIKE: Readonly<Record<string, string>> = {
  а: "a", е: "e", о: "o", р: "p", с: "c", у: "y", х: "x", ѕ: "s", і: "i", ј: "j", һ: "h", ԁ: "d", ո: "n", ӏ: "l",
  α: "a", ε: "e", ι: "i", ο: "o", ρ: "p", υ: "u", ν: "v", κ: "k", σ: "s",
}; // prettier-ignore

/** Text without invisible characters (joiners, bidirectional marks, soft hyphens), composed. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cf}/gu, "")
    .normalize("NFC");
}

/** One word folded: "¡AYÚDAME" → "ayudame", "ＳＯＳ" → "sos", "can't" → "cant". */
export function fold(word: string): string {
  return word
    .normalize("NFKD")
    .replaceAll(/[\p{M}'’`´ʼ]/gu, "")
    .toLowerCase()
    .normalize("NFC");
}

/** A word with look-alike letters of other alphabets as Latin ones. */
export function latin(word: string): string {
  return Array.from(word, (letter) => LOOK_ALIKE[letter] ?? letter).join("");
}

const TOKEN = /\d+(?:[:.]\d+)+|[\p{L}\p{N}\p{M}]+(?:['’`´ʼ][\p{L}\p{M}]+)*/gu;

/** The words and numbers of a visible text, in order. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map((match) => ({
    raw: match[0],
    word: fold(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** The folded words of a phrase in one of our own tables. */
export function phrase(text: string): readonly string[] {
  return tokensOf(visible(text)).map((token) => token.word);
}

/** "sooos" → "sos": how people write when they shout. */
export function squeezed(word: string): string {
  return word.replaceAll(/(.)\1+/gu, "$1");
}

export type Measure = "exact" | "strict" | "alarm" | "call" | "loose";

/** From which length on one letter may be wrong, and two. */
const FORGIVES: Readonly<Record<Exclude<Measure, "exact" | "strict">, readonly [one: number, two: number]>> = {
  alarm: [7, 10],
  call: [6, 9],
  loose: [4, 8],
};

/** Whether `word` is `wanted` as far as this measure forgives. Both are folded. */
export function near(word: string, wanted: string, measure: Measure): boolean {
  if (word === wanted) return true;
  if (measure === "exact" || Math.abs(word.length - wanted.length) > 2 + 20 * Number(word[0] === wanted[0]))
    return false;
  // Cheap, and true of whatever is forgiven below: the beginnings have something in common.
  if (word[0] !== wanted[0] && word[1] !== wanted[1] && word[0] !== wanted[1] && word[1] !== wanted[0]) return false;
  if (squeezedSame(word, wanted)) return true;
  if (wanted.length < 4 || /\d/.test(word)) return false;
  if (swapped(word, wanted) || (wanted.length >= 6 && lacksOne(word, wanted))) return true;
  if (measure === "strict") return false;
  const [one, two] = FORGIVES[measure];
  if (wanted.length < one) return false;
  // The first letter of a short word is what tells it from its neighbours: "heed" is not "need".
  if (wanted.length <= 4 && word[0] !== wanted[0]) return false;
  return distanceWithin(word, wanted, wanted.length >= two ? 2 : 1);
}

/** "okkk", "neeed": the same but for letters held down, and not a shorter word. */
function squeezedSame(word: string, wanted: string): boolean {
  return word.length > wanted.length && word[0] === wanted[0] && squeezed(word) === squeezed(wanted);
}

/** Two neighbouring letters changed places. */
function swapped(word: string, wanted: string): boolean {
  if (word.length !== wanted.length) return false;
  let at = 0;
  while (word[at] === wanted[at]) at++;
  return word[at] === wanted[at + 1] && word[at + 1] === wanted[at] && word.slice(at + 2) === wanted.slice(at + 2);
}

function lacksOne(word: string, wanted: string): boolean {
  if (word.length !== wanted.length - 1) return false;
  let at = 0;
  while (at < word.length && word[at] === wanted[at]) at++;
  return word.slice(at) === wanted.slice(at + 1);
}

/** Whether at most `most` letters were added, left out, replaced or swapped with their neighbour (Damerau, restricted). */
export function distanceWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    if (Math.min(...next) > most) return false;
    before = row;
    row = next;
  }
  return row[b.length]! <= most;
}

/** How many tokens from `at` a phrase takes, or 0 when it is not there. */
export function phraseAt(tokens: readonly Token[], at: number, words: readonly string[], measure: Measure): number {
  if (words.length === 0 || at + words.length > tokens.length) return 0;
  return words.every((word, index) => near(tokens[at + index]!.word, word, measure)) ? words.length : 0;
}

/** Phrases by the word they are tried for, so that a list is walked once for each word that people use. */
const tried = new WeakMap<readonly (readonly string[])[], Map<string, readonly (readonly string[])[]>>();
/** Enough for the words of a neighbourhood; what hostile texts fill it with is thrown away. */
const MOST_TRIED = 4_000;

function beginningWith(
  phrases: readonly (readonly string[])[],
  word: string,
  measure: Measure,
): readonly (readonly string[])[] {
  let known = tried.get(phrases);
  if (!known || known.size > MOST_TRIED) tried.set(phrases, (known = new Map()));
  const key = `${measure} ${word}`;
  let found = known.get(key);
  if (!found) known.set(key, (found = phrases.filter(([first]) => first !== undefined && near(word, first, measure))));
  return found;
}

/** The longest of these phrases that stands at `at`: how many tokens it takes, 0 for none. */
export function longestAt(
  tokens: readonly Token[],
  at: number,
  phrases: readonly (readonly string[])[],
  measure: Measure,
): number {
  const token = tokens[at];
  if (!token) return 0;
  let most = 0;
  for (const words of beginningWith(phrases, token.word, measure))
    most = Math.max(most, phraseAt(tokens, at, words, measure));
  return most;
}
