// A roll call of a whole neighbourhood, three ways, with the same residents in the same places: as Muster does it, as others
// do it (a direct message to each household, a receipt for each check-in, no governor), and the least that it could cost (one
// call and one check-in for each household, one after the other in an empty channel, nothing told back).
//
// Who answers within reach of the firmware's own flooding in that empty channel is reachable; the rest no strategy can reach.

import { VirtualClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import { utf8 } from "#base/bytes.ts";
import { BROADCAST, nodeNum, type NodeNum } from "#base/ids.ts";
import { seededRandom } from "#base/random.ts";
import { isBusy } from "#delivery/budget.ts";
import { FILL, nextZoneSize, rollCallAir, rollCallPlan, zoneSize, type RollCallAir } from "#delivery/roll-call.ts";
import type { MeshSend } from "#gateway/inputs.ts";
import { airView } from "#gateway/air.ts";
import { sayToMesh } from "#gateway/say.ts";
import { Books, round, type Kind } from "./books.ts";
import { Cable } from "./cable.ts";
import { SimulatedGateway } from "./gateway.ts";
import { Residents, type Meaning, type Resident } from "./residents.ts";
import { START, streetOf, type SurgeOptions } from "./surge-street.ts";

export interface SurgeRun {
  readonly reachable: number;
  readonly accounted: number;
  readonly t50: number | null;
  readonly t90: number | null;
  readonly t95: number | null;
  readonly t99: number | null;
  readonly ownAirtimeS: number;
  readonly meshAirtimeS: number;
  readonly peakUtilisation: number;
  readonly meanUtilisation: number;
  readonly minutesAbove25: number;
  /** Households that said something of which nothing reached the gateway. */
  readonly lost: number;
  /** Households that were told that they were heard. */
  readonly receipts: number;
  /** meshAirtimeS by what was said. */
  readonly airtimeByKindS: Readonly<Record<Kind, number>>;
  readonly minutes: number;
}

const HOUR: Millis = 3_600_000;
/** Nobody has sent anything for so long: it is over. */
const QUIET: Millis = 5 * 60_000;
const LONGEST: Millis = 6 * HOUR;
/** The handshake, and the radio's first report. */
const SETTLING: Millis = 70_000;

/** How far it got, each `step` of the clock; ends when the air has been quiet for long enough and `busy` says no. */
function live(
  scene: { cable: Cable; clock: VirtualClock; books: Books; residents?: Residents },
  busy: () => boolean,
): void {
  const { cable, clock, books, residents } = scene;
  const end = clock.now() + LONGEST;
  while (clock.now() < end) {
    const next = Math.min(cable.nextAt() ?? end, end);
    cable.goTo(next);
    residents?.look(clock.now());
    books.sample(clock.now());
    if (clock.now() - books.lastSentAt > QUIET && !busy()) return;
  }
}

function settle(cable: Cable, clock: VirtualClock): void {
  const until = clock.now() + SETTLING;
  for (let next = cable.nextAt(); next !== undefined && next <= until; next = cable.nextAt()) cable.goTo(next);
  cable.goTo(until);
}

function resultOf(books: Books, residents: Residents, reachable: ReadonlySet<NodeNum>): SurgeRun {
  const within = residents.all.filter((each) => reachable.has(each.num));
  const { peak, mean, minutesAbove25 } = books.utilisation();
  return {
    reachable: reachable.size,
    accounted: within.filter((each) => books.isAccounted(each.num)).length,
    t50: books.secondsTo(50, reachable.size),
    t90: books.secondsTo(90, reachable.size),
    t95: books.secondsTo(95, reachable.size),
    t99: books.secondsTo(99, reachable.size),
    ownAirtimeS: round(books.ownMs / 1000),
    meshAirtimeS: round(books.meshMs / 1000),
    peakUtilisation: peak,
    meanUtilisation: mean,
    minutesAbove25,
    lost: residents.all.filter((each) => each.said > 0 && !books.isAccounted(each.num)).length,
    receipts: residents.all.filter((each) => each.receipts > 0).length,
    airtimeByKindS: {
      gateway: round(books.byKind.gateway / 1000),
      checkIns: round(books.byKind.checkIns / 1000),
      acks: round(books.byKind.acks / 1000),
      other: round(books.byKind.other / 1000),
    },
    minutes: round((books.lastSentAt - START - SETTLING) / 60_000),
  };
}

// ───────────────────────────── as Muster does it ─────────────────────────────

/** A zone whose silent households are called again, so often, when those who answer have answered. */
const REMINDERS = 3;
const REMIND_AFTER: Millis = 300_000;
const LINE_BYTES = 190;
/** The radio reports about once a minute. */
const LOOK_AGAIN: Millis = 15_000;

function callText(zone: string): string {
  return `Roll call${zone}: answer OK, or what you need`;
}

const OURS: Meaning = {
  calls: (text, resident) => {
    const call = /^Roll call(?:, zone (\d+))?:/.exec(text);
    if (call) return call[1] === undefined || resident.zone === Number(call[1]);
    return text.startsWith("Not heard yet:") && resident.isNamedIn(text);
  },
  receipt: (text, resident) =>
    text.startsWith("Stored ") || (text.startsWith("Heard") && resident.isNamedIn(text.slice(text.indexOf(": ") + 1))),
};

export function ours(options: SurgeOptions, reachable: ReadonlySet<NodeNum>): SurgeRun {
  const street = streetOf(options);
  const clock = new VirtualClock(START);
  const gateway = new SimulatedGateway(street, clock, seededRandom(options.seed + 7));
  const { cable } = gateway;
  settle(cable, clock);
  const residents = new Residents(street, OURS, options.seed + 8);
  const books = new Books(street, clock.now());
  gateway.onArrival = ({ packet }) => books.account(packet.from, clock.now());
  const calls = new RollCall(gateway, clock, residents.all, options.preset, (each) => books.isAccounted(each.num));
  live({ cable, clock, books, residents }, () => calls.busy);
  return resultOf(books, residents, reachable);
}

/**
 * Calls part after part of the neighbourhood, no sooner than the forecast says and while the channel is free, and then by name
 * who was not heard. A part that filled the channel is followed by a smaller one, one that did not by a larger.
 */
class RollCall {
  readonly #gateway: SimulatedGateway;
  readonly #clock: VirtualClock;
  readonly #heard: (resident: Resident) => boolean;
  readonly #air: RollCallAir;
  readonly #left: Resident[];
  #size: number;
  #called = 0;
  /** Percent, the highest report since the last call. */
  #busiest = 0;
  #waiting = 0;

  constructor(
    gateway: SimulatedGateway,
    clock: VirtualClock,
    all: readonly Resident[],
    preset: string,
    heard: (resident: Resident) => boolean,
  ) {
    this.#gateway = gateway;
    this.#clock = clock;
    this.#heard = heard;
    this.#air = rollCallAir(preset);
    this.#left = [...all];
    this.#size = zoneSize(this.#air);
    this.#call();
    this.#watch();
  }

  get busy(): boolean {
    return this.#waiting > 0;
  }

  #after(delay: Millis, run: () => void): void {
    this.#waiting++;
    this.#clock.after(delay, () => {
      this.#waiting--;
      run();
    });
  }

  #call(): void {
    if (this.#channelBusy()) return this.#after(LOOK_AGAIN, () => this.#call());
    if (this.#called > 0) this.#resize();
    const everybody = this.#called === 0 && this.#left.length <= this.#size;
    const zone = this.#left.splice(0, this.#size);
    const name = String(++this.#called);
    for (const resident of zone) resident.zone = this.#called;
    this.#say(callText(everybody ? "" : `, zone ${name}`));
    const next = { name: "", households: 0 };
    const [plan, after] = rollCallPlan([{ name, households: zone.length }, next], this.#air, this.#clock.now());
    for (let round = 1; round <= REMINDERS; round++)
      this.#after(plan!.doneAt - plan!.callAt + round * REMIND_AFTER, () => this.#remind(zone));
    if (this.#left.length > 0) this.#after(after!.callAt - plan!.callAt, () => this.#call());
  }

  #resize(): void {
    this.#size = nextZoneSize(this.#size, this.#busiest, this.#air);
    this.#busiest = 0;
  }

  #watch(): void {
    const report = this.#gateway.act((turn) => airView(turn)?.report);
    this.#busiest = Math.max(this.#busiest, report?.channelUtilisation ?? 0);
    if (this.#left.length > 0) this.#after(LOOK_AGAIN, () => this.#watch());
  }

  /** As its own radio last reported. */
  #channelBusy(): boolean {
    return this.#gateway.act((turn) => isBusy(airView(turn) ?? {}, FILL, turn.now));
  }

  #remind(zone: readonly Resident[]): void {
    if (this.#channelBusy()) return this.#after(LOOK_AGAIN, () => this.#remind(zone));
    let line = "Not heard yet:";
    for (const resident of zone.filter((each) => !this.#heard(each))) {
      const longer = `${line} !${resident.handheld.id.slice(-4)}`;
      if (longer.length > LINE_BYTES) break;
      line = longer;
    }
    if (!line.endsWith(":")) this.#say(`${line} - answer OK`);
  }

  #say(text: string): void {
    this.#gateway.act((turn) =>
      sayToMesh(turn, {
        class: "roll-call",
        direction: "gateway-to-mesh",
        origin: "gateway",
        to: BROADCAST,
        channel: 0,
        text,
        wantAck: true,
      }),
    );
  }
}

