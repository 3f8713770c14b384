// What goes along with a login beside reading and sending: the fence against other copies of this gateway, and the dead-man's switch.

import { wallClock, type Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Door } from "#gateway/inputs.ts";
import { DeadMan, standDown, type DeadManWords } from "./dead-man.ts";
import type { Fault } from "./faults.ts";
import { checkFence, type Claim } from "./fence.ts";
import type { Homeserver } from "./homeserver.ts";
import { waitFor } from "./ladder.ts";
import type { Rooms } from "./rooms.ts";

export interface Escort {
  readonly claim?: Claim;
  /** Another copy runs: this one must end. `words` say which and what to do. */
  readonly onReplaced: (words: string) => void;
  /** Said by the homeserver to the operators' room after `after` of silence. */
  readonly deadMan?: { readonly words: DeadManWords; readonly after: Millis };
}

const LOOK_EVERY: Millis = 10 * 60_000;

export class Companions {
  readonly #escort: Escort | undefined;
  readonly #uplink: string;
  readonly #door: Pick<Door, "accept" | "position">;
  readonly #log: Log;
  #login = new AbortController();
  #watch: { readonly deadMan: DeadMan; readonly ended: Promise<void> } | undefined;

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

  /** `operatorsRoom`: as the config spells it. */
  watch(homeserver: Homeserver, rooms: Pick<Rooms, "idOf">, operatorsRoom: string | undefined): void {
    if (!this.#escort) return;
    const { deadMan, claim } = this.#escort;
    const name = `dead-man:${this.#uplink}`;
    const kept = {
      read: () => this.#door.position(name),
      write: (value: string) => void this.#door.accept([], { name, value }),
    };
    const mark = claim?.gatewayId ?? this.#uplink;
    if (!deadMan || operatorsRoom === undefined) return void standDown(homeserver, mark, kept);
    const room = (): string | undefined => rooms.idOf(operatorsRoom);
    const watcher = new DeadMan({ homeserver, room, mark, ...deadMan, log: this.#log, kept, clock: wallClock });
    this.#watch = { deadMan: watcher, ended: watcher.watch(this.#login.signal) };
  }

  end(): void {
    this.#login.abort();
  }

  /** The gateway stops in order; bounded by the login's own end. Before `end`. */
  async leave(): Promise<void> {
    this.#login.abort();
    await this.#watch?.ended;
    await this.#watch?.deadMan.leave();
  }

  async #look(homeserver: Homeserver, self: string): Promise<string | undefined> {
    const escort = this.#escort;
    if (!escort?.claim) return undefined;
    const words = await checkFence(homeserver, self, escort.claim);
    if (words !== undefined) {
      // What is held back belongs to the other copy now.
      this.#watch = undefined;
      escort.onReplaced(words);
    }
    return words;
  }

  async #lookAgain(homeserver: Homeserver, self: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      await waitFor(wallClock, LOOK_EVERY, signal);
      if (signal.aborted || (await this.#look(homeserver, self)) !== undefined) return;
    }
  }
}
