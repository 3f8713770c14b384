// A radio whose port is open but says nothing, and a long life of reconnects, in virtual time with the real gateway.

import { describe, expect, it } from "vitest";
import { VirtualClock, type Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { seededRandom } from "#base/random.ts";
import { Street } from "#emulator/street.ts";
import { linkRow } from "#store/world.ts";
import { SIMULATED_SETTINGS } from "#sim/gateway.ts";
import { Host } from "#sim/host.ts";
import { FaultyServer } from "#sim/server.ts";
import { openStore } from "#store/open.ts";

const START = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const OPERATORS = SIMULATED_SETTINGS.uplinks[0]!.operatorsRoom!;
const ROOM = SIMULATED_SETTINGS.uplinks[0]!.matrixRooms[0]!.id;

class Life {
  readonly clock = new VirtualClock(START);
  readonly street = new Street({ seed: 3, firmware: "2.7", handhelds: 2, startAt: START });
  readonly server = new FaultyServer(seededRandom(1), [ROOM, OPERATORS], START);
  readonly store = openStore(":memory:");
  readonly host: Host;
  readonly radio = nodeId(this.street.radios[0]!.node.num);

  constructor() {
    const { clock, street, server, store } = this;
    const witness = { kept: () => undefined, written: () => undefined };
    const common = { clock, street, server, store, witness, settings: SIMULATED_SETTINGS };
    server.faults = 0;
    this.host = new Host({ ...common, random: seededRandom(2), mortality: 0, confirmsFirst: false });
  }

  /** Lives until `isSo`, at most so long; how long it took. */
  until(isSo: () => boolean, most: Millis): Millis | undefined {
    const begin = this.clock.now();
    while (!isSo()) {
      if (this.clock.now() - begin >= most) return undefined;
      this.host.goTo(Math.min(this.host.nextAt() ?? Number.POSITIVE_INFINITY, begin + most));
    }
    return this.clock.now() - begin;
  }

  state(): string | undefined {
    return linkRow(this.store, "radio")?.state;
  }

  told(words: RegExp): boolean {
    return this.server.events.some(({ room, body }) => room === OPERATORS && words.test(body));
  }

  tell(doing: string, seconds = 1): void {
    this.street.command({ radio: this.radio, do: doing, seconds }, this.clock.now());
  }
}

describe("a radio that falls silent", () => {
  it("is found within 75 s, told to operators within 2 min, and brought back", () => {
    const life = new Life();
    expect(life.until(() => life.state() === "ready", MINUTE)).toBeDefined();
    life.tell("mute", 600);
    const found = life.until(() => life.state() === "silent", 5 * MINUTE);
    expect(found).toBeLessThanOrEqual(75_000);
    const told = life.until(() => life.told(/says nothing/), 5 * MINUTE);
    expect(found! + told!).toBeLessThanOrEqual(2 * MINUTE);
    expect(life.until(() => life.state() === "ready", 20 * MINUTE)).toBeDefined();
    expect(life.until(() => life.told(/radio is back/), MINUTE)).toBeDefined();
  });

  it("is left alone while it speaks", () => {
    const life = new Life();
    life.until(() => life.state() === "ready", MINUTE);
    expect(life.until(() => life.state() !== "ready", 12 * 60 * MINUTE)).toBeUndefined();
  });
});
