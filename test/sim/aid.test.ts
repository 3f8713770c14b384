// A small neighbourhood's day of needs and offers, with restarts and outages; the whole of it is npm run bench -- aid.

import { expect, it } from "vitest";
import { simulateAid } from "#sim/aid.ts";

it("meets what can be met, gives nothing twice and loses nothing", () => {
  const figures = simulateAid({ households: 24, days: 1, restarts: 4, outages: 1, seed: 1 });
  console.log(JSON.stringify(figures));
  expect(figures.satisfiable).toBeGreaterThan(4);
  expect(figures.satisfied).toBeGreaterThanOrEqual(0.95 * figures.satisfiable);
  expect(figures).toMatchObject({ twice: 0, lost: 0 });
});
