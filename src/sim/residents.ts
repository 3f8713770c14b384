// Residents who are called and answer, the same for every strategy: whoever reads a call that means them answers "here" once, by
// direct message to the gateway's radio, after a time that is theirs. If their app says that it did not arrive, they say it once
// more. The app asks for an ack, as the apps do.

import { utf8 } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";
import { nodeId } from "#base/ids.ts";
import { below, seededRandom, type Random } from "#base/random.ts";
import type { Handheld, Line } from "#emulator/handheld.ts";
import type { Street } from "#emulator/street.ts";

/** Reading and typing: at least this, and twice up to a minute more. */
const AT_LEAST: Millis = 15_000;
const UP_TO: Millis = 60_000;
/** One in five is busy with something else first, for up to five minutes. */
const BUSY_ONE_IN = 5;
const BUSY: Millis = 300_000;
/** Before they try again what their app says did not arrive. */
const AGAIN_AFTER: Millis = 30_000;
const MOST_SAID = 2;

const TEXT_PORT = 1;
/** What no grammar takes for anything but words: what is done with an "OK" depends on who is on which list. */
const ANSWER = utf8("here");

export class Resident {
  readonly handheld: Handheld;
  /** From reading the call to answering it. */
  readonly takes: Millis;
  called = false;
  /** The part of the neighbourhood that is called together; 0 until somebody divides it. */
  zone = 0;
  /** How often they said it. */
  said = 0;
  /** Lines that told them that they were heard. */
  receipts = 0;

  constructor(handheld: Handheld, random: Random) {
    this.handheld = handheld;
    const busy = below(random, BUSY_ONE_IN) === 0 ? below(random, BUSY) : 0;
    this.takes = AT_LEAST + below(random, UP_TO) + below(random, UP_TO) + busy;
  }

  get num(): NodeNum {
    return this.handheld.node.num;
  }

  /** Whether a line on the air names them, by their radio's short name or the end of its number. */
  isNamedIn(line: string): boolean {
    const words = line.split(/\s+/);
    return words.includes(this.handheld.node.identity.shortName) || words.includes(`!${this.handheld.id.slice(-4)}`);
  }
}

/** What residents make of the gateway's words. */
export interface Meaning {
  readonly calls: (text: string, resident: Resident) => boolean;
  readonly receipt: (text: string, resident: Resident) => boolean;
}

export class Residents {
  readonly all: readonly Resident[];
  readonly #street: Street;
  readonly #meaning: Meaning;
  readonly #gateway: NodeNum;
  readonly #byId: ReadonlyMap<string, Resident>;

  constructor(street: Street, meaning: Meaning, seed: number) {
    const random = seededRandom(seed);
    this.#street = street;
    this.#meaning = meaning;
    this.#gateway = street.radios[0]!.node.num;
    this.all = street.handhelds.map((each) => new Resident(each, random));
    this.#byId = new Map(this.all.map((each) => [each.handheld.id, each]));
  }

  /** What the screens have shown since the last call, and what residents do about it. */
  look(now: Millis): void {
    for (const line of this.#street.takeLines()) {
      const resident = this.#byId.get(String(line["node"]));
      if (resident && line["at"] === "received") this.#read(resident, line, now);
      // The app says so of each of its tries; a second failure is not tried again.
      if (resident && line["at"] === "acked" && line["error"] !== 0)
        this.#street.later(now + AGAIN_AFTER, (then) => this.answer(resident, then));
    }
  }

  answer(resident: Resident, now: Millis): void {
    if (resident.said >= MOST_SAID) return;
    resident.said++;
    resident.handheld.type({ to: this.#gateway, channel: 0, portnum: TEXT_PORT, payload: ANSWER }, now);
  }

  #read(resident: Resident, line: Line, now: Millis): void {
    if (line["from"] !== nodeId(this.#gateway)) return;
    const text = typeof line["text"] === "string" ? line["text"] : "";
    if (this.#meaning.receipt(text, resident)) resident.receipts++;
    if (resident.called || !this.#meaning.calls(text, resident)) return;
    resident.called = true;
    this.#street.later(now + resident.takes, (then) => this.answer(resident, then));
  }
}
