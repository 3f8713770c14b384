import * as fc from "fast-check";
import { expect, it } from "vitest";
import { trustOf, TRUSTS } from "#domain/people/trust.ts";
import { SOURCES, standingOf, type Fact } from "#domain/welfare/standing.ts";
import { STATUSES } from "#domain/wire-words.ts";

type Said = Pick<Fact, "status" | "source" | "trust" | "pending">;

const factsOf = (said: readonly Said[]): Fact[] =>
  said.map((each, id) => ({
    ...each,
    id,
    at: id,
    clockSure: true,
    house: "14",
    by: "somebody",
    means: "text",
    needs: [],
  }));

const said = fc.record<Said>({
  status: fc.constantFrom(...STATUSES),
  source: fc.constantFrom(...SOURCES),
  trust: fc.constantFrom(...TRUSTS),
  pending: fc.boolean(),
});
const forged = fc.record<Said>({
  status: fc.constantFrom(...STATUSES),
  source: fc.constantFrom(...SOURCES),
  trust: fc.constantFrom("changed", "private", "public"),
  pending: fc.constant(false),
});
const SEVERITY = { unknown: 0, ok: 1, evacuated: 2, need: 3, urgent: 4 };

it("a thousand forged words lower nothing that was proven, and close no call", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("need", "urgent", "evacuated", "ok"),
      fc.array(forged, { minLength: 1, maxLength: 1_000 }),
      (status, lies) => {
        const truth: Said = { status, source: "self", trust: "pinned", pending: false };
        const shown = standingOf(factsOf([truth, ...lies]), false);
        expect(SEVERITY[shown.status]).toBeGreaterThanOrEqual(SEVERITY[status]);
        expect(standingOf(factsOf([truth, ...lies]), true).status).toBe("urgent");
        expect(shown.fact).toBeDefined();
      },
    ),
  );
});

it("an open call is urgent whatever was said, and nothing that waits for its echo counts", () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 12 }), (all) => {
      expect(standingOf(factsOf(all), true)).toMatchObject({ status: "urgent", call: true });
      expect(standingOf(factsOf(all), false).fact?.pending ?? false).toBe(false);
    }),
  );
});

it("an unproven OK hides no proven state, found nobody included, and is shown as waiting beside it", () => {
  for (const trust of ["public", "private", "changed", "unpinned"] as const)
    for (const calm of ["ok", "evacuated"] as const)
      for (const status of ["unknown", "need", "urgent"] as const)
        for (const source of SOURCES) {
          const truth: Said = { status, source, trust: "pinned", pending: false };
          const claim: Said = { status: calm, source: "self", trust, pending: false };
          const shown = standingOf(factsOf([truth, claim]), false);
          expect(shown).toMatchObject({ status, fact: { trust: "pinned" }, waiting: { status: calm, trust } });
          const proof: Said = { ...claim, trust: "pinned" };
          expect(standingOf(factsOf([truth, claim, proof]), false).status).toBe(calm);
        }
});

it("silence is what nobody has broken; that somebody did not answer unsays nothing", () => {
  const silent: Said = { status: "unknown", source: "captain", trust: "pinned", pending: false };
  expect(standingOf([], false).status).toBe("unknown");
  expect(standingOf(factsOf([silent]), false).status).toBe("unknown");
  expect(standingOf(factsOf([{ ...silent, status: "ok" }, silent]), false).status).toBe("ok");
});

it("one's own word beats a neighbour's in either order, and a call beats both", () => {
  const own: Said = { status: "ok", source: "self", trust: "pinned", pending: false };
  const neighbour: Said = { ...own, status: "need", source: "neighbour" };
  expect(standingOf(factsOf([own, neighbour]), false).status).toBe("ok");
  expect(standingOf(factsOf([neighbour, own]), false).status).toBe("ok");
  expect(standingOf(factsOf([own, { ...neighbour, status: "urgent" }]), false).status).toBe("urgent");
});

it("another key than the pinned one is a change, whatever else it proves", () => {
  const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
  const none = { signed: false, privateChannel: false };
  expect(trustOf({ ...none, key: key(1), pinned: key(1) })).toBe("pinned");
  expect(trustOf({ ...none, key: key(2), pinned: key(1), signed: true })).toBe("changed");
  expect(trustOf({ ...none, key: key(2) })).toBe("unpinned");
  expect(trustOf({ ...none, signed: true })).toBe("public");
  expect(trustOf({ ...none, signed: true, pinned: key(1) })).toBe("signed");
  expect(trustOf({ signed: false, privateChannel: true })).toBe("private");
});
