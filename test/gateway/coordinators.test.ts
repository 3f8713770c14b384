import { describe, expect, it } from "vitest";
import { emptyHousehold } from "#domain/people/people.ts";
import type { Marked } from "#gateway/settings.ts";
import { addMember, bindRadio, household, listMembers, setHousehold, setZone } from "#store/people.ts";
import { factsOf, openCalls, standing } from "#store/welfare.ts";
import { ANA, Bench, DIRECT, OPS, START, STREET, uplink } from "#test/harness/gateway.ts";

function street(operatorsMayShow: readonly Marked[] = []): Bench {
  const bench = new Bench({ uplinks: [uplink({ operatorsMayShow })] }).ready();
  bench.store.transaction(() => {
    for (const house of ["12", "14", "16a"])
      setHousehold(
        bench.store,
        { ...emptyHousehold(house), zone: 1, address: `${house} Elm`, medical: "insulin" },
        START,
      );
    const ana = addMember(bench.store, { name: "Ana", house: "14", role: "resident", matrix: [] }, START);
    setZone(bench.store, { number: 1, name: "Elm" }, START);
    bindRadio(bench.store, { node: ANA, publicKey: new Uint8Array(32).fill(1), member: ana }, START);
  });
  return bench;
}

/** What the operators' room is answered. */
function ask(bench: Bench, body: string, over: Parameters<Bench["write"]>[1] = {}): string {
  const before = bench.bodies(OPS).length;
  bench.write(body, { room: OPS, ...over });
  bench.clock.advance(5_000);
  return bench.bodies(OPS).slice(before).join("\n");
}

describe("coordinators in the operators' room", () => {
  it("see a household with where every word about it came from, and private things only where they may", () => {
    const bench = street();
    bench.hear(ANA, "ok 4 all home, roof leaks", DIRECT);
    bench.clock.advance(60_000);
    expect(ask(bench, "!who 14")).toBe(
      [
        "House 14, Elm: OK",
        "Ana !11111111",
        "14:02 OK “ok 4 all home, roof leaks” Ana, self, text, from their own radio",
      ].join("\n"),
    );
    expect(ask(bench, "!who 99")).toBe("No household 99 is known.");
    expect(ask(bench, "!who <b>")).toMatch(/^Write !who/);
    expect(ask(street(["addresses", "medical"]), "!who 14")).toContain("14 Elm · insulin");
    expect(ask(street(["addresses"]), "!who 14")).not.toContain("insulin");
  });

  it("see the silent first, and put right what they know, with their name", () => {
    const bench = street();
    expect(ask(bench, "!silent")).toBe("Elm: 3 of 3: 12 14 16a");
    expect(ask(bench, "!set 14 ok seen at school")).toBe("House 14 stands as OK (@maria:example.org).");
    expect(factsOf(bench.store, "14")).toMatchObject([
      {
        by: "@maria:example.org",
        source: "coordinator",
        means: "matrix",
        trust: "operator",
        status: "ok",
        note: "seen at school",
      },
    ]);
    expect(ask(bench, "!set 16A need insulin and water")).toContain("House 16a stands as NEED");
    expect(standing(bench.store, "16a").fact!.needs).toHaveLength(2);
    expect(ask(bench, "!silent 1")).toBe("Elm: 1 of 3: 12");
    expect(ask(bench, "!set 99 ok")).toBe("No household 99 is known.");
    expect(ask(bench, "!set 14 constructor")).toMatch(/^Write !set/);
  });

  it("close no call for help by setting a household", () => {
    const bench = street();
    bench.hear(ANA, "sos", DIRECT);
    expect(ask(bench, "!set 14 ok seen")).toContain("The call for help k1 stays open: !close k1 REASON closes it.");
    expect(openCalls(bench.store)).toHaveLength(1);
    expect(standing(bench.store, "14").status).toBe("urgent");
  });

  it("open and close events; in a drill their words are marked and apart", () => {
    const bench = street();
    expect(ask(bench, "!event")).toBe("There has been no event.");
    expect(ask(bench, "!event open drill spring")).toMatch(/^EXERCISE: Event "spring" opened by @maria/);
    expect(ask(bench, "!set 14 ok seen")).toMatch(/^EXERCISE: House 14 stands as OK/);
    expect(ask(bench, "!event close")).toMatch(/closed by @maria/);
    expect(standing(bench.store, "14").status).toBe("unknown");
    expect(ask(bench, "!event close")).toBe("Not done: no event is open.");
    expect(ask(bench, "!event")).toContain('EXERCISE "spring" closed');
  });

  it("may look anywhere in their room, and change only if they may write; residents' rooms can do neither", () => {
    const bench = street();
    for (const said of ["!set 14 ok x", "!event open storm", "!people import\nhousehold\n20"])
      expect(ask(bench, said, { maySpeak: false })).toMatch(/you may not write/);
    expect(ask(bench, "!silent", { maySpeak: false })).toContain("12 14 16a");
    for (const said of ["!set 14 ok x", "!who 14", "!silent"]) ask(bench, said, { room: STREET });
    bench.clock.advance(60_000);
    expect(standing(bench.store, "14").status).toBe("unknown");
    expect(bench.bodies(STREET)).toEqual([]);
    expect(ask(bench, "!help")).toContain("!set 14 ok seen at school: how a household stands");
  });

  it("import people from a posted CSV: tried out first, done by a reaction", () => {
    const bench = street();
    const csv = "household,name,zone,radios\n20,Dora Ruíz,1,!a1b2c3d4\n20,Emil,,\n";
    const before = bench.asked.length;
    const tried = ask(bench, `!people import\n\`\`\`\n${csv}\`\`\``);
    expect(tried).toMatch(/^Would change: households 1 new.*people 2 new.*Put ✅ on this to do it/s);
    expect(tried).toContain("not marked for addresses");
    expect(household(bench.store, "20")).toBeUndefined();
    const answer = bench.asked.slice(before).find(({ content }) => String(content["body"]).startsWith("Would"))!;
    const relation = { rel_type: "m.annotation", event_id: bench.eventOf(answer), key: "✅" };
    expect(ask(bench, "", { type: "m.reaction", content: { "m.relates_to": relation }, maySpeak: false })).toBe("");
    expect(household(bench.store, "20")).toBeUndefined();
    expect(ask(bench, "", { type: "m.reaction", content: { "m.relates_to": relation } })).toMatch(/^Done: .*2 new/);
    expect(household(bench.store, "20")).toMatchObject({ zone: 1 });
    expect(listMembers(bench.store).map(({ name }) => name)).toContain("Dora Ruíz");
    expect(ask(bench, "!people import\nhousehold,name\nx,Y")).toMatch(/^1 mistake; nothing was changed\.\nline 2/);
    expect(ask(bench, "!people")).toMatch(/^On the list: 4 households, 3 people\./);
  });
});
