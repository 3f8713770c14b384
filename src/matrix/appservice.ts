// One uplink in appservice mode: the homeserver brings us what is said, and every radio that speaks has a user of its own.
//
// The life of a login: our bot → our device → the listener → the rooms → a ping, again every half minute. The ping makes a
// homeserver that had given up on us deliver at once, and its answer says whether both ways are open. What arrives is
// durable before it is acknowledged. A refused token holds everything, like a bot's.

import { randomBytes } from "node:crypto";
import { wallClock } from "#base/clock.ts";
import type { Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Door, FileRequest, MatrixArrival, MatrixSend, UplinkState } from "#gateway/inputs.ts";
import type { Registration, UplinkSettings } from "#gateway/settings.ts";
import { Ghosts, makeUser } from "./appservice-ghosts.ts";
import { listen } from "./appservice-listener.ts";
import type { Listener } from "./appservice-listener.ts";
import { isSaid } from "./events.ts";
import { printable } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { DEADLINES, Homeserver } from "./homeserver.ts";
import type { Actor, Asked, Deadlines } from "./homeserver.ts";
import { object, objects } from "./json.ts";
import type { Json } from "./json.ts";
import { Companions } from "./companions.ts";
import { Ladder, waitFor } from "./ladder.ts";
import { fetchFile } from "./media.ts";
import { Rooms, roomsIn } from "./rooms.ts";
import { LONGEST_LIMIT, Sending, unexpected } from "./sending.ts";
import { arrivalOf, named } from "./sync.ts";
import type { Uplink, UplinkOptions } from "./uplink-form.ts";

const TOP_WAIT: Millis = 30_000;
const PING_EVERY: Millis = 30_000;
/** What is in flight when we stop gets this long to be answered. */
const STOP_LIMIT: Millis = 2000;

/** What a homeserver says when it is well but could not reach us (spec, "POST …/appservice/{id}/ping"). */
const NOT_REACHED: ReadonlySet<string> = new Set([
  "M_URL_NOT_SET",
  "M_BAD_STATUS",
  "M_CONNECTION_TIMEOUT",
  "M_CONNECTION_FAILED",
]);

interface Login {
  readonly homeserver: Homeserver;
  readonly self: string;
  readonly rooms: Rooms;
  readonly ghosts: Ghosts;
}

export class AppserviceUplink implements Uplink {
  readonly uplink: string;
  readonly #settings: UplinkSettings;
  readonly #registration: Registration;
  readonly #door: Door;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #deadlines: Deadlines;
  readonly #sending: Sending;
  readonly #companions: Companions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #listener: Listener | undefined;
  #login: Login | undefined;
  /** Asked before there is a login: what it owes us must not hold up the end. */
  #asked: Homeserver | undefined;
  #state: string | undefined;
  /** Ends the wait between two pings. */
  #look = new AbortController();

