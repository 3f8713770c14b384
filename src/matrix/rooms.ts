// The configured rooms of one login: which room an alias names, whether we are in it, may speak in it, can read it.
//
// Facts come from two sources: a check (resolve, enter, read the state) at the start, after a refusal, after an invitation
// and by a ladder while we are out; and the state events that /sync brings. Every change is reported once. A room that we
// were shown out of is entered again when somebody lets us: a private room by trying (without an invitation that is
// refused), a public one only when an invitation comes, because walking back in would be rude.

import type { Cancel, Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { parsed } from "#base/parsed.ts";
import type { Door } from "#gateway/inputs.ts";
import type { UplinkSettings } from "#gateway/settings.ts";
import { isId } from "./events.ts";
import { afterState, creatorsOf, mayInvite, maySend, NOT_IN_ROOM, powerNeeded, powerOf } from "./facts.ts";
import type { RoomFacts } from "./facts.ts";
import { printable } from "./faults.ts";
import type { Fault } from "./faults.ts";
import type { Asked, Homeserver } from "./homeserver.ts";
import { object } from "./json.ts";
import type { Json } from "./json.ts";
import { Ladder } from "./ladder.ts";

/** The longest wait before a room that we are not in is tried again. */
const TOP_WAIT: Millis = 60_000;
/** A display name is decoration: it must not hold up words for longer than this. */
const NAME_DEADLINE: Millis = 5000;
/** Members of one room whose names are kept; a larger crowd is forgotten and asked for anew. */
const MAX_NAMES = 5000;

export interface RoomsContext {
  readonly uplink: string;
  /** "#alias:server" or "!id:server", as the config spells them. */
  readonly configured: readonly string[];
  readonly self: string;
  /** Stands for our other users in questions of power: an appservice's ghosts have the room's default. */
  readonly other?: string;
  /** Of the configured: where they have nothing to say. */
  readonly boardsRoom?: string;
  readonly homeserver: Pick<Homeserver, "resolve" | "join" | "state">;
  readonly clock: Clock;
  readonly door: Pick<Door, "report">;
  readonly log: Log;
  /** Another set of room ids is to be listened to. */
  readonly onRoomsChanged: () => void;
  /** The login itself was refused. */
  readonly onLogin: (fault: Fault) => void;
}

interface Watch {
  readonly configured: string;
  readonly ladder: Ladder;
  readonly names: Map<string, string | undefined>;
  room?: string;
  via: readonly string[];
  facts?: RoomFacts;
  /** Counts state events from /sync, so that a check does not overwrite what came while it read. */
  changes: number;
  invited: boolean;
  /** Why the last check ended outside. */
  trouble?: string;
  reported?: string;
  checking?: Promise<Asked<void>>;
  cancel?: Cancel;
}

/** Every room of an uplink as the config spells it. */
export function roomsIn({ matrixRooms, operatorsRoom, boardsRoom }: UplinkSettings): string[] {
  return [...matrixRooms.map(({ id }) => id), operatorsRoom, boardsRoom].filter((room) => room !== undefined);
}

export class Rooms {
  readonly #context: RoomsContext;
  readonly #watches: readonly Watch[];
  #stopped = false;

  constructor(context: RoomsContext) {
    this.#context = context;
    this.#watches = [...new Set(context.configured)].map((configured) => ({
      configured,
      ladder: new Ladder(TOP_WAIT),
      names: new Map(),
      via: [],
      changes: 0,
      invited: false,
      ...(configured.startsWith("!") ? { room: configured } : {}),
    }));
  }

  /** The room ids known by now, in or out. */
  ids(): readonly string[] {
    return [...new Set(this.#watches.flatMap((watch) => watch.room ?? []))].sort();
  }

  /** The room that a configured name means, once that is known. */
  idOf(configured: string | undefined): string | undefined {
    return this.#watches.find((watch) => watch.configured === configured)?.room;
  }

  facts(room: string): RoomFacts | undefined {
    return this.#watches.find((watch) => watch.room === room)?.facts;
  }

  /** Whether we and our users may speak there, as far as we know: whoever may not is silenced alone. */
  maySpeak(room: string): boolean {
    const watch = this.#watches.find((one) => one.room === room);
    return watch?.facts?.joined === true && this.#silent(watch, watch.facts) === undefined;
  }

  /** Of us and our users in general, who may not speak. */
  #silent({ configured }: Watch, facts: RoomFacts): string | undefined {
    const { self, other = self, boardsRoom } = this.#context;
    return (configured === boardsRoom ? [self] : [self, other]).find((user) => !maySend(facts, user, "m.room.message"));
  }

  async checkAll(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => this.#check(watch)));
  }

  /** The facts read anew; undefined for a room that is not in the config. */
  async fresh(room: string): Promise<Asked<RoomFacts | undefined>> {
    const watch = this.#watches.find((one) => one.room === room);
    if (!watch) return parsed(undefined);
    const checked = await this.#check(watch);
    return checked.ok ? parsed(watch.facts) : checked;
  }

  /** Reports how the room stands, also when that is no news. */
  repeat(room: string): void {
    for (const watch of this.#watches) {
      if (watch.room !== room) continue;
      delete watch.reported;
      this.#report(watch);
    }
  }

  /** Somebody invited us: enters if it is one of ours. */
  onInvites(rooms: readonly string[]): void {
    for (const room of rooms) {
      const watches = this.#watches.filter((watch) => watch.room === room || watch.room === undefined);
      if (watches.length === 0)
        this.#context.log.info("ignored an invitation to a room that is not in the config", { room });
      for (const watch of watches) {
        watch.invited = true;
        watch.ladder.reset();
        void this.#check(watch);
      }
    }
  }

  /** A state event of one of our rooms, in the order of the timeline. */
  onState(room: string, event: Json): void {
    for (const watch of this.#watches) {
      if (watch.room !== room) continue;
      this.#learnName(watch, event);
      if (!watch.facts) continue;
      const facts = afterState(watch.facts, event, this.#context.self);
      if (facts === watch.facts) continue;
      this.#settle(watch, watch.facts, facts);
    }
  }

  /** /sync says that we are out, whatever the timeline showed. */
  onOut(room: string): void {
    for (const watch of this.#watches)
      if (watch.room === room && watch.facts?.joined)
        this.#settle(watch, watch.facts, { ...watch.facts, joined: false });
  }

  /** The display name of a member, asked for when it is not known; undefined when there is none or no answer. */
  async name(room: string, user: string): Promise<string | undefined> {
    const watch = this.#watches.find((one) => one.room === room);
    if (!watch || watch.names.has(user)) return watch?.names.get(user);
    const options = { key: user, deadline: NAME_DEADLINE };
    const member = await this.#context.homeserver.state(room, "m.room.member", options);
    if (member.ok) keepName(watch, user, object(member.value)["displayname"]);
    return watch.names.get(user);
  }

  stop(): void {
    this.#stopped = true;
    for (const watch of this.#watches) watch.cancel?.();
  }

  #learnName(watch: Watch, event: Json): void {
    const user = event["state_key"];
    if (event["type"] === "m.room.member" && isId(user, "@"))
      keepName(watch, user, object(event["content"])["displayname"]);
  }

  #settle(watch: Watch, before: RoomFacts, facts: RoomFacts): void {
    watch.changes++;
    watch.facts = facts;
    this.#report(watch);
    // In again: the state we knew is from before. Out, or replaced: look for the way in.
    const moved = facts.joined !== before.joined || facts.replacedBy !== before.replacedBy;
    if (moved) watch.ladder.reset();
    if (moved && facts.joined) void this.#check(watch);
    else if (moved) this.#checkLater(watch);
  }

  #check(watch: Watch): Promise<Asked<void>> {
    watch.checking ??= this.#checkNow(watch).finally(() => delete watch.checking);
    return watch.checking;
  }

  async #checkNow(watch: Watch): Promise<Asked<void>> {
    watch.cancel?.();
    const looked = await this.#look(watch);
    if (this.#stopped) return looked;
    if (!looked.ok && looked.refusal.is === "login") {
      this.#context.onLogin(looked.refusal);
      return looked;
    }
    // Nothing known, and no answer: whoever waits for this room must hear why.
    if (!looked.ok && !watch.facts) outside(watch, looked.refusal);
    this.#report(watch);
    if (looked.ok && watch.facts?.joined) watch.ladder.reset();
    else this.#checkLater(watch, looked.ok ? 0 : looked.refusal.retryAfter);
    return looked;
  }

  #checkLater(watch: Watch, atLeast: Millis = 0): void {
    watch.cancel?.();
    if (this.#stopped) return;
    watch.cancel = this.#context.clock.after(Math.max(watch.ladder.take(), atLeast), () => void this.#check(watch));
  }

  /** Sets `watch.facts`, or leaves them and gives the fault that kept it from knowing. */
  async #look(watch: Watch): Promise<Asked<void>> {
    const { homeserver, self } = this.#context;
    if (watch.configured.startsWith("#") && !(watch.facts?.joined && watch.facts.replacedBy === undefined)) {
      const resolved = await homeserver.resolve(watch.configured);
      if (!resolved.ok) return isDefinite(resolved.refusal) ? outside(watch, resolved.refusal) : resolved;
      this.#setRoom(watch, resolved.value.room, resolved.value.via);
    }
    const room = watch.room;
    if (room === undefined) return outside(watch, { is: "not-found", reason: "neither a room id nor an alias" });
    const changes = watch.changes;
    const member = await homeserver.state(room, "m.room.member", { key: self });
    if (!member.ok && !isDefinite(member.refusal)) return member;
    if (!member.ok || object(member.value)["membership"] !== "join") {
      if (watch.facts?.leftBecause !== undefined && watch.facts.public && !watch.invited) return parsed(undefined);
      const joined = await homeserver.join(room, watch.via);
      if (!joined.ok) return isDefinite(joined.refusal) ? outside(watch, joined.refusal) : joined;
      this.#context.log.info("entered a room", { room });
    }
    watch.invited = false;
    const facts = await this.#readFacts(room);
    // What /sync brought meanwhile may be newer than what was read; the next check settles it.
    if (facts.ok && (watch.changes === changes || !watch.facts)) watch.facts = facts.value;
    return facts.ok ? parsed(undefined) : facts;
  }

  async #readFacts(room: string): Promise<Asked<RoomFacts>> {
    const { homeserver, self } = this.#context;
    const types = ["m.room.power_levels", "m.room.encryption", "m.room.join_rules", "m.room.tombstone"];
    const [create, ...states] = await Promise.all([
      homeserver.state(room, "m.room.create", { whole: true }),
      ...types.map((type) => homeserver.state(room, type)),
    ]);
    if (!create.ok) return create;
    let facts: RoomFacts = { ...NOT_IN_ROOM, joined: true, ...creatorsOf(create.value ?? {}) };
    for (const [index, state] of states.entries()) {
      if (!state.ok) return state;
      if (state.value) facts = afterState(facts, { type: types[index]!, state_key: "", content: state.value }, self);
    }
    return parsed(facts);
  }

  #setRoom(watch: Watch, room: string, via: readonly string[]): void {
    watch.via = via;
    if (watch.room === room) return;
    watch.room = room;
    watch.names.clear();
    delete watch.facts;
    this.#context.onRoomsChanged();
  }

  #report(watch: Watch): void {
    const facts = watch.facts;
    if (!facts) return;
    const { self, uplink, door, log } = this.#context;
    const silent = this.#silent(watch, facts);
    const reason = reasonOf(facts, self, watch.trouble, silent);
    const said = {
      configured: watch.configured,
      ...(watch.room === undefined ? {} : { room: watch.room }),
      joined: facts.joined,
      maySpeak: facts.joined && silent === undefined,
      encrypted: facts.encrypted,
      ...(reason === undefined ? {} : { reason }),
    };
    // Told again when ghosts may enter now: what waits for one of them can go.
    const key = JSON.stringify([said, mayInvite(facts, self), facts.public]);
    if (key === watch.reported) return;
    watch.reported = key;
    if (reason === undefined) log.info("room ready", { room: watch.configured });
    else log.warn("room not usable", { room: watch.configured, reason });
    door.report({ kind: "room-state", uplink, ...said });
  }
}

