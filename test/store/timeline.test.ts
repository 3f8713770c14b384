import { describe, expect, it } from "vitest";
import { addArrival } from "#store/inbox.ts";
import { resumeTime, saveAnchor, setWallOffset } from "#store/timeline.ts";
import { openStore } from "#store/open.ts";

const DAY = 24 * 3600_000;
const YEAR = 365 * DAY;
const NOW = Date.UTC(2026, 10, 22);

function store() {
  const made = openStore(":memory:");
  saveAnchor(made, { bootId: "a", uptime: 5_000, now: NOW });
  return made;
}

describe("steady time over restarts", () => {
  it("begins with the wall clock when there is nothing to go on from", () => {
    expect(resumeTime(openStore(":memory:"), { bootId: "a", uptime: 5, wall: NOW, rate: 1 })).toBe(NOW);
  });

  it.each([-10 * YEAR, 0, 10 * YEAR])("follows the uptime within a boot, the date being off by %i ms", (off) => {
    const time = resumeTime(store(), { bootId: "a", uptime: 65_000, wall: NOW + 60_000 + off, rate: 1 });
    expect(time).toBe(NOW + 60_000);
  });

  it("keeps up with a faster clock", () => {
    expect(resumeTime(store(), { bootId: "a", uptime: 65_000, wall: NOW, rate: 20 })).toBe(NOW + 20 * 60_000);
  });

  it.each([
    { name: "an hour off", wall: NOW + 3_600_000, after: 3_600_000 },
    { name: "a clock that starts in 1970", wall: 0, after: 0 },
    { name: "a clock ten years ahead", wall: NOW + 10 * YEAR, after: 30 * DAY },
  ])("after another boot: $name", ({ wall, after }) => {
    expect(resumeTime(store(), { bootId: "b", uptime: 1_000, wall, rate: 1 })).toBe(NOW + after);
  });

  it("reads the wall clock by what it was ahead before", () => {
    const made = store();
    setWallOffset(made, 10 * YEAR);
    expect(resumeTime(made, { bootId: "b", uptime: 1, wall: NOW + 10 * YEAR + 7_000, rate: 1 })).toBe(NOW + 7_000);
  });

  it("is never before the newest row", () => {
    const made = store();
    addArrival(made, "radio", new Uint8Array([1]), "{}", NOW + 9_000);
    expect(resumeTime(made, { bootId: "b", uptime: 1, wall: 0, rate: 1 })).toBe(NOW + 9_000);
  });
});
