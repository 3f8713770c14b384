// The right name for a mistyped one.

/** Longer words are cut before comparing: nobody's config key is longer, and the table below is quadratic. */
const LONGEST = 80;

/** Restricted Damerau–Levenshtein distance: insertions, deletions, substitutions and swaps of neighbours count one each. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [];
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = [i];
    for (let j = 1; j <= b.length; j++) {
      if (i === 0) {
        row.push(j);
        continue;
      }
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The candidate that was probably meant, or undefined when none is near: at most a third of the word may differ. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = plain(word);
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const name = plain(candidate);
    const distance = part(typed, name) ? 1 : editDistance(typed, name);
    if (distance > Math.max(1, Math.floor(Math.max(typed.length, name.length) / 3))) continue;
    if (!best || distance < best.distance) best = { candidate, distance };
  }
  return best?.candidate;
}

/** "token" is meant as "access_token_file", "serialPort" as "serial_port". */
function part(typed: string, name: string): boolean {
  return typed === name || (typed.length >= 4 && name.includes(typed));
}

function plain(word: string): string {
  return word
    .slice(0, LONGEST)
    .toLowerCase()
    .replaceAll(/[-_\s]/g, "");
}
