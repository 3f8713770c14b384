// A roll call, a call for help in it, and a list of people from a file, with every part real: the program, serialport on a pty, twelve emulated handhelds, a
// Synapse, two operators, and the command line.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RollAnswer } from "#gateway/welfare/roll.ts";
import type { RollView } from "#gateway/welfare/roll-status.ts";
import type { EmulatorEvent, EmulatorProcess } from "#test/harness/emulator.ts";
import type { MusterProcess } from "#test/harness/muster.ts";
import { realStreet, type RealStreet } from "#test/harness/real-street.ts";
import { until, type Person } from "#test/harness/synapse.ts";

const RATE = 30;
/** Wall time. */
const PATIENCE = 90_000;

let home: RealStreet;
let maria: Person;
let emulator: EmulatorProcess;
let muster: MusterProcess;
let ops: string;
let gateway: string;

beforeAll(async () => {
  home = await realStreet({ handhelds: 12, seed: 5, rate: RATE, inBoth: ["omar"] });
  await home.others["omar"]!.setDisplayName("Omar");
  ({ maria, emulator, muster, ops, gateway } = home);
  // Home 13 has no radio; the last two radios are off.
  const rows = emulator.ready.handhelds.map(
    (id, n) => `${n + 1},Home ${n + 1},${n < 6 ? 1 : 2},${id},${n === 0 || n === 6 ? "captain" : "resident"}`,
  );
  home.people(["household,name,zone,radios,role", ...rows, "13,Home 13,2,,resident"]);
  for (const n of [11, 12]) emulator.command({ node: handheld(n), do: "away" });
}, 300_000);
afterAll(() => home?.close());

/** The radio of the n-th home. */
const handheld = (n: number): string => emulator.ready.handhelds[n - 1]!;
const status = (): RollView => muster.ask("roll", "status") as RollView;
const silent = (): string[] => status().byZone.flatMap((zone) => zone.silent);
const received = (n: number, text: RegExp) => (event: EmulatorEvent) =>
  event.at === "received" && event["node"] === handheld(n) && text.test(String(event["text"]));

