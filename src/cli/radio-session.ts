// A visit to one radio from the command line: by the same link code as the service, with the admin protocol on top.
//
// The radio hands each packet over only once. A visit to the gateway's own radio therefore commits whatever it is handed to
// the inbox, for the next `run` (`storeKeeper`); of another radio, which is somebody's handheld, nothing is kept.

import type { Clock, Millis } from "#base/clock.ts";
import { systemClock, uptime, wallClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { systemRandom } from "#base/random.ts";
import { keepArrivals } from "#gateway/arrivals.ts";
import type { Door } from "#gateway/inputs.ts";
import type { MeshtasticSettings } from "#gateway/settings.ts";
import { everyQuestion, passkeyIn, settingsFrom, withPasskey } from "#radio/admin.ts";
import type { Order, Question } from "#radio/admin.ts";
import { numberIn } from "#radio/bare.ts";
import type { AdminAnswer, LinkState, RadioInfo } from "#radio/events.ts";
import type { RadioSettings } from "#radio/settings.ts";
import { createRadioEdge } from "#serial/edge.ts";
import type { RunningRadioEdge } from "#serial/edge.ts";
import { openOrRecover } from "#store/recover.ts";
import { resumeTime } from "#store/timeline.ts";
import { bootId } from "./boot.ts";
import { Failure } from "./verb.ts";

/** A board that resets when its port is opened takes 15 s to answer, and is called silent 15 s later. */
const READY_WITHIN: Millis = 40_000;
/** Ready a few seconds after the restart on every board seen (meshtastic-facts 7.1: 4.5 to 7 s). */
const BACK_WITHIN: Millis = 60_000;
const LOOK_AGAIN: Millis = 1_500;
/** A radio answers its host within a quarter of a second; on a busy air it may take a few. */
const ANSWER_WITHIN: Millis = 4_000;
const TRIES = 3;
/** An acknowledgement can come before the answer itself. */
const AFTER_ACK: Millis = 700;
/** After the handshake the radio hands over what it has kept; this much quiet means that it is done. */
const HANDOVER_QUIET: Millis = 1_500;

const ADMIN_PORT = 6;
const ROUTING_ERROR = 3;

/** Where arrivals go that the radio hands over meanwhile. */
export interface Keeper {
  readonly clock: Clock;
  readonly accept: Door["accept"];
  /** Arrivals kept so far. */
  kept(): number;
  /** When the last arrival was kept, by the wall clock; 0 before any. */
  lastAt(): Millis;
  close(): void;
}

/** For a radio that is not the gateway's. */
export function noKeeper(): Keeper {
  return { clock: systemClock(), accept: () => true, kept: () => 0, lastAt: () => 0, close: () => undefined };
}

/** Into the gateway's inbox. Throws `Failure` when the database cannot be used: then the radio must not be asked. */
export function storeKeeper(path: string): Keeper {
  let kept = 0;
  let lastAt = 0;
  try {
    const { store } = openOrRecover(path, wallClock.wall());
    const start = { bootId: bootId(), uptime: uptime(), wall: wallClock.wall(), rate: 1 };
    const clock = systemClock(1, resumeTime(store, start));
    return {
      clock,
      accept: (arrivals, position) => {
        store.transaction(() => keepArrivals(store, arrivals, position, clock.now()));
        kept += arrivals.length;
        lastAt = wallClock.now();
        return true;
      },
      kept: () => kept,
      lastAt: () => lastAt,
      close: () => store.close(),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `The radio was not asked: what it hands over could not be kept, for ${path} cannot be used (${why}).`,
    );
  }
}

export function pause(time: Millis): Promise<void> {
  return new Promise((resolve) => void wallClock.after(time, resolve));
}

export class RadioSession {
  readonly #place: MeshtasticSettings;
  readonly #keeper: Keeper;
  #edge: RunningRadioEdge;
  #state: LinkState = "opening";
  #reason = "";
  #info: RadioInfo | undefined;
  #passkey: Uint8Array | undefined;
  #hear: ((answer: AdminAnswer) => void) | undefined;
  #look: () => void = () => undefined;
  /** How long the last handshake took, from the opening of the port. */
  handshake: Millis = 0;
  /** How long each answer took. */
  readonly answers: Millis[] = [];

  private constructor(place: MeshtasticSettings, keeper: Keeper) {
    this.#place = place;
    this.#keeper = keeper;
    this.#edge = this.#newEdge();
  }

  /** Resolves when the radio is ready. Throws `Failure` in words when it cannot be reached. */
  static async open(place: MeshtasticSettings, keeper: Keeper): Promise<RadioSession> {
    const session = new RadioSession(place, keeper);
    await session.#start(READY_WITHIN);
    if (session.#isReady()) return session;
    await session.close();
    throw new Failure(`The radio cannot be asked: ${session.#reason || `it is ${session.#state}`}.`);
  }

  /** As the radio described itself in the last handshake. */
  get info(): RadioInfo {
    return this.#info!;
  }

  /** A part of the settings; undefined when the radio has no such part. Throws `Failure` when it does not answer. */
  async ask(question: Question): Promise<Uint8Array | undefined> {
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await this.#exchange(question.message, (heard) => {
        if (heard.portnum !== ADMIN_PORT) return undefined;
        this.#passkey = passkeyIn(heard.payload) ?? this.#passkey;
        return question.read(heard.payload);
      });
      if (answer !== "silent") return answer === "no" ? undefined : answer;
    }
    throw new Failure(`The radio did not say its settings (${question.about}). Nothing was changed.`);
  }

  /** Throws `Failure` when the radio refuses or does not acknowledge. */
  async order(order: Order): Promise<void> {
    const acknowledged = (heard: AdminAnswer): true | undefined =>
      heard.portnum === ADMIN_PORT || (numberIn(heard.payload, ROUTING_ERROR) ?? 0) === 0 ? true : undefined;
    for (let tries = 0; tries < TRIES; tries++) {
      const answer = await this.#exchange(withPasskey(order.message, this.#passkey), acknowledged);
      if (answer === true) return;
      if (answer === "no")
        throw new Failure(`The radio refuses to be set (${order.about}). Is it managed by somebody else?`);
    }
    throw new Failure(`The radio did not acknowledge: ${order.about}.`);
  }

  /** Everything it can be asked, in about two seconds. */
  async settings(): Promise<RadioSettings> {
    const answers = new Map<string, Uint8Array>();
    for (const question of everyQuestion()) {
      const part = await this.ask(question);
      if (part) answers.set(question.about, part);
    }
    return settingsFrom(answers);
  }

  /**
   * Waits until the radio has restarted and is ready again. The port is closed meanwhile, so that nothing of the old
   * session is taken for the new one. Throws `Failure` when it does not come back.
   */
  async back(): Promise<void> {
    const before = this.info.rebootCount;
    for (const end = wallClock.now() + BACK_WITHIN; wallClock.now() < end;) {
      await this.#edge.stop();
      await pause(LOOK_AGAIN);
      this.#state = "opening";
      this.#edge = this.#newEdge();
      await this.#start(end - wallClock.now(), true);
      if (this.#isReady() && this.info.rebootCount !== before) return;
    }
    throw new Failure("The radio did not come back after its restart within a minute. Look at its screen or light.");
  }

  /** Until what the radio has kept for us is handed over; then takes leave. Answers the number of arrivals kept. */
  async close(): Promise<number> {
    for (let left; (left = this.#keeper.lastAt() + HANDOVER_QUIET - wallClock.now()) > 0 && this.#isReady();)
      await pause(left);
    await this.#edge.stop();
    this.#keeper.close();
    return this.#keeper.kept();
  }

  #isReady(): boolean {
    return this.#state === "ready";
  }

  #newEdge(): RunningRadioEdge {
    const door: Door = {
      accept: (arrivals, position) => this.#keeper.accept(arrivals, position),
      position: () => undefined,
      report: (report) => {
        if (report.kind === "radio-configured") this.#info = report.info;
        if (report.kind === "radio-state") {
          this.#state = report.state;
          this.#reason = report.reason;
        }
        this.#look();
      },
    };
    return createRadioEdge({
      settings: this.#place,
      door,
      clock: this.#keeper.clock,
      random: systemRandom,
      log: silentLog,
      answered: (answer) => this.#hear?.(answer),
    });
  }

  /** `patient`: a port that is not there yet is waited for. */
  async #start(within: Millis, patient = false): Promise<void> {
    const began = wallClock.now();
    this.#edge.start();
    await new Promise<void>((resolve) => {
      const done = (): void => {
        giveUp();
        resolve();
      };
      const giveUp = wallClock.after(within, resolve);
      this.#look = () => {
        if (this.#state === "ready" || (!patient && ["silent", "down"].includes(this.#state))) done();
      };
      this.#look();
    });
    this.#look = () => undefined;
    this.handshake = wallClock.now() - began;
  }

  /** What `read` makes of an answer; "no" when the radio only acknowledged or refused; "silent" when nothing came. */
  #exchange<T>(message: Uint8Array, read: (answer: AdminAnswer) => T | undefined): Promise<T | "no" | "silent"> {
    const asked = wallClock.now();
    return new Promise((resolve) => {
      const end = (value: T | "no" | "silent"): void => {
        this.#hear = undefined;
        giveUp();
        if (value !== "silent") this.answers.push(wallClock.now() - asked);
        resolve(value);
      };
      let giveUp = wallClock.after(ANSWER_WITHIN, () => end("silent"));
      // Set before anything can be heard: the answer comes in a later turn of the loop.
      const id = this.#edge.ask(message);
      this.#hear = (answer) => {
        if (answer.requestId !== id) return;
        const value = read(answer);
        if (value !== undefined) return end(value);
        giveUp();
        giveUp = wallClock.after(AFTER_ACK, () => end("no"));
      };
    });
  }
}
