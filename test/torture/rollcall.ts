// SIGKILL at any moment of roll calls: the gateway as a process of its own, a radio on a pty, a dozen residents. Roll call follows
// roll call until all kills are spent; each is looked at when it has asked everybody it will ask.
//
// Eight residents answer the call, two only the question of their own, two never; one home has no radio, and the captain is asked
// to look. Promised: every home that answered is accounted for (an answer that was in the cable when the reader died nobody has:
// its sender says it again), the call is one packet, each home has one question of its own, each captain one list.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromHex } from "#base/bytes.ts";
import { nodeId } from "#base/ids.ts";
import { systemClock, wallClock, type Millis } from "#base/clock.ts";
import { below, chance, type Random } from "#base/random.ts";
import { askControl } from "#cli/service/control.ts";
import { EmulatedStreet } from "#cli/emulate/streams.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { rollStatus } from "#gateway/welfare/roll-status.ts";
import type { Turn } from "#gateway/turn.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { rollRow } from "#store/rolls.ts";
import type { Store } from "#store/store.ts";
import { MusterProcess } from "#test/harness/muster.ts";
import { until } from "#test/harness/synapse.ts";
import { openStore } from "#store/open.ts";
import { Cable } from "./cable.ts";
import { pause, randomOf, verdict, type Campaign, type CampaignOptions, type Result } from "./campaign.ts";
import { sabotaged } from "./sabotage.ts";

const RESIDENTS = 12;
/** By their place: from here on they answer only what they are asked themselves; from there on nothing. */
const ASKED_ONLY = 8;
const SILENT = 10;

const RATE = 40;
/** Wall milliseconds. A start takes about 1,000. */
const LIVES_AT_MOST = 3_000;
const DEAD_AT_MOST = 300;
/** So many of the kills come whenever they come, often into a start; the others once the gateway has its radio. */
const AT_ANY_TIME = 1 / 3;
const READY_WITHIN = 15_000;
const PATIENCE = 300_000;
const SAYS_AGAIN_WITHIN = 20_000;
/** A direct message that nobody acknowledges is said three times. */
const ATTEMPTS = 3;

export const rollcall: Campaign = {
  about: "SIGKILLs during roll calls",
  controls: ["forget-roll"],
  run: async (options) => {
    const street = await RollStreet.open(options);
    try {
      return await street.run();
    } finally {
      await street.close();
    }
  },
};

interface Round {
  readonly number: number;
  /** Packets by which the call came. */
  readonly calls: Set<number>;
  /** By resident. */
  readonly questions: Map<number, Set<number>>;
  readonly answers: Map<number, number[]>;
  readonly lists: Set<number>;
}

class RollStreet {
  readonly #options: CampaignOptions;
  readonly #random: Random;
  readonly #emulated: EmulatedStreet;
  readonly #muster: MusterProcess;
  readonly #folder: string;
  readonly #cable: Cable;
  readonly #rounds: Round[] = [];
  readonly #broken: string[] = [];
  #saying: number[] | undefined;
  #saidAgain = 0;
  #lost = 0;
  #duplicated = 0;
  #accounted = 0;
  #over = false;

  private constructor(options: CampaignOptions, emulated: EmulatedStreet, muster: MusterProcess, folder: string) {
    this.#options = options;
    this.#random = randomOf(options);
    this.#emulated = emulated;
    this.#muster = muster;
    this.#folder = folder;
    this.#cable = new Cable(emulated.street.radios[0]!);
  }

  static async open(options: CampaignOptions): Promise<RollStreet> {
    const folder = mkdtempSync(join(tmpdir(), "muster-rollcall-"));
    const pty = join(folder, "radio");
    const rate = options.rate ?? RATE;
    let street: RollStreet | undefined;
    const emulated = await EmulatedStreet.start(
      {
        listen: { host: "127.0.0.1", port: 0 },
        ptys: [pty],
        clock: systemClock(rate),
        street: { seed: options.seed, firmware: "2.7", handhelds: RESIDENTS, preset: "SHORT_TURBO", region: "US" },
      },
      { line: (line) => street?.heard(line), say: (words) => options.say?.(words) },
    );
    const muster = new MusterProcess({
      args: ["--clock-rate", String(rate)],
      env: sabotaged(options.control),
      config: {
        node: { name: "Elm Street", timezone: "UTC" },
        meshtastic: { connection_type: "serial", serial_port: pty },
      },
    });
    street = new RollStreet(options, emulated, muster, folder);
    street.#register();
    await muster.start();
    await until(`the radio to be ready; it said: ${muster.said}`, () => muster.said.includes("radio ready"));
    return street;
  }