describe("a roll call of thirteen homes", () => {
  it("tells its cost, calls, and counts every form of answer", async () => {
    const opened = muster.ask("roll", "open", "--minutes", "120") as RollAnswer;
    expect(opened).toMatchObject({
      ok: true,
      reference: "r1",
      forecast: { households: 13, withRadio: 12, packets: 1 },
    });
    const call = await emulator.event(received(1, /^Roll call r1: answer OK/));
    const id = call["id"] as number;
    await emulator.say(handheld(1), "ok 3p", { to: gateway });
    await emulator.say(handheld(2), "👍", { emoji: "👍", replyTo: id });
    await emulator.say(handheld(3), "Yes");
    await emulator.say(handheld(4), "need insulin", { to: gateway });
    await emulator.say(handheld(5), "all safe here", { to: gateway, replyTo: id });
    await emulator.say(handheld(6), "no", { to: gateway, replyTo: id });
    await emulator.say(handheld(7), "ok", { to: gateway });
    await emulator.say(handheld(8), "estamos bien", { to: gateway });
    await emulator.event(received(6, /not OK.*What is wrong/));
    await until("eight homes to be accounted for", () => status().accounted === 8);
    expect(status()).toMatchObject({ households: 13, accounted: 8, silent: 5, need: 2, urgent: 0 });
    await maria.waitForBody(ops, "answered NOT OK to r1");
  }, 120_000);

  it("asks the silent themselves, then their captain, and shows in Matrix who is still missing", async () => {
    await emulator.event(received(9, /^r1: are you OK/), { within: PATIENCE });
    await emulator.say(handheld(9), "ok", { to: gateway });
    await emulator.event(received(10, /^r1: are you OK/), { within: PATIENCE });
    await emulator.say(handheld(10), "sos", { to: gateway });
    await emulator.event(received(7, /^r1: no word from 11 12 13\./), { within: PATIENCE });
    await emulator.say(handheld(7), "13 ok", { to: gateway });
    await until("the captain's word to count", () => status().accounted === 11);
    expect(silent()).toEqual(["11", "12"]);
    expect(status()).toMatchObject({ accounted: 11, silent: 2, need: 2, urgent: 1 });
    expect(status().waves.map(({ kind, households }) => [kind, households])).toEqual([
      ["channel", 13],
      ["direct", 4],
      ["captain", 3],
    ]);
    expect(status().airtimeSeconds).toBeGreaterThan(0);
    const asked = emulator.events.filter(
      (event) => event.at === "received" && String(event["text"]).startsWith("r1: are you OK"),
    );
    expect(new Set(asked.map((event) => event["node"]))).toEqual(new Set([handheld(9), handheld(10)]));
  }, 240_000);

  it("has a call for help that one operator takes and another closes, on one card that is edited in place", async () => {
    const omar = home.others["omar"]!;
    const cards = async () =>
      (await maria.timeline(ops)).filter(
        ({ content }) => /CALL FOR HELP/.test(String(content["body"])) && content["m.relates_to"] === undefined,
      );
    const card = await until("the card", async () => (await cards())[0]);
    expect(String(card.content["body"])).toMatch(/^🆘 CALL FOR HELP (k\d+) · house 10/);
    expect(card.content["m.mentions"]).toEqual({ room: true });
    const edits = `/_matrix/client/v1/rooms/${encodeURIComponent(ops)}/relations/${encodeURIComponent(card.event_id)}/m.replace`;
    /** As a client shows the card: its newest edit. */
    const shown = async (): Promise<string> => {
      const [newest] = (await maria.call("GET", edits))["chunk"] as { content: Record<string, { body?: string }> }[];
      return newest?.content["m.new_content"]?.body ?? String(card.content["body"]);
    };
    const reaction = (key: string) => ({
      "m.relates_to": { rel_type: "m.annotation", event_id: card.event_id, key },
    });

    await maria.send(ops, "m.reaction", reaction("✅"));
    await emulator.event(received(10, /^Maria has your call for help/));
    await until("the card to say who took it", async () => (await shown()).includes(`✅ ${maria.userId}`));

    await omar.send(ops, "m.reaction", reaction("🏁"));
    const why = await maria.waitForBody(ops, "Reply to this with the reason");
    expect(await shown()).toMatch(/^🆘 CALL FOR HELP/);
    await omar.send(ops, "m.room.message", {
      msgtype: "m.text",
      body: "ambulance took her to the clinic",
      "m.relates_to": { "m.in_reply_to": { event_id: why.event_id } },
    });
    await emulator.event(received(10, /^Your call for help was closed by Omar/));
    await until("the card to be closed", async () => (await shown()).startsWith("🏁 CLOSED CALL FOR HELP"));
    expect(await shown()).toMatch(new RegExp(`Closed by ${omar.userId}, .*: ambulance took her to the clinic`));
    expect(await cards()).toHaveLength(1);
  }, 120_000);

  it("closes with its result, and a drill after it is marked everywhere", async () => {
    expect(muster.ask("roll", "close")).toMatchObject({ reference: "r1", state: "closed", accounted: 11, silent: 2 });
    await maria.waitForBody(ops, "Roll call r1 closed");
    expect(muster.ask("event", "open", "autumn", "--drill")).toMatchObject({ mark: "EXERCISE", drill: true });
    expect(muster.ask("roll", "open", "--zone", "1")).toMatchObject({ reference: "r2", mark: "EXERCISE" });
    await emulator.event(received(2, /^EXERCISE: Roll call r2, zone 1:/));
    await emulator.say(handheld(2), "need water", { to: gateway });
    await until("the drill's answer to count", () => status().need === 1);
    expect(status()).toMatchObject({ exercise: true, households: 6, accounted: 1, silent: 5 });
    const home = (muster.ask("people", "list") as { household: string; status: string }[])[1];
    expect(home).toMatchObject({ household: "2", status: "ok", exercise: "need" });
    expect(muster.ask("event", "close")).toMatchObject({ state: "closed" });
    await emulator.event(received(2, /^EXERCISE over/));
    await maria.waitForBody(ops, "EXERCISE: Roll call r2 closed");
  }, 120_000);

  it("takes a list of people from a file that an operator posted, after ✅", async () => {
    const upload = await fetch(`${home.synapse.baseUrl}/_matrix/media/v3/upload?filename=people.csv`, {
      method: "POST",
      headers: { Authorization: `Bearer ${maria.accessToken}`, "Content-Type": "text/csv" },
      body: "household,name,zone\n21,Dora Ruíz,2\n",
    });
    const { content_uri: url } = (await upload.json()) as { content_uri: string };
    const file = await maria.send(ops, "m.room.message", { msgtype: "m.file", body: "people.csv", url });
    await maria.send(ops, "m.room.message", {
      msgtype: "m.text",
      body: "!people import",
      "m.relates_to": { "m.in_reply_to": { event_id: file } },
    });
    const tried = await maria.waitForBody(ops, "Would change: households 1 new");
    await maria.send(ops, "m.reaction", {
      "m.relates_to": { rel_type: "m.annotation", event_id: tried.event_id, key: "✅" },
    });
    await maria.waitForBody(ops, "Done: households 1 new");
    const homes = muster.ask("people", "list") as { household: string; members: { name: string }[] }[];
    expect(homes.find(({ household }) => household === "21")?.members).toMatchObject([{ name: "Dora Ruíz" }]);
  }, 60_000);
});
