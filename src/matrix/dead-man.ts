// The dead-man's switch: a message that the homeserver holds back and would post by itself (delayed events, MSC4140), put off again and
// again while the gateway lives. When the box burns down, operators read it.
//
// At most one message of ours is held back. Which one is kept over restarts, with its words: one whose words, room or time are not
// what is wanted any more is replaced, the new one held before the old one is let go. An answer may be lost after the homeserver has
// kept the message; so what it holds under our mark is looked through once in every life and after every try, and what we do not
// know is let go. A clean stop changes the words: a restart goes unnoticed, and who stopped it on purpose raises no alarm.
//
// Measured with Synapse 1.160 (2026-11-23): PUT …/send/…?org.matrix.msc4140.delay=MS answers 200 {delay_id}, the same id for the same
// transaction id; both POST …/delayed_events/ID {action} and POST …/delayed_events/ID/restart answer 200 {}; an unknown id 404
// M_NOT_FOUND, a path it does not know 404 M_UNRECOGNIZED; switched off, or a delay over max_event_delay_duration: 403 M_FORBIDDEN;
// more than 5 at once, then 1 a second: 429. /capabilities tells max_delay_ms, 0 when it is off. Workers know only …/restart.
//
// Its timers are wall time: a real peer counts them.

import { randomUUID } from "node:crypto";
import type { Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Homeserver } from "./homeserver.ts";
import { isJson, object, objects } from "./json.ts";
import { waitFor } from "./ladder.ts";

export interface DeadManWords {
  /** After `after` of silence. */
  readonly silent: string;
  /** When a gateway that was stopped in order has not come back for so long. */
  readonly stopped: string;
  /** Of the gateway itself, when it finds that one of the others was said. */
  readonly back: string;
}

export interface DeadManOptions {
  readonly homeserver: Pick<Homeserver, "act" | "delay">;
  /** The room's id; undefined while its alias is not resolved. */
  readonly room: () => string | undefined;
  /** Tells this gateway's held messages from those of another one with the same Matrix user. */
  readonly mark: string;
  readonly words: DeadManWords;
  /** The gateway is taken for dead after so long. */
  readonly after: Millis;
  readonly log: Log;
  readonly kept: KeptMark;
  readonly clock: Clock;
}

/** Which message is held back; survives restarts, so that a short absence raises no alarm. */
export interface KeptMark {
  read(): string | undefined;
  write(value: string): void;
}

type Server = DeadManOptions["homeserver"];

interface Held {
  readonly id: string;
  readonly room: string;
  readonly body: string;
  readonly after: Millis;
}

/** Put off so often that two lost requests in a row do no harm. */
const SHARE = 4;
const MARK = "org.muster.watch";
const DELAYED = "/unstable/org.matrix.msc4140/delayed_events";

export class DeadMan {
  readonly #options: DeadManOptions;
  #tidy = false;
  #told = "";

  constructor(options: DeadManOptions) {
    this.#options = options;
  }

