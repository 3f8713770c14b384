// One day of disasters, decided by a seed: residents and Matrix users talk while radio, cable, homeserver, disk, clock and
// process fail; then two calm hours; then the accounts. The same seed gives the same trace.
//
// Promises: what was accepted is shown exactly once; what users wrote goes on the air under one packet id at most, or its
// writer can see why not; a message that is said to have failed was not sent, and nothing waits for ever.

import { createHash, type Hash } from "node:crypto";
import type { Millis } from "#base/clock.ts";
import { VirtualClock } from "#base/clock.ts";
import { textOf } from "#base/bytes.ts";
import { nodeId } from "#base/ids.ts";
import { below, chance, pick, seededRandom, type Random } from "#base/random.ts";
import { Street } from "#emulator/street.ts";
import type { Arrival, MeshSend } from "#gateway/inputs.ts";
import { messagesView } from "#gateway/views.ts";
import { openStore } from "#store/open.ts";
import { SIMULATED_SETTINGS } from "./gateway.ts";
import { Host } from "./host.ts";
import { FaultyServer } from "./server.ts";

export interface DisasterOptions {
  readonly seed: number;
  /** Virtual hours of trouble; 24 unless said. */
  readonly hours?: number;
  /** The planted bug that must be found. */
  readonly confirmsFirst?: boolean;
}

export interface DisasterResult {
  readonly seed: number;
  /** Broken promises, in words; empty when all was kept. */
  readonly broken: readonly string[];
  /** SHA-256 of everything that left the gateway, and when. */
  readonly trace: string;
  readonly accepted: number;
  readonly written: number;
  readonly deaths: number;
}

const START: Millis = 1_795_348_800_000; // 2026-11-22T12:00:00Z
const HOUR: Millis = 3_600_000;
const CALM = 3 * HOUR;
const YEAR = 365 * 24 * HOUR;

const UPLINK = SIMULATED_SETTINGS.uplinks[0]!;
const ROOM = UPLINK.matrixRooms[0]!.id;
const OPERATORS = UPLINK.operatorsRoom!;

export function disaster({ seed, hours = 24, confirmsFirst = false }: DisasterOptions): DisasterResult {
  const day = new Day(seed, confirmsFirst);
  day.live(START + hours * HOUR);
  day.calmDown();
  day.live(START + hours * HOUR + CALM);
  return day.accounts();
}

class Day {
  readonly #seed: number;
  readonly #random: Random;
  readonly #clock = new VirtualClock(START);
  readonly #store = openStore(":memory:");
  readonly #street: Street;
  readonly #server: FaultyServer;
  readonly #host: Host;
  readonly #trace: Hash = createHash("sha256");
  /** Texts that the door said it keeps. */
  readonly #accepted = new Set<string>();
  readonly #typed: string[] = [];
  /** Packet ids under which each text left. */
  readonly #aired = new Map<string, Set<number>>();
  #said = 0;
  #nextTalk = START;
  #nextTrouble = START;
  #calm = false;