/** Words for an operator, or undefined when all is well. */
function reasonOf(
  facts: RoomFacts,
  self: string,
  trouble: string | undefined,
  silent: string | undefined,
): string | undefined {
  if (!facts.joined) return `${printable(facts.leftBecause ?? trouble ?? "not in the room")} (invite ${self})`;
  if (facts.replacedBy !== undefined)
    return `the room was replaced by ${printable(facts.replacedBy, 60)}; put that into the configuration`;
  if (facts.encrypted)
    return "the room is encrypted, and Muster cannot read or write encrypted rooms yet; use one that is not";
  if (silent === undefined) return undefined;
  const whose = silent === self ? "" : " of the radios' users";
  return `power level ${powerOf(facts, silent)}${whose} is too low to speak: ${powerNeeded(facts, "m.room.message")} is needed`;
}

/** The homeserver has decided, and would decide the same at once again. */
function isDefinite(fault: Fault): boolean {
  return fault.is === "forbidden" || fault.is === "not-found" || fault.is === "refused";
}

function outside(watch: Watch, fault: Fault): Asked<void> {
  watch.trouble = fault.reason;
  watch.facts = { ...(watch.facts ?? NOT_IN_ROOM), joined: false };
  return parsed(undefined);
}

function keepName(watch: Watch, user: string, name: unknown): void {
  if (watch.names.size >= MAX_NAMES) watch.names.clear();
  watch.names.set(user, typeof name === "string" && name !== "" ? name.slice(0, 255) : undefined);
}
