import { beforeEach, describe, expect, it, test } from "vitest";
import { emptyHousehold } from "#domain/people/people.ts";
import type { FileOutcome } from "#gateway/inputs.ts";
import { forgetHousehold, leaveNoTrace } from "#store/forget.ts";
import { household, setHousehold } from "#store/people.ts";
import { Bench, OPS, START, STREET } from "#test/harness/gateway.ts";

const CSV = "household,name,zone,radios,address\n20,Dora Ruíz,1,!a1b2c3d4,Elm Street 20\n";
const FILE = { msgtype: "m.file", body: "people.csv", filename: "people.csv", url: "mxc://example.org/abc" };
const replyTo = (event_id: string) => ({ content: { "m.relates_to": { "m.in_reply_to": { event_id } } } });

let bench: Bench;
beforeEach(() => {
  bench = new Bench().ready();
});

const inRoom = (over: object = {}): object => ({ room: OPS, ...over });
const answers = (): string[] => bench.bodies(OPS);
/** What the homeserver's edge hands over. */
const come = (file: FileOutcome, asked = bench.fetches.at(-1)!.asked): void => {
  bench.pump.accept([{ kind: "file", uplink: "street", asked, file }]);
  bench.settle();
};
const tick = (): void => {
  const answer = bench.asked.findLast(({ content }) => String(content["body"]).startsWith("Would change"))!;
  const relation = { rel_type: "m.annotation", event_id: bench.eventOf(answer), key: "✅" };
  bench.write("", { room: OPS, type: "m.reaction", content: { "m.relates_to": relation } });
};

describe("a list of people as a file", () => {
  it("is asked for by a reply to it, tried out, and done by ✅", () => {
    const event = bench.write("", inRoom({ content: FILE }));
    expect(answers()).toEqual([]);
    bench.write("!people import", inRoom(replyTo(event)));
    expect(bench.fetches).toMatchObject([{ kind: "fetch-file", uplink: "street", room: OPS, event, most: 262_144 }]);
    expect(answers()).toEqual([]);
    come({ is: "text", text: CSV });
    expect(answers().at(-1)).toMatch(/^Would change: households 1 new.*people 1 new.*radios bound 1\. Put ✅ on this/s);
    expect(household(bench.store, "20")).toBeUndefined();
    tick();
    expect(answers().at(-1)).toMatch(/^Done: households 1 new/);
    expect(household(bench.store, "20")).toMatchObject({ address: "Elm Street 20" });
    bench.clock.advance(120_000);
    expect(answers().filter((body) => body.includes("did not hand over"))).toEqual([]);
  });

  it("is asked for by its caption", () => {
    const event = bench.write("", inRoom({ content: { ...FILE, body: "!people import" } }));
    expect(bench.fetches).toMatchObject([{ event }]);
    come({ is: "text", text: CSV });
    expect(answers().at(-1)).toContain("Would change");
  });

  it("is read with its lines: every mistake by its number, nothing changed", () => {
    bench.write("!people import", inRoom(replyTo("$file")));
    come({ is: "text", text: "household,name\nx,Y\n20,Dora\n0,Z\n" });
    expect(answers().at(-1)).toMatch(/^2 mistakes; nothing was changed\.\nline 2, household: .*\nline 4, household: /);
    expect(household(bench.store, "20")).toBeUndefined();
  });

  test.each<readonly [FileOutcome, RegExp]>([
    [{ is: "not-text" }, /no CSV in UTF-8/],
    [{ is: "too-large" }, /larger than 256 KiB/],
    [{ is: "encrypted" }, /is encrypted/],
    [{ is: "no-file" }, /holds no file/],
    [{ is: "gone" }, /not there any more/],
    [{ is: "away", reason: "HTTP 502" }, /did not hand over the file \(HTTP 502\)/],
  ])("that does not come is said in words: %j", (file, words) => {
    bench.write("!people import", inRoom(replyTo("$file")));
    come(file);
    expect(answers().at(-1)).toMatch(words);
  });

  it("that never comes is said so, also after a restart", () => {
    bench.write("!people import", inRoom(replyTo("$file")));
    bench.boot("boot-2");
    bench.online();
    bench.clock.advance(61_000);
    expect(answers().at(-1)).toMatch(/did not hand over the file \(no answer\)\. Write !people import once more/);
  });

  it("is asked for by an operator who may write, in the operators' room, and by nothing else", () => {
    bench.write("!people import", inRoom({ ...replyTo("$file"), maySpeak: false }));
    bench.write("!people import", { room: STREET, ...replyTo("$file") });
    bench.write("", { room: STREET, content: { ...FILE, body: "!people import" } });
    bench.write("", inRoom({ content: FILE }));
    bench.write("", inRoom({ content: { ...FILE, filename: undefined, body: "!people import" } }));
    bench.write("!people import", { room: OPS });
    expect(bench.fetches).toEqual([]);
    expect(answers().at(-1)).toContain("reply to it with !people import");
    // Nor does one come unasked.
    come({ is: "text", text: CSV }, 999);
    expect(answers().at(-1)).not.toContain("Would change");
  });

  it("leaves nothing of itself in what is shown, and is forgotten with a household", () => {
    bench.write("!people import", inRoom(replyTo("$file")));
    come({ is: "text", text: CSV });
    tick();
    expect(JSON.stringify([bench.asked, bench.ledger()])).not.toMatch(/Dora|Elm Street 20/);
    bench.store.transaction(() => setHousehold(bench.store, emptyHousehold("21"), START));
    bench.store.transaction(() => forgetHousehold(bench.store, "21", bench.clock.now()));
    leaveNoTrace(bench.store);
    expect(bench.store.all("SELECT id FROM inbox WHERE body LIKE '%Elm Street 20%'")).toEqual([]);
    tick();
    expect(answers().join("\n")).not.toMatch(/Elm Street/);
  });
});