// ───────────────────────────── as others do it ─────────────────────────────

const THEIRS: Meaning = {
  calls: (text) => text.startsWith("Roll call:"),
  receipt: (text) => text.startsWith("Received:"),
};
const THEIR_GAP: Millis = 2_500;

export function theirs(options: SurgeOptions, reachable: ReadonlySet<NodeNum>): SurgeRun {
  const street = streetOf(options);
  const clock = new VirtualClock(START);
  const random = seededRandom(options.seed + 7);
  const queue: { to: NodeNum; text: string }[] = [];
  let books: Books | undefined;
  const own = street.radios[0]!.node.num;
  const cable = new Cable(street, clock, random, (events) => {
    for (const event of events) {
      if (event.kind !== "radio" || event.packet.from === own) continue;
      books?.account(event.packet.from, clock.now());
      const isCheckIn = event.packet.portnum === 1 && event.packet.to === own;
      if (isCheckIn) queue.push({ to: event.packet.from, text: "Received: you are marked OK. Stay safe." });
    }
  });
  cable.plug();
  settle(cable, clock);
  const residents = new Residents(street, THEIRS, options.seed + 8);
  books = new Books(street, clock.now());
  for (const { num } of residents.all) queue.push({ to: num, text: callText("") });
  let sends = 0;
  const next = (): void => {
    const message = queue.shift();
    if (message) cable.send(directText(message, own, ++sends, random.u32() || 1));
    clock.after(THEIR_GAP, next);
  };
  next();
  live({ cable, clock, books, residents }, () => queue.length > 0);
  return resultOf(books, residents, reachable);
}

