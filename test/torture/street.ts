// The gateway as a program between a radio on a pty and a real Synapse, with people who talk both ways without pause.
//
// The emulated street runs in this process, so that it is known when the radio handed which packet over. That matters for
// one thing only: the radio hands each packet over once, and what is in the cable, or read and not yet committed, when the
// program is killed or the cable pulled, nobody can have. Such a message is in no ledger; its sender sees no sign of it and
// says it again, and the campaign counts that (`saidAgain`). A message that is in the ledger, or that was handed over while
// all was well, has no such excuse: if people do not see it, it is lost.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, wallClock, type Millis } from "#base/clock.ts";
import { below, type Random } from "#base/random.ts";
import { EmulatedStreet } from "#cli/emulate/streams.ts";
import { MusterProcess } from "#test/harness/muster.ts";
import { testSynapse, until, type Person, type RoomEvent, type TestSynapse } from "#test/harness/synapse.ts";
import { Account } from "./account.ts";
import { Cable } from "./cable.ts";
import { integrityOf, ledgerOf, marksKept } from "./kept.ts";
import { pause, randomOf, type CampaignOptions } from "./campaign.ts";
import { sabotaged } from "./sabotage.ts";

/** On their way at most, each way: the radio's own queues are 32 and 16 long, and overflowing them is its right. */
const MESH_UNDER_WAY = 8;
const MATRIX_UNDER_WAY = 10;

/** What was said so long ago (wall ms) and is not there may never come; talking goes on without it. */
const NO_LONGER_UNDER_WAY: Millis = 5_000;

/** Nothing came for so long: what is missing now will not come by itself. In the street's time, and at least in ours. */
const QUIET: Millis = 120_000;
const QUIET_AT_LEAST: Millis = 8_000;

export interface StreetFixture {
  readonly rate: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Messages by radio on their way at most. */
  readonly meshUnderWay?: number;
  /** Every other message by radio is a direct one to the gateway, which answers with a receipt. */
  readonly direct?: boolean;
}

interface Said {
  readonly node: string;
  readonly to: string;
  readonly text: string;
  readonly at: Millis;
  /** Packet ids under which it was said. */
  readonly ids: number[];
}

export class TortureStreet {
  readonly toMatrix = new Account("r");
  readonly toMesh = new Account("m");
  readonly random: Random;
  readonly muster: MusterProcess;
  readonly radio: string;
  saidAgain = 0;
  /** What the gateway said in Matrix of its own. */
  readonly ownWords = new Set<string>();
  readonly #options: CampaignOptions;
  readonly #fixture: StreetFixture;
  readonly #receipts = new Map<string, Set<string>>();
  readonly #emulated: EmulatedStreet;
  readonly #synapse: TestSynapse;
  readonly #people: readonly Person[];
  /** The bridged room and the operators'. */
  readonly #rooms: readonly string[];
  readonly #residents: readonly string[];
  readonly #folder: string;
  readonly #said = new Map<string, Said>();
  readonly #cable: Cable;
  readonly #committed = new Set<string>();
  #following = true;
  #talking = true;
  #givenUp = false;
  #lastProgress: Millis = wallClock.now();
  #loops: Promise<void>[] = [];

  private constructor(parts: {
    options: CampaignOptions;
    fixture: StreetFixture;
    emulated: EmulatedStreet;
    muster: MusterProcess;
    synapse: TestSynapse;
    people: readonly Person[];
    rooms: readonly string[];
    folder: string;
  }) {
    const ready = parts.emulated.ready(parts.options.seed) as { handhelds: string[]; streams: { radio: string }[] };
    this.#options = parts.options;
    this.#fixture = parts.fixture;
    this.#emulated = parts.emulated;
    this.#synapse = parts.synapse;
    this.#people = parts.people;
    this.#rooms = parts.rooms;
    this.#folder = parts.folder;
    this.#residents = ready.handhelds;
    this.radio = ready.streams[0]!.radio;
    this.muster = parts.muster;
    this.random = randomOf(parts.options);
    this.#cable = new Cable(parts.emulated.street.radios[0]!);
  }

