// What a verb of the desk is: whether it changes something, and how it answers. The verbs themselves are rows of desk.ts.

import type { Turn } from "./turn.ts";

export type Args = Readonly<Record<string, unknown>>;

export type Desk = Readonly<
  Record<
    string,
    {
      /** Undefined or false: only looks. */
      readonly changes: boolean;
      /** Only the running service can do it: it says something by radio. */
      readonly live?: true;
      readonly answer: (turn: Turn, args: Args) => unknown;
    }
  >
>;
