// What a room can ask of the gateway: a command, or a reaction or reply to a message of ours. Shapes only; the rows are in commands.ts and
// acting.ts.

import type { Turn } from "#gateway/turn.ts";
import type { Written } from "./written.ts";

export interface Asked {
  readonly args: string;
  readonly said: Written;
}

export interface Answer {
  readonly body: string;
  /** The whole event, where it is more than words. */
  readonly content?: Readonly<Record<string, unknown>>;
}

export interface Command {
  readonly usage: string;
  readonly does: string;
  readonly operators?: true;
  /** For those alone who may write to the mesh. */
  readonly changes?: true;
  /** "": all that there is to say has been said. */
  readonly answer: (turn: Turn, asked: Asked) => Answer | string;
}

export interface Acting {
  /** Rooms of residents may act as well; the row has to look who it is. */
  readonly anywhere?: true;
  /**
   * What a reaction does; `removed`: it was taken back. The words are said in the room as a reply, none if empty; undefined:
   * it means nothing here, and is an ordinary reaction.
   */
  readonly react?: (turn: Turn, said: Written, number: number, emoji: string, removed: boolean) => string | undefined;
  /** What a reply, or a word in its thread (`said.replyTo` is then another event, or none), does; answers as `react` does. */
  readonly reply?: (turn: Turn, said: Written, number: number, body: string) => string | undefined;
}
