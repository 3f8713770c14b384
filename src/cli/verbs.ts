// The verbs as plain data, read from the same definitions that run them: what the manual page and shell completion are
// made of, so that neither can promise what the program does not have.

import type { Command } from "commander";
import { wholeCommand } from "./muster.ts";

export interface OptionOutline {
  /** As it is typed: `--since <time>`, `-v, --verbose`. */
  readonly flags: string;
  /** The long form alone: `--since`. */
  readonly long: string;
  readonly takesValue: boolean;
  readonly about: string;
  /** In JSON; absent where there is none that says something. */
  readonly default?: string;
}

export interface VerbOutline {
  readonly name: string;
  readonly about: string;
  /** As it is typed: `<file>`, `[id]`, `<places...>`. */
  readonly arguments: readonly { readonly flags: string; readonly about: string }[];
  readonly options: readonly OptionOutline[];
  readonly verbs: readonly VerbOutline[];
}

/** The program itself, with every verb below it. */
export async function verbOutline(): Promise<VerbOutline> {
  return outlineOf(await wholeCommand());
}

function outlineOf(command: Command): VerbOutline {
  return {
    name: command.name(),
    about: command.description() || command.summary(),
    arguments: command.registeredArguments.map((each) => {
      const name = each.variadic ? `${each.name()}...` : each.name();
      return { flags: each.required ? `<${name}>` : `[${name}]`, about: each.description };
    }),
    options: command.options
      .filter((option) => !option.hidden)
      .map((option) => ({
        flags: option.flags,
        long: option.long ?? option.flags,
        takesValue: option.required || option.optional,
        about: option.description,
        ...(option.defaultValue === undefined || option.defaultValue === false
          ? {}
          : { default: JSON.stringify(option.defaultValue) }),
      })),
    verbs: command.commands.map(outlineOf),
  };
}
