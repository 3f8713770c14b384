// The pure parts of the Matrix room, and its one way in under fuzz.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { parsed } from "#base/parsed.ts";
import { seededRandom, below, chance, pick } from "#base/random.ts";
import type { Random } from "#base/random.ts";
import { isSaid, SAID, sinceOwnJoin, STATE } from "#matrix/events.ts";
import { afterState, creatorsOf, maySend, NOT_IN_ROOM, powerOf } from "#matrix/facts.ts";
import { faultOf, printable } from "#matrix/faults.ts";
import type { Json } from "#matrix/json.ts";
import { httpDate, retryAfterMillis } from "#matrix/retry-after.ts";
import { Rooms } from "#matrix/rooms.ts";
import { readNews } from "#matrix/sync.ts";
import { isOpenHttp } from "#matrix/where.ts";
import { FakeDoor } from "#test/matrix/fake-door.ts";

const SELF = "@muster:street.lan";

test("an HTTP date is what the platform says it is", () => {
  const seconds = fc.integer({ min: -2_000_000_000, max: 32_000_000_000 });
  fc.assert(fc.property(seconds, (at) => httpDate(new Date(at * 1000).toUTCString()) === at * 1000));
  for (const wrong of ["", "tomorrow", "Sun, 22 Foo 2026 14:02:07 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"])
    expect(httpDate(wrong)).toBeUndefined();
});

test.each([
  [{ "retry-after": "3" }, 3000],
  [{ "retry-after": " 0.5 " }, 500],
  [{ "retry-after": "-1" }, undefined],
  [{ "retry-after": "soon" }, undefined],
  [{}, undefined],
  [{ "retry-after": "Thu, 01 Jan 1970 00:00:10 GMT" }, 7000],
  [{ "retry-after": "Thu, 01 Jan 1970 00:00:01 GMT" }, 0],
  [{ "retry-after": "Sun, 22 Nov 2026 14:02:07 GMT", date: "Sun, 22 Nov 2026 14:02:03 GMT" }, 4000],
])("Retry-After %j is %s ms at 00:00:03", (headers, wait) => {
  expect(retryAfterMillis(headers, 3000)).toBe(wait);
});

test.each([
  ["http://127.0.0.1:8008", false],
  ["http://[::1]:8008", false],
  ["http://[fd12:3456::1]", false],
  ["http://192.168.1.4:8008", false],
  ["http://172.31.0.1", false],
  ["http://172.32.0.1", true],
  ["http://street:8008", false],
  ["http://matrix.street.lan", false],
  ["https://matrix.example.org", false],
  ["http://matrix.example.org", true],
  ["http://8.8.8.8", true],
  ["not a url", false],
])("a token in the clear to %s is worth a warning: %s", (homeserver, open) => {
  expect(isOpenHttp(homeserver)).toBe(open);
});

test("power levels are read as servers read them", () => {
  const facts = { ...NOT_IN_ROOM, joined: true, creators: ["@ada:a"] };
  const withPower = (power: Json) => ({ ...facts, power });
  expect(powerOf(facts, "@ada:a")).toBe(100);
  expect(maySend(facts, "@bo:b", "m.room.message")).toBe(true);
  const strict = withPower({
    events_default: 10,
    users_default: "5",
    users: { "@bo:b": " 10 ", "@cy:c": null },
    events: { "m.reaction": 50 },
  });
  expect([powerOf(strict, "@ada:a"), powerOf(strict, "@bo:b"), powerOf(strict, "@cy:c")]).toEqual([5, 10, 5]);
  expect(maySend(strict, "@bo:b", "m.room.message")).toBe(true);
  expect(maySend(strict, "@bo:b", "m.reaction")).toBe(false);
  expect(powerOf(withPower({ users: JSON.parse('{"__proto__":{"@eve:e":100}}') as Json }), "@eve:e")).toBe(0);
  expect(powerOf(withPower({ users: [] }), "toString")).toBe(0);
  const v12 = {
    ...strict,
    ...creatorsOf({ sender: "@ada:a", content: { room_version: "12", additional_creators: ["@di:d", 4] } }),
  };
  expect([powerOf(v12, "@ada:a"), powerOf(v12, "@di:d")]).toEqual([Infinity, Infinity]);
  expect(creatorsOf({ creator: "@old:o" })).toEqual({ creators: ["@old:o"], creatorsAboveAll: false });
});

