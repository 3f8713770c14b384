// Events and drills: one at a time, and nothing of a drill in the real record, nor the other way round.

import { expect, it } from "vitest";
import { closeEvent, eventViews, openEvent } from "#gateway/welfare/event-changes.ts";
import { currentEvent } from "#gateway/events.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import { factsOf, openCalls, standing } from "#store/welfare.ts";
import { ANA, Bench, DIRECT, OPS, START, isAid } from "#test/harness/gateway.ts";

function street(): Bench {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    setHousehold(bench.store, { ...emptyHousehold("14"), zone: 1 }, START);
    const ana = addMember(bench.store, { name: "Ana", house: "14", role: "resident", matrix: [] }, START);
    bindRadio(bench.store, { node: ANA, publicKey: DIRECT.publicKey!, member: ana }, START);
  });
  return bench;
}

const open = (bench: Bench, name: string, drill: boolean) =>
  bench.pump.ask((turn) => openEvent(turn, { name, drill, by: "Maria" }));

function hear(bench: Bench, text: string): string | undefined {
  bench.hear(ANA, text, DIRECT);
  bench.clock.advance(20_000);
  return bench.texts().at(-1);
}

it("opens one event at a time; a real one ends a drill", () => {
  const bench = street();
  expect(open(bench, "storm", false)).toMatchObject({ ok: true, event: { name: "storm", drill: false } });
  expect(open(bench, "quake", false)).toMatchObject({ ok: false, reason: expect.stringContaining('"storm" is open') });
  expect(open(bench, "drill", true)).toMatchObject({ ok: false });
  expect(bench.pump.ask((turn) => closeEvent(turn, "Maria"))).toMatchObject({ ok: true, event: { state: "closed" } });
  expect(open(bench, "autumn drill", true)).toMatchObject({ ok: true, event: { mark: "EXERCISE" } });
  expect(open(bench, "quake", false)).toMatchObject({ ok: true });
  expect(bench.pump.ask((turn) => currentEvent(turn))).toMatchObject({ name: "quake", drill: false });
  expect(bench.pump.ask(eventViews).map(({ name, state }) => `${name} ${state}`)).toEqual([
    "storm closed",
    "autumn drill closed",
    "quake open",
  ]);
  expect(open(bench, "  ", false)).toMatchObject({ ok: false, reason: expect.stringContaining("name") });
});

it("keeps a drill out of the real record, and marks it on the air and in Matrix", () => {
  const bench = street();
  expect(hear(bench, "need insulin")).toBe("Booked: house 14 NEED: insulin. a0: send drop a0 if solved.");
  open(bench, "drill", true);
  expect(hear(bench, "ok 4")).toBe("EXERCISE: Booked: house 14 OK, 4 people.");
  expect(
    bench
      .bodies(OPS)
      .filter((body) => !isAid(body))
      .at(-1),
  ).toContain("EXERCISE: ");
  expect(standing(bench.store, "14").status).toBe("need");
  expect(standing(bench.store, "14", 1).status).toBe("ok");
  expect(hear(bench, "status")).toMatch(/^EXERCISE: House 14: OK/);
  bench.pump.ask((turn) => closeEvent(turn, "Maria"));
  expect(hear(bench, "status")).toMatch(/^House 14: NEED/);
  hear(bench, "ok");
  expect(bench.texts()).toContain("Booked: house 14 OK.");
  expect(standing(bench.store, "14", 1).fact?.people).toBe(4);
});

it("leaves a call for help in a drill as real as ever", () => {
  const bench = street();
  open(bench, "drill", true);
  expect(hear(bench, "sos")).not.toContain("EXERCISE");
  expect(openCalls(bench.store)).toMatchObject([{ house: "14", state: "open" }]);
  expect(standing(bench.store, "14")).toMatchObject({ status: "urgent", call: true });
  const shown = bench.bodies(OPS).filter((body) => body.includes("sos"));
  expect(shown).not.toEqual([]);
  for (const body of shown) expect(body).not.toContain("EXERCISE");
  // Whoever has called speaks for real from then on.
  expect(hear(bench, "ok")).not.toContain("EXERCISE");
  expect(factsOf(bench.store, "14", 1)).toHaveLength(0);
});
