// What the rules of the config may ask about the machine they are read on.

import type { Path } from "./tree.ts";

/** Reads a secret's file: the text, or why not (with the nearest right name, if one lies beside it). */
export type ReadSecret = (path: string) => { text: string } | { message: string; nearest?: string };

export interface Surroundings {
  readonly readSecret: ReadSecret;
  /** Tells whether a path was written in the file itself (and not in the environment). */
  readonly inFile: (path: Path) => boolean;
  /** The registration is about to be written. */
  readonly registrationMayLack: boolean;
  /** A path of the config as this process must open it. */
  readonly resolve: (path: string) => string;
}
