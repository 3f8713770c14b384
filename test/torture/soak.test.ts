import { expect, it } from "vitest";
import { soak } from "./soak.ts";

it("two thousand messages and ten reconnects leave nothing behind", async () => {
  const result = await soak.run({ size: 2, seed: 1 });
  expect(result.broken).toEqual([]);
  expect(result).toMatchObject({ lost: 0, duplicated: 0, reconnects: 10 });
}, 600_000);
