// The real gateway, store and pump under virtual time, with edges that only remember what they were asked.

import { utf8 } from "#base/bytes.ts";
import { VirtualClock } from "#base/clock.ts";
import { nodeNum, type NodeNum } from "#base/ids.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import type {
  FileRequest,
  MatrixArrival,
  MatrixOutcome,
  MatrixSend,
  MeshPacket,
  MeshSend,
  PortBody,
  RadioArrival,
  RadioInfo,
  RadioRequest,
} from "#gateway/inputs.ts";
import { roomsOf } from "#gateway/matrix/places.ts";
import type { Settings, UplinkSettings } from "#gateway/settings.ts";
import { messagesView } from "#gateway/views.ts";
import { Pump } from "#pump";
import type { Store } from "#store/store.ts";
import { openStore } from "#store/open.ts";

export const US = nodeNum(0x0a0a0a0a);
export const ANA = nodeNum(0x11111111);
export const BEN = nodeNum(0x22222222);
export const EVERYONE = nodeNum(0xffffffff);
export const STREET = "!street:example.org";
export const OPS = "!ops:example.org";
export const START = Date.UTC(2026, 10, 22, 14, 2);

export function uplink(over: Partial<UplinkSettings> = {}): UplinkSettings {
  return {
    name: "street",
    homeserver: "http://127.0.0.1:1",
    mode: "bot",
    userId: "@muster:example.org",
    directMessages: true,
    operatorsMayShow: [],
    operatorsRoom: OPS,
    matrixRooms: [{ id: STREET, meshtasticChannel: 0, mayShow: [], prefixFormat: "[{long}/{mesh}]: " }],
    ...over,
  };
}

export function settings(over: Partial<Settings> = {}): Settings {
  return {
    node: { name: "Elm Street", timezone: "UTC", language: "en" },
    meshtastic: {
      connectionType: "tcp",
      serialPort: "",
      host: "127.0.0.1",
      port: 4403,
      messageDelay: 2.5,
      prefixFormat: "{display5}[M]: ",
      privatePort: 293,
      staleAfterHours: 12,
    },
    uplinks: [uplink()],
    access: { matrixUsers: [], airtimeSharePerUser: 0.1, bellNodes: [] },
    knowledge: { folder: "", webdavUrl: "", webdavUser: "", webdavPassword: "", syncMinutes: 10 },
    services: [],
    notices: { lowBatteryPercent: 0, silentHours: 0 },
    airtime: { budgetPercent: 8, emergencyReservePercent: 4, utilisationCeiling: 25, urgentCeiling: 40 },
    database: { path: ":memory:" },
    control: { socket: "" },
    http: { listen: "127.0.0.1:0" },
    logging: { level: "error" },
    retention: { messagesDays: 90 },
    ...over,
  };
}

export const RADIO_INFO: RadioInfo = {
  node: US,
  firmware: "2.7.26.54e0d8d",
  region: "EU_868",
  modemPreset: "LONG_FAST",
  hopLimit: 3,
  rebootCount: 1,
  channels: [{ index: 0, name: "", role: "primary", pskLength: 1 }],
  nodes: [],
};

export class Bench {
  readonly clock: VirtualClock;
  readonly sent: MeshSend[] = [];
  readonly requests: RadioRequest[] = [];
  readonly asked: MatrixSend[] = [];
  /** Files that were asked for. */
  readonly fetches: FileRequest[] = [];
  readonly settings: Settings;
  readonly fatal: unknown[] = [];
  store: Store;
  pump!: Pump;
  /** Answers every packet with queueStatus 0 as soon as it is handed over. */
  radioTakes = true;
  /** Answers every request with a fresh event id. */
  serverTakes = true;
  /** Answers requests in place of a homeserver that takes everything; undefined: no answer ever comes. */
  answer: ((send: MatrixSend) => MatrixOutcome | undefined) | undefined;
  /** Refuses every reaction, for this reason. */
  refuse: string | undefined;
  /** Weak: a million requests pass through one bench. */
  readonly #answers = new WeakMap<MatrixSend, string>();
  #events = 0;
  #packets = 1000;

