// Text as people count it.

const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The first `count` letters of a text, where an emoji or an accented letter is one. */
export function firstLetters(text: string, count: number): string {
  if (text.length <= count) return text;
  let end = 0;
  let seen = 0;
  for (const { segment } of letters.segment(text)) {
    if (seen++ === count) break;
    end += segment.length;
  }
  return text.slice(0, end);
}

/** At most `count` letters, the last of them "…" where some were left out. */
export function clipped(text: string, count: number): string {
  const first = firstLetters(text, count);
  return first === text ? text : `${firstLetters(text, count - 1)}…`;
}
