// A gateway that falls silent, at a homeserver that holds messages back as Synapse 1.160 was measured to do.
// test/e2e/dead-man.test.ts asks the real one.

import { describe, expect, test } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import { DeadMan, standDown } from "#matrix/dead-man.ts";
import type { Fault } from "#matrix/faults.ts";
import type { Asked } from "#matrix/homeserver.ts";
import type { Json } from "#matrix/json.ts";

const AFTER = 900_000;
const WORDS = { silent: "silent", stopped: "stopped", back: "back" };
const UNRECOGNIZED = { is: "transient", errcode: "M_UNRECOGNIZED", reason: "Unrecognized request" } as const;
const NOT_FOUND = { is: "not-found", errcode: "M_NOT_FOUND", reason: "Delayed event not found" } as const;

/** Holds messages back and says them when nobody puts them off. */
class Delayer {
  readonly clock = new VirtualClock(0);
  readonly due = new Map<string, { at: number; after: number; content: Json }>();
  readonly said: string[] = [];
  maxDelay: number | undefined = 86_400_000;
  /** The forms of "put this off" that it knows. */
  forms: readonly ("path" | "body")[] = ["path", "body"];
  lists = true;
  fault: Fault | undefined;
  /** It keeps the message, and its answer is lost. */
  losesAnswers = false;
  #ids = 0;
  readonly #transactions = new Set<string>();

  async act(method: string, path: string, body?: Json): Promise<Asked<Json>> {
    if (this.fault) return refused(this.fault);
    const parts = path.split("/");
    if (path === "/v3/capabilities") {
      const told = { max_delay_ms: this.maxDelay, max_scheduled: 100 };
      return parsed({ capabilities: this.maxDelay === undefined ? {} : { "org.matrix.msc4140.delayed_events": told } });
    }
    if (path === "/versions") return parsed({ unstable_features: {} });
    if (path.startsWith("/v3/rooms/")) return this.#say(parts.at(-1)!, body!);
    if (method === "GET") return this.lists ? parsed({ delayed_events: this.#list() }) : refused(UNRECOGNIZED);
    const inPath = parts.length === 6;
    if (!this.forms.includes(inPath ? "path" : "body")) return refused(UNRECOGNIZED);
    return this.#manage(parts[4]!, inPath ? parts[5] : body!["action"]);
  }

  async delay(_room: string, content: Json, after: number): Promise<Asked<string>> {
    if (this.fault) return refused(this.fault);
    const id = `delay-${++this.#ids}`;
    this.due.set(id, { at: this.clock.now() + after, after, content });
    return this.losesAnswers ? refused({ is: "transient", reason: "no answer within 30 s" }) : parsed(id);
  }

  #say(transaction: string, body: Json): Asked<Json> {
    if (!this.#transactions.has(transaction)) this.said.push(String(body["body"]));
    this.#transactions.add(transaction);
    return parsed({ event_id: "$said" });
  }

  #list(): Json[] {
    return [...this.due].map(([id, { content }]) => ({ delay_id: id, content }));
  }

  #manage(id: string, action: unknown): Asked<Json> {
    const held = this.due.get(id);
    if (!held) return refused(NOT_FOUND);
    if (action === "cancel") this.due.delete(id);
    else held.at = this.clock.now() + held.after;
    return parsed({});
  }

  /** What it would say, were nobody to live any more. */
  get held(): readonly unknown[] {
    return [...this.due.values()].map(({ content }) => content["body"]);
  }

  /** Time goes by. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    while (this.clock.now() < end) {
      this.clock.advance(Math.min(60_000, end - this.clock.now()));
      // What was waited for asks the server before it waits again.
      for (let turn = 0; turn < 60; turn++) await Promise.resolve();
      for (const [id, { at, content }] of this.due)
        if (at <= this.clock.now()) {
          this.said.push(String(content["body"]));
          this.due.delete(id);
        }
    }
  }
}

interface Life {
  kill(): void;
  /** As at `systemctl stop`. */
  stop(): Promise<void>;
}

function keptIn(memory: { value: string }): { read(): string; write(value: string): void } {
  return { read: () => memory.value, write: (value) => void (memory.value = value) };
}

function live(server: Delayer, memory = { value: "" }, over: { after?: number; words?: typeof WORDS } = {}): Life {
  const life = new AbortController();
  const { words = WORDS, after = AFTER } = over;
  const common = { homeserver: server, room: () => "!ops:lan", mark: "gateway-1", log: silentLog, clock: server.clock };
  const deadMan = new DeadMan({ ...common, words, after, kept: keptIn(memory) });
  const ended = deadMan.watch(life.signal);
  return {
    kill: () => life.abort(),
    stop: async () => {
      life.abort();
      await ended;
      await deadMan.leave();
    },
  };
}

