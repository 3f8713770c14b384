// One uplink in bot mode: a login by access token, its rooms, what is said in them, and what we send.
//
// The life of a login: whoami → a position → the rooms → /sync for ever. A refused token ends it: everything is held, the
// token file is read again on every try, and a token that works begins a new life. Other faults only slow it down. Sends
// go their own way, one in flight per room, and every one that was handed over is answered by exactly one outcome, unless
// the uplink stops first; then the gateway says it again with the same transaction id.

import { readFileSync } from "node:fs";
import { wallClock } from "#base/clock.ts";
import type { Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Door, FileRequest, MatrixSend, UplinkState } from "#gateway/inputs.ts";
import type { UplinkSettings } from "#gateway/settings.ts";
import type { Fault } from "./faults.ts";
import { DEADLINES, Homeserver } from "./homeserver.ts";
import type { Asked, Deadlines } from "./homeserver.ts";
import { Companions } from "./companions.ts";
import { Ladder, waitFor } from "./ladder.ts";
import { fetchFile } from "./media.ts";
import { Rooms, roomsIn } from "./rooms.ts";
import { LONGEST_LIMIT, Sending, unexpected } from "./sending.ts";
import { readNews, startFromNow, takePosition } from "./sync.ts";
import type { SyncContext } from "./sync.ts";
import { AppserviceUplink } from "./appservice.ts";
import { isOpenHttp } from "./where.ts";
import type { UplinkOptions, Uplink } from "./uplink-form.ts";

const TOP_WAIT: Millis = 30_000;
/** What is in flight when we stop gets this long to be answered. */
const STOP_LIMIT: Millis = 2000;

export function createUplink(options: UplinkOptions): Uplink {
  return options.settings.mode === "appservice" ? new AppserviceUplink(options) : new BotUplink(options);
}

interface Login {
  readonly homeserver: Homeserver;
  readonly self: string;
  readonly rooms: Rooms;
}

class BotUplink implements Uplink {
  readonly uplink: string;
  readonly #settings: UplinkSettings;
  readonly #door: Door;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #deadlines: Deadlines;
  readonly #sending: Sending;
  readonly #companions: Companions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #login: Login | undefined;
  /** Asked before there is a login: what it owes us must not hold up the end. */
  #asked: Homeserver | undefined;
  #state: string | undefined;
  /** Ends the /sync under way, so that the loop looks around. */
  #poll = new AbortController();

  constructor(options: UplinkOptions) {
    this.uplink = options.settings.name;
    this.#settings = options.settings;
    this.#door = options.door;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
    const { uplink } = this;
    const { door, log, escort } = options;
    this.#companions = new Companions({ uplink, door, log, ...(escort ? { escort } : {}) });
    this.#sending = new Sending({ uplink, door, log, onLogin: (fault) => this.#loseLogin(fault) });
  }

  start(): void {
    if (isOpenHttp(this.#settings.homeserver))
      this.#log.warn("the access token goes over the network unencrypted: use https", { uplink: this.uplink });
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
    this.#poll.abort();
    const cancel = wallClock.after(STOP_LIMIT, () => this.#hangUp());
    await Promise.all([this.#sending.drain(), this.#companions.leave()]);
    cancel();
    this.#hangUp();
    await this.#running;
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

  /** From whoami to the fault that ended it. */
  async #live(ladder: Ladder): Promise<Fault> {
    const began = await this.#begin();
    if (!began.ok) return began.refusal;
    this.#login = began.value;
    const { homeserver, self, rooms } = began.value;
    this.#sending.held = undefined;
    this.#sending.way = {
      rooms,
      speaker: () => self,
      put: (send) => homeserver.put(send),
      find: (send, key) => homeserver.find(send, self, key),
    };
    const replaced = await this.#companions.begin(homeserver, self);
    if (replaced) return replaced;
    const context = { uplink: this.uplink, self, homeserver, door: this.#door, log: this.#log };
    const positioned = await takePosition(context);
    if (!positioned.ok) return positioned.refusal;
    await rooms.checkAll();
    this.#companions.watch(homeserver, rooms, this.#settings.operatorsRoom);
    return this.#listen(context, rooms, ladder);
  }

  async #begin(): Promise<Asked<Login>> {
    const token = this.#token();
    if (token === undefined) return refused({ is: "login", reason: "there is no access token to log in with" });
    const homeserver = new Homeserver(this.#settings.homeserver, token, this.#deadlines, this.#log);
    this.#asked = homeserver;
    const who = await homeserver.whoami();
    if (!who.ok) return who;
    const self = who.value;
    if (this.#settings.userId !== undefined && this.#settings.userId !== self)
      return refused({
        is: "login",
        reason: `the access token is ${self}'s, the config says ${this.#settings.userId}`,
      });
    const rooms = new Rooms({
      uplink: this.uplink,
      configured: roomsIn(this.#settings),
      self,
      homeserver,
      clock: this.#clock,
      door: this.#door,
      log: this.#log,
      onRoomsChanged: () => this.#poll.abort(),
      onLogin: (fault) => this.#loseLogin(fault),
    });
    return parsed({ homeserver, self, rooms });
  }

  /** The file first: it is where an operator puts a new one. */
  #token(): string | undefined {
    const { accessTokenFile, accessToken } = this.#settings;
    try {
      const kept = accessTokenFile === undefined ? "" : readFileSync(accessTokenFile, "utf8").trim();
      if (kept !== "") return kept;
    } catch {
      // Unreadable by now: what the config was read with may still do.
    }
    return accessToken?.trim() || undefined;
  }

  async #listen(context: SyncContext, rooms: Rooms, ladder: Ladder): Promise<Fault> {
    let wait = false;
    while (!this.#stopping.signal.aborted) {
      if (this.#sending.held) return this.#sending.held;
      this.#poll = new AbortController();
      const news = await readNews(context, rooms, wait, this.#poll.signal);
      if (news.ok) {
        this.#tell("ready", "", context.self);
        ladder.reset();
        wait = true;
      } else if (news.refusal.is === "login") {
        return news.refusal;
      } else if (!this.#poll.signal.aborted) {
        this.#tell("down", news.refusal.reason);
        wait = false;
        if (news.refusal.is === "refused") await this.#startFromNow(context, rooms, news.refusal);
        await this.#wait(ladder, news.refusal);
      }
    }
    return { is: "transient", reason: "stopping" };
  }

  async #startFromNow(context: SyncContext, rooms: Rooms, fault: Fault): Promise<void> {
    const started = await startFromNow(context, rooms.ids());
    const words =
      "the homeserver does not know our position in its events any more; what was said meanwhile is lost to us";
    if (started.ok) this.#log.error(words, { uplink: this.uplink, reason: fault.reason });
  }

  #loseLogin(fault: Fault): void {
    this.#sending.held ??= fault;
    this.#tell("held", fault.reason);
    this.#poll.abort();
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
    if (state === "down" || state === "held") this.#log.warn(`uplink ${state}`, { uplink: this.uplink, reason });
    else this.#log.info(`uplink ${state}`, { uplink: this.uplink });
    const who = userId === undefined ? {} : { userId };
    this.#door.report({ kind: "uplink-state", uplink: this.uplink, state, reason, ...who });
  }
}
