// What the running service does beside the gateway for the neighbourhood's own services: looks at each in turn, and keeps the folder
// of procedures in step with the shared one. Wiring and the two rhythms; nothing is decided here.

import type { Cancel, Clock, Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Door } from "#gateway/inputs.ts";
import type { Settings } from "#gateway/settings.ts";
import { shareEnded, shareStarts, type ShareOutcome } from "#gateway/knowledge/share.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Probe } from "#web/probe.ts";

export interface NeighboursOptions {
  readonly settings: Settings;
  readonly door: Pick<Door, "report"> & { ask<T>(question: (turn: Turn) => T): T };
  readonly clock: Clock;
  readonly log: Log;
  readonly probe: Probe;
}

const LOOK_EVERY: Millis = 60_000;
const FIRST_LOOK: Millis = 2_000;
const MINUTE: Millis = 60_000;

export class Neighbours {
  readonly #options: NeighboursOptions;
  readonly #timers = new Map<string, Cancel>();
  readonly #working = new Set<Promise<unknown>>();
  #syncing: Promise<ShareOutcome> | undefined;
  #stopped = false;

  constructor(options: NeighboursOptions) {
    this.#options = options;
  }

  start(): void {
    const { services, knowledge } = this.#options.settings;
    if (services.some(({ check }) => check !== undefined)) this.#after("look", FIRST_LOOK, () => this.#look());
    if (knowledge.webdavUrl !== "") this.#after("sync", FIRST_LOOK, () => this.sync());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    await Promise.allSettled(this.#working);
  }

  /** One round now; a round that is under way is the one. */
  sync(): Promise<ShareOutcome> {
    this.#syncing ??= this.#round().finally(() => {
      this.#syncing = undefined;
      this.#after("sync", this.#options.settings.knowledge.syncMinutes * MINUTE, () => this.sync());
    });
    return this.#syncing;
  }

  async #round(): Promise<ShareOutcome> {
    const { door, log } = this.#options;
    const { folder, webdavUrl, webdavUser, webdavPassword } = this.#options.settings.knowledge;
    const options = { url: webdavUrl, user: webdavUser, password: webdavPassword, folder };
    // Loaded where there is such a folder only: the library takes 5 MB of memory.
    const { syncShare } = await import("#web/share.ts");
    const outcome = await syncShare(options, door.ask(shareStarts));
    if (!this.#stopped) door.ask((turn) => shareEnded(turn, outcome));
    const { uploaded, downloaded, trouble } = outcome;
    if (trouble !== undefined) log.warn(`the shared folder: ${trouble}`);
    else if (uploaded + downloaded > 0) log.info("the shared folder is in step", { uploaded, downloaded });
    return outcome;
  }

  async #look(): Promise<void> {
    const { settings, probe, door } = this.#options;
    const checked = settings.services.filter(({ check }) => check !== undefined);
    const seen = await Promise.all(
      checked.map(async ({ name, check }) => {
        const reason = await probe(check!);
        return { name, up: reason === undefined, reason: reason ?? "" };
      }),
    );
    if (!this.#stopped) door.report({ kind: "services-seen", seen });
    this.#after("look", LOOK_EVERY, () => this.#look());
  }

  #after(what: string, delay: Millis, run: () => Promise<unknown>): void {
    if (this.#stopped) return;
    this.#timers.get(what)?.();
    const cancel = this.#options.clock.after(delay, () => {
      const work = run()
        .catch((error: unknown) => this.#options.log.error(`${what} failed`, { error: String(error) }))
        .finally(() => this.#working.delete(work));
      this.#working.add(work);
    });
    this.#timers.set(what, cancel);
  }
}
