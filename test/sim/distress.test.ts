import { describe, expect, it } from "vitest";
import { utf8 } from "#base/bytes.ts";
import { VirtualClock } from "#base/clock.ts";
import { BROADCAST } from "#base/ids.ts";
import { seededRandom } from "#base/random.ts";
import { sayToMesh } from "#gateway/say.ts";
import { SimulatedGateway } from "#sim/gateway.ts";
import { START, streetOf } from "#sim/surge-street.ts";

interface Sent {
  readonly rank: number;
  readonly acceptedAt: number;
  readonly writtenAt: number;
}

describe("calls for help in the middle of a surge", () => {
  it("are each answered first: 3 s after the commit, 2.5 s after the one before", () => {
    const street = streetOf({ households: 40, preset: "LONG_FAST", firmware: "2.7", seed: 3 });
    const clock = new VirtualClock(START);
    const gateway = new SimulatedGateway(street, clock, seededRandom(4));
    const { num } = street.radios[0]!.node;
    const until = (to: number): void => {
      for (let next = gateway.cable.nextAt(); next !== undefined && next <= to; next = gateway.cable.nextAt())
        gateway.cable.goTo(next);
      gateway.cable.goTo(to);
    };
    const type = (index: number, text: string): void =>
      street.handhelds[index]!.type({ to: num, channel: 0, portnum: 1, payload: utf8(text) }, clock.now());
    until(START + 70_000);
    for (let n = 0; n < 20; n++) {
      gateway.act((turn) =>
        sayToMesh(turn, {
          class: n % 2 === 0 ? "roll-call" : "page",
          direction: "gateway-to-mesh",
          origin: "gateway",
          to: BROADCAST,
          channel: 0,
          text: `zone ${n}: answer OK`,
          wantAck: true,
        }),
      );
    }
    for (let n = 0; n < 40; n++) {
      type(n, n % 8 === 7 ? "SOS" : "we are fine");
      until(clock.now() + 1_500);
    }
    until(clock.now() + 60_000);
    const rows = gateway.store.all<Sent>(
      "SELECT o.rank, l.accepted_at AS acceptedAt, a.at AS writtenAt FROM mesh_outbox o JOIN ledger l ON l.id = o.ledger " +
        "JOIN (SELECT send, min(first_written_at) AS at FROM mesh_attempts m JOIN mesh_outbox x ON x.id = m.send GROUP BY send) a " +
        "ON a.send = o.id WHERE o.attempt = 1 ORDER BY a.at",
    );
    const calls = rows.filter((row) => row.rank === 0);
    expect(calls.length).toBeGreaterThanOrEqual(4);
    let last = Number.NEGATIVE_INFINITY;
    for (const { acceptedAt, writtenAt } of calls) {
      expect(writtenAt).toBeLessThanOrEqual(Math.max(acceptedAt + 3_000, last + 2_600));
      const passed = rows.filter((row) => row.rank > 0 && row.writtenAt > acceptedAt + 10 && row.writtenAt < writtenAt);
      expect(passed).toEqual([]);
      last = writtenAt;
    }
  });
});
