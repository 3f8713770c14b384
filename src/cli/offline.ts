// What a verb answers when no service runs: from the database, read only.

import type { Settings } from "#gateway/settings.ts";
import { Failure } from "./verb.ts";

/** Throws `Failure` when the database cannot answer. */
export function answerOffline(settings: Settings, verb: string, _args: Readonly<Record<string, unknown>>): unknown {
  throw new Failure(
    `Muster is not running (nothing answers at ${settings.control.socket}), so it cannot tell its ${verb}.`,
  );
}
