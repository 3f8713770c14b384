// A word on the public channel could be anybody's: it accounts for the home it names, wherever that is counted it is marked, and
// it hides nothing that is proven.

import { beforeEach, describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { sheetOf } from "#gateway/reports/sheets.ts";
import { openRollCall } from "#gateway/welfare/roll.ts";
import { rollStatus, rollSummary, type RollView } from "#gateway/welfare/roll-status.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { standing } from "#store/welfare.ts";
import { Bench, DIRECT, OPS, START } from "#test/harness/gateway.ts";

const HOMES = [1, 2, 3, 4] as const;
const node = (n: number): ReturnType<typeof nodeNum> => nodeNum(0x1000_0000 + n);
const from = (n: number): object => ({ ...DIRECT, publicKey: new Uint8Array(32).fill(n) });

let bench: Bench;

beforeEach(() => {
  bench = new Bench().ready();
  bench.store.transaction(() => {
    for (const n of HOMES) {
      setHousehold(bench.store, { ...emptyHousehold(String(n)), zone: 1 }, START);
      const role = n === 1 ? "captain" : "resident";
      const who = addMember(bench.store, { name: `Name${n}`, house: String(n), role, matrix: [] }, START);
      bindRadio(bench.store, { node: node(n), publicKey: new Uint8Array(32).fill(n), member: who }, START);
      if (n === 1) setZone(bench.store, { number: 1, name: "Elm", captain: who }, START);
    }
  });
});

const open = (): void => void bench.pump.ask((turn) => openRollCall(turn, { scope: { all: true }, by: "Maria" }));
const view = (): RollView => bench.pump.ask((turn) => rollStatus(turn))!;
const zone = (): RollView["byZone"][number] => view().byZone[0]!;
const status = (house: string): string => standing(bench.store, house).status;
const proven = (n: number, text: string): void => void bench.hear(node(n), text, from(n));
/** In the clear on the channel, under that radio's number. */
const forged = (n: number, text: string): void => void bench.hear(node(n), `!${text}`);
const board = (): string => {
  bench.clock.advance(60_000);
  return bench.bodies(OPS).findLast((body) => body.includes("Roll call r1:"))!;
};

describe("an unproven ok", () => {
  it("accounts for its own home, marked in every figure", () => {
    open();
    proven(2, "ok");
    forged(3, "ok");
    expect(view()).toMatchObject({ accounted: 2, silent: 2, unproven: 1, byZone: [{ unproven: ["3"] }] });
    expect(rollSummary(view())).toContain("2 of 4 accounted for (1 not proven ⚠)");
    expect(board()).toMatch(/Roll call r1: 2 of 4 accounted for \(1 not proven ⚠\)/);
    expect(board()).toMatch(/OK: 2, 3 ⚠/);
    const homes = bench.pump.ask((turn) => sheetOf(turn, { withPrivate: false })).zones[0]!.homes;
    expect(homes.filter(({ doubtful }) => doubtful).map(({ household }) => household)).toEqual(["3"]);
  });

  it("takes no need, and nothing urgent, off the record or off a board, said before the roll call or in it", () => {
    proven(2, "need insulin at noon");
    proven(3, "urgent roof gone");
    open();
    forged(2, "ok");
    forged(3, "ok");
    proven(4, "need water");
    forged(4, "ok");
    expect(["2", "3", "4"].map(status)).toEqual(["need", "urgent", "need"]);
    expect(view()).toMatchObject({ accounted: 3, need: 2, urgent: 1, unproven: 0 });
    expect(board()).not.toMatch(/OK: .*[234]/);
    // The same by themselves, proven, is believed.
    proven(2, "ok");
    expect(status("2")).toBe("ok");
    expect(view()).toMatchObject({ need: 1 });
  });

  it("takes no home off the list that a captain has found empty; it is shown beside", () => {
    open();
    proven(1, "ok");
    proven(1, "silent 3");
    forged(3, "ok");
    expect(status("3")).toBe("unknown");
    expect(zone()).toMatchObject({ silent: ["2", "3", "4"], noAnswer: ["3"] });
    expect(zone().waiting).toMatchObject([{ house: "3", status: "ok" }]);
    expect(board()).toContain("3 (self: ok 3?)");
    proven(3, "ok");
    expect(zone().silent).toEqual(["2", "4"]);
  });

  it("closes no call for help and calms nobody who called", () => {
    proven(2, "sos");
    open();
    forged(2, "ok");
    expect(status("2")).toBe("urgent");
    expect(view()).toMatchObject({ urgent: 1, unproven: 0 });
  });

  it("does not reach into a drill or out of it", () => {
    proven(2, "need water");
    bench.write("!event open drill autumn", { room: OPS });
    open();
    forged(2, "ok");
    expect(status("2")).toBe("need");
    expect(view()).toMatchObject({ exercise: true, accounted: 1, need: 0, unproven: 1 });
  });
});
