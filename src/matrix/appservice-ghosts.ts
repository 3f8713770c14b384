// An appservice's users for radios: made, named and brought into rooms when they first have something to say, and named
// anew when the radio's name changes. One set of steps at a time for each user, so that two rooms do not make it twice.

import { parsed, refused } from "#base/parsed.ts";
import type { Log } from "#base/log.ts";
import { mayInvite } from "./facts.ts";
import type { Fault } from "./faults.ts";
import type { Actor, Asked, Homeserver } from "./homeserver.ts";
import type { Json } from "./json.ts";
import type { Rooms } from "./rooms.ts";

export interface GhostsContext {
  readonly homeserver: Homeserver;
  readonly rooms: Rooms;
  readonly log: Log;
  /** The bot: it invites. */
  readonly bot: string;
  readonly server: string;
  readonly prefix: string;
  /** The device that all our users speak with (see `Actor`). */
  readonly device: string;
}

interface Known {
  /** As the homeserver has it, once we set it. */
  name?: string;
  made: boolean;
  readonly rooms: Set<string>;
  busy: Promise<unknown>;
}

export class Ghosts {
  readonly #context: GhostsContext;
  readonly #known = new Map<string, Known>();

  constructor(context: GhostsContext) {
    this.#context = context;
  }

  userOf(id: string): string {
    return `@${this.#context.prefix}${id}:${this.#context.server}`;
  }

  isGhost(user: string): boolean {
    return user.startsWith(`@${this.#context.prefix}`) && user.endsWith(`:${this.#context.server}`);
  }

  /** The ghost, ready to speak in the room under this name. */
  async ready(sender: { readonly id: string; readonly name: string }, room: string): Promise<Asked<Actor>> {
    const user = this.userOf(sender.id);
    const known = this.#known.get(user) ?? { made: false, rooms: new Set(), busy: Promise.resolve() };
    this.#known.set(user, known);
    if (known.made && known.name === sender.name && known.rooms.has(room)) return parsed(this.#actor(user));
    const mine = known.busy.then(() => this.#prepare(known, user, sender, room));
    known.busy = mine.catch(() => undefined);
    return mine;
  }

  /** The room's state, or a refusal, says that the ghost is not there (any more). */
  onOut(user: string, room: string): void {
    this.#known.get(user)?.rooms.delete(room);
  }

  #actor(user: string): Actor {
    return { user, device: this.#context.device };
  }

  async #prepare(
    known: Known,
    user: string,
    { id, name }: { readonly id: string; readonly name: string },
    room: string,
  ): Promise<Asked<Actor>> {
    const { homeserver, prefix, log } = this.#context;
    if (!known.made) {
      const made = await makeUser(homeserver, `${prefix}${id}`, this.#actor(user));
      if (!made.ok) return made;
      known.made = true;
    }
    if (known.name !== name) {
      const path = `/v3/profile/${encodeURIComponent(user)}/displayname`;
      const named = await homeserver.act("PUT", path, { displayname: name }, { user });
      // A name is decoration: words do not wait for it.
      if (named.ok) known.name = name;
      else log.warn("a radio's name could not be set", { user, reason: named.refusal.reason });
    }
    if (!known.rooms.has(room)) {
      const entered = await this.#enter(user, room);
      if (!entered.ok) return entered;
      known.rooms.add(room);
    }
    return parsed(this.#actor(user));
  }

  async #enter(user: string, room: string): Promise<Asked<Json>> {
    const { homeserver, rooms, bot } = this.#context;
    const path = `/v3/rooms/${encodeURIComponent(room)}`;
    const join = (): Promise<Asked<Json>> => homeserver.act("POST", `${path}/join`, {}, { user });
    const joined = await join();
    if (joined.ok || joined.refusal.is !== "forbidden") return joined;
    const invited = await homeserver.act("POST", `${path}/invite`, { user_id: user });
    if (invited.ok) return join();
    if (invited.refusal.is !== "forbidden") return invited;
    const facts = rooms.facts(room);
    const mayNot = facts !== undefined && facts.joined && !mayInvite(facts, bot);
    const words = mayNot ? `${bot} may not invite the radios' users: give it the power to` : invited.refusal.reason;
    return refused(
      mayNot
        ? { ...invited.refusal, reason: words, roomClosed: true }
        : { ...invited.refusal, reason: `${user} may not enter: ${words}`, banned: facts?.joined === true },
    );
  }
}

/** Registers a user of ours (it may be there already) and gives it its device. */
export async function makeUser(homeserver: Homeserver, localpart: string, as: Actor): Promise<Asked<void>> {
  const registration = { type: "m.login.application_service", username: localpart, inhibit_login: true };
  const made = await homeserver.act("POST", "/v3/register", registration);
  if (!made.ok && made.refusal.errcode !== "M_USER_IN_USE") return made;
  // MSC4190: an appservice makes a device by naming it. A homeserver without it does without the device.
  const device = await homeserver.act(
    "PUT",
    `/v3/devices/${encodeURIComponent(as.device ?? "")}`,
    {},
    { user: as.user },
  );
  return device.ok || isUnsupported(device.refusal) ? parsed(undefined) : device;
}

function isUnsupported(fault: Fault): boolean {
  return fault.is === "not-found" || fault.is === "refused";
}
