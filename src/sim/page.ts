// A page down a call tree of sixty people in three rings, with the real gateway, and the same page as one direct message each. Both
// meet the same street and the same residents: some are silent, some cannot, two captains' radios are dead, and one block is cut off
// from before the page until a while after it began.
//
// Counted are packets: every question of the gateway and every answer of a resident, each once however often radios repeat it. The
// bound is the least for the same answers: one packet an answer, and one question a ring on the channel. Acks, relays and
// repetitions cost air (airtimeS): everything that anybody sent from the start to the end but what radios say of themselves unasked.
// That is all that is heard of those behind the hill once it is gone, as on any day: nobody announces that they are back.

import { VirtualClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import { fromHex, textOf, utf8 } from "#base/bytes.ts";
import { BROADCAST, nodeId, nodeNum, type NodeNum } from "#base/ids.ts";
import { below, seededRandom, type Random } from "#base/random.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import type { Tree, TreeNode } from "#domain/calltree/tree.ts";
import type { Handheld, Line } from "#emulator/handheld.ts";
import { PORT } from "#emulator/packet.ts";
import type { Street } from "#emulator/street.ts";
import { confirmPage, startPage } from "#gateway/calltree/page.ts";
import { pageStatus } from "#gateway/calltree/status.ts";
import { sayToMesh } from "#gateway/say.ts";
import { setTree } from "#store/pages.ts";
import { countMeshQueued } from "#store/mesh-outbox.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import type { PageView } from "#gateway/calltree/words.ts";
import { SimulatedGateway } from "./gateway.ts";
import { START, streetOf, type SurgeOptions } from "./surge-street.ts";

export interface PageSimulation extends Pick<SurgeOptions, "preset" | "firmware" | "seed"> {
  /** How long our page is watched; to its deadline unless said. */
  readonly hours?: number;
}

export interface PageRun {
  /** Who was heard of those who can answer at all. */
  readonly reached: number;
  readonly reachable: number;
  /** Seconds until half, and 95 %, of the reachable were heard; null: never. */
  readonly t50: number | null;
  readonly t95: number | null;
  readonly packets: number;
  readonly airtimeS: number;
}

export interface OurPage extends PageRun {
  /** Homes that were skipped and are not on the list for a visit. */
  readonly unlisted: readonly string[];
  readonly view: PageView;
}

const PEOPLE = 60;
const ZONE = 12;
const BODY = "Water at the school at 6, bring cans";
const SETTLING: Millis = 70_000;
/** Most people have answered within two minutes. */
const THINKING: Millis = 120_000;
const AGAIN_AFTER: Millis = 30_000;
const LOOKS_EVERY: Millis = 30_000;
/** From the start of the page. */
const HEALS_AFTER: Millis = 15 * 60_000;
/** Two retries of the firmware, three attempts of ours and a slow answer fit in here. */
const QUIET: Millis = 20 * 60_000;
const HOUR: Millis = 3_600_000;
const LONGEST: Millis = 6 * HOUR;

/** What radios say of themselves is the same for both. */
const OF_THEMSELVES: readonly number[] = [PORT.nodeInfo, PORT.position, PORT.telemetry];

type Fate = "answers" | "declines" | "silent" | "dead";

interface Resident {
  readonly house: string;
  readonly handheld: Handheld;
  readonly fate: Fate;
  readonly cutOff: boolean;
  heard: boolean;
  tries: number;
}

/** A third of those who say yes tap back on the channel; all others write to the gateway. */
const byTapback = ({ fate, house }: Resident): boolean => fate === "answers" && Number(house) % 3 === 0;

/** Home 1 of each zone is its captain, homes 2 and 3 lead the rest of it. The captains of zones 2 and 4 have dead radios. */
function fateOf(n: number, random: Random, left: Record<"silent" | "declines", number>): Fate {
  if (n === ZONE || n === 3 * ZONE) return "dead";
  if (n % ZONE === 0) return "answers";
  const others = left.silent + left.declines;
  const draw = below(random, PEOPLE - n);
  if (draw >= others) return "answers";
  const fate = draw < left.silent ? "silent" : "declines";
  left[fate]--;
  return fate;
}

function treeOfStreet(): Tree {
  const usual = { ways: ["radio"], minutes: 10 } as const;
  const nodes = Array.from({ length: PEOPLE }, (_, n): TreeNode => {
    const [zone, place] = [Math.floor(n / ZONE), n % ZONE];
    const home = (at: number): string => `house ${zone * ZONE + at + 1}`;
    const id = (at: number): string => `z${zone + 1}-${at + 1}`;
    const common = { id: id(place), contacts: [home(place)], ...usual };
    if (place === 0) return { ...common, alternates: [home(1)] };
    if (place <= 2) return { ...common, alternates: [], parent: id(0) };
    return { ...common, alternates: [], parent: id(1 + (place % 2)) };
  });
  return { name: "street", most: PEOPLE, nodes };
}

class PagedStreet {
  readonly #clock = new VirtualClock(START);
  readonly #random: Random;
  readonly #street: Street;
  readonly gateway: SimulatedGateway;
  readonly residents: readonly Resident[];
  readonly #packets = new Set<string>();
  readonly #heardAt = new Map<NodeNum, Millis>();
  #airMs = 0;
  #startedAt: Millis = 0;

  constructor({ seed, preset, firmware }: PageSimulation) {
    this.#random = seededRandom(seed + 31);
    this.#street = streetOf({ households: PEOPLE, preset, firmware, seed, chatter: true });
    const left = { silent: PEOPLE * 0.2, declines: PEOPLE * 0.1 };
    this.residents = this.#street.handhelds.map((handheld, n) => ({
      house: String(n + 1),
      handheld,
      fate: fateOf(n, this.#random, left),
      // The last homes of zone 5: one block behind a hill.
      cutOff: n >= PEOPLE - 6,
      heard: false,
      tries: 0,
    }));
    this.gateway = new SimulatedGateway(this.#street, this.#clock, seededRandom(seed + 7));
    this.gateway.act((turn) => {
      for (const { house, handheld } of this.residents) {
        setHousehold(turn.store, emptyHousehold(house), turn.now);
        const who = { name: `Home ${house}`, house, role: "resident", matrix: [] } as const;
        const member = addMember(turn.store, who, turn.now);
        const { num, publicKey } = handheld.node.identity;
        bindRadio(turn.store, { node: num, publicKey: fromHex(publicKey)!, member }, turn.now);
      }
      setTree(turn.store, treeOfStreet(), "the bench", turn.now);
    });
  }

  /** Settles, begins with `start`, and lives until `over` says so. */
  run(start: () => void, over: (elapsed: Millis) => boolean): PageRun {
    this.#live(START + SETTLING, () => false);
    this.#startedAt = this.#clock.now();
    for (const { fate, cutOff, handheld } of this.residents) if (fate === "dead" || cutOff) handheld.away();
    this.#watchAir();
    this.gateway.onArrival = ({ packet }) => {
      if (packet.portnum === PORT.text && !this.#heardAt.has(packet.from))
        this.#heardAt.set(packet.from, this.#clock.now());
    };
    start();
    this.#street.later(this.#startedAt + HEALS_AFTER, (now) => {
      for (const { cutOff, fate, handheld } of this.residents) if (cutOff && fate !== "dead") handheld.back(now);
    });
    this.#live(this.#startedAt + LONGEST, () => over(this.#clock.now() - this.#startedAt));
    return this.#result();
  }

  #result(): PageRun {
    const able = this.residents.filter(({ fate }) => fate === "answers" || fate === "declines");
    const times = able
      .flatMap(({ handheld }) => this.#heardAt.get(handheld.node.num) ?? [])
      .map((at) => Math.round((at - this.#startedAt) / 1000))
      .toSorted((a, b) => a - b);
    const after = (share: number): number | null => times[Math.ceil(able.length * share) - 1] ?? null;
    return {
      reached: times.length,
      reachable: able.length,
      t50: after(0.5),
      t95: after(0.95),
      packets: this.#packets.size,
      airtimeS: Math.round(this.#airMs / 100) / 10,
    };
  }

  #live(until: Millis, over: () => boolean): void {
    let looksAt = this.#clock.now() + LOOKS_EVERY;
    while (this.#clock.now() < until) {
      const { cable } = this.gateway;
      cable.goTo(Math.min(cable.nextAt() ?? until, looksAt, until));
      for (const line of this.#street.takeLines()) this.#read(line);
      if (this.#clock.now() < looksAt) continue;
      looksAt = this.#clock.now() + LOOKS_EVERY;
      if (over()) return;
    }
  }

  #watchAir(): void {
    for (const { node } of [this.#street.radios[0]!, ...this.#street.handhelds]) {
      const begin = node.beginSending.bind(node);
      node.beginSending = (waiting, length, at) => {
        const { frame } = waiting;
        if (!OF_THEMSELVES.includes(frame.data.portnum ?? 0)) this.#airMs += length;
        const text = frame.data.portnum === PORT.text ? textOf(frame.data.payload ?? new Uint8Array(0)) : undefined;
        if (frame.from === node.num && text !== undefined) this.#packets.add(`${frame.from} ${frame.id}`);
        begin(waiting, length, at);
      };
    }
  }

  // ── what people do ──

  #read(line: Line): void {
    const resident = this.residents.find(({ handheld }) => handheld.id === line["node"]);
    if (!resident) return;
    if (line["at"] === "acked") {
      // That a neighbour's radio relayed a tapback says nothing about the gateway; whoever is asked again then answers again.
      if (line["error"] === 0) resident.heard = !byTapback(resident);
      else if (!resident.heard && resident.tries < 4) this.#later(resident, AGAIN_AFTER, 0);
      return;
    }
    if (line["at"] !== "received" || line["from"] !== nodeId(this.#street.radios[0]!.node.num)) return;
    const text = typeof line["text"] === "string" ? line["text"] : "";
    const asked = /^p1(?: for ([\da-z ]+))?: /.exec(text);
    const mine = asked !== null && text.includes(BODY) && (asked[1]?.split(" ").includes(resident.house) ?? true);
    // Who is asked again answers again, unless the gateway's radio has acknowledged the first answer.
    if (mine && !resident.heard) this.#later(resident, below(this.#random, THINKING), Number(line["id"]));
  }

  #later(resident: Resident, span: Millis, call: number): void {
    const { fate, handheld } = resident;
    if (fate === "silent" || fate === "dead") return;
    resident.tries++;
    this.#street.later(this.#clock.now() + 5_000 + span, (now) => {
      if (resident.heard) return;
      const tapback = call !== 0 && byTapback(resident);
      const words = fate === "declines" ? "cant" : tapback ? "👍" : "ok";
      const to = tapback ? nodeNum(BROADCAST) : this.#street.radios[0]!.node.num;
      handheld.type(
        {
          to,
          channel: 0,
          portnum: PORT.text,
          payload: utf8(words),
          ...(tapback ? { replyId: call, isEmoji: true as const } : {}),
        },
        now,
      );
    });
  }
}

/** Down the tree. */
export function ourPage(options: PageSimulation): OurPage {
  const { hours = LONGEST / HOUR } = options;
  const street = new PagedStreet(options);
  const status = (): PageView => {
    const view = street.gateway.act((turn) => pageStatus(turn, "p1"));
    if (typeof view === "string") throw new Error(view);
    return view;
  };
  const run = street.run(
    () => {
      const started = street.gateway.act((turn) => startPage(turn, { tree: "street", text: BODY, by: "Cora" }));
      if (!started.ok) throw new Error(started.reason);
      if (started.state === "ready") street.gateway.act((turn) => confirmPage(turn, 1, "Dora"));
    },
    // Also after it is finished: who was silent is asked again when their radio is heard.
    (elapsed) => elapsed >= hours * HOUR,
  );
  const view = status();
  const listed = new Set(view.visits.map(({ house }) => house));
  const skipped = view.people.filter(({ state }) => state === "skipped").map(({ house }) => house ?? "");
  const unheard = street.residents.filter(({ fate }) => fate === "silent" || fate === "dead").map(({ house }) => house);
  const unlisted = [...new Set([...skipped, ...unheard])].filter((house) => !listed.has(house));
  return { ...run, unlisted, view };
}

/** The same page as one direct message each, from the same gateway with its three attempts. */
export function theirPage(options: PageSimulation): PageRun {
  const street = new PagedStreet(options);
  return street.run(
    () =>
      street.gateway.act((turn) => {
        for (const { handheld } of street.residents)
          sayToMesh(turn, {
            class: "roll-call",
            direction: "gateway-to-mesh",
            origin: "gateway",
            to: handheld.node.num,
            channel: 0,
            text: `p1: ${BODY} (answer OK or CANT)`,
            wantAck: true,
          });
      }),
    (elapsed) => elapsed > HEALS_AFTER + QUIET && street.gateway.act((turn) => countMeshQueued(turn.store)) === 0,
  );
}

const RINGS = 3;

/** The least for the same answers. */
export function leastPackets({ reached }: Pick<PageRun, "reached">): number {
  return reached + RINGS;
}