test("state events change the facts, others do not", () => {
  const joined = { ...NOT_IN_ROOM, joined: true };
  const state = (type: string, content: Json, state_key = "", sender = "@ada:a") =>
    afterState(joined, { type, state_key, sender, content }, SELF);
  expect(state("m.room.encryption", {}).encrypted).toBe(true);
  expect(state("m.room.tombstone", { replacement_room: "!next" }).replacedBy).toBe("!next");
  expect(state("m.room.join_rules", { join_rule: "public" }).public).toBe(true);
  expect(state("m.room.member", { membership: "ban", reason: "spam" }, SELF)).toMatchObject({
    joined: false,
    leftBecause: "banned by @ada:a: spam",
  });
  expect(state("m.room.member", { membership: "leave" }, SELF, SELF)).toMatchObject({
    joined: false,
    leftBecause: "left",
  });
  expect(state("m.room.member", { membership: "leave" }, "@bo:b")).toBe(joined);
  expect(state("m.room.topic", { topic: "x" })).toBe(joined);
  expect(afterState(joined, { type: "m.room.encryption", content: {} }, SELF)).toBe(joined);
});

test("what was said before our own way in is not heard; a change of our profile is no way in", () => {
  const own = (unsigned: Json) => ({
    type: "m.room.member",
    state_key: SELF,
    content: { membership: "join" },
    unsigned,
  });
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }];
  const entered = own({ prev_content: { membership: "invite" } });
  const renamed = own({ prev_content: { membership: "join" } });
  expect(sinceOwnJoin([a, entered, b, renamed, c], SELF)).toEqual({ events: [b, renamed, c], joined: true });
  expect(sinceOwnJoin([a, renamed, b], SELF)).toEqual({ events: [a, renamed, b], joined: false });
});

test("anything that is thrown is a fault in one printable line", () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (thrown) => {
      const fault = faultOf(thrown);
      expect(fault.reason).toBe(printable(fault.reason, 10_000));
    }),
  );
  expect(printable("a\u0000b\u202ec\nd")).toBe("a b c d");
});

// ───────────────────────────── fuzz ─────────────────────────────

