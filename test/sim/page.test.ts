// A page to sixty people in the simulator, as `npm run bench -- page` runs it.

import { describe, expect, it } from "vitest";
import { leastPackets, ourPage } from "#sim/page.ts";

describe("sixty people in three rings, some silent, some unable, two captains dead, one block cut off for a while", () => {
  // With this seed four are asked again when their radios are heard, the last of them after two and a half hours.
  const { reached, reachable, packets, unlisted, view } = ourPage({
    preset: "LONG_FAST",
    firmware: "2.7",
    seed: 5,
    hours: 3,
  });

  it("reaches everybody who can be reached, and lists everybody else for a visit", () => {
    expect(reachable).toBe(46);
    expect(reached).toBe(reachable);
    expect(unlisted).toEqual([]);
    expect(view).toMatchObject({ state: "finished", pending: 0 });
    expect(view.rings.map(({ nodes }) => nodes)).toEqual([5, 10, 45]);
  });

  it("needs at most one and a half times the least packets", () => {
    expect(packets / leastPackets({ reached })).toBeLessThanOrEqual(1.5);
  });
});
