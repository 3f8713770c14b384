// A room that was upgraded: its alias names another room, and what the old one held cannot be referred to there. Synapse refuses such a
// relation ("Relations must be in the same room"), and one to an event that it has purged ("unknown event").

import { describe, expect, it } from "vitest";
import { EDIT_EVERY, keepBoard } from "#gateway/matrix/board.ts";
import { subjectOfEvent } from "#store/boards.ts";
import { ANA, Bench, DIRECT, OPS } from "#test/harness/gateway.ts";

const OPS_AFTER = "!ops-of-version-12:example.org";

interface Relation {
  readonly rel_type?: string;
  readonly event_id?: string;
}

/** A homeserver that holds every event in its room; the operators' room is then replaced. */
function street() {
  const bench = new Bench().ready();
  const rooms = new Map<string, string>();
  bench.answer = (send) => {
    const relation = (send.content["m.relates_to"] ?? {}) as Relation;
    if (relation.rel_type !== undefined && rooms.get(relation.event_id!) !== send.room)
      return { is: "refused", reason: "M_UNKNOWN: Relations must be in the same room (HTTP 400)" };
    const eventId = bench.eventId();
    rooms.set(eventId, send.room);
    return { is: "delivered", eventId };
  };
  const replace = () =>
    bench.pump.report({
      kind: "room-state",
      uplink: "street",
      configured: OPS,
      room: OPS_AFTER,
      joined: true,
      maySpeak: true,
      encrypted: false,
    });
  const shown = () => bench.asked.filter(({ room, type }) => room === OPS_AFTER && type === "m.room.message");
  return { bench, replace, shown, rooms };
}

describe("after a room was replaced", () => {
  it("a resident's words are shown there all the same, and begin a thread of their own", () => {
    const { bench, replace, shown } = street();
    bench.hear(ANA, "my roof leaks", DIRECT);
    replace();
    bench.hear(ANA, "water comes through", DIRECT);
    bench.clock.advance(5_000);
    bench.hear(ANA, "it has stopped", DIRECT);
    bench.clock.advance(5_000);
    const [refused, alone, next, ...more] = shown();
    expect(more).toEqual([]);
    expect(refused!.content["m.relates_to"]).toBeDefined();
    expect(alone!.content["body"]).toBe(refused!.content["body"]);
    expect(alone!.content["m.relates_to"]).toBeUndefined();
    expect(alone!.txnId).not.toBe(refused!.txnId);
    const states = bench.ledger().filter(({ direction }) => direction === "mesh-to-matrix");
    expect(states.map(({ state }) => state)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(next!.content["m.relates_to"]).toMatchObject({ rel_type: "m.thread", event_id: states[1]!.eventId });
  });

  it("a board is said anew and edited there", () => {
    const { bench, replace, shown } = street();
    const keep = (body: string) => {
      bench.pump.ask((turn) =>
        keepBoard(turn, { uplink: "street", room: OPS }, "r1", { body }, { subject: { kind: "roll", number: 1 } }),
      );
      bench.clock.advance(2 * EDIT_EVERY);
    };
    keep("3 silent");
    replace();
    keep("2 silent");
    keep("1 silent");
    expect(shown().map(({ content }) => content["body"])).toEqual(["* 2 silent", "2 silent", "* 1 silent"]);
    const anew = bench.ledger().filter(({ direction }) => direction === "gateway-to-matrix");
    expect(anew.map(({ state }) => state)).toEqual(["confirmed", "failed", "confirmed", "confirmed"]);
    expect(subjectOfEvent(bench.store, anew[2]!.eventId!)).toEqual({ kind: "roll", number: 1 });
  });

  it("what is refused for another reason is tried no more often than once more", () => {
    const { bench, replace, shown } = street();
    bench.hear(ANA, "my roof leaks", DIRECT);
    replace();
    bench.answer = (send) => (send.room === OPS_AFTER ? { is: "refused", reason: "M_TOO_LARGE" } : undefined);
    bench.hear(ANA, "water comes through", DIRECT);
    bench.clock.advance(5_000);
    expect(shown().filter(({ content }) => String(content["body"]).endsWith("water comes through"))).toHaveLength(2);
    expect(bench.ledger().find(({ text }) => text === "water comes through")!.state).toBe("failed");
  });
});