const SCRAPS: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1.5e300,
  () => "",
  () => "m.room.message",
  () => "$",
  () => "@",
  () => "\ud800 lone",
  () => "\u202e\u0000‮<script>",
  () => "x".repeat(300_000),
  () => [],
  () => [[[]]],
  () => ({}),
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":1},"toString":1}') as unknown,
  () => JSON.parse(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`) as unknown,
  () => JSON.parse(`${"[".repeat(5000)}1${"]".repeat(5000)}`) as unknown,
];

/** A good event, of a kind that the room hears or watches. */
function goodEvent(random: Random): Record<string, unknown> {
  const type = pick(random, [...SAID, ...STATE]);
  const state = STATE.includes(type) ? { state_key: pick(random, ["", SELF, "@ada:a"]) } : {};
  const membership = pick(random, ["join", "leave", "ban", "invite", "knock"]);
  const content = { body: "words", msgtype: "m.text", membership, users: { [SELF]: 50 }, events_default: 20 };
  const sender = pick(random, ["@ada:a", "@bo:b", SELF]);
  return { type, sender, event_id: `$${random.u32()}`, origin_server_ts: random.u32(), content, ...state };
}

/** Replaces, removes or adds at up to three places, at any depth. */
function damage(random: Random, event: Record<string, unknown>): unknown {
  if (chance(random, 0.02)) return pick(random, SCRAPS)();
  for (let times = below(random, 4); times > 0; times--) {
    let at: Record<string, unknown> = event;
    const inner = at["content"];
    if (chance(random, 0.5) && typeof inner === "object" && inner !== null) at = inner as Record<string, unknown>;
    const key = chance(random, 0.9) ? (pick(random, [...Object.keys(at), "unsigned", "state_key"]) ?? "x") : "new";
    if (chance(random, 0.2)) delete at[key];
    else at[key] = pick(random, SCRAPS)();
  }
  return event;
}

function fuzzedSync(random: Random, position: number, events: readonly unknown[]): Json {
  const odd = <T>(good: T): unknown => (chance(random, 0.02) ? pick(random, SCRAPS)() : good);
  const timeline = odd({ events: odd(events), limited: odd(chance(random, 0.1)), prev_batch: odd("p1") });
  const update = odd({ timeline, state: odd({ events: odd([damage(random, goodEvent(random))]) }) });
  const rooms = odd({
    join: odd({ "!room:a": update, "!stranger:a": update, [pick(random, ["__proto__", "x", ""])]: update }),
    leave: odd(chance(random, 0.1) ? { "!room:a": update } : {}),
    invite: odd({ "!room:a": {} }),
  });
  return { next_batch: odd(`s${position}`), rooms };
}

test("100,000 fuzzed events: no throw, nothing malformed let in, no long block", async () => {
  const seed = 20_261_122;
  const random = seededRandom(seed);
  const door = new FakeDoor();
  let answer: Json = {};
  const yes = async () => parsed({ membership: "join", displayname: "Ada" });
  const homeserver = {
    sync: async () => parsed(answer),
    messages: async () => parsed({ chunk: [damage(random, goodEvent(random))], end: pick(random, SCRAPS)() }),
    state: yes,
    join: async () => parsed("!room:a"),
    resolve: async () => parsed({ room: "!room:a", via: [] }),
  };
  const shared = { uplink: "street", self: SELF, homeserver, door, log: silentLog };
  const rooms = new Rooms({
    ...shared,
    configured: ["!room:a"],
    clock: new VirtualClock(0),
    onRoomsChanged: () => undefined,
    onLogin: () => undefined,
  });
  await rooms.checkAll();
  const signal = new AbortController().signal;
  let heard = 0;
  for (let batch = 0; batch < 1000; batch++) {
    const events = Array.from({ length: 100 }, () => damage(random, goodEvent(random)));
    answer = fuzzedSync(random, batch, events);
    let best = Infinity;
    for (let tries = 0; tries < 5 && best > 50; tries++) {
      door.arrivals.length = 0;
      // Of this thread's own time: what else the machine does is not counted.
      const from = process.threadCpuUsage();
      await readNews(shared, rooms, false, signal);
      const { user, system } = process.threadCpuUsage(from);
      best = Math.min(best, (user + system) / 1000);
    }
    expect(best, `milliseconds for batch ${batch} of seed ${seed}`).toBeLessThan(50);
    for (const arrival of door.arrivals) {
      expect(arrival.event["event_id"], `seed ${seed}`).toMatch(/^\$./);
      expect(arrival.event["sender"]).toMatch(/^@./);
      expect(arrival.event["sender"]).not.toBe(SELF);
      expect(SAID).toContain(arrival.event["type"]);
      expect(JSON.stringify(arrival).length).toBeLessThan(200_000);
    }
    door.reports.length = 0;
    heard += door.arrivals.length;
  }
  expect(heard).toBeGreaterThan(10_000); // most are good enough to be heard
  rooms.stop();
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
}, 120_000);

test("every well-formed event is heard, whatever its content", () => {
  const said = fc.record({
    type: fc.constantFrom(...SAID),
    sender: fc.string({ minLength: 1, maxLength: 100 }).map((name) => `@${name}`),
    event_id: fc.string({ minLength: 1, maxLength: 100 }).map((name) => `$${name}`),
    content: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 6 })),
  });
  fc.assert(
    fc.property(said, (event) => {
      expect(isSaid(event, SELF)).toBe(event.sender !== SELF);
    }),
  );
});