function directText(message: { to: NodeNum; text: string }, from: NodeNum, sendId: number, packetId: number): MeshSend {
  return {
    sendId,
    packetId,
    from,
    to: message.to,
    channel: 0,
    portnum: 1,
    payload: utf8(message.text),
    wantAck: true,
    wantResponse: false,
    hopLimit: 3,
    pkiEncrypted: true,
    replyId: 0,
    emoji: 0,
    priority: 0,
  };
}

// ───────────────────────────── the least ─────────────────────────────

export interface Bound {
  readonly airtimeS: number;
  /** Households whose check-in arrived. */
  readonly accounted: number;
  readonly byKind: Readonly<Record<Kind, Millis>>;
  readonly reachable: ReadonlySet<NodeNum>;
}

/** Between two check-ins in the empty channel. */
const APART_IN_TIME: Millis = 40_000;

/** One call, and one check-in for each household, each in an empty channel; the firmware's own relays and acks with it. */
export function bound(options: SurgeOptions): Bound {
  const street = streetOf(options);
  const clock = new VirtualClock(START);
  const random = seededRandom(options.seed + 7);
  const own = street.radios[0]!.node.num;
  let books: Books | undefined;
  const cable = new Cable(street, clock, random, (events) => {
    for (const event of events)
      if (event.kind === "radio" && event.packet.from !== own) books?.account(event.packet.from, clock.now());
  });
  cable.plug();
  settle(cable, clock);
  const residents = new Residents(street, { calls: () => false, receipt: () => false }, options.seed + 8);
  books = new Books(street, clock.now());
  const call = directText({ to: nodeNum(BROADCAST), text: callText("") }, own, 1, 1);
  cable.send({ ...call, pkiEncrypted: false });
  let left = residents.all.length;
  for (const [index, resident] of residents.all.entries())
    clock.after((index + 1) * APART_IN_TIME, () => {
      left--;
      residents.answer(resident, clock.now());
    });
  live({ cable, clock, books, residents }, () => left > 0);
  const reachable = new Set(residents.all.map((each) => each.num).filter((num) => books.isAccounted(num)));
  return { airtimeS: round(books.meshMs / 1000), byKind: books.byKind, accounted: reachable.size, reachable };
}
