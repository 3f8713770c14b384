// The whole gateway, composed: one store, one pump, one radio, the uplinks. Wiring only.

import { randomBytes } from "node:crypto";
import { systemClock, uptime, wallClock, type Clock, type Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { systemRandom } from "#base/random.ts";
import type { Door } from "#gateway/inputs.ts";
import { diagnosisView } from "#gateway/diagnosis.ts";
import { metricsView, type Metric } from "#gateway/metrics.ts";
import type { Settings } from "#gateway/settings.ts";
import { clockSure } from "#gateway/turn.ts";
import { traceView } from "#gateway/trace.ts";
import { messagesView, statusView, type StatusView } from "#gateway/views.ts";
import type { Escort } from "#matrix/companions.ts";
import type { Claim } from "#matrix/fence.ts";
import { Neighbours } from "./neighbours.ts";
import { createProbe } from "#web/probe.ts";
import { createUplink } from "#matrix/uplink.ts";
import { Pump } from "#pump";
import { createRadioEdge } from "#serial/edge.ts";
import { copyOf, markReplaced, replacedBy } from "#store/copies.ts";
import { isDamage, markSuspect, openOrRecover } from "#store/recover.ts";
import type { Store } from "#store/store.ts";
import { resumeTime, saveAnchor } from "#store/timeline.ts";
import { askDesk } from "./desk.ts";
import { answerWire } from "./wire.ts";
import { bootId, machineName } from "./boot.ts";
import type { Vital } from "./notify.ts";
import { checkFile, Upkeep } from "./upkeep.ts";
import { machineMetrics } from "#cli/doctor/machine-health.ts";
import { RadioDesk } from "#cli/radio/desk.ts";
import { UsageError } from "#cli/verb.ts";
import type { Unready } from "#web/health.ts";

export interface GatewayOptions {
  readonly log: Log;
  readonly clockRate: number;
  /** A bug of ours: the program must end and be started again. */
  readonly fatal: (error: unknown) => void;
  /** Another copy of this gateway runs: the program must end, and stay so. */
  readonly replaced: (words: string) => void;
}

export interface RunningGateway {
  /** Answers one verb of the control socket; throws in words for one it does not know. */
  readonly answer: (verb: string, args: Readonly<Record<string, unknown>>) => unknown;
  readonly unready: () => readonly Unready[];
  readonly metrics: () => readonly Metric[];
  /** What must get on for the program to be alive. */
  readonly vitals: readonly Vital[];
  /** Takes leave of radio and homeservers, and closes the database last. */
  stop(): Promise<void>;
}

/** `knowledge publish` waits for a whole round. */
export const PUBLISH = "knowledge publish";

/** A loop that is this much behind is not alive. */
const LATE: Millis = 5_000;

/** Opens the database and starts everything. Throws (StoreRefusal) when the database is not ours to open. */
export function startGateway(settings: Settings, options: GatewayOptions): RunningGateway {
  const { log } = options;
  const { store, recovery } = openOrRecover(settings.database.path, wallClock.wall());
  if (recovery) log.error(`the database was damaged and has been repaired: ${recovery.words}`);
  const claim = claimOf(store);
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
  const radioDesk = new RadioDesk(log.room("radio"));
  const radio = createRadioEdge({
    settings: settings.meshtastic,
    door: radioDesk.watch(pump),
    answered: (answer) => radioDesk.heard(answer),
    clock,
    random: systemRandom,
    log: log.room("radio"),
    trustClock: () => clockSure(clock.wall()),
  });
  const escort = escortOf(store, settings, claim, options);
  const uplinks = settings.uplinks.map((each) =>
    createUplink({ settings: each, door: pump, clock, log: log.room(`matrix ${each.name}`), escort }),
  );
  const upkeep = new Upkeep({ store, door: pump, clock, log: log.room("upkeep"), fatal: options.fatal });
  const neighbours = new Neighbours({
    settings,
    door: pump,
    clock,
    log: log.room("neighbours"),
    probe: createProbe(() => clockSure(clock.wall())),
  });
  radioDesk.attach(radio);
  pump.attach({ radio, uplinks });
  pump.start();
  radio.start();
  for (const uplink of uplinks) uplink.start();
  upkeep.start();
  neighbours.start();

  const status = (): StatusView =>
    statusView(store, settings, { now: clock.wall(), running: true, databaseOk: !pump.diskFull });
  return {
    answer: (verb, args) =>
      (verb === PUBLISH ? neighbours.sync() : undefined) ??
      radioDesk.answer(verb, args) ??
      askDesk(pump, store, verb, args) ??
      answer(pump, store, settings, status, verb, args),
    unready: () => unready(status()),
    metrics: () => [...pump.ask(metricsView), ...machineMetrics(settings, pump.diskFull)],
    vitals: [
      { name: "reader", alive: () => radio.turn() },
      { name: "committer", alive: () => (store.probe(), true) },
      { name: "scheduler", alive: () => pump.lateness <= LATE * options.clockRate },
    ],
    stop: async () => {
      radioDesk.stop();
      await Promise.all([upkeep.stop(), neighbours.stop(), radio.stop(), ...uplinks.map((uplink) => uplink.stop())]);
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
  if (verb === "copy-database") return copyDatabase(store, String(args["to"]));
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

/** For a backup: a copy that was found sound. Resolves when it is complete. */
async function copyDatabase(store: Store, to: string): Promise<null> {
  await store.backup(to);
  const wrong = await checkFile(to);
  if (wrong !== undefined) throw new Error(`The database is damaged: ${wrong}`);
  return null;
}

function unready(status: StatusView): Unready[] {
  const reasons: Unready[] = [];
  if (status.radio.state !== "ready")
    reasons.push({ what: "radio", reason: `${status.radio.state}: ${status.radio.reason}` });
  if (!status.database.ok) reasons.push({ what: "database", reason: "the disk is full" });
  return reasons;
}

/** Throws `Replaced` when another copy of this gateway has taken its place. */
function claimOf(store: Store): Claim {
  const words = replacedBy(store);
  if (words !== undefined) {
    store.close();
    throw new Replaced(words);
  }
  const copy = store.transaction(() => copyOf(store, randomBytes(6).toString("hex")));
  return { ...copy, machine: machineName() };
}

/** This copy must not run any more. */
export class Replaced extends UsageError {
  constructor(words: string) {
    super(`This copy of the gateway does not run any more: ${words}`);
  }
}

function escortOf(store: Store, settings: Settings, claim: Claim, options: GatewayOptions): Escort {
  return {
    claim,
    onReplaced: (words) => {
      store.transaction(() => markReplaced(store, words));
      options.replaced(words);
    },
    ...deadManOf(settings),
  };
}

function deadManOf({ node, notices }: Settings): Pick<Escort, "deadMan"> {
  const minutes = notices.deadManMinutes ?? 0;
  if (minutes === 0) return {};
  const { name } = node;
  const words = {
    silent: `⚠️ ${name}: the gateway has not been heard of for ${minutes} minutes. Radios are not heard here until it is back. Look at its power, its network and its log (journalctl -u muster).`,
    stopped: `${name}: the gateway was stopped in order, or its box was shut down, and has not come back for ${minutes} minutes. Radios are not heard here until it is. To start it: sudo systemctl start muster`,
    back: `${name}: the gateway is back.`,
  };
  return { deadMan: { words, after: minutes * 60_000 } };
}

/** A clock that goes on where the database's time stopped. */
function resumeClock(store: Store, rate: number): Clock {
  const start = { bootId: bootId(), uptime: uptime(), wall: wallClock.wall(), rate };
  const now = resumeTime(store, start);
  store.transaction(() => saveAnchor(store, { bootId: start.bootId, uptime: start.uptime, now }));
  return systemClock(rate, now);
}
