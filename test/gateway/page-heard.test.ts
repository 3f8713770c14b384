// Whoever a page did not reach is asked once more when their radio is heard.

import { beforeEach, describe, expect, it } from "vitest";
import { startPage } from "#gateway/calltree/page.ts";
import { pageStatus } from "#gateway/calltree/status.ts";
import { Bench, EVERYONE, OPS } from "#test/harness/gateway.ts";
import { dm, people, radio } from "#test/harness/paged-homes.ts";
import type { PageView } from "#gateway/calltree/words.ts";

const MINUTE = 60_000;
const TELEMETRY = 67;

let bench: Bench;
beforeEach(() => {
  bench = new Bench({ pages: { secondPerson: false } }).ready();
  bench.pump.ask(people);
});

function start(urgent = false): void {
  bench.pump.ask((turn) => startPage(turn, { tree: "zones", text: "Fire on the ridge", urgent, by: "Cora" }));
}

const pass = (minutes: number): void => bench.clock.advance(minutes * MINUTE);
const status = (): PageView => bench.pump.ask((turn) => pageStatus(turn, "p1")) as PageView;
const visits = (): (string | null)[] => status().visits.map(({ house }) => house);
/** Battery of a radio: nothing that a person said. */
const chatter = (house: number): void => {
  bench.hear(radio(house), "", { portnum: TELEMETRY }, { kind: "telemetry", telemetry: { batteryLevel: 80 } });
};
/** What was asked from this send on; attempts at one direct message count once. */
const asksSince = (send: number): { to: number; text: string }[] => {
  const all = bench.sent.slice(send).map(({ to, payload }) => ({ to, text: Buffer.from(payload).toString() }));
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()].filter(({ text }) =>
    text.includes("Fire on the ridge"),
  );
};

describe("somebody silent whose radio is heard again", () => {
  beforeEach(() => {
    start();
    pass(120);
  });

  it("is asked once more, together with others, and leaves the list with their answer", () => {
    expect(status()).toMatchObject({ state: "finished", answered: 0 });
    expect(visits()).toContain("3");
    const before = bench.sent.length;
    chatter(3);
    pass(1);
    chatter(4);
    chatter(7);
    expect(asksSince(before)).toEqual([]);
    pass(10);
    expect(asksSince(before)).toEqual([{ to: EVERYONE, text: "p1 for 3 4 7: Fire on the ridge (answer OK or CANT)" }]);
    bench.hear(radio(3), "ok", dm(3));
    expect(visits()).not.toContain("3");
    expect(visits()).toContain("4");
    expect(status().people.find(({ house }) => house === "3")).toMatchObject({ state: "answered", by: "Home 3" });
    expect(bench.bodies(OPS)).toContain("3 Home 3 has answered p1 after all: no visit is needed.");
    for (const house of [3, 4, 7]) chatter(house);
    pass(60);
    expect(asksSince(before)).toHaveLength(1);
  });

  it("is asked after a restart, too", () => {
    const before = bench.sent.length;
    chatter(3);
    bench.boot("boot-2");
    bench.ready();
    pass(10);
    expect(asksSince(before)).toMatchObject([{ to: radio(3) }]);
  });

  it("is left alone when the page is stopped, called off, or past its deadline", () => {
    const before = bench.sent.length;
    chatter(3);
    bench.write("!page stop p1", { room: OPS });
    chatter(4);
    pass(20);
    expect(asksSince(before)).toEqual([]);
    expect(status().state).toBe("stopped");
  });

  it("is not asked beyond the deadline", () => {
    const before = bench.sent.length;
    pass(6 * 60);
    chatter(3);
    pass(20);
    expect(asksSince(before)).toEqual([]);
  });
});

describe("what is no sign of coming back", () => {
  it("an acknowledgement, or a radio that acknowledged the question", () => {
    start();
    pass(1);
    bench.hear(radio(1), "cant", dm(1));
    pass(1);
    const toDeputy = bench.sent.findLast(({ to }) => to === radio(2))!;
    bench.routing(radio(2), toDeputy.packetId, 0);
    pass(120);
    const before = bench.sent.length;
    bench.routing(radio(3), 77, 0);
    chatter(2);
    pass(20);
    expect(asksSince(before)).toEqual([]);
    chatter(3);
    pass(20);
    expect(asksSince(before)).toHaveLength(1);
  });
});

describe("an urgent page", () => {
  it("says once what it would have said again to a radio that was out of reach", () => {
    start(true);
    pass(1);
    bench.hear(radio(1), "cant", dm(1));
    pass(120);
    const before = bench.sent.length;
    chatter(2);
    pass(5);
    const after = bench.sent.slice(before);
    // One question, in up to three attempts; the two that were held are let go.
    expect(new Set(after.map(({ sendId }) => sendId)).size).toBe(1);
    expect(asksSince(before)).toHaveLength(1);
  });
});
