// The way into a room, and back into it, in virtual time against a homeserver of a few lines.

import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Fault } from "#matrix/faults.ts";
import type { Json } from "#matrix/json.ts";
import { Rooms } from "#matrix/rooms.ts";
import { FakeDoor } from "#test/matrix/fake-door.ts";

const SELF = "@muster:street.lan";
const ROOM = "!room:a";
const MINUTE = 60_000;

function setUp(joinRule: string) {
  const world = { membership: "join", mayJoin: true, joins: 0, asked: 0, fault: undefined as Fault | undefined };
  const clock = new VirtualClock(0);
  const door = new FakeDoor();
  const contents: Record<string, Json> = {
    "m.room.join_rules": { join_rule: joinRule },
    "m.room.create": { creator: "@ada:a" },
  };
  const homeserver = {
    async resolve() {
      return parsed({ room: ROOM, via: [] });
    },
    async join() {
      world.joins++;
      if (!world.mayJoin) return refused<Fault>({ is: "forbidden", reason: "M_FORBIDDEN: not invited" });
      world.membership = "join";
      return parsed(ROOM);
    },
    async state(_: string, type: string) {
      world.asked++;
      if (world.fault) return refused(world.fault);
      return parsed(type === "m.room.member" ? { membership: world.membership } : contents[type]);
    },
  };
  const logins: Fault[] = [];
  const rooms = new Rooms({
    uplink: "street",
    configured: [ROOM],
    self: SELF,
    homeserver,
    clock,
    door,
    log: silentLog,
    onRoomsChanged: () => undefined,
    onLogin: (fault) => logins.push(fault),
  });
  /** Moves the clock a second at a time, letting answers come in between. */
  const pass = async (time: number) => {
    for (let at = 0; at < time; at += 1000) {
      clock.advance(1000);
      await setImmediate();
    }
  };
  const kick = () => {
    world.membership = "leave";
    world.mayJoin = false;
    const content = { membership: "leave", reason: "wrong room" };
    rooms.onState(ROOM, { type: "m.room.member", state_key: SELF, sender: "@ada:a", content });
  };
  return { world, clock, door, rooms, pass, kick, logins };
}

test("shown out of a public room, it does not walk back in until it is invited", async () => {
  const { world, door, rooms, pass, kick } = setUp("public");
  await rooms.checkAll();
  expect(door.roomState(ROOM)).toMatchObject({ joined: true, maySpeak: true });
  kick();
  world.mayJoin = true; // anybody may
  await pass(10 * MINUTE);
  expect(world.joins).toBe(0);
  expect(door.roomState(ROOM)).toMatchObject({ joined: false, reason: expect.stringContaining("wrong room") });
  rooms.onInvites([ROOM]);
  await pass(1000);
  expect(door.roomState(ROOM)).toMatchObject({ joined: true });
  expect(world.joins).toBe(1);
});

test("shown out of a private room, it tries the door with ever longer waits, and an operator's repair is found", async () => {
  const { world, door, rooms, pass, kick } = setUp("invite");
  await rooms.checkAll();
  kick();
  await pass(10 * MINUTE);
  expect(world.joins).toBeGreaterThanOrEqual(10);
  expect(world.joins).toBeLessThanOrEqual(16); // 1 + 2 + 4 + … + 32 s, then once a minute
  expect(door.reports.filter((report) => report.kind === "room-state")).toHaveLength(2);
  world.mayJoin = true;
  await pass(MINUTE);
  expect(door.roomState(ROOM)).toMatchObject({ joined: true });
  const asked = world.asked;
  await pass(10 * MINUTE);
  expect(world.asked).toBe(asked); // all is well: nothing to ask
});

test("a homeserver in trouble does not put us out of a room, and an unknown room is reported with the reason", async () => {
  const known = setUp("invite");
  await known.rooms.checkAll();
  known.world.fault = { is: "transient", reason: "HTTP 502" };
  expect(await known.rooms.fresh(ROOM)).toMatchObject({ ok: false });
  expect(known.door.roomState(ROOM)).toMatchObject({ joined: true });
  const unknown = setUp("invite");
  unknown.world.fault = { is: "limited", reason: "HTTP 429", retryAfter: 30_000 };
  await unknown.rooms.checkAll();
  expect(unknown.door.roomState(ROOM)).toMatchObject({ joined: false, reason: expect.stringContaining("HTTP 429") });
  unknown.world.fault = undefined;
  await unknown.pass(29_000);
  expect(unknown.door.roomState(ROOM)?.joined).toBe(false);
  await unknown.pass(2000);
  expect(unknown.door.roomState(ROOM)?.joined).toBe(true);
  known.rooms.stop();
  known.rooms.repeat(ROOM);
  expect(known.door.reports.filter((report) => report.kind === "room-state")).toHaveLength(2);
});

test("a refused login is passed on; a stopped watch does nothing more", async () => {
  const { world, rooms, pass, logins, kick } = setUp("invite");
  world.fault = { is: "login", reason: "M_UNKNOWN_TOKEN" };
  await rooms.checkAll();
  expect(logins).toEqual([world.fault]);
  kick();
  rooms.stop();
  const asked = world.asked;
  await pass(5 * MINUTE);
  expect(world.asked).toBe(asked);
});