describe("the dead-man's switch", () => {
  test.each([["path"], ["body"], ["path", "body"]] as const)(
    "nothing is said while the gateway lives, and once when it does not (the action is in %s %s)",
    async (...forms) => {
      const server = new Delayer();
      server.forms = forms.filter((form) => form !== undefined);
      const life = live(server);
      await server.pass(6 * 3_600_000);
      expect(server.said).toEqual([]);
      expect(server.held).toEqual(["silent"]);
      life.kill();
      await server.pass(3_600_000);
      expect(server.said).toEqual(["silent"]);
    },
  );

  test("a short absence raises no alarm, and a new life goes on with the same message", async () => {
    const server = new Delayer();
    const memory = { value: "" };
    const first = live(server, memory);
    await server.pass(600_000);
    first.kill();
    const [id] = server.due.keys();
    await server.pass(300_000);
    live(server, memory);
    await server.pass(3_600_000);
    expect(server.said).toEqual([]);
    expect([...server.due.keys()]).toEqual([id]);
  });

  test("two lost requests in a row do no harm", async () => {
    const server = new Delayer();
    live(server);
    await server.pass(1000);
    server.fault = { is: "transient", reason: "lost" };
    await server.pass(AFTER / 2);
    server.fault = undefined;
    await server.pass(3_600_000);
    expect(server.said).toEqual([]);
  });

  test("who comes back after the alarm says so, once, and is watched over again", async () => {
    const server = new Delayer();
    const memory = { value: "" };
    const first = live(server, memory);
    await server.pass(60_000);
    first.kill();
    await server.pass(3_600_000);
    live(server, memory);
    await server.pass(3_600_000);
    expect(server.said).toEqual(["silent", "back"]);
    expect(server.held).toEqual(["silent"]);
  });

  test("a message that was kept although its answer was lost is let go: it would be a false alarm", async () => {
    const server = new Delayer();
    server.losesAnswers = true;
    live(server);
    await server.pass(1000);
    expect(server.held).toEqual(["silent"]);
    server.losesAnswers = false;
    await server.pass(6 * 3_600_000);
    expect(server.said).toEqual([]);
    expect(server.held).toEqual(["silent"]);
  });

  test("a clean stop and a start soon after go unnoticed", async () => {
    const server = new Delayer();
    const memory = { value: "" };
    const first = live(server, memory);
    await server.pass(60_000);
    await first.stop();
    expect(server.held).toEqual(["stopped"]);
    await server.pass(300_000);
    live(server, memory);
    await server.pass(3_600_000);
    expect(server.said).toEqual([]);
    expect(server.held).toEqual(["silent"]);
  });

  test("after a clean stop for good the words say that it was one", async () => {
    const server = new Delayer();
    const first = live(server);
    await server.pass(60_000);
    await first.stop();
    await server.pass(3_600_000);
    expect(server.said).toEqual(["stopped"]);
  });

  test("a clean stop while the homeserver is away leaves the alarm", async () => {
    const server = new Delayer();
    const first = live(server);
    await server.pass(60_000);
    server.fault = { is: "transient", reason: "away" };
    await first.stop();
    await server.pass(3_600_000);
    expect(server.said).toEqual(["silent"]);
  });

  test("other words or another time replace what is held", async () => {
    const server = new Delayer();
    const memory = { value: "" };
    const first = live(server, memory);
    await server.pass(60_000);
    first.kill();
    live(server, memory, { after: 2 * AFTER, words: { ...WORDS, silent: "quiet" } });
    await server.pass(3_600_000);
    expect(server.held).toEqual(["quiet"]);
    expect([...server.due.values()].map(({ after }) => after)).toEqual([2 * AFTER]);
  });

  test("an older gateway's message, of which only the id was kept, is replaced and forgotten", async () => {
    const server = new Delayer();
    const memory = { value: "delay-1" };
    await server.delay("!ops:lan", { body: "old words", "org.muster.watch": "gateway-1" }, AFTER);
    live(server, memory);
    await server.pass(3_600_000);
    expect(server.said).toEqual([]);
    expect(server.held).toEqual(["silent"]);
  });

  test("another gateway's message of the same user stays", async () => {
    const server = new Delayer();
    await server.delay("!ops:lan", { body: "theirs", "org.muster.watch": "gateway-2" }, 48 * 3_600_000);
    live(server);
    await server.pass(3_600_000);
    expect(server.held).toEqual(["theirs", "silent"]);
  });

  test("when nobody is to be told any more, nothing stays held", async () => {
    const server = new Delayer();
    const memory = { value: "" };
    const first = live(server, memory);
    await server.pass(60_000);
    first.kill();
    await standDown(server, "gateway-1", keptIn(memory));
    expect(server.held).toEqual([]);
    expect(memory.value).toBe("");
  });

  test.each([
    ["does not know delayed events", undefined],
    ["has them switched off", 0],
    ["allows shorter ones only", AFTER - 1],
  ])("a homeserver that %s is never asked to delay: it could say the words at once", async (_what, maxDelay) => {
    const server = new Delayer();
    server.maxDelay = maxDelay;
    live(server);
    await server.pass(3_600_000);
    expect(server.held).toEqual([]);
    expect(server.said).toEqual([]);
    // Its admin switches it on.
    server.maxDelay = 86_400_000;
    await server.pass(AFTER);
    expect(server.held).toEqual(["silent"]);
  });

  test("a homeserver that does not list what it holds does no harm", async () => {
    const server = new Delayer();
    server.lists = false;
    live(server);
    await server.pass(3_600_000);
    expect(server.said).toEqual([]);
    expect(server.held).toEqual(["silent"]);
  });
});