  constructor(
    over: Partial<Settings> = {},
    store: Store = openStore(":memory:"),
    clock: VirtualClock = new VirtualClock(START),
  ) {
    this.clock = clock;
    this.settings = settings(over);
    this.store = store;
    this.boot();
  }

  /** A new process on the same database. */
  boot(bootId = "boot-1"): void {
    this.pump = new Pump({
      gateway: { store: this.store, settings: this.settings },
      clock: this.clock,
      random: seededRandom(7 + this.#packets),
      log: silentLog,
      bootId,
      fatal: (error) => {
        this.fatal.push(error);
        throw error;
      },
    });
    const pump = this.pump;
    pump.attach({
      radio: {
        send: (send) => {
          this.sent.push(send);
          pump.report({ kind: "mesh-written", sendId: send.sendId, written: true });
          if (this.radioTakes)
            pump.report({ kind: "queue-status", packetId: send.packetId, res: 0, free: 16, maxlen: 16 });
        },
        request: (request) => void this.requests.push(request),
      },
      uplinks: this.settings.uplinks.map(({ name }) => ({
        uplink: name,
        fetch: (request) => void this.fetches.push(request),
        send: (send) => {
          this.asked.push(send);
          if (!this.serverTakes) return;
          if (this.answer) {
            const outcome = this.answer(send);
            if (outcome) pump.report({ kind: "matrix-outcome", sendId: send.sendId, outcome });
            return;
          }
          if (this.refuse !== undefined && send.type === "m.reaction") {
            const outcome = { is: "refused", reason: this.refuse } as const;
            return pump.report({ kind: "matrix-outcome", sendId: send.sendId, outcome });
          }
          pump.report({
            kind: "matrix-outcome",
            sendId: send.sendId,
            outcome: { is: "delivered", eventId: this.#given(send) },
          });
        },
      })),
    });
    pump.start();
  }

  ready(): this {
    this.pump.report({ kind: "radio-configured", info: RADIO_INFO });
    this.pump.report({ kind: "radio-state", state: "ready", reason: "" });
    return this.online();
  }

  online(): this {
    for (const uplinkSettings of this.settings.uplinks) {
      const { name } = uplinkSettings;
      this.pump.report({
        kind: "uplink-state",
        uplink: name,
        state: "ready",
        reason: "",
        userId: "@muster:example.org",
      });
      for (const room of roomsOf(uplinkSettings)) {
        this.pump.report({
          kind: "room-state",
          uplink: name,
          configured: room,
          room,
          joined: true,
          maySpeak: true,
          encrypted: false,
        });
      }
    }
    return this;
  }

  /** The event id that a request was given. */
  eventOf(send: MatrixSend): string {
    return this.#answers.get(send)!;
  }

  /** The event of the last request. */
  lastEvent(): string {
    return this.eventOf(this.asked.at(-1)!);
  }

  /** The id of the last packet heard without an id of its own. */
  packets(): number {
    return this.#packets;
  }

  /** The keys of the reactions that a message carries now. */
  marks(eventId: string): string[] {
    const gone = new Set(this.asked.flatMap((send) => send.redacts ?? []));
    return this.asked.flatMap((send) => {
      const relates = (send.content as { "m.relates_to"?: { event_id: string; key: string } })["m.relates_to"];
      const here = send.type === "m.reaction" && relates?.event_id === eventId && !gone.has(this.eventOf(send));
      return here ? [relates.key] : [];
    });
  }

  #given(send: MatrixSend): string {
    const eventId = this.eventId();
    this.#answers.set(send, eventId);
    return eventId;
  }

  eventId(): string {
    return `$event${++this.#events}`;
  }

  /** A text from the mesh with a packet id of its own, for `accept`. */
  packet(from: NodeNum, text: string): RadioArrival {
    return arrival(from, text, { id: ++this.#packets });
  }

  /** A text from the mesh, handled. Returns its packet id. */
  hear(from: NodeNum, text: string, over: Partial<MeshPacket> = {}, body?: PortBody): number {
    const id = over.id ?? ++this.#packets;
    this.pump.accept([arrival(from, text, { id, ...over }, body)]);
    this.settle();
    return id;
  }

  /** A message in a room, handled. Returns its event id. */
  write(
    body: string,
    over: {
      room?: string;
      sender?: string;
      content?: object;
      eventId?: string;
      maySpeak?: boolean;
      mayRing?: boolean;
      type?: string;
      redacts?: string;
      age?: number;
      uplink?: string;
    } = {},
  ): string {
    const eventId = over.eventId ?? `$written${++this.#events}`;
    const event = {
      type: over.type ?? "m.room.message",
      event_id: eventId,
      sender: over.sender ?? "@maria:example.org",
      content: over.type === undefined ? { msgtype: "m.text", body, ...over.content } : over.content,
      ...(over.redacts === undefined ? {} : { redacts: over.redacts }),
      ...(over.age === undefined ? {} : { unsigned: { age: over.age } }),
    };
    const said: MatrixArrival = {
      kind: "matrix",
      uplink: over.uplink ?? "street",
      room: over.room ?? STREET,
      event,
      senderName: "Maria",
    };
    const rights = {
      ...(over.maySpeak === undefined ? {} : { senderMaySpeak: over.maySpeak }),
      ...(over.mayRing === undefined ? {} : { senderMayRing: over.mayRing }),
    };
    this.pump.accept([{ ...said, ...rights }]);
    this.settle();
    return eventId;
  }

  /** Handles what waits, without moving time. */
  settle(): void {
    this.clock.advance(0);
  }

  routing(from: NodeNum, requestId: number, error: number): void {
    this.hear(from, "", { portnum: 5, requestId, to: US }, { kind: "routing", error });
  }

  texts(): string[] {
    return this.sent.map((send) => Buffer.from(send.payload).toString());
  }

  bodies(room?: string): string[] {
    return this.asked
      .filter((send) => send.type === "m.room.message" && (room === undefined || send.room === room))
      .map((send) => String(send.content["body"]));
  }

  ledger(): ReturnType<typeof messagesView> {
    return messagesView(this.store, {});
  }
}

/** The card of a call for help (gateway/welfare/calls.ts), new or edited; the resident's own words are shown beside it. */
export function isCard(body: string): boolean {
  return /^(\* )?(🆘 (POSSIBLE )?|🏁 CLOSED )CALL FOR HELP/u.test(body);
}

/** The card or board of mutual aid (gateway/aid/board.ts). */
export function isAid(body: string): boolean {
  return /^(\* )?(EXERCISE: )?(a\d+ |Mutual aid)/.test(body);
}

export function arrival(from: NodeNum, text: string, over: Partial<MeshPacket> = {}, body?: PortBody): RadioArrival {
  const payload = over.payload ?? utf8(text);
  const packet: MeshPacket = {
    from,
    to: EVERYONE,
    id: 1,
    channel: 0,
    portnum: 1,
    payload,
    rxTime: 0,
    rxSnr: 5.5,
    rxRssi: -80,
    hopLimit: 2,
    hopStart: 3,
    wantAck: false,
    viaMqtt: false,
    pkiEncrypted: false,
    xeddsaSigned: false,
    requestId: 0,
    replyId: 0,
    emoji: 0,
    relayNode: 0,
    ...over,
  };
  return { kind: "radio", raw: payload, packet, ...(body === undefined ? {} : { body }), replayed: false };
}

/** A direct message to us that the sender's key vouches for. */
export const DIRECT: Partial<MeshPacket> = { to: US, pkiEncrypted: true, publicKey: new Uint8Array(32).fill(1) };
