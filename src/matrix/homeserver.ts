// One login at one homeserver: the requests that this room makes, through matrix-bot-sdk's client. Every method resolves
// to a value or a fault, never rejects, ends within its deadline in wall time, and ends when the login is closed.

import { LogLevel, LogService, MatrixClient } from "matrix-bot-sdk";
import type { Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Parsed } from "#base/parsed.ts";
import type { MatrixSend } from "#gateway/inputs.ts";
import { faultOf } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { readPage } from "./events.ts";
import { isJson, object } from "./json.ts";
import type { Json } from "./json.ts";
import { readMedia } from "./media.ts";
import { installTransport, within } from "./transport.ts";

export type Asked<T> = Parsed<T, Fault>;

export interface Deadlines {
  /** For an answer to anything but a long poll. A homeserver in trouble may take tens of seconds and still store. */
  readonly request: Millis;
  /** How long a /sync asks the server to wait for news. */
  readonly poll: Millis;
}

export const DEADLINES: Deadlines = { request: 30_000, poll: 30_000 };

const CLIENT = "/_matrix/client/v3";

/** An event id, by the only mark that every room version shares. */
const EVENT_ID = /^\$[^\s]{1,254}$/;

/** A hundred events each. */
const FIND_PAGES = 20;

export class Homeserver {
  readonly #client: MatrixClient;
  readonly #token: string;
  readonly #baseUrl: string;
  readonly #deadlines: Deadlines;
  readonly #closed = new AbortController();

  constructor(baseUrl: string, token: string, deadlines: Deadlines, log: Log) {
    installTransport();
    quietSdk(log);
    this.#baseUrl = baseUrl.replace(/\/+$/, "");
    this.#client = new MatrixClient(this.#baseUrl, token);
    this.#token = token;
    this.#deadlines = deadlines;
  }

  /** Ends every request that is under way; they resolve to a transient fault. */
  close(): void {
    this.#closed.abort();
  }

  /** Our user id, as the homeserver knows the token. */
  async whoami(): Promise<Asked<string>> {
    const answer = await this.#ask(() => this.#client.getWhoAmI());
    if (!answer.ok) return answer;
    const userId: unknown = answer.value?.user_id;
    return typeof userId === "string" && userId.startsWith("@") ? parsed(userId) : strange("whoami without a user id");
  }

  /** The room that an alias names, and the servers that know it. */
  async resolve(alias: string): Promise<Asked<{ room: string; via: readonly string[] }>> {
    const answer = await this.#ask(() => this.#client.lookupRoomAlias(alias));
    if (!answer.ok) return answer;
    const room: unknown = answer.value.roomId;
    const via: unknown = answer.value.residentServers;
    if (typeof room !== "string" || !room.startsWith("!")) return strange("an alias without a room id");
    const servers = Array.isArray(via) ? via.filter((server): server is string => typeof server === "string") : [];
    return parsed({ room, via: servers.slice(0, 5) });
  }

  /** Joins, accepting an invitation if there is one. Joining again is harmless. */
  async join(room: string, via: readonly string[]): Promise<Asked<string>> {
    return this.#ask(() => this.#client.joinRoom(room, [...via]));
  }

  /**
   * The content of a state event; undefined where the room has none. `whole`: the event around it too, from servers that
   * know `format=event`.
   */
  async state(
    room: string,
    type: string,
    options: { key?: string; whole?: boolean; deadline?: Millis } = {},
  ): Promise<Asked<Json | undefined>> {
    const { key = "", whole = false, deadline } = options;
    const path = `${roomPath(room)}/state/${encodeURIComponent(type)}/${encodeURIComponent(key)}`;
    const answer = await this.#request("GET", path, whole ? { format: "event" } : undefined, undefined, deadline);
    if (!answer.ok && answer.refusal.is === "not-found") return parsed(undefined);
    return answer;
  }

  /** News since a position; without one, only the position. `wait` asks for a long poll. */
  async sync(since: string | undefined, filter: Json, wait: boolean, signal?: AbortSignal): Promise<Asked<Json>> {
    const timeout = wait ? this.#deadlines.poll : 0;
    const query = { filter: JSON.stringify(filter), timeout, set_presence: "offline", ...(since ? { since } : {}) };
    const bound = this.#deadlines.request + timeout;
    return this.#request("GET", `${CLIENT}/sync`, query, undefined, bound, signal);
  }

  /** One page of a room's past, newest first, from one position back to another. */
  async messages(room: string, from: string, to: string, filter: Json): Promise<Asked<Json>> {
    const query = { dir: "b", from, to, limit: 100, filter: JSON.stringify(filter) };
    return this.#request("GET", `${roomPath(room)}/messages`, query);
  }

  /** Sends with the gateway's own transaction id. The event's id, and nothing else, is a success. */
  async put(send: MatrixSend, as?: Actor): Promise<Asked<string>> {
    const { redacts, type, txnId } = send;
    const what = redacts === undefined ? `send/${encodeURIComponent(type)}` : `redact/${encodeURIComponent(redacts)}`;
    const path = `${roomPath(send.room)}/${what}/${encodeURIComponent(txnId)}`;
    const query = { ...queryOf(as), ...(as && send.ts !== undefined ? { ts: Math.round(send.ts) } : {}) };
    const answer = await this.#request("PUT", path, query, send.content);
    if (!answer.ok) return answer;
    const eventId = answer.value["event_id"];
    return typeof eventId === "string" && EVENT_ID.test(eventId) ? parsed(eventId) : strange("200 without an event id");
  }

