// Things that many share (a well, a pump, a generator, the LAN server, spare radios) and who keeps them; and what stops when
// somebody is not there. A thing works while its keeper or its deputy is there and everything that it needs works.

export interface Dependency {
  readonly name: string;
  /** well, pump, generator, server, radios …: for people. */
  readonly kind: string;
  /** Names of people; "" nobody. */
  readonly keeper: string;
  readonly deputy: string;
  /** Names of other things without which it stops. */
  readonly needs: readonly string[];
  /** Who relies on it, in words or as households. */
  readonly serves: readonly string[];
}

export interface Failure {
  readonly what: string;
  readonly why: string;
}

const folded = (name: string): string => name.trim().toLowerCase();
const isOne = (a: string, b: string): boolean => a !== "" && folded(a) === folded(b);

/** Things that would stop without this person, with the reason; what hangs on them after them. */
export function whatFails(things: readonly Dependency[], person: string): Failure[] {
  const failed = new Map<string, string>();
  for (const { name, keeper, deputy } of things) {
    const both = [keeper, deputy].filter((each) => each.trim() !== "");
    if (both.length > 0 && both.every((each) => isOne(each, person)))
      failed.set(folded(name), `only ${person} looks after it`);
  }
  for (let before = -1; before !== failed.size;) {
    before = failed.size;
    for (const { name, needs } of things) {
      const gone = failed.has(folded(name)) ? undefined : needs.find((need) => failed.has(folded(need)));
      if (gone !== undefined) failed.set(folded(name), `needs ${gone}`);
    }
  }
  return things
    .filter(({ name }) => failed.has(folded(name)))
    .map(({ name }) => ({ what: name, why: failed.get(folded(name))! }))
    .toSorted((a, b) => Number(a.why.startsWith("needs")) - Number(b.why.startsWith("needs")));
}

/** Everybody without whom something stops. */
export function singlePoints(things: readonly Dependency[]): { person: string; fails: Failure[] }[] {
  const people = new Map(things.flatMap(({ keeper, deputy }) => [keeper, deputy]).map((name) => [folded(name), name]));
  return [...people.values()]
    .filter((person) => person.trim() !== "")
    .map((person) => ({ person, fails: whatFails(things, person) }))
    .filter(({ fails }) => fails.length > 0);
}
