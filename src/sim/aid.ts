// Mutual aid over days, with the real gateway and emulated radios in virtual time: households need and offer things, are asked, say
// yes, bring them, confirm; the gateway restarts and its homeserver goes away meanwhile. Residents do what they are told by radio,
// after a while, and say again what their radio could not deliver. What comes out is counted from what is true: who had what, and
// who brought whom how much.

import type { Millis } from "#base/clock.ts";
import { VirtualClock } from "#base/clock.ts";
import { fromHex, utf8 } from "#base/bytes.ts";
import { nodeId } from "#base/ids.ts";
import { below, chance, pick, seededRandom, type Random } from "#base/random.ts";
import { freeOf, isActive } from "#domain/aid/aid.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import type { Handheld, Line } from "#emulator/handheld.ts";
import { PORT } from "#emulator/packet.ts";
import type { Street } from "#emulator/street.ts";
import { allItems, matchesOf } from "#store/aid.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { openStore } from "#store/open.ts";
import { SIMULATED_SETTINGS } from "./gateway.ts";
import { Host } from "./host.ts";
import { FaultyServer } from "./server.ts";
import { START, streetOf } from "./surge-street.ts";

export interface AidOptions {
  readonly households: number;
  readonly days: number;
  readonly restarts: number;
  readonly outages: number;
  readonly seed: number;
}

export interface AidFigures {
  /** Needs that what was offered could have met, at best. */
  readonly satisfiable: number;
  /** Needs that were met: somebody handed it over and it was confirmed. */
  readonly satisfied: number;
  /** Things given, or brought, twice. */
  readonly twice: number;
  /** Needs that the gateway's radio acknowledged and the gateway does not know. */
  readonly lost: number;
  /** From the need's storing to its first claim, in the middle. */
  readonly medianMatchS: number;
  /** Seconds on the air of all texts, relays and repeats among them, for each need. */
  readonly airtimePerNeedS: number;
}

const HOUR: Millis = 3_600_000;
const SETTLING: Millis = 10 * 60_000;
const ZONE = 12;

/** What is needed and had: the word, its code, how many litres or pieces, and whether one that was given is gone. */
const THINGS = [
  { word: "water", code: 0, needs: [10, 20], has: 100, unit: "L", verb: "offer" },
  { word: "blankets", code: 18, needs: [2, 3], has: 12, unit: "", verb: "offer" },
  { word: "generator", code: 23, needs: [], has: 1, unit: "", verb: "offer" },
  { word: "insulin", code: 7, needs: [], has: 1, unit: "", verb: "offer" },
  { word: "chainsaw", code: 30, needs: [], has: Infinity, unit: "", verb: "have" },
  { word: "nurse", code: 11, needs: [], has: Infinity, unit: "", verb: "skill" },
  { word: "ride", code: 35, needs: [], has: Infinity, unit: "", verb: "offer" },
] as const;
type Thing = (typeof THINGS)[number];

interface Wish {
  readonly home: Home;
  readonly thing: Thing;
  readonly amount: number;
  readonly text: string;
  readonly offer: boolean;
  said: boolean;
}

interface Typed {
  readonly text: string;
  readonly tries: number;
  readonly wish?: Wish;
}

interface Home {
  readonly house: string;
  readonly handheld: Handheld;
  /** What was typed and is not acknowledged yet, by packet. */
  readonly pending: Map<number, Typed>;
  /** What was typed and has no packet yet, in that order. */
  readonly typed: Typed[];
  /** What this home was asked and has answered already. */
  readonly answered: Set<string>;
}

export function simulateAid(options: AidOptions): AidFigures {
  return new Days(options).run();
}

class Days {
  readonly #options: AidOptions;
  readonly #clock = new VirtualClock(START);
  readonly #store = openStore(":memory:");
  readonly #random: Random;
  readonly #street: Street;
  readonly #server: FaultyServer;
  readonly #host: Host;
  readonly #homes: readonly Home[];
  readonly #wishes: Wish[] = [];
  #airMs = 0;

