// What goes along with a login beside reading and sending: the fence against other copies of this gateway, and the dead-man's switch.

import { wallClock, type Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Door } from "#gateway/inputs.ts";
import { watchOver } from "./dead-man.ts";
import type { Fault } from "./faults.ts";
import { checkFence, type Claim } from "./fence.ts";
import type { Homeserver } from "./homeserver.ts";
import { waitFor } from "./ladder.ts";

export interface Escort {
  readonly claim?: Claim;
  /** Another copy runs: this one must end. `words` say which and what to do. */
  readonly onReplaced: (words: string) => void;
  /** Said by the homeserver to the operators' room after `after` of silence. */
  readonly deadMan?: { readonly words: string; readonly after: Millis };
}

const LOOK_EVERY: Millis = 10 * 60_000;

export class Companions {
  readonly #escort: Escort | undefined;
  readonly #uplink: string;
  readonly #door: Pick<Door, "accept" | "position">;
  readonly #log: Log;
  #login = new AbortController();

  constructor(options: { escort?: Escort; uplink: string; door: Pick<Door, "accept" | "position">; log: Log }) {
    this.#escort = options.escort;
    this.#uplink = options.uplink;
    this.#door = options.door;
    this.#log = options.log;
  }

  /** Looks at the fence before anything is said; answers why this login may not go on. */
  async begin(homeserver: Homeserver, self: string): Promise<Fault | undefined> {
    this.end();
    this.#login = new AbortController();
    const words = await this.#look(homeserver, self);
    if (words !== undefined) return { is: "login", reason: words };
    if (this.#escort?.claim) void this.#lookAgain(homeserver, self, this.#login.signal);
    return undefined;
  }

  /** The operators' room is known. */
  watch(homeserver: Homeserver, room: string | undefined): void {
    const deadMan = this.#escort?.deadMan;
    if (!deadMan || room === undefined) return;
    const name = `dead-man:${this.#uplink}`;
    const kept = {
      read: () => this.#door.position(name),
      write: (value: string) => void this.#door.accept([], { name, value }),
    };
    const { signal } = this.#login;
    void watchOver({ homeserver, room, ...deadMan, log: this.#log, kept, signal, clock: wallClock });
  }

  end(): void {
    this.#login.abort();
  }

  async #look(homeserver: Homeserver, self: string): Promise<string | undefined> {
    const escort = this.#escort;
    if (!escort?.claim) return undefined;
    const words = await checkFence(homeserver, self, escort.claim);
    if (words !== undefined) escort.onReplaced(words);
    return words;
  }

  async #lookAgain(homeserver: Homeserver, self: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      await waitFor(wallClock, LOOK_EVERY, signal);
      if (signal.aborted || (await this.#look(homeserver, self)) !== undefined) return;
    }
  }
}
