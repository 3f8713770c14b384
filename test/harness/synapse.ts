// A real Synapse for tests, and people who use it. A test that needs it fails where it cannot be had.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wallClock } from "#base/clock.ts";
import { ensureSynapse, startSynapse } from "#cli/demo/synapse.ts";
import type { Synapse, SynapseOptions } from "#cli/demo/synapse.ts";

const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));

export type TestSynapseOptions = Partial<Omit<SynapseOptions, "home" | "dir">>;

export interface TestSynapse extends Synapse {
  /** Registers (or logs in) and wraps as somebody who can act. */
  person(name: string, options?: { readonly admin?: boolean }): Promise<Person>;
}

/** A Synapse in a directory of its own; `stop` also removes the directory. The first on a machine takes a minute. */
export async function testSynapse(options: TestSynapseOptions = {}): Promise<TestSynapse> {
  const home = await ensureSynapse(CACHE, (line) => process.stderr.write(`${line}\n`));
  const dir = mkdtempSync(join(tmpdir(), "muster-synapse-"));
  const synapse = await startSynapse({ serverName: "street.lan", rateLimits: "off", ...options, home, dir });
  return {
    ...synapse,
    async person(name, who) {
      const user = await synapse.registerUser(name, who);
      return new Person(synapse.baseUrl, user.userId, user.accessToken);
    },
    async stop() {
      await synapse.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** How long `until` waits for something that ought to happen. */
const PATIENCE = 30_000;

/** Polls `look` until it gives something other than undefined or false; fails in words after `patience` ms. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  patience: number = PATIENCE,
): Promise<Exclude<T, undefined | false>> {
  for (const end = wallClock.now() + patience; ;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (wallClock.now() > end) throw new Error(`waited ${patience} ms in vain for ${what}`);
    await new Promise<void>((done) => {
      wallClock.after(25, done);
    });
  }
}

export interface RoomEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly origin_server_ts: number;
}

/** Somebody with a Matrix client. Every method throws with the server's words when it is refused. */
export class Person {
  readonly baseUrl: string;
  readonly userId: string;
  readonly accessToken: string;
  #txn = 0;

  constructor(baseUrl: string, userId: string, accessToken: string) {
    this.baseUrl = baseUrl;
    this.userId = userId;
    this.accessToken = accessToken;
  }

  async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const ask = () =>
      fetch(`${this.baseUrl}${path}`, {
        method,
        headers: { Authorization: `Bearer ${this.accessToken}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(60_000),
      });
    // The server may close a kept connection at the very moment it is used again.
    const response = await ask().catch((error: unknown) => {
      if ((error as { cause?: { code?: string } }).cause?.code === "UND_ERR_SOCKET") return ask();
      throw error;
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The room id. `invite` are user ids; `alias` the local part. */
  async createRoom(
    options: { alias?: string; invite?: readonly string[]; public?: boolean; encrypted?: boolean; name?: string } = {},
  ): Promise<string> {
    const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
    const made = await this.call("POST", "/_matrix/client/v3/createRoom", {
      preset: options.public ? "public_chat" : "private_chat",
      invite: options.invite ?? [],
      ...(options.alias ? { room_alias_name: options.alias } : {}),
      ...(options.name ? { name: options.name } : {}),
      ...(options.encrypted ? { initial_state: [encryption] } : {}),
    });
    return made["room_id"] as string;
  }

  /** Sends a text; gives its event id. `more` is merged into the content. */
  say(room: string, body: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    return this.send(room, "m.room.message", { msgtype: "m.text", body, ...more });
  }

  async send(room: string, type: string, content: Readonly<Record<string, unknown>>): Promise<string> {
    const txn = `t${this.#txn++}-${wallClock.now()}`;
    return (await this.call("PUT", `${roomPath(room)}/send/${type}/${txn}`, content))["event_id"] as string;
  }

  async redact(room: string, eventId: string): Promise<string> {
    const path = `${roomPath(room)}/redact/${encodeURIComponent(eventId)}/t${this.#txn++}`;
    return (await this.call("PUT", path, {}))["event_id"] as string;
  }

  async join(room: string): Promise<void> {
    await this.call("POST", `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {});
  }

  async invite(room: string, userId: string): Promise<void> {
    await this.call("POST", `${roomPath(room)}/invite`, { user_id: userId });
  }

  async kick(room: string, userId: string, reason = ""): Promise<void> {
    await this.call("POST", `${roomPath(room)}/kick`, { user_id: userId, reason });
  }

  async leave(room: string): Promise<void> {
    await this.call("POST", `${roomPath(room)}/leave`, {});
  }

  /** State content; an empty object where there is none. */
  async state(room: string, type: string, key = ""): Promise<Record<string, unknown>> {
    return this.call("GET", `${roomPath(room)}/state/${type}/${encodeURIComponent(key)}`).catch(() => ({}));
  }

  async setState(room: string, type: string, content: Readonly<Record<string, unknown>>, key = ""): Promise<void> {
    await this.call("PUT", `${roomPath(room)}/state/${type}/${encodeURIComponent(key)}`, content);
  }

  async setPowerLevels(room: string, change: Readonly<Record<string, unknown>>): Promise<void> {
    await this.setState(room, "m.room.power_levels", { ...(await this.state(room, "m.room.power_levels")), ...change });
  }

  async setDisplayName(displayname: string): Promise<void> {
    await this.call("PUT", `/_matrix/client/v3/profile/${encodeURIComponent(this.userId)}/displayname`, {
      displayname,
    });
  }

  /** Ends the login of this access token. */
  async logout(): Promise<void> {
    await this.call("POST", "/_matrix/client/v3/logout", {});
  }

  /** Every event of the room that this person may see, oldest first. */
  async timeline(room: string): Promise<RoomEvent[]> {
    const events: RoomEvent[] = [];
    for (let from = ""; ;) {
      const page = await this.call("GET", `${roomPath(room)}/messages?dir=b&limit=500${from && `&from=${from}`}`);
      events.push(...(page["chunk"] as RoomEvent[]));
      if (typeof page["end"] !== "string") return events.toReversed();
      from = encodeURIComponent(page["end"]);
    }
  }

  /** The bodies of the room's messages, oldest first. */
  async bodies(room: string): Promise<string[]> {
    const events = await this.timeline(room);
    return events.filter((event) => event.type === "m.room.message").map(bodyOf);
  }

  /** Waits until the room holds a message whose body contains `part`. */
  waitForBody(room: string, part: string, patience?: number): Promise<RoomEvent> {
    const look = async () => (await this.timeline(room)).find((event) => bodyOf(event).includes(part));
    return until<RoomEvent | undefined>(`a message with ${JSON.stringify(part)} in ${room}`, look, patience);
  }
}

function roomPath(room: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;
}

function bodyOf(event: RoomEvent): string {
  const body = event.content["body"];
  return typeof body === "string" ? body : "";
}
