// A page down a call tree with every part real: the program, serialport on a pty, twelve emulated handhelds, a Synapse with three
// people, the command line, and a SIGKILL in the middle.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PageAnswer } from "#gateway/calltree/page.ts";
import type { EmulatorEvent, EmulatorProcess } from "#test/harness/emulator.ts";
import type { MusterProcess } from "#test/harness/muster.ts";
import { realStreet, type RealStreet } from "#test/harness/real-street.ts";
import { until, type Person, type RoomEvent } from "#test/harness/synapse.ts";
import type { PageView } from "#gateway/calltree/words.ts";

const RATE = 30;
/** Wall time: two tries of ten minutes each, and the alternate's, at RATE. */
const PATIENCE = 150_000;

let home: RealStreet;
/** Coordinators live in the operators' room, Olga on the street. */
let maria: Person;
let nina: Person;
let olga: Person;
let emulator: EmulatorProcess;
let muster: MusterProcess;
let ops: string;
let street: string;
let gateway: string;

beforeAll(async () => {
  home = await realStreet({
    handhelds: 12,
    seed: 8,
    rate: RATE,
    inStreet: ["olga"],
    inBoth: ["nina"],
    // Residents answer in the street's room, whatever their power to speak to the mesh.
    config: { access: { matrix_users: ["@*:*"] } },
  });
  ({ maria, emulator, muster, ops, street, gateway } = home);
  [nina, olga] = [home.others["nina"]!, home.others["olga"]!];
  home.people(["household,name,zone,radios,role,matrix", ...homes()]);
  emulator.command({ node: handheld(12), do: "away" });
}, 300_000);
afterAll(() => home?.close());

/** Homes 1 to 12 have a radio, 13 to 15 a Matrix user. 1 and 7 are captains, 8 stands in for 7; home 16 nobody can send anything to. */
function homes(): string[] {
  const users: Readonly<Record<number, string>> = { 13: maria.userId, 14: nina.userId, 15: olga.userId };
  const roles: Readonly<Record<number, string>> = {
    1: "captain",
    7: "captain",
    8: "deputy",
    13: "coordinator",
    14: "coordinator",
  };
  return Array.from({ length: 16 }, (_, index) => {
    const n = index + 1;
    const radio = n <= 12 ? handheld(n) : "";
    return `${n},Home ${n},${n <= 6 ? 1 : 2},${radio},${roles[n] ?? "resident"},${users[n] ?? ""}`;
  });
}

const RING = /^p1 for 2 3 4 5 6( 8)?: Water at the school/;
/** The radio of the n-th home. */
const handheld = (n: number): string => emulator.ready.handhelds[n - 1]!;
const status = (): PageView => muster.ask("page", "status") as PageView;
const stateOf = (home: number): string | undefined =>
  status().people.find(({ node }) => node === `home-${home}` || node === `zone-${home}`)?.state;
const received = (n: number, text: RegExp) => (event: EmulatorEvent) =>
  event.at === "received" && event["node"] === handheld(n) && text.test(String(event["text"]));
/** How often this handheld was asked, as its screen shows it. */
const asked = (n: number): number => {
  const called = new RegExp(`^p1 for (.* )?${n}( .*)?: Water`);
  return emulator.events.filter((event) => {
    const text = String(event["text"]);
    return received(n, /./)(event) && (called.test(text) || text.startsWith("p1: Water"));
  }).length;
};

async function react(person: Person, room: string, event: RoomEvent, key: string): Promise<void> {
  await person.send(room, "m.reaction", {
    "m.relates_to": { rel_type: "m.annotation", event_id: event.event_id, key },
  });
}

/** The question in a room that mentions this person. */
const questionTo = (person: Person, room: string): Promise<RoomEvent> =>
  until<RoomEvent | undefined>(
    `a question to ${person.userId}`,
    async () =>
      (await person.timeline(room)).find(({ content }) => {
        const { user_ids: users = [] } = (content["m.mentions"] ?? {}) as { user_ids?: string[] };
        return users.includes(person.userId) && String(content["body"]).includes("p1: Water");
      }),
    PATIENCE,
  );