  /** A gateway that is ready, and people who say nothing yet. */
  static async open(options: CampaignOptions, fixture: StreetFixture): Promise<TortureStreet> {
    const synapse = options.synapse ?? (await testSynapse());
    const folder = mkdtempSync(join(tmpdir(), "muster-torture-"));
    const pty = join(folder, "radio");
    const { rate } = fixture;
    const tag = String(wallClock.now());
    const people = await Promise.all(["maria", "jo", "li"].map((name) => synapse.person(`${name}${tag}`)));
    const bot = await synapse.person(`muster${tag}`);
    const room = await people[0]!.createRoom({ invite: [bot.userId, ...people.slice(1).map((each) => each.userId)] });
    for (const person of people.slice(1)) await person.join(room);
    const operators = await people[0]!.createRoom({ invite: [bot.userId] });
    let street: TortureStreet | undefined;
    const emulated = await EmulatedStreet.start(
      {
        listen: { host: "127.0.0.1", port: 0 },
        ptys: [pty],
        clock: systemClock(rate),
        // The quickest preset: the air is not what is tested here.
        street: { seed: options.seed, firmware: "2.7", handhelds: 2, rateLimits: false, preset: "SHORT_TURBO" },
      },
      { line: (line) => street?.heard(line), say: (words) => options.say?.(words) },
    );
    const muster = new MusterProcess({
      token: bot.accessToken,
      args: ["--clock-rate", String(rate), "--rate-limits", "off"],
      env: { ...fixture.env, ...sabotaged(options.control) },
      config: {
        node: { name: "Elm Street", timezone: "UTC" },
        meshtastic: { connection_type: "serial", serial_port: pty },
        uplinks: [
          {
            name: "street",
            homeserver: synapse.baseUrl,
            mode: "bot",
            user_id: bot.userId,
            access_token_file: "token",
            operators_room: operators,
            matrix_rooms: [{ id: room, meshtastic_channel: 0 }],
          },
        ],
      },
    });
    street = new TortureStreet({
      options,
      fixture,
      emulated,
      muster,
      synapse,
      people,
      rooms: [room, operators],
      folder,
    });
    street.#goesOn(street.#follow());
    try {
      await muster.start();
      // Not by asking it with a verb, which would stop this process and the radios in it.
      const ready = () => muster.said.includes("radio ready") && muster.said.includes("uplink ready");
      await until(`radio and uplink to be ready; it said: ${muster.said}`, ready);
      return street;
    } catch (error) {
      await street.close();
      throw error;
    }
  }

