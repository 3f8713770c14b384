// A person with a Matrix client, as much of one as the demo needs: rooms, words, and seeing what others say.

import { wallClock } from "#base/clock.ts";

/** One homeserver answer that is not 2xx. */
class Refused extends Error {
  readonly status: number;
  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

export interface SeenMessage {
  readonly sender: string;
  readonly room: string;
  readonly body: string;
}

export class Neighbour {
  readonly userId: string;
  readonly #baseUrl: string;
  readonly #token: string;
  #txn = 0;

  constructor(baseUrl: string, user: { readonly userId: string; readonly accessToken: string }) {
    this.#baseUrl = baseUrl;
    this.userId = user.userId;
    this.#token = user.accessToken;
  }

  /** The room of this alias, made if there is none; the others are invited. */
  async room(localpart: string, name: string, invite: readonly string[]): Promise<string> {
    const server = this.userId.slice(this.userId.indexOf(":") + 1);
    const alias = encodeURIComponent(`#${localpart}:${server}`);
    try {
      return (await this.#call("GET", `directory/room/${alias}`))["room_id"] as string;
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
    }
    const made = await this.#call("POST", "createRoom", {
      preset: "private_chat",
      room_alias_name: localpart,
      name,
      invite,
    });
    return made["room_id"] as string;
  }

  async callMyself(displayname: string): Promise<void> {
    await this.#call("PUT", `profile/${encodeURIComponent(this.userId)}/displayname`, { displayname });
  }

  async say(room: string, body: string): Promise<void> {
    const path = `rooms/${encodeURIComponent(room)}/send/m.room.message/demo${wallClock.now()}-${this.#txn++}`;
    await this.#call("PUT", path, { msgtype: "m.text", body });
  }

  /** Tells `see` of every message from now on, until `signal` says stop. */
  async watch(see: (message: SeenMessage) => void, signal: AbortSignal): Promise<void> {
    const now = await this.#call(
      "GET",
      `sync?timeout=0&filter=${encodeURIComponent('{"room":{"timeline":{"limit":0}}}')}`,
    );
    let since = now["next_batch"] as string;
    while (!signal.aborted) {
      const answer = await this.#call(
        "GET",
        `sync?timeout=30000&since=${encodeURIComponent(since)}`,
        undefined,
        signal,
      );
      since = answer["next_batch"] as string;
      for (const [room, { timeline }] of Object.entries(joined(answer))) {
        for (const event of timeline.events) {
          const body = event.content["body"];
          if (event.type === "m.room.message" && typeof body === "string") see({ sender: event.sender, room, body });
        }
      }
    }
  }

  async #call(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.#baseUrl}/_matrix/client/v3/${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#token}` },
      signal: signal ?? AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok)
      throw new Refused(response.status, `${path.split("?")[0]}: ${response.status} ${String(answer["error"])}`);
    return answer;
  }
}

interface JoinedRooms {
  readonly [room: string]: {
    readonly timeline: {
      readonly events: readonly {
        readonly type: string;
        readonly sender: string;
        readonly content: Record<string, unknown>;
      }[];
    };
  };
}

function joined(answer: Record<string, unknown>): JoinedRooms {
  return (answer["rooms"] as { join?: JoinedRooms } | undefined)?.join ?? {};
}
