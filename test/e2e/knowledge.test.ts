// What the neighbourhood knows, end to end: the program, serialport on a pty, an emulated radio, a Synapse, a wiki that is stopped.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";
import type { EmulatorProcess } from "#test/harness/emulator.ts";
import { COMMUNITY } from "#test/harness/knowledge.ts";
import type { MusterProcess } from "#test/harness/muster.ts";
import { realStreet, type RealStreet } from "#test/harness/real-street.ts";
import { until, type Person } from "#test/harness/synapse.ts";

const RATE = 20;

let home: RealStreet;
let maria: Person;
let wiki: Server;
let emulator: EmulatorProcess;
let muster: MusterProcess;
let street: string;
let ops: string;
let gateway: string;
let ana: string;

beforeAll(async () => {
  wiki = createServer((_request, response) => response.end("the wiki")).listen(0, "127.0.0.1");
  await once(wiki, "listening");
  const check = `http://127.0.0.1:${(wiki.address() as AddressInfo).port}/`;
  home = await realStreet({
    handhelds: 2,
    seed: 11,
    rate: RATE,
    firmware: "2.8",
    config: { services: [{ name: "wiki", owner: "Eva (3)", deputy: "Ben (20)", check }] },
  });
  ({ maria, emulator, muster, street, ops, gateway } = home);
  ana = emulator.ready.handhelds[0]!;
}, 300_000);
afterAll(async () => {
  wiki.close();
  await home?.close();
});

/** What Ana's screen shows next after she sent this to the gateway; `shows` picks among what may come of itself. */
async function ask(text: string, shows: (answer: string) => boolean): Promise<string> {
  const from = emulator.events.length;
  await emulator.say(ana, text, { to: gateway });
  const answer = await emulator.event(
    (event) => event.at === "received" && event["node"] === ana && shows(String(event["text"])),
    { from },
  );
  const said = String(answer["text"]);
  expect(utf8Length(said)).toBeLessThanOrEqual(MAX_SIGNED_TEXT);
  return said;
}

describe("on the real serial path", () => {
  it("info lists, more goes on, info water answers", async () => {
    expect(muster.ask("knowledge", "import", COMMUNITY)).toMatchObject({ ok: true, procedures: 30, added: 60 });
    expect(await ask("info", (said) => said.startsWith("Send info"))).toMatch(/\(more: reply MORE\)$/);
    expect(await ask("more", (said) => said.includes("water"))).not.toContain("Send info");
    expect(await ask("info watre", (said) => said.startsWith("Boil"))).toContain("Boil water 1 minute");
    expect(await ask("more", (said) => said.startsWith("1."))).toContain("cloudy water");
    expect(muster.ask("knowledge", "search", "lejia")).toHaveProperty("found.0.slug", "bleach");
  }, 120_000);

  it("services tells of one that was stopped, of itself and when asked", async () => {
    const state = (): unknown => (muster.ask("services") as { services: { state: string }[] }).services[0]!.state;
    await until("the wiki to be seen", () => state() === "up");
    expect(await ask("services", (said) => said.includes("wiki"))).toBe("Up: wiki. You hear of the next change.");
    const from = emulator.events.length;
    wiki.closeAllConnections();
    wiki.close();
    const told = await emulator.event(
      (event) => event.at === "received" && event["node"] === ana && String(event["text"]).startsWith("wiki is down"),
      { from },
    );
    expect(told["text"]).toMatch(/^wiki is down since \d\d:\d\d\. Ask Eva \(3\), Ben \(20\)\.$/);
    expect(await ask("services", (said) => said.includes("DOWN"))).toMatch(
      /^DOWN wiki since \d\d:\d\d \(Eva \(3\), Ben \(20\)\)\./,
    );
    await maria.waitForBody(ops, String(told["text"]) + " (connection refused)");
  }, 120_000);

  it("inbox gives what was said to her while she was away, messages what was said to all", async () => {
    await emulator.say(ana, "we are out of bread", { to: gateway });
    const asked = await maria.waitForBody(ops, "we are out of bread");
    emulator.command({ node: ana, do: "away" });
    await maria.say(street, "coffee at the hall at six");
    const thread = { "m.relates_to": { rel_type: "m.thread", event_id: asked.event_id } };
    await maria.say(ops, "Ben brings some at five", thread);
    await until(
      "the gateway to know that she is out of reach",
      () => {
        const row = muster.messages().find(({ text }) => text === "Ben brings some at five");
        return row !== undefined && ["queued", "unknown"].includes(row.state) && row.reason !== null;
      },
      90_000,
    );
    emulator.command({ node: ana, do: "back" });
    expect(await ask("inbox", (said) => said.includes("for you"))).toMatch(
      /^1 for you, newest first: \d+ on the channel: send messages\n\d\d:\d\d maria: Ben brings some at five$/,
    );
    expect(await ask("messages", (said) => said.includes("on the channel, newest first"))).toMatch(
      /\n\d\d:\d\d Maria\[M\]: coffee at the hall at six/,
    );
  }, 180_000);
});
