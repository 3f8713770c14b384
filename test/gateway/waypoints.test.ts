import { describe, expect, it, test } from "vitest";
import { emptyHousehold } from "#domain/people/people.ts";
import type { Waypoint } from "#gateway/inputs.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import { listWaypoints } from "#store/social.ts";
import { openCalls, standing } from "#store/welfare.ts";
import { ANA, Bench, BEN, DIRECT, OPS, START, STREET, uplink } from "#test/harness/gateway.ts";

const PLACE = { latitudeI: 455_230_600, longitudeI: -1_226_764_800 };
const GEO = "geo:45.52306,-122.67648";
const HERE = "45.52306 -122.67648";
const KEY = new Uint8Array(32).fill(1);
const PROVEN = { ...DIRECT, publicKey: KEY };
const SOS_ICON = 0x1_f198;
const PAST = Math.floor(START / 1000) - 60;
const SOON = Math.floor(START / 1000) + 3600;

/** House 14: Ana. */
function street(may: readonly "addresses"[] = []): Bench {
  const bench = new Bench({ uplinks: [uplink({ operatorsMayShow: may })] }).ready();
  bench.store.transaction(() => {
    setHousehold(bench.store, emptyHousehold("14"), START);
    const ana = addMember(bench.store, { name: "Ana", house: "14", role: "resident", matrix: [] }, START);
    bindRadio(bench.store, { node: ANA, publicKey: KEY, member: ana }, START);
  });
  return bench;
}

let marked = 0;
function mark(bench: Bench, waypoint: Partial<Waypoint>, over: object = {}, from = ANA): void {
  const whole = { id: 7, ...PLACE, name: "", description: "", ...waypoint };
  bench.hear(
    from,
    "",
    { portnum: 8, payload: Uint8Array.of(++marked), ...over },
    { kind: "waypoint", waypoint: whole },
  );
}

const wait = (bench: Bench): void => bench.clock.advance(20_000);
/** The card as it stands after its edits. */
const card = (bench: Bench): string => {
  wait(bench);
  return bench
    .bodies(OPS)
    .findLast((body) => body.includes("CALL FOR HELP"))!
    .replace(/^\* /, "");
};

describe("a point that calls for help", () => {
  const CALLS: readonly (readonly [what: string, waypoint: Partial<Waypoint>, state: "open" | "possible"])[] = [
    ["by its name", { name: "SOS" }, "open"],
    ["by its icon", { name: "bridge", icon: SOS_ICON }, "open"],
    ["by an emoji in its name", { name: "🆘 bridge" }, "open"],
    ["by its description", { name: "here", description: "grandpa not breathing" }, "open"],
    ["in Spanish", { name: "auxilio" }, "open"],
    ["perhaps", { name: "help" }, "possible"],
    ["without a place", { name: "SOS", latitudeI: 0, longitudeI: 0 }, "open"],
    ["with a time that is up", { name: "SOS", expire: PAST }, "open"],
    ["taken away before it was ever heard", { name: "SOS", expire: 1 }, "open"],
  ];
  for (const over of [{}, PROVEN])
    test.each(CALLS)(`%s${over === PROVEN ? ", to us alone" : ""}`, (_what, waypoint, state) => {
      const bench = street();
      mark(bench, waypoint, over);
      wait(bench);
      expect(openCalls(bench.store)).toMatchObject([{ node: ANA, house: "14", state }]);
      expect(
        bench.bodies(OPS).some((body) => body.startsWith("🆘 ") && /SOS|🆘|help|auxilio|breathing/.test(body)),
      ).toBe(true);
      expect(
        bench
          .texts()
          .some((text) => text.includes(state === "open" ? "help" : "Emergency?") || text.includes("auxilio")),
      ).toBe(true);
    });

  it("passes a mute, and MQTT", () => {
    const bench = street();
    bench.hear(ANA, "hello");
    bench.write("!mute !11111111 jokes", { room: OPS });
    const shown = bench.bodies(STREET).length;
    mark(bench, { name: "party", id: 8 });
    mark(bench, { name: "party", id: 9 }, { viaMqtt: true }, BEN);
    expect(bench.bodies(STREET)).toHaveLength(shown);
    mark(bench, { name: "SOS" }, { viaMqtt: true });
    expect(openCalls(bench.store)).toHaveLength(1);
    expect(bench.bodies(STREET)).toHaveLength(shown + 1);
  });

  it("moved is the same call, with the new place on its card", () => {
    const bench = street();
    mark(bench, { name: "SOS" });
    expect(card(bench)).toContain(`📍 ${GEO} “SOS”`);
    mark(bench, { name: "SOS", latitudeI: 455_000_000 });
    expect(card(bench)).toContain("📍 geo:45.50000,-122.67648 “SOS”");
    expect(openCalls(bench.store)).toHaveLength(1);
  });

  it("taken away closes nothing, and people hear of it", () => {
    const bench = street();
    mark(bench, { name: "SOS" });
    mark(bench, { name: "SOS", expire: 1 });
    expect(openCalls(bench.store)).toHaveLength(1);
    expect(card(bench)).not.toContain("geo:");
    expect(bench.bodies(OPS).join("\n")).toMatch(
      /took the point “SOS” off the map\. A call for help from there is open all the same/,
    );
  });
});