describe("a page to twelve handhelds and three people in Matrix", () => {
  it("leaves only when a second person has said yes, first to the captains, in one packet", async () => {
    const started = muster.ask("page", "start", "zones", "Water at the school", "--by", "Cora") as PageAnswer;
    expect(started).toMatchObject({ ok: true, reference: "p1", state: "ready" });
    const yes = await nina.waitForBody(ops, "nothing leaves before a second person");
    expect(status()).toMatchObject({ state: "ready", packets: 0 });
    await nina.say(ops, "!page yes p1", { "m.relates_to": { "m.in_reply_to": { event_id: yes.event_id } } });
    const call = await emulator.event(received(1, /^p1 for 1 7: Water at the school/));
    // A tapback, and a refusal that pulls the deputy at once.
    await emulator.say(handheld(1), "👍", { emoji: "👍", replyTo: call["id"] });
    await emulator.say(handheld(7), "cant", { to: gateway });
    // The deputy and the ring below the first captain are due at once, so they share a packet.
    await emulator.event(received(2, RING));
    expect(status()).toMatchObject({ state: "running", second: nina.userId });
  }, 120_000);

  it("goes on after a SIGKILL where it was, and asks nobody again who has answered", async () => {
    const call = emulator.events.find(received(2, RING))!;
    await emulator.say(handheld(2), "ok", { to: gateway });
    await until("home 2 to count", () => stateOf(2) === "answered");
    await muster.stop("SIGKILL");
    await muster.start();
    await muster.ready();
    await emulator.say(handheld(3), "coming with the truck", { to: gateway, replyTo: call["id"] });
    await until("home 3 to count", () => stateOf(3) === "answered");
    await emulator.say(handheld(4), "Yes");
    await emulator.say(handheld(5), "cant", { to: gateway });
    await emulator.say(handheld(8), "ok p1", { to: gateway });
    // The deputy answers for the zone and for the home beside it: captain, deputy, homes 2, 3, 4 and 8.
    await until("homes 4 and 5 and the deputy to count", () => {
      const { answered, declined } = status();
      return answered === 6 && declined === 1;
    });
    expect(status().state).toBe("running");
  }, 180_000);

  it("reaches people in Matrix in Matrix, where a reaction and a reply count", async () => {
    await react(maria, ops, await questionTo(maria, ops), "👍");
    const question = await questionTo(olga, street);
    await olga.say(street, "I have it", { "m.relates_to": { "m.in_reply_to": { event_id: question.event_id } } });
    await react(nina, ops, await questionTo(nina, ops), "❌");
    await emulator.event(received(9, /Water at the school/));
    await emulator.say(handheld(9), "ok", { to: gateway });
    // The deputy saw the home that nothing can be sent to, and the one beside it.
    await emulator.say(handheld(8), "done p1 10 16", { to: gateway });
    await until("all of them to count", () => {
      const { answered, declined } = status();
      return answered === 11 && declined === 2;
    });
    expect([13, 14, 15].map(stateOf)).toEqual(["answered", "declined", "answered"]);
  }, 240_000);

  it("lists for a visit exactly those who stayed silent, and reports it", async () => {
    await until("the page to end", () => status().state === "finished", PATIENCE);
    const view = status();
    expect(view.visits.map(({ house }) => house)).toEqual(["6", "11", "12"]);
    expect(view).toMatchObject({ answered: 11, declined: 2, skipped: 3, pending: 0 });
    expect(view.rings.map(({ ring }) => ring)).toEqual([1, 2]);
    expect(view.airtimeSeconds).toBeGreaterThan(0);
    expect(view.packets).toBeLessThan(16);
    for (const home of [1, 2, 3]) expect([home, asked(home)]).toEqual([home, 1]);
    await maria.waitForBody(ops, "To be visited: 6 (Home 6), 11 (Home 11), 12 (Home 12).");
    const svg = muster.ask("page", "allclear", "p1") as { reference: string };
    expect(svg).toMatchObject({ reference: "p1" });
    await emulator.event(received(2, /^p1: ALL CLEAR/));
    await olga.waitForBody(street, "ALL CLEAR");
  }, 240_000);
});
