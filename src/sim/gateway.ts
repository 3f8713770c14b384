// The real gateway (real step, real SQLite, in memory) at the end of a cable, in virtual time. Its homeserver takes everything.

import type { Millis, VirtualClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Street } from "#emulator/street.ts";
import type { MatrixSend, RadioArrival, Report } from "#gateway/inputs.ts";
import type { Settings, UplinkSettings } from "#gateway/settings.ts";
import type { Turn } from "#gateway/turn.ts";
import { Pump } from "#pump";
import type { RadioEvent } from "#radio/events.ts";
import type { Store } from "#store/store.ts";
import { openStore } from "#store/open.ts";
import { Cable } from "./cable.ts";

const ROOM = "!street:example.org";
const OPERATORS = "!operators:example.org";

const UPLINK: UplinkSettings = {
  name: "street",
  homeserver: "http://127.0.0.1:1",
  mode: "bot",
  userId: "@muster:example.org",
  directMessages: true,
  operatorsMayShow: [],
  operatorsRoom: OPERATORS,
  matrixRooms: [{ id: ROOM, meshtasticChannel: 0, mayShow: [], prefixFormat: "" }],
};

/** The defaults of the config file, with a homeserver of the simulation's own. */
export const SIMULATED_SETTINGS: Settings = {
  node: { name: "Simulation", timezone: "UTC", language: "en" },
  meshtastic: {
    connectionType: "serial",
    serialPort: "",
    host: "",
    port: 0,
    messageDelay: 2.5,
    prefixFormat: "{display5}[M]: ",
    privatePort: 293,
    staleAfterHours: 6,
  },
  uplinks: [UPLINK],
  access: { matrixUsers: [], airtimeSharePerUser: 0.1, bellNodes: [] },
  airtime: { budgetPercent: 8, emergencyReservePercent: 4, utilisationCeiling: 25, urgentCeiling: 40 },
  knowledge: { folder: "", webdavUrl: "", webdavUser: "", webdavPassword: "", syncMinutes: 10 },
  services: [],
  notices: { lowBatteryPercent: 0, silentHours: 0 },
  database: { path: ":memory:" },
  control: { socket: "" },
  http: { listen: "127.0.0.1:0" },
  logging: { level: "error" },
  retention: { messagesDays: 90 },
};

const OFFER_AGAIN: Millis = 1_000;

export class SimulatedGateway {
  readonly cable: Cable;
  readonly store: Store = openStore(":memory:");
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #pump: Pump;
  /** Hears what the radio hands over, after the gateway was given it. */
  onArrival: ((arrival: RadioArrival) => void) | undefined;
  /** Hears what the homeserver is asked. */
  onRequest: ((send: MatrixSend) => void) | undefined;
  readonly #held: RadioArrival[] = [];
  #events = 0;

  constructor(street: Street, clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#pump = new Pump({
      gateway: { store: this.store, settings: SIMULATED_SETTINGS },
      clock,
      random,
      log: silentLog,
      bootId: "simulation",
      fatal: (error) => {
        throw error;
      },
    });
    this.cable = new Cable(street, clock, random, (events) => this.#heard(events));
    const pump = this.#pump;
    pump.attach({
      radio: { send: (send) => this.cable.send(send), request: (request) => this.cable.request(request) },
      uplinks: [
        {
          uplink: UPLINK.name,
          send: (send) => {
            this.onRequest?.(send);
            const outcome = { is: "delivered", eventId: `$${++this.#events}` } as const;
            pump.report({ kind: "matrix-outcome", sendId: send.sendId, outcome });
          },
          fetch: () => undefined,
        },
      ],
    });
    pump.start();
    this.#connect();
    this.cable.plug();
  }

  /** Does something in a step of its own, as a handler would; what it queued is looked after at once. */
  act<T>(work: (turn: Turn) => T): T {
    const [now, wall] = [this.#clock.now(), this.#clock.wall()];
    const turn = { store: this.store, settings: SIMULATED_SETTINGS, now, wall, random: this.#random };
    const result = this.store.transaction(() => work(turn));
    this.#pump.wake();
    return result;
  }

  /** A coordinator writes this in the room. */
  write(text: string): void {
    const event = {
      event_id: `$${++this.#events}`,
      type: "m.room.message",
      sender: "@coordinator:example.org",
      origin_server_ts: this.#clock.wall(),
      content: { msgtype: "m.text", body: text },
    };
    const who = { senderMaySpeak: true, senderMayRing: true, senderName: "Coordinator" };
    this.#pump.accept([{ kind: "matrix", uplink: UPLINK.name, room: ROOM, event, ...who }]);
  }

  get diskFull(): boolean {
    return this.#pump.diskFull;
  }

  /** The homeserver goes away, or comes back. */
  matrixAway(away: boolean): void {
    if (!away) return this.#connect();
    this.#pump.report({ kind: "uplink-state", uplink: UPLINK.name, state: "down", reason: "no network" });
  }

  #connect(): void {
    const uplink = UPLINK.name;
    this.#pump.report({ kind: "uplink-state", uplink, state: "ready", reason: "", userId: UPLINK.userId! });
    for (const room of [ROOM, OPERATORS]) {
      const state = { room, joined: true, maySpeak: true, encrypted: false };
      this.#pump.report({ kind: "room-state", uplink, configured: room, ...state });
    }
  }

  /** What a full disk refuses is kept and offered again, as the serial edge does. */
  #accept(arrivals: readonly RadioArrival[]): void {
    this.#held.push(...arrivals);
    if (this.#held.length === 0) return;
    if (this.#pump.accept(this.#held)) this.#held.length = 0;
    else this.#clock.after(OFFER_AGAIN, () => this.#accept([]));
  }

  #heard(events: readonly RadioEvent[]): void {
    const arrivals = events.filter((event) => event.kind === "radio");
    if (arrivals.length > 0) this.#accept(arrivals);
    for (const arrival of arrivals) this.onArrival?.(arrival);
    for (const event of events) if (isReport(event)) this.#pump.report(event);
  }
}

const NOT_REPORTED: readonly string[] = ["radio", "console", "note", "remedy"];

function isReport(event: RadioEvent): event is RadioEvent & Report {
  return !NOT_REPORTED.includes(event.kind);
}
