// What a verb answers when no service runs: from the database, read only. A database that is not there is an empty one.

import { existsSync } from "node:fs";
import { wallClock } from "#base/clock.ts";
import type { Settings } from "#gateway/settings.ts";
import { traceView } from "#gateway/trace.ts";
import { messagesView, statusView } from "#gateway/views.ts";
import type { Store } from "#store/store.ts";
import { DESK } from "#gateway/desk.ts";
import { openStore } from "#store/open.ts";
import { deskOffline } from "./service/desk.ts";
import { Failure } from "./verb.ts";

type Args = Readonly<Record<string, unknown>>;

const ANSWERS: Readonly<Record<string, (store: Store, settings: Settings, args: Args) => unknown>> = {
  status: (store, settings) => {
    const view = statusView(store, settings, { now: wallClock.wall(), running: false, databaseOk: store.quickCheck() });
    return { ...view, database: { ...view.database, path: settings.database.path } };
  },
  trace: (store, _settings, { id }) => traceView(store, String(id)) ?? null,
  messages: (store, _settings, { since, state }) =>
    messagesView(store, {
      ...(typeof since === "number" ? { since } : {}),
      ...(typeof state === "string" ? { state } : {}),
    }),
};

/** Throws `Failure` in words when the database cannot answer. */
export function answerOffline(settings: Settings, verb: string, args: Args): unknown {
  const path = settings.database.path;
  if (Object.hasOwn(DESK, verb)) return deskOffline(settings, verb, args);
  const answer = ANSWERS[verb];
  if (!answer) throw new Failure(`Muster is not running (nothing answers at ${settings.control.socket}).`);
  let store: Store | undefined;
  try {
    store = openStore(existsSync(path) ? path : ":memory:", { readonly: existsSync(path) });
    return answer(store, settings, args);
  } catch (error) {
    throw new Failure(`The database ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    store?.close();
  }
}
