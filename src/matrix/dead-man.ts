// The dead-man's switch: a message that the homeserver holds back and would post by itself (delayed events, MSC4140), put off again and
// again while the gateway lives. When the box burns down, operators read it.
//
// Homeservers without delayed events (Synapse: max_event_delay_duration unset) refuse, and then there is no switch; the log says so
// once. Its timers are wall time: a real peer counts them.

import type { Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Homeserver } from "./homeserver.ts";
import { object } from "./json.ts";
import { waitFor } from "./ladder.ts";

export interface DeadManOptions {
  readonly homeserver: Pick<Homeserver, "act" | "delay">;
  /** The room's id. */
  readonly room: string;
  readonly words: string;
  /** The gateway is taken for dead after so long. */
  readonly after: Millis;
  readonly log: Log;
  /** The id of the message that is held back survives restarts, so that a short absence raises no alarm. */
  readonly kept: { read(): string | undefined; write(id: string): void };
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Put off so often that two lost requests in a row do no harm. */
const SHARE = 4;

/** Ends when the signal is given, or when the homeserver has no delayed events. Never rejects. */
export async function watchOver(options: DeadManOptions): Promise<void> {
  const { homeserver, log, kept, signal, after } = options;
  const none = (reason: string): void =>
    log.info("the homeserver has no delayed events: it will not tell when the gateway falls silent", { reason });
  while (!signal.aborted) {
    const can = await hasDelayedEvents(homeserver);
    if (can === true) break;
    if (can === false) return none("not among its unstable features");
    await waitFor(options.clock, after / SHARE, signal);
  }
  while (!signal.aborted) {
    const id = kept.read();
    const put = id === undefined || id === "" ? undefined : await putOff(homeserver, id);
    if (put === "gone" || put === undefined) {
      const scheduled = await homeserver.delay(options.room, { msgtype: "m.text", body: options.words }, after);
      if (scheduled.ok) kept.write(scheduled.value);
      else if (scheduled.refusal.is === "transient" || scheduled.refusal.is === "limited") kept.write("");
      else return none(scheduled.refusal.reason);
    }
    await waitFor(options.clock, after / SHARE, signal);
  }
}

async function putOff(homeserver: Pick<Homeserver, "act">, id: string): Promise<"done" | "gone" | "unknown"> {
  const path = `/unstable/org.matrix.msc4140/delayed_events/${encodeURIComponent(id)}`;
  const asked = await homeserver.act("POST", path, { action: "restart" });
  if (asked.ok) return "done";
  return asked.refusal.is === "not-found" ? "gone" : "unknown";
}

/** Asked first: one that does not know the parameter would say the words at once. Undefined: it did not answer. */
async function hasDelayedEvents(homeserver: Pick<Homeserver, "act">): Promise<boolean | undefined> {
  const asked = await homeserver.act("GET", "/versions");
  if (!asked.ok) return undefined;
  return object(asked.value["unstable_features"])["org.matrix.msc4140"] === true;
}
