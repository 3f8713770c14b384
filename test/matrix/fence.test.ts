// Two copies of one gateway, and a gateway that falls silent, at a homeserver that keeps account data and delayed events.

import { describe, expect, test } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import { watchOver } from "#matrix/dead-man.ts";
import type { Fault } from "#matrix/faults.ts";
import { checkFence, type Claim } from "#matrix/fence.ts";
import type { Asked } from "#matrix/homeserver.ts";
import type { Json } from "#matrix/json.ts";

describe("the fence", () => {
  /** A homeserver that keeps account data, or is in trouble. */
  class Account {
    readonly data = new Map<string, Json>();
    fault: Fault | undefined;
    async act(method: string, path: string, body?: Json): Promise<Asked<Json>> {
      if (this.fault) return refused(this.fault);
      if (method === "PUT") this.data.set(path, body!);
      const found = this.data.get(path);
      return found ? parsed(found) : refused({ is: "not-found", reason: "no such data" });
    }
  }
  const claim = (over: Partial<Claim> = {}): Claim => ({ gatewayId: "a1", epoch: 1, machine: "pi", ...over });
  const ME = "@muster:lan";

  test("the first copy marks its place, and finds it again", async () => {
    const account = new Account();
    for (let time = 0; time < 3; time++) expect(await checkFence(account, ME, claim())).toBeUndefined();
    expect([...account.data]).toEqual([
      ["/v3/user/%40muster%3Alan/account_data/org.muster.gateway.a1", { epoch: 1, machine: "pi" }],
    ]);
  });

  test("a restored copy takes over, and the old one is told to stop, also after a restart", async () => {
    const account = new Account();
    await checkFence(account, ME, claim());
    expect(await checkFence(account, ME, claim({ epoch: 2, machine: "new" }))).toBeUndefined();
    for (let time = 0; time < 2; time++) expect(await checkFence(account, ME, claim())).toContain("copy 2 runs now");
    expect(await checkFence(account, ME, claim({ epoch: 2, machine: "new" }))).toBeUndefined();
  });

  test("a cloned disk stops, and goes on once it has taken over", async () => {
    const account = new Account();
    await checkFence(account, ME, claim());
    expect(await checkFence(account, ME, claim({ machine: "clone" }))).toContain("another machine");
    expect(await checkFence(account, ME, claim({ machine: "clone", epoch: 2 }))).toBeUndefined();
    expect(await checkFence(account, ME, claim())).toContain("copy 2");
  });

  test("another gateway of the same user has a mark of its own", async () => {
    const account = new Account();
    await checkFence(account, ME, claim({ epoch: 7 }));
    expect(await checkFence(account, ME, claim({ gatewayId: "b2", machine: "other" }))).toBeUndefined();
  });

  test.each(["transient", "forbidden", "limited", "refused"] as const)(
    "a homeserver that answers %s fences nobody off",
    async (is) => {
      const account = new Account();
      account.fault = { is, reason: "trouble" };
      expect(await checkFence(account, ME, claim())).toBeUndefined();
    },
  );
});

describe("the dead-man's switch", () => {
  const AFTER = 900_000;

  /** Holds messages back and says them when nobody puts them off, as Synapse does. */
  class Delayer {
    readonly clock = new VirtualClock(0);
    readonly due = new Map<string, number>();
    readonly said: string[] = [];
    supported = true;
    fault: Fault | undefined;
    #ids = 0;
    async act(_method: string, path: string): Promise<Asked<Json>> {
      if (this.fault) return refused(this.fault);
      if (path === "/versions") return parsed({ unstable_features: { "org.matrix.msc4140": this.supported } });
      const id = path.split("/").at(-1)!;
      if (!this.due.has(id)) return refused({ is: "not-found", reason: "no such delay" });
      this.due.set(id, this.clock.now() + AFTER);
      return parsed({});
    }
    async delay(_room: string, content: Json, after: number): Promise<Asked<string>> {
      if (this.fault) return refused(this.fault);
      const id = `delay-${++this.#ids}`;
      this.due.set(id, this.clock.now() + after);
      void content;
      return parsed(id);
    }
    /** Time goes by. */
    async pass(ms: number): Promise<void> {
      const end = this.clock.now() + ms;
      while (this.clock.now() < end) {
        this.clock.advance(Math.min(60_000, end - this.clock.now()));
        // What was waited for asks the server before it waits again.
        for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        for (const [id, at] of this.due)
          if (at <= this.clock.now()) {
            this.said.push(id);
            this.due.delete(id);
          }
      }
    }
  }

  function watched(server: Delayer, kept = { id: "" }): AbortController {
    const life = new AbortController();
    void watchOver({
      homeserver: server,
      room: "!ops:lan",
      words: "silent",
      after: AFTER,
      log: silentLog,
      kept: { read: () => kept.id, write: (id) => (kept.id = id) },
      signal: life.signal,
      clock: server.clock,
    });
    return life;
  }

  test("nothing is said while the gateway lives, and once when it does not", async () => {
    const server = new Delayer();
    const life = watched(server);
    await server.pass(6 * 3_600_000);
    expect(server.said).toEqual([]);
    expect(server.due.size).toBe(1);
    life.abort();
    await server.pass(3_600_000);
    expect(server.said).toHaveLength(1);
  });

  test("a short absence raises no alarm, and a new life goes on with the same message", async () => {
    const server = new Delayer();
    const kept = { id: "" };
    const first = watched(server, kept);
    await server.pass(600_000);
    first.abort();
    await server.pass(300_000);
    watched(server, kept);
    await server.pass(3_600_000);
    expect(server.said).toEqual([]);
    expect(server.due.size).toBe(1);
  });

  test("two lost requests in a row do no harm", async () => {
    const server = new Delayer();
    watched(server);
    await server.pass(1000);
    server.fault = { is: "transient", reason: "lost" };
    await server.pass(AFTER / 2);
    server.fault = undefined;
    await server.pass(3_600_000);
    expect(server.said).toEqual([]);
  });

  test("a homeserver without delayed events is never asked to delay: it would say the words at once", async () => {
    const server = new Delayer();
    server.supported = false;
    watched(server);
    await server.pass(3_600_000);
    expect(server.due.size).toBe(0);
  });
});
