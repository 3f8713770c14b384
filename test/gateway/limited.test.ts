// A homeserver that limits us: what is put together keeps its warnings, and no room waits for another's marks.

import { expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { openEvent } from "#gateway/welfare/event-changes.ts";
import { ANA, Bench, STREET, uplink } from "#test/harness/gateway.ts";

const SIDE = "!side:example.org";

/** Its first request is answered by "wait". */
function limitedOnce(bench: Bench): void {
  let limited = false;
  bench.answer = () => {
    if (limited) return { is: "delivered", eventId: bench.eventId() };
    limited = true;
    return { is: "retry", reason: "M_LIMIT_EXCEEDED", rateLimited: true, retryAfter: 2_000 };
  };
}

it("shows the marks of every room while it limits us, not only of the first", () => {
  const rooms = [STREET, SIDE].map((id, channel) => ({
    id,
    meshtasticChannel: channel,
    mayShow: [],
    prefixFormat: "",
  }));
  const bench = new Bench({ uplinks: [uplink({ matrixRooms: rooms })] }).ready();
  limitedOnce(bench);
  bench.hear(ANA, "hello");
  bench.clock.advance(10_000);
  bench.write("to the side channel", { room: SIDE });
  bench.clock.advance(60_000);
  expect(bench.asked.filter(({ type, room }) => type === "m.reaction" && room === SIDE)).not.toEqual([]);
});

it("keeps what was said in a drill, and what stands under a number already used, marked as such in a digest", () => {
  const bench = new Bench().ready();
  bench.pump.ask((turn) => openEvent(turn, { name: "autumn drill", drill: true, by: "Maria" }));
  bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "" });
  for (let n = 0; n < 15; n++) bench.hear(nodeNum(0x3000_0000 + n), "!need water");
  bench.hear(ANA, "the bridge is open", { id: 77 });
  bench.hear(ANA, "the bridge is closed", { id: 77 });
  limitedOnce(bench);
  bench.online();
  bench.clock.advance(60_000);
  const digest = bench.bodies(STREET).find((body) => body.includes("bridge is closed"))!;
  const lines = digest.split("\n").filter((line) => line.startsWith("  "));
  const drilled = lines.filter((line) => line.includes("!need water"));
  expect(drilled.length).toBeGreaterThan(10);
  for (const line of drilled) expect(line).toContain("EXERCISE: !need water");
  expect(lines.find((line) => line.includes("bridge is open"))).not.toContain("⚠");
  expect(lines.find((line) => line.includes("bridge is closed"))).toContain("⚠ another text under a packet number");
});