describe("the point of somebody who calls for help", () => {
  it("is neither moved nor taken away by another radio", () => {
    const bench = street();
    mark(bench, { name: "SOS" });
    mark(bench, { name: "SOS", latitudeI: 1 }, {}, BEN);
    mark(bench, { name: "SOS", expire: 1 }, {}, BEN);
    expect(listWaypoints(bench.store, START)).toMatchObject([{ node: ANA, ...PLACE }]);
    expect(bench.bodies(OPS).join("\n")).toContain("(!22222222) took the point");
  });
});

describe("a point beside a call for help", () => {
  it("is on its card: one that all heard everywhere, one for us alone where addresses may be shown", () => {
    for (const [over, may, shown] of [
      [{}, [], `📍 ${GEO} “by the bridge”`],
      [PROVEN, [], "shown in rooms marked for addresses"],
      [PROVEN, ["addresses"], `📍 ${GEO} “by the bridge”`],
    ] as const) {
      const bench = street(may);
      bench.hear(ANA, "sos", PROVEN);
      mark(bench, { name: "by the bridge" }, over);
      expect(card(bench)).toContain(shown);
      bench.write("!map");
      expect(bench.bodies(STREET).at(-1)!.includes("by the bridge")).toBe(over !== PROVEN);
      bench.write("!map", { room: OPS });
      expect(bench.bodies(OPS).at(-1)).toContain("by the bridge");
    }
  });

  it("whose time is up is ignored; a position of the radio is shown beside", () => {
    const bench = street();
    bench.hear(ANA, "sos", PROVEN);
    mark(bench, { name: "well", expire: PAST });
    bench.hear(ANA, "", { portnum: 3 }, { kind: "position", position: PLACE });
    expect(card(bench)).toContain(`📡 ${GEO}, as the radio said`);
    expect(card(bench)).not.toContain("well");
    expect(listWaypoints(bench.store, START)).toEqual([]);
  });

  it("that ends later is on the card until then", () => {
    const bench = street();
    bench.hear(ANA, "sos", PROVEN);
    mark(bench, { name: "roof", expire: SOON });
    expect(card(bench)).toContain("“roof”");
    bench.clock.advance(3_700_000);
    bench.hear(ANA, "still here", PROVEN);
    bench.hear(ANA, "sos", PROVEN);
    expect(card(bench)).not.toContain("“roof”");
  });
});

describe("a point for us alone", () => {
  const place = (bench: Bench): string | undefined => standing(bench.store, "14").fact?.place;

  it("answers a roll call as a position does", () => {
    const bench = street();
    bench.write("!roll open", { room: OPS });
    wait(bench);
    mark(bench, { name: "shelter" }, PROVEN);
    wait(bench);
    expect(standing(bench.store, "14")).toMatchObject({ status: "need", fact: { place: HERE, means: "machine" } });
    expect(bench.texts().at(-1)).toMatch(/^r1: are you OK/);
  });

  it("stands beside what was said, and goes when it is taken away", () => {
    const bench = street();
    bench.hear(ANA, "need water, 3 people", PROVEN);
    mark(bench, { name: "we are here" }, PROVEN);
    expect(standing(bench.store, "14")).toMatchObject({ status: "need", fact: { people: 3, needs: [0], place: HERE } });
    expect(bench.bodies(OPS).some((body) => body.includes(GEO))).toBe(true);
    mark(bench, { name: "we are here", expire: 1 }, PROVEN);
    expect(place(bench)).toBeUndefined();
  });

  it("is receipted, accounts for nobody who was not asked, and calms nothing", () => {
    const bench = street();
    mark(bench, { name: "shelter" }, PROVEN);
    wait(bench);
    expect(standing(bench.store, "14").status).toBe("unknown");
    expect(bench.texts()).toEqual([expect.stringMatching(/^Stored .*k1\.$/)]);
  });

  it("is believed no more than its sender: not from another radio, not unproven beside a proven word, not over a word", () => {
    const bench = street();
    bench.hear(ANA, "need water", PROVEN);
    mark(bench, { name: "elsewhere" }, DIRECT, BEN);
    mark(bench, { name: "elsewhere" }, { ...DIRECT, pkiEncrypted: false });
    expect(place(bench)).toBeUndefined();
    bench.hear(ANA, "evacuated to school", PROVEN);
    mark(bench, { name: "elsewhere" }, PROVEN);
    expect(place(bench)).toBe("school");
  });

  it("between others is none of ours", () => {
    const bench = street();
    mark(bench, { name: "SOS" }, { to: BEN });
    expect(openCalls(bench.store)).toEqual([]);
    expect(bench.bodies(OPS)).toEqual([]);
  });
});