  constructor(options: AidOptions) {
    this.#options = options;
    const { seed, households } = options;
    this.#random = seededRandom(seed);
    this.#street = streetOf({ households, preset: "MEDIUM_FAST", firmware: "2.7", seed });
    this.#homes = this.#street.handhelds.map((handheld, n) => ({
      house: String(n + 1),
      handheld,
      pending: new Map(),
      typed: [],
      answered: new Set(),
    }));
    const uplink = SIMULATED_SETTINGS.uplinks[0]!;
    this.#server = new FaultyServer(seededRandom(seed + 3), [uplink.matrixRooms[0]!.id, uplink.operatorsRoom!], START);
    this.#server.faults = 0;
    this.#watchAir();
    this.#register();
    this.#host = new Host({
      clock: this.#clock,
      random: seededRandom(seed + 5),
      street: this.#street,
      store: this.#store,
      settings: SIMULATED_SETTINGS,
      server: this.#server,
      witness: { kept: () => undefined, written: () => undefined },
      mortality: 0,
      confirmsFirst: false,
    });
    this.#host.calm = true;
  }

  run(): AidFigures {
    const { days, restarts, outages } = this.#options;
    const span = days * 24 * HOUR;
    this.#plan(span);
    for (let n = 0; n < restarts; n++)
      this.#later(SETTLING + below(this.#random, span - 2 * SETTLING), () => {
        if (this.#host.running) this.#host.die(1_000 + below(this.#random, 120_000), chance(this.#random, 0.5));
      });
    for (let n = 0; n < outages; n++) {
      const from = ((n + 0.3) * span) / outages;
      this.#later(from, () => this.#host.survive(() => this.#server.away(true)));
      this.#later(from + 4 * HOUR, () => this.#host.survive(() => this.#server.away(false)));
    }
    this.#live(START + span);
    return this.#figures();
  }

  #live(until: Millis): void {
    while (this.#clock.now() < until) {
      this.#host.goTo(Math.max(this.#clock.now(), Math.min(this.#host.nextAt() ?? until, until)));
      for (const line of this.#street.takeLines()) this.#read(line);
    }
  }

  #later(after: Millis, run: (now: Millis) => void): void {
    this.#street.later(this.#clock.now() + after, run);
  }

  // ── who lives here, and what they need and have ──

  #register(): void {
    this.#store.transaction(() => {
      for (const [n, { house, handheld }] of this.#homes.entries()) {
        const zone = Math.floor(n / ZONE) + 1;
        setHousehold(this.#store, { ...emptyHousehold(house), zone, address: `${house} Elm Street` }, START);
        const member = addMember(this.#store, { name: `Home ${house}`, house, role: "resident", matrix: [] }, START);
        if (n % ZONE === 0) setZone(this.#store, { number: zone, name: `Zone ${zone}`, captain: member }, START);
        const { identity } = handheld.node;
        bindRadio(this.#store, { node: identity.num, publicKey: fromHex(identity.publicKey)!, member }, START);
      }
    });
  }

  /** A need a home at most for each thing, and one thing had by every third; the last half day is for bringing it. */
  #plan(span: Millis): void {
    for (const [n, home] of this.#homes.entries()) {
      const has = n % 3 === 0;
      const thing = pick(this.#random, THINGS);
      const amount = has ? thing.has : thing.needs.length === 0 ? 1 : pick(this.#random, thing.needs);
      const much = Number.isFinite(amount) && thing.needs.length > 0 ? ` ${amount}${thing.unit}` : "";
      const text = `${has ? thing.verb : "need"} ${thing.word}${much}`;
      const wish: Wish = { home, thing, amount, text, offer: has, said: false };
      this.#wishes.push(wish);
      const at = SETTLING + below(this.#random, Math.max(1, span - (has ? 24 : 14) * HOUR));
      this.#later(at, (now) => this.#type(home, text, now, 0, wish));
    }
  }

  // ── what people do ──

  #type(home: Home, text: string, now: Millis, tries: number, wish?: Wish): void {
    const to = this.#street.radios[0]!.node.num;
    home.typed.push({ text, tries, ...(wish === undefined ? {} : { wish }) });
    home.handheld.type({ to, channel: 0, portnum: PORT.text, payload: utf8(text) }, now);
  }

  #read(line: Line): void {
    const home = this.#homes.find(({ handheld }) => handheld.id === line["node"]);
    if (!home) return;
    if (line["at"] === "sent") {
      const typed = home.typed.shift();
      if (typed) home.pending.set(Number(line["id"]), typed);
      return;
    }
    if (line["at"] === "acked") return this.#acked(home, line);
    if (line["at"] !== "received" || line["from"] !== nodeId(this.#street.radios[0]!.node.num)) return;
    const text = typeof line["text"] === "string" ? line["text"] : "";
    for (const [asked, reply, after] of HABITS) {
      const ref = asked.exec(text)?.[1];
      if (ref === undefined) continue;
      const answer = reply.replace("REF", ref);
      // Reminders are answered again; the same question twice within the hour is a repeat.
      const key = `${answer} ${Math.floor(this.#clock.now() / HOUR)}`;
      if (home.answered.has(key)) return;
      home.answered.add(key);
      this.#later(after / 2 + below(this.#random, after), (now) => this.#type(home, answer, now, 0));
      return;
    }
  }

  /** The app says what became of it; what did not arrive is said again. */
  #acked(home: Home, line: Line): void {
    const id = Number(line["id"]);
    const sent = home.pending.get(id);
    if (!sent) return;
    home.pending.delete(id);
    if (line["error"] === 0) {
      if (sent.wish) sent.wish.said = true;
    } else if (sent.tries < MOST_TRIES)
      this.#later(60_000 + below(this.#random, 120_000), (now) =>
        this.#type(home, sent.text, now, sent.tries + 1, sent.wish),
      );
  }

  // ── what is true ──

  #watchAir(): void {
    for (const { node } of [...this.#street.radios, ...this.#street.handhelds]) {
      const begin = node.beginSending.bind(node);
      node.beginSending = (waiting, length, at) => {
        if (waiting.frame.data.portnum === PORT.text) this.#airMs += length;
        begin(waiting, length, at);
      };
    }
  }

  /** At best: the small needs first. */
  #satisfiable(): number {
    const wishes = this.#wishes.filter(({ said }) => said);
    return THINGS.reduce((total, thing) => {
      let left = wishes
        .filter((wish) => wish.offer && wish.thing === thing)
        .reduce((sum, { amount }) => sum + amount, 0);
      const needed = wishes.filter((wish) => !wish.offer && wish.thing === thing).map(({ amount }) => amount);
      for (const amount of needed.toSorted((a, b) => a - b)) {
        if (amount > left) break;
        left -= amount;
        total++;
      }
      return total;
    }, 0);
  }

  #figures(): AidFigures {
    const items = allItems(this.#store).map((item) => ({ item, matches: matchesOf(this.#store, item.id) }));
    const needs = items.filter(({ item }) => item.kind === "need");
    const met = needs.filter(
      ({ item, matches }) => item.state === "done" && matches.some(({ state }) => state === "done"),
    );
    const tooMuch = items.filter(({ item, matches }) => {
      const given = matches.filter((match) => isActive(match) || (match.state === "done" && item.supply === "once"));
      const sum = given.reduce((total, { amount }) => total + (amount ?? item.amount ?? 1), 0);
      return item.supply !== "endless" && (sum > (item.amount ?? 1) || freeOf(item, matches) < 0);
    });
    const lost = this.#wishes.filter(
      ({ said, offer, home, thing }) =>
        said && !offer && !needs.some(({ item }) => item.owner.house === home.house && item.code === thing.code),
    );
    const waits = met.map(({ item, matches }) => (matches[0]!.at - item.at) / 1000).toSorted((a, b) => a - b);
    return {
      satisfiable: this.#satisfiable(),
      satisfied: met.length,
      twice: tooMuch.length,
      lost: lost.length,
      medianMatchS: Math.round(waits[Math.floor(waits.length / 2)] ?? 0),
      airtimePerNeedS: Math.round(this.#airMs / Math.max(1, needs.length) / 10) / 100,
    };
  }
}

const MOST_TRIES = 6;
const MINUTE: Millis = 60_000;

/** What is asked by radio, what people then say, and about how long they take. */
const HABITS: readonly (readonly [RegExp, string, Millis])[] = [
  [/^(a\d+): .* needed, .*take a/, "take REF", 3 * MINUTE],
  [/^(a\d+): .*, brings .*yes a/, "yes REF", 2 * MINUTE],
  [/^(a\d+): .*, asks for .*yes a/, "yes REF", 2 * MINUTE],
  [/^(a\d+): .* waits for your answer/, "yes REF", 2 * MINUTE],
  [/^(a\d+): .*Does it still stand/, "yes REF", 5 * MINUTE],
  [/^(a\d+) agreed, .*give a/, "give REF", 30 * MINUTE],
  [/^(a\d+): .*: handed over\?/, "give REF", 10 * MINUTE],
  [/^(a\d+): .* is handed over\. done/, "done REF", 5 * MINUTE],
  [/^(a\d+): .*did you get it/, "done REF", 5 * MINUTE],
];
