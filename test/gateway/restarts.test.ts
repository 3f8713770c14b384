// Restarts at every point between our commit and the homeserver's answer: one event per message, ever. The homeserver keeps
// transactions for 24 hours, as Synapse does for a device, and what it stored for good.

import { describe, expect, it } from "vitest";
import type { MatrixOutcome, MatrixSend } from "#gateway/inputs.ts";
import { TRANSACTION } from "#gateway/matrix/sending.ts";
import { ANA, Bench, DIRECT, OPS, STREET, uplink } from "#test/harness/gateway.ts";

const HOUR = 3_600_000;

/** What happens to the first request: it never arrives, it is refused in passing, or only its answer is lost. */
const POINTS = ["before it arrives", "while it is refused", "after it was stored", "after the answer left"] as const;
const WHO = ["gateway", "homeserver", "both"] as const;
const LATER = [0, 1, 19, 21, 23, 25, 100] as const;

class Memory {
  readonly events: { room: string; txnId: string; sender: string; body: string; eventId: string }[] = [];
  readonly transactions = new Map<string, { eventId: string; at: number }>();
  trouble: (typeof POINTS)[number] | undefined;
  /** A request hangs: the edge says a room's requests one after the other, so those behind it are not on their way. */
  hung = false;
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
    bench.answer = (send) => this.#answer(send);
  }

  #answer(send: MatrixSend): MatrixOutcome | undefined {
    if (this.hung) return undefined;
    const point = this.trouble;
    this.trouble = undefined;
    this.hung = point === "before it arrives" || point === "after it was stored";
    if (point === "before it arrives") return undefined;
    if (point === "while it is refused") return { is: "retry", reason: "502" };
    const eventId = this.#store(send);
    return point === undefined || point === "after the answer left" ? { is: "delivered", eventId } : undefined;
  }

  #store(send: MatrixSend): string {
    const now = this.#bench.clock.now();
    const sender = send.sender?.id ?? "bot";
    // The edge looks for the event of a transaction that may be forgotten (#matrix/sending.ts).
    if (send.lookFirst) {
      const found = this.events.find((event) => event.txnId === send.content[TRANSACTION] && event.sender === sender);
      if (found) return found.eventId;
    }
    const known = this.transactions.get(send.txnId);
    if (known && now - known.at < 24 * HOUR) return known.eventId;
    const eventId = this.#bench.eventId();
    this.transactions.set(send.txnId, { eventId, at: now });
    const body = send.content["body"];
    this.events.push({
      room: send.room,
      txnId: send.txnId,
      sender,
      body: typeof body === "string" ? body : "",
      eventId,
    });
    return eventId;
  }
}

describe.each(["bot", "appservice"] as const)("as a %s", (mode) => {
  const cases = POINTS.flatMap((point) => WHO.flatMap((who) => LATER.map((hours) => [point, who, hours] as const)));
  it.each(cases)("cut %s, %s restarted, %i hours later: once", (point, who, hours) => {
    const bench = new Bench({ uplinks: [uplink({ mode })] }).ready();
    const memory = new Memory(bench);
    bench.hear(ANA, "first");
    memory.trouble = point;
    bench.hear(ANA, "the well is dry");
    bench.hear(ANA, "last");
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "cut" });
    bench.clock.advance(hours * HOUR);
    memory.hung = false;
    if (who !== "homeserver") {
      bench.pump.stop();
      bench.boot();
    }
    bench.ready();
    bench.clock.advance(20 * 60_000);
    // Without a restart of ours the edge itself would have answered the request that hung; here it is asked again.
    if (who === "homeserver" && (point === "before it arrives" || point === "after it was stored")) {
      bench.boot();
      bench.ready();
      bench.clock.advance(20 * 60_000);
    }
    const shown = memory.events.filter((event) => event.room === STREET).map((event) => event.body);
    expect(shown.map((body) => /first|dry|last/.exec(body)?.[0]).filter(Boolean)).toEqual(["first", "dry", "last"]);
    expect(
      bench
        .ledger()
        .filter((row) => row.direction === "mesh-to-matrix")
        .map((row) => row.state),
    ).toEqual(["confirmed", "confirmed", "confirmed"]);
  });

  it("a thread and a reaction survive it too", () => {
    const bench = new Bench({ uplinks: [uplink({ mode })] }).ready();
    const memory = new Memory(bench);
    const packet = bench.hear(ANA, "water at 5");
    memory.trouble = "after it was stored";
    bench.hear(ANA, "👍", { replyId: packet, emoji: 1 });
    bench.hear(ANA, "my roof leaks", DIRECT);
    bench.clock.advance(30 * HOUR);
    memory.hung = false;
    bench.boot();
    bench.ready();
    bench.clock.advance(60_000);
    expect(memory.events.filter((event) => event.room === STREET && event.body === "")).toHaveLength(1);
    expect(memory.events.filter((event) => event.room === OPS && event.body.endsWith("roof leaks"))).toHaveLength(1);
  });
});