  /** Everybody lives in one zone; the first is its captain, the last home has no radio. */
  #register(): void {
    const store = openStore(join(this.#muster.folder, "muster.db"));
    store.transaction(() => {
      for (let n = 0; n <= RESIDENTS; n++) {
        const house = String(n + 1);
        setHousehold(store, { ...emptyHousehold(house), zone: 1 }, 0);
        const role = n === 0 ? "captain" : "resident";
        const member = addMember(store, { name: `Home ${house}`, house, role, matrix: [] }, 0);
        if (n === 0) setZone(store, { number: 1, name: "Elm", captain: member }, 0);
        const identity = this.#emulated.street.handhelds[n]?.node.identity;
        if (identity) bindRadio(store, { node: identity.num, publicKey: fromHex(identity.publicKey)!, member }, 0);
      }
    });
    store.close();
  }

  get #radio(): string {
    return nodeId(this.#emulated.street.radios[0]!.node.num);
  }

  async run(): Promise<Result> {
    const killing = this.#kill();
    while (!this.#over) await this.#round();
    await killing;
    await this.#muster.stop();
    const expected = this.#rounds.length * (SILENT + 1);
    const store = openStore(join(this.#muster.folder, "muster.db"));
    const integrity = String(store.pragma("integrity_check"));
    store.close();
    return verdict(
      this.#options,
      { sent: expected, delivered: this.#accounted, lost: this.#lost, duplicated: this.#duplicated },
      { kills: this.#options.size, rollCalls: this.#rounds.length, saidAgain: this.#saidAgain, integrity },
      [...this.#broken, ...(integrity === "ok" ? [] : [`the database: ${integrity}`])],
    );
  }

  async #kill(): Promise<void> {
    let starts: Promise<void> = Promise.resolve();
    for (let count = 1, from = 0; count <= this.#options.size; count++) {
      if (!chance(this.#random, AT_ANY_TIME)) await this.#lives(from);
      await pause(below(this.#random, LIVES_AT_MOST));
      this.#cable.cut();
      await this.#muster.stop("SIGKILL");
      await starts;
      await pause(below(this.#random, DEAD_AT_MOST));
      from = this.#muster.said.length;
      // It may be killed before it answers, and then never says that it runs.
      starts = this.#muster.start().catch(() => undefined);
      this.#options.say?.(`kill ${count} of ${this.#options.size}, in roll call ${this.#rounds.length}`);
    }
    await starts;
    this.#over = true;
  }

  /** Until it has its radio, if it comes so far. */
  async #lives(from: number): Promise<void> {
    const ready = (): boolean => this.#muster.said.includes("radio ready", from);
    await until("the radio", ready, READY_WITHIN).catch(() => undefined);
  }

  // ───────────────────────────── one roll call ─────────────────────────────

  async #round(): Promise<void> {
    const round = await this.#openRoll();
    const reference = `r${round.number}`;
    try {
      await until(`${reference} to have asked everybody`, () => this.#asked(round.number), PATIENCE);
      await this.#sayAgain(round);
    } catch (error) {
      this.#broken.push((error as Error).message);
    }
    this.#look(round);
    await this.#ask(
      "roll close",
      { reference },
      () => this.#read((store) => rollRow(store, round.number)?.state) === "closed",
    );
  }

  async #openRoll(): Promise<Round> {
    const number = this.#rounds.length + 1;
    const round: Round = { number, calls: new Set(), questions: new Map(), answers: new Map(), lists: new Set() };
    this.#rounds.push(round);
    await this.#ask("roll open", { minutes: 600 }, () => this.#read((store) => rollRow(store, number)) !== undefined);
    return round;
  }

  /** Asks as long as it was not done: the gateway may be dead, or die of the question. */
  async #ask(verb: string, args: Readonly<Record<string, unknown>>, isDone: () => boolean): Promise<void> {
    await until(
      `${verb} to be done`,
      async () => {
        if (isDone()) return true;
        await askControl(join(this.#muster.folder, "control.sock"), verb, args, 2_000);
        return isDone();
      },
      PATIENCE,
    );
  }

  #read<T>(look: (store: Store) => T): T {
    const store = openStore(join(this.#muster.folder, "muster.db"), { readonly: true });
    try {
      return look(store);
    } finally {
      store.close();
    }
  }

  #silent(number: number): string[] {
    return this.#read((store) => {
      const view = rollStatus({ store, now: 0, wall: 0 } as Turn, number);
      return view?.byZone.flatMap((zone) => zone.silent) ?? [];
    });
  }

  #asked(number: number): boolean {
    return this.#read((store) => rollRow(store, number)?.stage) === "waiting";
  }

  /** Whoever answered into a cable that was being cut says it once more. */
  async #sayAgain(round: Round): Promise<void> {
    const missing = (): number[] =>
      this.#silent(round.number)
        .map((house) => Number(house) - 1)
        .filter((n) => n < SILENT || n === RESIDENTS);
    await until("late answers", () => missing().length === 0, SAYS_AGAIN_WITHIN / 4).catch(() => undefined);
    for (const n of missing()) {
      const ids = n === RESIDENTS ? (round.answers.get(0) ?? []) : (round.answers.get(n) ?? []);
      if (!this.#cable.excuses(ids)) continue;
      this.#saidAgain++;
      if (n === RESIDENTS) this.#say(round, 0, `${RESIDENTS + 1} ok`);
      else this.#say(round, n, "ok");
    }
    await until("answers that were said again", () => missing().length === 0, SAYS_AGAIN_WITHIN).catch(() => undefined);
  }

  #look(round: Round): void {
    const silent = new Set(this.#silent(round.number).map((house) => Number(house) - 1));
    for (let n = 0; n <= RESIDENTS; n++) {
      if (n >= SILENT && n < RESIDENTS) {
        if (!silent.has(n))
          this.#broken.push(`r${round.number}: home ${n + 1} never said anything, and counts as heard`);
      } else if (silent.has(n)) this.#lost++;
      else this.#accounted++;
    }
    const rows = this.#read((store) =>
      store.all<{ destination: string; n: number }>(
        "SELECT destination, count(*) AS n FROM roll_sends s JOIN ledger l ON l.id = s.ledger WHERE s.roll = ? " +
          "AND l.text NOT LIKE '%no word from%' GROUP BY destination",
        round.number,
      ),
    );
    const twice = rows.filter(({ n }) => n > 1);
    const extra = [
      Math.max(0, round.calls.size - 1),
      ...[...round.questions.values()].map((ids) => Math.max(0, ids.size - ATTEMPTS)),
      Math.max(0, round.lists.size - ATTEMPTS),
      ...twice.map(({ n }) => n - 1),
    ].reduce((sum, each) => sum + each, 0);
    this.#duplicated += extra;
    if (extra > 0)
      this.#broken.push(
        `r${round.number}: ${round.calls.size} calls, asked twice: ${twice.map((row) => row.destination).join(" ")}`,
      );
  }

  // ───────────────────────────── residents ─────────────────────────────

  /** A line of the emulated street. */
  heard(line: Readonly<Record<string, unknown>>): void {
    if (line["at"] === "sent") this.#saying?.push(line["id"] as number);
    const text = line["text"];
    if (line["at"] !== "received" || typeof text !== "string") return;
    const reference = /^(?:Roll call )?r(\d+)[:,]/.exec(text);
    const round = reference ? this.#rounds[Number(reference[1]) - 1] : undefined;
    if (!round || line["from"] !== this.#radio) return;
    const n = this.#emulated.street.handhelds.findIndex(({ id }) => id === line["node"]);
    const id = line["id"] as number;
    if (text.startsWith("Roll call")) {
      const known = round.calls.has(id);
      round.calls.add(id);
      if (n < ASKED_ONLY && (!known || !round.answers.has(n))) this.#later(round, n, "ok");
    } else if (text.includes("no word from")) {
      round.lists.add(id);
      this.#later(round, n, `${RESIDENTS + 1} ok`);
    } else {
      round.questions.set(n, (round.questions.get(n) ?? new Set()).add(id));
      if (n < SILENT) this.#later(round, n, "ok");
    }
  }

  /** After a moment's thought, up to two minutes of the street's time. */
  #later(round: Round, n: number, text: string): void {
    if (!round.answers.has(n)) round.answers.set(n, []);
    const wait: Millis = below(this.#random, 120_000) / (this.#options.rate ?? RATE);
    wallClock.after(wait, () => this.#say(round, n, text));
  }

  #say(round: Round, n: number, text: string): void {
    const ids = round.answers.get(n) ?? [];
    round.answers.set(n, ids);
    this.#saying = ids;
    const { handhelds } = this.#emulated.street;
    this.#emulated.command({ node: handhelds[n]!.id, to: this.#radio, channel: 0, text });
    this.#saying = undefined;
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#muster.remove();
    await this.#emulated.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