  constructor(seed: number, confirmsFirst: boolean) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
    const random = seededRandom(seed ^ 0x5eed);
    this.#street = new Street({
      seed,
      firmware: chance(this.#random, 0.5) ? "2.7" : "2.8",
      handhelds: 3,
      phoneQueue: pick(this.#random, [8, 16, 32]),
      startAt: START,
    });
    this.#server = new FaultyServer(random, [ROOM, OPERATORS], START);
    this.#host = new Host({
      clock: this.#clock,
      random,
      street: this.#street,
      store: this.#store,
      settings: SIMULATED_SETTINGS,
      server: this.#server,
      witness: { kept: (arrival) => this.#kept(arrival), written: (send) => this.#written(send) },
      mortality: 0.01,
      confirmsFirst,
    });
  }

  live(until: Millis): void {
    while (this.#clock.now() < until) {
      const next = Math.min(this.#host.nextAt() ?? until, until, this.#calm ? until : this.#ownNext());
      this.#host.goTo(Math.max(next, this.#clock.now()));
      if (this.#calm) continue;
      if (this.#clock.now() >= this.#nextTalk) this.#talk();
      if (this.#clock.now() >= this.#nextTrouble) this.#trouble();
    }
  }

  calmDown(): void {
    this.#calm = true;
    this.#host.calm = true;
    this.#server.faults = 0;
    this.#host.survive(() => this.#server.away(false));
    this.#store.setLargest(1024 * 1024 * 1024);
    this.#street.lose("packets", 0);
    this.#street.lose("acks", 0);
  }

  #ownNext(): Millis {
    return Math.min(this.#nextTalk, this.#nextTrouble);
  }

  // ── what happens ──

  #talk(): void {
    const now = this.#clock.now();
    this.#nextTalk = now + 30_000 + below(this.#random, 40 * 60_000);
    const n = this.#said++;
    if (chance(this.#random, 0.4)) {
      this.#typed.push(`typed ${n}.`);
      this.#server.write(ROOM, pick(this.#random, ["@maria:example.org", "@ben:example.org"]), `typed ${n}.`);
      return;
    }
    const direct = chance(this.#random, 0.3);
    const to = direct ? nodeId(this.#street.radios[0]!.node.num) : "^all";
    const text = chance(this.#random, 0.1) ? `HELP said ${n}.` : `said ${n}.`;
    this.#street.command({ node: pick(this.#random, this.#street.handhelds).id, to, channel: 0, text }, now);
  }

  #trouble(): void {
    const now = this.#clock.now();
    this.#nextTrouble = now + 60_000 + below(this.#random, 90 * 60_000);
    const radio = nodeId(this.#street.radios[0]!.node.num);
    const seconds = 1 + below(this.#random, 300);
    const tell = (doing: string): void => void this.#street.command({ radio, do: doing, seconds }, now);
    const troubles: readonly (() => void)[] = [
      () => tell("reboot"),
      () => tell("garbage"),
      () => tell("mute"),
      () => tell("unplug"),
      () => tell("full"),
      () => this.#street.lose("packets", below(this.#random, 30) / 100),
      () => this.#street.lose("acks", below(this.#random, 50) / 100),
      () => this.#host.survive(() => this.#server.away(true)),
      () => this.#host.survive(() => this.#server.away(false)),
      () => this.#clock.jump((below(this.#random, 21) - 10) * YEAR),
      () => this.#host.running && this.#host.die(1 + below(this.#random, 600_000), chance(this.#random, 0.5)),
      () => this.#store.setLargest(Number(this.#store.pragma("page_count")) * 1024),
      () => this.#store.setLargest(1024 * 1024 * 1024),
    ];
    pick(this.#random, troubles)();
  }

  // ── what is seen ──

  #kept(arrival: Arrival): void {
    if (arrival.kind !== "radio" || arrival.packet.portnum !== 1) return;
    const text = textOf(arrival.packet.payload);
    if (/said \d+\.$/.test(text)) this.#accepted.add(text);
  }

  #written(send: MeshSend): void {
    const text = /typed \d+\.$/.exec(textOf(send.payload))?.[0];
    this.#trace.update(`${this.#clock.now()} ${send.packetId} ${send.to} ${textOf(send.payload)}\n`);
    if (text === undefined) return;
    const ids = this.#aired.get(text) ?? new Set();
    this.#aired.set(text, ids.add(send.packetId));
  }

  // ── the accounts ──

  accounts(): DisasterResult {
    const broken: string[] = [];
    if (this.#host.bug !== undefined) broken.push(`a bug: ${this.#host.bug}`);
    const shown = this.#server.events.map(({ body }) => body);
    for (const event of this.#server.events) this.#trace.update(`${event.eventId} ${event.room} ${event.body}\n`);
    this.#accountFor(shown, broken);
    for (const [text, ids] of this.#aired)
      if (ids.size > 1) broken.push(`"${text}" went out under ${ids.size} packet ids`);
    this.#checkLedger(broken);
    const { deaths } = this.#host;
    const trace = this.#trace.digest("hex");
    return { seed: this.#seed, broken, trace, accepted: this.#accepted.size, written: this.#typed.length, deaths };
  }

  #accountFor(shown: readonly string[], broken: string[]): void {
    for (const text of this.#accepted) {
      const places = shown.filter((body) => body.endsWith(text)).length;
      // A call for help on the channel goes to the street's room and to the operators'.
      const most = text.startsWith("HELP") ? 2 : 1;
      if (places === 0 && !shown.some((body) => body.includes(text)))
        broken.push(`"${text}" was accepted and not shown`);
      if (places > most) broken.push(`"${text}" was shown ${places} times`);
    }
  }

  #checkLedger(broken: string[]): void {
    const rows = messagesView(this.#store, {});
    for (const text of this.#typed) {
      const row = rows.find((each) => each.direction === "matrix-to-mesh" && each.text.endsWith(text));
      if (!row) broken.push(`"${text}" was written and is nowhere`);
      else if (row.state === "failed" && this.#aired.has(text))
        broken.push(`"${text}" is said to have failed, but left`);
      else if (["sent", "heard"].includes(row.state) && !this.#aired.has(text))
        broken.push(`"${text}" is said to be ${row.state}, but never left`);
      else if (row.settledAt === null) broken.push(`"${text}" waits for ever (${row.state}: ${row.reason ?? ""})`);
    }
  }
}
