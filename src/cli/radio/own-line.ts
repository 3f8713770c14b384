// The radio by a port that this verb opens itself: by the same link code as the service.
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
import type { LinkState, RadioInfo } from "#radio/events.ts";
import { createRadioEdge } from "#serial/edge.ts";
import type { RunningRadioEdge } from "#serial/edge.ts";
import { Exchanges, type Answer, type Until } from "#serial/exchanges.ts";
import { openOrRecover } from "#store/recover.ts";
import { resumeTime } from "#store/timeline.ts";
import { bootId } from "#cli/service/boot.ts";
import { pause, restarted, RESTART_LOOK, type RadioLine } from "./session.ts";
import { Failure } from "#cli/verb.ts";

/** A board that resets when its port is opened takes 15 s to answer, and is called silent 15 s later. */
const READY_WITHIN: Millis = 40_000;
/** After the handshake the radio hands over what it has kept; this much quiet means that it is done. */
const HANDOVER_QUIET: Millis = 1_500;

/** On an operator's box the program that holds the port is most likely the service. */
const IF_BUSY =
  " If that is Muster's service: muster radio without --port asks by way of it; for anything else stop it meanwhile, sudo systemctl stop muster.";

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

export class OwnLine implements RadioLine {
  readonly throughService = false;
  readonly #place: MeshtasticSettings;
  readonly #keeper: Keeper;
  readonly #exchanges = new Exchanges();
  #edge: RunningRadioEdge;
  #state: LinkState = "opening";
  #reason = "";
  #info: RadioInfo | undefined;
  #look: () => void = () => undefined;
  /** How long the last handshake took, from the opening of the port. */
  handshake: Millis = 0;

  private constructor(place: MeshtasticSettings, keeper: Keeper) {
    this.#place = place;
    this.#keeper = keeper;
    this.#edge = this.#newEdge();
  }

  /** Resolves when the radio is ready. Throws `Failure` in words when it cannot be reached. */
  static async open(place: MeshtasticSettings, keeper: Keeper): Promise<OwnLine> {
    const line = new OwnLine(place, keeper);
    await line.#start(READY_WITHIN);
    if (line.#isReady()) return line;
    await line.close();
    const hint = line.#reason.includes("is busy") ? IF_BUSY : "";
    throw new Failure(`The radio cannot be asked: ${line.#reason || `it is ${line.#state}`}.${hint}`);
  }

  get info(): RadioInfo {
    return this.#info!;
  }

  exchange(message: Uint8Array, until: Until): Promise<readonly Answer[]> {
    return this.#exchanges.exchange(() => this.#edge.ask(message), until);
  }

  /** Its link comes back by itself while the port is open. */
  async again(): Promise<void> {}

  /** The port is closed meanwhile, so that nothing of the old session is taken for the new one. */
  back(): Promise<void> {
    const before = this.info.rebootCount;
    return restarted(async (left) => {
      await this.#edge.stop();
      await pause(RESTART_LOOK);
      this.#state = "opening";
      this.#edge = this.#newEdge();
      await this.#start(left - RESTART_LOOK, true);
      return this.#isReady() && this.info.rebootCount !== before;
    });
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
      answered: (answer) => this.#exchanges.heard(answer),
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
}
