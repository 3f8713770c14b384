// Mutual aid with every part real: the program, serialport on a pty, emulated handhelds, a Synapse. A need by radio, taken by a
// reaction in Matrix, its hand-over confirmed by radio; the boards are right at each step.

import { afterAll, beforeAll, expect, it } from "vitest";
import type { EmulatorProcess } from "#test/harness/emulator.ts";
import type { MusterProcess } from "#test/harness/muster.ts";
import { realStreet, type RealStreet } from "#test/harness/real-street.ts";
import { until, type Person, type RoomEvent } from "#test/harness/synapse.ts";

const RATE = 20;

let home: RealStreet;
let maria: Person;
let emulator: EmulatorProcess;
let muster: MusterProcess;
let ops: string;
let gateway: string;

beforeAll(async () => {
  home = await realStreet({ handhelds: 2, seed: 5, rate: RATE });
  ({ maria, emulator, muster, ops, gateway } = home);
  const [ana, ben] = emulator.ready.handhelds as [string, string];
  const rows = [`14,Ana,1,Elm,${ana},resident,14 Elm Street`, `12,Ben,1,Elm,${ben},captain,12 Elm Street`];
  home.people(["household,name,zone,zone_name,radios,role,address", ...rows]);
}, 300_000);
afterAll(() => home?.close());

/** The newest words of each message of the gateway's that is edited in place. */
async function shown(): Promise<Map<string, string>> {
  const words = new Map<string, string>();
  const events = (await maria.timeline(ops)).toSorted((a, b) => a.origin_server_ts - b.origin_server_ts);
  for (const event of events) {
    const relates = (event.content["m.relates_to"] ?? {}) as { rel_type?: string; event_id?: string };
    const edit = event.content["m.new_content"] as { body?: string } | undefined;
    if (relates.rel_type === "m.replace" && edit?.body !== undefined) words.set(relates.event_id!, edit.body);
    else if (event.type === "m.room.message") words.set(event.event_id, String(event.content["body"]));
  }
  return words;
}

/** Waits until the card, the board for all and the zone's board all say so. */
const boards = (card: RegExp, board: RegExp): Promise<string> =>
  until(
    `the card ${card.source} and the boards ${board.source}`,
    async () => {
      const words = await shown();
      const titled = [...words.values()].filter((body) => body.startsWith("Mutual aid"));
      const found = [...words].find(([, body]) => card.test(body));
      return titled.length === 2 && titled.every((body) => board.test(body)) && found?.[0];
    },
    60_000,
  );
const told = (text: RegExp) =>
  emulator.event((event) => event["node"] === emulator.ready.handhelds[0] && text.test(String(event["text"])));

it("goes from a need by radio over a reaction in Matrix to a hand-over confirmed by radio", async () => {
  const ana = emulator.ready.handhelds[0]!;
  await emulator.say(ana, "need water 20L", { to: gateway });
  await told(/^Booked: house 14 NEED: water\. a0/);
  const card = await boards(/^a0 NEED water 20 L · zone 1 · open/, /1 needs[\s\S]*a0 NEED water 20 L · zone 1 · open/);
  await maria.send(ops, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: card, key: "✅" } });
  await told(/^a0 agreed: Maria brings water 20 L\. done a0/);
  await boards(/^a0 NEED water 20 L · zone 1 · agreed/, /1 needs[\s\S]*a0 NEED water 20 L · zone 1 · agreed/);
  expect(muster.ask("aid", "list")).toMatchObject({ items: [{ reference: "a0", state: "confirmed", zone: 1 }] });
  await emulator.say(ana, "done a0", { to: gateway });
  await told(/^a0 done, thank you/);
  await boards(/^a0 NEED water 20 L · zone 1 · done/, /^Mutual aid[^\n]*: 0 needs/);
  expect(muster.ask("aid", "list")).toEqual({ items: [] });
  const said = (await maria.timeline(ops)).map((event: RoomEvent) => JSON.stringify(event.content)).join("\n");

  expect(said).not.toContain("14 Elm Street");
}, 180_000);
