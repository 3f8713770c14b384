/** Our own bug. Never thrown for what others sent or for what the world did. */
export class Bug extends Error {
  override name = "Bug";
}

/** Ends in a roll-back and a restart: only for what cannot be unless this program is wrong. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Bug(what);
}

/** For the branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new Bug(`unreachable: ${JSON.stringify(value)}`);
}
