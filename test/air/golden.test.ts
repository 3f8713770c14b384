// Timelines that were worked out by hand, in test/vectors/air: each file says how.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Case } from "#test/air/timeline.ts";
import { timelineOf } from "#test/air/timeline.ts";

const FOLDER = new URL("../vectors/air/", import.meta.url);

describe("the air does what was worked out by hand", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  it.each(files)("%s", (name) => {
    const given = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Case;
    expect(timelineOf(given)).toEqual(given.timeline);
  });
});
