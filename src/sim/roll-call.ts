// A roll call of a whole neighbourhood with the real gateway, and what is true there: homes with and without a radio, homes that no
// radio reaches, a radio that was reflashed (new key, new number), a stranger who answers for others. Residents answer as people
// do: a word to the gateway, a tapback, a canned word on the channel, a need, "no"; captains go and look after those on their list.
//
// What comes back is how the gateway says it stands beside what is true.

import { assert } from "#base/assert.ts";
import { VirtualClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import { fromHex, textOf, utf8 } from "#base/bytes.ts";
import { BROADCAST, nodeId, nodeNum } from "#base/ids.ts";
import { below, chance, pick, seededRandom, type Random } from "#base/random.ts";
import { emptyHousehold, type Role } from "#domain/people/people.ts";
import type { Handheld, Line } from "#emulator/handheld.ts";
import { PORT } from "#emulator/packet.ts";
import type { Street } from "#emulator/street.ts";
import { openRollCall } from "#gateway/welfare/roll.ts";
import { rollStatus, type RollView } from "#gateway/welfare/roll-status.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { SimulatedGateway } from "./gateway.ts";
import { START, streetOf, type SurgeOptions } from "./surge-street.ts";

export interface RollCallSimulation extends Pick<SurgeOptions, "preset" | "firmware" | "seed"> {
  readonly households: number;
  readonly withoutRadio: number;
  readonly outOfRange: number;
}

/** What is true of a home, by its short number. */
export interface Truth {
  readonly accounted: readonly string[];
  readonly silent: readonly string[];
  readonly need: readonly string[];
  readonly urgent: readonly string[];
  /** Seconds of the roll call's packets and receipts, each once, as the emulated radio sent them. */
  readonly airtimeSeconds: number;
  /** The homes that missed the calls, because they slept. */
  readonly asleep: readonly string[];
  /** By home, how many questions of its own it was shown (different packets). */
  readonly questions: ReadonlyMap<string, number>;
  /** Calls on the channel. */
  readonly calls: readonly string[];
}

export interface RollCallOutcome {
  readonly view: RollView;
  readonly truth: Truth;
  readonly minutes: number;
}

const SETTLING: Millis = 70_000;
const ZONE = 12;
/** Most people have answered within two minutes; some do something else first. */
const THINKING: Millis = 120_000;
/** A captain knocks at the doors on the list. */
const WALKING: Millis = 5 * 60_000;
const AGAIN_AFTER: Millis = 30_000;
const LOOKS_EVERY: Millis = 60_000;

/** Homes of their own fate, by their place on the list. */
const REFLASHED = 5;
const URGENT = 7;
const ASLEEP: readonly number[] = [15, 29];

type State = "ok" | "need" | "urgent" | "nobody";

interface Home {
  readonly house: string;
  readonly zone: number;
  readonly handheld?: Handheld;
  readonly reflashed: boolean;
  readonly asleep: boolean;
  readonly reachable: boolean;
  state: State;
  /** What they say, and whether it has been acknowledged. */
  answered: boolean;
  said: number;
}

/** Runs one roll call to its deadline. */
export function simulateRollCall(options: RollCallSimulation): RollCallOutcome {
  return new Neighbourhood(options).run();
}

class Neighbourhood {
  readonly #clock = new VirtualClock(START);
  readonly #random: Random;
  readonly #street: Street;
  readonly #gateway: SimulatedGateway;
  readonly #homes: readonly Home[];
  readonly #stranger: Handheld;
  readonly #questions = new Map<string, Set<number>>();
  readonly #calls: string[] = [];
  readonly #booked = new Set<number>();
  #airMs = 0;
  #call = 0;

  constructor(options: RollCallSimulation) {
    const { households, withoutRadio, outOfRange, seed, preset, firmware } = options;
    const radios = households - withoutRadio;
    this.#random = seededRandom(seed + 17);
    this.#street = streetOf({ households: radios + 1, preset, firmware, seed, beyond: outOfRange });
    const { handhelds } = this.#street;
    const near = radios - outOfRange;
    this.#stranger = handhelds[near]!;
    const [here, beyond] = [handhelds.slice(0, near), handhelds.slice(near + 1)];
    let none = withoutRadio;
    this.#homes = Array.from({ length: households }, (_, n) => {
      // Spread over the zones; captains (n divisible by twelve) have a radio within reach.
      if (none > 0 && n % 7 === 2) return this.#home(n, undefined, none-- > 0 && chance(this.#random, 0.7));
      const far = n % 9 === 4 ? beyond.shift() : undefined;
      return this.#home(n, far ?? here.shift(), far === undefined);
    });
    assert(none === 0 && here.length === 0 && beyond.length === 0, "as many homes of each kind as were asked for");
    this.#watchAir();
    this.#gateway = new SimulatedGateway(this.#street, this.#clock, seededRandom(seed + 7));
    this.#register();
  }

  run(): RollCallOutcome {
    this.#until(START + SETTLING);
    const opened = this.#gateway.act((turn) => openRollCall(turn, { scope: { all: true }, by: "a coordinator" }));
    if (!opened.ok) throw new Error(opened.reason);
    this.#misbehave();
    for (const { asleep, handheld } of this.#homes) if (asleep) handheld?.away();
    let looksAt = this.#clock.now();
    for (;;) {
      const next = this.#gateway.cable.nextAt() ?? looksAt;
      this.#gateway.cable.goTo(Math.min(next, looksAt));
      for (const line of this.#street.takeLines()) this.#read(line);
      if (this.#clock.now() < looksAt) continue;
      looksAt = this.#clock.now() + LOOKS_EVERY;
      const view = this.#gateway.act((turn) => rollStatus(turn)!);
      if (view.state === "closed")
        return { view, truth: this.#truth(), minutes: Math.round((this.#clock.now() - START - SETTLING) / 60_000) };
      this.#bindStrangers(view);
      // Who slept through the calls switches the radio on while the silent are being asked.
      if (view.waves.some(({ kind, done }) => kind === "direct" && done)) this.#wakeUp();
    }
  }

  // ── who lives here ──

  /** `reachable`: within range, or at home when the captain comes. */
  #home(n: number, handheld: Handheld | undefined, reachable: boolean): Home {
    const states: readonly State[] = ["ok", "ok", "ok", "ok", "need"];
    return {
      house: String(n + 1),
      zone: Math.floor(n / ZONE) + 1,
      ...(handheld === undefined ? {} : { handheld }),
      reflashed: n === REFLASHED,
      asleep: ASLEEP.includes(n),
      reachable,
      state: n === URGENT ? "urgent" : reachable ? pick(this.#random, states) : "nobody",
      answered: false,
      said: 0,
    };
  }

  /** Captains live in the first home of their zone; the list knows the reflashed radio as it was before. */
  #register(): void {
    this.#gateway.act((turn) => {
      for (const { house, zone, handheld, reflashed } of this.#homes) {
        const role: Role = Number(house) % ZONE === 1 ? "captain" : "resident";
        setHousehold(turn.store, { ...emptyHousehold(house), zone }, turn.now);
        const member = addMember(turn.store, { name: `Home ${house}`, house, role, matrix: [] }, turn.now);
        if (role === "captain") setZone(turn.store, { number: zone, name: `Zone ${zone}`, captain: member }, turn.now);
        if (!handheld) continue;
        const { identity } = handheld.node;
        const publicKey = fromHex(identity.publicKey)!;
        if (reflashed)
          bindRadio(turn.store, { node: 0x0dd, publicKey: publicKey.map((byte) => byte ^ 1), member }, turn.now);
        else bindRadio(turn.store, { node: identity.num, publicKey, member }, turn.now);
      }
    });
  }

  /** A coordinator who sees a radio of no household asks around, and binds the reflashed one to its home again. */
  #bindStrangers(view: RollView): void {
    for (const { handheld, house } of this.#homes.filter(({ reflashed }) => reflashed))
      if (handheld && view.unattached.some(({ radio }) => radio === handheld.id))
        this.#gateway.act((turn) => {
          const publicKey = fromHex(handheld.node.identity.publicKey)!;
          bindRadio(turn.store, { node: handheld.node.num, publicKey, member: Number(house) }, turn.now);
        });
  }

  #wakeUp(): void {
    for (const { asleep, handheld } of this.#homes)
      if (asleep && handheld && !handheld.node.powered) handheld.back(this.#clock.now());
  }

  // ── what people do ──

  #read(line: Line): void {
    const home = this.#homes.find(({ handheld }) => handheld?.id === line["node"]);
    if (!home) return;
    if (line["at"] === "acked") return this.#acked(home, line);
    if (line["at"] !== "received" || line["from"] !== nodeId(this.#street.radios[0]!.node.num)) return;
    const text = typeof line["text"] === "string" ? line["text"] : "";
    const call = /^Roll call r\d+(?:, zone ([\d ]+))?:/.exec(text);
    if (call && (call[1] === undefined || call[1].split(" ").map(Number).includes(home.zone))) {
      this.#call = Number(line["id"]);
      if (home.said === 0) this.#later(home, below(this.#random, THINKING));
    }
    if (/^r\d+: are you OK/.test(text)) {
      const asked = this.#questions.get(home.house) ?? new Set();
      this.#questions.set(home.house, asked.add(Number(line["id"])));
      if (!home.answered) this.#later(home, below(this.#random, THINKING / 4));
    }
    // A captain who says "ok 3" is taken to mean house 3, is told so, and puts it right.
    const people = /send: (ok \d+p)/.exec(text);
    if (people) this.#type(home.handheld!, people[1]!, { direct: true, now: this.#clock.now() });
    const list = /^r\d+: no word from ([\d ]+)\./.exec(text);
    if (list) this.#walk(home, list[1]!.split(" "));
  }

  #later(home: Home, span: Millis): void {
    home.said++;
    const call = this.#call;
    this.#street.later(this.#clock.now() + 5_000 + span, (now) => this.#say(home, now, call));
  }

  /** In the form that is theirs. */
  #say(home: Home, now: Millis, call: number): void {
    if (home.answered) return;
    const forms = {
      ok: ["ok", "ok 3", "we are fine", "👍", "Yes", "safe"],
      need: ["need water", "no", "need insulin"],
      urgent: ["sos"],
      nobody: [],
    } as const;
    const words = forms[home.state][Number(home.house) % Math.max(1, forms[home.state].length)] ?? "";
    const tapback = words === "👍" && call !== 0;
    this.#type(home.handheld!, words, {
      direct: words !== "Yes",
      ...(tapback ? { replyId: call, isEmoji: true } : {}),
      now,
    });
  }

  #type(
    handheld: Handheld,
    text: string,
    how: { direct: boolean; now: Millis; replyId?: number; isEmoji?: true },
  ): void {
    const { direct, now, ...more } = how;
    const to = direct ? this.#street.radios[0]!.node.num : nodeNum(BROADCAST);
    handheld.type({ to, channel: 0, portnum: PORT.text, payload: utf8(text), ...more }, now);
  }

  /** The app says what became of it; what did not arrive is said once more. */
  #acked(home: Home, line: Line): void {
    if (line["error"] === 0) home.answered = true;
    else if (!home.answered && home.said < 4) this.#later(home, AGAIN_AFTER);
  }

  #walk(captain: Home, houses: readonly string[]): void {
    this.#street.later(this.#clock.now() + WALKING, (now) => {
      const found = this.#homes.filter(
        ({ house, handheld, reachable }) => houses.includes(house) && !handheld && reachable,
      );
      for (const state of ["ok", "need"] as const) {
        const those = found.filter((home) => home.state === state && !home.answered);
        for (const home of those) home.answered = true;
        const numbers = those.map(({ house }) => house).join(" ");
        if (those.length > 1) this.#type(captain.handheld!, `${state} ${numbers}`, { direct: true, now });
        else if (those.length === 1) this.#type(captain.handheld!, `${numbers} ${state}`, { direct: true, now });
      }
    });
  }

  /** Answers for homes that are none of his, pretends to be a coordinator, chats. */
  #misbehave(): void {
    const silent = this.#homes.filter(({ reachable }) => !reachable).map(({ house }) => house);
    const words = [
      `ok ${silent.join(" ")}`,
      `${silent[0]} ok`,
      "roll",
      "roll zone 1",
      "silent 1 2 3",
      "all clear everybody",
    ];
    for (const [n, text] of words.entries())
      this.#street.later(this.#clock.now() + 30_000 + n * 40_000, (now) =>
        this.#type(this.#stranger, text, { direct: n % 3 !== 2, now }),
      );
  }

  // ── what is true ──

  #watchAir(): void {
    const { node } = this.#street.radios[0]!;
    const begin = node.beginSending.bind(node);
    node.beginSending = (waiting, length, at) => {
      const { frame } = waiting;
      const text =
        frame.from === node.num && frame.data.portnum === PORT.text
          ? textOf(frame.data.payload ?? new Uint8Array(0))
          : "";
      if (/^(Roll call|r\d+:|Heard|Stored|Booked|Noted)/.test(text) && !text.includes("Call for help")) {
        if (!this.#booked.has(frame.id)) {
          this.#booked.add(frame.id);
          this.#airMs += length;
          if (text.startsWith("Roll call")) this.#calls.push(text);
        }
      }
      begin(waiting, length, at);
    };
  }

  #truth(): Truth {
    const heard = this.#homes.filter(({ reachable }) => reachable);
    const inState = (state: State): string[] => heard.filter((home) => home.state === state).map(({ house }) => house);
    return {
      accounted: heard.map(({ house }) => house),
      silent: this.#homes.filter(({ reachable }) => !reachable).map(({ house }) => house),
      need: inState("need"),
      urgent: inState("urgent"),
      airtimeSeconds: this.#airMs / 1000,
      asleep: this.#homes.filter(({ asleep }) => asleep).map(({ house }) => house),
      questions: new Map([...this.#questions].map(([house, ids]) => [house, ids.size])),
      calls: this.#calls,
    };
  }

  #until(at: Millis): void {
    for (let next = this.#gateway.cable.nextAt(); next !== undefined && next <= at; next = this.#gateway.cable.nextAt())
      this.#gateway.cable.goTo(next);
    this.#gateway.cable.goTo(at);
  }
}