  /** The settings must have a registration and an address to listen on. */
  constructor(options: UplinkOptions) {
    this.uplink = options.settings.name;
    this.#settings = options.settings;
    this.#registration = options.settings.registration!;
    this.#door = options.door;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
    const { uplink } = this;
    const { door, log, escort } = options;
    this.#companions = new Companions({ uplink, door, log, ...(escort ? { escort } : {}) });
    this.#sending = new Sending({
      uplink,
      door,
      log,
      onLogin: (fault) => this.#loseLogin(fault),
      onTrouble: () => this.#look.abort(),
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  send(send: MatrixSend): void {
    this.#sending.push(send);
  }

  fetch(request: FileRequest): void {
    const { uplink } = this;
    void fetchFile({ uplink, door: this.#door, log: this.#log, homeserver: this.#login?.homeserver }, request);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#look.abort();
    const cancel = wallClock.after(STOP_LIMIT, () => this.#hangUp());
    await this.#listener?.close();
    await Promise.all([this.#sending.drain(), this.#companions.leave()]);
    cancel();
    this.#hangUp();
    await this.#running;
    await this.#listener?.close();
  }

  #hangUp(): void {
    this.#companions.end();
    this.#sending.cutOff();
    this.#login?.rooms.stop();
    this.#asked?.close();
  }

  // ───────────────────────────── the login ─────────────────────────────

  async #run(): Promise<void> {
    const ladder = new Ladder(TOP_WAIT);
    this.#tell("connecting", "starting");
    while (!this.#stopping.signal.aborted) {
      const fault = await this.#live(ladder).catch((thrown: unknown) =>
        unexpected({ uplink: this.uplink, log: this.#log }, thrown),
      );
      this.#login?.rooms.stop();
      this.#companions.end();
      if (this.#stopping.signal.aborted) break;
      if (fault.is === "login") this.#sending.held = fault;
      this.#tell(fault.is === "login" ? "held" : "down", fault.reason);
      await this.#wait(ladder, fault);
    }
  }

  /** From the first request to the fault that ended it. */
  async #live(ladder: Ladder): Promise<Fault> {
    const began = await this.#begin();
    if (!began.ok) return began.refusal;
    const login = began.value;
    this.#login = login;
    this.#sending.held = undefined;
    this.#sending.way = {
      rooms: login.rooms,
      speaker: (send) => this.#speaker(login, send),
      put: (send) => this.#put(login, send),
      find: (send, key) => login.homeserver.find(send, this.#speaker(login, send), key),
    };
    const replaced = await this.#companions.begin(login.homeserver, login.self);
    if (replaced) return replaced;
    const listening = await this.#listen();
    if (!listening.ok) return listening.refusal;
    await login.rooms.checkAll();
    this.#companions.watch(login.homeserver, login.rooms, this.#settings.operatorsRoom);
    return this.#ping(login, ladder);
  }

  async #begin(): Promise<Asked<Login>> {
    const { asToken, senderLocalpart, ghostPrefix } = this.#registration;
    const homeserver = new Homeserver(this.#settings.homeserver, asToken, this.#deadlines, this.#log);
    this.#asked = homeserver;
    const who = await homeserver.whoami();
    if (!who.ok) return who;
    const self = who.value;
    const device = this.#device();
    if (device === undefined) return refused({ is: "transient", reason: "our device's name could not be stored" });
    const made = await makeUser(homeserver, senderLocalpart, { user: self, device });
    if (!made.ok) return made;
    const server = self.slice(self.indexOf(":") + 1);
    const rooms = new Rooms({
      uplink: this.uplink,
      configured: roomsIn(this.#settings),
      self,
      other: `@${ghostPrefix}:${server}`,
      ...(this.#settings.boardsRoom === undefined ? {} : { boardsRoom: this.#settings.boardsRoom }),
      homeserver,
      clock: this.#clock,
      door: this.#door,
      log: this.#log,
      onRoomsChanged: () => undefined,
      onLogin: (fault) => this.#loseLogin(fault),
    });
    const ghosts = new Ghosts({ homeserver, rooms, log: this.#log, bot: self, server, prefix: ghostPrefix, device });
    return parsed({ homeserver, self, rooms, ghosts });
  }

  /** Random, and the same for as long as the database lives: transaction ids are remembered for a device (matrix-facts §5). */
  #device(): string | undefined {
    const name = `device:${this.uplink}`;
    const kept = this.#door.position(name);
    if (kept !== undefined) return kept;
    const value = `MUSTER${randomBytes(6).toString("hex").toUpperCase()}`;
    return this.#door.accept([], { name, value }) ? value : undefined;
  }

  async #ping(login: Login, ladder: Ladder): Promise<Fault> {
    while (!this.#stopping.signal.aborted) {
      if (this.#sending.held) return this.#sending.held;
      this.#look = new AbortController();
      const { homeserver } = login;
      const path = `/v1/appservice/${encodeURIComponent(this.#registration.id)}/ping`;
      let asked: Asked<unknown> = await homeserver.act("POST", path, {
        transaction_id: randomBytes(8).toString("hex"),
      });
      // A homeserver without pings (before Matrix 1.7) is asked something that every one can answer.
      if (!asked.ok && (asked.refusal.is === "not-found" || asked.refusal.is === "forbidden"))
        asked = await homeserver.whoami();
      const fault = asked.ok ? undefined : asked.refusal;
      if (fault && !NOT_REACHED.has(fault.errcode ?? "")) return fault;
      ladder.reset();
      this.#tell("ready", fault ? `the homeserver cannot reach us: ${fault.reason}` : "", login.self);
      await waitFor(this.#clock, PING_EVERY, this.#look.signal);
    }
    return { is: "transient", reason: "stopping" };
  }

  #loseLogin(fault: Fault): void {
    this.#sending.held ??= fault;
    this.#tell("held", fault.reason);
    this.#look.abort();
  }

  async #wait(ladder: Ladder, fault: Fault): Promise<void> {
    const asked = Math.min(fault.retryAfter ?? 0, LONGEST_LIMIT);
    await Promise.all([
      waitFor(this.#clock, ladder.take(), this.#stopping.signal),
      waitFor(wallClock, asked, this.#stopping.signal),
    ]);
  }

  #tell(state: UplinkState, reason: string, userId?: string): void {
    const key = `${state} ${reason}`;
    if (key === this.#state || this.#stopping.signal.aborted) return;
    this.#state = key;
    if (reason !== "") this.#log.warn(`uplink ${state}`, { uplink: this.uplink, reason });
    else this.#log.info(`uplink ${state}`, { uplink: this.uplink });
    const who = userId === undefined ? {} : { userId };
    this.#door.report({ kind: "uplink-state", uplink: this.uplink, state, reason, ...who });
  }

  // ───────────────────────────── what is said ─────────────────────────────

  /** Listens once for the uplink's whole life: logins come and go behind it. */
  async #listen(): Promise<Asked<void>> {
    if (this.#listener) return parsed(undefined);
    const { host, port } = addressOf(this.#settings.listen ?? "");
    const onTransaction = (id: string, hash: string, body: Json): Promise<boolean> => this.#take(id, hash, body);
    try {
      this.#listener = await listen({ host, port, hsToken: this.#registration.hsToken, onTransaction });
      return parsed(undefined);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : "unknown";
      return refused({ is: "transient", reason: `cannot listen on ${this.#settings.listen}: ${printable(why)}` });
    }
  }

  /** True when everything of it is kept. A homeserver that was rebuilt counts from 1 again, hence the hash. */
  async #take(id: string, hash: string, body: Json): Promise<boolean> {
    const login = this.#login;
    if (!login || this.#stopping.signal.aborted) return false;
    const position = { name: `as:${this.uplink}`, value: `${id} ${hash}` };
    if (this.#door.position(position.name) === position.value) return true;
    const arrivals: MatrixArrival[] = [];
    for (const event of objects(body["events"])) {
      const arrival = this.#hear(login, event);
      if (arrival) arrivals.push(...(await named(login.rooms, arrival.room, [arrival])));
    }
    return this.#door.accept(arrivals, position);
  }

  #hear({ rooms, ghosts, self }: Login, event: Json): MatrixArrival | undefined {
    const room = event["room_id"];
    if (typeof room !== "string") return undefined;
    if (event["state_key"] !== undefined) this.#seeState(room, event);
    if (!rooms.ids().includes(room) || !isSaid(event, self) || ghosts.isGhost(event.sender)) return undefined;
    return arrivalOf(this.uplink, rooms, room, event);
  }

  #seeState(room: string, event: Json): void {
    const { rooms, ghosts, self } = this.#login!;
    const user = event["state_key"];
    const membership = event["type"] === "m.room.member" ? object(event["content"])["membership"] : undefined;
    if (membership === "invite" && user === self) rooms.onInvites([room]);
    if (typeof user === "string" && ghosts.isGhost(user) && (membership === "leave" || membership === "ban"))
      ghosts.onOut(user, room);
    rooms.onState(room, event);
  }

  // ───────────────────────────── sending ─────────────────────────────

  #speaker({ ghosts, self }: Login, send: MatrixSend): string {
    return send.sender ? ghosts.userOf(send.sender.id) : self;
  }

  async #put(login: Login, send: MatrixSend): Promise<Asked<string>> {
    const { homeserver, ghosts, self } = login;
    if (!send.sender) return homeserver.put(send, { user: self, device: this.#device()! });
    const first = await this.#asGhost(login, send, send.sender);
    if (first.ok || first.refusal.is !== "forbidden" || first.refusal.banned || first.refusal.roomClosed) return first;
    // It may have been shown out since: once more from the door.
    ghosts.onOut(ghosts.userOf(send.sender.id), send.room);
    return this.#asGhost(login, send, send.sender);
  }

  async #asGhost(
    { homeserver, ghosts }: Login,
    send: MatrixSend,
    sender: NonNullable<MatrixSend["sender"]>,
  ): Promise<Asked<string>> {
    const ready: Asked<Actor> = await ghosts.ready(sender, send.room);
    return ready.ok ? homeserver.put(send, ready.value) : ready;
  }
}

/** "127.0.0.1:9470", "[::1]:9470": checked by whoever read the config. */
function addressOf(listenAt: string): { host: string; port: number } {
  const colon = listenAt.lastIndexOf(":");
  return { host: listenAt.slice(0, colon).replaceAll(/[[\]]/g, ""), port: Number(listenAt.slice(colon + 1)) };
}