  /** Ends when the signal is given. Never rejects. */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock, after } = this.#options;
    while (!signal.aborted) {
      await this.#round(signal);
      await waitFor(clock, after / SHARE, signal);
    }
  }

  /** A clean stop, after the watch has ended: what is held back then says so. Silent about failures: the alarm stays, and is true. */
  async leave(): Promise<void> {
    const held = this.#held();
    if (!held || held.body !== this.#options.words.silent) return;
    const { homeserver, words } = this.#options;
    if ((await this.#schedule(words.stopped)) === undefined) await manage(homeserver, held.id, "cancel");
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { homeserver, words, room, after } = this.#options;
    const held = this.#held();
    const put = held && (await manage(homeserver, held.id, "restart"));
    if (signal.aborted) return;
    if (put === "gone") await this.#sayBack(held!);
    const isRight = held?.room === room() && held?.body === words.silent && held.after === after;
    if (put === undefined || put === "gone" || !isRight) {
      const refusal = (await hindrance(homeserver, after)) ?? (await this.#schedule(words.silent));
      if (refusal !== undefined) return this.#tell(refusal);
    }
    this.#told = "";
    if (!this.#tidy) this.#tidy = await letGo(homeserver, this.#options.mark, this.#held()?.id);
  }

  /** Holds a message back, and keeps which. Answers why that was not done. */
  async #schedule(body: string): Promise<string | undefined> {
    const { homeserver, after, mark, words, kept } = this.#options;
    const room = this.#options.room();
    if (room === undefined) return "the operators' room is not known yet";
    this.#tidy = false;
    const ring = body === words.silent ? { "m.mentions": { room: true } } : {};
    const content = { msgtype: "m.text", body, ...ring, [MARK]: mark };
    const scheduled = await homeserver.delay(room, content, after, `delayed-${randomUUID()}`);
    if (!scheduled.ok) return scheduled.refusal.reason;
    kept.write(JSON.stringify({ id: scheduled.value, room, body, after } satisfies Held));
    return undefined;
  }

  /** The transaction is named after what was said, so that it is answered once. */
  async #sayBack({ id, room, body }: Held): Promise<void> {
    const { homeserver, words, kept } = this.#options;
    if (body !== "") {
      const path = `/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/back-${encodeURIComponent(id)}`;
      await homeserver.act("PUT", path, { msgtype: "m.notice", body: words.back });
    }
    kept.write("");
  }

  #held(): Held | undefined {
    return readHeld(this.#options.kept.read());
  }

  #tell(reason: string): void {
    if (reason !== this.#told)
      this.#options.log.warn("the homeserver will not tell when the gateway falls silent", { reason });
    this.#told = reason;
  }
}

/** Nobody is to be told any more: lets go what is held back from former times. */
export async function standDown(server: Server, mark: string, kept: KeptMark): Promise<void> {
  const held = readHeld(kept.read());
  if (!held) return;
  const gone = await manage(server, held.id, "cancel");
  if (gone !== "unknown" && (await letGo(server, mark, undefined))) kept.write("");
}

/** What was kept; of a gateway before 2026-11-23 the bare id, whose words are not known. */
function readHeld(kept: string | undefined): Held | undefined {
  if (kept === undefined || kept === "") return undefined;
  if (!kept.startsWith("{")) return { id: kept, room: "", body: "", after: 0 };
  const { id, room, body, after } = object(JSON.parse(kept));
  return { id: String(id), room: String(room), body: String(body), after: Number(after) };
}

/**
 * Puts off or lets go. `unknown`: it did not answer. Newer homeservers have the action in the path; to be sure that an id is gone,
 * the older form is asked too.
 */
async function manage(server: Server, id: string, action: "restart" | "cancel"): Promise<"done" | "gone" | "unknown"> {
  const path = `${DELAYED}/${encodeURIComponent(id)}`;
  const newer = await server.act("POST", `${path}/${action}`, {});
  if (newer.ok) return "done";
  const isGone = newer.refusal.is === "not-found";
  if (!isGone && newer.refusal.errcode !== "M_UNRECOGNIZED") return "unknown";
  const older = await server.act("POST", path, { action });
  if (older.ok) return "done";
  if (older.refusal.is === "not-found") return "gone";
  return isGone && older.refusal.errcode === "M_UNRECOGNIZED" ? "gone" : "unknown";
}

/** Lets go all that the homeserver holds back under our mark but one. True when that is so. */
async function letGo(server: Server, mark: string, but: string | undefined): Promise<boolean> {
  const asked = await server.act("GET", DELAYED);
  if (!asked.ok) return asked.refusal.errcode === "M_UNRECOGNIZED";
  const ours = objects(asked.value["delayed_events"]).filter((each) => object(each["content"])[MARK] === mark);
  let all = true;
  for (const { delay_id: id } of ours)
    if (id !== but) all = (await manage(server, String(id), "cancel")) !== "unknown" && all;
  return all;
}

/**
 * Why it cannot hold a message back for `after`; undefined: it can. Asked before every first try: a homeserver that does not know the
 * parameter would say the words at once.
 */
export async function hindrance(server: Pick<Server, "act">, after: Millis): Promise<string | undefined> {
  const capabilities = await server.act("GET", "/v3/capabilities");
  if (!capabilities.ok) return capabilities.refusal.reason;
  const told = object(capabilities.value["capabilities"])["org.matrix.msc4140.delayed_events"];
  const most = isJson(told) ? told["max_delay_ms"] : undefined;
  if (most === 0) return "it holds no messages back (Synapse: max_event_delay_duration)";
  if (typeof most === "number" && most < after)
    return `it holds messages back for ${most / 60_000} minutes at most, notices.dead_man_minutes says ${after / 60_000}`;
  if (typeof most === "number") return undefined;
  const versions = await server.act("GET", "/versions");
  if (!versions.ok) return versions.refusal.reason;
  const has = object(versions.value["unstable_features"])["org.matrix.msc4140"] === true;
  return has ? undefined : "it does not know delayed events";
}
