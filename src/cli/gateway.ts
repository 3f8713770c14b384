// The whole gateway, composed: one store, one pump, one radio, the uplinks. Wiring only.

import { systemClock, uptime, wallClock, type Clock, type Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { systemRandom } from "#base/random.ts";
import type { Door } from "#gateway/inputs.ts";
import { diagnosisView } from "#gateway/diagnosis.ts";
import type { Settings } from "#gateway/settings.ts";
import { clockSure } from "#gateway/turn.ts";
import { traceView } from "#gateway/trace.ts";
import { messagesView, statusView, type StatusView } from "#gateway/views.ts";
import { createUplink } from "#matrix/uplink.ts";
import { Pump } from "#pump";
import { createRadioEdge } from "#serial/edge.ts";
import { isDamage, markSuspect, openOrRecover } from "#store/recover.ts";
import type { Store } from "#store/store.ts";
import { resumeTime, saveAnchor } from "#store/timeline.ts";
import { askDesk } from "./desk-service.ts";
import { answerWire } from "./wire-service.ts";
import { bootId } from "./boot.ts";
import type { Vital } from "./notify.ts";
import { Upkeep } from "./upkeep.ts";
import type { Unready } from "#web/health.ts";

export interface GatewayOptions {
  readonly log: Log;
  readonly clockRate: number;
  /** A bug of ours: the program must end and be started again. */
  readonly fatal: (error: unknown) => void;
}

export interface RunningGateway {
  /** Answers one verb of the control socket; throws in words for one it does not know. */
  readonly answer: (verb: string, args: Readonly<Record<string, unknown>>) => unknown;
  readonly unready: () => readonly Unready[];
  /** What must get on for the program to be alive. */
  readonly vitals: readonly Vital[];
  /** Takes leave of radio and homeservers, and closes the database last. */
  stop(): Promise<void>;
}

/** A loop that is this much behind is not alive. */
const LATE: Millis = 5_000;

/** Opens the database and starts everything. Throws (StoreRefusal) when the database is not ours to open. */
export function startGateway(settings: Settings, options: GatewayOptions): RunningGateway {
  const { log } = options;
  const { store, recovery } = openOrRecover(settings.database.path, wallClock.wall());
  if (recovery) log.error(`the database was damaged and has been repaired: ${recovery.words}`);
  const clock = resumeClock(store, options.clockRate);
  const pump = new Pump({
    gateway: { store, settings },
    clock,
    random: systemRandom,
    log: log.room("gateway"),
    bootId: bootId(),
    fatal: (error) => {
      if (isDamage(error)) markSuspect(settings.database.path, "reading it failed while it was in use");
      options.fatal(error);
    },
  });
  const radio = createRadioEdge({
    settings: settings.meshtastic,
    door: pump,
    clock,
    random: systemRandom,
    log: log.room("radio"),
    trustClock: () => clockSure(clock.wall()),
  });
  const uplinks = settings.uplinks.map((each) =>
    createUplink({ settings: each, door: pump, clock, log: log.room(`matrix ${each.name}`) }),
  );
  const upkeep = new Upkeep({ store, door: pump, clock, log: log.room("upkeep"), fatal: options.fatal });
  pump.attach({ radio, uplinks });
  pump.start();
  radio.start();
  for (const uplink of uplinks) uplink.start();
  upkeep.start();

  const status = (): StatusView =>
    statusView(store, settings, { now: clock.wall(), running: true, databaseOk: !pump.diskFull });
  return {
    answer: (verb, args) => askDesk(pump, store, verb, args) ?? answer(pump, store, settings, status, verb, args),
    unready: () => unready(status()),
    vitals: [
      { name: "reader", alive: () => radio.turn() },
      { name: "committer", alive: () => (store.probe(), true) },
      { name: "scheduler", alive: () => pump.lateness <= LATE * options.clockRate },
    ],
    stop: async () => {
      await Promise.all([upkeep.stop(), radio.stop(), ...uplinks.map((uplink) => uplink.stop())]);
      pump.stop();
      store.close();
    },
  };
}

function answer(
  door: Door,
  store: Store,
  settings: Settings,
  status: () => StatusView,
  verb: string,
  args: Readonly<Record<string, unknown>>,
): unknown {
  if (verb === "status") return status();
  if (verb === "diagnosis") return diagnosisView(store, settings);
  if (verb === "trace") return traceView(store, String(args["id"])) ?? null;
  if (verb === "messages") {
    const { since, state } = args;
    return messagesView(store, {
      ...(typeof since === "number" ? { since } : {}),
      ...(typeof state === "string" ? { state } : {}),
    });
  }
  const wire = answerWire(door, store, verb, args);
  if (wire !== undefined) return wire;
  throw new Error(`The running Muster does not know "${verb}".`);
}

function unready(status: StatusView): Unready[] {
  const reasons: Unready[] = [];
  if (status.radio.state !== "ready")
    reasons.push({ what: "radio", reason: `${status.radio.state}: ${status.radio.reason}` });
  if (!status.database.ok) reasons.push({ what: "database", reason: "the disk is full" });
  return reasons;
}

/** A clock that goes on where the database's time stopped. */
function resumeClock(store: Store, rate: number): Clock {
  const start = { bootId: bootId(), uptime: uptime(), wall: wallClock.wall(), rate };
  const now = resumeTime(store, start);
  store.transaction(() => saveAnchor(store, { bootId: start.bootId, uptime: start.uptime, now }));
  return systemClock(rate, now);
}