  /** Until `close`, which waits for it; what ends it before shows as a standstill. */
  #goesOn(loop: Promise<void>): void {
    loop.catch(() => undefined);
    this.#loops.push(loop);
  }

  // ───────────────────────────── talking ─────────────────────────────

  /** People begin to talk, both ways, and go on until `settle`. */
  talk(): void {
    for (const loop of [this.#talkByRadio(), ...this.#people.map((person) => this.#write(person))]) this.#goesOn(loop);
  }

  /** Waits until so many messages were said each way; false when it took longer or everything came to a standstill. */
  async saidAtLeast(count: number, within: Millis = Number.POSITIVE_INFINITY): Promise<boolean> {
    const end = wallClock.now() + within;
    const enough = () => this.toMatrix.sent >= count && this.toMesh.sent >= count;
    this.#lastProgress = wallClock.now();
    while (!enough() && !this.#givenUp && this.#progresses() && wallClock.now() < end) await pause(25);
    return enough();
  }

  async #talkByRadio(): Promise<void> {
    for (let turn = 0; this.#talking; turn++) {
      const ahead = this.toMatrix.sent - this.toMesh.sent;
      const most = this.#fixture.meshUnderWay ?? MESH_UNDER_WAY;
      if (this.#underWay() >= most || ahead > most) await pause(5);
      else {
        const mark = this.toMatrix.next();
        const node = this.#residents[turn % this.#residents.length]!;
        const text = mark + " ok".repeat(below(this.random, 4));
        const to = this.#fixture.direct && turn % 4 < 2 ? this.radio : "^all";
        this.#said.set(mark, { node, to, text, at: wallClock.now(), ids: [] });
        this.#say(mark);
        await pause(below(this.random, 20));
      }
    }
  }

  /** Messages by radio that may still come by themselves. */
  #underWay(): number {
    const since = wallClock.now() - NO_LONGER_UNDER_WAY;
    return this.toMatrix.missing().filter((mark) => this.#said.get(mark)!.at > since).length;
  }

  #say(mark: string): void {
    const { node, to, text, ids } = this.#said.get(mark)!;
    this.#saying = ids;
    this.command({ node, to, channel: 0, text });
    this.#saying = undefined;
  }

  async #write(person: Person): Promise<void> {
    while (this.#talking) {
      const ahead = this.toMesh.sent - this.toMatrix.sent;
      if (this.toMesh.missing().length >= MATRIX_UNDER_WAY || ahead > MATRIX_UNDER_WAY) await pause(5);
      else await person.say(this.#rooms[0]!, this.toMesh.next() + " ok".repeat(below(this.random, 4)));
    }
  }

  // ───────────────────────────── seeing ─────────────────────────────

  #saying: number[] | undefined;

  /** A line of the emulated street. */
  heard(line: Readonly<Record<string, unknown>>): void {
    if (line["at"] === "sent") this.#saying?.push(line["id"] as number);
    if (line["at"] !== "received" || line["from"] !== this.radio) return;
    this.#lastProgress = wallClock.now();
    const text = typeof line["text"] === "string" ? line["text"] : "";
    this.toMesh.seen(text, String(line["id"]));
    if (!text.startsWith("Stored")) return;
    for (const [reference] of text.matchAll(/\bk\d+\b/g)) {
      const copies = this.#receipts.get(reference) ?? new Set();
      this.#receipts.set(reference, copies.add(String(line["id"])));
    }
  }

  /** Receipts that came, and how many came again in another packet. */
  get receipts(): { readonly given: number; readonly repeated: number } {
    const all = [...this.#receipts.values()];
    return { given: all.length, repeated: all.reduce((sum, { size }) => sum + size - 1, 0) };
  }

  /** Reads the room as a client does. */
  async #follow(): Promise<void> {
    const [reader] = this.#people;
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 500 } }, presence: { types: [] } }));
    let since = "";
    while (this.#following) {
      const answer = await reader!.call("GET", `/_matrix/client/v3/sync?filter=${filter}&timeout=500${since}`);
      since = `&since=${encodeURIComponent(String(answer["next_batch"]))}`;
      const rooms = answer["rooms"] as { join?: Record<string, { timeline: { events: RoomEvent[] } }> } | undefined;
      for (const room of this.#rooms)
        for (const event of rooms?.join?.[room]?.timeline.events ?? []) this.#shown(event);
    }
  }

  #shown(event: RoomEvent): void {
    if (event.type !== "m.room.message" || this.#people.some(({ userId }) => userId === event.sender)) return;
    this.#lastProgress = wallClock.now();
    const body = String(event.content["body"]);
    this.toMatrix.seen(body, event.event_id);
    if (!/\br\d{5,}\./.test(body)) this.ownWords.add(body);
  }

  // ───────────────────────────── faults ─────────────────────────────

  /** A command of the emulator (contract.md). */
  command(command: Readonly<Record<string, unknown>>): void {
    this.#emulated.command(command);
  }

  /** The radio's serial session has come through its handshake. */
  get radioLive(): boolean {
    return this.#emulated.street.radios[0]!.serial.live;
  }

  /** What was handed over less than `before` ago is nobody's. */
  cut(before?: Millis): void {
    this.#cable.cut(before);
  }

  /** The program is dead: what it had committed by now it has to answer for, wherever that is afterwards. */
  died(): void {
    for (const mark of marksKept(this.#database)) this.#committed.add(mark);
  }

  get longestInCable(): Millis {
    return this.#cable.longest;
  }

  /** Nothing will come any more: the account is made as things are. */
  giveUp(): void {
    this.#talking = false;
    this.#givenUp = true;
  }

  /** The gateway's process has not ended. */
  alive(): boolean {
    return existsSync(`/proc/${this.muster.pid}/fd`);
  }

  // ───────────────────────────── the end ─────────────────────────────

  /** People fall silent; what is under way arrives; what was never accepted is said again, as its sender would. */
  async settle(): Promise<void> {
    this.#talking = false;
    this.#noteGivenUp();
    for (let round = 0; round < 3 && !this.#givenUp; round++) {
      await this.#quiet();
      const again = this.#neverAccepted();
      if (again.length === 0) break;
      for (const mark of again) {
        this.saidAgain++;
        this.#say(mark);
        await pause(below(this.random, 20) + 1_000 / this.#fixture.rate);
      }
    }
    for (const room of this.#rooms) for (const event of await this.#people[0]!.timeline(room)) this.#shown(event);
  }

  /** What the gateway itself says that it gave up is not lost in silence. */
  #noteGivenUp(): void {
    for (const { text, state, reason } of ledgerOf(this.#database)) {
      if (state !== "expired" || !reason?.includes("disk is full")) continue;
      for (const way of [this.toMatrix, this.toMesh])
        for (const mark of way.missing()) if (text.includes(mark)) way.gaveUp(mark);
    }
  }

  async #quiet(): Promise<void> {
    this.#lastProgress = wallClock.now();
    const done = () => this.toMatrix.missing().length === 0 && this.toMesh.missing().length === 0;
    while (!done() && this.#progresses()) await pause(25);
    // A second copy may be right behind the first.
    await pause(1_000);
  }

  /** Something came lately. A control has only to be noticed, not to be given every chance. */
  #progresses(): boolean {
    const patience =
      this.#options.control === undefined ? Math.max(QUIET_AT_LEAST, QUIET / this.#fixture.rate) : QUIET_AT_LEAST;
    return wallClock.now() - this.#lastProgress < patience;
  }

  #neverAccepted(): string[] {
    const texts = ledgerOf(this.#database)
      .map(({ text }) => text)
      .join(" ");
    return this.toMatrix
      .missing()
      .filter((mark) => !texts.includes(mark) && !this.#committed.has(mark))
      .filter((mark) => this.#cable.excuses(this.#said.get(mark)!.ids));
  }

  get #database(): string {
    return join(this.muster.folder, "muster.db");
  }

  /** What became of the messages that are missing or came twice, for people who look for the reason. */
  explain(): string[] {
    const rows = ledgerOf(this.#database);
    const missing = [...this.toMatrix.missing(), ...this.toMesh.missing()].slice(0, 10).map((mark) => {
      const row = rows.find(({ text }) => text.includes(mark));
      return `${mark} ${row ? `${row.state} ${row.reason ?? ""}` : "is in no ledger"}`;
    });
    const repeated = [...this.toMatrix.repeated(), ...this.toMesh.repeated()].slice(0, 10).map(({ mark, copies }) => {
      const ids = this.#said.get(mark)?.ids ?? [];
      return `${mark} came as ${[...copies].join(" ")}; said as ${this.#cable.history(ids)}`;
    });
    return [...missing, ...repeated];
  }

  /** What SQLite says of the database after the gateway has stopped. */
  async integrity(): Promise<string> {
    await this.muster.stop();
    return integrityOf(this.#database);
  }

  async close(): Promise<void> {
    this.#talking = false;
    this.#following = false;
    await Promise.allSettled(this.#loops);
    await this.muster.remove();
    await this.#emulated.stop();
    if (!this.#options.synapse) await this.#synapse.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