  /** The event of `sender` that carries the send's transaction id under `key`, among the latest two thousand of theirs. */
  async find({ room, txnId }: MatrixSend, sender: string, key: string): Promise<Asked<string | undefined>> {
    const filter = JSON.stringify({ senders: [sender], limit: 100 });
    let from: string | undefined;
    for (let pages = 0; pages < FIND_PAGES; pages++) {
      const query = { dir: "b", limit: 100, filter, ...(from === undefined ? {} : { from }) };
      const answer = await this.#request("GET", `${roomPath(room)}/messages`, query);
      if (!answer.ok) return answer;
      const page = readPage(answer.value);
      const found = page.events.find((event) => object(event["content"])[key] === txnId)?.["event_id"];
      if (typeof found === "string" && EVENT_ID.test(found)) return parsed(found);
      if (page.end === undefined || page.end === from) return parsed(undefined);
      from = page.end;
    }
    return parsed(undefined);
  }

  /** A message that the homeserver says by itself after `after`, unless it is put off (MSC4140). Answers the delay's id. */
  async delay(room: string, content: Json, after: Millis, txnId: string): Promise<Asked<string>> {
    const path = `${roomPath(room)}/send/m.room.message/${encodeURIComponent(txnId)}`;
    const answer = await this.#request("PUT", path, { "org.matrix.msc4140.delay": Math.round(after) }, content);
    if (!answer.ok) return answer;
    const id = answer.value["delay_id"];
    return typeof id === "string" ? parsed(id) : refused({ is: "refused", reason: "it knows no delayed events" });
  }

  /** A file of its media repository, of at most so many bytes. Homeservers before Matrix 1.11 have it at the older place. */
  async download(server: string, media: string, most: number): Promise<Asked<Uint8Array | "too-large">> {
    const get = (place: string): Promise<Asked<Uint8Array | "too-large">> => {
      const url = `${this.#baseUrl}/_matrix/${place}/download/${encodeURIComponent(server)}/${encodeURIComponent(media)}`;
      return readMedia(url, this.#token, most, this.#deadlines.request, this.#closed.signal);
    };
    const answer = await get("client/v1/media");
    return !answer.ok && answer.refusal.errcode === "M_UNRECOGNIZED" ? get("media/v3") : answer;
  }

  /** Any other request to the client API; `path` begins after /_matrix/client. */
  async act(method: "GET" | "PUT" | "POST", path: string, body?: Json, as?: Actor): Promise<Asked<Json>> {
    return this.#request(method, `/_matrix/client${path}`, queryOf(as), body);
  }

  async #request(
    method: "GET" | "PUT" | "POST",
    path: string,
    query?: Json,
    body?: Json,
    deadline?: Millis,
    signal?: AbortSignal,
  ): Promise<Asked<Json>> {
    const call = (): Promise<unknown> => this.#client.doRequest(method, path, query ?? null, body ?? null);
    const answer = await this.#ask(call, deadline, signal);
    if (!answer.ok) return answer;
    return isJson(answer.value) ? parsed(answer.value) : strange("an answer that is not an object");
  }

  async #ask<T>(call: () => Promise<T>, deadline = this.#deadlines.request, signal?: AbortSignal): Promise<Asked<T>> {
    const closed = this.#closed.signal;
    try {
      return parsed(await within(deadline, signal ? AbortSignal.any([closed, signal]) : closed, call));
    } catch (thrown) {
      const fault = faultOf(thrown);
      return refused({ ...fault, reason: fault.reason.replaceAll(this.#token, "[token]") });
    }
  }
}

/** An appservice acts as one of its users. Without a device the homeserver forgets transaction ids when it restarts. */
export interface Actor {
  readonly user: string;
  readonly device?: string;
}

/** Both names of the device's parameter: Synapse 1.160 reads either (MSC3202; stable in spec 1.17). */
function queryOf(as: Actor | undefined): Json {
  if (!as) return {};
  const { user, device } = as;
  return {
    user_id: user,
    ...(device === undefined ? {} : { device_id: device, "org.matrix.msc3202.device_id": device }),
  };
}

function roomPath(room: string): string {
  return `${CLIENT}/rooms/${encodeURIComponent(room)}`;
}

function strange(what: string): { readonly ok: false; readonly refusal: Fault } {
  return refused({ is: "transient", reason: `the homeserver answered ${what}` });
}

/** The SDK logs whole answers; what matters of them is in our own lines. Its complaints are kept for debugging, in short. */
function quietSdk(log: Log): void {
  const line = (module: string, ...said: unknown[]) => {
    const words = said.filter((part): part is string => typeof part === "string");
    log.debug(`sdk ${module}`, { said: words.join(" ").slice(0, 200) });
  };
  LogService.setLogger({ info: line, warn: line, error: line, debug: () => undefined, trace: () => undefined });
  LogService.setLevel(LogLevel.WARN);
}
